//! Output validator protocol of the Kattis problem package format: exit codes and feedback files.
//!
//! A validator runs as `validator in ans feedback/ [args] < output`. It reports by its exit code and by files
//! in the feedback folder. It belongs to the problem, so each fault of it is a judge error and never counts
//! against the submitter.

use model::{Ending, RejectedScore, Validator, ValidatorScores, Verdict};

/// Exit code for an accepted answer.
pub const EXIT_ACCEPTED: i32 = 42;
/// Exit code for a wrong answer.
pub const EXIT_WRONG: i32 = 43;

/// The known files of the feedback folder; `None` for absent ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Feedback {
    /// `score.txt`.
    pub score: Option<Vec<u8>>,
    /// `score_multiplier.txt`.
    pub score_multiplier: Option<Vec<u8>>,
    /// `judgemessage.txt`, for staff.
    pub judge_message: Option<Vec<u8>>,
    /// `teammessage.txt`, for the submitter.
    pub team_message: Option<Vec<u8>>,
    /// `nextpass.in`: input of the next pass of a multi-pass problem.
    pub next_pass: Option<Vec<u8>>,
    /// Set if a file could not be collected, so that the result is unknown; a sentence for staff.
    pub incomplete: Option<String>,
}

impl Feedback {
    /// Names of the files to collect from the feedback folder.
    pub const FILES: [&str; 5] =
        ["score.txt", "score_multiplier.txt", "judgemessage.txt", "teammessage.txt", "nextpass.in"];

    /// Stores a file of [`Feedback::FILES`]; other names are ignored, since a validator may write any files.
    pub fn set(&mut self, name: &str, bytes: Vec<u8>) {
        let field = match name {
            "score.txt" => &mut self.score,
            "score_multiplier.txt" => &mut self.score_multiplier,
            "judgemessage.txt" => &mut self.judge_message,
            "teammessage.txt" => &mut self.team_message,
            "nextpass.in" => &mut self.next_pass,
            _ => return,
        };
        *field = Some(bytes);
    }
}

/// The score of a test in the feedback folder.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub enum FeedbackScore {
    /// No score: the group's rules apply.
    #[default]
    None,
    /// `score.txt`: points.
    Points(f64),
    /// `score_multiplier.txt`: factor from 0 to 1, applied to the maximum score of the test.
    Multiplier(f64),
}

/// The result of a validator's run.
#[derive(Debug, Clone, PartialEq)]
pub enum ValidatorResult {
    /// The answer is accepted.
    Accepted(FeedbackScore),
    /// The answer is wrong.
    Wrong,
    /// Accepted so far: run the submission once more on this input.
    NextPass(Vec<u8>),
    /// The validator failed; a sentence for staff.
    Failed(String),
}

impl ValidatorResult {
    /// The verdict; none while another pass is due.
    pub const fn verdict(&self) -> Option<Verdict> {
        match self {
            Self::Accepted(_) => Some(Verdict::Accepted),
            Self::Wrong => Some(Verdict::WrongAnswer),
            Self::NextPass(_) => None,
            Self::Failed(_) => Some(Verdict::JudgeError),
        }
    }
}

/// The current pass of a multi-pass problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pass {
    /// Number of this pass, from 1.
    pub number: u32,
    /// Maximum number of passes; 1 for problems that are not multi-pass.
    pub max: u32,
}

impl Pass {
    /// The single pass of a problem that is not multi-pass.
    pub const ONLY: Self = Self { number: 1, max: 1 };
}

/// The problem's rules for validator scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScorePolicy {
    /// Whether the validator gives scores.
    pub scores: ValidatorScores,
    /// Meaning of a score beside a rejection.
    pub rejected: RejectedScore,
}

impl ScorePolicy {
    /// The rules of this validator.
    pub const fn of(validator: &Validator) -> Self {
        Self { scores: validator.scores, rejected: validator.rejected_score }
    }
}

impl From<ValidatorScores> for ScorePolicy {
    fn from(scores: ValidatorScores) -> Self {
        Self { scores, rejected: RejectedScore::default() }
    }
}

