//! Every ticket and where it is. Plain data and a `now`: no journal, no task, no clock.
//!
//! A ticket is in exactly one state, and on exactly the list that belongs to the state. All changes of state go through
//! [`Index::place`] and [`Index::remove`], which keep the lists in step and note what the journal has to learn.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    time::Duration,
};

use model::{JobId, JobKind, PoolKind, QueueLengthsByKind, QueueStats, Timestamp, WorkerName};
use tokio::sync::mpsc;

use super::{
    EmbeddedSettings,
    lanes::Lanes,
    roster::Roster,
    row::{Row, RowState},
};
use crate::{
    Abandoned, Abandonment, Attempt, BrokerError, Cancel, Claim, Claimant, Control, Delivery, Renewal, Retry,
    RetryPolicy, Settled, Ticket, TicketState,
    tally::Tally,
    turn::{Order, Turns},
};

/// Control messages that may wait for a busy attempt.
const INBOX: usize = 64;

/// A ticket with its history. `ticket.attempts_begun` counts on here.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) ticket: Ticket,
    /// When it came, as a number. It keeps it for good, and its turn too, so one that is given back stands where it stood.
    pub(super) place: u64,
    /// When it is to be claimed: see [`crate::turn`].
    pub(super) turn: u64,
    /// Attempts that count towards the most that may fail.
    pub(super) failures: u32,
    pub(super) state: State,
}

#[derive(Debug)]
pub(super) enum State {
    Ready,
    Delayed { until: Timestamp },
    Leased(Lease),
    Dead { since: Timestamp },
}

#[derive(Debug)]
pub(super) struct Lease {
    worker: WorkerName,
    until: Timestamp,
    inbox: mpsc::Sender<Control>,
    /// A reserved slot in the inbox, so that the attempt can be told to stop however full the inbox is. Gone when it has
    /// been.
    stop: Option<mpsc::OwnedPermit<Control>>,
}

/// All tickets.
#[derive(Debug)]
pub(super) struct Index {
    lease_time: Duration,
    retry: RetryPolicy,
    most_waiting: Option<u64>,
    keep_dead: Duration,
    aging: u32,

    entries: HashMap<JobId, Entry>,
    ready: Lanes,
    delayed: BTreeSet<(Timestamp, JobId)>,
    leased: BTreeSet<(Timestamp, JobId)>,
    dead: BTreeSet<(Timestamp, JobId)>,
    waiting: HashMap<JobKind, u64>,
    /// What waits, ready or delayed, by pool and age.
    since: BTreeSet<(PoolKind, Timestamp, JobId)>,

    turns: Turns,
    roster: Roster,
    next_place: u64,
    unreported_deaths: Vec<JobId>,
    /// By place, what differs from the journal.
    changed: BTreeMap<u64, JobId>,
}

impl Index {
    fn empty(settings: &EmbeddedSettings) -> Self {
        Self {
            lease_time: settings.lease_time,
            retry: settings.retry,
            most_waiting: settings.most_waiting,
            keep_dead: settings.keep_dead,
            aging: settings.aging,
            entries: HashMap::new(),
            ready: Lanes::default(),
            delayed: BTreeSet::new(),
            leased: BTreeSet::new(),
            dead: BTreeSet::new(),
            waiting: HashMap::new(),
            since: BTreeSet::new(),
            turns: Turns::default(),
            roster: Roster::default(),
            next_place: 1,
            unreported_deaths: Vec::new(),
            changed: BTreeMap::new(),
        }
    }

    /// The index as the journal has it, after the death of whoever held leases.
    pub(super) fn restore(settings: &EmbeddedSettings, rows: Vec<Row>) -> Self {
        let now = settings.clock.now();
        let mut index = Self::empty(settings);
        for mut row in rows {
            if let RowState::Leased = row.state {
                row.failures += 1;
            }
            let (place, turn, failures, state) = (row.place, row.turn, row.failures, row.state);
            let ticket = row.into_ticket();
            index.next_place = index.next_place.max(place + 1);
            if index.entries.contains_key(&ticket.job) {
                // It is in the queue by now, where it came first. The other place is empty.
                index.changed.insert(place, ticket.job);
                continue;
            }
            let state = index.state_after_death(state, index.retry.after(ticket.job, failures), now);
            if let State::Dead { .. } = state {
                index.unreported_deaths.push(ticket.job);
            }
            index.turns.restore(&ticket, turn);
            if let State::Ready = state {
                index.turns.restore_now(ticket.pool, turn);
            }
            index.place(Entry { ticket, place, turn, failures, state });
        }
        index
    }

