//! A ticket as Redis has it.

use model::{JobId, JobKind, LanguageId, PoolKind, Priority, Tenant, Timestamp};
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
    let Body { job, kind, pool, priority, tenant, language, enqueued_at } = serde_json::from_slice(body)?;
    Ok(Ticket { job, kind, pool, priority, tenant, language, enqueued_at, attempts_begun })
}

fn body(ticket: &Ticket) -> Result<Vec<u8>, serde_json::Error> {
    let Ticket { job, kind, pool, priority, tenant, language, enqueued_at, attempts_begun: _ } =
        ticket.clone();
    serde_json::to_vec(&Body { job, kind, pool, priority, tenant, language, enqueued_at })
}

/// What the tickets have in common that a claimant can run all or none of. The pool comes first: `position` in
/// `common.lua` counts by it.
fn lane(ticket: &Ticket) -> String {
    format!("{}|{}|{}", ticket.pool.as_str(), ticket.priority.as_str(), ticket.language)
}

/// Whether this claimant can run what is in a lane.
pub(super) fn is_for(lane: &str, claimant: &Claimant) -> bool {
    let mut parts = lane.splitn(3, '|');
    let (Some(pool), Some(_priority), Some(language)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    claimant.pools.iter().any(|(kind, _)| kind.as_str() == pool)
        && claimant.languages.iter().any(|id| id.as_str() == language)
}
