//! String literals: quotes that are missing, mixed up or not expected, and format strings.

use super::context::Context;
use crate::{
    finding::Finding,
    python::token::{Kind, Token},
};

/// The text whose end is missing on the reported line, if CPython says so or nothing else explains the line.
fn open<'a>(context: &Context<'a>) -> Option<&'a Token<'a>> {
    let said = context.message.starts_with("unterminated string literal")
        || context.message.starts_with("EOL while");
    context.tokens.iter().find(|token| token.kind == Kind::OpenText).filter(|_| said)
}

fn body<'a>(token: &Token<'a>) -> &'a str {
    token.text.trim_start_matches(|letter: char| letter.is_ascii_alphabetic())
}

pub(crate) fn unclosed_triple(context: &Context<'_>) -> Option<Finding> {
    let said = context.message.contains("triple-quoted");
    let token = context.source.tokens.iter().find(|token| token.kind == Kind::OpenText).filter(|_| said)?;
    let quotes: String = body(token).chars().take(3).collect();
    Some(Finding::on_line("unclosed-triple", token.line).with("quotes", quotes))
}

/// `'It's late'`: an apostrophe ends the text early.
pub(crate) fn apostrophe(context: &Context<'_>) -> Option<Finding> {
    let open = open(context).filter(|token| body(token).starts_with('\''))?;
    let line: Vec<char> = context.source.line(context.line).chars().collect();
    let within =
        line.windows(3).any(|three| three[0].is_alphabetic() && three[1] == '\'' && three[2].is_alphabetic());
    let is_double =
        context.tokens.iter().any(|token| token.kind == Kind::Text && token.text.starts_with('"'));
    let begins = context
        .tokens
        .iter()
        .any(|token| token.kind == Kind::Text && token.start < open.start && token.text.starts_with('\''));
    (within && !is_double && begins).then(|| context.finding("apostrophe-in-text"))
}

/// `"C:\"`: the backslash takes the quote's meaning away.
pub(crate) fn backslash_before_quote(context: &Context<'_>) -> Option<Finding> {
    let text = body(open(context)?);
    let quote = text.chars().next()?;
    let rest = text[1..].trim_end_matches([')', ']', '}', ' ', ',', ':']);
    rest.strip_suffix(quote)
        .is_some_and(|inner| inner.ends_with('\\'))
        .then(|| context.finding("backslash-before-quote"))
}

/// `print(Hello")`: the quote at the end has no partner.
pub(crate) fn unopened(context: &Context<'_>) -> Option<Finding> {
    let open = open(context)?;
    let before = context.tokens.iter().rfind(|token| token.end == open.start)?;
    let is_end = body(open)[1..].trim_matches([')', ']', '}', ' ', ',', ':', ';']).is_empty();
    let quote = body(open).chars().next()?;
    (is_end && matches!(before.kind, Kind::Name | Kind::Number | Kind::Operator) && !before.is("("))
        .then(|| context.finding("unopened-text").with("quote", quote))
}

/// `"Hello'`: opened with one kind of quote, closed with the other.
pub(crate) fn mixed_quotes(context: &Context<'_>) -> Option<Finding> {
    let text = body(open(context)?);
    let quote = text.chars().next()?;
    let other = if quote == '"' { '\'' } else { '"' };
    let rest = text[1..].trim_end_matches([')', ']', '}', ' ', ',', ':', ';']);
    rest.ends_with(other).then(|| context.finding("mixed-quotes").with("open", quote).with("close", other))
}

/// `"He said "stop" to me"`: quotes of the same kind inside.
pub(crate) fn quotes_inside(context: &Context<'_>) -> Option<Finding> {
    let quote = |token: &Token<'_>| body(token).chars().next();
    let is_text = |token: &Token<'_>| matches!(token.kind, Kind::Text | Kind::OpenText);
    let at = context.tokens.windows(3).position(|three| {
        let [left, word, right] = three else { return false };
        let is_between = is_text(left) && word.kind == Kind::Name && !word.is_keyword() && left.touches(word);
        let closes = is_text(right) && (word.touches(right) || right.kind == Kind::OpenText);
        // Several words may stand between the quotes.
        let is_phrase = is_between
            && context
                .tokens
                .iter()
                .any(|later| is_text(later) && later.start > word.start && quote(later) == quote(left));
        is_between && (closes || is_phrase) && left.kind == Kind::Text
    })?;
    let word = &context.tokens[at + 1];
    Some(
        Finding::new("quotes-in-text", word.place())
            .with("quote", quote(&context.tokens[at])?)
            .with("word", word.text),
    )
}

pub(crate) fn unclosed(context: &Context<'_>) -> Option<Finding> {
    let open = open(context)?;
    let quote = body(open).chars().next()?;
    Some(Finding::new("unclosed-text", open.place()).with("quote", quote))
}

pub(crate) fn format_string(context: &Context<'_>) -> Option<Finding> {
    let about = context.message.strip_prefix("f-string: ")?;
    let code = match about {
        _ if about.starts_with("expecting '}'") => "f-string-open-brace",
        _ if about.contains("empty expression") || about.contains("valid expression required before '}'") => {
            "f-string-empty"
        }
        _ if about.starts_with("single '}'") => "f-string-lone-brace",
        _ if about.contains("backslash") => "f-string-backslash",
        _ if about.contains("unterminated string") || about.contains("unmatched") => "f-string-quotes",
        _ => "f-string-expression",
    };
    // `f"{ages["Ada"]}"`: the inner quotes end the text.
    let is_cut = context.tokens.windows(2).any(|two| {
        two[0].kind == Kind::Text
            && two[0].text.to_ascii_lowercase().starts_with('f')
            && two[1].kind == Kind::Name
            && two[0].touches(&two[1])
    });
    let code = if code == "f-string-open-brace" && is_cut { "f-string-quotes" } else { code };
    let token = context.tokens.iter().find(|token| {
        matches!(token.kind, Kind::Text | Kind::OpenText)
            && token.text.to_ascii_lowercase().starts_with(['f', 'r'])
    });
    Some(token.map_or_else(|| context.finding(code), |token| Finding::new(code, token.place())))
}