    fn state_after_death(&self, before: RowState, retry: Retry, now: Timestamp) -> State {
        match (before, retry) {
            (RowState::Leased, Retry::Never) => State::Dead { since: now },
            // What was leased, too, and at once: a restart is delay enough.
            (RowState::Leased, Retry::After(_)) | (RowState::Ready, _) => State::Ready,
            // Not longer than the longest delay, wherever the clock has been set meanwhile.
            (RowState::Delayed { until }, _) => {
                State::Delayed { until: until.min(now.plus(self.retry.longest_delay)) }
            }
            (RowState::Dead { since }, _) => State::Dead { since },
        }
    }

    /// What the journal has to learn: the entries to write, and the places that are empty now. Nothing counts as learnt
    /// until [`Index::journaled`].
    pub(super) fn changes(&self) -> (Vec<&Entry>, Vec<u64>) {
        let mut written = Vec::new();
        let mut emptied = Vec::new();
        for (&place, job) in &self.changed {
            match self.entries.get(job) {
                Some(entry) if entry.place == place => written.push(entry),
                _ => emptied.push(place),
            }
        }
        (written, emptied)
    }

    pub(super) fn journaled(&mut self) {
        self.changed.clear();
    }

    pub(super) fn enqueue(&mut self, ticket: Ticket) -> Result<u64, BrokerError> {
        if let Some(entry) = self.entries.get_mut(&ticket.job) {
            if ticket.attempts_begun > entry.ticket.attempts_begun && !matches!(entry.state, State::Leased(_))
            {
                // A power loss took the journal back to before an attempt that the record knows.
                entry.ticket.attempts_begun = ticket.attempts_begun;
                self.changed.insert(entry.place, ticket.job);
            }
            return Ok(self.position(ticket.job).unwrap_or(0));
        }
        let waiting = self.waiting.get(&ticket.kind).copied().unwrap_or(0);
        if let Some(most) = self.most_waiting.filter(|most| waiting >= *most) {
            return Err(BrokerError::Full { waiting, most });
        }
        let place = self.next_place;
        self.next_place += 1;
        let turn = self.turns.give(&ticket);
        let order = Order::new(turn, ticket.priority, self.aging, place);
        let position = self.ready.ahead_of(order, &ticket) + 1;
        self.place(Entry { ticket, place, turn, failures: 0, state: State::Ready });
        Ok(position)
    }

    #[cfg(any(test, feature = "fuzzing"))]
    pub(super) fn all_tickets(&self) -> Vec<Ticket> {
        self.entries.values().map(|entry| entry.ticket.clone()).collect()
    }

    pub(super) fn has_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// Notes that this worker is about.
    pub(super) fn saw(&mut self, claimant: &Claimant, now: Timestamp) {
        if !self.roster.claims(claimant, now) {
            return;
        }
        for (order, job) in self.ready.learn(&claimant.offers) {
            if let Some(entry) = self.entries.get(&job) {
                self.ready.insert(order, &entry.ticket);
            }
        }
    }

    /// Leases up to `most` tickets to the claimant; none if none is for it.
    pub(super) fn lease(&mut self, claimant: &Claimant, most: usize, now: Timestamp) -> Vec<Claim> {
        let mut claims = Vec::new();
        while claims.len() < most {
            let Some(entry) = self.ready.next(claimant).and_then(|job| self.remove(job)) else { break };
            claims.push(self.begin(entry, &claimant.worker, now));
        }
        claims
    }

    fn begin(&mut self, mut entry: Entry, worker: &WorkerName, now: Timestamp) -> Claim {
        let (inbox, control) = mpsc::channel(INBOX + 1);
        let stop = inbox.clone().try_reserve_owned().ok();
        self.turns.claimed(entry.ticket.pool, entry.turn);
        entry.ticket.attempts_begun += 1;
        let ticket = entry.ticket.clone();
        let attempt = Attempt { job: ticket.job, number: ticket.attempts_begun, worker: worker.clone() };
        entry.state =
            State::Leased(Lease { worker: worker.clone(), until: now.plus(self.lease_time), inbox, stop });
        self.place(entry);
        Claim { ticket, attempt, control }
    }

