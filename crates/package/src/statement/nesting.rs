//! Nesting depth check of statements: rejects text that takes quadratic time to parse.
//!
//! Parsers of Markdown and HTML spend time per level at each step, so a hundred kilobytes of nothing but
//! levels take minutes. Both checks make one pass and overestimate.

use std::collections::HashMap;

/// Maximum nesting depth of quotations, lists and elements.
const MAX_DEPTH: usize = 100;
/// A nested list is indented by at least two columns.
const MAX_INDENT: usize = 2 * MAX_DEPTH;
/// Maximum number of open formatting elements: they are reopened in each paragraph.
const MAX_FORMATTING: usize = 16;
/// Maximum cost of one text, in pieces times bytes: a text is copied for each of its pieces, which entities
/// (`&amp;`) separate.
const MAX_COPY_COST: usize = 1 << 28;
/// Maximum number of attributes of an element. Each is compared with all others.
const MAX_ATTRIBUTES: usize = 64;

/// Elements that are ignored in a wrong context, so that the text before and after is one.
const IGNORED_TAGS: [&str; 14] = [
    "html", "head", "body", "frame", "frameset", "caption", "col", "colgroup", "tbody", "thead", "tfoot",
    "tr", "td", "th",
];

/// Elements that the next one closes; they nest only within others that are counted.
const IMPLICITLY_CLOSED: [&str; 14] =
    ["p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "option", "br", "hr", "img"];
const FORMATTING: [&str; 14] =
    ["a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"];
/// Elements whose content may be raw text, depending on the context: there the end tags of others do not
/// count.
const TEXT: [&str; 10] =
    ["script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes", "noscript", "plaintext"];

/// Whether quotations and lists are nested to a usual depth.
pub(super) fn is_markdown_flat(text: &str) -> bool {
    text.split(['\n', '\r']).all(is_line_flat)
}

fn is_line_flat(line: &str) -> bool {
    let mut rest = line.as_bytes();
    let (mut columns, mut markers) = (0, 0);
    loop {
        match rest {
            [b' ', after @ ..] => (columns, rest) = (columns + 1, after),
            [b'\t', after @ ..] => (columns, rest) = (columns + 4, after),
            [b'>', after @ ..] => (markers, rest) = (markers + 1, after),
            [b'-' | b'+' | b'*', after @ ..] if ends_marker(after) => (markers, rest) = (markers + 1, after),
            _ => match after_number(rest) {
                Some(after) => (markers, rest) = (markers + 1, after),
                None => return markers <= MAX_DEPTH && (markers == 0 || columns <= MAX_INDENT),
            },
        }
    }
}

fn ends_marker(after: &[u8]) -> bool {
    matches!(after.first(), None | Some(b' ' | b'\t'))
}

/// The text behind the number of an item.
fn after_number(line: &[u8]) -> Option<&[u8]> {
    let digits = line.iter().take_while(|byte| byte.is_ascii_digit()).count();
    match &line[digits..] {
        [b'.' | b')', after @ ..] if (1..=9).contains(&digits) && ends_marker(after) => Some(after),
        _ => None,
    }
}

/// Whether elements have a usual depth and number of attributes.
pub(super) fn is_html_flat(html: &str) -> bool {
    is_flat(html, ScannedPart::Document)
}

/// The scanned part of a document.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ScannedPart {
    /// All of it.
    Document,
    /// The content of a comment, which may turn out to be none. No comment starts in it.
    Comment,
}

fn is_flat(html: &str, part: ScannedPart) -> bool {
    let mut open = OpenElements::default();
    let mut text = Text::default();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        if !text.append_within_cost(&rest[..at]) {
            return false;
        }
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('/') {
            let name = name(after);
            open.end(&name);
        } else if rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
            let name = name(rest);
            let (attributes, after) = attributes(&rest[name.len()..]);
            if !IGNORED_TAGS.contains(&name.as_str()) {
                text = Text::default();
            }
            if attributes > MAX_ATTRIBUTES || !open.begin(name) {
                return false;
            }
            rest = after;
        } else if let Some(after) = rest.strip_prefix("!--").filter(|_| part == ScannedPart::Document) {
            let end = after.find("-->").unwrap_or(after.len());
            if !is_flat(&after[..end], ScannedPart::Comment) {
                return false;
            }
            rest = &after[end..];
        }
    }
    text.append_within_cost(rest)
}

/// A text between two tags.
#[derive(Default)]
struct Text {
    pieces: usize,
    bytes: usize,
}

impl Text {
    /// Adds more text after an entity or a tag; whether it is still short enough.
    fn append_within_cost(&mut self, more: &str) -> bool {
        self.pieces += 1 + more.bytes().filter(|byte| matches!(byte, b'&' | b'\r' | 0)).count();
        self.bytes += more.len();
        self.pieces.saturating_mul(self.bytes) <= MAX_COPY_COST
    }
}

/// Stack of open elements.
#[derive(Default)]
struct OpenElements {
    names: HashMap<String, usize>,
    all: usize,
    formatting: usize,
    /// Raw text elements: while one may be open, no other element ends.
    text: usize,
}

