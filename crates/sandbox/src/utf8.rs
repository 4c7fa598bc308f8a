//! UTF-8 boundaries of a stream: an incomplete character at the end of a chunk is held back until the rest arrives.
//!
//! Both streams are kept in one transcript, in order of arrival. Without this, a chunk of one stream could be inserted into
//! a character of the other.

/// The incomplete character at the end of a stream: at most three bytes.
#[derive(Debug, Default)]
pub(crate) struct Utf8Boundary {
    partial: Vec<u8>,
}

impl Utf8Boundary {
    /// Returns the bytes that can be kept after this chunk: all except an incomplete character at the end. Bytes that are not
    /// UTF-8 pass.
    pub(crate) fn push(&mut self, piece: &[u8]) -> Vec<u8> {
        let mut all = std::mem::take(&mut self.partial);
        all.extend_from_slice(piece);
        let whole = all.len() - partial_suffix_len(&all);
        self.partial = all.split_off(whole);
        all
    }

    /// The incomplete character at the end of the stream.
    pub(crate) fn finish(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.partial)
    }
}

/// Length of the incomplete character at the end.
fn partial_suffix_len(bytes: &[u8]) -> usize {
    const LONGEST: usize = 4;
    let end = &bytes[bytes.len().saturating_sub(LONGEST - 1)..];
    // The last byte that can begin a character of several bytes.
    let Some(at) = end.iter().rposition(|byte| *byte >= 0xc0) else { return 0 };
    match std::str::from_utf8(&end[at..]) {
        Err(error) if error.valid_up_to() == 0 && error.error_len().is_none() => end.len() - at,
        Ok(_) | Err(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pieces: &[&[u8]], expected: &[&[u8]], rest: &[u8]) {
        let mut letters = Utf8Boundary::default();
        let taken: Vec<_> = pieces.iter().map(|piece| letters.push(piece)).collect();
        assert_eq!(taken, expected, "{pieces:?}");
        assert_eq!(letters.finish(), rest, "{pieces:?}");
    }

    #[test]
    fn a_letter_in_parts_waits_until_it_is_whole() {
        check(&[b"a\xe2", b"\x82", b"\xacb"], &[b"a", b"", "€b".as_bytes()], b"");
        check(&[b"\xf0\x9f\x90", b"\xa2"], &[b"", "🐢".as_bytes()], b"");
        check(&["aé".as_bytes()], &["aé".as_bytes()], b"");
    }

    #[test]
    fn a_letter_that_never_comes_is_what_remains() {
        check(&[b"ok \xe2\x89"], &[b"ok "], b"\xe2\x89");
    }

    #[test]
    fn bytes_that_are_no_text_pass_at_once() {
        check(&[b"\xff\xfe", b"\x80\x80"], &[b"\xff\xfe", b"\x80\x80"], b"");
        check(&[b"\xe2", b"x"], &[b"", b"\xe2x"], b"");
        check(&[b"\xc3\xa9\xa9"], &[b"\xc3\xa9\xa9"], b"");
    }
}
