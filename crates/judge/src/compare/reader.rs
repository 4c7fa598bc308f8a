//! One side of a comparison: bytes with a place, and words of any length in pieces.

use std::io::{self, BufRead, BufReader, Read};

use super::{MOST_HELD, MOST_QUOTED, Position};

/// The white space of the default validator, which is that of C.
pub(super) const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | 0x0b | 0x0c | b'\r')
}

/// A stream that knows where it is.
pub(super) struct Reader<R> {
    inner: BufReader<R>,
    at: Position,
}

/// Whether a word goes on after the piece that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece {
    /// It does.
    More,
    /// It was the end of the word.
    Last,
}

impl<R: Read> Reader<R> {
    pub(super) fn new(inner: R) -> Self {
        let at = Position { line: 1, column: 1, offset: 0 };
        Self { inner: BufReader::with_capacity(MOST_HELD, inner), at }
    }

    pub(super) const fn at(&self) -> Position {
        self.at
    }

    /// What can be read without waiting for more; empty at the end only.
    pub(super) fn buffer(&mut self) -> io::Result<&[u8]> {
        loop {
            match self.inner.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
                Ok(_) => return Ok(self.inner.buffer()),
            }
        }
    }

    pub(super) fn peek(&mut self) -> io::Result<Option<u8>> {
        Ok(self.buffer()?.first().copied())
    }

    /// Goes `count` bytes on, which [`Reader::buffer`] has shown.
    pub(super) fn advance(&mut self, count: usize) {
        let passed = &self.inner.buffer()[..count];
        self.at.offset += count as u64;
        match passed.iter().rposition(|byte| *byte == b'\n') {
            None => self.at.column += count as u64,
            Some(last) => {
                self.at.line += passed.iter().map(|byte| u64::from(*byte == b'\n')).sum::<u64>();
                self.at.column = (count - last) as u64;
            }
        }
        self.inner.consume(count);
    }

    /// Goes to the next word or the end.
    pub(super) fn skip_space(&mut self) -> io::Result<()> {
        loop {
            let buffer = self.buffer()?;
            let spaces = buffer.iter().position(|byte| !is_space(*byte));
            let count = spaces.unwrap_or(buffer.len());
            let done = spaces.is_some() || count == 0;
            self.advance(count);
            if done {
                return Ok(());
            }
        }
    }

    /// Puts the next part of a word, up to [`MOST_HELD`] bytes, into `piece`, which is cleared first. It comes out
    /// empty where there is no word.
    pub(super) fn next_piece(&mut self, piece: &mut Vec<u8>) -> io::Result<Piece> {
        piece.clear();
        loop {
            let room = MOST_HELD - piece.len();
            let buffer = self.buffer()?;
            let end = buffer.iter().take(room).position(|byte| is_space(*byte));
            let count = end.unwrap_or(buffer.len().min(room));
            piece.extend_from_slice(&buffer[..count]);
            let done = end.is_some() || count == 0;
            self.advance(count);
            if done {
                return Ok(Piece::Last);
            }
            if piece.len() == MOST_HELD {
                let goes_on = self.peek()?.is_some_and(|byte| !is_space(byte));
                return Ok(if goes_on { Piece::More } else { Piece::Last });
            }
        }
    }
}

/// How many bytes are equal at the beginning of both.
pub(super) fn in_common(one: &[u8], other: &[u8]) -> usize {
    let both = one.len().min(other.len());
    // Nearly always all of it is equal, which the machine can tell many bytes at a time.
    if one[..both] == other[..both] {
        return both;
    }
    one.iter().zip(other).take_while(|(one, other)| one == other).count()
}

/// The beginning of a word, for people.
pub(super) fn quoted(word: &[u8]) -> String {
    let beginning = model::utf8_prefix(word, MOST_QUOTED);
    let cut = if beginning.len() < word.len() { "…" } else { "" };
    format!("{}{cut}", String::from_utf8_lossy(beginning))
}