    pub(super) fn renew(&mut self, attempt: &Attempt, now: Timestamp) -> Renewal {
        self.roster.renews(&attempt.worker, now);
        let until = now.plus(self.lease_time);
        let Some(lease) = self.lease_of(attempt) else { return Renewal::Lost };
        let before = std::mem::replace(&mut lease.until, until);
        // Not for the journal: no lease outlives the process.
        self.leased.remove(&(before, attempt.job));
        self.leased.insert((until, attempt.job));
        Renewal::Renewed
    }

    pub(super) fn settle(&mut self, attempt: &Attempt) -> Settled {
        if self.lease_of(attempt).is_none() {
            return Settled::Lost;
        }
        self.remove(attempt.job);
        Settled::Settled
    }

    pub(super) fn abandon(&mut self, attempt: &Attempt, why: &Abandonment, now: Timestamp) -> Abandoned {
        if self.lease_of(attempt).is_none() {
            return Abandoned::Lost;
        }
        let mut entry = self.remove(attempt.job).expect("a leased ticket is in the index");
        match why {
            Abandonment::Fault(_) => self.fail(entry, now),
            Abandonment::Drained => {
                entry.state = State::Ready;
                self.place(entry);
                Abandoned::Requeued
            }
        }
    }

    /// Delays the ticket, or gives up on it, after an attempt that failed.
    fn fail(&mut self, mut entry: Entry, now: Timestamp) -> Abandoned {
        entry.failures += 1;
        let (state, abandoned) = match self.retry.after(entry.ticket.job, entry.failures) {
            Retry::After(delay) => (State::Delayed { until: now.plus(delay) }, Abandoned::Requeued),
            Retry::Never => {
                self.unreported_deaths.push(entry.ticket.job);
                (State::Dead { since: now }, Abandoned::Dead)
            }
        };
        entry.state = state;
        self.place(entry);
        abandoned
    }

    pub(super) fn cancel(&mut self, job: JobId) -> Cancel {
        match self.entries.get(&job).map(|entry| &entry.state) {
            Some(State::Ready | State::Delayed { .. }) => {
                if let Some(entry) = self.remove(job) {
                    self.turns.take_back(&entry.ticket, entry.turn);
                }
                Cancel::Dequeued
            }
            Some(State::Leased(_)) => {
                // Even if nobody listens: the lease then ends without renewal, and the record knows of the wish.
                self.tell_to_stop(job);
                Cancel::Signalled
            }
            Some(State::Dead { .. }) | None => Cancel::Unknown,
        }
    }

