//! Fair queue: the order of claims between tenants, by start-time fair queueing with priorities and aging.
//! Pure; without lists and without a clock.
//!
//! Within a pool, tenants take turns. Each flow (a tenant with a priority and a language) gives its tickets
//! consecutive start tags, beginning at the pool's virtual time: ten thousand tickets of one tenant get ten
//! thousand tags, and a single ticket of another tenant shares the first of them. The virtual time of a pool is
//! the highest start tag that was claimed. (Start-time fair queueing with a cost of one per ticket: Goyal, Vin
//! and Cheng, 1996.)
//!
//! A ticket yields to more urgent ones for a number of turns, the *aging*, once for each priority above its
//! own. A low-priority ticket therefore waits behind urgent tickets that are enqueued now or soon, but not
//! forever. The order of a ticket is computed when it is enqueued and never changes, so its position is exact.

use std::{
    cmp::Reverse,
    collections::{HashMap, hash_map::Entry},
};

use model::{LanguageId, PoolKind, Priority, Tenant};

use crate::Ticket;

/// The default aging: number of turns that a ticket yields to each higher priority. A turn is one job of each
/// waiting tenant, so a ticket of normal priority is claimed after at most this many later high-priority jobs
/// of each tenant, and one of low priority after at most twice as many.
pub const AGING: u32 = 50;

/// Sort key of a ticket within its pool; the least key is claimed first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ClaimOrder {
    /// Start tag plus priority offset.
    effective_tag: u64,
    /// Among equal tags, the higher priority first.
    priority: Reverse<Priority>,
    /// Among equal priorities, the earlier arrival first.
    arrival: u64,
}

impl ClaimOrder {
    pub(crate) fn new(start_tag: u64, priority: Priority, aging: u32, arrival: u64) -> Self {
        Self {
            effective_tag: start_tag.saturating_add(priority_offset(priority, aging)),
            priority: Reverse(priority),
            arrival,
        }
    }
}

/// Number of turns that a ticket of this priority yields to the highest priority.
pub(crate) fn priority_offset(priority: Priority, aging: u32) -> u64 {
    u64::from(aging)
        * match priority {
            Priority::High => 0,
            Priority::Normal => 1,
            Priority::Low => 2,
        }
}

/// A flow of the fair queue: a tenant's tickets of one priority and language. Flows are this narrow because
/// tickets that wait for a missing worker, or can wait, must not cost the tenant the turns of tickets that can
/// run now.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Flow {
    tenant: Tenant,
    pool: PoolKind,
    priority: Priority,
    language: LanguageId,
}

/// State of the fair queue.
///
/// [`tag`](FairQueue::tag) assigns the start tag of a new ticket: the flow's last tag plus one, but at least
/// the virtual time of the pool, so an idle flow gains no credit and owes nothing.
/// [`advance`](FairQueue::advance) moves the virtual time forward when a ticket is claimed. A flow whose last
/// tag is behind the virtual time is equal to a new flow and can be dropped.
///
/// The engine on Redis keeps the same state in Redis and changes it in `enqueue.lua`, `claim.lua` and
/// `cancel.lua`.
#[derive(Debug, Default)]
pub(crate) struct FairQueue {
    /// Virtual time of each pool.
    virtual_times: HashMap<PoolKind, u64>,
    /// Last start tag of each flow, while it is not behind the virtual time.
    last_tags: HashMap<Flow, u64>,
}

impl FairQueue {
    /// Assigns the start tag of a new ticket.
    pub(crate) fn tag(&mut self, ticket: &Ticket) -> u64 {
        let now = self.virtual_time(ticket.pool);
        let last = self.last_tags.get(&Flow::of(ticket));
        let start_tag = last.map_or(now, |last| now.max(last + 1));
        self.last_tags.insert(Flow::of(ticket), start_tag);
        start_tag
    }

    /// Takes back the start tag of a cancelled ticket, if it was the last tag of its flow.
    pub(crate) fn untag(&mut self, ticket: &Ticket, start_tag: u64) {
        if let Entry::Occupied(mut last) = self.last_tags.entry(Flow::of(ticket))
            && *last.get() == start_tag
        {
            match start_tag.checked_sub(1) {
                Some(before) => *last.get_mut() = before,
                None => drop(last.remove()),
            }
        }
    }

    /// Restores the flow of a ticket that was read from the journal.
    pub(crate) fn restore_flow(&mut self, ticket: &Ticket, start_tag: u64) {
        let last = self.last_tags.entry(Flow::of(ticket)).or_insert(start_tag);
        *last = start_tag.max(*last);
    }

