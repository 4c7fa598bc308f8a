//! Candidate runs: one candidate over the tests with one CPU limit, and what came of it.

use std::time::Duration;

use model::{
    Submission, TestDetails, TestResult,
    wording::{error_chain, seconds},
};
use package::{
    SubmissionResult,
    schedule::{RunRequest, RunTimes},
    unmet_expectations,
};
use worker::{GradeError, GradeOutput};

use crate::{
    candidate::Candidate,
    console::Progress,
    judging_result::{JudgedSubmission, SubmissionOutcome},
    loaded_package::LoadedPackage,
    local_judge::LocalJudge,
    program_limits::submission_limits,
    runnable_program::available_language,
};

/// CPU limit of a test while the time limit is not known.
pub(crate) const MEASURE_CPU_LIMIT: Duration = Duration::from_mins(1);

/// A run with its result; none if it was stopped.
pub(crate) type CompletedRun = (RunRequest, Option<(RunTimes, SubmissionOutcome)>);

/// Context of all runs.
pub(crate) struct CandidateRuns<'a> {
    pub(crate) local_judge: &'a LocalJudge,
    pub(crate) loaded: &'a LoadedPackage,
    pub(crate) candidates: &'a [Candidate],
    pub(crate) progress: Box<dyn Progress>,
}

impl CandidateRuns<'_> {
    /// Runs a candidate over the tests.
    pub(crate) async fn run(&self, request: RunRequest) -> CompletedRun {
        let candidate = &self.candidates[request.submission];
        let failed = |why: String| {
            let times = RunTimes { cpu_limit: request.cpu_limit, ..RunTimes::default() };
            (request, Some((times, SubmissionOutcome::Failed(why))))
        };
        let submission = match self.submission(candidate, request.cpu_limit) {
            Ok(submission) => submission,
            Err(why) => return failed(why),
        };
        self.progress.current(&candidate.name);
        let extent = (candidate.extent, &*self.progress);
        match self.local_judge.grade(self.loaded, &submission, extent).await {
            Ok(graded) => (request, Some(self.judged(candidate, request.cpu_limit, graded))),
            Err(GradeError::Stopped) => (request, None),
            Err(GradeError::OutOfTime) => failed(format!(
                "it was given up after {}, all its tests together: --timeout gives it more time",
                seconds(self.local_judge.timeout())
            )),
            Err(_) if self.local_judge.is_stopped() => (request, None),
            Err(error) => failed(error_chain(&error)),
        }
    }

    fn judged(
        &self,
        candidate: &Candidate,
        cpu_limit: Duration,
        mut graded: GradeOutput,
    ) -> (RunTimes, SubmissionOutcome) {
        trim_details(&mut graded.grading.tests);
        let result = SubmissionResult::of(&graded.grading, &self.loaded.suite);
        let times = RunTimes::of(&candidate.rules, &result, cpu_limit);
        let unmet = unmet_expectations(&candidate.rules, &result);
        let judged = JudgedSubmission { graded, result, unmet, remark: None };
        (times, SubmissionOutcome::Judged(Box::new(judged)))
    }

    /// Compiles a submission, which is found in the cache when it is judged. What goes wrong here goes wrong again then, and is told.
    pub(crate) async fn compile_ahead(&self, submission: usize) {
        let candidate = &self.candidates[submission];
        if let Ok(submission) = self.submission(candidate, MEASURE_CPU_LIMIT) {
            self.local_judge.compile_ahead(self.loaded, &submission).await;
        }
    }

    /// The program with the limits that it is judged by. The inner error says why it cannot be run.
    fn submission(&self, candidate: &Candidate, cpu_limit: Duration) -> Result<Submission, String> {
        let Ok(runnable) = &candidate.runnable else { return Err("it cannot be run here".to_owned()) };
        let language = available_language(Some(runnable.language.as_str()), self.local_judge.languages())
            .map_err(|error| error.to_string())?;
        let limits =
            submission_limits(&self.loaded.package, language, cpu_limit, self.local_judge.ceilings());
        Ok(runnable.submission(limits))
    }
}

/// Of the first tests all that can be shown is kept, of the rest the sentence: there may be thousands, of many submissions.
fn trim_details(tests: &mut [TestResult]) {
    const KEPT: usize = 200;
    for test in tests.iter_mut().skip(KEPT) {
        let TestDetails { message, judge_message, .. } = std::mem::take(&mut test.details);
        test.details = TestDetails { message, judge_message, ..TestDetails::default() };
    }
}
