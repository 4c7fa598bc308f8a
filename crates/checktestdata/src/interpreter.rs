//! Interpreter: runs a program's commands along an input, within limits.

use std::{cmp::Ordering, collections::HashMap, sync::Arc};

use regex::bytes::Regex;

use crate::{
    CheckError, Limits, Program,
    error::Fault,
    number::{Decimal, Integer, Number},
    pattern,
    reader::Reader,
    syntax::{Action, Binary, Command, Comparison, Expr, Float, Loop, LoopCondition, Variable},
    value::Value,
    variables::{Index, Variables},
};

/// Steps between two calls of `stop`.
const STOP_CHECK_INTERVAL: u64 = 1 << 16;

impl Program {
    /// Checks an input. `stop` is called regularly; `true` ends the check.
    pub fn check(&self, input: &[u8], limits: &Limits, stop: &dyn Fn() -> bool) -> Result<(), CheckError> {
        let mut runner = Interpreter {
            program: self,
            limits,
            stop,
            reader: Reader::new(input),
            variables: Variables::new(self.names.len(), limits.memory),
            patterns: HashMap::new(),
            steps_left: limits.steps,
            steps_to_stop_check: STOP_CHECK_INTERVAL,
        };
        runner.block(&self.commands)?;
        let at_end = runner.reader.end();
        at_end.map_err(|fault| {
            let last = "the end of the program";
            runner.error(fault, (last.to_owned(), self.lines()))
        })
    }

    fn lines(&self) -> usize {
        self.source.split(|byte| *byte == b'\n').count()
    }
}

struct Interpreter<'a> {
    program: &'a Program,
    limits: &'a Limits,
    stop: &'a dyn Fn() -> bool,
    reader: Reader<'a>,
    variables: Variables,
    patterns: HashMap<Arc<[u8]>, Regex>,
    steps_left: u64,
    steps_to_stop_check: u64,
}

impl<'a> Interpreter<'a> {
    fn error(&self, fault: Fault, (command, program_line): (String, usize)) -> CheckError {
        match fault {
            Fault::Mismatch(reason) => {
                let (line, column) = self.reader.position();
                CheckError::Mismatch { line, column, reason, command, program_line }
            }
            Fault::Program(reason) => CheckError::Program { reason, command, program_line },
            Fault::Limit(limit) => CheckError::Limit(limit),
            Fault::Stopped => CheckError::Stopped,
        }
    }

