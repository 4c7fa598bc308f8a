//! Attack head: comment lines at the top of an attack with its purpose and its expected ending.
//!
//! A line is a key, a colon and a value. `attacks/README.md` lists the keys. Unknown keys are refused, and so is a head that a
//! program would also meet by failing on the way: an expectation that always holds is none.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use wire::{LimitsBody, RunReason};

/// Ending of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// It is not accepted.
    Refused,
    /// It does not compile.
    CompileError,
    /// It exits with this code.
    Exited(i32),
    /// This signal ends it.
    Signalled(String),
    /// It ends for this other reason.
    Stopped(RunReason),
}

/// Content of a head.
#[derive(Debug, Clone, PartialEq)]
pub struct Head {
    /// Purpose of the attack.
    pub attack: String,
    /// Permitted endings.
    pub expect: Vec<Ending>,
    /// Texts that its output must contain.
    pub expected_output: Vec<String>,
    /// Texts that the visible result must not contain.
    pub forbidden_output: Vec<String>,
    /// Its limits.
    pub limits: LimitsBody,
    /// Its input.
    pub input: Option<String>,
    /// Names of the expected artifacts, if artifacts are requested.
    pub expected_artifacts: Option<Vec<String>>,
    /// Its file name in the submission.
    pub named: Option<String>,
}

/// Error in a head.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeadError {
    /// A line without a colon.
    #[error("`{0}` is no key and value: write `key: value`, and end the head with a line that is no comment")]
    NoKey(String),
    /// An unknown key.
    #[error("there is no key `{0}`: keys are {all}", all = KEYS.join(", "))]
    Unknown(String),
    /// A key that may be there once.
    #[error("`{0}` comes twice: only `says` and `never says` may")]
    Duplicate(String),
    /// A key that must be there.
    #[error("`{0}` is missing: every head says what is tried and how it ends")]
    Missing(&'static str),
    /// A program that exits must show that it got to its end.
    #[error("a program that exits with 0 must say something at its end: add `says`")]
    Silent,
    /// No ending.
    #[error(
        "`{0}` is no ending: write refused, compile error, exited CODE, signalled NAME, or a reason such as wallLimit"
    )]
    NoEnding(String),
    /// No limits.
    #[error("`{0}` are no limits: write such as `cpuMs=300 memoryBytes=67108864`")]
    NoLimits(String),
}

const KEYS: [&str; 8] = ["attack", "expect", "says", "never says", "limits", "input", "brings", "named"];

impl Head {
    /// Reads the head of a program whose comments begin with `marker`.
    pub fn read(program: &str, marker: &str) -> Result<Self, HeadError> {
        let mut lines = lines_of(program, marker)?;
        let says = lines.remove("says").unwrap_or_default();
        let never_says = lines.remove("never says").unwrap_or_default();
        let mut once = BTreeMap::new();
        for (key, mut values) in lines {
            match (values.pop(), values.is_empty()) {
                (Some(value), true) => once.insert(key, value),
                _ => return Err(HeadError::Duplicate(key)),
            };
        }
        let expect = once.remove("expect").ok_or(HeadError::Missing("expect"))?;
        let expect = expect.split(" or ").map(ending).collect::<Result<Vec<_>, _>>()?;
        if expect.contains(&Ending::Exited(0)) && says.is_empty() {
            return Err(HeadError::Silent);
        }
        let words = |text: String| text.split_whitespace().map(str::to_owned).collect();
        Ok(Self {
            attack: once.remove("attack").ok_or(HeadError::Missing("attack"))?,
            expect,
            expected_output: says,
            forbidden_output: never_says,
            limits: once.remove("limits").map(|text| limits(&text)).transpose()?.unwrap_or_default(),
            input: once.remove("input"),
            expected_artifacts: once.remove("brings").map(words),
            named: once.remove("named"),
        })
    }
}

/// The values of each key.
fn lines_of(program: &str, marker: &str) -> Result<BTreeMap<String, Vec<String>>, HeadError> {
    let mut lines: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in program.lines().map_while(|line| line.strip_prefix(marker)) {
        let (key, value) = line.split_once(':').ok_or_else(|| HeadError::NoKey(line.trim().to_owned()))?;
        let (key, value) = (key.trim(), value.trim());
        if !KEYS.contains(&key) {
            return Err(HeadError::Unknown(key.to_owned()));
        }
        lines.entry(key.to_owned()).or_default().push(value.to_owned());
    }
    Ok(lines)
}

