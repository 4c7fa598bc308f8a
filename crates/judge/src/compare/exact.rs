//! Exact comparison: byte by byte.

use std::io::Read;

use super::{
    difference::{Difference, DifferenceKind},
    reader::{PositionReader, common_prefix_len},
    result::{CompareError, ComparisonResult},
};

pub(super) fn compare(got: impl Read, expected: impl Read) -> Result<ComparisonResult, CompareError> {
    let (mut got, mut expected) = (PositionReader::new(got), PositionReader::new(expected));
    loop {
        let got_bytes = got.buffer().map_err(CompareError::Got)?;
        let expected_bytes = expected.buffer().map_err(CompareError::Expected)?;
        let common = got_bytes.len().min(expected_bytes.len());
        if common == 0 {
            let kind = DifferenceKind::Byte {
                got: got_bytes.first().copied(),
                expected: expected_bytes.first().copied(),
            };
            let same = got_bytes.is_empty() && expected_bytes.is_empty();
            return Ok(if same { ComparisonResult::Equal } else { different(kind, &got, &expected) });
        }
        let equal = common_prefix_len(got_bytes, expected_bytes);
        let next = (got_bytes.get(equal).copied(), expected_bytes.get(equal).copied());
        got.advance(equal);
        expected.advance(equal);
        if equal < common {
            return Ok(different(DifferenceKind::Byte { got: next.0, expected: next.1 }, &got, &expected));
        }
    }
}

fn different<G: Read, E: Read>(
    kind: DifferenceKind,
    got: &PositionReader<G>,
    expected: &PositionReader<E>,
) -> ComparisonResult {
    ComparisonResult::Different(Difference {
        kind,
        got_position: got.position(),
        expected_position: expected.position(),
    })
}
