//! What came of a run: facts, no judgement.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Bytes, Content};

/// What one run used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// CPU time of the whole process tree, user and system.
    pub cpu: Duration,
    /// Time on the clock from start to end of the main process.
    pub wall: Duration,
    /// Peak memory of the whole process tree.
    pub memory: Bytes,
    /// How long it was held to its share of the processors while it wanted more, summed over them.
    #[serde(default)]
    pub throttled: Duration,
}

impl Usage {
    /// Of each quantity the larger one.
    #[must_use]
    pub fn at_least(self, other: Self) -> Self {
        Self {
            cpu: self.cpu.max(other.cpu),
            wall: self.wall.max(other.wall),
            memory: self.memory.max(other.memory),
            throttled: self.throttled.max(other.throttled),
        }
    }
}

/// Why a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Ending {
    /// The main process returned this exit code.
    Exited(i32),
    /// The main process was ended by this signal, and no limit explains it.
    Signalled(i32),
    /// The tree used up its CPU time.
    CpuLimit,
    /// The run took too long on the clock.
    WallLimit,
    /// The tree used up its memory.
    MemoryLimit,
    /// One stream was written past its cap.
    OutputLimit,
    /// The tree tried to have more processes than allowed.
    ProcessLimit,
    /// A file, or the whole of a folder that can be written, grew past its cap, and the program failed.
    DiskLimit,
    /// The program made a system call that only an attack makes: [`Outcome::forbidden_call`], where it is known.
    ForbiddenCall,
    /// Nothing was typed to it and nothing written by it for as long as a session allows.
    IdleLimit,
    /// More was typed to it than may wait to be read. Only in results that were stored before that was dropped instead.
    InputLimit,
    /// Somebody asked us to stop it.
    Cancelled,
}

/// A system call, by its name in the kernel's tables: `ptrace`; one by the numbers of 32-bit programs is `mount (32-bit)`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SystemCall(pub String);

/// One of the two output streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stream {
    /// File descriptor 1.
    Stdout,
    /// File descriptor 2.
    Stderr,
}

/// What a program wrote, in the order in which it arrived, with which part went to which stream.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transcript {
    bytes: Content,
    /// Lengths of the runs of bytes that make up `bytes`; neighbours differ in stream.
    parts: Vec<(Stream, u64)>,
}

impl Transcript {
    /// Adds what just arrived on `stream`.
    pub fn push(&mut self, stream: Stream, chunk: &[u8]) {
        if chunk.is_empty() {
            return;
        }
        let mut bytes = std::mem::take(&mut self.bytes).into_bytes();
        bytes.extend_from_slice(chunk);
        self.bytes = bytes.into();
        match self.parts.last_mut() {
            Some((last, length)) if *last == stream => *length += chunk.len() as u64,
            _ => self.parts.push((stream, chunk.len() as u64)),
        }
    }

    /// Both streams as they came.
    pub fn combined(&self) -> &[u8] {
        self.bytes.as_bytes()
    }

    /// The bytes of one stream.
    pub fn of(&self, stream: Stream) -> Vec<u8> {
        self.parts().filter(|(of, _)| *of == stream).flat_map(|(_, part)| part).copied().collect()
    }

    /// The parts in order of arrival.
    pub fn parts(&self) -> impl Iterator<Item = (Stream, &[u8])> {
        let mut rest = self.bytes.as_bytes();
        self.parts.iter().map(move |(stream, length)| {
            let cut = usize::try_from(*length).unwrap_or(usize::MAX).min(rest.len());
            let (part, after) = rest.split_at(cut);
            rest = after;
            (*stream, part)
        })
    }
}

/// What came of one run (or one compilation): facts only. A guest misbehaving is an `Outcome`; our failing never is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Why it ended.
    pub ending: Ending,
    /// The call that ended it with [`Ending::ForbiddenCall`]; none where the kernel does not tell, and in results from before it was
    /// known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forbidden_call: Option<SystemCall>,
    /// What it used.
    pub usage: Usage,
    /// What it wrote, up to the cap of each stream.
    pub transcript: Transcript,
    /// Whether stdout went past its cap.
    pub stdout_truncated: bool,
    /// Whether stderr went past its cap.
    pub stderr_truncated: bool,
}

impl Outcome {
    /// Whether the program itself said that all went well.
    pub fn is_success(&self) -> bool {
        self.ending == Ending::Exited(0)
    }

    /// Whether it failed for want of input, as far as its runtime says so: those that give back an empty value say nothing.
    pub fn wanted_more_input(&self) -> bool {
        const SAID: [&str; 5] = [
            "EOFError: EOF when reading a line",
            "end of file reached (EOFError)",
            "java.util.NoSuchElementException: No line found",
            "java.util.Scanner.throwFor",
            "panic: EOF",
        ];
        // A scanner that finds something else than it looks for is thrown out in the same place.
        const OTHERWISE: &str = "java.util.InputMismatchException";
        let errors = self.transcript.of(Stream::Stderr);
        let errors = String::from_utf8_lossy(&errors);
        let failed = matches!(self.ending, Ending::Exited(code) if code != 0);
        failed && SAID.iter().any(|said| errors.contains(said)) && !errors.contains(OTHERWISE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transcript_keeps_the_order_and_the_streams() {
        let mut transcript = Transcript::default();
        for (stream, chunk) in [
            (Stream::Stdout, "one "),
            (Stream::Stdout, "two "),
            (Stream::Stderr, "oops "),
            (Stream::Stderr, ""),
            (Stream::Stdout, "three"),
        ] {
            transcript.push(stream, chunk.as_bytes());
        }
        assert_eq!(transcript.combined(), b"one two oops three");
        assert_eq!(transcript.of(Stream::Stdout), b"one two three");
        assert_eq!(transcript.of(Stream::Stderr), b"oops ");
        assert_eq!(transcript.parts().count(), 3);
    }
}
