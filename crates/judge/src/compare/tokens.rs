//! Word by word, as the default validator of the ICPC and of Kattis does.

use std::io::Read;

use model::{CaseRule, TokenRules, WhitespaceRule};

use super::{
    CompareError, Compared, Difference, What,
    number::{near, scan_number},
    reader::{Piece, Reader, in_common, is_space, quoted},
};

pub(super) fn compare(
    rules: &TokenRules,
    got: impl Read,
    expected: impl Read,
) -> Result<Compared, CompareError> {
    let mut words = Words {
        rules,
        got: Reader::new(got),
        expected: Reader::new(expected),
        came: Vec::new(),
        wanted: Vec::new(),
        any: false,
    };
    loop {
        match words.step()? {
            Step::Same => {}
            Step::End => return Ok(Compared::Same),
            Step::Different(difference) => return Ok(Compared::Different(difference)),
        }
    }
}

struct Words<'a, G, E> {
    rules: &'a TokenRules,
    got: Reader<G>,
    expected: Reader<E>,
    /// The piece of a word that came last, and the one that was wanted.
    came: Vec<u8>,
    wanted: Vec<u8>,
    /// Whether there was a word yet.
    any: bool,
}

enum Step {
    Same,
    End,
    Different(Difference),
}

impl<G: Read, E: Read> Words<'_, G, E> {
    /// The white space before the next word, and the word.
    fn step(&mut self) -> Result<Step, CompareError> {
        self.skip_equal()?;
        if let Some(difference) = self.space()? {
            return Ok(Step::Different(difference));
        }
        // A difference is told where the word begins.
        let (got_at, expected_at) = (self.got.at(), self.expected.at());
        let ends = (self.next_got()?, self.next_expected()?);
        if self.came.is_empty() && self.wanted.is_empty() {
            return Ok(Step::End);
        }
        let what = match (self.came.is_empty(), self.wanted.is_empty()) {
            (true, _) => Some(What::Missing { expected: quoted(&self.wanted), empty: !self.any }),
            (_, true) => Some(What::TooMuch { got: quoted(&self.came) }),
            (false, false) => self.word(ends)?,
        };
        self.any = true;
        Ok(what.map_or(Step::Same, |what| Step::Different(Difference { what, got_at, expected_at })))
    }

    /// Goes over words that are equal byte by byte, with the white space between them: these are the same by any rules.
    /// Right answers are mostly made of them, and this is several times faster than looking at each word.
    fn skip_equal(&mut self) -> Result<(), CompareError> {
        let came = self.got.buffer().map_err(CompareError::Got)?;
        let wanted = self.expected.buffer().map_err(CompareError::Expected)?;
        let equal = &came[..in_common(came, wanted)];
        // The last word may go on differently, so it is left to be looked at.
        let whole = equal.iter().rposition(|byte| is_space(*byte)).map_or(0, |last| last + 1);
        self.any |= equal[..whole].iter().any(|byte| !is_space(*byte));
        self.got.advance(whole);
        self.expected.advance(whole);
        Ok(())
    }

    /// Goes over white space; tells a difference where that matters.
    fn space(&mut self) -> Result<Option<Difference>, CompareError> {
        match self.rules.whitespace {
            WhitespaceRule::Ignored => {
                self.got.skip_space().map_err(CompareError::Got)?;
                self.expected.skip_space().map_err(CompareError::Expected)?;
                Ok(None)
            }
            WhitespaceRule::Sensitive => self.same_space(),
        }
    }

    fn same_space(&mut self) -> Result<Option<Difference>, CompareError> {
        loop {
            let got = self.got.peek().map_err(CompareError::Got)?.filter(|byte| is_space(*byte));
            let expected =
                self.expected.peek().map_err(CompareError::Expected)?.filter(|byte| is_space(*byte));
            if got != expected {
                let what = What::Space { got, expected };
                let (got_at, expected_at) = (self.got.at(), self.expected.at());
                return Ok(Some(Difference { what, got_at, expected_at }));
            }
            if got.is_none() {
                return Ok(None);
            }
            self.got.advance(1);
            self.expected.advance(1);
        }
    }

    /// Compares two words, of which the first pieces have been read.
    fn word(&mut self, mut ends: (Piece, Piece)) -> Result<Option<What>, CompareError> {
        if self.rules.has_tolerance()
            && ends.1 == Piece::Last
            && let Some(expected) = scan_number(&self.wanted)
        {
            return Ok(self.number(ends.0, expected));
        }
        let (first_came, first_wanted) = (quoted(&self.came), quoted(&self.wanted));
        loop {
            if ends.0 != ends.1 || !same_text(self.rules.case, &self.came, &self.wanted) {
                return Ok(Some(What::Word { got: first_came, expected: first_wanted }));
            }
            if ends.0 == Piece::Last {
                return Ok(None);
            }
            ends = (self.next_got()?, self.next_expected()?);
        }
    }

    fn number(&self, end: Piece, expected: f64) -> Option<What> {
        let words = (quoted(&self.came), quoted(&self.wanted));
        let number = scan_number(&self.came).filter(|_| end == Piece::Last);
        match number {
            None => Some(What::NoNumber { got: words.0, expected: words.1 }),
            Some(got) if near(self.rules, got, expected) => None,
            Some(got) => {
                Some(What::Number { got: words.0, expected: words.1, off_by: (got - expected).abs() })
            }
        }
    }

    fn next_got(&mut self) -> Result<Piece, CompareError> {
        self.got.next_piece(&mut self.came).map_err(CompareError::Got)
    }

    fn next_expected(&mut self) -> Result<Piece, CompareError> {
        self.expected.next_piece(&mut self.wanted).map_err(CompareError::Expected)
    }
}

fn same_text(case: CaseRule, one: &[u8], other: &[u8]) -> bool {
    match case {
        CaseRule::Ignored => one.eq_ignore_ascii_case(other),
        CaseRule::Sensitive => one == other,
    }
}
