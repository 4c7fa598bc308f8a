//! Syntax errors: rules over the tokens of the reported line and its neighbours.
//!
//! CPython often says only `invalid syntax`, and its hints are for programmers. So the rules look at the source first and at the
//! message second. The first rule that knows the mistake decides: rules about a whole line or about characters come before those
//! about what is inside.

mod assignments;
mod blocks;
mod brackets;
mod characters;
mod context;
mod indentation;
mod statements;
mod texts;

use context::Context;

use super::mistake::Mistake;
use crate::finding::Finding;

type Rule = for<'a> fn(&Context<'a>) -> Option<Finding>;

/// All rules, in the order in which they are asked.
const RULES: [Rule; 57] = [
    characters::invisible,
    characters::smart_quotes,
    characters::fence,
    characters::prompt,
    characters::line_numbers,
    characters::shell_command,
    characters::foreign_comment,
    texts::unclosed_triple,
    texts::format_string,
    texts::apostrophe,
    texts::backslash_before_quote,
    texts::unopened,
    texts::mixed_quotes,
    texts::quotes_inside,
    texts::unclosed,
    characters::odd,
    indentation::tabs_and_spaces,
    indentation::missing,
    indentation::unexpected,
    indentation::unmatched,
    blocks::foreign_loop,
    blocks::else_if,
    blocks::misplaced_else,
    blocks::try_alone,
    blocks::foreign_block,
    blocks::then,
    blocks::braces,
    assignments::operator_turned,
    assignments::foreign_operator,
    assignments::operator_with_space,
    assignments::in_condition,
    brackets::open_in_header,
    blocks::definition,
    blocks::for_header,
    blocks::condition_unfinished,
    blocks::with_without_as,
    blocks::colon_replaced,
    statements::imports,
    statements::lambda_return,
    statements::ternary_without_else,
    statements::comprehension_else,
    statements::print_without_brackets,
    statements::arguments,
    statements::outside,
    statements::global_late,
    assignments::equals_in_dict,
    brackets::never_closed,
    brackets::unmatched,
    brackets::wrong,
    statements::numbers,
    assignments::to_keyword,
    assignments::declaration,
    assignments::targets,
    assignments::unfinished,
    brackets::missing_comma,
    statements::two_statements,
    statements::plain_words,
];

pub(crate) fn explain(mistake: &Mistake<'_>) -> Option<Finding> {
    let context = Context::on(mistake, mistake.report.line);
    let found = RULES.iter().find_map(|rule| rule(&context)).or_else(|| blocks::colon_missing(&context));
    found.or_else(|| {
        // An unfinished line is often reported on the one after it.
        let before = (1..context.line).rev().find(|&line| !mistake.source.on_line(line).is_empty())?;
        let open = Context::on(mistake, before);
        blocks::colon_missing(&open).or_else(|| assignments::unfinished(&open))
    })
}
