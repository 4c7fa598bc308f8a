//! Index of all tickets by state. Plain data with `now` as an argument: without journal, task and clock.
//!
//! A ticket is in exactly one state, and on exactly the list of that state. All changes of state go through
//! [`Index::insert`] and [`Index::remove`], which keep the lists consistent and mark changes for the journal.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    time::Duration,
};

use model::{JobId, JobKind, PoolKind, QueueLengthsByKind, QueueStats, Timestamp, WorkerName};
use tokio::sync::mpsc;

use super::{
    lanes::Lanes,
    row::{Row, RowState},
    ticket_entry::{EntryState, Lease, TicketEntry},
    worker_presence::WorkerPresence,
};
use crate::{
    AbandonOutcome, AbandonReason, Attempt, BrokerError, CancelOutcome, Claim, Claimant, Control, Delivery,
    EmbeddedSettings, RenewOutcome, RetryDecision, RetryPolicy, SettleOutcome, Ticket, TicketState,
    fair_queue::{ClaimOrder, FairQueue},
    pool_stats::PoolStatsBuilder,
};

/// Control messages that can wait for a busy attempt.
const INBOX_CAPACITY: usize = 64;

/// All tickets.
#[derive(Debug)]
pub(super) struct Index {
    lease_time: Duration,
    retry: RetryPolicy,
    max_waiting: Option<u64>,
    keep_dead: Duration,
    aging: u32,

    entries: HashMap<JobId, TicketEntry>,
    ready: Lanes,
    delayed: BTreeSet<(Timestamp, JobId)>,
    leased: BTreeSet<(Timestamp, JobId)>,
    dead: BTreeSet<(Timestamp, JobId)>,
    waiting: HashMap<JobKind, u64>,
    /// Waiting tickets, ready or delayed, by pool and age.
    since: BTreeSet<(PoolKind, Timestamp, JobId)>,

    fair_queue: FairQueue,
    presence: WorkerPresence,
    next_arrival: u64,
    unreported_deaths: Vec<JobId>,
    /// Changes since the last journal write, by arrival number.
    dirty: BTreeMap<u64, JobId>,
}

impl Index {
    fn empty(settings: &EmbeddedSettings) -> Self {
        Self {
            lease_time: settings.lease_time,
            retry: settings.retry,
            max_waiting: settings.max_waiting,
            keep_dead: settings.keep_dead,
            aging: settings.aging,
            entries: HashMap::new(),
            ready: Lanes::default(),
            delayed: BTreeSet::new(),
            leased: BTreeSet::new(),
            dead: BTreeSet::new(),
            waiting: HashMap::new(),
            since: BTreeSet::new(),
            fair_queue: FairQueue::default(),
            presence: WorkerPresence::default(),
            next_arrival: 1,
            unreported_deaths: Vec::new(),
            dirty: BTreeMap::new(),
        }
    }

    /// Restores the index from the journal after the death of the process that held the leases.
    pub(super) fn restore(settings: &EmbeddedSettings, rows: Vec<Row>) -> Self {
        let now = settings.clock.now();
        let mut index = Self::empty(settings);
        for mut row in rows {
            if let RowState::Leased = row.state {
                row.failures += 1;
            }
            let (arrival, start_tag, failures, state) = (row.arrival, row.start_tag, row.failures, row.state);
            let ticket = row.into_ticket();
            index.next_arrival = index.next_arrival.max(arrival + 1);
            if index.entries.contains_key(&ticket.job) {
                // The job is in the queue already, at its first arrival number. This row must be deleted.
                index.dirty.insert(arrival, ticket.job);
                continue;
            }
            let state = index.restored_state(state, index.retry.after(ticket.job, failures), now);
            if let EntryState::Dead { .. } = state {
                index.unreported_deaths.push(ticket.job);
            }
            index.fair_queue.restore_flow(&ticket, start_tag);
            if let EntryState::Ready = state {
                index.fair_queue.restore_virtual_time(ticket.pool, start_tag);
            }
            index.insert(TicketEntry { ticket, arrival, start_tag, failures, state });
        }
        index
    }

    fn restored_state(&self, before: RowState, retry: RetryDecision, now: Timestamp) -> EntryState {
        match (before, retry) {
            (RowState::Leased, RetryDecision::GiveUp) => EntryState::Dead { since: now },
            // Tickets that were leased wait again without a delay: the restart is delay enough.
            (RowState::Leased, RetryDecision::RetryAfter(_)) | (RowState::Ready, _) => EntryState::Ready,
            // Not longer than the maximum delay, even if the clock has been changed meanwhile.
            (RowState::Delayed { until }, _) => {
                EntryState::Delayed { until: until.min(now.plus(self.retry.max_delay)) }
            }
            (RowState::Dead { since }, _) => EntryState::Dead { since },
        }
    }