    fn at(&self, fault: Fault, command: &Command) -> CheckError {
        const SHOWN: usize = 60;
        let text = String::from_utf8_lossy(&self.program.source[command.span.clone()]);
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let text = match text.char_indices().nth(SHOWN) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None => text,
        };
        self.error(fault, (text, command.line))
    }

    fn spend(&mut self, steps: u64) -> Result<(), Fault> {
        self.steps_left =
            self.steps_left.checked_sub(steps).ok_or(Fault::Limit("the steps that are allowed"))?;
        if let Some(left) = self.steps_to_stop_check.checked_sub(steps) {
            self.steps_to_stop_check = left;
            return Ok(());
        }
        self.steps_to_stop_check = STOP_CHECK_INTERVAL;
        if (self.stop)() { Err(Fault::Stopped) } else { Ok(()) }
    }

    fn block(&mut self, commands: &'a [Command]) -> Result<(), CheckError> {
        commands.iter().try_for_each(|command| self.command(command))
    }

    fn command(&mut self, command: &'a Command) -> Result<(), CheckError> {
        match &command.action {
            Action::Loop(inner) => self.run_loop(inner, command),
            Action::If { condition, then, otherwise } => {
                let holds = self.boolean(condition).map_err(|fault| self.at(fault, command))?;
                self.block(if holds { then } else { otherwise })
            }
            simple => self.simple(simple).map_err(|fault| self.at(fault, command)),
        }
    }

    fn run_loop(&mut self, inner: &'a Loop, command: &'a Command) -> Result<(), CheckError> {
        let mut round = 0;
        let count = match &inner.rounds {
            LoopCondition::Count(count) => Some(self.count(count).map_err(|fault| self.at(fault, command))?),
            LoopCondition::While(_) => None,
        };
        loop {
            let more = self.begin_iteration(inner, round, count).map_err(|fault| self.at(fault, command))?;
            if !more {
                return Ok(());
            }
            if round > 0
                && let Some(separator) = &inner.separator
            {
                self.command(separator)?;
            }
            self.block(&inner.body)?;
            round += 1;
        }
    }

    fn count(&mut self, count: &'a Expr) -> Result<u64, Fault> {
        let count = self.value(count)?.into_integer()?;
        count.to_u64().ok_or_else(|| Fault::program("repeats less than no times, or far too often"))
    }

    fn begin_iteration(&mut self, inner: &'a Loop, round: u64, count: Option<u64>) -> Result<bool, Fault> {
        self.spend(1)?;
        if let Some(index) = &inner.index {
            self.assign(index, Value::integer(round))?;
        }
        match (&inner.rounds, count) {
            (LoopCondition::While(condition), _) => self.boolean(condition),
            (LoopCondition::Count(_), count) => Ok(count.is_some_and(|count| round < count)),
        }
    }

    fn simple(&mut self, action: &'a Action) -> Result<(), Fault> {
        self.spend(1)?;
        match action {
            Action::Space => self.reader.exactly(b" ", "a space"),
            Action::Newline => self.reader.exactly(b"\n", "the end of the line"),
            Action::EndOfFile => self.reader.end(),
            Action::Int { range, into } => self.integer(range, into.as_ref()),
            Action::Float(float) => self.float(float),
            Action::Text(text) => {
                let text = self.value(text)?.into_text()?;
                self.spend(text.len() as u64 / 64)?;
                self.reader.exactly(&text, &Value::Text(text.clone()).to_string())
            }
            Action::Regex { pattern, into } => self.regex(pattern, into.as_ref()),
            Action::Assert(condition) if self.boolean(condition)? => Ok(()),
            Action::Assert(_) => Err(Fault::mismatch("what must hold does not")),
            Action::Set(assignments) => assignments.iter().try_for_each(|(variable, value)| {
                let value = self.value(value)?;
                self.assign(variable, value)
            }),
            Action::Unset(names) => names.iter().try_for_each(|name| {
                self.spend(self.variables.count(*name) as u64)?;
                self.variables.unset(*name);
                Ok(())
            }),
            Action::Loop(_) | Action::If { .. } => Err(Fault::program("is no simple command")),
        }
    }

    fn integer(&mut self, range: &'a (Expr, Expr), into: Option<&'a Variable>) -> Result<(), Fault> {
        let found = self.reader.integer()?;
        self.spend_on_digits(found.len())?;
        let number = Integer::parse(found).map(Number::Integer);
        let number = number.ok_or_else(|| Fault::mismatch("a whole number cannot be read"))?;
        let (least, most) = (self.value(&range.0)?.into_integer()?, self.value(&range.1)?.into_integer()?);
        within(&number, &(Number::Integer(least), Number::Integer(most)))?;
        self.reader.skip(found.len());
        into.map_or(Ok(()), |variable| self.assign(variable, Value::Number(number)))
    }

    fn float(&mut self, float: &'a Float) -> Result<(), Fault> {
        let (found, decimals) = self.reader.float(float.form)?;
        self.spend_on_digits(found.len())?;
        let number = Number::Decimal(Decimal::parse(found)?);
        if let Some((least, most)) = &float.decimals {
            let decimals = Number::Integer(Integer::Small(i64::try_from(decimals).unwrap_or(i64::MAX)));
            let (least, most) = (self.value(least)?.into_number()?, self.value(most)?.into_number()?);
            if decimals < least || decimals > most {
                let reason =
                    format!("{decimals} digits are behind the point, which is not in {least}..{most}");
                return Err(Fault::mismatch(reason));
            }
        }
        let range = (self.value(&float.range.0)?.into_number()?, self.value(&float.range.1)?.into_number()?);
        within(&number, &range)?;
        self.reader.skip(found.len());
        float.into.as_ref().map_or(Ok(()), |variable| self.assign(variable, Value::Number(number)))
    }

    /// Parsing takes time that grows with the square of the number of digits.
    fn spend_on_digits(&mut self, digits: usize) -> Result<(), Fault> {
        if digits > self.limits.digits {
            return Err(Fault::Limit("the digits of a number that are allowed"));
        }
        let digits = digits as u64;
        self.spend(digits / 16 + digits * digits / 2048)
    }

    fn regex(&mut self, pattern: &'a Expr, into: Option<&'a Variable>) -> Result<(), Fault> {
        const STEPS_TO_COMPILE: u64 = 10_000;
        let pattern = self.value(pattern)?.into_text()?;
        if !self.patterns.contains_key(&pattern) {
            self.spend(STEPS_TO_COMPILE)?;
            if self.patterns.len() >= Limits::MAX_CACHED_PATTERNS {
                self.patterns.clear();
            }
            let compiled = pattern::compile(&pattern, self.limits)?;
            self.patterns.insert(pattern.clone(), compiled);
        }
        let rest = self.reader.rest();
        let found =
            self.patterns.get(&pattern).and_then(|regex| regex.find(rest)).map(|found| found.as_bytes());
        // A short match may have read all of the rest.
        if rest.len() > 1 << 20 && (self.stop)() {
            return Err(Fault::Stopped);
        }
        let Some(found) = found else {
            let shown = Value::Text(pattern.clone());
            return Err(Fault::mismatch(format!("{} does not match {shown}", self.reader.next_excerpt())));
        };
        self.spend(found.len() as u64 / 64 + 4)?;
        self.reader.skip(found.len());
        into.map_or(Ok(()), |variable| self.assign(variable, Value::Text(found.into())))
    }

    fn index(&mut self, variable: &'a Variable) -> Result<Index, Fault> {
        variable.indices.iter().map(|index| self.value(index)?.into_integer()).collect()
    }

    fn assign(&mut self, variable: &'a Variable, value: Value) -> Result<(), Fault> {
        let index = self.index(variable)?;
        self.variables.set(variable.name, index, value)
    }

    fn boolean(&mut self, expr: &'a Expr) -> Result<bool, Fault> {
        self.value(expr)?.into_bool()
    }

    fn value(&mut self, expr: &'a Expr) -> Result<Value, Fault> {
        self.spend(1)?;
        match expr {
            Expr::Literal(value) => Ok(value.clone()),
            Expr::Variable(variable) => self.variable(variable),
            Expr::Negative(inner) => Ok(Value::Number(self.value(inner)?.into_number()?.negated())),
            Expr::Not(inner) => Ok(Value::Bool(!self.boolean(inner)?)),
            Expr::Binary(Binary::And, pair) => {
                Ok(Value::Bool(self.boolean(&pair.0)? && self.boolean(&pair.1)?))
            }
            Expr::Binary(Binary::Or, pair) => {
                Ok(Value::Bool(self.boolean(&pair.0)? || self.boolean(&pair.1)?))
            }
            Expr::Binary(Binary::Compare(how), pair) => self.compare(*how, pair),
            Expr::Binary(Binary::Calculate(operation), pair) => {
                let (a, b) = (self.value(&pair.0)?.into_number()?, self.value(&pair.1)?.into_number()?);
                self.spend(a.words() * b.words() / 8)?;
                Ok(Value::Number(a.calculate(*operation, &b, self.limits.digits)?))
            }
            Expr::Length(text) => Ok(Value::integer(self.value(text)?.into_text()?.len() as u64)),
            Expr::Match(characters) => {
                let characters = self.value(characters)?.into_text()?;
                Ok(Value::Bool(self.reader.peek().is_some_and(|next| characters.contains(&next))))
            }
            Expr::IsEndOfFile => Ok(Value::Bool(self.reader.is_at_end())),
            Expr::Unique(names) => {
                self.spend(names.iter().map(|name| self.variables.count(*name) as u64).sum())?;
                self.variables.are_unique(names).map(Value::Bool).map_err(Fault::Mismatch)
            }
            Expr::InArray(value, name) => {
                let value = self.value(value)?;
                if !self.variables.is_indexed(*name) {
                    self.spend(self.variables.count(*name) as u64)?;
                }
                Ok(Value::Bool(self.variables.contains(*name, &value)))
            }
        }
    }

    fn variable(&mut self, variable: &'a Variable) -> Result<Value, Fault> {
        let index = self.index(variable)?;
        let found = self.variables.get(variable.name, &index).cloned();
        found.ok_or_else(|| {
            let indices: Vec<_> =
                index.into_iter().map(|one| Value::Number(Number::Integer(one)).to_string()).collect();
            let brackets =
                if indices.is_empty() { String::new() } else { format!("[{}]", indices.join(", ")) };
            Fault::program(format!("{}{brackets} has no value", self.program.names[variable.name]))
        })
    }

    fn compare(&mut self, how: Comparison, pair: &'a (Expr, Expr)) -> Result<Value, Fault> {
        let (a, b) = (self.value(&pair.0)?, self.value(&pair.1)?);
        self.spend((a.bytes() + b.bytes()) as u64 / 64)?;
        let ordering = a.compare(&b)?;
        Ok(Value::Bool(match how {
            Comparison::Less => ordering == Ordering::Less,
            Comparison::LessOrEqual => ordering != Ordering::Greater,
            Comparison::More => ordering == Ordering::Greater,
            Comparison::MoreOrEqual => ordering != Ordering::Less,
            Comparison::Equal => ordering == Ordering::Equal,
            Comparison::Different => ordering != Ordering::Equal,
        }))
    }
}

fn within(number: &Number, (least, most): &(Number, Number)) -> Result<(), Fault> {
    if number >= least && number <= most {
        return Ok(());
    }
    let [number, least, most] = [number, least, most].map(|one| Value::Number(one.clone()));
    Err(Fault::mismatch(format!("{number} is not in {least}..{most}")))
}
