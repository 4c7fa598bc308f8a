//! The tickets that can be claimed now, in the order in which they are to be.
//!
//! A lane holds the tickets that only differ in age, so a claim looks at the head of each lane and never searches past
//! tickets that the claimant cannot run. Delayed, leased and dead tickets are not here.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
};

use model::{JobId, LanguageId, PoolKind, Priority, Timestamp, VersionRequirement};

use crate::{Claimant, Ticket};

/// What the tickets of a lane have in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Lane {
    pub(super) pool: PoolKind,
    pub(super) priority: Priority,
    language: LanguageId,
    version: Option<VersionRequirement>,
}

impl Lane {
    fn of(ticket: &Ticket) -> Self {
        let Ticket { pool, priority, language, version, .. } = ticket;
        Self { pool: *pool, priority: *priority, language: language.clone(), version: version.clone() }
    }
}

/// The ticket at the head of a lane. `place` is when it came, as a number that grows with each ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) place: u64,
    pub(super) job: JobId,
    pub(super) enqueued_at: Timestamp,
}

/// The order of claims, in one place: the more urgent first, among equals the one that came first.
fn next_of<'a>(heads: impl Iterator<Item = (&'a Lane, Head)>, claimant: &Claimant) -> Option<Head> {
    heads
        .filter(|(lane, _)| claimant.can_run(lane.pool, &lane.language, lane.version.as_ref()))
        .min_by_key(|(lane, head)| (Reverse(lane.priority), head.place))
        .map(|(_, head)| head)
}

/// All lanes; none is empty.
#[derive(Debug, Default)]
pub(super) struct Lanes(HashMap<Lane, BTreeMap<u64, (JobId, Timestamp)>>);

impl Lanes {
    pub(super) fn insert(&mut self, place: u64, ticket: &Ticket) {
        self.0.entry(Lane::of(ticket)).or_default().insert(place, (ticket.job, ticket.enqueued_at));
    }

    pub(super) fn remove(&mut self, place: u64, ticket: &Ticket) {
        let lane = Lane::of(ticket);
        if let Some(tickets) = self.0.get_mut(&lane) {
            tickets.remove(&place);
            if tickets.is_empty() {
                self.0.remove(&lane);
            }
        }
    }

    /// The ticket that this claimant is to get next.
    pub(super) fn next(&self, claimant: &Claimant) -> Option<JobId> {
        next_of(self.heads(), claimant).map(|head| head.job)
    }

    /// How many of the same pool are to be claimed before the ticket that came at `place`.
    pub(super) fn ahead_of(&self, place: u64, ticket: &Ticket) -> u64 {
        let lanes = self.0.iter().filter(|(lane, _)| lane.pool == ticket.pool);
        let ahead: usize = lanes
            .map(|(lane, tickets)| match lane.priority.cmp(&ticket.priority) {
                std::cmp::Ordering::Greater => tickets.len(),
                std::cmp::Ordering::Equal => older_than(place, tickets),
                std::cmp::Ordering::Less => 0,
            })
            .sum();
        ahead as u64
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The oldest of each lane.
    pub(super) fn heads(&self) -> impl Iterator<Item = (&Lane, Head)> {
        self.0.iter().filter_map(|(lane, tickets)| {
            let (&place, &(job, enqueued_at)) = tickets.first_key_value()?;
            Some((lane, Head { place, job, enqueued_at }))
        })
    }

    /// How many each lane holds.
    pub(super) fn lengths(&self) -> impl Iterator<Item = (&Lane, u64)> {
        self.0.iter().map(|(lane, tickets)| (lane, tickets.len() as u64))
    }
}

/// Counts from the nearer end: a ticket that just came is behind all others, and is asked about most.
fn older_than<T>(place: u64, tickets: &BTreeMap<u64, T>) -> usize {
    match tickets.last_key_value() {
        Some((&last, _)) if place >= last => tickets.len() - usize::from(place == last),
        _ => tickets.range(..place).count(),
    }
}

#[cfg(test)]
mod tests {
    use model::{JobKind, Offer, Tenant};

    use super::*;

    fn ticket(job: u128, priority: Priority, language: &str) -> Ticket {
        Ticket {
            job: JobId::from_u128(job),
            kind: JobKind::Run,
            pool: PoolKind::Container,
            priority,
            tenant: Tenant::new("class"),
            language: LanguageId::new(language),
            version: None,
            enqueued_at: Timestamp::from_millis(0),
            attempts_begun: 0,
        }
    }

    fn lanes() -> Lanes {
        let mut lanes = Lanes::default();
        lanes.insert(1, &ticket(1, Priority::Normal, "python"));
        lanes.insert(2, &ticket(2, Priority::Low, "python"));
        lanes.insert(3, &ticket(3, Priority::Normal, "ruby"));
        lanes.insert(4, &ticket(4, Priority::High, "ruby"));
        lanes
    }

    fn offer(language: &str, version: &str) -> Offer {
        let (language, version) = (LanguageId::new(language), version.to_owned());
        Offer { language, version, description: String::new() }
    }

    fn claimant(languages: &[&str]) -> Claimant {
        Claimant {
            worker: model::WorkerName::new("w"),
            pools: vec![(PoolKind::Container, 1)],
            offers: languages.iter().map(|language| offer(language, "1.0")).collect(),
        }
    }

    fn check_order(languages: &[&str], expected: &[u128]) {
        let (mut lanes, claimant) = (lanes(), claimant(languages));
        let mut order = Vec::new();
        while let Some(head) = next_of(lanes.heads(), &claimant) {
            order.push(head.job);
            let (lane, _) = lanes.heads().find(|(_, other)| *other == head).expect("a head");
            let lane = lane.clone();
            lanes.remove(head.place, &ticket(0, lane.priority, lane.language.as_str()));
        }
        assert_eq!(order, expected.iter().copied().map(JobId::from_u128).collect::<Vec<_>>());
    }

    #[test]
    fn the_urgent_go_first_and_the_older_among_equals() {
        check_order(&["python", "ruby"], &[4, 1, 3, 2]);
        check_order(&["python"], &[1, 2]);
        check_order(&["ruby"], &[4, 3]);
        check_order(&["go"], &[]);
    }

    #[test]
    fn those_ahead_are_the_more_urgent_and_the_older_equals() {
        let lanes = lanes();
        for (place, priority, ahead) in [
            (4, Priority::High, 0),
            (1, Priority::Normal, 1),
            (3, Priority::Normal, 2),
            (2, Priority::Low, 3),
        ] {
            assert_eq!(lanes.ahead_of(place, &ticket(9, priority, "python")), ahead, "ahead of {place}");
        }
    }
}
