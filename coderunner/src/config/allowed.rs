//! Allowed values of settings: ranges of numbers.

use std::{
    fmt::Display,
    ops::{RangeFrom, RangeInclusive, RangeToInclusive},
};

/// The values of a type that a setting may have.
pub(super) trait Allowed<T> {
    /// Whether this is one of them.
    fn allows(&self, value: &T) -> bool;

    /// How they are told, after the name of the type: ` from 1 to 1000`.
    fn words(&self) -> String;
}

/// Every value of the type.
pub(super) struct Any;

impl<T> Allowed<T> for Any {
    fn allows(&self, _: &T) -> bool {
        true
    }

    fn words(&self) -> String {
        String::new()
    }
}

impl<T: PartialOrd + Display> Allowed<T> for RangeInclusive<T> {
    fn allows(&self, value: &T) -> bool {
        self.contains(value)
    }

    fn words(&self) -> String {
        format!(" from {} to {}", self.start(), self.end())
    }
}

impl<T: PartialOrd + Display> Allowed<T> for RangeToInclusive<T> {
    fn allows(&self, value: &T) -> bool {
        self.contains(value)
    }

    fn words(&self) -> String {
        format!(" up to {}", self.end)
    }
}

impl<T: PartialOrd + Display> Allowed<T> for RangeFrom<T> {
    fn allows(&self, value: &T) -> bool {
        self.contains(value)
    }

    fn words(&self) -> String {
        format!(" of at least {}", self.start)
    }
}

/// Where a setting may be left out, what holds for it otherwise.
pub(super) struct IfSet<A>(pub(super) A);

impl<T, A: Allowed<T>> Allowed<Option<T>> for IfSet<A> {
    fn allows(&self, value: &Option<T>) -> bool {
        value.as_ref().is_none_or(|value| self.0.allows(value))
    }

    fn words(&self) -> String {
        self.0.words()
    }
}

/// Zero, which means something of its own, or what is allowed otherwise.
pub(super) struct ZeroOr<A>(pub(super) A);

impl<T: Default + PartialEq, A: Allowed<T>> Allowed<T> for ZeroOr<A> {
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

    fn check(allowed: &dyn Allowed<u32>, yes: &[u32], no: &[u32], words: &str) {
        assert!(yes.iter().all(|value| allowed.allows(value)), "{words}");
        assert!(!no.iter().any(|value| allowed.allows(value)), "{words}");
        assert_eq!(allowed.words(), words);
    }

    #[test]
    fn ranges_say_what_they_allow() {
        check(&(1..=9), &[1, 9], &[0, 10], " from 1 to 9");
        check(&(..=9), &[0, 9], &[10], " up to 9");
        check(&(100..), &[100, u32::MAX], &[99], " of at least 100");
        check(&ZeroOr(32..=64), &[0, 32, 64], &[1, 31, 65], " from 32 to 64, or 0");
        assert!(
            IfSet(1..=9).allows(&None) && IfSet(1..=9).allows(&Some(9)) && !IfSet(1..=9).allows(&Some(0))
        );
    }
}