impl OpenElements {
    /// Opens an element; whether that is still allowed.
    fn begin(&mut self, name: String) -> bool {
        if IMPLICITLY_CLOSED.contains(&name.as_str()) {
            return true;
        }
        self.all += 1;
        self.formatting += usize::from(FORMATTING.contains(&name.as_str()));
        self.text += usize::from(TEXT.contains(&name.as_str()));
        *self.names.entry(name).or_default() += 1;
        self.all <= MAX_DEPTH && self.formatting <= MAX_FORMATTING
    }

    fn end(&mut self, name: &str) {
        let is_text = TEXT.contains(&name);
        if self.text > 0 && !is_text {
            return;
        }
        let Some(open) = self.names.get_mut(name).filter(|open| **open > 0) else { return };
        *open -= 1;
        self.all -= 1;
        self.formatting -= usize::from(FORMATTING.contains(&name));
        self.text -= usize::from(is_text);
    }
}

fn name(text: &str) -> String {
    let end = text.find(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>')).unwrap_or(text.len());
    text[..end].to_ascii_lowercase()
}

/// Upper bound of the number of attributes, and the text behind the tag.
fn attributes(text: &str) -> (usize, &str) {
    let mut count = 0;
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        let Some(first) = rest.chars().next() else { return (count, rest) };
        if first == '>' {
            return (count, &rest[1..]);
        }
        if count > MAX_ATTRIBUTES {
            return (count, rest);
        }
        count += 1;
        // A name may start with a character that ends it elsewhere.
        let end = rest[first.len_utf8()..]
            .find(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>' | '='))
            .map_or(rest.len(), |end| first.len_utf8() + end);
        rest = rest[end..].trim_start_matches(|c: char| c.is_ascii_whitespace());
        if let Some(value) = rest.strip_prefix('=') {
            rest = after_value(value.trim_start_matches(|c: char| c.is_ascii_whitespace()));
        }
    }
}

fn after_value(text: &str) -> &str {
    for quote in ['"', '\''] {
        if let Some(quoted) = text.strip_prefix(quote) {
            return quoted.split_once(quote).map_or("", |(_, after)| after);
        }
    }
    let end = text.find(|c: char| c.is_ascii_whitespace() || c == '>').unwrap_or(text.len());
    &text[end..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_of_markdown_are_counted_at_the_beginning_of_a_line() {
        for flat in [
            "> > quoted",
            "- a\n  - b\n    1. c",
            "a > b > c",
            "---",
            "* * *",
            &"> a\n".repeat(10_000),
            &format!("{}code", " ".repeat(1000)),
            &">".repeat(MAX_DEPTH),
        ] {
            assert!(is_markdown_flat(flat), "{flat}");
        }
        for deep in [
            &">".repeat(MAX_DEPTH + 1),
            &"> ".repeat(101),
            &"- ".repeat(101),
            &"1) ".repeat(101),
            &format!("text\n{}x", ">-".repeat(60)),
            &format!("{}- x", " ".repeat(MAX_INDENT + 1)),
            &format!("a\r{}", "*\t".repeat(101)),
        ] {
            assert!(!is_markdown_flat(&deep.replace(">-", ">- ")), "{deep}");
        }
    }

    #[track_caller]
    fn check(html: &str, flat: bool) {
        let shown: String = html.chars().take(60).collect();
        assert_eq!(is_html_flat(html), flat, "{shown}");
    }

    #[test]
    fn what_people_write_is_flat() {
        check(&"<div><p>a<b>b</b></div>".repeat(1000), true);
        check(&"<p>a<br><img src=x>".repeat(1000), true);
        check(&format!("<ul>{}</ul>", "<li>a".repeat(1000)), true);
        check(&format!("<table>{}</table>", "<tr><td>a<td>b".repeat(1000)), true);
        check(&"a < b <3 ".repeat(1000), true);
        check(&"<!-- a -->".repeat(1000), true);
        check(&"<a href=\"x>y\" title='z'>a</a>".repeat(1000), true);
        check(&format!("<pre>{}</pre>", "if (a &lt; b &amp;&amp; c) {}\n".repeat(1000)), true);
    }

    #[test]
    fn what_never_ends_is_deep() {
        for unit in [
            "<div>",
            "<b>",
            "<b id=x></i>",
            "<div><!--</div>-->",
            "<div><style></div></style>",
            "<table><tr><td></div><div>",
            "<math><style><mrow></mrow>",
            "<svg>",
            "<div title=\"</div>\">",
            "<DIV\n>",
            "<x/>",
        ] {
            check(&unit.repeat(200), false);
        }
        check(&format!("<!--{}", "<div>".repeat(200)), false);
        check(&"&amp;".repeat(20_000), false);
        check(&"a</x>".repeat(20_000), false);
        check(&"a< ".repeat(20_000), false);
        check(&"a<tr>".repeat(20_000), false);
        check(&format!("<a {}>", "x ".repeat(1000)), false);
        check(&format!("<a title=\">\" {}>", "x=1 ".repeat(1000)), false);
        check(&format!("<a {}>", "/=".repeat(1000)), false);
    }

    #[test]
    fn no_text_breaks_the_count() {
        for text in
            ["<", "</", "<a", "<a ", "<a =", "<a b=", "<a b='", "<é", "<a é=é>", "<!--", "</é>", "<a\u{a0}b>"]
        {
            is_html_flat(text);
            is_markdown_flat(text);
        }
    }
}
