//! Static validation: tests that run nothing of the submission. The static validator of the problem reads its sources.

use std::collections::HashMap;

use judge::{
    grading::TestRecord,
    suite_run::TestJudgement,
    validator::{FeedbackScore, Pass, ValidatorResult, interpret},
};
use model::{Stream, TestCase, TestDetails, TestKind, Usage, Verdict};
use sandbox::SandboxFile;

use super::{
    deadline::Deadline, error::GradeError, feedback, judged_test::JudgedTest, limits::FeedbackLimits,
    order::GradeOrder, single_run,
};
use crate::Runner;

/// Size of a message that is kept.
const MAX_MESSAGE_BYTES: usize = 4096;

/// Results of the static validator by test.
pub(super) struct StaticResults(HashMap<String, (TestJudgement, TestRecord)>);

impl StaticResults {
    /// Asks it in all tests that are about sources.
    pub(super) async fn collect(
        runner: &Runner,
        order: &GradeOrder<'_>,
        limits: &FeedbackLimits,
        deadline: &Deadline<'_>,
    ) -> Result<Self, GradeError> {
        let mut said = HashMap::new();
        for test in order.suite.tests() {
            if let TestKind::Sources { args } = &test.kind {
                let JudgedTest { judgement: judged, record: ran } =
                    run_static_validator(runner, order, args, (limits, deadline)).await?;
                said.insert(test.name.clone(), (judged, ran));
            }
        }
        Ok(Self(said))
    }

    /// Its result for this test.
    pub(super) fn get(&self, test: &TestCase) -> Option<JudgedTest> {
        self.0.get(&test.name).cloned().map(|(judged, ran)| JudgedTest { judgement: judged, record: ran })
    }
}

/// Folder of the submitted files. Not beside the validator's own: an interpreter would take modules of the validator from there.
const SUBMITTED: &str = "judging/submission/";

/// Lets the static validator judge: `validator LANGUAGE ENTRY_POINT FEEDBACK_FOLDER/ ARGUMENTS`.
async fn run_static_validator(
    runner: &Runner,
    order: &GradeOrder<'_>,
    own: &[String],
    (limits, deadline): (&FeedbackLimits, &Deadline<'_>),
) -> Result<JudgedTest, GradeError> {
    let Some(validator) = &order.suite.static_validator else { return Err(GradeError::Unfit) };
    let files = &order.submission.files;
    let entry_point = format!("{SUBMITTED}{}", files.first().map_or("", |file| file.name.as_str()));
    let language = code(order.submission.language.as_str());
    let first = [language, &entry_point, feedback::FOLDER].map(str::to_owned);
    let submitted = |name: &str| format!("{SUBMITTED}{name}");
    let sources = files.iter().map(|file| SandboxFile::plain(submitted(&file.name), file.content.as_bytes()));
    let folder = SandboxFile::folder(feedback::FOLDER);
    let invocation = single_run::Invocation {
        args: first.into_iter().chain(own.iter().cloned()).collect(),
        input: Vec::new(),
        files: sources.chain([folder]).collect(),
    };
    let (outcome, left) =
        match single_run::run_once(runner, validator, invocation, (limits, deadline)).await? {
            Ok(invocation) => invocation,
            Err(reason) => return Ok(failed_test(&format!("the static validator: {reason}"))),
        };
    let (feedback, _notes) = feedback::classify(left, limits);
    let said = interpret(outcome.ending, &feedback, validator.scores, Pass::ONLY);
    if let ValidatorResult::Failed(reason) = &said {
        let stderr = String::from_utf8_lossy(&outcome.transcript.of(Stream::Stderr)).into_owned();
        return Ok(failed_test(&format!("{reason}\n{stderr}")));
    }
    let given = match said {
        ValidatorResult::Accepted(score) => score,
        ValidatorResult::Wrong | ValidatorResult::NextPass(_) | ValidatorResult::Failed(_) => {
            FeedbackScore::None
        }
    };
    let verdict = said.verdict().unwrap_or(Verdict::JudgeError);
    let shown = TestDetails {
        message: (verdict == Verdict::WrongAnswer)
            .then(|| "The source code is not as the problem asks.".to_owned()),
        team_message: feedback.team_message.as_deref().and_then(text),
        judge_message: feedback.judge_message.as_deref().and_then(text),
        ..TestDetails::default()
    };
    Ok(JudgedTest {
        judgement: TestJudgement { verdict, score: given },
        record: TestRecord { verdict, usage: Usage::default(), shown },
    })
}

fn failed_test(reason: &str) -> JudgedTest {
    let verdict = Verdict::JudgeError;
    let shown = TestDetails { judge_message: text(reason.as_bytes()), ..TestDetails::default() };
    JudgedTest {
        judgement: TestJudgement::new(verdict),
        record: TestRecord { verdict, usage: Usage::default(), shown },
    }
}

/// The code of a language in the format, where it is another than ours.
fn code(language: &str) -> &str {
    if language == "python" { "python3" } else { language }
}

fn text(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    let text = text[..text.floor_char_boundary(MAX_MESSAGE_BYTES)].trim();
    (!text.is_empty()).then(|| text.to_owned())
}