    /// Changes for the journal: entries to write, and arrival numbers to delete. They stay marked until
    /// [`Index::mark_journaled`].
    pub(super) fn changes(&self) -> (Vec<&TicketEntry>, Vec<u64>) {
        let mut written = Vec::new();
        let mut emptied = Vec::new();
        for (&arrival, job) in &self.dirty {
            match self.entries.get(job) {
                Some(entry) if entry.arrival == arrival => written.push(entry),
                _ => emptied.push(arrival),
            }
        }
        (written, emptied)
    }

    pub(super) fn mark_journaled(&mut self) {
        self.dirty.clear();
    }

    pub(super) fn enqueue(&mut self, ticket: Ticket) -> Result<u64, BrokerError> {
        if let Some(entry) = self.entries.get_mut(&ticket.job) {
            if ticket.attempts_begun > entry.ticket.attempts_begun
                && !matches!(entry.state, EntryState::Leased(_))
            {
                // After a power loss the journal can be older than an attempt that the record knows.
                entry.ticket.attempts_begun = ticket.attempts_begun;
                self.dirty.insert(entry.arrival, ticket.job);
            }
            return Ok(self.position(ticket.job).unwrap_or(0));
        }
        let waiting = self.waiting.get(&ticket.kind).copied().unwrap_or(0);
        if let Some(max) = self.max_waiting.filter(|max| waiting >= *max) {
            return Err(BrokerError::Full { waiting, max });
        }
        let arrival = self.next_arrival;
        self.next_arrival += 1;
        let start_tag = self.fair_queue.tag(&ticket);
        let order = ClaimOrder::new(start_tag, ticket.priority, self.aging, arrival);
        let position = self.ready.ahead_of(order, &ticket) + 1;
        self.insert(TicketEntry { ticket, arrival, start_tag, failures: 0, state: EntryState::Ready });
        Ok(position)
    }

    #[cfg(any(test, feature = "fuzzing"))]
    pub(super) fn all_tickets(&self) -> Vec<Ticket> {
        self.entries.values().map(|entry| entry.ticket.clone()).collect()
    }

    pub(super) fn has_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// Records that this worker is active.
    pub(super) fn heartbeat(&mut self, claimant: &Claimant, now: Timestamp) {
        if !self.presence.heartbeat(claimant, now) {
            return;
        }
        for (order, job) in self.ready.add_offers(&claimant.offers) {
            if let Some(entry) = self.entries.get(&job) {
                self.ready.insert(order, &entry.ticket);
            }
        }
    }

    /// Leases up to `max` tickets to the claimant; an empty result if it can run none.
    pub(super) fn lease(&mut self, claimant: &Claimant, max: usize, now: Timestamp) -> Vec<Claim> {
        let mut claims = Vec::new();
        while claims.len() < max {
            let Some(entry) = self.ready.next(claimant).and_then(|job| self.remove(job)) else { break };
            claims.push(self.start_attempt(entry, &claimant.worker, now));
        }
        claims
    }

    fn start_attempt(&mut self, mut entry: TicketEntry, worker: &WorkerName, now: Timestamp) -> Claim {
        let (inbox, control) = mpsc::channel(INBOX_CAPACITY + 1);
        let stop = inbox.clone().try_reserve_owned().ok();
        self.fair_queue.advance(entry.ticket.pool, entry.start_tag);
        entry.ticket.attempts_begun += 1;
        let ticket = entry.ticket.clone();
        let attempt = Attempt { job: ticket.job, number: ticket.attempts_begun, worker: worker.clone() };
        entry.state = EntryState::Leased(Lease {
            worker: worker.clone(),
            until: now.plus(self.lease_time),
            inbox,
            stop,
        });
        self.insert(entry);
        Claim { ticket, attempt, control }
    }

    pub(super) fn renew(&mut self, attempt: &Attempt, now: Timestamp) -> RenewOutcome {
        self.presence.renew(&attempt.worker, now);
        let until = now.plus(self.lease_time);
        let Some(lease) = self.lease_of(attempt) else { return RenewOutcome::Lost };
        let before = std::mem::replace(&mut lease.until, until);
        // Not journaled: no lease outlives the process.
        self.leased.remove(&(before, attempt.job));
        self.leased.insert((until, attempt.job));
        RenewOutcome::Renewed
    }

