//! What holds for whatever is in a journal. Called by `fuzz/targets` and by the test below.

use std::{collections::HashSet, time::Duration};

use model::{JobId, PoolKind, Timestamp, ToolchainInfo, WorkerName};

use super::{EmbeddedSettings, index::Index, journal};
use crate::{Abandoned, Abandonment, Claim, Claimant, Clock, Settled, Ticket};

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

/// Far enough for every delay and every lease to be over.
const LATER: Timestamp = Timestamp::from_millis(1_800_000_000_000 + 3_600_000);

/// A journal: in each line a place, a space, and the ticket that is there.
///
/// # Panics
/// When something does not hold.
pub fn journal(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let rows = text.lines().filter_map(|line| {
        let (place, ticket) = line.split_once(' ')?;
        Some((place.parse().ok()?, ticket.to_owned()))
    });
    let mut places = HashSet::new();
    // The file has each place once.
    let rows: Vec<(i64, String)> = rows.filter(|(place, _)| places.insert(*place)).collect();
    let Ok(rows) = journal::read(&rows) else { return };
    let settings = EmbeddedSettings { clock: Clock::new(|| NOW), ..EmbeddedSettings::default() };
    let index = Index::restore(&settings, rows);
    let mut index = written_and_restored(&index, &settings);
    emptied(&mut index);
}

/// What is written of an index is the same index again.
fn written_and_restored(index: &Index, settings: &EmbeddedSettings) -> Index {
    let (entries, _) = index.changes();
    let rows: Vec<_> = entries.iter().map(|entry| (entry.place, journal::encode_one(entry))).collect();
    let rows: Vec<_> = rows
        .into_iter()
        .map(|(place, row)| (i64::try_from(place).expect("a place of the file's"), row.expect("has a form")))
        .collect();
    let again = Index::restore(settings, journal::read(&rows).expect("what was written can be read"));
    let (entries, again_entries) = (index.changes().0.len(), again.changes().0.len());
    assert_eq!(entries, again_entries);
    assert_eq!(index.stats(NOW), again.stats(NOW));
    again
}

/// Every ticket that waits is claimed in its turn, and is gone for good when it has been settled or has failed too often.
fn emptied(index: &mut Index) {
    index.expire(LATER);
    let _reported = index.take_deaths();
    let mut seen = HashSet::new();
    // What wants a version may want one that there is not.
    for ticket in index.all_tickets().into_iter().filter(|ticket| ticket.version.is_some()) {
        index.cancel(ticket.job);
    }
    let mut round = 0;
    while index.has_ready() {
        let claims = all_of(index);
        assert!(!claims.is_empty(), "a ticket waits that nobody can claim");
        for (n, claim) in claims.into_iter().enumerate() {
            seen.insert(claim.ticket.job);
            ended(index, &claim, n + round);
        }
        round += 1;
        index.expire(LATER.plus(Duration::from_mins(round as u64)));
        assert!(round < 100, "some ticket never ends");
    }
    let newcomer = JobId::from_u128(u128::MAX);
    if !seen.contains(&newcomer) && index.state(newcomer).is_none() {
        let ticket = Ticket { job: newcomer, ..usual() };
        assert_eq!(index.enqueue(ticket).ok(), Some(1), "who comes to an empty queue is first");
        index.cancel(newcomer);
    }
}

/// Leases all that is ready, to a worker that can run it.
fn all_of(index: &mut Index) -> Vec<Claim> {
    let offer = |ticket: Ticket| ToolchainInfo {
        language: ticket.language,
        version: "1.0".to_owned(),
        description: String::new(),
        libraries: Vec::new(),
    };
    let offers = index.all_tickets().into_iter().map(offer).collect();
    let pools = [PoolKind::Container, PoolKind::Microvm, PoolKind::Trusted].map(|pool| (pool, 1)).to_vec();
    let claimant = Claimant { worker: WorkerName::new("fuzz"), pools, offers, to_come: Vec::new() };
    index.lease(&claimant, 1000, LATER)
}

/// One in three is settled, the others fail.
fn ended(index: &mut Index, claim: &Claim, n: usize) {
    if n.is_multiple_of(3) {
        assert_eq!(index.settle(&claim.attempt), Settled::Settled);
        assert_eq!(index.state(claim.attempt.job), None);
    } else {
        let abandoned = index.abandon(&claim.attempt, &Abandonment::Fault("fuzz".to_owned()), LATER);
        assert_ne!(abandoned, Abandoned::Lost);
    }
}

fn usual() -> Ticket {
    Ticket {
        job: JobId::from_u128(0),
        kind: model::JobKind::Run,
        pool: PoolKind::Container,
        priority: model::Priority::Normal,
        tenant: model::Tenant::new("fuzz"),
        language: model::LanguageId::new("python"),
        version: None,
        enqueued_at: NOW,
        attempts_begun: 0,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn whatever_is_in_a_journal_the_queue_runs_empty() {
        fuzzkit::try_kept_and_close("journal", super::journal);
    }
}
