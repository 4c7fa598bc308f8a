//! Kinds of values, guessed from assignments: a name is taken to hold what it was last given before a line.
//!
//! A guess, for sentences only: branches, loops and calls are not followed.

use std::{collections::HashMap, rc::Rc};

use super::{
    source::{Source, Statement, closing},
    token::{Kind as TokenKind, Token},
};

/// The kind of a value, as far as its expression tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    /// Text that was typed: from `input()`.
    Input,
    Whole,
    Fraction,
    List,
    /// The parts of a text, from `split`.
    Parts,
    Dict,
    Set,
    Tuple,
    Nothing,
    Module,
    Function,
    Unknown,
}

/// A name with what it was given.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Assigned<'a> {
    pub(crate) name: &'a str,
    pub(crate) kind: Kind,
    pub(crate) line: u32,
    pub(crate) value: &'a [Token<'a>],
}

impl Assigned<'_> {
    /// Whether it was given an empty list, text or dictionary.
    pub(crate) fn is_empty(&self) -> bool {
        match self.value {
            [open, close] => matches!(open.text, "[" | "{" | "(") && matches!(close.text, "]" | "}" | ")"),
            [only] => only.kind == TokenKind::Text && only.text.len() == 2,
            [name, open, close] => {
                matches!(name.text, "list" | "dict" | "set" | "str") && open.is("(") && close.is(")")
            }
            _ => false,
        }
    }

    /// The number of elements, where they are written down.
    pub(crate) fn count(&self) -> Option<usize> {
        match self.value {
            [only] if only.kind == TokenKind::Text => {
                Some(only.text.trim_matches(['"', '\'']).chars().count())
            }
            [open, inner @ .., _] if open.is("[") || open.is("(") => Some(split_at_commas(inner).len()),
            _ => None,
        }
    }
}

/// All names that were given something before a line.
pub(crate) struct Kinds<'a> {
    all: Rc<HashMap<&'a str, Vec<Assigned<'a>>>>,
    /// Only what was given before this line counts.
    line: u32,
}

impl<'a> Kinds<'a> {
    /// The kinds before a line of a source.
    pub(crate) fn before(source: &'a Source<'a>, line: u32) -> Self {
        let mut kinds = Self { all: Rc::default(), line: u32::MAX };
        for statement in &source.statements() {
            for given in kinds.given_by(statement) {
                Rc::make_mut(&mut kinds.all).entry(given.name).or_default().push(given);
            }
        }
        kinds.at(line)
    }

    /// The kinds before another line of the same source.
    pub(crate) fn at(&self, line: u32) -> Self {
        Self { all: Rc::clone(&self.all), line }
    }

    /// What a statement gives to names.
    fn given_by(&self, statement: &Statement<'a>) -> Vec<Assigned<'a>> {
        let (tokens, line) = (statement.tokens, statement.line());
        if let Some((name, value)) = statement.assignment() {
            return vec![Assigned { name, kind: self.of(value), line, value }];
        }
        if let Some(name) = statement.defines() {
            return vec![Assigned { name, kind: Kind::Function, line, value: tokens }];
        }
        if !statement.starts_with("import") {
            return Vec::new();
        }
        let names = tokens.iter().skip(1).filter(|token| token.is_name());
        names.map(|name| Assigned { name: name.text, kind: Kind::Module, line, value: tokens }).collect()
    }

    /// What a name was given last.
    pub(crate) fn get(&self, name: &str) -> Option<&Assigned<'a>> {
        let given = self.all.get(name)?;
        let count = given.partition_point(|assigned| assigned.line < self.line);
        given[..count].last()
    }

    pub(crate) fn kind(&self, name: &str) -> Kind {
        self.get(name).map_or(Kind::Unknown, |assigned| assigned.kind)
    }

