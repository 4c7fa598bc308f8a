//! Byte by byte.

use std::io::Read;

use super::{
    CompareError, Compared, Difference, What,
    reader::{Reader, in_common},
};

pub(super) fn compare(got: impl Read, expected: impl Read) -> Result<Compared, CompareError> {
    let (mut got, mut expected) = (Reader::new(got), Reader::new(expected));
    loop {
        let came = got.buffer().map_err(CompareError::Got)?;
        let wanted = expected.buffer().map_err(CompareError::Expected)?;
        let both = came.len().min(wanted.len());
        if both == 0 {
            let what = What::Byte { got: came.first().copied(), expected: wanted.first().copied() };
            let same = came.is_empty() && wanted.is_empty();
            return Ok(if same { Compared::Same } else { different(what, &got, &expected) });
        }
        let equal = in_common(came, wanted);
        let next = (came.get(equal).copied(), wanted.get(equal).copied());
        got.advance(equal);
        expected.advance(equal);
        if equal < both {
            return Ok(different(What::Byte { got: next.0, expected: next.1 }, &got, &expected));
        }
    }
}

fn different<G: Read, E: Read>(what: What, got: &Reader<G>, expected: &Reader<E>) -> Compared {
    Compared::Different(Difference { what, got_at: got.at(), expected_at: expected.at() })
}
