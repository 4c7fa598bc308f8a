//! Fuzz target of the journal: invariants of the queue for any journal content. Called by `fuzz/targets` and by
//! the test below.

use std::{collections::HashSet, time::Duration};

use model::{JobId, PoolKind, Timestamp, ToolchainInfo, WorkerName};

use super::{index::Index, journal};
use crate::{AbandonOutcome, AbandonReason, Claim, Claimant, Clock, EmbeddedSettings, SettleOutcome, Ticket};

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

/// After the end of every delay and every lease.
const LATER: Timestamp = Timestamp::from_millis(1_800_000_000_000 + 3_600_000);

/// Reads a journal of lines, each with an arrival number, a space and a ticket, and drains the queue.
///
/// # Panics
/// If an invariant is violated.
pub fn journal(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let rows = text.lines().filter_map(|line| {
        let (arrival, ticket) = line.split_once(' ')?;
        Some((arrival.parse().ok()?, ticket.to_owned()))
    });
    let mut arrivals = HashSet::new();
    // The file has each arrival number once.
    let rows: Vec<(i64, String)> = rows.filter(|(arrival, _)| arrivals.insert(*arrival)).collect();
    let Ok(rows) = journal::decode_rows(&rows) else { return };
    let settings = EmbeddedSettings { clock: Clock::new(|| NOW), ..EmbeddedSettings::default() };
    let index = Index::restore(&settings, rows);
    let mut index = write_and_restore(&index, &settings);
    drain(&mut index);
}

/// Writing an index and reading it back gives an equal index.
fn write_and_restore(index: &Index, settings: &EmbeddedSettings) -> Index {
    let (entries, _) = index.changes();
    let rows: Vec<_> = entries.iter().map(|entry| (entry.arrival, journal::encode_entry(entry))).collect();
    let rows: Vec<_> = rows
        .into_iter()
        .map(|(arrival, row)| {
            (i64::try_from(arrival).expect("an arrival number that fits"), row.expect("has a form"))
        })
        .collect();
    let restored =
        Index::restore(settings, journal::decode_rows(&rows).expect("what was written can be read"));
    let (entries, again_entries) = (index.changes().0.len(), restored.changes().0.len());
    assert_eq!(entries, again_entries);
    assert_eq!(index.stats(NOW), restored.stats(NOW));
    restored
}

/// Claims every waiting ticket in order; each is deleted once it has been settled or has failed too often.
fn drain(index: &mut Index) {
    index.expire_leases(LATER);
    let _reported = index.take_deaths();
    let mut seen = HashSet::new();
    // A ticket with a version requirement may have no matching toolchain.
    for ticket in index.all_tickets().into_iter().filter(|ticket| ticket.version.is_some()) {
        index.cancel(ticket.job);
    }
    let mut round = 0;
    while index.has_ready() {
        let claims = lease_all(index);
        assert!(!claims.is_empty(), "a ticket waits that nobody can claim");
        for (n, claim) in claims.into_iter().enumerate() {
            seen.insert(claim.ticket.job);
            end_attempt(index, &claim, n + round);
        }
        round += 1;
        index.expire_leases(LATER.plus(Duration::from_mins(round as u64)));
        assert!(round < 100, "some ticket never ends");
    }
    let newcomer = JobId::from_u128(u128::MAX);
    if !seen.contains(&newcomer) && index.state(newcomer).is_none() {
        let ticket = Ticket { job: newcomer, ..sample_ticket() };
        assert_eq!(index.enqueue(ticket).ok(), Some(1), "who comes to an empty queue is first");
        index.cancel(newcomer);
    }
}

/// Leases all ready tickets to a worker that can run them.
fn lease_all(index: &mut Index) -> Vec<Claim> {
    let offer = |ticket: Ticket| ToolchainInfo {
        language: ticket.language,
        version: "1.0".to_owned(),
        description: String::new(),
        libraries: Vec::new(),
    };
    let offers = index.all_tickets().into_iter().map(offer).collect();
    let pools = [PoolKind::Container, PoolKind::Microvm, PoolKind::Trusted].map(|pool| (pool, 1)).to_vec();
    let claimant = Claimant { worker: WorkerName::new("fuzz"), pools, offers, preparing: Vec::new() };
    index.lease(&claimant, 1000, LATER)
}

/// Settles one in three attempts and fails the others.
fn end_attempt(index: &mut Index, claim: &Claim, n: usize) {
    if n.is_multiple_of(3) {
        assert_eq!(index.settle(&claim.attempt), SettleOutcome::Settled);
        assert_eq!(index.state(claim.attempt.job), None);
    } else {
        let abandoned = index.abandon(&claim.attempt, &AbandonReason::Fault("fuzz".to_owned()), LATER);
        assert_ne!(abandoned, AbandonOutcome::Lost);
    }
}

fn sample_ticket() -> Ticket {
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
    fn any_decodable_journal_drains_to_an_empty_queue() {
        fuzzkit::try_corpus_and_mutations("journal", super::journal);
    }
}
