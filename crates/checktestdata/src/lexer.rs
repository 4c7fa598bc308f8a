//! Lexer: tokens of a program, with their positions.

use crate::SyntaxError;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token {
    /// A command or an option, in capitals.
    Word(String),
    /// A variable, in small letters.
    Name(String),
    Integer(String),
    Float(String),
    Text(Vec<u8>),
    /// Anything else: `(`, `<=`.
    Sign(&'static str),
}

#[derive(Debug, Clone)]
pub(crate) struct SpannedToken {
    pub(crate) token: Token,
    pub(crate) line: usize,
    /// Range in the source.
    pub(crate) from: usize,
    pub(crate) to: usize,
}

/// Operators and punctuation, longer ones first.
const OPERATORS: [&str; 22] = [
    "<=", ">=", "==", "!=", "&&", "||", "<", ">", "(", ")", "[", "]", ",", "=", "+", "-", "*", "/", "%", "^",
    "!", ";",
];

pub(crate) fn tokens(source: &[u8]) -> Result<Vec<SpannedToken>, SyntaxError> {
    let mut lexer = Lexer { source, at: 0, line: 1 };
    let mut found = Vec::new();
    loop {
        lexer.skip_space();
        if lexer.at >= source.len() {
            return Ok(found);
        }
        let (from, line) = (lexer.at, lexer.line);
        let token = lexer.token()?;
        found.push(SpannedToken { token, line, from, to: lexer.at });
    }
}

struct Lexer<'a> {
    source: &'a [u8],
    at: usize,
    line: usize,
}

impl Lexer<'_> {
    fn peek(&self) -> Option<u8> {
        self.source.get(self.at).copied()
    }

    fn step(&mut self) {
        self.line += usize::from(self.peek() == Some(b'\n'));
        self.at += 1;
    }

    /// Skips white space and comments.
    fn skip_space(&mut self) {
        const MARK: &[u8] = b"\xef\xbb\xbf";
        if self.at == 0 && self.source.starts_with(MARK) {
            self.at = MARK.len();
        }
        while let Some(next) = self.peek() {
            match next {
                b'#' => {
                    while self.peek().is_some_and(|next| next != b'\n') {
                        self.at += 1;
                    }
                }
                b' ' | b'\t' | b'\r' | b'\n' => self.step(),
                _ => return,
            }
        }
    }

    fn wrong<T>(&self, message: impl Into<String>) -> Result<T, SyntaxError> {
        Err(SyntaxError::Unexpected { line: self.line, message: message.into() })
    }

    fn while_is(&mut self, is: impl Fn(u8) -> bool) -> String {
        let from = self.at;
        while self.peek().is_some_and(&is) {
            self.at += 1;
        }
        String::from_utf8_lossy(&self.source[from..self.at]).into_owned()
    }

    fn token(&mut self) -> Result<Token, SyntaxError> {
        match self.peek().unwrap_or_default() {
            b'A'..=b'Z' => Ok(Token::Word(self.while_is(|next| next.is_ascii_uppercase()))),
            b'a'..=b'z' => {
                Ok(Token::Name(self.while_is(|next| next.is_ascii_lowercase() || next.is_ascii_digit())))
            }
            b'0'..=b'9' => self.number(),
            b'"' => self.text(),
            other => {
                let rest = &self.source[self.at..];
                match OPERATORS.iter().find(|sign| rest.starts_with(sign.as_bytes())) {
                    Some(sign) => {
                        self.at += sign.len();
                        Ok(Token::Sign(sign))
                    }
                    None => self.wrong(format!("{:?} is no part of the language", char::from(other))),
                }
            }
        }
    }

    fn number(&mut self) -> Result<Token, SyntaxError> {
        let digits = |lexer: &mut Self| lexer.while_is(|next| next.is_ascii_digit());
        let mut text = digits(self);
        let mut is_whole = true;
        if self.peek() == Some(b'.') {
            is_whole = false;
            self.at += 1;
            text = format!("{text}.{}", digits(self));
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            is_whole = false;
            self.at += 1;
            let sign = self.while_is(|next| next == b'-' || next == b'+');
            let exponent = digits(self);
            if sign.len() > 1 || exponent.is_empty() {
                return self.wrong(format!("{text}e is no number: digits must follow"));
            }
            text = format!("{text}e{sign}{exponent}");
        }
        Ok(if is_whole { Token::Integer(text) } else { Token::Float(text) })
    }

    fn text(&mut self) -> Result<Token, SyntaxError> {
        let begun = self.line;
        self.step();
        let mut text = Vec::new();
        while let Some(next) = self.peek() {
            self.step();
            match next {
                b'"' => return Ok(Token::Text(text)),
                b'\\' => self.escape(&mut text)?,
                other => text.push(other),
            }
        }
        self.line = begun;
        self.wrong("a text begins here and never ends: close it with \"")
    }

    fn escape(&mut self, text: &mut Vec<u8>) -> Result<(), SyntaxError> {
        let Some(next) = self.peek() else { return Ok(()) };
        let plain = match next {
            b'0'..=b'7' => return self.octal(text),
            b'\n' => {
                self.step();
                return Ok(());
            }
            b'n' => b'\n',
            b't' => b'\t',
            b'r' => b'\r',
            b'b' => 8,
            b'f' => 12,
            b'"' | b'\\' => next,
            // Any other backslash stands for itself.
            _ => {
                text.push(b'\\');
                return Ok(());
            }
        };
        self.step();
        text.push(plain);
        Ok(())
    }

    fn octal(&mut self, text: &mut Vec<u8>) -> Result<(), SyntaxError> {
        let mut value = 0u32;
        for _ in 0..3 {
            let Some(digit @ b'0'..=b'7') = self.peek() else { break };
            value = value * 8 + u32::from(digit - b'0');
            self.at += 1;
        }
        match u8::try_from(value) {
            Ok(byte) => {
                text.push(byte);
                Ok(())
            }
            Err(_) => self.wrong(format!("\\{value:o} is no byte: the largest is \\377")),
        }
    }
}
