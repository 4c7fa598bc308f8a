//! One limit: so many in a while.
//!
//! Two kinds, and what each promises. A *window* lets through at most so many in any stretch of its length, wherever that
//! begins. A *burst* is a token bucket, counted as GCRA does: so many at once, and then as many as flow in.

use std::{fmt, str::FromStr, time::Duration};

/// A limit on how many requests may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rule {
    /// At most so many in any stretch of this length.
    Window {
        /// How many.
        most: u32,
        /// In how long.
        length: Duration,
    },
    /// As many at once as the bucket holds, and then as many as flow in.
    Burst {
        /// How many the bucket holds.
        capacity: u32,
        /// How many flow in…
        refill: u32,
        /// …in how long.
        per: Duration,
    },
}

/// Why a text is no rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no limit: {why}")]
pub struct BadRule {
    /// What was written.
    pub text: String,
    /// What is wrong with it and how it should look, as a phrase.
    pub why: String,
}

/// Units of time that a rule may be written in, the longest first.
const UNITS: [(&str, u64); 4] = [("day", 86_400), ("h", 3_600), ("min", 60), ("s", 1)];

impl Rule {
    /// How many a window may let through, or a bucket hold.
    pub const MOST: u32 = 1_000_000;
    /// How long a window may be, or a bucket take to fill.
    pub const LONGEST: Duration = Duration::from_hours(31 * 24);

    /// How many may come when nothing has come for long.
    pub const fn most(&self) -> u32 {
        match *self {
            Self::Window { most, .. } => most,
            Self::Burst { capacity, .. } => capacity,
        }
    }

    /// The length of the window, or how long an empty bucket takes to fill.
    pub fn span(&self) -> Duration {
        match *self {
            Self::Window { length, .. } => length,
            Self::Burst { capacity, .. } => {
                Duration::from_micros(self.interval().saturating_mul(capacity.into()))
            }
        }
    }

    /// In how long one more flows into a bucket, in microseconds; rounded up, so that never too many flow.
    pub(crate) fn interval(&self) -> u64 {
        let Self::Burst { refill, per, .. } = *self else { return 0 };
        micros(per).div_ceil(u64::from(refill.max(1))).max(1)
    }

    /// Its name in headers and sentences: `minute`, `burst`.
    pub fn name(&self) -> String {
        match self {
            Self::Burst { .. } => "burst".to_owned(),
            Self::Window { length, .. } => match length.as_secs() {
                1 => "second".to_owned(),
                60 => "minute".to_owned(),
                3_600 => "hour".to_owned(),
                86_400 => "day".to_owned(),
                _ => written(*length),
            },
        }
    }

    fn checked(self) -> Result<Self, String> {
        let (most, span) = (Self::MOST, self.span());
        if !(1..=most).contains(&self.most()) {
            return Err(format!("how many must be between 1 and {most}"));
        }
        if let Self::Burst { refill, .. } = self
            && !(1..=most).contains(&refill)
        {
            return Err(format!("how many flow in must be between 1 and {most}"));
        }
        if span > Self::LONGEST || span.is_zero() {
            return Err("it must be over within 31 days".to_owned());
        }
        Ok(self)
    }
}

fn micros(length: Duration) -> u64 {
    u64::try_from(length.as_micros()).unwrap_or(u64::MAX)
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Window { most, length } => write!(f, "{most}/{}", written(*length)),
            Self::Burst { capacity, refill, per } => {
                write!(f, "burst {capacity} at {refill}/{}", written(*per))
            }
        }
    }
}

/// `min`, `15s`: in the longest unit that divides it.
fn written(length: Duration) -> String {
    let seconds = length.as_secs();
    let fits = |(_, unit): &&(&str, u64)| seconds.is_multiple_of(*unit);
    let (name, unit) = UNITS.iter().find(fits).unwrap_or(&UNITS[3]);
    match seconds / unit {
        1 => (*name).to_owned(),
        count => format!("{count}{name}"),
    }
}

impl FromStr for Rule {
    type Err = BadRule;

    fn from_str(text: &str) -> Result<Self, BadRule> {
        let bad = |why: String| BadRule { text: text.to_owned(), why };
        let parsed = match text.trim().strip_prefix("burst ") {
            Some(bucket) => burst(bucket),
            None => rate(text.trim()).map(|(most, length)| Self::Window { most, length }),
        };
        let how = || "write 10/min, 100/h, 500/day or, for a token bucket, burst 10 at 2/s".to_owned();
        parsed.ok_or_else(|| bad(how()))?.checked().map_err(bad)
    }
}

fn burst(text: &str) -> Option<Rule> {
    let (capacity, flow) = text.split_once(" at ")?;
    let (refill, per) = rate(flow.trim())?;
    Some(Rule::Burst { capacity: capacity.trim().parse().ok()?, refill, per })
}

/// `10/min`
fn rate(text: &str) -> Option<(u32, Duration)> {
    let (count, length) = text.split_once('/')?;
    let digits = length.find(|char: char| !char.is_ascii_digit())?;
    let (times, unit) = length.split_at(digits);
    let times: u64 = if times.is_empty() { 1 } else { times.parse().ok()? };
    let (_, seconds) = UNITS.iter().find(|(name, _)| *name == unit)?;
    Some((count.parse().ok()?, Duration::from_secs(seconds.checked_mul(times)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, name: &str, most: u32, span: u64) {
        let rule: Rule = text.parse().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(rule.to_string(), text);
        assert_eq!((rule.name().as_str(), rule.most(), rule.span()), (name, most, Duration::from_secs(span)));
    }

    #[test]
    fn a_rule_is_printed_as_it_is_written() {
        check("10/min", "minute", 10, 60);
        check("100/h", "hour", 100, 3_600);
        check("500/day", "day", 500, 86_400);
        check("5/s", "second", 5, 1);
        check("7/15s", "15s", 7, 15);
        check("7/31day", "31day", 7, 31 * 86_400);
        check("burst 10 at 2/s", "burst", 10, 5);
        check("burst 1 at 1/day", "burst", 1, 86_400);
    }

    #[test]
    fn what_is_no_rule_is_told_how_one_is_written() {
        for text in
            ["", "10", "10/", "/min", "-1/min", "10/month", "10/ min", "burst 10", "burst at 2/s", "10 / min"]
        {
            let error = text.parse::<Rule>().expect_err(text);
            assert!(error.to_string().contains("write 10/min"), "{error}");
        }
        for (text, why) in [
            ("0/min", "how many must be between 1 and 1000000"),
            ("1000001/min", "how many must be between 1 and 1000000"),
            ("1/32day", "within 31 days"),
            ("1/0s", "within 31 days"),
            ("1/99999999999999999999day", "write 10/min"),
            ("burst 1000000 at 1/day", "within 31 days"),
            ("burst 1 at 0/s", "how many flow in"),
        ] {
            let error = text.parse::<Rule>().expect_err(text);
            assert!(error.to_string().contains(why), "{error}");
        }
    }
}
