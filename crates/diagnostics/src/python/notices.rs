//! Quiet mistakes: programs that end well and perhaps do not do what was meant.
//!
//! A wrong notice costs more than a right one helps, so each rule matches only code that is hardly ever intended. The most certain
//! rules come first.

mod blocks;
mod context;
mod expressions;
mod statements;

use context::Context;

use super::{kinds::Kinds, source::Source};
use crate::finding::Finding;

type Rule = for<'a> fn(&Context<'a>) -> Vec<Finding>;

const RULES: [Rule; 23] = [
    statements::compares_instead_of_assigning,
    statements::not_called,
    statements::method_gives_none,
    statements::result_unused,
    statements::missing_f,
    statements::comma_in_number,
    expressions::or_with_constant,
    expressions::is_literal,
    expressions::typed_text_compared,
    expressions::typed_text_added,
    expressions::caret,
    expressions::fractions_compared,
    expressions::escape_in_path,
    blocks::prints_none,
    blocks::unreachable,
    blocks::return_in_loop,
    blocks::reset_in_loop,
    blocks::loop_variable_changed,
    blocks::changed_while_looping,
    blocks::mutable_default,
    blocks::order_of_conditions,
    statements::one_list_two_names,
    statements::builtin_overwritten,
];

/// Asked only if no other rule has found anything: what is meant is seldom clear.
const LAST: Rule = blocks::range_ends_early;

pub(crate) fn notices(source: &Source<'_>, stdout: &str) -> Vec<Finding> {
    let context =
        Context { source, stdout, statements: source.statements(), kinds: Kinds::before(source, u32::MAX) };
    let mut found: Vec<Finding> = RULES.iter().flat_map(|rule| rule(&context)).collect();
    if found.is_empty() {
        found = LAST(&context);
    }
    found
}
