//! Reader of one side of a comparison: buffered bytes with a position, tokens in bounded chunks.

use std::io::{self, BufRead, BufReader, Read};

use super::difference::Position;

/// Maximum number of bytes buffered per side. A longer token is compared in chunks and never treated as a
/// number.
pub const MAX_BUFFERED: usize = 64 * 1024;

/// Maximum number of bytes of a token quote in a [`super::Difference`].
pub const MAX_QUOTED: usize = 80;

/// White space of the default validator: that of C.
pub(super) const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | 0x0b | 0x0c | b'\r')
}

/// A buffered stream with its current position.
pub(super) struct PositionReader<R> {
    inner: BufReader<R>,
    position: Position,
}

/// Whether a token continues after the chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chunk {
    /// The token continues.
    Partial,
    /// The chunk ends the token.
    Last,
}

impl<R: Read> PositionReader<R> {
    pub(super) fn new(inner: R) -> Self {
        let position = Position { line: 1, column: 1, offset: 0 };
        Self { inner: BufReader::with_capacity(MAX_BUFFERED, inner), position }
    }

    pub(super) const fn position(&self) -> Position {
        self.position
    }

    /// The buffered bytes; empty only at the end of the stream.
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

    /// Advances by `count` bytes of [`PositionReader::buffer`].
    pub(super) fn advance(&mut self, count: usize) {
        let skipped = &self.inner.buffer()[..count];
        self.position.offset += count as u64;
        match skipped.iter().rposition(|byte| *byte == b'\n') {
            None => self.position.column += count as u64,
            Some(last) => {
                self.position.line += skipped.iter().map(|byte| u64::from(*byte == b'\n')).sum::<u64>();
                self.position.column = (count - last) as u64;
            }
        }
        self.inner.consume(count);
    }

    /// Skips white space up to the next token or the end.
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

    /// Reads the next chunk of a token, up to [`MAX_BUFFERED`] bytes, into `chunk`, which is cleared first.
    /// It stays empty if there is no token.
    pub(super) fn next_chunk(&mut self, chunk: &mut Vec<u8>) -> io::Result<Chunk> {
        chunk.clear();
        loop {
            let room = MAX_BUFFERED - chunk.len();
            let buffer = self.buffer()?;
            let end = buffer.iter().take(room).position(|byte| is_space(*byte));
            let count = end.unwrap_or(buffer.len().min(room));
            chunk.extend_from_slice(&buffer[..count]);
            let done = end.is_some() || count == 0;
            self.advance(count);
            if done {
                return Ok(Chunk::Last);
            }
            if chunk.len() == MAX_BUFFERED {
                let continues = self.peek()?.is_some_and(|byte| !is_space(byte));
                return Ok(if continues { Chunk::Partial } else { Chunk::Last });
            }
        }
    }
}

/// Length of the common prefix.
pub(super) fn common_prefix_len(one: &[u8], other: &[u8]) -> usize {
    let both = one.len().min(other.len());
    // Nearly always all bytes are equal, and a slice comparison checks many bytes at a time.
    if one[..both] == other[..both] {
        return both;
    }
    one.iter().zip(other).take_while(|(one, other)| one == other).count()
}

/// The beginning of a token, for a message.
pub(super) fn quote(token: &[u8]) -> String {
    let beginning = model::utf8_prefix(token, MAX_QUOTED);
    let cut = if beginning.len() < token.len() { "…" } else { "" };
    format!("{}{cut}", String::from_utf8_lossy(beginning))
}
