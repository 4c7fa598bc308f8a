//! Parser: recursive descent from tokens to a tree, at most [`Limits::MAX_DEPTH`] deep, so that walking it
//! needs little stack.

use std::collections::HashMap;

use crate::{
    Limits, Program, SyntaxError,
    lexer::{SpannedToken, Token, tokens},
    number::{Decimal, Integer, Number, Operation},
    syntax::{Action, Binary, Command, Comparison, Expr, Float, FloatForm, Loop, LoopCondition, Variable},
    value::Value,
};

impl Program {
    /// Parses a program.
    pub fn parse(source: &[u8]) -> Result<Self, SyntaxError> {
        if source.len() > Limits::MAX_PROGRAM_BYTES {
            return Err(SyntaxError::TooLong(source.len()));
        }
        let tokens = tokens(source)?;
        let mut parser = Parser { tokens, at: 0, names: Vec::new(), places: HashMap::new(), depth: 0 };
        let commands = parser.block()?;
        if let Some(Token::Word(word)) = parser.peek() {
            return parser.wrong(&format!("{word} ends or parts a block, and none is open"));
        }
        Ok(Self { source: source.to_vec(), names: parser.names, commands })
    }
}

struct Parser {
    tokens: Vec<SpannedToken>,
    at: usize,
    names: Vec<String>,
    places: HashMap<String, usize>,
    depth: usize,
}

/// Digits behind the point of a float.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Decimals {
    /// `FLOAT`: any number of digits.
    Any,
    /// `FLOATP`: a range of their number.
    Counted,
}

/// An expression with its depth.
type ExprWithDepth = (Expr, usize);

