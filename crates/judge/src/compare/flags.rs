//! Flags of the default validator: parser from package arguments to comparison rules.

use model::{CaseRule, TokenRules, WhitespaceRule};

use super::number::parse_number;

/// An invalid flag of the default validator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FlagError {
    /// Unknown flag.
    #[error(
        "the default validator has no flag {flag:?}: use case_sensitive, space_change_sensitive, float_tolerance, \
         float_relative_tolerance or float_absolute_tolerance"
    )]
    Unknown {
        /// The unknown flag.
        flag: String,
    },
    /// A tolerance without a number.
    #[error("{flag} needs a number behind it, such as {flag} 1e-6")]
    NoNumber {
        /// The flag.
        flag: String,
    },
    /// A tolerance with an invalid number.
    #[error("{flag} needs a finite number that is not negative, not {value:?}")]
    BadNumber {
        /// The flag.
        flag: String,
        /// The invalid value.
        value: String,
    },
}

/// Parses the flags of the default validator, each an argument of its own. The last occurrence of a flag
/// counts, as in the reference implementation; the 2025-09 format calls a repetition an error, but such
/// packages judge correctly.
pub fn parse_flags<S: AsRef<str>>(flags: impl IntoIterator<Item = S>) -> Result<TokenRules, FlagError> {
    let mut rules = TokenRules::default();
    let mut flags = flags.into_iter();
    while let Some(flag) = flags.next() {
        match flag.as_ref() {
            "case_sensitive" => rules.case = CaseRule::Sensitive,
            "space_change_sensitive" => rules.whitespace = WhitespaceRule::Sensitive,
            name @ "float_relative_tolerance" => {
                rules.relative_tolerance = Some(tolerance(name, flags.next())?);
            }
            name @ "float_absolute_tolerance" => {
                rules.absolute_tolerance = Some(tolerance(name, flags.next())?);
            }
            name @ "float_tolerance" => {
                rules.relative_tolerance = Some(tolerance(name, flags.next())?);
                rules.absolute_tolerance = rules.relative_tolerance;
            }
            unknown => return Err(FlagError::Unknown { flag: unknown.to_owned() }),
        }
    }
    Ok(rules)
}

/// Splits the single line of legacy packages (`validator_flags: float_tolerance 1e-6 case_sensitive`).
pub fn split_flags(line: &str) -> Vec<String> {
    line.split_ascii_whitespace().map(str::to_owned).collect()
}

fn tolerance<S: AsRef<str>>(flag: &str, value: Option<S>) -> Result<f64, FlagError> {
    let flag = flag.to_owned();
    let Some(value) = value else {
        return Err(FlagError::NoNumber { flag });
    };
    let value = value.as_ref();
    match parse_number(value.as_bytes()) {
        Some(number) if number >= 0.0 => Ok(number),
        _ => Err(FlagError::BadNumber { flag, value: value.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: TokenRules) {
        assert_eq!(parse_flags(split_flags(line)), Ok(expected), "{line}");
    }

    #[test]
    fn each_flag_is_read_alone_and_together() {
        let none = TokenRules::default();
        check("", none);
        check("  ", none);
        check("case_sensitive", TokenRules { case: CaseRule::Sensitive, ..none });
        check("space_change_sensitive", TokenRules { whitespace: WhitespaceRule::Sensitive, ..none });
        check("float_relative_tolerance 1e-6", TokenRules { relative_tolerance: Some(1e-6), ..none });
        check("float_absolute_tolerance .5", TokenRules { absolute_tolerance: Some(0.5), ..none });
        check(
            "float_tolerance 0",
            TokenRules { relative_tolerance: Some(0.0), absolute_tolerance: Some(0.0), ..none },
        );
        check(
            "float_tolerance 1e-9\tcase_sensitive  float_absolute_tolerance 0.1 space_change_sensitive",
            TokenRules {
                case: CaseRule::Sensitive,
                whitespace: WhitespaceRule::Sensitive,
                relative_tolerance: Some(1e-9),
                absolute_tolerance: Some(0.1),
            },
        );
    }

    #[test]
    fn a_wrong_flag_is_reported_with_advice() {
        for (line, part) in [
            ("case_insensitive", "no flag \"case_insensitive\": use case_sensitive"),
            ("1e-6", "no flag \"1e-6\""),
            ("float_tolerance", "float_tolerance needs a number behind it, such as float_tolerance 1e-6"),
            ("float_tolerance case_sensitive", "not \"case_sensitive\""),
            ("float_absolute_tolerance -1", "not negative, not \"-1\""),
            ("float_relative_tolerance inf", "finite"),
        ] {
            let error = parse_flags(split_flags(line)).expect_err("refused").to_string();
            assert!(error.contains(part), "{line}: {error}");
        }
    }
}