    /// Puts [`Control::Cancel`] in the inbox of the attempt that runs, once, however full the inbox is.
    pub(super) fn tell_to_stop(&mut self, job: JobId) -> Delivery {
        let Some(State::Leased(lease)) = self.entries.get_mut(&job).map(|entry| &mut entry.state) else {
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

    /// The inbox of the attempt that runs.
    pub(super) fn inbox(&self, job: JobId) -> Option<mpsc::Sender<Control>> {
        match &self.entries.get(&job)?.state {
            State::Leased(lease) => Some(lease.inbox.clone()),
            _ => None,
        }
    }

    pub(super) fn state(&self, job: JobId) -> Option<TicketState> {
        Some(match self.entries.get(&job)?.state {
            State::Ready | State::Delayed { .. } => TicketState::Waiting,
            State::Leased(_) => TicketState::Leased,
            State::Dead { .. } => TicketState::Dead,
        })
    }

    pub(super) fn position(&self, job: JobId) -> Option<u64> {
        let entry = self.entries.get(&job)?;
        match entry.state {
            State::Ready | State::Delayed { .. } => {
                Some(self.ready.ahead_of(self.order(entry), &entry.ticket) + 1)
            }
            State::Leased(_) | State::Dead { .. } => None,
        }
    }

    /// Makes ready what has been delayed long enough.
    pub(super) fn let_through(&mut self, now: Timestamp) {
        for job in due(&self.delayed, now) {
            if let Some(mut entry) = self.remove(job) {
                entry.state = State::Ready;
                self.place(entry);
            }
        }
    }

    /// Takes back the leases that have run out, and forgets the dead letters that have been kept long enough. Returns how many
    /// leases that were.
    pub(super) fn expire(&mut self, now: Timestamp) -> u64 {
        let run_out = due(&self.leased, now);
        let expired = run_out.len() as u64;
        for job in run_out {
            if let Some(entry) = self.remove(job) {
                self.fail(entry, now);
            }
        }
        for job in due(&self.dead, now.minus(self.keep_dead)) {
            self.remove(job);
        }
        self.roster.forget_unseen_for(self.lease_time, now);
        self.turns.forget_passed();
        self.let_through(now);
        expired
    }

    /// The jobs that died since this was last asked; after a start, all dead ones.
    pub(super) fn take_deaths(&mut self) -> Vec<JobId> {
        std::mem::take(&mut self.unreported_deaths)
    }

    pub(super) fn stats(&self, now: Timestamp) -> QueueStats {
        let mut tally = Tally::at(now);
        for (lane, length) in self.ready.lengths() {
            tally.waiting(lane.pool, lane.priority, length);
        }
        for ticket in self.tickets(&self.delayed) {
            tally.waiting(ticket.pool, ticket.priority, 1);
        }
        for pool in [PoolKind::Container, PoolKind::Microvm, PoolKind::Trusted] {
            let first = (pool, Timestamp::from_millis(i64::MIN), JobId::from_u128(0));
            if let Some((found, since, _)) = self.since.range(first..).next()
                && *found == pool
            {
                tally.waiting_since(pool, *since);
            }
        }
        for ticket in self.tickets(&self.leased) {
            tally.running(ticket.pool);
        }
        for (pool, slots) in self.workers(now).into_iter().flat_map(|worker| worker.pools) {
            tally.worker(pool, slots);
        }
        let waiting_of = |kind| self.waiting.get(&kind).copied().unwrap_or(0);
        QueueStats {
            pools: tally.into_pools(),
            dead_letters: self.dead.len() as u64,
            waiting: QueueLengthsByKind {
                runs: waiting_of(JobKind::Run),
                gradings: waiting_of(JobKind::Grade),
            },
        }
    }

    /// The workers that are about.
    pub(super) fn workers(&self, now: Timestamp) -> Vec<Claimant> {
        self.roster.seen_within(self.lease_time, now)
    }

    fn tickets(&self, list: &BTreeSet<(Timestamp, JobId)>) -> impl Iterator<Item = &Ticket> {
        list.iter().filter_map(|(_, job)| Some(&self.entries.get(job)?.ticket))
    }

    /// The lease that this attempt holds.
    fn lease_of(&mut self, attempt: &Attempt) -> Option<&mut Lease> {
        let entry = self.entries.get_mut(&attempt.job)?;
        match &mut entry.state {
            State::Leased(lease)
                if entry.ticket.attempts_begun == attempt.number && lease.worker == attempt.worker =>
            {
                Some(lease)
            }
            _ => None,
        }
    }

    fn order(&self, entry: &Entry) -> Order {
        Order::new(entry.turn, entry.ticket.priority, self.aging, entry.place)
    }

    /// Puts an entry, which is not in the index, on the list of its state.
    fn place(&mut self, entry: Entry) {
        let job = entry.ticket.job;
        match &entry.state {
            State::Ready => self.ready.insert(self.order(&entry), &entry.ticket),
            State::Delayed { until } => {
                self.delayed.insert((*until, job));
            }
            State::Leased(lease) => {
                self.leased.insert((lease.until, job));
            }
            State::Dead { since } => {
                self.dead.insert((*since, job));
            }
        }
        if entry.waits() {
            *self.waiting.entry(entry.ticket.kind).or_default() += 1;
            self.since.insert((entry.ticket.pool, entry.ticket.enqueued_at, job));
        }
        self.changed.insert(entry.place, job);
        self.entries.insert(job, entry);
    }

    /// Takes an entry out, off the list of its state.
    fn remove(&mut self, job: JobId) -> Option<Entry> {
        let entry = self.entries.remove(&job)?;
        match &entry.state {
            State::Ready => self.ready.remove(self.order(&entry), &entry.ticket),
            State::Delayed { until } => {
                self.delayed.remove(&(*until, job));
            }
            State::Leased(lease) => {
                self.leased.remove(&(lease.until, job));
            }
            State::Dead { since } => {
                self.dead.remove(&(*since, job));
            }
        }
        if entry.waits() {
            *self.waiting.entry(entry.ticket.kind).or_default() -= 1;
            self.since.remove(&(entry.ticket.pool, entry.ticket.enqueued_at, job));
        }
        self.changed.insert(entry.place, job);
        Some(entry)
    }
}

impl Entry {
    fn waits(&self) -> bool {
        matches!(self.state, State::Ready | State::Delayed { .. })
    }
}

fn due(list: &BTreeSet<(Timestamp, JobId)>, now: Timestamp) -> Vec<JobId> {
    list.iter().take_while(|(at, _)| *at <= now).map(|(_, job)| *job).collect()
}
