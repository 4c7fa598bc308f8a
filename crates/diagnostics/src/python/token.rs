//! Tokens of Python source, tolerant: every text has tokens, however broken, and a token tells where it stands.
//!
//! Follows the lexical analysis of the Python reference, with operators of other languages (`&&`, `++`, `===`) as tokens of their
//! own, so that rules can name them.

use model::Place;

/// The kind of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A name or keyword.
    Name,
    Number,
    /// A complete string literal, with its prefix and quotes.
    Text,
    /// A string literal whose closing quote is missing: it ends with its line, or with the file if its quotes are triple.
    OpenText,
    Operator,
    /// A character that Python has no use for.
    Odd,
}

/// A token and its place. Lines and columns are counted from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token<'a> {
    pub(crate) kind: Kind,
    pub(crate) text: &'a str,
    pub(crate) line: u32,
    pub(crate) column: u32,
    /// The column after its last character, on the line where it ends.
    pub(crate) end_column: u32,
    /// Bytes of the source.
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Token<'_> {
    pub(crate) fn is(&self, text: &str) -> bool {
        self.text == text && self.kind != Kind::Text
    }

    pub(crate) fn is_name(&self) -> bool {
        self.kind == Kind::Name && !is_keyword(self.text)
    }

    pub(crate) fn is_keyword(&self) -> bool {
        self.kind == Kind::Name && is_keyword(self.text)
    }

    /// Its place in the source.
    pub(crate) const fn place(&self) -> Place {
        Place::columns(self.line, self.column, self.end_column)
    }

    /// Whether the other one follows without a space.
    pub(crate) fn touches(&self, next: &Token<'_>) -> bool {
        self.end == next.start
    }
}

/// Keywords of Python 3, without the soft ones.
const KEYWORDS: [&str; 35] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def",
    "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is",
    "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];

pub(crate) fn is_keyword(word: &str) -> bool {
    KEYWORDS.contains(&word)
}

/// Longest first.
const OPERATORS: [&str; 37] = [
    "**=", "//=", ">>=", "<<=", "...", "===", "!==", ">>>", "==", "!=", "<=", ">=", "=>", "=<", "<>", "->",
    ":=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "@=", "**", "//", "<<", ">>", "&&", "||", "++",
    "--", "::", "/*", "*/",
];

/// All tokens of a source. Comments and line ends are none.
pub(crate) fn tokens(source: &str) -> Vec<Token<'_>> {
    Lexer { source, at: 0, line: 1, column: 1, tokens: Vec::new() }.run()
}

struct Lexer<'a> {
    source: &'a str,
    at: usize,
    line: u32,
    column: u32,
    tokens: Vec<Token<'a>>,
}

impl<'a> Lexer<'a> {
    fn run(mut self) -> Vec<Token<'a>> {
        while let Some(next) = self.rest().chars().next() {
            match next {
                '#' => self.skip(self.rest().find('\n').unwrap_or(self.rest().len())),
                _ if next.is_whitespace() => self.skip(next.len_utf8()),
                _ => {
                    let (kind, length) = self.measure(next);
                    self.push(kind, length);
                }
            }
        }
        self.tokens
    }

    fn rest(&self) -> &'a str {
        &self.source[self.at..]
    }

    fn skip(&mut self, length: usize) {
        for letter in self.source[self.at..self.at + length].chars() {
            if letter == '\n' {
                self.line += 1;
                self.column = 1;
            } else {
                self.column += 1;
            }
        }
        self.at += length;
    }

    fn push(&mut self, kind: Kind, length: usize) {
        let (line, column, start) = (self.line, self.column, self.at);
        self.skip(length);
        let text = &self.source[start..self.at];
        self.tokens.push(Token { kind, text, line, column, end_column: self.column, start, end: self.at });
    }

    fn measure(&self, next: char) -> (Kind, usize) {
        let rest = self.rest();
        if let Some(string) = string(rest) {
            return string;
        }
        if next.is_alphabetic() || next == '_' {
            let end = rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_');
            return (Kind::Name, end.unwrap_or(rest.len()));
        }
        if next.is_ascii_digit()
            || (next == '.' && rest[1..].starts_with(|letter: char| letter.is_ascii_digit()))
        {
            return (Kind::Number, number(rest));
        }
        if let Some(operator) = OPERATORS.iter().find(|operator| rest.starts_with(**operator)) {
            return (Kind::Operator, operator.len());
        }
        let kind = if "+-*/%@<>=&|^~!()[]{},:;.\\".contains(next) { Kind::Operator } else { Kind::Odd };
        (kind, next.len_utf8())
    }
}

