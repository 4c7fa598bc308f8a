//! Files of a test: its input and its answer, and the excerpts of them that are shown.

use judge::grading::{MAX_EXCERPT, stream_details};
use model::{Outcome, Stream, TestContent, TestDetails};

use super::{
    data::{TestBytes, TestData},
    error::GradeError,
};

/// Input of a test and its answer.
#[derive(Debug, Clone)]
pub(crate) struct TestFiles {
    pub(crate) input: TestBytes,
    pub(crate) expected: TestBytes,
}

impl TestFiles {
    pub(crate) async fn of(
        input: &TestContent,
        expected: &TestContent,
        source: &dyn TestData,
    ) -> Result<Self, GradeError> {
        Ok(Self {
            input: TestBytes::of(input, source).await?,
            expected: TestBytes::of(expected, source).await?,
        })
    }

    /// Details of a run that was not compared.
    pub(crate) fn shown(&self, outcome: &Outcome) -> Result<TestDetails, GradeError> {
        let Excerpts { input, got, expected } = self.excerpts(outcome)?;
        Ok(stream_details(&input, &got, &expected, None))
    }

    pub(crate) fn excerpts(&self, outcome: &Outcome) -> Result<Excerpts, GradeError> {
        // One byte more tells what was cut from what was not.
        let most = MAX_EXCERPT.as_usize() + 1;
        let got = outcome.transcript.of(Stream::Stdout);
        Ok(Excerpts { input: self.input.prefix(most)?, got, expected: self.expected.prefix(most)? })
    }
}

/// The beginning of each, for people.
pub(crate) struct Excerpts {
    pub(crate) input: Vec<u8>,
    pub(crate) got: Vec<u8>,
    pub(crate) expected: Vec<u8>,
}
