//! What a problem's own validator said: the protocol of the Kattis problem package format.
//!
//! A validator is run as `validator in ans feedback/ [args] < output`. It says what it thinks by its exit code and by
//! files in the feedback folder. It belongs to the problem: whatever it does wrong is a judge error, and never the
//! submitter's.

use model::{Ending, RejectedScore, Validator, ValidatorScores, Verdict};

/// The exit code for a right answer.
pub const ACCEPTED: i32 = 42;
/// The exit code for a wrong answer.
pub const WRONG: i32 = 43;

/// The files of the feedback folder that mean something, as far as they were there.
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
    /// `nextpass.in`: what a multi-pass problem's next pass reads.
    pub next_pass: Option<Vec<u8>>,
    /// Something was left there and could not be brought out, so that nobody knows what the validator said; a sentence for staff.
    pub incomplete: Option<String>,
}

impl Feedback {
    /// The names of the files to bring out of the feedback folder.
    pub const FILES: [&str; 5] =
        ["score.txt", "score_multiplier.txt", "judgemessage.txt", "teammessage.txt", "nextpass.in"];

    /// Puts a file of [`Feedback::FILES`] in its place; others are passed over, for a validator may write what it likes.
    pub fn put(&mut self, name: &str, bytes: Vec<u8>) {
        let place = match name {
            "score.txt" => &mut self.score,
            "score_multiplier.txt" => &mut self.score_multiplier,
            "judgemessage.txt" => &mut self.judge_message,
            "teammessage.txt" => &mut self.team_message,
            "nextpass.in" => &mut self.next_pass,
            _ => return,
        };
        *place = Some(bytes);
    }
}

/// What a test is worth by its validator.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub enum GivenScore {
    /// It did not say: what the group says.
    #[default]
    None,
    /// So many points.
    Points(f64),
    /// This share, from 0 to 1, of the most that the test can get.
    Share(f64),
}

/// What a validator said.
#[derive(Debug, Clone, PartialEq)]
pub enum Said {
    /// The answer is right.
    Accepted(GivenScore),
    /// The answer is wrong.
    Wrong,
    /// Right so far: run the submission once more, on this input.
    NextPass(Vec<u8>),
    /// The validator failed; a sentence for staff.
    Failed(String),
}

impl Said {
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

/// Which pass was made of how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pass {
    /// This one, from 1.
    pub number: u32,
    /// The most there may be; 1 for problems that are not multi-pass.
    pub most: u32,
}

impl Pass {
    /// The only pass of a problem that is not multi-pass.
    pub const ONLY: Self = Self { number: 1, most: 1 };
}

/// What a problem says of the scores of its validator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScoreProtocol {
    /// Whether it gives any.
    pub scores: ValidatorScores,
    /// What one means beside a rejection.
    pub rejected: RejectedScore,
}

impl ScoreProtocol {
    /// That of this validator.
    pub const fn of(validator: &Validator) -> Self {
        Self { scores: validator.scores, rejected: validator.rejected_score }
    }
}

impl From<ValidatorScores> for ScoreProtocol {
    fn from(scores: ValidatorScores) -> Self {
        Self { scores, rejected: RejectedScore::default() }
    }
}

/// Understands how a validator ended and what it left.
pub fn understand(
    ending: Ending,
    feedback: &Feedback,
    protocol: impl Into<ScoreProtocol>,
    pass: Pass,
) -> Said {
    let protocol = protocol.into();
    if let (Ending::Exited(ACCEPTED | WRONG), Some(reason)) = (ending, &feedback.incomplete) {
        return failed(reason.clone());
    }
    match ending {
        Ending::Exited(ACCEPTED) => accepted(feedback, protocol.scores, pass),
        Ending::Exited(WRONG) => rejected(feedback, protocol.rejected),
        Ending::Exited(code) => {
            failed(format!("the validator ended with exit code {code}: it must be {ACCEPTED} or {WRONG}"))
        }
        Ending::Signalled(signal) => failed(format!("the validator was killed by signal {signal}")),
        Ending::CpuLimit | Ending::WallLimit | Ending::IdleLimit => {
            failed("the validator took too long: raise limits.validation_time".to_owned())
        }
        Ending::MemoryLimit => {
            failed("the validator used too much memory: raise limits.validation_memory".to_owned())
        }
        Ending::OutputLimit => {
            failed(
                "the validator wrote too much: raise limits.validation_output; of what an interactor says, grading.validators.said_bytes"
                    .to_owned(),
            )
        }
        Ending::ProcessLimit | Ending::DiskLimit | Ending::ForbiddenCall | Ending::InputLimit => {
            failed(format!("the validator was stopped by the sandbox: {ending:?}"))
        }
        Ending::Cancelled => failed("the validator was stopped before it had judged".to_owned()),
    }
}

fn accepted(feedback: &Feedback, scores: ValidatorScores, pass: Pass) -> Said {
    if let Some(input) = &feedback.next_pass {
        return match pass {
            Pass { most: 1, .. } => {
                failed("the validator wrote nextpass.in, and the problem is not multi-pass".to_owned())
            }
            Pass { number, most } if number >= most => {
                failed(format!("the validator wants more than {most} passes"))
            }
            Pass { .. } => Said::NextPass(input.clone()),
        };
    }
    match given_score(feedback, scores) {
        Ok(score) => Said::Accepted(score),
        Err(reason) => failed(reason),
    }
}