    /// The kind of an expression.
    pub(crate) fn of(&self, tokens: &[Token<'_>]) -> Kind {
        let [first, rest @ ..] = tokens else { return Kind::Unknown };
        let is_whole = |open: usize| closing(tokens, open) == Some(tokens.len() - 1);
        if split_at_commas(tokens).len() > 1 {
            return Kind::Tuple;
        }
        match first.text {
            "[" if is_whole(0) => return Kind::List,
            "{" if is_whole(0) => {
                let is_dict = rest.len() == 1 || rest.iter().any(|token| token.is(":"));
                return if is_dict { Kind::Dict } else { Kind::Set };
            }
            "(" if is_whole(0) => {
                let inner = &tokens[1..tokens.len() - 1];
                return if inner.is_empty() || inner.iter().any(|token| token.is(",")) {
                    Kind::Tuple
                } else {
                    self.of(inner)
                };
            }
            "None" if rest.is_empty() => return Kind::Nothing,
            _ => {}
        }
        let has = |operator: &str| tokens.iter().any(|token| token.is(operator));
        if let Some(kind) = call(tokens) {
            return kind;
        }
        if first.kind == TokenKind::Text {
            return Kind::Text;
        }
        if first.kind == TokenKind::Number {
            let is_fraction = has("/")
                || tokens
                    .iter()
                    .any(|token| token.kind == TokenKind::Number && token.text.contains(['.', 'e']));
            return if is_fraction { Kind::Fraction } else { Kind::Whole };
        }
        match self.kind(first.text) {
            kind if rest.is_empty() => kind,
            Kind::Whole | Kind::Fraction if has("/") => Kind::Fraction,
            kind @ (Kind::Whole | Kind::Fraction)
                if rest[0].kind == TokenKind::Operator && !rest[0].is("[") =>
            {
                kind
            }
            kind @ (Kind::Text | Kind::Input) if rest[0].is("+") => kind,
            _ => Kind::Unknown,
        }
    }
}

/// The kind of what a call gives back, if the whole expression is one.
fn call(tokens: &[Token<'_>]) -> Option<Kind> {
    let open =
        (0..tokens.len()).find(|&at| tokens[at].is("(") && closing(tokens, at) == Some(tokens.len() - 1))?;
    let name = tokens.get(open.checked_sub(1)?)?;
    let is_method = open >= 2 && tokens[open - 2].is(".");
    Some(match (name.text, is_method) {
        ("input", false) => Kind::Input,
        ("int" | "len" | "ord" | "sum" | "round", false) | ("count" | "index" | "find" | "randint", true) => {
            Kind::Whole
        }
        ("float", false) | ("sqrt" | "random" | "time", true) => Kind::Fraction,
        ("str" | "chr", false)
        | (
            "upper" | "lower" | "strip" | "replace" | "join" | "read" | "readline" | "title" | "capitalize",
            true,
        ) => Kind::Text,
        ("list" | "sorted", false) | ("copy" | "readlines", true) => Kind::List,
        ("split", true) => Kind::Parts,
        ("dict", false) => Kind::Dict,
        ("set", false) => Kind::Set,
        ("tuple", false) => Kind::Tuple,
        ("print", false) => Kind::Nothing,
        (method, true) if GIVES_NOTHING.contains(&method) => Kind::Nothing,
        _ => return None,
    })
}

/// Methods that change their object and give back `None`.
pub(crate) const GIVES_NOTHING: [&str; 10] =
    ["append", "extend", "insert", "remove", "sort", "reverse", "clear", "update", "add", "shuffle"];

/// The parts between commas that are in no bracket.
pub(crate) fn split_at_commas<'a>(tokens: &'a [Token<'a>]) -> Vec<&'a [Token<'a>]> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0_usize, 0);
    for (at, token) in tokens.iter().enumerate() {
        match token.text {
            "(" | "[" | "{" if token.kind == TokenKind::Operator => depth += 1,
            ")" | "]" | "}" if token.kind == TokenKind::Operator => depth = depth.saturating_sub(1),
            "," if depth == 0 && token.kind == TokenKind::Operator => {
                parts.push(&tokens[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    if start < tokens.len() {
        parts.push(&tokens[start..]);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::{Kind, Kinds};
    use crate::python::source::Source;

    fn check(value: &str, expected: Kind) {
        let text = format!("n = 3\nx = {value}\n");
        let source = Source::new(&text);
        assert_eq!(Kinds::before(&source, 9).kind("x"), expected, "{value}");
    }

    #[test]
    fn the_kind_of_a_value_is_guessed_from_its_expression() {
        check("5", Kind::Whole);
        check("n + 1", Kind::Whole);
        check("n / 2", Kind::Fraction);
        check("input('a')", Kind::Input);
        check("int(input())", Kind::Whole);
        check("input().split(',')", Kind::Parts);
        check("[1, 2]", Kind::List);
        check("{'a': 1}", Kind::Dict);
        check("{1}", Kind::Set);
        check("1, 2", Kind::Tuple);
        check("f.append(2)", Kind::Nothing);
        check("'a' + 'b'", Kind::Text);
    }
}
