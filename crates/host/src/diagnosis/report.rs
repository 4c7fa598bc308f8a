//! Report of a diagnosis: checks, languages and pools, in the shape of `doctor --json`.

use model::PoolKind;
use serde::Serialize;

/// The whole report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The result of all checks together.
    pub verdict: HostReadiness,
    /// The checks, in the order in which they are shown.
    pub checks: Vec<Check>,
    /// All languages, installed or not.
    pub languages: Vec<LanguageReport>,
    /// All pools, configured or not.
    pub pools: Vec<PoolReport>,
}

/// The result of all checks together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum HostReadiness {
    /// Nothing is missing.
    AllHere,
    /// Programs can be run, with less than everything.
    Weaker,
    /// They cannot, or must not.
    CannotRun,
}

/// A check with its result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Check {
    /// Its name in JSON.
    pub id: &'static str,
    /// Its name for people.
    #[serde(skip)]
    pub name: &'static str,
    /// The section of the report.
    pub group: Group,
    /// Its result.
    pub status: Status,
    /// The fact, in words.
    pub detail: String,
    /// The advice, where something is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
}

/// A section of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Group {
    /// The machine itself.
    Machine,
    /// Protection of the host and of programs from each other.
    Isolation,
    /// Limits on what programs use.
    Limits,
}

/// The result of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
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
pub struct LanguageReport {
    /// Its id.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// Whether it can be run here.
    pub available: bool,
    /// The toolchain, or the reason why there is none.
    pub detail: String,
}

/// A pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PoolReport {
    /// Its kind.
    pub pool: PoolKind,
    /// Whether it is configured.
    pub configured: bool,
    /// Its isolation, or where its jobs run instead.
    pub detail: String,
}

impl Check {
    /// A check that found everything in order.
    pub(super) fn passed(subject: Subject, detail: impl Into<String>) -> Self {
        Self::of(subject, Status::Ok, detail.into(), None)
    }

    /// A check that found something weaker, with the advice.
    pub(super) fn degraded(subject: Subject, detail: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::of(subject, Status::Weaker, detail.into(), Some(fix.into()))
    }

    /// A check that found something without which no program can be run, with the advice.
    pub(super) fn failed(subject: Subject, detail: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::of(subject, Status::Missing, detail.into(), Some(fix.into()))
    }

    pub(super) fn is_missing(&self) -> bool {
        self.status == Status::Missing
    }

    fn of(Subject(group, id, name): Subject, status: Status, detail: String, fix: Option<String>) -> Self {
        Self { id, name, group, status, detail, fix }
    }
}

/// The subject of a check: its group, its name in JSON, its name for people.
#[derive(Debug, Clone, Copy)]
pub(super) struct Subject(pub(super) Group, pub(super) &'static str, pub(super) &'static str);