fn rejected(feedback: &Feedback, score: RejectedScore) -> Said {
    let scores = [("score.txt", &feedback.score), ("score_multiplier.txt", &feedback.score_multiplier)];
    let scores = scores.into_iter().filter(|_| score == RejectedScore::Fault);
    match scores.chain([("nextpass.in", &feedback.next_pass)]).find(|(_, file)| file.is_some()) {
        Some((name, _)) => failed(format!("the validator wrote {name} and did not accept")),
        None => Said::Wrong,
    }
}

fn given_score(feedback: &Feedback, scores: ValidatorScores) -> Result<GivenScore, String> {
    let given = match (&feedback.score, &feedback.score_multiplier) {
        (None, None) => GivenScore::None,
        (Some(_), Some(_)) => return Err("the validator wrote score.txt and score_multiplier.txt".to_owned()),
        (Some(text), None) => GivenScore::Points(number("score.txt", text)?),
        (None, Some(text)) => GivenScore::Share(number("score_multiplier.txt", text)?),
    };
    match (scores, given) {
        (ValidatorScores::Never, GivenScore::Points(_) | GivenScore::Share(_)) => {
            Err("the validator gave a score, and the problem does not say that it may".to_owned())
        }
        (ValidatorScores::Required, GivenScore::None) => {
            Err("the validator accepted without score.txt, which the problem says it writes".to_owned())
        }
        (_, GivenScore::Share(share)) if !(0.0..=1.0).contains(&share) => {
            Err(format!("score_multiplier.txt must be from 0 to 1, not {share}"))
        }
        _ => Ok(given),
    }
}

/// A file with one finite number and white space round it.
fn number(name: &str, text: &[u8]) -> Result<f64, String> {
    crate::compare::parse_number(text.trim_ascii())
        .ok_or_else(|| format!("{name} does not hold one finite number"))
}

fn failed(reason: String) -> Said {
    Said::Failed(reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feedback(files: &[(&str, &str)]) -> Feedback {
        let mut feedback = Feedback::default();
        for (name, text) in files {
            feedback.put(name, text.as_bytes().to_vec());
        }
        feedback
    }

    fn check(code: i32, files: &[(&str, &str)], scores: ValidatorScores, expected: Result<GivenScore, &str>) {
        match (understand(Ending::Exited(code), &feedback(files), scores, Pass::ONLY), expected) {
            (Said::Accepted(score), Ok(expected)) => assert_eq!(score, expected),
            (Said::Failed(reason), Err(part)) => {
                assert!(reason.contains(part), "{reason} does not say {part}");
            }
            (said, expected) => panic!("{said:?} is not {expected:?}"),
        }
    }

    #[test]
    fn only_42_and_43_are_judgements() {
        let none = Feedback::default();
        let verdict = |ending| understand(ending, &none, ValidatorScores::Never, Pass::ONLY).verdict();
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
        check(42, &[], Allowed, Ok(GivenScore::None));
        check(42, &[("score.txt", " 12.5\n")], Required, Ok(GivenScore::Points(12.5)));
        check(42, &[("score_multiplier.txt", "0.25")], Allowed, Ok(GivenScore::Share(0.25)));
        check(42, &[("other.txt", "x"), ("judgemessage.txt", "fine")], Never, Ok(GivenScore::None));
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
        let legacy = ScoreProtocol { scores: ValidatorScores::Required, rejected: RejectedScore::Ignored };
        let said = |files| understand(Ending::Exited(43), &feedback(files), legacy, Pass::ONLY);
        assert_eq!(said(&[("score.txt", "0")]), Said::Wrong);
        assert_eq!(said(&[("score_multiplier.txt", "0")]), Said::Wrong);
        assert!(matches!(said(&[("score.txt", "0"), ("nextpass.in", "")]), Said::Failed(_)));
    }

    #[test]
    fn feedback_that_is_not_whole_is_never_understood() {
        let mut feedback = feedback(&[("score.txt", "1"), ("nextpass.in", "2")]);
        feedback.incomplete = Some("it left a link".to_owned());
        let pass = Pass { number: 1, most: 2 };
        for code in [42, 43] {
            let said = understand(Ending::Exited(code), &feedback, ValidatorScores::Allowed, pass);
            assert_eq!(said, Said::Failed("it left a link".to_owned()));
        }
        let said = understand(Ending::Exited(1), &feedback, ValidatorScores::Allowed, pass);
        assert!(matches!(said, Said::Failed(reason) if reason.contains("exit code 1")));
    }

    #[test]
    fn another_pass_is_made_while_there_may_be_one() {
        let again = feedback(&[("nextpass.in", "2\n")]);
        let said = |number, most| {
            understand(Ending::Exited(42), &again, ValidatorScores::Never, Pass { number, most })
        };
        assert_eq!(said(1, 2), Said::NextPass(b"2\n".to_vec()));
        assert_eq!(said(1, 2).verdict(), None);
        assert_eq!(said(2, 2), Said::Failed("the validator wants more than 2 passes".to_owned()));
        assert!(matches!(said(1, 1), Said::Failed(reason) if reason.contains("not multi-pass")));
    }
}
