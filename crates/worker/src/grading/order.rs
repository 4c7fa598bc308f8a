//! Order of a grading: the submission, the suite, and the extent of judging.

use judge::suite_run::TestSelection;
use model::{Submission, Suite};

use super::data::TestData;

/// Request to judge a submission by a suite.
#[derive(Clone, Copy)]
pub struct GradeOrder<'a> {
    /// The tests.
    pub suite: &'a Suite,
    /// Language, files and the limits in force. What it says of input, arguments and artifacts does not matter.
    pub submission: &'a Submission,
    /// Source of large tests.
    pub data: &'a dyn TestData,
    /// Which tests to run.
    pub extent: TestSelection,
}