/// Interprets a validator's ending and feedback files.
pub fn interpret(
    ending: Ending,
    feedback: &Feedback,
    protocol: impl Into<ScorePolicy>,
    pass: Pass,
) -> ValidatorResult {
    let protocol = protocol.into();
    if let (Ending::Exited(EXIT_ACCEPTED | EXIT_WRONG), Some(reason)) = (ending, &feedback.incomplete) {
        return failed_result(reason.clone());
    }
    match ending {
        Ending::Exited(EXIT_ACCEPTED) => accepted_result(feedback, protocol.scores, pass),
        Ending::Exited(EXIT_WRONG) => rejected_result(feedback, protocol.rejected),
        Ending::Exited(code) => {
            failed_result(format!("the validator ended with exit code {code}: it must be {EXIT_ACCEPTED} or {EXIT_WRONG}"))
        }
        Ending::Signalled(signal) => failed_result(format!("the validator was killed by signal {signal}")),
        Ending::CpuLimit | Ending::WallLimit | Ending::IdleLimit => {
            failed_result("the validator took too long: raise limits.validation_time".to_owned())
        }
        Ending::MemoryLimit => {
            failed_result("the validator used too much memory: raise limits.validation_memory".to_owned())
        }
        Ending::OutputLimit => {
            failed_result(
                "the validator wrote too much: raise limits.validation_output; of what an interactor says, grading.validators.said_bytes"
                    .to_owned(),
            )
        }
        Ending::ProcessLimit | Ending::DiskLimit | Ending::ForbiddenCall | Ending::InputLimit => {
            failed_result(format!("the validator was stopped by the sandbox: {ending:?}"))
        }
        Ending::Cancelled => failed_result("the validator was stopped before it had judged".to_owned()),
    }
}

fn accepted_result(feedback: &Feedback, scores: ValidatorScores, pass: Pass) -> ValidatorResult {
    if let Some(input) = &feedback.next_pass {
        return match pass {
            Pass { max: 1, .. } => {
                failed_result("the validator wrote nextpass.in, and the problem is not multi-pass".to_owned())
            }
            Pass { number, max } if number >= max => {
                failed_result(format!("the validator wants more than {max} passes"))
            }
            Pass { .. } => ValidatorResult::NextPass(input.clone()),
        };
    }
    match feedback_score(feedback, scores) {
        Ok(score) => ValidatorResult::Accepted(score),
        Err(reason) => failed_result(reason),
    }
}

fn rejected_result(feedback: &Feedback, score: RejectedScore) -> ValidatorResult {
    let scores = [("score.txt", &feedback.score), ("score_multiplier.txt", &feedback.score_multiplier)];
    let scores = scores.into_iter().filter(|_| score == RejectedScore::Fault);
    match scores.chain([("nextpass.in", &feedback.next_pass)]).find(|(_, file)| file.is_some()) {
        Some((name, _)) => failed_result(format!("the validator wrote {name} and did not accept")),
        None => ValidatorResult::Wrong,
    }
}

fn feedback_score(feedback: &Feedback, scores: ValidatorScores) -> Result<FeedbackScore, String> {
    let score = match (&feedback.score, &feedback.score_multiplier) {
        (None, None) => FeedbackScore::None,
        (Some(_), Some(_)) => return Err("the validator wrote score.txt and score_multiplier.txt".to_owned()),
        (Some(text), None) => FeedbackScore::Points(parse_score("score.txt", text)?),
        (None, Some(text)) => FeedbackScore::Multiplier(parse_score("score_multiplier.txt", text)?),
    };
    match (scores, score) {
        (ValidatorScores::Never, FeedbackScore::Points(_) | FeedbackScore::Multiplier(_)) => {
            Err("the validator gave a score, and the problem does not say that it may".to_owned())
        }
        (ValidatorScores::Required, FeedbackScore::None) => {
            Err("the validator accepted without score.txt, which the problem says it writes".to_owned())
        }
        (_, FeedbackScore::Multiplier(share)) if !(0.0..=1.0).contains(&share) => {
            Err(format!("score_multiplier.txt must be from 0 to 1, not {share}"))
        }
        _ => Ok(score),
    }
}

/// Parses a file with one finite number, surrounded by optional white space.
fn parse_score(name: &str, text: &[u8]) -> Result<f64, String> {
    crate::compare::parse_number(text.trim_ascii())
        .ok_or_else(|| format!("{name} does not hold one finite number"))
}

