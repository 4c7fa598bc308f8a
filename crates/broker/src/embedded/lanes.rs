//! The tickets that can be claimed now, in the order in which they are to be.
//!
//! A lane holds tickets of which any claimant can run all or none, so a claim looks at the head of each lane and never
//! searches past tickets that the claimant cannot run. Delayed, leased and dead tickets are not here.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use model::{JobId, LanguageId, PoolKind, Priority, ToolchainInfo, VersionNumbers};

use crate::{Claimant, Ticket, filing::Filing, turn::Order};

/// What the tickets of a lane have in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Lane {
    pub(super) pool: PoolKind,
    pub(super) priority: Priority,
    language: LanguageId,
    filing: Filing,
}

impl Lane {
    fn is_for(&self, claimant: &Claimant) -> bool {
        claimant.has(self.pool, &self.language, |offer| self.filing.is_met_by(offer))
    }
}

/// All lanes; none is empty.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    lanes: HashMap<Lane, BTreeMap<Order, JobId>>,
    /// The versions that any worker has offered since the start.
    offered: HashMap<LanguageId, BTreeSet<VersionNumbers>>,
}

impl Lanes {
    pub(super) fn insert(&mut self, order: Order, ticket: &Ticket) {
        self.lanes.entry(self.lane_of(ticket)).or_default().insert(order, ticket.job);
    }

    pub(super) fn remove(&mut self, order: Order, ticket: &Ticket) {
        let lane = self.lane_of(ticket);
        if let Some(tickets) = self.lanes.get_mut(&lane) {
            tickets.remove(&order);
            if tickets.is_empty() {
                self.lanes.remove(&lane);
            }
        }
    }

    /// Takes note of what a worker offers. Returns the tickets that are to be put in again, because a version of their language is
    /// new; they are in no lane until then.
    pub(super) fn learn(&mut self, offers: &[ToolchainInfo]) -> Vec<(Order, JobId)> {
        let mut changed = BTreeSet::new();
        for offer in offers {
            if let Some(version) = offer.version_numbers()
                && self.offered.entry(offer.language.clone()).or_default().insert(version)
            {
                changed.insert(&offer.language);
            }
        }
        let is_stale = |lane: &Lane| lane.filing != Filing::Any && changed.contains(&lane.language);
        let stale: Vec<(Lane, BTreeMap<Order, JobId>)> =
            self.lanes.extract_if(|lane, _| is_stale(lane)).collect();
        stale.into_iter().flat_map(|(_, tickets)| tickets).collect()
    }

    /// The lane that a ticket is in.
    fn lane_of(&self, ticket: &Ticket) -> Lane {
        let Ticket { pool, priority, language, .. } = ticket;
        let offered = self.offered.get(language).into_iter().flatten();
        let filing = Filing::of(ticket, offered);
        Lane { pool: *pool, priority: *priority, language: language.clone(), filing }
    }

    /// The ticket that this claimant is to get next.
    pub(super) fn next(&self, claimant: &Claimant) -> Option<JobId> {
        let heads = self.lanes.iter().filter(|(lane, _)| lane.is_for(claimant));
        heads.filter_map(|(_, tickets)| tickets.first_key_value()).min().map(|(_, job)| *job)
    }

    /// How many of the same pool are to be claimed before the ticket of this order.
    pub(super) fn ahead_of(&self, order: Order, ticket: &Ticket) -> u64 {
        let lanes = self.lanes.iter().filter(|(lane, _)| lane.pool == ticket.pool);
        lanes.map(|(_, tickets)| count_before(order, tickets) as u64).sum()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lanes.is_empty()
    }

    /// How many each lane holds.
    pub(super) fn lengths(&self) -> impl Iterator<Item = (&Lane, u64)> {
        self.lanes.iter().map(|(lane, tickets)| (lane, tickets.len() as u64))
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
    use model::{JobKind, Tenant, Timestamp, ToolchainInfo};

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

    fn offer(language: &str, version: &str) -> ToolchainInfo {
        let (language, version) = (LanguageId::new(language), version.to_owned());
        ToolchainInfo { language, version, description: String::new(), libraries: Vec::new() }
    }

    fn claimant(languages: &[&str]) -> Claimant {
        Claimant {
            worker: model::WorkerName::new("w"),
            pools: vec![(PoolKind::Container, 1)],
            offers: languages.iter().map(|language| offer(language, "1.0")).collect(),
            to_come: Vec::new(),
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

    /// A queue in which tickets for any version, for versions that there are and for one that there is not wait.
    fn filed() -> Lanes {
        let mut lanes = Lanes::default();
        lanes.learn(&["3.9.1", "3.11.2"].map(|version| offer("python", version)));
        for (place, version) in (1..).zip(["*", "3.9", ">=3.8.7, <3.10", ">=3.10", ">=3.12"]) {
            let version = Some(version.parse().expect("a requirement"));
            let ticket = Ticket { version, ..ticket(u128::from(place), Priority::Normal, "python") };
            lanes.insert(order(place, Priority::Normal), &ticket);
        }
        lanes
    }

    #[test]
    fn tickets_are_filed_by_the_versions_that_are_offered() {
        let lanes = filed();
        let mut filings: Vec<Filing> = lanes.lanes.keys().map(|lane| lane.filing).collect();
        filings.sort_by_key(|filing| format!("{filing:?}"));
        let (old, new) = (VersionNumbers::new(3, 9, 1), VersionNumbers::new(3, 11, 2));
        let between = |first, last| Filing::Between { first, last };
        let mut expected =
            [Filing::Any, between(old, new), between(old, old), between(new, new), Filing::Unoffered];
        expected.sort_by_key(|filing| format!("{filing:?}"));
        assert_eq!(filings, expected);
    }

    #[test]
    fn a_version_that_is_offered_for_the_first_time_has_tickets_filed_anew() {
        let mut lanes = filed();
        assert_eq!(lanes.learn(&[offer("python", "3.11.2"), offer("ruby", "3.1")]), []);
        let mut anew = lanes.learn(&[offer("python", "3.12.0")]);
        anew.sort_unstable();
        assert_eq!(
            anew,
            [2, 3, 4, 5]
                .map(|place| { (order(place, Priority::Normal), JobId::from_u128(u128::from(place))) })
        );
    }

    #[test]
    fn those_before_are_as_many_from_either_end() {
        let tickets: BTreeMap<Order, &str> =
            (0..10).map(|place| (order(place * 2, Priority::High), "a ticket")).collect();
        for place in 0..=20_u64 {
            let expected = usize::try_from(place.div_ceil(2)).expect("few").min(10);
            assert_eq!(count_before(order(place, Priority::High), &tickets), expected, "before {place}");
        }
    }
}
