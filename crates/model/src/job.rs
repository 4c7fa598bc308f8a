//! Job: an accepted submission with its owner, its queue and its limits.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    IdempotencyKey, JobId, PlanName, PoolKind, RequestId, SessionOptions, Submission, SuiteRef, Tenant,
    Timestamp,
};

/// A submission accepted for execution, with its owner, queue, limits and deadline.
///
/// The front door (`execution`) creates it once, when it has checked the request: the limits in it are already the smallest of
/// request, plan and profile, and the suite of a grading is fixed by its digest. From then on it never changes except for
/// [`Job::attempt`], which the store increments whenever a worker begins an attempt.
///
/// The store keeps the job as JSON in its [`JobRecord`](crate::JobRecord). The broker knows only a ticket for it (id, tenant,
/// pool, priority, language), so that a claim is small; the worker that claims the ticket loads the job from the store. Content above a
/// size limit is kept as separate objects: see [`LargeContent`](crate::LargeContent).
///
/// The stored form is versioned. A job is written in the oldest version that can express it ([`Job::schema_of`]), so that during a
/// rolling upgrade old workers can still run it, and a worker refuses a version that it does not know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// Version of the stored form; see [`Job::SCHEMA`].
    pub schema: u16,
    /// Its id.
    pub id: JobId,
    /// Plain run or grading.
    pub kind: JobKind,
    /// The sender.
    pub principal: Principal,
    /// The unit of fairness that it is queued under.
    pub tenant: Tenant,
    /// The plan whose limits apply.
    pub plan: PlanName,
    /// The kind of pool that runs it.
    pub pool: PoolKind,
    /// Its priority in the queue.
    pub priority: Priority,
    /// The client's idempotency key, if it sent one.
    pub idempotency_key: Option<IdempotencyKey>,
    /// The time of acceptance.
    pub submitted_at: Timestamp,
    /// Time limit of the whole job from its start, compilation included.
    pub deadline: Duration,
    /// Number of the latest attempt; 0 before the first.
    pub attempt: u32,
    /// The W3C `traceparent` of the request, if it had one.
    pub trace: Option<String>,
    /// The id of the HTTP request, for the logs.
    pub request_id: Option<RequestId>,
    /// The program and its input.
    pub submission: Submission,
    /// Options of a live session; none for a plain run, which has all its input from the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionOptions>,
    /// The problem and suite of a grading; none for a plain run.
    #[serde(rename = "judged_by", default, skip_serializing_if = "Option::is_none")]
    pub suite_ref: Option<SuiteRef>,
}

impl Job {
    /// The newest version of the stored form that this code writes. Readers refuse newer ones.
    pub const SCHEMA: u16 = 2;

    /// The stored version of a job with this submission: the oldest whose readers understand all of it. Readers of version 1
    /// would ignore its language options and its large content.
    pub fn schema_of(submission: &Submission) -> u16 {
        if submission.options.is_empty() && submission.large.is_empty() { 1 } else { Self::SCHEMA }
    }
}

/// The kind of work of a job; each kind has its own queue.
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

/// The sender of a job.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Principal {
    /// A signed-in account, by id.
    Account(String),
    /// An API key, by id.
    Key(String),
    /// An anonymous client, by network address.
    Anonymous(String),
}

impl Principal {
    /// A stable text, unique per principal: the scope of an idempotency key, and the name of an anonymous tenant.
    pub fn key(&self) -> String {
        match self {
            Self::Account(id) => format!("account:{id}"),
            Self::Key(id) => format!("key:{id}"),
            Self::Anonymous(address) => format!("address:{address}"),
        }
    }

    /// Parses the text of [`Principal::key`].
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

/// Trust level of an account.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Trust {
    /// The usual level.
    #[default]
    Standard,
    /// An administrator has verified the account.
    Verified,
}

/// The priority of a job. Ordered: `Low < Normal < High`.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;

    #[test]
    fn a_job_is_stored_in_the_oldest_form_that_can_express_it() {
        let plain = r#"{"language":"python","files":[],"stdin":{"utf8":""},"args":[],"limits":LIMITS,"artifacts":false}"#;
        let limits = serde_json::to_string(&Limits::STUDENT).expect("have a form");
        let plain: Submission = serde_json::from_str(&plain.replace("LIMITS", &limits)).expect("an old one");
        assert_eq!(Job::schema_of(&plain), 1);
        let mut choosing = plain.clone();
        choosing.options.add("optimize", "1");
        assert_eq!(Job::schema_of(&choosing), 2);
        let mut large = Submission { stdin: "long".into(), ..plain };
        large.extract_large(crate::Bytes(1));
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
