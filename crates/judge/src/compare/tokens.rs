//! Token comparison: the rules of the default validator of ICPC and Kattis.

use std::io::Read;

use model::{CaseRule, TokenRules, WhitespaceRule};

use super::{
    difference::{Difference, DifferenceKind},
    number::{is_within_tolerance, scan_number},
    reader::{Chunk, PositionReader, common_prefix_len, is_space, quote},
    result::{CompareError, ComparisonResult},
};

pub(super) fn compare(
    rules: &TokenRules,
    got: impl Read,
    expected: impl Read,
) -> Result<ComparisonResult, CompareError> {
    let mut tokens = TokenComparison {
        rules,
        got: PositionReader::new(got),
        expected: PositionReader::new(expected),
        got_chunk: Vec::new(),
        expected_chunk: Vec::new(),
        has_tokens: false,
    };
    loop {
        match tokens.next_token()? {
            TokenResult::Equal => {}
            TokenResult::End => return Ok(ComparisonResult::Equal),
            TokenResult::Different(difference) => return Ok(ComparisonResult::Different(difference)),
        }
    }
}

struct TokenComparison<'a, G, E> {
    rules: &'a TokenRules,
    got: PositionReader<G>,
    expected: PositionReader<E>,
    /// Current chunk of each side's token.
    got_chunk: Vec<u8>,
    expected_chunk: Vec<u8>,
    /// Whether a token has been read.
    has_tokens: bool,
}

enum TokenResult {
    Equal,
    End,
    Different(Difference),
}

impl<G: Read, E: Read> TokenComparison<'_, G, E> {
    /// Compares the white space before the next token, then the token.
    fn next_token(&mut self) -> Result<TokenResult, CompareError> {
        self.skip_equal()?;
        if let Some(difference) = self.skip_space()? {
            return Ok(TokenResult::Different(difference));
        }
        // A difference is reported at the start of the token.
        let (got_position, expected_position) = (self.got.position(), self.expected.position());
        let ends = (self.next_got()?, self.next_expected()?);
        if self.got_chunk.is_empty() && self.expected_chunk.is_empty() {
            return Ok(TokenResult::End);
        }
        let kind = match (self.got_chunk.is_empty(), self.expected_chunk.is_empty()) {
            (true, _) => Some(DifferenceKind::Missing {
                expected: quote(&self.expected_chunk),
                empty: !self.has_tokens,
            }),
            (_, true) => Some(DifferenceKind::Trailing { got: quote(&self.got_chunk) }),
            (false, false) => self.compare_token(ends)?,
        };
        self.has_tokens = true;
        Ok(kind.map_or(TokenResult::Equal, |kind| {
            TokenResult::Different(Difference { kind, got_position, expected_position })
        }))
    }

    /// Skips tokens that are equal byte by byte, with the white space between them: these are equal under any
    /// rules. Correct outputs are mostly made of them, and this is several times faster than a look at each
    /// token.
    fn skip_equal(&mut self) -> Result<(), CompareError> {
        let got = self.got.buffer().map_err(CompareError::Got)?;
        let expected = self.expected.buffer().map_err(CompareError::Expected)?;
        let equal = &got[..common_prefix_len(got, expected)];
        // The last token may continue differently, so it is left for the full comparison.
        let whole = equal.iter().rposition(|byte| is_space(*byte)).map_or(0, |last| last + 1);
        self.has_tokens |= equal[..whole].iter().any(|byte| !is_space(*byte));
        self.got.advance(whole);
        self.expected.advance(whole);
        Ok(())
    }

    /// Skips white space; returns a difference if white space matters.
    fn skip_space(&mut self) -> Result<Option<Difference>, CompareError> {
        match self.rules.whitespace {
            WhitespaceRule::Ignored => {
                self.got.skip_space().map_err(CompareError::Got)?;
                self.expected.skip_space().map_err(CompareError::Expected)?;
                Ok(None)
            }
            WhitespaceRule::Sensitive => self.match_space(),
        }
    }

    fn match_space(&mut self) -> Result<Option<Difference>, CompareError> {
        loop {
            let got = self.got.peek().map_err(CompareError::Got)?.filter(|byte| is_space(*byte));
            let expected =
                self.expected.peek().map_err(CompareError::Expected)?.filter(|byte| is_space(*byte));
            if got != expected {
                let kind = DifferenceKind::Space { got, expected };
                let (got_position, expected_position) = (self.got.position(), self.expected.position());
                return Ok(Some(Difference { kind, got_position, expected_position }));
            }
            if got.is_none() {
                return Ok(None);
            }
            self.got.advance(1);
            self.expected.advance(1);
        }
    }

    /// Compares two tokens whose first chunks have been read.
    fn compare_token(&mut self, mut ends: (Chunk, Chunk)) -> Result<Option<DifferenceKind>, CompareError> {
        if self.rules.has_tolerance()
            && ends.1 == Chunk::Last
            && let Some(expected) = scan_number(&self.expected_chunk)
        {
            return Ok(self.compare_number(ends.0, expected));
        }
        let (first_got, first_expected) = (quote(&self.got_chunk), quote(&self.expected_chunk));
        loop {
            if ends.0 != ends.1 || !same_text(self.rules.case, &self.got_chunk, &self.expected_chunk) {
                return Ok(Some(DifferenceKind::Token { got: first_got, expected: first_expected }));
            }
            if ends.0 == Chunk::Last {
                return Ok(None);
            }
            ends = (self.next_got()?, self.next_expected()?);
        }
    }

    fn compare_number(&self, end: Chunk, expected: f64) -> Option<DifferenceKind> {
        let tokens = (quote(&self.got_chunk), quote(&self.expected_chunk));
        let number = scan_number(&self.got_chunk).filter(|_| end == Chunk::Last);
        match number {
            None => Some(DifferenceKind::NotANumber { got: tokens.0, expected: tokens.1 }),
            Some(got) if is_within_tolerance(self.rules, got, expected) => None,
            Some(got) => Some(DifferenceKind::Number {
                got: tokens.0,
                expected: tokens.1,
                off_by: (got - expected).abs(),
            }),
        }
    }

    fn next_got(&mut self) -> Result<Chunk, CompareError> {
        self.got.next_chunk(&mut self.got_chunk).map_err(CompareError::Got)
    }

    fn next_expected(&mut self) -> Result<Chunk, CompareError> {
        self.expected.next_chunk(&mut self.expected_chunk).map_err(CompareError::Expected)
    }
}

fn same_text(case: CaseRule, one: &[u8], other: &[u8]) -> bool {
    match case {
        CaseRule::Ignored => one.eq_ignore_ascii_case(other),
        CaseRule::Sensitive => one == other,
    }
}
