//! Quota: all rules that apply to a class of requests together, with its text form.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::rule::{InvalidRule, Rule};

/// Rules that must all admit a request; without rules every request is admitted. Text form: `burst 10 at 2/s,
/// 10/min, 100/h`, or `unlimited`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Quota(Vec<Rule>);

impl Quota {
    /// Maximum number of rules: each is evaluated for each request.
    pub const MAX_RULES: usize = 8;

    /// A quota with one rule.
    pub fn single(rule: Rule) -> Self {
        Self(vec![rule])
    }

    /// The rules.
    pub fn rules(&self) -> &[Rule] {
        &self.0
    }

    /// Whether every request is admitted.
    pub const fn is_unlimited(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Quota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_unlimited() {
            return f.write_str("unlimited");
        }
        for (n, rule) in self.0.iter().enumerate() {
            write!(f, "{}{rule}", if n == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

impl FromStr for Quota {
    type Err = InvalidRule;

    fn from_str(text: &str) -> Result<Self, InvalidRule> {
        if text.trim() == "unlimited" {
            return Ok(Self::default());
        }
        let rules: Vec<Rule> = text.split(',').map(str::parse).collect::<Result<_, _>>()?;
        let invalid = |reason: &str| InvalidRule { text: text.to_owned(), reason: reason.to_owned() };
        if rules.len() > Self::MAX_RULES {
            return Err(invalid("there may be at most 8 at once"));
        }
        // Names must be unique: they are keys of counts and shown to clients.
        let mut names: Vec<_> = rules.iter().map(Rule::name).collect();
        names.sort();
        names.dedup();
        if names.len() < rules.len() {
            return Err(invalid("two of them are for the same time; keep the stricter one"));
        }
        Ok(Self(rules))
    }
}

impl TryFrom<String> for Quota {
    type Error = InvalidRule;

    fn try_from(text: String) -> Result<Self, InvalidRule> {
        text.parse()
    }
}

impl From<Quota> for String {
    fn from(quota: Quota) -> Self {
        quota.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quota_round_trips_through_text() {
        for text in ["unlimited", "10/min", "burst 10 at 2/s, 10/min, 100/h, 500/day"] {
            let quota: Quota = text.parse().unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(quota.to_string(), text);
        }
    }

    #[test]
    fn rules_with_equal_names_are_rejected() {
        for (text, reason) in [
            ("10/min, 20/min", "keep the stricter one"),
            ("10/min, 20/60s", "keep the stricter one"),
            ("burst 1 at 1/s, burst 2 at 1/s", "keep the stricter one"),
            ("1/s,1/2s,1/3s,1/4s,1/5s,1/6s,1/7s,1/8s,1/9s", "at most 8"),
            ("10/min,", "write 10/min"),
        ] {
            let error = text.parse::<Quota>().expect_err(text);
            assert!(error.to_string().contains(reason), "{error}");
        }
    }
}
