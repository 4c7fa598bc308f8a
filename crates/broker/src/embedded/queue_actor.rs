//! Queue actor: the task that owns the index and the journal.
//!
//! Waiting commands are processed in batches: applied one by one, then journaled in one transaction, then
//! answered. Claims without a matching ticket stay pending until one is enqueued.
//!
//! If the journal cannot be written, callers of updates get the error, and the index keeps the change and
//! journals it with the next batch. An error therefore means "unknown": repeating the same command is safe.

use std::{mem, sync::Arc};

use model::Timestamp;
use tokio::sync::{mpsc, oneshot};

use super::{
    index::Index,
    journal::{Journal, JournalError},
};
use crate::{AbandonReason, Attempt, BrokerError, Claim, Claimant, Clock};

/// Maximum number of commands in one transaction.
const MAX_BATCH: usize = 1024;

/// Command to the queue actor.
pub(super) enum Command {
    /// Update of the index; the reply is sent after the journal write has succeeded or failed.
    Update(Update),
    /// Read of the index; the reply does not wait for the journal.
    Read(Read),
    /// Claim of tickets, now or later.
    Claim(PendingClaim),
    /// Shutdown.
    Close(oneshot::Sender<()>),
}

pub(super) type Update = Box<dyn FnOnce(&mut Index, Timestamp) -> ReplyFn + Send>;
pub(super) type Read = Box<dyn FnOnce(&mut Index, Timestamp) + Send>;
pub(super) type ReplyFn = Box<dyn FnOnce(JournalResult) + Send>;
pub(super) type JournalResult = Result<(), Arc<JournalError>>;

/// A waiting claim.
pub(super) struct PendingClaim {
    pub(super) claimant: Claimant,
    pub(super) max: usize,
    pub(super) reply: oneshot::Sender<Result<UndeliveredClaims, BrokerError>>,
}

/// Claims on their way to the claimant. If they are dropped before `accept`, they are abandoned.
pub(super) struct UndeliveredClaims {
    claims: Vec<Claim>,
    actor: mpsc::WeakUnboundedSender<Command>,
}

impl UndeliveredClaims {
    pub(super) fn accept(mut self) -> Vec<Claim> {
        mem::take(&mut self.claims)
    }
}

impl Drop for UndeliveredClaims {
    fn drop(&mut self) {
        let attempts: Vec<Attempt> = self.claims.drain(..).map(|claim| claim.attempt).collect();
        if attempts.is_empty() {
            return;
        }
        if let Some(actor) = self.actor.upgrade() {
            // If the actor has closed, the leases end with the process.
            let _ = actor.send(Command::Update(Box::new(move |index, now| {
                return_undelivered(index, &attempts, now);
                Box::new(|_| ())
            })));
        }
    }
}

fn return_undelivered(index: &mut Index, attempts: &[Attempt], now: Timestamp) {
    for attempt in attempts {
        index.abandon(attempt, &AbandonReason::Drained, now);
    }
}

/// Converts an error of the journal for callers.
pub(super) fn journal_error<E>(step: &'static str) -> impl FnOnce(E) -> BrokerError
where
    E: std::error::Error + Send + Sync + 'static,
{
    move |source| BrokerError::Storage { step, source: Box::new(source) }
}

/// State of the queue actor.
pub(super) struct QueueActor {
    index: Index,
    journal: Journal,
    clock: Clock,
    pending: Vec<PendingClaim>,
    last_heartbeat: Timestamp,
    /// Weak, so that the actor ends when the last handle of the broker is dropped.
    commands: mpsc::WeakUnboundedSender<Command>,
}

impl QueueActor {
    pub(super) fn new(
        index: Index,
        journal: Journal,
        clock: Clock,
        commands: mpsc::WeakUnboundedSender<Command>,
    ) -> Self {
        let last_heartbeat = clock.now();
        Self { index, journal, clock, pending: Vec::new(), last_heartbeat, commands }
    }

    pub(super) async fn run(mut self, mut inbox: mpsc::UnboundedReceiver<Command>) {
        let mut commands = Vec::with_capacity(MAX_BATCH);
        let mut closing = Vec::new();
        while closing.is_empty() && inbox.recv_many(&mut commands, MAX_BATCH).await > 0 {
            self.run_batch(&mut commands, &mut closing).await;
        }
        drop(inbox);
        // Dropping the reply channel means `Closed` to the callers.
        self.pending.clear();
        self.journal.close().await;
        for done in closing {
            let _ = done.send(());
        }
    }

    async fn run_batch(&mut self, commands: &mut Vec<Command>, closing: &mut Vec<oneshot::Sender<()>>) {
        let now = self.clock.now();
        self.heartbeat_waiting_workers(now);
        self.index.release_delayed(now);
        let mut answers = Vec::with_capacity(commands.len());
        for command in commands.drain(..) {
            match command {
                Command::Update(work) => answers.push(work(&mut self.index, now)),
                Command::Read(read) => read(&mut self.index, now),
                Command::Claim(pending) => {
                    self.index.heartbeat(&pending.claimant, now);
                    self.pending.push(pending);
                }
                Command::Close(done) => closing.push(done),
            }
        }
        let leases = if closing.is_empty() { self.assign(now) } else { Vec::new() };

        let journaled = self.journal.write(&mut self.index).await.map_err(Arc::new);
        for answer in answers {
            answer(journaled.clone());
        }
        for (pending, claims) in leases {
            self.deliver(pending, claims, &journaled, now);
        }
    }

    /// Leases ready tickets to pending claims, the longest waiting first.
    fn assign(&mut self, now: Timestamp) -> Vec<(PendingClaim, Vec<Claim>)> {
        let mut leases = Vec::new();
        if !self.index.has_ready() {
            return leases;
        }
        for pending in mem::take(&mut self.pending) {
            if pending.reply.is_closed() {
                continue;
            }
            let claims = self.index.lease(&pending.claimant, pending.max, now);
            if claims.is_empty() {
                self.pending.push(pending);
            } else {
                leases.push((pending, claims));
            }
        }
        leases
    }

    fn deliver(
        &mut self,
        pending: PendingClaim,
        claims: Vec<Claim>,
        journaled: &JournalResult,
        now: Timestamp,
    ) {
        let answer = match journaled {
            Ok(()) => Ok(UndeliveredClaims { claims, actor: self.commands.clone() }),
            Err(error) => {
                let attempts: Vec<Attempt> = claims.into_iter().map(|claim| claim.attempt).collect();
                return_undelivered(&mut self.index, &attempts, now);
                Err(journal_error("lease a ticket")(Arc::clone(error)))
            }
        };
        // A claimant that has gone away drops the claims, which abandons them.
        let _ = pending.reply.send(answer);
    }

    /// A worker with a pending claim is active, even if it waits longer than one lease time.
    fn heartbeat_waiting_workers(&mut self, now: Timestamp) {
        if now.since(self.last_heartbeat).as_secs() < 1 {
            return;
        }
        self.last_heartbeat = now;
        self.pending.retain(|pending| !pending.reply.is_closed());
        for pending in &self.pending {
            self.index.heartbeat(&pending.claimant, now);
        }
    }
}
