//! What happens to a job while somebody watches.

use serde::{Deserialize, Serialize};

use crate::{Stream, Visibility};

/// The place of an event in its job's stream. Grows within a job, across attempts too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seq(pub u64);

impl Seq {
    /// Room for this many events in one attempt; output caps keep any attempt far below it.
    const PER_ATTEMPT: u64 = 100_000_000;

    /// The place of the `n`-th event (from 0) of an attempt; events before the first attempt count as attempt 0.
    pub const fn of(attempt: u32, n: u64) -> Self {
        Self(attempt as u64 * Self::PER_ATTEMPT + n + 1)
    }
}

/// Something that happened to a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum JobEvent {
    /// It waits, with this many jobs to be claimed before it, itself included (1 is next).
    Queued {
        /// Place in its queue.
        position: u64,
    },
    /// An attempt began.
    Started {
        /// Which attempt.
        attempt: u32,
    },
    /// The program wrote this. Text, so that no character is ever cut in two; bytes that are not UTF-8 are replaced here
    /// and whole in the result.
    Output {
        /// Where to.
        stream: Stream,
        /// What.
        text: String,
    },
    /// A test was run. Nothing else of it is told, since anybody may follow a job.
    Test {
        /// Its place in file order, from 0.
        index: u64,
        /// Whether it passed.
        passed: bool,
        /// Whether the result will say more.
        visibility: Visibility,
    },
    /// It ended for good: the record has the result.
    Finished,
}

/// An event in its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its place.
    pub seq: Seq,
    /// What happened.
    pub event: JobEvent,
}
