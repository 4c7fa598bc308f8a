//! The head of an attack: the comment lines at its top, which say what it tries and how it has to end.
//!
//! A line is a key, a colon and a value. `attack` and `expect` must be there; a key that is unknown or comes twice is refused,
//! so that a misspelt expectation is not one that always holds.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use wire::{LimitsBody, RunReason};

/// How a program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It does not compile.
    CompileError,
    /// It runs, and ends for this reason.
    Run(RunReason),
}

/// What the head says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// What the program tries.
    pub attack: String,
    /// How it may end.
    pub expect: Vec<Ending>,
    /// What must be in its output.
    pub says: Option<String>,
    /// What must not be in its output.
    pub never_says: Option<String>,
    /// What it is allowed.
    pub limits: Option<LimitsBody>,
    /// What it exits with.
    pub exit: Option<i32>,
}

/// What is wrong with a head.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeadError {
    #[error("`{0}` is no key and value: write `key: value`, and end the head with a line that is no comment")]
    NoKey(String),
    #[error("there is no key `{0}`: keys are attack, expect, says, never says, limits and exit")]
    Unknown(String),
    #[error("`{0}` comes twice: put all of it into one line")]
    Twice(String),
    #[error("`{0}` is missing: every head says what is tried and how it ends")]
    Missing(&'static str),
    #[error("`{0}` is no ending: write a reason such as wallLimit, or `compile error`, with `or` between several")]
    NoEnding(String),
    #[error("`{0}` are no limits: write such as `cpuMs=300 memoryBytes=67108864`")]
    NoLimits(String),
    #[error("`{0}` is no exit code: write a number")]
    NoExit(String),
}

const KEYS: [&str; 6] = ["attack", "expect", "says", "never says", "limits", "exit"];

impl Head {
    /// Reads the head of a program whose comments begin with `marker`.
    pub fn read(program: &str, marker: &str) -> Result<Self, HeadError> {
        let mut keys = keys_of(program, marker)?;
        let mut take = |key| keys.remove(key);
        let attack = take("attack").ok_or(HeadError::Missing("attack"))?;
        let expect = take("expect").ok_or(HeadError::Missing("expect"))?;
        Ok(Self {
            attack,
            expect: expect.split(" or ").map(ending).collect::<Result<_, _>>()?,
            says: take("says"),
            never_says: take("never says"),
            limits: take("limits").map(|text| limits(&text)).transpose()?,
            exit: take("exit").map(|text| text.parse().map_err(|_| HeadError::NoExit(text))).transpose()?,
        })
    }
}

fn keys_of(program: &str, marker: &str) -> Result<BTreeMap<String, String>, HeadError> {
    let mut keys = BTreeMap::new();
    for line in program.lines().map_while(|line| line.strip_prefix(marker)) {
        let (key, value) = line.split_once(':').ok_or_else(|| HeadError::NoKey(line.trim().to_owned()))?;
        let (key, value) = (key.trim(), value.trim());
        if !KEYS.contains(&key) {
            return Err(HeadError::Unknown(key.to_owned()));
        }
        if keys.insert(key.to_owned(), value.to_owned()).is_some() {
            return Err(HeadError::Twice(key.to_owned()));
        }
    }
    Ok(keys)
}

fn ending(text: &str) -> Result<Ending, HeadError> {
    if text == "compile error" {
        return Ok(Ending::CompileError);
    }
    let reason = serde_json::from_value(text.into()).map_err(|_| HeadError::NoEnding(text.to_owned()))?;
    Ok(Ending::Run(reason))
}

/// As the API reads them, so that names are its names and unknown ones are refused.
fn limits(text: &str) -> Result<LimitsBody, HeadError> {
    let wrong = || HeadError::NoLimits(text.to_owned());
    let mut limits = Map::new();
    for word in text.split_whitespace() {
        let (name, number) = word.split_once('=').ok_or_else(wrong)?;
        let number: u64 = number.parse().map_err(|_| wrong())?;
        if limits.insert(name.to_owned(), number.into()).is_some() {
            return Err(HeadError::Twice(name.to_owned()));
        }
    }
    serde_json::from_value(Value::Object(limits)).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(head: &str) -> HeadError {
        Head::read(head, "#").expect_err("it is refused")
    }

    #[test]
    fn a_whole_head_is_read_up_to_the_first_line_that_is_no_comment() {
        let program = "// attack: to be tried: twice\n// expect: exited or compile error\n// says: a\n// never says: b\n\
                       // limits: cpuMs=3 processes=4\n// exit: 5\nint main(void) {}\n// exit: 6";
        let head = Head::read(program, "//").expect("a head");
        assert_eq!(head.attack, "to be tried: twice");
        assert_eq!(head.expect, [Ending::Run(RunReason::Exited), Ending::CompileError]);
        assert_eq!((head.says.as_deref(), head.never_says.as_deref()), (Some("a"), Some("b")));
        let limits = LimitsBody { cpu_ms: Some(3), processes: Some(4), ..LimitsBody::default() };
        assert_eq!((head.limits, head.exit), (Some(limits), Some(5)));
    }

    #[test]
    fn what_a_head_must_say_and_does_not_is_named() {
        assert_eq!(error("print()"), HeadError::Missing("attack"));
        assert_eq!(error("# attack: x\n\n# expect: exited"), HeadError::Missing("expect"));
    }

    #[test]
    fn unknown_and_repeated_keys_are_refused() {
        assert_eq!(error("# expects: exited"), HeadError::Unknown("expects".to_owned()));
        assert_eq!(error("# attack: x\n# attack: y"), HeadError::Twice("attack".to_owned()));
        assert_eq!(error("# just a comment"), HeadError::NoKey("just a comment".to_owned()));
    }

    #[test]
    fn values_that_mean_nothing_are_refused() {
        let with = |line| error(&format!("# attack: x\n# {line}"));
        assert_eq!(with("expect: timeout"), HeadError::NoEnding("timeout".to_owned()));
        assert_eq!(with("expect: exited\n# exit: x"), HeadError::NoExit("x".to_owned()));
        for limits in ["cpuMs", "cpuMs=x", "cpu=3"] {
            let line = format!("expect: exited\n# limits: {limits}");
            assert_eq!(with(&line), HeadError::NoLimits(limits.to_owned()));
        }
        let twice = with("expect: exited\n# limits: cpuMs=1 cpuMs=2");
        assert_eq!(twice, HeadError::Twice("cpuMs".to_owned()));
    }
}
