//! Graded submission: a program with a suite, judged again and again.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context;
use languages::Registry;
use model::{Bytes, Limits, SourceFile, Submission, Suite};
use tokio_util::sync::CancellationToken;
use worker::{GradeOrder, Grader, NoTestData, RunControl, TestData};

const DEADLINE: Duration = Duration::from_mins(10);

/// Output limit of the programs: more than the largest output of the bench, which `memory` has.
const OUTPUT_LIMIT: Bytes = Bytes::mib(300);

/// A program in a language, with the limits of students except for its output.
pub(super) fn submission(languages: &Registry, id: &str, code: &str) -> anyhow::Result<Submission> {
    let language = languages.find(id).with_context(|| format!("there is no language {id}"))?;
    Ok(Submission {
        language: language.id.clone(),
        version: None,
        options: model::LanguageOptions::default(),
        files: vec![SourceFile { name: language.main_file.clone(), content: code.into() }],
        stdin: "".into(),
        args: Vec::new(),
        limits: language.limits(Limits { output: OUTPUT_LIMIT, ..Limits::STUDENT }),
        network: None,
        artifacts: false,
        large: Vec::new(),
    })
}

/// A submission that is judged repeatedly.
#[derive(Clone)]
pub(super) struct GradedSubmission {
    grader: Grader,
    submission: Arc<Submission>,
    suite: Arc<Suite>,
    data: Arc<dyn TestData>,
}

impl GradedSubmission {
    pub(super) fn new(grader: Grader, submission: Submission, suite: Suite) -> Self {
        Self { grader, submission: Arc::new(submission), suite: Arc::new(suite), data: Arc::new(NoTestData) }
    }

    /// With large test data.
    pub(super) fn with_data(self, data: Arc<dyn TestData>) -> Self {
        Self { data, ..self }
    }

    /// Judges it once, in a task as a worker does: the thread that receives an event continues with it,
    /// whereas `main` would have to be woken for each.
    pub(super) async fn judge_once(&self) -> Result<Duration, String> {
        let judged = self.clone();
        tokio::spawn(async move { judged.judge_timed().await }).await.map_err(|error| error.to_string())?
    }

    /// A test that fails is an error, too.
    async fn judge_timed(&self) -> Result<Duration, String> {
        let order = GradeOrder {
            suite: &self.suite,
            submission: &self.submission,
            data: &*self.data,
            extent: worker::TestSelection::Deciding,
        };
        let control = RunControl { deadline: DEADLINE, stop: &CancellationToken::new() };
        let start = Instant::now();
        let graded = self.grader.grade(&order, control, &mut |_, _, _| {}).await;
        let took = start.elapsed();
        let grading = graded.map_err(|error| error.to_string())?.grading;
        if grading.verdict == model::Verdict::Accepted {
            Ok(took)
        } else {
            Err(format!("{:?}", grading.verdict))
        }
    }
}