/// The length of a number's token, without letters that do not belong to it.
fn number(rest: &str) -> usize {
    let digits = |text: &str| {
        text.find(|letter: char| !letter.is_ascii_digit() && letter != '_').unwrap_or(text.len())
    };
    let lower = rest.get(..2).unwrap_or("").to_ascii_lowercase();
    if ["0x", "0o", "0b"].contains(&lower.as_str()) {
        let end = rest[2..].find(|letter: char| !letter.is_ascii_hexdigit() && letter != '_');
        return 2 + end.unwrap_or(rest.len() - 2);
    }
    let mut length = digits(rest);
    if rest[length..].starts_with('.') {
        length += 1 + digits(&rest[length + 1..]);
    }
    let exponent = rest[length..].strip_prefix(['e', 'E']);
    if let Some(exponent) = exponent {
        let unsigned = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        if unsigned.starts_with(|letter: char| letter.is_ascii_digit()) {
            length = rest.len() - unsigned.len() + digits(unsigned);
        }
    }
    length
}

/// The kind and length of a string literal, if one begins here.
fn string(rest: &str) -> Option<(Kind, usize)> {
    // At most two letters stand before the quote; further on is not looked at.
    let prefix = rest.bytes().take(3).position(|byte| matches!(byte, b'"' | b'\''))?;
    if !rest[..prefix].chars().all(|letter| "rbfuRBFU".contains(letter)) {
        return None;
    }
    let body = &rest[prefix..];
    let quote = body.chars().next()?;
    let triple: String = std::iter::repeat_n(quote, 3).collect();
    let (open, close) = if body.starts_with(&triple) { (3, triple) } else { (1, quote.to_string()) };
    let mut escaped = false;
    for (index, letter) in body[open..].char_indices() {
        if escaped {
            escaped = false;
        } else if letter == '\\' {
            escaped = true;
        } else if body[open + index..].starts_with(&close) {
            return Some((Kind::Text, prefix + open + index + close.len()));
        } else if letter == '\n' && open == 1 {
            return Some((Kind::OpenText, prefix + open + index));
        }
    }
    Some((Kind::OpenText, rest.len()))
}

#[cfg(test)]
mod tests {
    use super::{Kind, tokens};

    fn check(source: &str, expected: &[&str]) {
        assert_eq!(tokens(source).iter().map(|token| token.text).collect::<Vec<_>>(), expected, "{source}");
    }

    #[test]
    fn tokens_are_those_of_python_and_operators_of_other_languages() {
        check("x = 2*y # two\n", &["x", "=", "2", "*", "y"]);
        check("1.2.3 1e5 2x 0xFF 5cm 1O", &["1.2", ".3", "1e5", "2", "x", "0xFF", "5", "cm", "1", "O"]);
        check("a && b++ => c <> d === e", &["a", "&&", "b", "++", "=>", "c", "<>", "d", "===", "e"]);
        check("f'a' rb\"b\" x'c'", &["f'a'", "rb\"b\"", "x", "'c'"]);
        check("'''a\nb''' 'it\\'s'", &["'''a\nb'''", "'it\\'s'"]);
    }

    #[test]
    fn a_text_without_its_end_ends_with_the_line_or_the_file() {
        let all = tokens("a = 'open\nb = \"\"\"c\nd");
        assert_eq!((all[2].kind, all[2].text), (Kind::OpenText, "'open"));
        assert_eq!((all[5].kind, all[5].text), (Kind::OpenText, "\"\"\"c\nd"));
    }

    #[test]
    fn places_are_counted_in_characters() {
        let all = tokens("ä = 'öö' + b\n  c");
        assert_eq!((all[3].line, all[3].column), (1, 10));
        assert_eq!((all[5].line, all[5].column), (2, 3));
    }
}
