//! What `doctor` has to say: the shape of `doctor --json`, which programs read and which therefore stays.

use model::PoolKind;
use serde::Serialize;

/// All that there is to say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Findings {
    pub(super) verdict: Verdict,
    pub(super) checks: Vec<Check>,
    pub(super) languages: Vec<LanguageFinding>,
    pub(super) pools: Vec<PoolFinding>,
}

/// The one sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Verdict {
    /// Nothing is missing.
    AllHere,
    /// Programs can be run, with less than everything.
    Weaker,
    /// They cannot, or must not.
    CannotRun,
}

/// Something looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Check {
    /// Its name for programs.
    pub(super) id: &'static str,
    /// And for people.
    #[serde(skip)]
    pub(super) name: &'static str,
    pub(super) group: Group,
    pub(super) status: Status,
    pub(super) detail: String,
    /// What to do, where there is something to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) fix: Option<String>,
}

/// Where a check is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Group {
    Machine,
    Isolation,
    Limits,
}

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    /// As it should be.
    Ok,
    /// Not there, and something is weaker for it.
    Weaker,
    /// Not there, and programs cannot be run without it.
    Missing,
}

/// A language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LanguageFinding {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) available: bool,
    /// The toolchain, or why there is none.
    pub(super) detail: String,
}

/// A pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PoolFinding {
    pub(super) pool: PoolKind,
    pub(super) configured: bool,
    pub(super) detail: String,
}

impl Check {
    /// All is well.
    pub(super) fn fine(about: About, detail: impl Into<String>) -> Self {
        Self::of(about, Status::Ok, detail.into(), None)
    }

    /// Something is weaker, and this mends it.
    pub(super) fn weaker(about: About, detail: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::of(about, Status::Weaker, detail.into(), Some(fix.into()))
    }

    /// Nothing can be run before this is done.
    pub(super) fn missing(about: About, detail: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::of(about, Status::Missing, detail.into(), Some(fix.into()))
    }

    pub(super) fn is_missing(&self) -> bool {
        self.status == Status::Missing
    }

    fn of(About(group, id, name): About, status: Status, detail: String, fix: Option<String>) -> Self {
        Self { id, name, group, status, detail, fix }
    }
}

/// What a check is about: its group, its id, its name for people.
#[derive(Debug, Clone, Copy)]
pub(super) struct About(pub(super) Group, pub(super) &'static str, pub(super) &'static str);
