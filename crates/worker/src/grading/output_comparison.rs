//! Output comparison: compares output with the answer while the program still writes.

use std::{
    io::{self, Read},
    sync::mpsc::{Receiver, SyncSender, sync_channel},
};

use judge::compare::{CompareError, ComparisonResult, compare};
use model::Comparison;
use tokio::task::JoinHandle;

use super::data::TestBytes;

/// An output up to this size is compared when it is complete; a larger one as it comes, so that it is never held whole.
const MAX_BUFFERED_BYTES: usize = 256 * 1024;

/// Pieces that may wait for comparison; a piece is what a pipe holds. Beyond that the program has to wait.
const MAX_QUEUED_PIECES: usize = 8;

/// The output of one run.
pub(crate) struct OutputComparison {
    rule: Comparison,
    expected: TestBytes,
    mode: Mode,
}

enum Mode {
    Buffered(Vec<u8>),
    Streamed(SyncSender<Vec<u8>>, JoinHandle<Result<ComparisonResult, CompareError>>),
}

impl OutputComparison {
    /// Nothing yet.
    pub(crate) const fn new(rule: Comparison, expected: TestBytes) -> Self {
        Self { rule, expected, mode: Mode::Buffered(Vec::new()) }
    }

    /// Takes the next piece. Waits a moment where the comparison is behind.
    pub(crate) fn push(&mut self, piece: &[u8]) {
        match &mut self.mode {
            Mode::Buffered(buffered) if buffered.len() + piece.len() <= MAX_BUFFERED_BYTES => {
                buffered.extend_from_slice(piece);
            }
            Mode::Buffered(buffered) => {
                let mut buffered = std::mem::take(buffered);
                buffered.extend_from_slice(piece);
                self.mode = self.stream(buffered);
            }
            Mode::Streamed(pieces, _) => {
                // Once there is a difference nobody reads on.
                let _decided = pieces.send(piece.to_vec());
            }
        }
    }

    fn stream(&self, first: Vec<u8>) -> Mode {
        let (pieces, incoming) = sync_channel(MAX_QUEUED_PIECES);
        let (rule, expected) = (self.rule, self.expected.reader());
        let read = move || compare(&rule, PieceReader { incoming, piece: first, at: 0 }, expected);
        Mode::Streamed(pieces, tokio::task::spawn_blocking(read))
    }

    /// Whether it is what was expected, now that it is complete.
    pub(crate) async fn finish(self) -> Result<ComparisonResult, CompareError> {
        match self.mode {
            Mode::Buffered(buffered) => compare(&self.rule, buffered.as_slice(), self.expected.reader()),
            Mode::Streamed(pieces, finish) => {
                drop(pieces);
                finish.await.map_err(|error| CompareError::Got(io::Error::other(error)))?
            }
        }
    }
}

/// Pieces as they come, read as one.
struct PieceReader {
    incoming: Receiver<Vec<u8>>,
    piece: Vec<u8>,
    at: usize,
}

impl Read for PieceReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.piece.len() {
            // The end of all pieces is the end of the output.
            let Ok(piece) = self.incoming.recv() else { return Ok(0) };
            (self.piece, self.at) = (piece, 0);
        }
        let rest = &self.piece[self.at..];
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        self.at += length;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn finish(pieces: impl Iterator<Item = Vec<u8>>, expected: &str) -> ComparisonResult {
        let mut comparison = OutputComparison::new(Comparison::default(), TestBytes::Bytes(expected.into()));
        pieces.for_each(|piece| comparison.push(&piece));
        comparison.finish().await.expect("reads")
    }

    fn numbers(to: u32) -> String {
        (0..to).map(|number| number.to_string() + "\n").collect()
    }

    #[tokio::test]
    async fn small_and_large_outputs_are_compared_alike() {
        for to in [1, 1000, 200_000] {
            let text = numbers(to);
            let pieces = || text.as_bytes().chunks(65_536).map(<[u8]>::to_vec);
            assert_eq!(finish(pieces(), &text).await, ComparisonResult::Equal, "{to}");
            let shorter = numbers(to - 1);
            assert!(matches!(finish(pieces(), &shorter).await, ComparisonResult::Different(_)), "{to}");
        }
    }

    #[tokio::test]
    async fn an_output_that_is_wrong_at_once_may_go_on_for_ever() {
        let pieces = (0..2000).map(|_| vec![b'x'; 65_536]);
        assert!(matches!(finish(pieces, "y").await, ComparisonResult::Different(_)));
    }
}
