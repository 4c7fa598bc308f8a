//! A Python source for rules: its lines, its tokens, and its statements with their indentation.

use super::token::{Kind, Token, tokens};

/// A logical line: a statement, or the header of a block. Brackets that are never closed make it last to the end of the file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Statement<'a> {
    pub(crate) tokens: &'a [Token<'a>],
    /// Columns of white space before it, a tab up to the next multiple of eight.
    pub(crate) indent: usize,
}

impl<'a> Statement<'a> {
    pub(crate) fn line(&self) -> u32 {
        self.tokens[0].line
    }

    pub(crate) fn end_line(&self) -> u32 {
        self.tokens[self.tokens.len() - 1].line
    }

    pub(crate) fn first(&self) -> &'a str {
        self.tokens[0].text
    }

    pub(crate) fn starts_with(&self, word: &str) -> bool {
        self.first() == word
    }

    pub(crate) fn is_header(&self) -> bool {
        HEADERS.contains(&self.first()) && self.tokens[self.tokens.len() - 1].is(":")
    }

    /// The name that a plain assignment gives a value, and the value's tokens.
    pub(crate) fn assignment(&self) -> Option<(&'a str, &'a [Token<'a>])> {
        match self.tokens {
            [name, equals, value @ ..] if name.is_name() && equals.is("=") && !value.is_empty() => {
                Some((name.text, value))
            }
            _ => None,
        }
    }

    /// The name that `+=` and its like change, and the value's tokens.
    pub(crate) fn augmented(&self) -> Option<(&'a str, &'a [Token<'a>])> {
        match self.tokens {
            [name, operator, value @ ..] if name.is_name() && is_augmented(operator.text) => {
                Some((name.text, value))
            }
            _ => None,
        }
    }

    /// The name of the function that a `def` makes.
    pub(crate) fn defines(&self) -> Option<&'a str> {
        match self.tokens {
            [def, name, ..] if def.is("def") => Some(name.text),
            _ => None,
        }
    }

    pub(crate) fn mentions(&self, name: &str) -> bool {
        self.tokens.iter().any(|token| token.is(name))
    }
}

/// Keywords that begin the header of a block.
pub(crate) const HEADERS: [&str; 12] =
    ["if", "elif", "else", "for", "while", "def", "class", "try", "except", "finally", "with", "async"];

pub(crate) fn is_augmented(operator: &str) -> bool {
    matches!(
        operator,
        "+=" | "-=" | "*=" | "/=" | "//=" | "%=" | "**=" | "|=" | "&=" | "^=" | "<<=" | ">>=" | "@="
    )
}

/// A source with its tokens.
#[derive(Debug)]
pub(crate) struct Source<'a> {
    pub(crate) text: &'a str,
    lines: Vec<&'a str>,
    pub(crate) tokens: Vec<Token<'a>>,
}

impl<'a> Source<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, lines: text.lines().collect(), tokens: tokens(text) }
    }

    /// The text of a line, counted from 1; empty if there is none.
    pub(crate) fn line(&self, number: u32) -> &'a str {
        (number as usize).checked_sub(1).and_then(|at| self.lines.get(at)).copied().unwrap_or("")
    }

    /// The tokens that begin on a line.
    pub(crate) fn on_line(&self, number: u32) -> &[Token<'a>] {
        let start = self.tokens.partition_point(|token| token.line < number);
        let end = self.tokens.partition_point(|token| token.line <= number);
        &self.tokens[start..end]
    }

    /// The indentation of a line, in columns.
    pub(crate) fn indent(&self, number: u32) -> usize {
        self.line(number).chars().take_while(|letter| letter.is_whitespace()).fold(0, |width, letter| {
            match letter {
                '\t' => (width / 8 + 1) * 8,
                _ => width + 1,
            }
        })
    }

    /// All statements, in order. Statements that share a line by `;` are one.
    pub(crate) fn statements(&self) -> Vec<Statement<'_>> {
        let mut all = Vec::new();
        let (mut start, mut depth) = (0, 0_usize);
        for (at, token) in self.tokens.iter().enumerate() {
            match token.text {
                "(" | "[" | "{" if token.kind == Kind::Operator => depth += 1,
                ")" | "]" | "}" if token.kind == Kind::Operator => depth = depth.saturating_sub(1),
                _ => {}
            }
            let next = self.tokens.get(at + 1);
            let is_last =
                next.is_none_or(|next| depth == 0 && !token.is("\\") && next.line > end_line(token));
            if is_last {
                let tokens = &self.tokens[start..=at];
                all.push(Statement { tokens, indent: self.indent(tokens[0].line) });
                start = at + 1;
            }
        }
        all
    }
}

fn end_line(token: &Token<'_>) -> u32 {
    token.line + u32::try_from(token.text.matches('\n').count()).unwrap_or(0)
}

/// The statements of the block that a header at this position opens, nested ones included.
pub(crate) fn block<'a, 'b>(statements: &'b [Statement<'a>], header: usize) -> &'b [Statement<'a>] {
    let indent = statements[header].indent;
    let rest = &statements[header + 1..];
    let end = rest.iter().position(|statement| statement.indent <= indent).unwrap_or(rest.len());
    &rest[..end]
}

/// The position of the bracket that closes the one at `open`.
pub(crate) fn closing(tokens: &[Token<'_>], open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        if token.kind != Kind::Operator {
            continue;
        }
        match token.text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

/// Brackets that are open at the end of these tokens.
pub(crate) fn open_brackets<'a>(tokens: &'a [Token<'a>]) -> Vec<&'a Token<'a>> {
    let mut open: Vec<&Token<'_>> = Vec::new();
    for token in tokens.iter().filter(|token| token.kind == Kind::Operator) {
        match token.text {
            "(" | "[" | "{" => open.push(token),
            ")" | "]" | "}" => {
                open.pop();
            }
            _ => {}
        }
    }
    open
}

/// The text of consecutive tokens, as it stands in the source.
pub(crate) fn text_of<'a>(source: &'a str, tokens: &[Token<'_>]) -> &'a str {
    match tokens {
        [] => "",
        [first, .., last] => &source[first.start..last.end],
        [only] => &source[only.start..only.end],
    }
}
