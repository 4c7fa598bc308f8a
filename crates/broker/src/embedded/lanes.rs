//! Lanes: the ready tickets in the order of claims, grouped so that a claimant can run all tickets of a lane or
//! none.
//!
//! A claim looks only at the heads of the lanes and never skips tickets that the claimant cannot run. Delayed,
//! leased and dead tickets are not in lanes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use model::{JobId, LanguageId, PoolKind, Priority, ToolchainInfo, VersionNumbers};

use crate::{Claimant, Ticket, fair_queue::ClaimOrder, version_bucket::VersionBucket};

/// Common properties of the tickets of a lane.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Lane {
    pub(super) pool: PoolKind,
    pub(super) priority: Priority,
    language: LanguageId,
    bucket: VersionBucket,
}

impl Lane {
    fn is_for(&self, claimant: &Claimant) -> bool {
        claimant.can_run(self.pool, &self.language, |offer| self.bucket.accepts(offer))
    }
}

/// All lanes; none is empty.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    lanes: HashMap<Lane, BTreeMap<ClaimOrder, JobId>>,
    /// All versions that workers have offered since the start.
    offered: HashMap<LanguageId, BTreeSet<VersionNumbers>>,
}

impl Lanes {
    pub(super) fn insert(&mut self, order: ClaimOrder, ticket: &Ticket) {
        self.lanes.entry(self.lane_of(ticket)).or_default().insert(order, ticket.job);
    }

    pub(super) fn remove(&mut self, order: ClaimOrder, ticket: &Ticket) {
        let lane = self.lane_of(ticket);
        if let Some(tickets) = self.lanes.get_mut(&lane) {
            tickets.remove(&order);
            if tickets.is_empty() {
                self.lanes.remove(&lane);
            }
        }
    }

    /// Adds the offers of a worker. Returns the tickets that must be inserted again because a version of their
    /// language is new; until then they are in no lane.
    pub(super) fn add_offers(&mut self, offers: &[ToolchainInfo]) -> Vec<(ClaimOrder, JobId)> {
        let mut changed = BTreeSet::new();
        for offer in offers {
            if let Some(version) = offer.version_numbers()
                && self.offered.entry(offer.language.clone()).or_default().insert(version)
            {
                changed.insert(&offer.language);
            }
        }
        let is_stale = |lane: &Lane| lane.bucket != VersionBucket::Any && changed.contains(&lane.language);
        let stale: Vec<(Lane, BTreeMap<ClaimOrder, JobId>)> =
            self.lanes.extract_if(|lane, _| is_stale(lane)).collect();
        stale.into_iter().flat_map(|(_, tickets)| tickets).collect()
    }

    /// The lane of a ticket.
    fn lane_of(&self, ticket: &Ticket) -> Lane {
        let Ticket { pool, priority, language, .. } = ticket;
        let offered = self.offered.get(language).into_iter().flatten();
        let bucket = VersionBucket::of(ticket, offered);
        Lane { pool: *pool, priority: *priority, language: language.clone(), bucket }
    }

    /// The next ticket for this claimant.
    pub(super) fn next(&self, claimant: &Claimant) -> Option<JobId> {
        let heads = self.lanes.iter().filter(|(lane, _)| lane.is_for(claimant));
        heads.filter_map(|(_, tickets)| tickets.first_key_value()).min().map(|(_, job)| *job)
    }

    /// Number of tickets of the same pool before this one.
    pub(super) fn ahead_of(&self, order: ClaimOrder, ticket: &Ticket) -> u64 {
        let lanes = self.lanes.iter().filter(|(lane, _)| lane.pool == ticket.pool);
        lanes.map(|(_, tickets)| count_before(order, tickets) as u64).sum()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lanes.is_empty()
    }

    /// Number of tickets in each lane.
    pub(super) fn lengths(&self) -> impl Iterator<Item = (&Lane, u64)> {
        self.lanes.iter().map(|(lane, tickets)| (lane, tickets.len() as u64))
    }
}

