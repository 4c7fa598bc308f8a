//! Job events: the numbered stream of progress and output that clients follow.

use serde::{Deserialize, Serialize};

use crate::{DrawCommand, InlineImage, Stream, Visibility};

/// The sequence number of an event in its job's stream. Grows within a job, across attempts too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seq(pub u64);

impl Seq {
    /// Sequence numbers reserved for one attempt; output limits keep every attempt far below it.
    const PER_ATTEMPT: u64 = 100_000_000;

    /// The sequence number of the `n`-th event (from 0) of an attempt; events before the first attempt count as attempt 0.
    pub const fn of(attempt: u32, n: u64) -> Self {
        Self(attempt as u64 * Self::PER_ATTEMPT + n + 1)
    }
}

/// One change in the life of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum JobEvent {
    /// It waits in its queue.
    Queued {
        /// Number of jobs to be claimed up to and including this one (1 is next).
        position: u64,
    },
    /// An attempt began.
    Started {
        /// The number of the attempt, from 1.
        attempt: u32,
    },
    /// The program wrote output. Always text, so that no character is split; bytes that are not UTF-8 are replaced here and complete
    /// in the result.
    Output {
        /// The output stream.
        stream: Stream,
        /// The text.
        text: String,
    },
    /// The program drew.
    Draw {
        /// The commands, in their order.
        commands: Vec<DrawCommand>,
    },
    /// The program showed an image.
    Image(InlineImage),
    /// A test was run. The event holds no more than this, since anybody may follow a job.
    Test {
        /// Its index in file order, from 0.
        index: u64,
        /// Whether it passed.
        passed: bool,
        /// Whether its details will be public in the result.
        visibility: Visibility,
    },
    /// It reached its final status: the record has the result.
    Finished,
}

/// An event with its sequence number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its sequence number.
    pub seq: Seq,
    /// The event itself.
    pub event: JobEvent,
}
