//! Identifiers: one newtype each, so that none is mistaken for another.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Timestamp;

/// A job's id: a `UUIDv7`, so that ids sort by creation time and 74 of their bits are random.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobId(Uuid);

/// The text is not a UUID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a job id: expected a UUID such as 0192d3a4-5b6c-7d8e-9f01-23456789abcd")]
pub struct ParseJobIdError;

impl JobId {
    /// A new id, from the system clock and random bits.
    pub fn generate() -> Self {
        Self(Uuid::now_v7())
    }

    /// The time of its creation, by the clock of the process that created it.
    pub fn created_at(self) -> Timestamp {
        // The first 48 bits of a UUIDv7 are milliseconds since the epoch (RFC 9562).
        Timestamp::from_millis(i64::try_from(self.0.as_u128() >> 80).unwrap_or(i64::MAX))
    }

    /// The id with this value; for tests and for engines that store ids as numbers.
    pub const fn from_u128(value: u128) -> Self {
        Self(Uuid::from_u128(value))
    }

    /// Its value.
    pub const fn as_u128(self) -> u128 {
        self.0.as_u128()
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl FromStr for JobId {
    type Err = ParseJobIdError;

    fn from_str(text: &str) -> Result<Self, ParseJobIdError> {
        Uuid::try_parse(text).map(Self).map_err(|_| ParseJobIdError)
    }
}

macro_rules! name_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// This name.
            pub fn new(name: impl Into<String>) -> Self {
                Self(name.into())
            }

            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name_type! {
    /// A language's id, as in the name of its file in `languages/`: `python`, `cpp`.
    LanguageId
}
name_type! {
    /// The unit of fairness between submitters: a class, an API key or an anonymous address.
    Tenant
}
name_type! {
    /// The plan whose limits a job runs under: `anonymous`, `student`.
    PlanName
}
name_type! {
    /// The id of one HTTP request, carried into logs and errors.
    RequestId
}
name_type! {
    /// The value of a client's `Idempotency-Key` header.
    IdempotencyKey
}
name_type! {
    /// The name of a worker process, unique among the workers of a broker.
    WorkerName
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_holds_its_creation_time() {
        let before = Timestamp::now();
        let made = JobId::generate().created_at();
        let after = Timestamp::now();
        assert!((before.as_millis()..=after.as_millis()).contains(&made.as_millis()), "{made:?}");
        let known: JobId = "0192d3a4-5b6c-7d8e-9f01-23456789abcd".parse().expect("an id");
        assert_eq!(known.created_at().as_millis(), 0x0192_d3a4_5b6c);
        assert_eq!(JobId::from_u128(7).created_at().as_millis(), 0);
    }
}
