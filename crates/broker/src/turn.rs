//! Whose turn it is: the order of claims, the same in every engine. Pure; it knows no list and no clock.
//!
//! Within a pool, tenants take turns. The first ticket of a tenant that waits has the turn that the pool is at, its next one
//! the turn after, and so on: ten thousand tickets of one tenant have ten thousand turns, and the single ticket of another
//! shares the first of them. The pool is at the highest turn that was claimed. (This is start-time fair queueing, with a
//! cost of one for each ticket: Goyal, Vin and Cheng, 1996.)
//!
//! A ticket gives way to more urgent ones for a number of turns, the *aging*, once for each priority above its own. So a
//! ticket of low priority goes behind what is urgent now and comes soon, but not behind what comes for ever. What a ticket
//! is claimed by is decided when it comes: its order never changes, so a position means what it says.

use std::{
    cmp::Reverse,
    collections::{HashMap, hash_map::Entry},
};

use model::{LanguageId, PoolKind, Priority, Tenant};

use crate::Ticket;

/// The usual aging, in turns.
pub const AGING: u32 = 50;

/// Where a ticket stands among all of its pool: the least is claimed first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Order {
    /// Its turn, and the turns for which it gives way.
    due: u64,
    /// Of those due together, the more urgent first.
    priority: Reverse<Priority>,
    /// Of equals, the one that came first.
    place: u64,
}

impl Order {
    pub(crate) fn new(turn: u64, priority: Priority, aging: u32, place: u64) -> Self {
        Self { due: turn.saturating_add(gives_way(priority, aging)), priority: Reverse(priority), place }
    }
}

/// For how many turns a ticket of this priority gives way to the most urgent.
pub(crate) fn gives_way(priority: Priority, aging: u32) -> u64 {
    u64::from(aging)
        * match priority {
            Priority::High => 0,
            Priority::Normal => 1,
            Priority::Low => 2,
        }
}

/// Who takes turns. A tenant does so for each priority and language apart: what waits for a worker that is not there, or
/// can wait, must not cost it the turns of what can be run now.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Taker {
    tenant: Tenant,
    pool: PoolKind,
    priority: Priority,
    language: LanguageId,
}

/// The turns given out so far, in memory.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    /// The turn that each pool is at.
    now: HashMap<PoolKind, u64>,
    /// The last turn that each taker was given, as long as it is to come.
    last: HashMap<Taker, u64>,
}

impl Turns {
    /// The turn of a ticket that comes now.
    pub(crate) fn give(&mut self, ticket: &Ticket) -> u64 {
        let now = self.at(ticket.pool);
        let last = self.last.get(&Taker::of(ticket));
        let turn = last.map_or(now, |last| now.max(last + 1));
        self.last.insert(Taker::of(ticket), turn);
        turn
    }

    /// Takes back the turn of a ticket that was cancelled, if it was its tenant's last.
    pub(crate) fn take_back(&mut self, ticket: &Ticket, turn: u64) {
        if let Entry::Occupied(mut last) = self.last.entry(Taker::of(ticket))
            && *last.get() == turn
        {
            match turn.checked_sub(1) {
                Some(before) => *last.get_mut() = before,
                None => drop(last.remove()),
            }
        }
    }

    /// Notes a ticket that has a turn already, found when the engine was opened.
    pub(crate) fn restore(&mut self, ticket: &Ticket, turn: u64) {
        let last = self.last.entry(Taker::of(ticket)).or_insert(turn);
        *last = turn.max(*last);
    }

    /// Notes that a ticket with this turn waits, after the engine was opened: what was claimed before is not known, but the
    /// pool is not past whoever waits.
    pub(crate) fn restore_now(&mut self, pool: PoolKind, turn: u64) {
        let now = self.now.entry(pool).or_insert(turn);
        *now = turn.min(*now);
    }

    /// Notes that a ticket was claimed.
    pub(crate) fn claimed(&mut self, pool: PoolKind, turn: u64) {
        let now = self.now.entry(pool).or_default();
        *now = turn.max(*now);
    }

    /// Forgets the takers whose turns have passed: they stand where a new one does.
    pub(crate) fn forget_passed(&mut self) {
        let now = &self.now;
        self.last.retain(|taker, last| *last >= now.get(&taker.pool).copied().unwrap_or(0));
    }

    fn at(&self, pool: PoolKind) -> u64 {
        self.now.get(&pool).copied().unwrap_or(0)
    }
}

impl Taker {
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

    fn given(turns: &mut Turns, tenant: &str, count: usize) -> Vec<u64> {
        (0..count).map(|_| turns.give(&ticket(tenant, Priority::Normal))).collect()
    }

    #[test]
    fn a_tenant_takes_one_turn_after_another_and_shares_each_with_others() {
        let mut turns = Turns::default();
        assert_eq!(given(&mut turns, "rush", 4), [0, 1, 2, 3]);
        assert_eq!(given(&mut turns, "single", 2), [0, 1]);
    }

    #[test]
    fn who_comes_later_begins_where_the_pool_is() {
        let mut turns = Turns::default();
        given(&mut turns, "rush", 10);
        turns.claimed(PoolKind::Container, 6);
        assert_eq!(given(&mut turns, "late", 2), [6, 7]);
        assert_eq!(given(&mut turns, "rush", 1), [10]);
        turns.claimed(PoolKind::Container, 2);
        assert_eq!(given(&mut turns, "later", 1), [6], "a ticket that came back does not turn the pool back");
    }

    #[test]
    fn who_sends_one_at_a_time_takes_turns_too() {
        let mut turns = Turns::default();
        given(&mut turns, "rush", 10);
        for turn in 0..5 {
            assert_eq!(given(&mut turns, "steady", 1), [turn]);
            turns.claimed(PoolKind::Container, turn);
            turns.forget_passed();
        }
    }

    #[test]
    fn the_turn_of_a_cancelled_last_ticket_is_given_again() {
        let mut turns = Turns::default();
        given(&mut turns, "rush", 3);
        for turn in [2, 1, 0] {
            turns.take_back(&ticket("rush", Priority::Normal), turn);
        }
        assert_eq!(given(&mut turns, "rush", 1), [0]);
        turns.take_back(&ticket("rush", Priority::Normal), 9);
        assert_eq!(given(&mut turns, "rush", 1), [1]);
    }

    #[test]
    fn the_urgent_go_first_for_as_many_turns_as_aging_says() {
        let order = |turn, priority| Order::new(turn, priority, 10, 0);
        assert!(order(0, Priority::High) < order(0, Priority::Normal));
        assert!(order(10, Priority::High) < order(0, Priority::Normal), "at the same time, the more urgent");
        assert!(order(11, Priority::High) > order(0, Priority::Normal));
        assert!(order(20, Priority::High) < order(0, Priority::Low));
        assert!(order(21, Priority::High) > order(0, Priority::Low));
        assert!(order(11, Priority::Normal) > order(0, Priority::Low));
    }
}
