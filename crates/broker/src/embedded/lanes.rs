//! The tickets that can be claimed now, in the order in which they are to be.
//!
//! A lane holds tickets of which any claimant can run all or none, so a claim looks at the head of each lane and never
//! searches past tickets that the claimant cannot run. Delayed, leased and dead tickets are not here.

use std::collections::{BTreeMap, HashMap};

use model::{JobId, LanguageId, PoolKind, Priority, VersionRequirement};

use crate::{Claimant, Ticket, turn::Order};

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

    fn is_for(&self, claimant: &Claimant) -> bool {
        claimant.can_run(self.pool, &self.language, self.version.as_ref())
    }
}

/// All lanes; none is empty.
#[derive(Debug, Default)]
pub(super) struct Lanes(HashMap<Lane, BTreeMap<Order, JobId>>);

impl Lanes {
    pub(super) fn insert(&mut self, order: Order, ticket: &Ticket) {
        self.0.entry(Lane::of(ticket)).or_default().insert(order, ticket.job);
    }

    pub(super) fn remove(&mut self, order: Order, ticket: &Ticket) {
        let lane = Lane::of(ticket);
        if let Some(tickets) = self.0.get_mut(&lane) {
            tickets.remove(&order);
            if tickets.is_empty() {
                self.0.remove(&lane);
            }
        }
    }

    /// The ticket that this claimant is to get next.
    pub(super) fn next(&self, claimant: &Claimant) -> Option<JobId> {
        let heads = self.0.iter().filter(|(lane, _)| lane.is_for(claimant));
        heads.filter_map(|(_, tickets)| tickets.first_key_value()).min().map(|(_, job)| *job)
    }

    /// How many of the same pool are to be claimed before the ticket of this order.
    pub(super) fn ahead_of(&self, order: Order, ticket: &Ticket) -> u64 {
        let lanes = self.0.iter().filter(|(lane, _)| lane.pool == ticket.pool);
        lanes.map(|(_, tickets)| count_before(order, tickets) as u64).sum()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many each lane holds.
    pub(super) fn lengths(&self) -> impl Iterator<Item = (&Lane, u64)> {
        self.0.iter().map(|(lane, tickets)| (lane, tickets.len() as u64))
    }
}

/// Counts from both ends at once, and is done when it is from the nearer: a ticket that just came, which is asked about
/// most, is near the end if its tenant has many, and near the front if it has few.
fn count_before<T>(order: Order, tickets: &BTreeMap<Order, T>) -> usize {
    let (mut before, mut from) = (tickets.range(..order), tickets.range(order..));
    let mut counted = 0;
    loop {
        match (before.next(), from.next()) {
            (None, _) => return counted,
            (Some(_), None) => return tickets.len() - counted,
            (Some(_), Some(_)) => counted += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use model::{JobKind, Offer, Tenant, Timestamp};

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

    fn order(place: u64, priority: Priority) -> Order {
        Order::new(0, priority, 1, place)
    }

    fn lanes() -> Lanes {
        let mut lanes = Lanes::default();
        for (place, priority, language) in [
            (1, Priority::Normal, "python"),
            (2, Priority::Low, "python"),
            (3, Priority::Normal, "ruby"),
            (4, Priority::High, "ruby"),
        ] {
            lanes.insert(order(place, priority), &ticket(u128::from(place), priority, language));
        }
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

    fn check_next(languages: &[&str], expected: Option<u128>) {
        assert_eq!(lanes().next(&claimant(languages)), expected.map(JobId::from_u128), "{languages:?}");
    }

    #[test]
    fn the_first_of_all_lanes_that_it_can_run_is_next() {
        check_next(&["python", "ruby"], Some(4));
        check_next(&["python"], Some(1));
        check_next(&["ruby"], Some(4));
        check_next(&["go"], None);
    }

    #[test]
    fn those_ahead_are_counted_over_all_lanes_of_the_pool() {
        let lanes = lanes();
        for (place, priority, ahead) in [
            (4, Priority::High, 0),
            (1, Priority::Normal, 1),
            (3, Priority::Normal, 2),
            (2, Priority::Low, 3),
        ] {
            let found = lanes.ahead_of(order(place, priority), &ticket(9, priority, "python"));
            assert_eq!(found, ahead, "ahead of {place}");
        }
    }

    #[test]
    fn those_before_are_as_many_from_either_end() {
        let tickets: BTreeMap<Order, ()> =
            (0..10).map(|place| (order(place * 2, Priority::High), ())).collect();
        for place in 0..=20_u64 {
            let expected = usize::try_from(place.div_ceil(2)).expect("few").min(10);
            assert_eq!(count_before(order(place, Priority::High), &tickets), expected, "before {place}");
        }
    }
}
