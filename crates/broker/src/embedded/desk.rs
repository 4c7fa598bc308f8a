//! The one task that works on the index and writes the journal.
//!
//! Orders that wait are taken together: applied one by one, then journaled in one transaction, then answered. Claims that
//! find nothing stay until something comes for them.
//!
//! When the journal cannot be written, whoever changed something is told so, and the index keeps the change, to be
//! journaled with the next. An error thus means "perhaps": the same order given again is harmless.

use std::{mem, sync::Arc};

use model::Timestamp;
use tokio::sync::{mpsc, oneshot};

use super::{
    index::Index,
    journal::{Journal, JournalError},
};
use crate::{Abandonment, Attempt, BrokerError, Claim, Claimant, Clock};

/// Orders in one transaction, at most.
const MOST_TOGETHER: usize = 1024;

/// Something for the desk to do.
pub(super) enum Order {
    /// Work on the index; the answer is given when the journal has been written, or has failed to be.
    Work(Work),
    /// Look something up; nothing for the journal, so the answer does not wait for it.
    Look(Look),
    /// Lease something, now or later.
    Claim(Claiming),
    /// Finish.
    Close(oneshot::Sender<()>),
}

pub(super) type Work = Box<dyn FnOnce(&mut Index, Timestamp) -> Answer + Send>;
pub(super) type Look = Box<dyn FnOnce(&mut Index, Timestamp) + Send>;
pub(super) type Answer = Box<dyn FnOnce(Written) + Send>;
pub(super) type Written = Result<(), Arc<JournalError>>;

/// A claimant who waits.
pub(super) struct Claiming {
    pub(super) claimant: Claimant,
    pub(super) most: usize,
    pub(super) asker: oneshot::Sender<Result<Leased, BrokerError>>,
}

/// Leases on their way to the claimant. Dropped before they are accepted, they are given back.
pub(super) struct Leased {
    claims: Vec<Claim>,
    desk: mpsc::WeakUnboundedSender<Order>,
}

impl Leased {
    pub(super) fn accept(mut self) -> Vec<Claim> {
        mem::take(&mut self.claims)
    }
}

impl Drop for Leased {
    fn drop(&mut self) {
        let attempts: Vec<Attempt> = self.claims.drain(..).map(|claim| claim.attempt).collect();
        if attempts.is_empty() {
            return;
        }
        if let Some(desk) = self.desk.upgrade() {
            // If the desk has closed, the leases end with the process.
            let _ = desk.send(Order::Work(Box::new(move |index, now| {
                give_back(index, &attempts, now);
                Box::new(|_| ())
            })));
        }
    }
}

fn give_back(index: &mut Index, attempts: &[Attempt], now: Timestamp) {
    for attempt in attempts {
        index.abandon(attempt, &Abandonment::Drained, now);
    }
}

/// How a failure of the journal is told to callers.
pub(super) fn journal_error<E>(step: &'static str) -> impl FnOnce(E) -> BrokerError
where
    E: std::error::Error + Send + Sync + 'static,
{
    move |source| BrokerError::Storage { step, source: Box::new(source) }
}

/// The task's own things.
pub(super) struct Desk {
    index: Index,
    journal: Journal,
    clock: Clock,
    claiming: Vec<Claiming>,
    last_roll_call: Timestamp,
    /// Weak, so that the desk ends when the last handle of the broker goes.
    orders: mpsc::WeakUnboundedSender<Order>,
}

impl Desk {
    pub(super) fn new(
        index: Index,
        journal: Journal,
        clock: Clock,
        orders: mpsc::WeakUnboundedSender<Order>,
    ) -> Self {
        let last_roll_call = clock.now();
        Self { index, journal, clock, claiming: Vec::new(), last_roll_call, orders }
    }

    pub(super) async fn run(mut self, mut inbox: mpsc::UnboundedReceiver<Order>) {
        let mut orders = Vec::with_capacity(MOST_TOGETHER);
        let mut closing = Vec::new();
        while closing.is_empty() && inbox.recv_many(&mut orders, MOST_TOGETHER).await > 0 {
            self.work(&mut orders, &mut closing).await;
        }
        drop(inbox);
        // Their askers find the answer missing, which means closed.
        self.claiming.clear();
        self.journal.close().await;
        for done in closing {
            let _ = done.send(());
        }
    }

    async fn work(&mut self, orders: &mut Vec<Order>, closing: &mut Vec<oneshot::Sender<()>>) {
        let now = self.clock.now();
        self.call_roll(now);
        self.index.let_through(now);
        let mut answers = Vec::with_capacity(orders.len());
        for order in orders.drain(..) {
            match order {
                Order::Work(work) => answers.push(work(&mut self.index, now)),
                Order::Look(look) => look(&mut self.index, now),
                Order::Claim(claiming) => {
                    self.index.saw(&claiming.claimant, now);
                    self.claiming.push(claiming);
                }
                Order::Close(done) => closing.push(done),
            }
        }
        let leases = if closing.is_empty() { self.serve(now) } else { Vec::new() };

        let written = self.journal.write(&mut self.index).await.map_err(Arc::new);
        for answer in answers {
            answer(written.clone());
        }
        for (claiming, claims) in leases {
            self.hand_over(claiming, claims, &written, now);
        }
    }

    /// Leases what is ready to those who wait, longest waiting first.
    fn serve(&mut self, now: Timestamp) -> Vec<(Claiming, Vec<Claim>)> {
        let mut leases = Vec::new();
        if !self.index.has_ready() {
            return leases;
        }
        for claiming in mem::take(&mut self.claiming) {
            if claiming.asker.is_closed() {
                continue;
            }
            let claims = self.index.lease(&claiming.claimant, claiming.most, now);
            if claims.is_empty() {
                self.claiming.push(claiming);
            } else {
                leases.push((claiming, claims));
            }
        }
        leases
    }

    fn hand_over(&mut self, claiming: Claiming, claims: Vec<Claim>, written: &Written, now: Timestamp) {
        let answer = match written {
            Ok(()) => Ok(Leased { claims, desk: self.orders.clone() }),
            Err(why) => {
                let attempts: Vec<Attempt> = claims.into_iter().map(|claim| claim.attempt).collect();
                give_back(&mut self.index, &attempts, now);
                Err(journal_error("lease a ticket")(Arc::clone(why)))
            }
        };
        // A claimant who has gone away drops the leases, which gives them back.
        let _ = claiming.asker.send(answer);
    }

    /// A worker that waits in a claim is about, even if it waits longer than a lease lasts.
    fn call_roll(&mut self, now: Timestamp) {
        if now.since(self.last_roll_call).as_secs() < 1 {
            return;
        }
        self.last_roll_call = now;
        self.claiming.retain(|claiming| !claiming.asker.is_closed());
        for claiming in &self.claiming {
            self.index.saw(&claiming.claimant, now);
        }
    }
}
