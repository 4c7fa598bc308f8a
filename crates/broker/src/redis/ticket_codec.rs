//! Ticket codec: tickets and lane names as stored in Redis.

use model::{
    JobId, JobKind, LanguageId, PoolKind, Priority, Tenant, Timestamp, ToolchainInfo, VersionNumbers,
    VersionRequirement,
};
use serde::{Deserialize, Serialize};

use super::connection::Call;
use crate::{
    Claimant, Ticket,
    fair_queue::priority_offset,
    version_bucket::{VersionBucket, version_requirement},
};

/// The part of a ticket that scripts do not read. Its version is in the prefix of the keys.
#[derive(Debug, Serialize, Deserialize)]
struct TicketBody {
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

/// Adds a ticket to the arguments of `enqueue.lua`.
pub(super) fn push_args(call: Call, ticket: &Ticket, aging: u32) -> Result<Call, serde_json::Error> {
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
        .arg(priority_offset(ticket.priority, aging))
        .arg(lane(ticket))
        .arg(version_bounds(ticket))
        .arg(format!("{priority}|{language}|{}", ticket.tenant))
        .arg(ticket.enqueued_at.as_millis())
        .arg(ticket.attempts_begun)
        .arg(encode_body(ticket)?))
}

/// Decodes the ticket of this body after so many attempts.
pub(super) fn decode(body: &[u8], attempts_begun: u32) -> Result<Ticket, serde_json::Error> {
    let TicketBody { job, kind, pool, priority, tenant, language, version, enqueued_at } =
        serde_json::from_slice(body)?;
    Ok(Ticket { job, kind, pool, priority, tenant, language, version, enqueued_at, attempts_begun })
}

fn encode_body(ticket: &Ticket) -> Result<Vec<u8>, serde_json::Error> {
    let Ticket { job, kind, pool, priority, tenant, language, version, enqueued_at, attempts_begun: _ } =
        ticket.clone();
    serde_json::to_vec(&TicketBody { job, kind, pool, priority, tenant, language, version, enqueued_at })
}

/// All pools.
pub(super) const POOLS: [PoolKind; 3] = [PoolKind::Container, PoolKind::Microvm, PoolKind::Trusted];

/// The pool of this name.
pub(super) fn parse_pool(name: &str) -> Option<PoolKind> {
    POOLS.into_iter().find(|pool| pool.as_str() == name)
}

/// The name of a ticket's lane without its version bucket, which a script adds (see `common.lua`). The pool
/// comes first, because `position` in that file counts by it.
fn lane(ticket: &Ticket) -> String {
    let (pool, priority) = (ticket.pool.as_str(), ticket.priority.as_str());
    let bucket = if version_requirement(ticket).is_some() { BUCKET_PREFIX } else { "" };
    format!("{pool}|{priority}|{}|{bucket}", ticket.language)
}

/// Prefix of the bucket of a ticket with a version requirement.
const BUCKET_PREFIX: &str = "@";
/// Digits of each number of a version: enough for the largest number.
const VERSION_DIGITS: usize = 20;

/// The accepted versions of a ticket: the first one, and the first one after them. Empty if every version is
/// accepted.
fn version_bounds(ticket: &Ticket) -> String {
    let Some(range) = version_requirement(ticket).map(VersionRequirement::range) else {
        return String::new();
    };
    // Higher than every version.
    let past = range.end.map_or_else(|| "9".repeat(3 * VERSION_DIGITS), sortable_version);
    sortable_version(range.first) + &past
}

/// A version as text that sorts like the version, independent of the server's locale.
pub(super) fn sortable_version(version: VersionNumbers) -> String {
    let VersionNumbers { major, minor, patch } = version;
    format!("{major:0VERSION_DIGITS$}{minor:0VERSION_DIGITS$}{patch:0VERSION_DIGITS$}")
}

fn parse_sortable_version(text: &str) -> Option<VersionNumbers> {
    let number = |place: usize| text.get(place * VERSION_DIGITS..(place + 1) * VERSION_DIGITS)?.parse().ok();
    Some(VersionNumbers::new(number(0)?, number(1)?, number(2)?))
}

/// A lane, parsed from its name.
pub(super) struct NamedLane {
    pub(super) name: String,
    pool: PoolKind,
    language: LanguageId,
    versions: LaneVersions,
}

/// Accepted versions of the tickets of a lane.
enum LaneVersions {
    Bucket(VersionBucket),
    /// Tickets of an earlier release, by the requirement as written.
    Requirement(VersionRequirement),
}

impl NamedLane {
    /// `None` for a name of a later release: its tickets wait for a worker of that release.
    pub(super) fn parse(name: String) -> Option<Self> {
        let mut parts = name.splitn(4, '|');
        let (pool, _priority, language, versions) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let versions = LaneVersions::parse(versions)?;
        let (pool, language) = (parse_pool(pool)?, LanguageId::new(language));
        Some(Self { name, pool, language, versions })
    }

    /// Whether this claimant can run its tickets.
    pub(super) fn is_for(&self, claimant: &Claimant) -> bool {
        claimant.can_run(self.pool, &self.language, |offer| self.versions.accept(offer))
    }
}

impl LaneVersions {
    fn parse(text: &str) -> Option<Self> {
        let Some(bucket) = text.strip_prefix(BUCKET_PREFIX) else {
            return Some(if text.is_empty() {
                Self::Bucket(VersionBucket::Any)
            } else {
                Self::Requirement(text.parse().ok()?)
            });
        };
        if bucket.is_empty() {
            return Some(Self::Bucket(VersionBucket::NoneOffered));
        }
        let (first, last) = bucket.split_once('-')?;
        Some(Self::Bucket(VersionBucket::Between {
            first: parse_sortable_version(first)?,
            last: parse_sortable_version(last)?,
        }))
    }

    fn accept(&self, offer: &ToolchainInfo) -> bool {
        match self {
            Self::Bucket(bucket) => bucket.accepts(offer),
            Self::Requirement(version_requirement) => version_requirement.is_met_by(&offer.version),
        }
    }
}
