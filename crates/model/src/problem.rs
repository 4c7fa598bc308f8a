//! Problems: the solver's view (statement, limits, public tests), and the catalogue of an installation.
//!
//! A [`Problem`] contains the number of hidden tests and nothing else about them. Its one field that is not public is the digest of its
//! suite, which would confirm a guess at the suite.

use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Content, Digest, LanguageId, LimitsRequest};

/// A problem's id: the UUID of its package, or one generated at its first import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProblemId(Uuid);

/// The text is not a UUID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a UUID such as 0192d3a4-5b6c-7d8e-9f01-23456789abcd")]
pub struct ParseProblemIdError;

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
    type Err = ParseProblemIdError;

    fn from_str(text: &str) -> Result<Self, ParseProblemIdError> {
        Uuid::try_parse(text).map(Self).map_err(|_| ParseProblemIdError)
    }
}

/// Reference to the problem and the suite of a grading. Set on acceptance, so that later changes of the problem have no effect on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuiteRef {
    /// The problem, for lists of its submissions.
    pub problem: ProblemId,
    /// The digest of its suite at that time.
    pub suite: Digest,
}

/// A problem as its solvers see it.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// Its id.
    pub id: ProblemId,
    /// Its number for people: from 1 up, never reused.
    pub number: u64,
    /// Its name in URLs: the name of its package's folder.
    pub slug: String,
    /// Its title.
    pub title: String,
    /// Its difficulty, from its package.
    pub difficulty: Option<String>,
    /// Keywords.
    pub tags: Vec<String>,
    /// Its age group, from its package.
    pub age_group: Option<String>,
    /// The statement as sanitized HTML; empty if the package has none that can be converted.
    pub statement_html: String,
    /// Starter code by language.
    pub starters: BTreeMap<LanguageId, String>,
    /// Hints as sanitized HTML, from the vaguest to the clearest.
    pub hints: Vec<String>,
    /// The allowed languages; `None` for all.
    pub languages: Option<Vec<LanguageId>>,
    /// Its limits on a run; absent ones come from the language and the installation.
    pub limits: LimitsRequest,
    /// Its way of running tests.
    pub style: TestStyle,
    /// The public tests, in file order.
    pub public_tests: Vec<PublicTest>,
    /// Number of hidden tests.
    pub hidden_tests: usize,
    /// Maximum number of runs of a grading.
    pub runs: u32,
    /// Limits of its validator on one run; `None` without validator.
    pub validator_limits: Option<LimitsRequest>,
    /// The digest of its suite. Not for submitters.
    pub suite: Digest,
}

/// The way of running the tests of a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestStyle {
    /// Input on stdin, output compared.
    Streams,
    /// A function is called.
    Calls,
    /// A validator of the problem judges the output.
    Validated,
    /// A validator of the problem interacts with the submission.
    Interactive,
}

/// A public test, truncated for display.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicTest {
    /// Its name.
    pub name: String,
    /// The beginning of its input; for a call, the call.
    pub input: Content,
    /// The beginning of the expected output.
    pub expected: Content,
}

/// All problems of an installation, with lookup by id, number and slug.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    problems: Vec<Problem>,
}

impl Catalogue {
    /// The catalogue of these problems. Their ids, numbers and slugs are unique.
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
        let index = self.problems.binary_search_by_key(&number, |problem| problem.number).ok()?;
        self.problems.get(index)
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
