//! A ticket as Redis has it.

use model::{JobId, JobKind, LanguageId, PoolKind, Priority, Tenant, Timestamp, VersionRequirement};
use serde::{Deserialize, Serialize};

use super::link::Call;
use crate::{Claimant, Ticket, turn::gives_way};

/// What no script looks at. Its form is versioned by the root of the keys.
#[derive(Debug, Serialize, Deserialize)]
struct Body {
    job: JobId,
    kind: JobKind,
    pool: PoolKind,
    priority: Priority,
    tenant: Tenant,
    language: LanguageId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    version: Option<VersionRequirement>,
    enqueued_at: Timestamp,
}

/// The arguments of a ticket to `enqueue.lua`.
pub(super) fn enter(call: Call, ticket: &Ticket, aging: u32) -> Result<Call, serde_json::Error> {
    let digit = match ticket.priority {
        Priority::High => 0,
        Priority::Normal => 1,
        Priority::Low => 2,
    };
    let (priority, language) = (ticket.priority.as_str(), ticket.language.as_str());
    Ok(call
        .arg(ticket.job.to_string())
        .arg(ticket.kind.as_str())
        .arg(ticket.pool.as_str())
        .arg(priority)
        .arg(digit)
        .arg(gives_way(ticket.priority, aging))
        .arg(lane(ticket))
        .arg(format!("{priority}|{language}|{}", ticket.tenant))
        .arg(ticket.enqueued_at.as_millis())
        .arg(ticket.attempts_begun)
        .arg(body(ticket)?))
}

/// The ticket of this body, after so many attempts.
pub(super) fn read(body: &[u8], attempts_begun: u32) -> Result<Ticket, serde_json::Error> {
    let Body { job, kind, pool, priority, tenant, language, version, enqueued_at } =
        serde_json::from_slice(body)?;
    Ok(Ticket { job, kind, pool, priority, tenant, language, version, enqueued_at, attempts_begun })
}

fn body(ticket: &Ticket) -> Result<Vec<u8>, serde_json::Error> {
    let Ticket { job, kind, pool, priority, tenant, language, version, enqueued_at, attempts_begun: _ } =
        ticket.clone();
    serde_json::to_vec(&Body { job, kind, pool, priority, tenant, language, version, enqueued_at })
}

/// All pools.
pub(super) const POOLS: [PoolKind; 3] = [PoolKind::Container, PoolKind::Microvm, PoolKind::Trusted];

/// The pool of this name.
pub(super) fn pool(name: &str) -> Option<PoolKind> {
    POOLS.into_iter().find(|pool| pool.as_str() == name)
}

/// The name of the lane of a ticket: what the tickets have in common of which any claimant can run all or none. The pool
/// comes first: `position` in `common.lua` counts by it.
fn lane(ticket: &Ticket) -> String {
    let (pool, priority) = (ticket.pool.as_str(), ticket.priority.as_str());
    let version = ticket.version.as_ref().map(ToString::to_string).unwrap_or_default();
    format!("{pool}|{priority}|{}|{version}", ticket.language)
}

/// A lane, read from its name.
pub(super) struct Lane {
    pub(super) name: String,
    pool: PoolKind,
    language: LanguageId,
    version: Option<VersionRequirement>,
}

impl Lane {
    /// None for a name that only a later version understands: its tickets wait for a worker of that version.
    pub(super) fn read(name: String) -> Option<Self> {
        let mut parts = name.splitn(4, '|');
        let (pool, _priority, language, version) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let version = if version.is_empty() { None } else { Some(version.parse().ok()?) };
        let (pool, language) = (self::pool(pool)?, LanguageId::new(language));
        Some(Self { name, pool, language, version })
    }

    /// Whether this claimant can run what is in it.
    pub(super) fn is_for(&self, claimant: &Claimant) -> bool {
        claimant.can_run(self.pool, &self.language, self.version.as_ref())
    }
}
