//! A ticket as Redis has it.

use model::{
    JobId, JobKind, LanguageId, PoolKind, Priority, Tenant, Timestamp, ToolchainInfo, VersionNumbers,
    VersionRequirement,
};
use serde::{Deserialize, Serialize};

use super::link::Call;
use crate::{
    Claimant, Ticket,
    filing::{Filing, wanted},
    turn::gives_way,
};

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
        .arg(wants(ticket))
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

/// The name of the lane of a ticket, which a script completes with its filing: `common.lua` says how. The pool comes first:
/// `position` there counts by it.
fn lane(ticket: &Ticket) -> String {
    let (pool, priority) = (ticket.pool.as_str(), ticket.priority.as_str());
    let filing = if wanted(ticket).is_some() { FILED } else { "" };
    format!("{pool}|{priority}|{}|{filing}", ticket.language)
}

/// What the filing of a ticket begins with that does not take any version.
const FILED: &str = "@";
/// How many digits each number of a version has in a text: as many as the largest.
const DIGITS: usize = 20;

/// The versions that a ticket wants: the first of them, and the first past them. Empty if any will do.
fn wants(ticket: &Ticket) -> String {
    let Some(range) = wanted(ticket).map(VersionRequirement::range) else { return String::new() };
    // No version is as high as this.
    let past = range.end.map_or_else(|| "9".repeat(3 * DIGITS), digits);
    digits(range.first) + &past
}

/// A version as text that sorts as versions do, whatever the server's language is.
pub(super) fn digits(version: VersionNumbers) -> String {
    let VersionNumbers { major, minor, patch } = version;
    format!("{major:0DIGITS$}{minor:0DIGITS$}{patch:0DIGITS$}")
}

fn read_digits(text: &str) -> Option<VersionNumbers> {
    let number = |place: usize| text.get(place * DIGITS..(place + 1) * DIGITS)?.parse().ok();
    Some(VersionNumbers::new(number(0)?, number(1)?, number(2)?))
}

/// A lane, read from its name.
pub(super) struct Lane {
    pub(super) name: String,
    pool: PoolKind,
    language: LanguageId,
    versions: Versions,
}

/// What the tickets of a lane take.
enum Versions {
    Filed(Filing),
    /// Tickets that an earlier release put in, by the requirement as it was written.
    Written(VersionRequirement),
}

impl Lane {
    /// None for a name that only a later version understands: its tickets wait for a worker of that version.
    pub(super) fn read(name: String) -> Option<Self> {
        let mut parts = name.splitn(4, '|');
        let (pool, _priority, language, versions) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let versions = Versions::read(versions)?;
        let (pool, language) = (self::pool(pool)?, LanguageId::new(language));
        Some(Self { name, pool, language, versions })
    }

    /// Whether this claimant can run what is in it.
    pub(super) fn is_for(&self, claimant: &Claimant) -> bool {
        claimant.has(self.pool, &self.language, |offer| self.versions.are_met_by(offer))
    }
}

impl Versions {
    fn read(text: &str) -> Option<Self> {
        let Some(filing) = text.strip_prefix(FILED) else {
            return Some(if text.is_empty() {
                Self::Filed(Filing::Any)
            } else {
                Self::Written(text.parse().ok()?)
            });
        };
        if filing.is_empty() {
            return Some(Self::Filed(Filing::Unoffered));
        }
        let (first, last) = filing.split_once('-')?;
        Some(Self::Filed(Filing::Between { first: read_digits(first)?, last: read_digits(last)? }))
    }

    fn are_met_by(&self, offer: &ToolchainInfo) -> bool {
        match self {
            Self::Filed(filing) => filing.is_met_by(offer),
            Self::Written(wanted) => wanted.is_met_by(&offer.version),
        }
    }
}
