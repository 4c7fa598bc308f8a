//! What somebody asked for.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    Content, IdempotencyKey, JobId, JudgedBy, LanguageId, LargeContent, Limits, Network, Options, PlanName,
    PoolKind, RequestId, Session, Tenant, Timestamp, VersionRequirement,
};

/// A submission accepted for running, with who sent it and how it is to be treated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// Version of this stored form; see [`Job::SCHEMA`].
    pub schema: u16,
    /// Its id.
    pub id: JobId,
    /// Plain run or grading.
    pub kind: JobKind,
    /// Who sent it.
    pub principal: Principal,
    /// On whose account it queues.
    pub tenant: Tenant,
    /// Under whose limits it runs.
    pub plan: PlanName,
    /// Where it runs.
    pub pool: PoolKind,
    /// How urgent it is.
    pub priority: Priority,
    /// The client's key against sending twice, if it gave one.
    pub idempotency_key: Option<IdempotencyKey>,
    /// When it was accepted.
    pub submitted_at: Timestamp,
    /// How long the whole job may take once started, compiling included.
    pub deadline: Duration,
    /// Which attempt at it this is; 0 before the first.
    pub attempt: u32,
    /// The W3C `traceparent` it came with, if any.
    pub trace: Option<String>,
    /// The HTTP request that brought it, for the logs.
    pub request_id: Option<RequestId>,
    /// What to run.
    pub submission: Submission,
    /// How somebody talks to it while it runs; none for a plain run, which has all its input from the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<Session>,
    /// What it is judged by; none for a plain run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judged_by: Option<JudgedBy>,
}

impl Job {
    /// The newest version of the stored form that this code writes. Readers refuse newer ones.
    pub const SCHEMA: u16 = 2;

    /// The version that a job with this submission is stored in: the oldest whose readers understand all of it. Those of version 1
    /// would run a program without the options that it chooses, and without its large content.
    pub fn schema_of(submission: &Submission) -> u16 {
        if submission.options.is_empty() && submission.large.is_empty() { 1 } else { Self::SCHEMA }
    }
}

/// What kind of work a job is; each kind has a queue of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JobKind {
    /// Run a program and return its output (queue `code-execution`).
    Run,
    /// Judge a program on the tests of a problem (queue `code-submission`).
    Grade,
}

impl JobKind {
    /// The kind's name on the wire and in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Grade => "grade",
        }
    }
}

/// Who sent a job.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Principal {
    /// A signed-in account, by id.
    Account(String),
    /// An API key, by id.
    Key(String),
    /// Nobody known, from this network address.
    Anonymous(String),
}

impl Principal {
    /// One text per principal, the same every time: the scope of an idempotency key, and the name of an anonymous tenant.
    pub fn key(&self) -> String {
        match self {
            Self::Account(id) => format!("account:{id}"),
            Self::Key(id) => format!("key:{id}"),
            Self::Anonymous(address) => format!("address:{address}"),
        }
    }

    /// The principal of this text, if it is one of [`Principal::key`].
    pub fn from_key(key: &str) -> Option<Self> {
        let (kind, name) = key.split_once(':')?;
        match kind {
            "account" => Some(Self::Account(name.to_owned())),
            "key" => Some(Self::Key(name.to_owned())),
            "address" => Some(Self::Anonymous(name.to_owned())),
            _ => None,
        }
    }
}

/// How far somebody is trusted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Trust {
    /// As anybody.
    #[default]
    Standard,
    /// An administrator has vouched for them.
    Verified,
}

/// How urgent a job is. Ordered: `Low < Normal < High`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Priority {
    /// Can wait.
    Low,
    /// The usual.
    #[default]
    Normal,
    /// Never refused by load shedding.
    High,
}

impl Priority {
    /// The priority's name on the wire and in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Normal => "normal",
            Self::High => "high",
        }
    }
}

/// The program and what it is given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submission {
    /// In which language.
    pub language: LanguageId,
    /// Of which versions; of any, if it does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<VersionRequirement>,
    /// What it chooses of how its language is compiled and run.
    #[serde(default, skip_serializing_if = "Options::is_empty")]
    pub options: Options,
    /// Its files; the first is the main one.
    pub files: Vec<SourceFile>,
    /// What it reads from standard input.
    pub stdin: Content,
    /// Its command-line arguments, program name excluded.
    pub args: Vec<String>,
    /// The limits in force, already the smallest of request, plan and profile.
    pub limits: Limits,
    /// The network that it asks for; if none is named, its sources tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<Network>,
    /// Whether files that it writes are wanted back.
    pub artifacts: bool,
    /// What of its content is an object of the job, and so missing here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub large: Vec<LargeContent>,
}

/// One file of a submission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceFile {
    /// Its path below the work folder, checked at the door: [`FileNameLimits`](crate::FileNameLimits).
    pub name: String,
    /// What is in it.
    pub content: Content,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_stored_in_the_oldest_form_that_says_all_of_it() {
        let plain = r#"{"language":"python","files":[],"stdin":{"utf8":""},"args":[],"limits":LIMITS,"artifacts":false}"#;
        let limits = serde_json::to_string(&Limits::STUDENT).expect("have a form");
        let plain: Submission = serde_json::from_str(&plain.replace("LIMITS", &limits)).expect("an old one");
        assert_eq!(Job::schema_of(&plain), 1);
        let mut choosing = plain.clone();
        choosing.options.add("optimize", "1");
        assert_eq!(Job::schema_of(&choosing), 2);
        let mut large = Submission { stdin: "long".into(), ..plain };
        large.take_large(crate::Bytes(1));
        assert_eq!(Job::schema_of(&large), 2);
    }

    #[test]
    fn a_principal_is_read_back_from_its_key() {
        let name = || "2001:db8::1".to_owned();
        for principal in [Principal::Account(name()), Principal::Key(name()), Principal::Anonymous(name())] {
            assert_eq!(Principal::from_key(&principal.key()), Some(principal));
        }
        for key in ["", "account", "nobody:1"] {
            assert_eq!(Principal::from_key(key), None, "{key}");
        }
    }
}