fn ending(text: &str) -> Result<Ending, HeadError> {
    let unknown = || HeadError::NoEnding(text.to_owned());
    match text.split_once(' ') {
        None if text == "refused" => Ok(Ending::Refused),
        Some(("compile", "error")) => Ok(Ending::CompileError),
        Some(("exited", code)) => code.parse().map(Ending::Exited).map_err(|_| unknown()),
        Some(("signalled", name)) => Ok(Ending::Signalled(name.to_owned())),
        _ => match serde_json::from_value(text.into()).map_err(|_| unknown())? {
            RunReason::Exited | RunReason::Signalled => Err(unknown()),
            reason => Ok(Ending::Stopped(reason)),
        },
    }
}

/// As the API reads them, so that names are its names and unknown ones are refused.
fn limits(text: &str) -> Result<LimitsBody, HeadError> {
    let wrong = || HeadError::NoLimits(text.to_owned());
    let mut limits = Map::new();
    for word in text.split_whitespace() {
        let (name, number) = word.split_once('=').ok_or_else(wrong)?;
        let number: u64 = number.parse().map_err(|_| wrong())?;
        limits.insert(name.to_owned(), number.into());
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
        let program = "// attack: to be tried: twice\n// expect: exited 3 or compile error\n// says: a\n// says: b\n\
                       // never says: c\n// limits: cpuMs=3 processes=4\n// input: d\n// brings: e f\n// named: g\n\
                       int main(void) {}\n// says: nothing";
        let head = Head::read(program, "//").expect("a head");
        let expected = Head {
            attack: "to be tried: twice".to_owned(),
            expect: vec![Ending::Exited(3), Ending::CompileError],
            expected_output: vec!["a".to_owned(), "b".to_owned()],
            forbidden_output: vec!["c".to_owned()],
            limits: LimitsBody { cpu_ms: Some(3), processes: Some(4), ..LimitsBody::default() },
            input: Some("d".to_owned()),
            expected_artifacts: Some(vec!["e".to_owned(), "f".to_owned()]),
            named: Some("g".to_owned()),
        };
        assert_eq!(head, expected);
    }

    #[test]
    fn each_way_to_end_has_words() {
        for (text, expected) in [
            ("refused", Ending::Refused),
            ("signalled SIGSEGV", Ending::Signalled("SIGSEGV".to_owned())),
            ("wallLimit", Ending::Stopped(RunReason::WallLimit)),
        ] {
            assert_eq!(ending(text), Ok(expected));
        }
        for text in ["timeout", "exited", "exited x", "signalled", "compile", ""] {
            assert_eq!(ending(text), Err(HeadError::NoEnding(text.to_owned())));
        }
    }

    #[test]
    fn what_a_head_must_say_and_does_not_is_named() {
        assert_eq!(error("print()"), HeadError::Missing("expect"));
        assert_eq!(error("# expect: wallLimit\n\n# attack: x"), HeadError::Missing("attack"));
    }

    #[test]
    fn an_exit_that_shows_nothing_is_no_expectation() {
        assert_eq!(error("# attack: x\n# expect: exited 0"), HeadError::Silent);
        assert!(Head::read("# attack: x\n# expect: exited 3", "#").is_ok());
    }

    #[test]
    fn unknown_and_repeated_keys_are_refused() {
        assert_eq!(error("# expects: exited"), HeadError::Unknown("expects".to_owned()));
        assert_eq!(error("# attack: x\n# attack: y"), HeadError::Duplicate("attack".to_owned()));
        assert_eq!(error("# just a comment"), HeadError::NoKey("just a comment".to_owned()));
    }

    #[test]
    fn limits_that_mean_nothing_are_refused() {
        for limits in ["cpuMs", "cpuMs=x", "cpu=3"] {
            let head = format!("# attack: x\n# expect: wallLimit\n# limits: {limits}");
            assert_eq!(error(&head), HeadError::NoLimits(limits.to_owned()));
        }
    }
}