    pub(super) fn settle(&mut self, attempt: &Attempt) -> SettleOutcome {
        if self.lease_of(attempt).is_none() {
            return SettleOutcome::Lost;
        }
        self.remove(attempt.job);
        SettleOutcome::Settled
    }

    pub(super) fn abandon(
        &mut self,
        attempt: &Attempt,
        reason: &AbandonReason,
        now: Timestamp,
    ) -> AbandonOutcome {
        if self.lease_of(attempt).is_none() {
            return AbandonOutcome::Lost;
        }
        let mut entry = self.remove(attempt.job).expect("a leased ticket is in the index");
        match reason {
            AbandonReason::Fault(_) => self.fail(entry, now),
            AbandonReason::Drained => {
                entry.state = EntryState::Ready;
                self.insert(entry);
                AbandonOutcome::Requeued
            }
        }
    }

    /// Delays the ticket after a failed attempt, or makes it a dead letter.
    fn fail(&mut self, mut entry: TicketEntry, now: Timestamp) -> AbandonOutcome {
        entry.failures += 1;
        let (state, abandoned) = match self.retry.after(entry.ticket.job, entry.failures) {
            RetryDecision::RetryAfter(delay) => {
                (EntryState::Delayed { until: now.plus(delay) }, AbandonOutcome::Requeued)
            }
            RetryDecision::GiveUp => {
                self.unreported_deaths.push(entry.ticket.job);
                (EntryState::Dead { since: now }, AbandonOutcome::Dead)
            }
        };
        entry.state = state;
        self.insert(entry);
        abandoned
    }

    pub(super) fn cancel(&mut self, job: JobId) -> CancelOutcome {
        match self.entries.get(&job).map(|entry| &entry.state) {
            Some(EntryState::Ready | EntryState::Delayed { .. }) => {
                if let Some(entry) = self.remove(job) {
                    self.fair_queue.untag(&entry.ticket, entry.start_tag);
                }
                CancelOutcome::Dequeued
            }
            Some(EntryState::Leased(_)) => {
                // Even if the attempt no longer reads its inbox: its lease then expires, and the record
                // contains the cancellation.
                self.send_cancel(job);
                CancelOutcome::Signalled
            }
            Some(EntryState::Dead { .. }) | None => CancelOutcome::Unknown,
        }
    }

    /// Puts [`Control::Cancel`] in the inbox of the running attempt, once, even if the inbox is full.
    pub(super) fn send_cancel(&mut self, job: JobId) -> Delivery {
        let Some(EntryState::Leased(lease)) = self.entries.get_mut(&job).map(|entry| &mut entry.state) else {
            return Delivery::NotRunning;
        };
        if lease.inbox.is_closed() {
            return Delivery::NotRunning;
        }
        if let Some(stop) = lease.stop.take() {
            stop.send(Control::Cancel);
        }
        Delivery::Delivered
    }

    /// The inbox of the running attempt.
    pub(super) fn inbox(&self, job: JobId) -> Option<mpsc::Sender<Control>> {
        match &self.entries.get(&job)?.state {
            EntryState::Leased(lease) => Some(lease.inbox.clone()),
            _ => None,
        }
    }

    pub(super) fn state(&self, job: JobId) -> Option<TicketState> {
        Some(match self.entries.get(&job)?.state {
            EntryState::Ready | EntryState::Delayed { .. } => TicketState::Waiting,
            EntryState::Leased(_) => TicketState::Leased,
            EntryState::Dead { .. } => TicketState::Dead,
        })
    }

    pub(super) fn position(&self, job: JobId) -> Option<u64> {
        let entry = self.entries.get(&job)?;
        match entry.state {
            EntryState::Ready | EntryState::Delayed { .. } => {
                Some(self.ready.ahead_of(self.order(entry), &entry.ticket) + 1)
            }
            EntryState::Leased(_) | EntryState::Dead { .. } => None,
        }
    }

    /// Makes delayed tickets ready that are due.
    pub(super) fn release_delayed(&mut self, now: Timestamp) {
        for job in due_jobs(&self.delayed, now) {
            if let Some(mut entry) = self.remove(job) {
                entry.state = EntryState::Ready;
                self.insert(entry);
            }
        }
    }

    /// Returns tickets with expired leases to the queue and deletes dead letters after their retention. Returns the number of expired
    /// leases.
    pub(super) fn expire_leases(&mut self, now: Timestamp) -> u64 {
        let expired = due_jobs(&self.leased, now);
        let count = expired.len() as u64;
        for job in expired {
            if let Some(entry) = self.remove(job) {
                self.fail(entry, now);
            }
        }
        for job in due_jobs(&self.dead, now.minus(self.keep_dead)) {
            self.remove(job);
        }
        self.presence.evict_idle(self.lease_time, now);
        self.fair_queue.prune_idle_flows();
        self.release_delayed(now);
        count
    }