fn failed_result(reason: String) -> ValidatorResult {
    ValidatorResult::Failed(reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feedback(files: &[(&str, &str)]) -> Feedback {
        let mut feedback = Feedback::default();
        for (name, text) in files {
            feedback.set(name, text.as_bytes().to_vec());
        }
        feedback
    }

    fn check(
        code: i32,
        files: &[(&str, &str)],
        scores: ValidatorScores,
        expected: Result<FeedbackScore, &str>,
    ) {
        match (interpret(Ending::Exited(code), &feedback(files), scores, Pass::ONLY), expected) {
            (ValidatorResult::Accepted(score), Ok(expected)) => assert_eq!(score, expected),
            (ValidatorResult::Failed(reason), Err(part)) => {
                assert!(reason.contains(part), "{reason} does not say {part}");
            }
            (said, expected) => panic!("{said:?} is not {expected:?}"),
        }
    }

    #[test]
    fn only_42_and_43_are_judgements() {
        let none = Feedback::default();
        let verdict = |ending| interpret(ending, &none, ValidatorScores::Never, Pass::ONLY).verdict();
        assert_eq!(verdict(Ending::Exited(42)), Some(Verdict::Accepted));
        assert_eq!(verdict(Ending::Exited(43)), Some(Verdict::WrongAnswer));
        for ending in [
            Ending::Exited(0),
            Ending::Exited(1),
            Ending::Exited(44),
            Ending::Signalled(11),
            Ending::CpuLimit,
            Ending::WallLimit,
            Ending::MemoryLimit,
            Ending::OutputLimit,
            Ending::ForbiddenCall,
            Ending::Cancelled,
        ] {
            assert_eq!(verdict(ending), Some(Verdict::JudgeError), "{ending:?}");
        }
    }

    #[test]
    fn a_score_is_taken_where_the_problem_lets_it_be_given() {
        use ValidatorScores::{Allowed, Never, Required};
        check(42, &[], Allowed, Ok(FeedbackScore::None));
        check(42, &[("score.txt", " 12.5\n")], Required, Ok(FeedbackScore::Points(12.5)));
        check(42, &[("score_multiplier.txt", "0.25")], Allowed, Ok(FeedbackScore::Multiplier(0.25)));
        check(42, &[("other.txt", "x"), ("judgemessage.txt", "fine")], Never, Ok(FeedbackScore::None));
        check(42, &[("score.txt", "1")], Never, Err("does not say that it may"));
        check(42, &[], Required, Err("without score.txt"));
        check(42, &[("score.txt", "many")], Allowed, Err("score.txt does not hold one finite number"));
        check(42, &[("score.txt", "inf")], Allowed, Err("one finite number"));
        check(42, &[("score_multiplier.txt", "1.5")], Allowed, Err("from 0 to 1, not 1.5"));
        check(
            42,
            &[("score.txt", "1"), ("score_multiplier.txt", "1")],
            Allowed,
            Err("score.txt and score_multiplier"),
        );
        check(43, &[("score.txt", "1")], Allowed, Err("wrote score.txt and did not accept"));
        check(43, &[("nextpass.in", "")], Allowed, Err("wrote nextpass.in and did not accept"));
    }

    #[test]
    fn a_score_beside_a_rejection_is_nothing_where_the_format_allows_it() {
        let legacy = ScorePolicy { scores: ValidatorScores::Required, rejected: RejectedScore::Ignored };
        let said = |files| interpret(Ending::Exited(43), &feedback(files), legacy, Pass::ONLY);
        assert_eq!(said(&[("score.txt", "0")]), ValidatorResult::Wrong);
        assert_eq!(said(&[("score_multiplier.txt", "0")]), ValidatorResult::Wrong);
        assert!(matches!(said(&[("score.txt", "0"), ("nextpass.in", "")]), ValidatorResult::Failed(_)));
    }

    #[test]
    fn feedback_that_is_not_whole_is_never_understood() {
        let mut feedback = feedback(&[("score.txt", "1"), ("nextpass.in", "2")]);
        feedback.incomplete = Some("it left a link".to_owned());
        let pass = Pass { number: 1, max: 2 };
        for code in [42, 43] {
            let said = interpret(Ending::Exited(code), &feedback, ValidatorScores::Allowed, pass);
            assert_eq!(said, ValidatorResult::Failed("it left a link".to_owned()));
        }
        let said = interpret(Ending::Exited(1), &feedback, ValidatorScores::Allowed, pass);
        assert!(matches!(said, ValidatorResult::Failed(reason) if reason.contains("exit code 1")));
    }

    #[test]
    fn another_pass_is_made_while_there_may_be_one() {
        let again = feedback(&[("nextpass.in", "2\n")]);
        let said =
            |number, max| interpret(Ending::Exited(42), &again, ValidatorScores::Never, Pass { number, max });
        assert_eq!(said(1, 2), ValidatorResult::NextPass(b"2\n".to_vec()));
        assert_eq!(said(1, 2).verdict(), None);
        assert_eq!(said(2, 2), ValidatorResult::Failed("the validator wants more than 2 passes".to_owned()));
        assert!(matches!(said(1, 1), ValidatorResult::Failed(reason) if reason.contains("not multi-pass")));
    }
}