/// Binary operators by precedence, lowest first, without `^`, which binds tighter than the signs.
const PRECEDENCE: [&[(&str, Binary)]; 6] = [
    &[("||", Binary::Or)],
    &[("&&", Binary::And)],
    &[("==", Binary::Compare(Comparison::Equal)), ("!=", Binary::Compare(Comparison::Different))],
    &[
        ("<", Binary::Compare(Comparison::Less)),
        ("<=", Binary::Compare(Comparison::LessOrEqual)),
        (">", Binary::Compare(Comparison::More)),
        (">=", Binary::Compare(Comparison::MoreOrEqual)),
    ],
    &[("+", Binary::Calculate(Operation::Add)), ("-", Binary::Calculate(Operation::Subtract))],
    &[
        ("*", Binary::Calculate(Operation::Multiply)),
        ("/", Binary::Calculate(Operation::Divide)),
        ("%", Binary::Calculate(Operation::Modulo)),
    ],
];

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|placed| &placed.token)
    }

    fn wrong<T>(&self, message: &str) -> Result<T, SyntaxError> {
        let last = self.tokens.get(self.at).or_else(|| self.tokens.last());
        Err(SyntaxError::Unexpected {
            line: last.map_or(1, |placed| placed.line),
            message: message.to_owned(),
        })
    }

    fn expected<T>(&self, what: &str) -> Result<T, SyntaxError> {
        let found = match self.peek() {
            None => "the end of the program".to_owned(),
            Some(Token::Word(word) | Token::Name(word) | Token::Integer(word) | Token::Float(word)) => {
                word.clone()
            }
            Some(Token::Text(text)) => format!("{:?}", String::from_utf8_lossy(text)),
            Some(Token::Sign(sign)) => (*sign).to_owned(),
        };
        self.wrong(&format!("{what} is expected, not {found}"))
    }

    fn accept(&mut self, sign: &str) -> bool {
        let is = matches!(self.peek(), Some(Token::Sign(found)) if *found == sign);
        self.at += usize::from(is);
        is
    }

    fn expect(&mut self, sign: &str) -> Result<(), SyntaxError> {
        if self.accept(sign) { Ok(()) } else { self.expected(sign) }
    }

    fn deeper<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, SyntaxError>,
    ) -> Result<T, SyntaxError> {
        if self.depth >= Limits::MAX_DEPTH {
            return self.too_deep();
        }
        self.depth += 1;
        let read = read(self);
        self.depth -= 1;
        read
    }

    fn too_deep<T>(&self) -> Result<T, SyntaxError> {
        self.wrong(&format!("more than {} blocks or expressions are within each other", Limits::MAX_DEPTH))
    }

    /// Parses commands up to `END`, `ELSE` or the end.
    fn block(&mut self) -> Result<Vec<Command>, SyntaxError> {
        let mut commands = Vec::new();
        loop {
            match self.peek() {
                None => return Ok(commands),
                Some(Token::Word(word)) if word == "END" || word == "ELSE" => return Ok(commands),
                Some(_) => commands.push(self.command()?),
            }
        }
    }

    fn command(&mut self) -> Result<Command, SyntaxError> {
        let Some(SpannedToken { token: Token::Word(word), line, from, .. }) =
            self.tokens.get(self.at).cloned()
        else {
            return self.expected("a command");
        };
        self.at += 1;
        let (mut action, block) = match word.as_str() {
            "SPACE" => (Action::Space, false),
            "NEWLINE" => (Action::Newline, false),
            "EOF" => (Action::EndOfFile, false),
            "REP" | "REPI" | "WHILE" | "WHILEI" => {
                (self.in_brackets(|parser| parser.loop_header(&word))?, true)
            }
            "IF" => (self.in_brackets(Self::if_header)?, true),
            _ => (self.in_brackets(|parser| parser.arguments(&word))?, false),
        };
        let span = from..self.tokens[self.at - 1].to;
        if block {
            self.deeper(|parser| parser.parse_blocks(&mut action, &word, line))?;
        }
        Ok(Command { line, span, action })
    }

    fn in_brackets(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<Action, SyntaxError>,
    ) -> Result<Action, SyntaxError> {
        self.expect("(")?;
        let action = self.deeper(read)?;
        self.expect(")")?;
        Ok(action)
    }

    fn arguments(&mut self, word: &str) -> Result<Action, SyntaxError> {
        Ok(match word {
            "INT" => Action::Int { range: self.range()?, into: self.target()? },
            "FLOAT" => self.float(Decimals::Any)?,
            "FLOATP" => self.float(Decimals::Counted)?,
            "STRING" => Action::Text(self.expr()?),
            "REGEX" => Action::Regex { pattern: self.expr()?, into: self.target()? },
            "ASSERT" => Action::Assert(self.expr()?),
            "SET" => Action::Set(self.assignments()?),
            "UNSET" => Action::Unset(self.names()?),
            _ => {
                self.at = self.at.saturating_sub(2);
                return self.wrong(&format!("{word} is no command"));
            }
        })
    }

    fn range(&mut self) -> Result<(Expr, Expr), SyntaxError> {
        let least = self.expr()?;
        self.expect(",")?;
        Ok((least, self.expr()?))
    }

    fn target(&mut self) -> Result<Option<Variable>, SyntaxError> {
        if self.accept(",") { Ok(Some(self.variable()?.0)) } else { Ok(None) }
    }

    fn float(&mut self, digits: Decimals) -> Result<Action, SyntaxError> {
        let range = self.range()?;
        let mut decimals = None;
        if digits == Decimals::Counted {
            self.expect(",")?;
            decimals = Some(self.range()?);
        }
        let into = self.target()?;
        let mut form = FloatForm::Any;
        if into.is_some() && self.accept(",") {
            form = match self.peek() {
                Some(Token::Word(word)) if word == "FIXED" => FloatForm::Fixed,
                Some(Token::Word(word)) if word == "SCIENTIFIC" => FloatForm::Scientific,
                _ => return self.expected("FIXED or SCIENTIFIC"),
            };
            self.at += 1;
        }
        Ok(Action::Float(Box::new(Float { range, decimals, into, form })))
    }

    fn assignments(&mut self) -> Result<Vec<(Variable, Expr)>, SyntaxError> {
        let mut assignments = Vec::new();
        loop {
            let variable = self.variable()?.0;
            self.expect("=")?;
            assignments.push((variable, self.expr()?));
            if !self.accept(",") {
                return Ok(assignments);
            }
        }
    }

    fn names(&mut self) -> Result<Vec<usize>, SyntaxError> {
        let mut names = vec![self.name()?];
        while self.accept(",") {
            names.push(self.name()?);
        }
        Ok(names)
    }

    fn name(&mut self) -> Result<usize, SyntaxError> {
        let Some(Token::Name(name)) = self.peek().cloned() else { return self.expected("a variable") };
        self.at += 1;
        let names = &mut self.names;
        Ok(*self.places.entry(name).or_insert_with_key(|name| {
            names.push(name.clone());
            names.len() - 1
        }))
    }

    fn loop_header(&mut self, word: &str) -> Result<Action, SyntaxError> {
        let index = if word.ends_with('I') {
            let index = self.variable()?.0;
            self.expect(",")?;
            Some(index)
        } else {
            None
        };
        let times = self.expr()?;
        let rounds =
            if word.starts_with("REP") { LoopCondition::Count(times) } else { LoopCondition::While(times) };
        let separator = if self.accept(",") { Some(self.command()?) } else { None };
        Ok(Action::Loop(Box::new(Loop { index, rounds, separator, body: Vec::new() })))
    }

    fn if_header(&mut self) -> Result<Action, SyntaxError> {
        Ok(Action::If { condition: self.expr()?, then: Vec::new(), otherwise: Vec::new() })
    }

    fn parse_blocks(&mut self, action: &mut Action, word: &str, line: usize) -> Result<(), SyntaxError> {
        let first = self.block()?;
        match action {
            Action::If { then, otherwise, .. } => {
                *then = first;
                if self.accept_word("ELSE") {
                    *otherwise = self.block()?;
                }
            }
            Action::Loop(inner) => inner.body = first,
            _ => {}
        }
        if self.accept_word("END") {
            return Ok(());
        }
        self.expected(&format!("END of the {word} of line {line}"))
    }

    fn accept_word(&mut self, word: &str) -> bool {
        let is = matches!(self.peek(), Some(Token::Word(found)) if found == word);
        self.at += usize::from(is);
        is
    }

    fn expr(&mut self) -> Result<Expr, SyntaxError> {
        Ok(self.level(0)?.0)
    }

    fn level(&mut self, level: usize) -> Result<ExprWithDepth, SyntaxError> {
        let Some(operators) = PRECEDENCE.get(level) else { return self.deeper(Self::signed) };
        let mut left = self.level(level + 1)?;
        while let Some((_, operator)) = operators
            .iter()
            .find(|(sign, _)| matches!(self.peek(), Some(Token::Sign(found)) if found == sign))
        {
            self.at += 1;
            let right = self.level(level + 1)?;
            left = self.binary(*operator, left, right)?;
        }
        Ok(left)
    }

    fn binary(
        &self,
        operator: Binary,
        left: ExprWithDepth,
        right: ExprWithDepth,
    ) -> Result<ExprWithDepth, SyntaxError> {
        let depth = left.1.max(right.1) + 1;
        if depth > Limits::MAX_DEPTH {
            return self.too_deep();
        }
        Ok((Expr::Binary(operator, Box::new((left.0, right.0))), depth))
    }

    fn signed(&mut self) -> Result<ExprWithDepth, SyntaxError> {
        if self.accept("-") {
            let (inner, depth) = self.deeper(Self::signed)?;
            return Ok((Expr::Negative(Box::new(inner)), depth + 1));
        }
        if self.accept("!") {
            let (inner, depth) = self.deeper(Self::signed)?;
            return Ok((Expr::Not(Box::new(inner)), depth + 1));
        }
        let mut base = self.atom()?;
        while self.accept("^") {
            let exponent = if matches!(self.peek(), Some(Token::Sign("-"))) {
                self.deeper(Self::signed)?
            } else {
                self.atom()?
            };
            base = self.binary(Binary::Calculate(Operation::Power), base, exponent)?;
        }
        Ok(base)
    }

    fn atom(&mut self) -> Result<ExprWithDepth, SyntaxError> {
        let literal = |value| Ok((Expr::Literal(value), 1));
        match self.peek().cloned() {
            Some(Token::Integer(digits)) => {
                self.at += 1;
                match Integer::parse(digits.as_bytes()) {
                    Some(integer) => literal(Value::Number(Number::Integer(integer))),
                    None => self.wrong(&format!("{digits} is no number")),
                }
            }
            Some(Token::Float(digits)) => {
                self.at += 1;
                match Decimal::parse(digits.as_bytes()) {
                    Ok(decimal) => literal(Value::Number(Number::Decimal(decimal))),
                    Err(_) => self.wrong(&format!("{digits} is too large a number")),
                }
            }
            Some(Token::Text(text)) => {
                self.at += 1;
                literal(Value::Text(text.into()))
            }
            Some(Token::Name(_)) => {
                let (variable, depth) = self.variable()?;
                Ok((Expr::Variable(variable), depth))
            }
            Some(Token::Word(word)) => self.function(&word),
            Some(Token::Sign("(")) => {
                self.at += 1;
                let inner = self.deeper(|parser| parser.level(0))?;
                self.expect(")")?;
                Ok(inner)
            }
            Some(Token::Sign(_)) | None => self.expected("a value"),
        }
    }

    fn variable(&mut self) -> Result<(Variable, usize), SyntaxError> {
        let name = self.name()?;
        let mut indices = Vec::new();
        let mut deepest = 0;
        if self.accept("[") {
            loop {
                let (index, depth) = self.deeper(|parser| parser.level(0))?;
                deepest = deepest.max(depth);
                indices.push(index);
                if !self.accept(",") {
                    break;
                }
            }
            self.expect("]")?;
        }
        Ok((Variable { name, indices }, deepest + 1))
    }

    fn function(&mut self, word: &str) -> Result<ExprWithDepth, SyntaxError> {
        if !matches!(word, "ISEOF" | "MATCH" | "STRLEN" | "UNIQUE" | "INARRAY") {
            return self.expected("a value");
        }
        self.at += 1;
        if word == "ISEOF" {
            return Ok((Expr::IsEndOfFile, 1));
        }
        self.expect("(")?;
        let made = if word == "UNIQUE" {
            (Expr::Unique(self.names()?), 1)
        } else {
            let (inner, depth) = self.deeper(|parser| parser.level(0))?;
            let inner = Box::new(inner);
            let made = match word {
                "MATCH" => Expr::Match(inner),
                "STRLEN" => Expr::Length(inner),
                _ => {
                    self.expect(",")?;
                    Expr::InArray(inner, self.name()?)
                }
            };
            (made, depth + 1)
        };
        self.expect(")")?;
        if made.1 > Limits::MAX_DEPTH { self.too_deep() } else { Ok(made) }
    }
}
