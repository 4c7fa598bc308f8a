//! Problems, as those who solve them know them, and the catalogue of all that an installation has.
//!
//! A [`Problem`] holds nothing of a hidden test but how many there are. The one thing in it that is not for everybody is the
//! digest of its suite, by which somebody who guesses a suite could see that the guess is right.

use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Content, Digest, LanguageId, LimitsRequest};

/// A problem's id: the UUID of its package, or one made when it was first met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProblemId(Uuid);

/// The text was not a UUID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a UUID such as 0192d3a4-5b6c-7d8e-9f01-23456789abcd")]
pub struct ParseProblemId;

impl ProblemId {
    /// A new id, from the system clock and random bits.
    pub fn generate() -> Self {
        Self(Uuid::now_v7())
    }

    /// The id with this value.
    pub const fn from_u128(value: u128) -> Self {
        Self(Uuid::from_u128(value))
    }
}

impl fmt::Display for ProblemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl FromStr for ProblemId {
    type Err = ParseProblemId;

    fn from_str(text: &str) -> Result<Self, ParseProblemId> {
        Uuid::try_parse(text).map(Self).map_err(|_| ParseProblemId)
    }
}

/// What a submission is judged by. Set when it is accepted, so that a problem that changes later does not matter to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JudgedBy {
    /// The problem, for those who look for submissions to it.
    pub problem: ProblemId,
    /// Its suite at that moment.
    pub suite: Digest,
}

/// A problem.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// Its id.
    pub id: ProblemId,
    /// Its number, for people: from 1 up, and never another problem's.
    pub number: u64,
    /// Its name in addresses, which is that of its package's folder.
    pub slug: String,
    /// Its name for people.
    pub title: String,
    /// How hard it is, as its package says.
    pub difficulty: Option<String>,
    /// Keywords.
    pub tags: Vec<String>,
    /// Whom it is for, as its package says.
    pub age_group: Option<String>,
    /// The statement, safe to put into a page; empty where there is none that can be shown.
    pub statement_html: String,
    /// What a solver begins with.
    pub starters: BTreeMap<LanguageId, String>,
    /// Hints in steps, the last of which says most, safe to put into a page.
    pub hints: Vec<String>,
    /// The languages that it may be solved in; `None` for all.
    pub languages: Option<Vec<LanguageId>>,
    /// What it allows a run; what is absent is up to the language and the installation.
    pub limits: LimitsRequest,
    /// How its tests are run.
    pub style: TestStyle,
    /// The tests that everybody may see, in file order.
    pub public_tests: Vec<PublicCase>,
    /// How many others there are.
    pub hidden_tests: usize,
    /// How many runs a grading makes, at most.
    pub runs: u32,
    /// How long a program of the problem's may take to judge one run; `None` where none does.
    pub validator_limits: Option<LimitsRequest>,
    /// The suite that submissions are judged by. Not for submitters.
    pub suite: Digest,
}

/// How the tests of a problem are run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestStyle {
    /// Input on stdin, output compared.
    Streams,
    /// A function is called.
    Calls,
    /// A program of the problem's judges the output.
    Validated,
    /// A program of the problem's talks with the submission.
    Interactive,
}

/// A test that everybody may see, as far as there is room to show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicCase {
    /// Its name.
    pub name: String,
    /// The beginning of its input; of a call, the call.
    pub input: Content,
    /// The beginning of what is expected.
    pub expected: Content,
}

/// Every problem of an installation, found by id, number or slug.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    problems: Vec<Problem>,
}

impl Catalogue {
    /// The catalogue of these, which differ in id, number and slug.
    pub fn new(mut problems: Vec<Problem>) -> Self {
        problems.sort_by_key(|problem| problem.number);
        Self { problems }
    }

    /// All of them, by number.
    pub fn all(&self) -> &[Problem] {
        &self.problems
    }

    /// The problem with this number.
    pub fn by_number(&self, number: u64) -> Option<&Problem> {
        let place = self.problems.binary_search_by_key(&number, |problem| problem.number).ok()?;
        self.problems.get(place)
    }

    /// The problem with this slug, id, or number in digits; in this order, so that a slug of digits is still found.
    pub fn by_name(&self, name: &str) -> Option<&Problem> {
        let by_slug = self.problems.iter().find(|problem| problem.slug == name);
        let by_id = || {
            let id = name.parse().ok()?;
            self.problems.iter().find(|problem| problem.id == id)
        };
        by_slug.or_else(by_id).or_else(|| self.by_number(name.parse().ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(number: u64, slug: &str) -> Problem {
        Problem {
            id: ProblemId::from_u128(u128::from(number)),
            number,
            slug: slug.to_owned(),
            title: slug.to_owned(),
            difficulty: None,
            tags: Vec::new(),
            age_group: None,
            statement_html: String::new(),
            starters: BTreeMap::new(),
            hints: Vec::new(),
            languages: None,
            limits: LimitsRequest::default(),
            style: TestStyle::Streams,
            public_tests: Vec::new(),
            hidden_tests: 0,
            runs: 1,
            validator_limits: None,
            suite: Digest::of(slug.as_bytes()),
        }
    }

    #[test]
    fn a_problem_is_found_by_number_slug_and_id() {
        let catalogue = Catalogue::new(vec![problem(12, "fizz"), problem(3, "12"), problem(7, "add-two")]);
        let numbers: Vec<u64> = catalogue.all().iter().map(|problem| problem.number).collect();
        assert_eq!(numbers, [3, 7, 12]);
        assert_eq!(catalogue.by_number(12).map(|problem| problem.slug.as_str()), Some("fizz"));
        for (name, number) in [
            ("add-two", Some(7)),
            ("7", Some(7)),
            ("12", Some(3)),
            ("00000000-0000-0000-0000-00000000000c", Some(12)),
            ("00000000-0000-0000-0000-0000000000ff", None),
            ("add", None),
            ("", None),
            ("-7", None),
        ] {
            assert_eq!(catalogue.by_name(name).map(|problem| problem.number), number, "{name}");
        }
    }
}
