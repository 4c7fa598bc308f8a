//! `AllowedValues` values of settings: ranges of numbers.

use std::{
    fmt::Display,
    ops::{RangeFrom, RangeInclusive, RangeToInclusive},
};

/// The allowed values of a setting.
pub(super) trait AllowedValues<T> {
    /// Whether this is one of them.
    fn allows(&self, value: &T) -> bool;

    /// Their description, after that of the type: ` from 1 to 1000`.
    fn words(&self) -> String;
}

/// Every value of the type.
pub(super) struct Any;

impl<T> AllowedValues<T> for Any {
    fn allows(&self, _: &T) -> bool {
        true
    }

    fn words(&self) -> String {
        String::new()
    }
}

impl<T: PartialOrd + Display> AllowedValues<T> for RangeInclusive<T> {
    fn allows(&self, value: &T) -> bool {
        self.contains(value)
    }

    fn words(&self) -> String {
        format!(" from {} to {}", self.start(), self.end())
    }
}

impl<T: PartialOrd + Display> AllowedValues<T> for RangeToInclusive<T> {
    fn allows(&self, value: &T) -> bool {
        self.contains(value)
    }

    fn words(&self) -> String {
        format!(" up to {}", self.end)
    }
}

impl<T: PartialOrd + Display> AllowedValues<T> for RangeFrom<T> {
    fn allows(&self, value: &T) -> bool {
        self.contains(value)
    }

    fn words(&self) -> String {
        format!(" of at least {}", self.start)
    }
}

/// The allowed values of a setting that may be left out.
pub(super) struct Optional<A>(pub(super) A);

impl<T, A: AllowedValues<T>> AllowedValues<Option<T>> for Optional<A> {
    fn allows(&self, value: &Option<T>) -> bool {
        value.as_ref().is_none_or(|value| self.0.allows(value))
    }

    fn words(&self) -> String {
        self.0.words()
    }
}

/// Zero, which has a special meaning, or one of the allowed values.
pub(super) struct OrZero<A>(pub(super) A);

impl<T: Default + PartialEq, A: AllowedValues<T>> AllowedValues<T> for OrZero<A> {
    fn allows(&self, value: &T) -> bool {
        *value == T::default() || self.0.allows(value)
    }

    fn words(&self) -> String {
        format!("{}, or 0", self.0.words())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(allowed: &dyn AllowedValues<u32>, yes: &[u32], no: &[u32], words: &str) {
        assert!(yes.iter().all(|value| allowed.allows(value)), "{words}");
        assert!(!no.iter().any(|value| allowed.allows(value)), "{words}");
        assert_eq!(allowed.words(), words);
    }

    #[test]
    fn ranges_describe_their_values() {
        check(&(1..=9), &[1, 9], &[0, 10], " from 1 to 9");
        check(&(..=9), &[0, 9], &[10], " up to 9");
        check(&(100..), &[100, u32::MAX], &[99], " of at least 100");
        check(&OrZero(32..=64), &[0, 32, 64], &[1, 31, 65], " from 32 to 64, or 0");
        assert!(
            Optional(1..=9).allows(&None)
                && Optional(1..=9).allows(&Some(9))
                && !Optional(1..=9).allows(&Some(0))
        );
    }
}
