//! Out-of-memory detection: recognizes the messages of runtimes that end by themselves when memory runs out.
//!
//! A program that prints the same words and fails is believed: it failed in either case.

use languages::Language;
use model::{Ending, Outcome, Stream};

/// Listens to what a run writes to standard error.
#[derive(Debug)]
pub(crate) struct OutOfMemoryDetector {
    texts: Vec<String>,
    /// The end of what came, as long as the beginning of a text may be in it.
    tail: Vec<u8>,
    is_reported: bool,
}

impl OutOfMemoryDetector {
    /// As runtimes of this language tell it.
    pub(crate) fn of(language: &Language) -> Self {
        Self { texts: language.out_of_memory_texts().to_vec(), tail: Vec::new(), is_reported: false }
    }

    /// Takes what was written next.
    pub(crate) fn observe(&mut self, stream: Stream, piece: &[u8]) {
        if stream != Stream::Stderr || self.is_reported || self.texts.is_empty() {
            return;
        }
        self.tail.extend_from_slice(piece);
        let text = String::from_utf8_lossy(&self.tail);
        self.is_reported = self.texts.iter().any(|told| text.contains(told.as_str()));
        let longest = self.texts.iter().map(String::len).max().unwrap_or(0);
        self.tail.drain(..self.tail.len().saturating_sub(longest));
    }

    /// The outcome, which names the limit of memory where the runtime ended for it.
    pub(crate) fn reclassify(&self, outcome: Outcome) -> Outcome {
        let has_failed = matches!(outcome.ending, Ending::Exited(1..) | Ending::Signalled(_));
        if has_failed && self.is_reported {
            return Outcome { ending: Ending::MemoryLimit, ..outcome };
        }
        outcome
    }
}

#[cfg(test)]
mod tests {
    use model::{Transcript, Usage};

    use super::*;

    fn ending(pieces: &[(Stream, &[u8])], ending: Ending) -> Ending {
        let mut out_of_memory = OutOfMemoryDetector {
            texts: vec!["not enough memory".to_owned(), "\nMemoryError".to_owned()],
            tail: Vec::new(),
            is_reported: false,
        };
        for (stream, piece) in pieces {
            out_of_memory.observe(*stream, piece);
        }
        let outcome = Outcome {
            ending,
            forbidden_call: None,
            usage: Usage::default(),
            transcript: Transcript::default(),
            stdout_truncated: false,
            stderr_truncated: false,
        };
        out_of_memory.reclassify(outcome).ending
    }

    #[test]
    fn a_run_that_failed_and_said_why_used_up_its_memory() {
        let said: &[(Stream, &[u8])] = &[(Stream::Stderr, b"lua: not enough memory\n")];
        for ended in [Ending::Exited(1), Ending::Signalled(6)] {
            assert_eq!(ending(said, ended), Ending::MemoryLimit);
        }
        for ended in [Ending::Exited(0), Ending::CpuLimit, Ending::OutputLimit, Ending::Cancelled] {
            assert_eq!(ending(said, ended), ended);
        }
        assert_eq!(ending(&[(Stream::Stdout, b"not enough memory")], Ending::Exited(1)), Ending::Exited(1));
    }

    #[test]
    fn what_comes_in_pieces_after_much_else_is_heard() {
        let much = "€".repeat(50_000);
        let pieces: &[(Stream, &[u8])] = &[
            (Stream::Stderr, &much.as_bytes()[1..]),
            (Stream::Stderr, b"not enou"),
            (Stream::Stdout, b"x"),
            (Stream::Stderr, b"gh memory"),
            (Stream::Stderr, b" at all"),
        ];
        assert_eq!(ending(pieces, Ending::Exited(1)), Ending::MemoryLimit);
    }
}
