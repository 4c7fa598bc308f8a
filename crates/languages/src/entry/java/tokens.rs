//! Tokenizer for Java sources: words and marks, without comments and literals.

/// A token of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A keyword, a name or a number.
    Word(&'a str),
    /// Any other character.
    Mark(char),
}

/// The tokens of a source, in order.
pub(super) fn tokens(source: &str) -> impl Iterator<Item = Token<'_>> {
    let mut rest = source;
    std::iter::from_fn(move || {
        loop {
            let first = rest.chars().next()?;
            if let Some(length) = skipped_length(rest) {
                rest = &rest[length..];
            } else if is_word_char(first) {
                let end = rest.find(|c| !is_word_char(c)).unwrap_or(rest.len());
                let word = &rest[..end];
                rest = &rest[end..];
                return Some(Token::Word(word));
            } else {
                rest = &rest[first.len_utf8()..];
                return Some(Token::Mark(first));
            }
        }
    })
}

fn is_word_char(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

/// Length of the white space, comment or literal at the beginning, in bytes.
fn skipped_length(text: &str) -> Option<usize> {
    let whole = text.len();
    if text.starts_with(|c: char| c.is_whitespace() || c == '\u{feff}') {
        text.chars().next().map(char::len_utf8)
    } else if text.starts_with("//") {
        Some(text.find(['\n', '\r']).unwrap_or(whole))
    } else if let Some(comment) = text.strip_prefix("/*") {
        Some(comment.find("*/").map_or(whole, |end| end + 4))
    } else if text.starts_with("\"\"\"") {
        Some(end_of_literal(text, "\"\"\""))
    } else if text.starts_with('"') {
        Some(end_of_literal(text, "\""))
    } else if text.starts_with('\'') {
        Some(end_of_literal(text, "'"))
    } else {
        None
    }
}

/// Where a literal ends that begins and ends with `quote`; one of a single quote ends with its line at the latest.
fn end_of_literal(text: &str, quote: &str) -> usize {
    let mut at = quote.len();
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with(quote) {
            return at + quote.len();
        }
        let first = rest.chars().next().map_or(1, char::len_utf8);
        if quote.len() == 1 && rest.starts_with(['\n', '\r']) {
            return at;
        }
        let escaped = if rest.starts_with('\\') { rest.chars().nth(1).map_or(0, char::len_utf8) } else { 0 };
        at += first + escaped;
    }
    text.len()
}