    /// The jobs that became dead letters since the last call; after a start, all dead letters.
    pub(super) fn take_deaths(&mut self) -> Vec<JobId> {
        std::mem::take(&mut self.unreported_deaths)
    }

    pub(super) fn stats(&self, now: Timestamp) -> QueueStats {
        let mut stats = PoolStatsBuilder::new(now);
        for (lane, length) in self.ready.lengths() {
            stats.add_waiting(lane.pool, lane.priority, length);
        }
        for ticket in self.tickets(&self.delayed) {
            stats.add_waiting(ticket.pool, ticket.priority, 1);
        }
        for pool in [PoolKind::Container, PoolKind::Microvm, PoolKind::Trusted] {
            let first = (pool, Timestamp::from_millis(i64::MIN), JobId::from_u128(0));
            if let Some((found, since, _)) = self.since.range(first..).next()
                && *found == pool
            {
                stats.add_waiting_since(pool, *since);
            }
        }
        for ticket in self.tickets(&self.leased) {
            stats.add_running(ticket.pool);
        }
        for (pool, slots) in self.workers(now).into_iter().flat_map(|worker| worker.pools) {
            stats.add_worker(pool, slots);
        }
        let waiting_of = |kind| self.waiting.get(&kind).copied().unwrap_or(0);
        QueueStats {
            pools: stats.build(),
            dead_letters: self.dead.len() as u64,
            waiting: QueueLengthsByKind {
                runs: waiting_of(JobKind::Run),
                gradings: waiting_of(JobKind::Grade),
            },
        }
    }

    /// The active workers.
    pub(super) fn workers(&self, now: Timestamp) -> Vec<Claimant> {
        self.presence.active_within(self.lease_time, now)
    }

    fn tickets(&self, list: &BTreeSet<(Timestamp, JobId)>) -> impl Iterator<Item = &Ticket> {
        list.iter().filter_map(|(_, job)| Some(&self.entries.get(job)?.ticket))
    }

    /// The lease that this attempt holds.
    fn lease_of(&mut self, attempt: &Attempt) -> Option<&mut Lease> {
        let entry = self.entries.get_mut(&attempt.job)?;
        match &mut entry.state {
            EntryState::Leased(lease)
                if entry.ticket.attempts_begun == attempt.number && lease.worker == attempt.worker =>
            {
                Some(lease)
            }
            _ => None,
        }
    }

    fn order(&self, entry: &TicketEntry) -> ClaimOrder {
        ClaimOrder::new(entry.start_tag, entry.ticket.priority, self.aging, entry.arrival)
    }

    /// Adds an entry to the index and to the list of its state.
    fn insert(&mut self, entry: TicketEntry) {
        let job = entry.ticket.job;
        match &entry.state {
            EntryState::Ready => self.ready.insert(self.order(&entry), &entry.ticket),
            EntryState::Delayed { until } => {
                self.delayed.insert((*until, job));
            }
            EntryState::Leased(lease) => {
                self.leased.insert((lease.until, job));
            }
            EntryState::Dead { since } => {
                self.dead.insert((*since, job));
            }
        }
        if entry.is_waiting() {
            *self.waiting.entry(entry.ticket.kind).or_default() += 1;
            self.since.insert((entry.ticket.pool, entry.ticket.enqueued_at, job));
        }
        self.dirty.insert(entry.arrival, job);
        self.entries.insert(job, entry);
    }

    /// Removes an entry from the index and from the list of its state.
    fn remove(&mut self, job: JobId) -> Option<TicketEntry> {
        let entry = self.entries.remove(&job)?;
        match &entry.state {
            EntryState::Ready => self.ready.remove(self.order(&entry), &entry.ticket),
            EntryState::Delayed { until } => {
                self.delayed.remove(&(*until, job));
            }
            EntryState::Leased(lease) => {
                self.leased.remove(&(lease.until, job));
            }
            EntryState::Dead { since } => {
                self.dead.remove(&(*since, job));
            }
        }
        if entry.is_waiting() {
            *self.waiting.entry(entry.ticket.kind).or_default() -= 1;
            self.since.remove(&(entry.ticket.pool, entry.ticket.enqueued_at, job));
        }
        self.dirty.insert(entry.arrival, job);
        Some(entry)
    }
}

fn due_jobs(list: &BTreeSet<(Timestamp, JobId)>, now: Timestamp) -> Vec<JobId> {
    list.iter().take_while(|(at, _)| *at <= now).map(|(_, job)| *job).collect()
}