    /// Restores the virtual time from a waiting ticket that was read from the journal. Earlier claims are
    /// unknown, but the virtual time is not past any waiting ticket.
    pub(crate) fn restore_virtual_time(&mut self, pool: PoolKind, start_tag: u64) {
        let now = self.virtual_times.entry(pool).or_insert(start_tag);
        *now = start_tag.min(*now);
    }

    /// Advances the virtual time after a claim.
    pub(crate) fn advance(&mut self, pool: PoolKind, start_tag: u64) {
        let now = self.virtual_times.entry(pool).or_default();
        *now = start_tag.max(*now);
    }

    /// Drops flows whose last tag is behind the virtual time; a new flow would get the same tags.
    pub(crate) fn prune_idle_flows(&mut self) {
        let now = &self.virtual_times;
        self.last_tags.retain(|flow, last| *last >= now.get(&flow.pool).copied().unwrap_or(0));
    }

    fn virtual_time(&self, pool: PoolKind) -> u64 {
        self.virtual_times.get(&pool).copied().unwrap_or(0)
    }
}

impl Flow {
    fn of(ticket: &Ticket) -> Self {
        Self {
            tenant: ticket.tenant.clone(),
            pool: ticket.pool,
            priority: ticket.priority,
            language: ticket.language.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use model::{JobId, JobKind, Timestamp};

    use super::*;

    fn ticket(tenant: &str, priority: Priority) -> Ticket {
        Ticket {
            job: JobId::from_u128(1),
            kind: JobKind::Run,
            pool: PoolKind::Container,
            priority,
            tenant: Tenant::new(tenant),
            language: LanguageId::new("python"),
            version: None,
            enqueued_at: Timestamp::from_millis(0),
            attempts_begun: 0,
        }
    }

    fn enqueue_many(fair_queue: &mut FairQueue, tenant: &str, count: usize) -> Vec<u64> {
        (0..count).map(|_| fair_queue.tag(&ticket(tenant, Priority::Normal))).collect()
    }

    #[test]
    fn a_tenant_takes_one_turn_after_another_and_shares_each_with_others() {
        let mut fair_queue = FairQueue::default();
        assert_eq!(enqueue_many(&mut fair_queue, "rush", 4), [0, 1, 2, 3]);
        assert_eq!(enqueue_many(&mut fair_queue, "single", 2), [0, 1]);
    }

    #[test]
    fn a_new_flow_starts_at_the_virtual_time() {
        let mut fair_queue = FairQueue::default();
        enqueue_many(&mut fair_queue, "rush", 10);
        fair_queue.advance(PoolKind::Container, 6);
        assert_eq!(enqueue_many(&mut fair_queue, "late", 2), [6, 7]);
        assert_eq!(enqueue_many(&mut fair_queue, "rush", 1), [10]);
        fair_queue.advance(PoolKind::Container, 2);
        assert_eq!(
            enqueue_many(&mut fair_queue, "later", 1),
            [6],
            "an older ticket does not move the virtual time back"
        );
    }

    #[test]
    fn a_flow_with_one_ticket_at_a_time_takes_turns() {
        let mut fair_queue = FairQueue::default();
        enqueue_many(&mut fair_queue, "rush", 10);
        for start_tag in 0..5 {
            assert_eq!(enqueue_many(&mut fair_queue, "steady", 1), [start_tag]);
            fair_queue.advance(PoolKind::Container, start_tag);
            fair_queue.prune_idle_flows();
        }
    }

    #[test]
    fn the_tag_of_a_cancelled_last_ticket_is_reused() {
        let mut fair_queue = FairQueue::default();
        enqueue_many(&mut fair_queue, "rush", 3);
        for start_tag in [2, 1, 0] {
            fair_queue.untag(&ticket("rush", Priority::Normal), start_tag);
        }
        assert_eq!(enqueue_many(&mut fair_queue, "rush", 1), [0]);
        fair_queue.untag(&ticket("rush", Priority::Normal), 9);
        assert_eq!(enqueue_many(&mut fair_queue, "rush", 1), [1]);
    }

    #[test]
    fn high_priority_goes_first_for_the_number_of_turns_set_by_aging() {
        let order = |start_tag, priority| ClaimOrder::new(start_tag, priority, 10, 0);
        assert!(order(0, Priority::High) < order(0, Priority::Normal));
        assert!(order(10, Priority::High) < order(0, Priority::Normal), "at the same time, the more urgent");
        assert!(order(11, Priority::High) > order(0, Priority::Normal));
        assert!(order(20, Priority::High) < order(0, Priority::Low));
        assert!(order(21, Priority::High) > order(0, Priority::Low));
        assert!(order(11, Priority::Normal) > order(0, Priority::Low));
    }
}