/// Counts from both ends at once and stops at the nearer end. Most queries are for a new ticket, which is near
/// the end if its tenant has many tickets, and near the front if it has few.
fn count_before<T>(order: ClaimOrder, tickets: &BTreeMap<ClaimOrder, T>) -> usize {
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

    fn order(arrival: u64, priority: Priority) -> ClaimOrder {
        ClaimOrder::new(0, priority, 1, arrival)
    }

    fn lanes() -> Lanes {
        let mut lanes = Lanes::default();
        for (arrival, priority, language) in [
            (1, Priority::Normal, "python"),
            (2, Priority::Low, "python"),
            (3, Priority::Normal, "ruby"),
            (4, Priority::High, "ruby"),
        ] {
            lanes.insert(order(arrival, priority), &ticket(u128::from(arrival), priority, language));
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
            preparing: Vec::new(),
        }
    }

    fn check_next(languages: &[&str], expected: Option<u128>) {
        assert_eq!(lanes().next(&claimant(languages)), expected.map(JobId::from_u128), "{languages:?}");
    }

    #[test]
    fn the_first_runnable_ticket_of_all_lanes_is_next() {
        check_next(&["python", "ruby"], Some(4));
        check_next(&["python"], Some(1));
        check_next(&["ruby"], Some(4));
        check_next(&["go"], None);
    }

    #[test]
    fn tickets_ahead_are_counted_over_all_lanes_of_the_pool() {
        let lanes = lanes();
        for (arrival, priority, ahead) in [
            (4, Priority::High, 0),
            (1, Priority::Normal, 1),
            (3, Priority::Normal, 2),
            (2, Priority::Low, 3),
        ] {
            let found = lanes.ahead_of(order(arrival, priority), &ticket(9, priority, "python"));
            assert_eq!(found, ahead, "ahead of {arrival}");
        }
    }

    /// Lanes with tickets for every version, for offered versions and for a version that is not offered.
    fn lanes_with_tickets() -> Lanes {
        let mut lanes = Lanes::default();
        lanes.add_offers(&["3.9.1", "3.11.2"].map(|version| offer("python", version)));
        for (arrival, version) in (1..).zip(["*", "3.9", ">=3.8.7, <3.10", ">=3.10", ">=3.12"]) {
            let version = Some(version.parse().expect("a requirement"));
            let ticket = Ticket { version, ..ticket(u128::from(arrival), Priority::Normal, "python") };
            lanes.insert(order(arrival, Priority::Normal), &ticket);
        }
        lanes
    }

    #[test]
    fn tickets_are_grouped_by_the_offered_versions() {
        let lanes = lanes_with_tickets();
        let mut buckets: Vec<VersionBucket> = lanes.lanes.keys().map(|lane| lane.bucket).collect();
        buckets.sort_by_key(|bucket| format!("{bucket:?}"));
        let (old, new) = (VersionNumbers::new(3, 9, 1), VersionNumbers::new(3, 11, 2));
        let between = |first, last| VersionBucket::Between { first, last };
        let mut expected = [
            VersionBucket::Any,
            between(old, new),
            between(old, old),
            between(new, new),
            VersionBucket::NoneOffered,
        ];
        expected.sort_by_key(|bucket| format!("{bucket:?}"));
        assert_eq!(buckets, expected);
    }

    #[test]
    fn a_newly_offered_version_regroups_tickets() {
        let mut lanes = lanes_with_tickets();
        assert_eq!(lanes.add_offers(&[offer("python", "3.11.2"), offer("ruby", "3.1")]), []);
        let mut anew = lanes.add_offers(&[offer("python", "3.12.0")]);
        anew.sort_unstable();
        assert_eq!(
            anew,
            [2, 3, 4, 5]
                .map(|arrival| { (order(arrival, Priority::Normal), JobId::from_u128(u128::from(arrival))) })
        );
    }

    #[test]
    fn counting_from_either_end_gives_the_same_number() {
        let tickets: BTreeMap<ClaimOrder, &str> =
            (0..10).map(|arrival| (order(arrival * 2, Priority::High), "a ticket")).collect();
        for arrival in 0..=20_u64 {
            let expected = usize::try_from(arrival.div_ceil(2)).expect("few").min(10);
            assert_eq!(count_before(order(arrival, Priority::High), &tickets), expected, "before {arrival}");
        }
    }
}
