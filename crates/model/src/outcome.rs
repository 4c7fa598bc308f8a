//! Outcome: the facts of one run (ending, resource usage, output), without judgement.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Bytes, Content};

/// The resources that one run used.
///
/// `sandbox` measures them on the whole process tree, from the cgroup of the run: CPU time from `cpu.stat`, memory from the peak
/// counter, so that short-lived and orphaned processes count too. The values are those of the program alone, without the sandbox's own
/// setup. The names match those of [`Limits`](crate::Limits).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// CPU time of the whole process tree, user and system.
    pub cpu: Duration,
    /// Wall time from start to end of the main process.
    pub wall: Duration,
    /// Peak memory of the whole process tree.
    pub memory: Bytes,
    /// Time for which the CPU bandwidth limit throttled it, summed over processors.
    #[serde(default)]
    pub throttled: Duration,
}

impl Usage {
    /// The larger one of each quantity.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self {
            cpu: self.cpu.max(other.cpu),
            wall: self.wall.max(other.wall),
            memory: self.memory.max(other.memory),
            throttled: self.throttled.max(other.throttled),
        }
    }
}

/// The cause of the end of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Ending {
    /// The main process returned this exit code.
    Exited(i32),
    /// The main process was killed by this signal, and no limit explains it.
    Signalled(i32),
    /// The process tree exceeded its CPU time limit.
    CpuLimit,
    /// The run exceeded its wall time limit.
    WallLimit,
    /// The process tree exceeded its memory limit.
    MemoryLimit,
    /// One stream exceeded the output limit.
    OutputLimit,
    /// The process tree exceeded its limit of processes.
    ProcessLimit,
    /// A file, or a writable folder as a whole, reached its size limit, and the program failed.
    DiskLimit,
    /// The program made a system call that is used by attacks only: [`Outcome::forbidden_call`], if it is known.
    ForbiddenCall,
    /// A live session had neither input nor output for its idle timeout.
    IdleLimit,
    /// The unread input of a live session exceeded its limit. In old stored results only: now such input is dropped.
    InputLimit,
    /// A client cancelled it.
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

/// The output of a program on both streams, in order of arrival.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transcript {
    bytes: Content,
    /// Stream and length of each section of `bytes`; adjacent sections differ in stream.
    parts: Vec<(Stream, u64)>,
}

impl Transcript {
    /// Appends output that arrived on `stream`.
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

    /// Both streams, in order of arrival.
    pub fn all_output(&self) -> &[u8] {
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

/// The facts of one run or one compilation.
///
/// `sandbox` produces it, and it holds no judgement: whether output is right is a [`Verdict`](crate::Verdict), made by the crate `judge`
/// from an outcome and a test. Misbehaviour of the program (a crash, a limit, a forbidden call) is an `Outcome`. A failure of the
/// platform is never one: it is an error of the sandbox, and the job is retried or fails with a [`Fault`](crate::Fault).
///
/// Output is kept up to the limit of each stream, in order of arrival, so that a client can show both streams interleaved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The cause of its end.
    pub ending: Ending,
    /// The system call that caused [`Ending::ForbiddenCall`]. None if the kernel cannot report it, and in older records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forbidden_call: Option<SystemCall>,
    /// The resources that it used.
    pub usage: Usage,
    /// Its output, up to the limit of each stream.
    pub transcript: Transcript,
    /// Whether stdout exceeded the limit.
    pub stdout_truncated: bool,
    /// Whether stderr exceeded the limit.
    pub stderr_truncated: bool,
}

impl Outcome {
    /// Whether the program exited with code 0.
    pub fn is_success(&self) -> bool {
        self.ending == Ending::Exited(0)
    }

    /// Whether it failed at the end of its input, by the error messages of its runtime. Runtimes that return an empty value at the end
    /// of input have no such message.
    pub fn ran_out_of_input(&self) -> bool {
        const MESSAGES: [&str; 5] = [
            "EOFError: EOF when reading a line",
            "end of file reached (EOFError)",
            "java.util.NoSuchElementException: No line found",
            "java.util.Scanner.throwFor",
            "panic: EOF",
        ];
        // Java's scanner throws this from the same method for input of another type.
        const MISMATCH: &str = "java.util.InputMismatchException";
        let errors = self.transcript.of(Stream::Stderr);
        let errors = String::from_utf8_lossy(&errors);
        let failed = matches!(self.ending, Ending::Exited(code) if code != 0);
        failed && MESSAGES.iter().any(|message| errors.contains(message)) && !errors.contains(MISMATCH)
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
        assert_eq!(transcript.all_output(), b"one two oops three");
        assert_eq!(transcript.of(Stream::Stdout), b"one two three");
        assert_eq!(transcript.of(Stream::Stderr), b"oops ");
        assert_eq!(transcript.parts().count(), 3);
    }
}
