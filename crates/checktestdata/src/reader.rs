//! Input reader: cursor over the bytes, with position and literal parsing.

use crate::{error::Fault, syntax::FloatForm};

#[derive(Debug)]
pub(crate) struct Reader<'a> {
    data: &'a [u8],
    at: usize,
}

/// Maximum length of an input excerpt in a message.
const MAX_EXCERPT: usize = 40;

impl<'a> Reader<'a> {
    pub(crate) const fn new(data: &'a [u8]) -> Self {
        Self { data, at: 0 }
    }

    pub(crate) fn rest(&self) -> &'a [u8] {
        &self.data[self.at..]
    }

    pub(crate) fn peek(&self) -> Option<u8> {
        self.data.get(self.at).copied()
    }

    pub(crate) const fn is_at_end(&self) -> bool {
        self.at >= self.data.len()
    }

    pub(crate) fn skip(&mut self, bytes: usize) {
        self.at += bytes;
    }

    /// Line and column of the next byte, from 1.
    pub(crate) fn position(&self) -> (usize, usize) {
        let before = &self.data[..self.at];
        let line = before.split(|byte| *byte == b'\n').count();
        let column = before.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
        (line, column)
    }

    /// The next token, or the next character, for a message.
    pub(crate) fn next_excerpt(&self) -> String {
        let rest = self.rest();
        let word: Vec<u8> =
            rest.iter().copied().take_while(|byte| !byte.is_ascii_whitespace()).take(MAX_EXCERPT).collect();
        match (word.is_empty(), rest.first()) {
            (_, None) => "the end".to_owned(),
            (true, Some(b' ')) => "a space".to_owned(),
            (true, Some(b'\n')) => "the end of the line".to_owned(),
            (true, Some(b'\r')) => "a carriage return (the file has line ends of Windows)".to_owned(),
            (true, Some(other)) => format!("byte {other}"),
            (false, _) => {
                let more = if word.len() == MAX_EXCERPT { "…" } else { "" };
                format!("{:?}{more}", String::from_utf8_lossy(&word))
            }
        }
    }

    pub(crate) fn exactly(&mut self, text: &[u8], name: &str) -> Result<(), Fault> {
        if self.rest().starts_with(text) {
            self.at += text.len();
            return Ok(());
        }
        let same = self.rest().iter().zip(text).take_while(|(a, b)| a == b).count();
        self.at += same;
        Err(Fault::mismatch(format!("{} is there instead of {name}", self.next_excerpt())))
    }

    pub(crate) fn end(&self) -> Result<(), Fault> {
        if self.is_at_end() {
            return Ok(());
        }
        Err(Fault::mismatch(format!("{} is there instead of the end", self.next_excerpt())))
    }

    /// Matches `0|-?[1-9][0-9]*`, without advancing.
    pub(crate) fn integer(&self) -> Result<&'a [u8], Fault> {
        let rest = self.rest();
        let sign = usize::from(rest.first() == Some(&b'-'));
        let digits = rest[sign..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let found = &rest[..sign + digits];
        let shown = || String::from_utf8_lossy(&found[..found.len().min(MAX_EXCERPT)]).into_owned();
        match &found[sign..] {
            [] => Err(Fault::mismatch(format!("{} is there instead of a whole number", self.next_excerpt()))),
            [b'0'] if sign == 1 => Err(Fault::mismatch("-0 has a sign that zero must not have")),
            [b'0', _, ..] => Err(Fault::mismatch(format!("{} begins with a zero", shown()))),
            _ => Ok(found),
        }
    }

    /// Matches `-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?`, without advancing; also returns the number of digits
    /// behind the point.
    pub(crate) fn float(&self, form: FloatForm) -> Result<(&'a [u8], usize), Fault> {
        let rest = self.rest();
        let digits = |from: usize| rest[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let mut end = usize::from(rest.first() == Some(&b'-'));
        let whole = digits(end);
        if whole == 0 {
            return Err(Fault::mismatch(format!("{} is there instead of a number", self.next_excerpt())));
        }
        end += whole;
        let mut decimals = 0;
        if rest.get(end) == Some(&b'.') {
            decimals = digits(end + 1);
            end += if decimals == 0 { 0 } else { decimals + 1 };
        }
        if form != FloatForm::Fixed && matches!(rest.get(end), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(rest.get(end + 1), Some(b'+' | b'-')));
            let exponent = digits((end + 1 + sign).min(rest.len()));
            if exponent > 0 {
                return Ok((&rest[..end + 1 + sign + exponent], decimals));
            }
        }
        if form == FloatForm::Scientific {
            let reason = format!("{} has no exponent, which scientific notation has", self.next_excerpt());
            return Err(Fault::mismatch(reason));
        }
        Ok((&rest[..end], decimals))
    }
}
