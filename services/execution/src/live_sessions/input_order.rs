//! Input order: the requests with input for one session take turns, in the order in which they arrived at this process.
//!
//! A request waits with its input until the program has started, so that a client that awaits each response before it sends the
//! next input keeps its order even if its requests go to several processes. Requests that are under way at the same time are in
//! the order of their arrival here; between processes they have none.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use broker::Control;
use model::JobId;
use tokio::sync::{Mutex as TurnLock, OwnedMutexGuard};

use crate::{ApiError, live_sessions::pending_input::PendingInput};

/// Requests with input, by session. Cloning is cheap and gives a handle to the same requests.
#[derive(Debug, Clone, Default)]
pub(crate) struct InputOrder(Arc<Mutex<HashMap<JobId, WaitingInput>>>);

/// The requests of one session.
#[derive(Debug, Default)]
struct WaitingInput {
    pending: PendingInput,
    /// The lock is fair.
    turn: Arc<TurnLock<()>>,
}

/// A request in the order, which leaves it when it is dropped.
#[derive(Debug)]
pub(crate) struct OrderedInput {
    order: InputOrder,
    job: JobId,
    message: Control,
    turn: Arc<TurnLock<()>>,
}

impl InputOrder {
    /// Adds a request with this message, if no more wait than may.
    pub(crate) fn enter(&self, job: JobId, message: Control) -> Result<OrderedInput, ApiError> {
        let mut sessions = self.lock();
        let waiting = sessions.entry(job).or_default();
        // A session without requests has room for one of any size, so no empty entry is left.
        waiting.pending.add(&message)?;
        Ok(OrderedInput { order: self.clone(), job, message, turn: waiting.turn.clone() })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<JobId, WaitingInput>> {
        // The counts are consistent after every statement, so a panic elsewhere leaves them usable.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OrderedInput {
    /// Waits for the turn of this request.
    pub(crate) async fn wait_for_turn(&self) -> OwnedMutexGuard<()> {
        self.turn.clone().lock_owned().await
    }

    pub(crate) const fn message(&self) -> &Control {
        &self.message
    }
}

impl Drop for OrderedInput {
    fn drop(&mut self) {
        let mut sessions = self.order.lock();
        if let Some(waiting) = sessions.get_mut(&self.job) {
            waiting.pending.remove(&self.message);
            if waiting.pending.is_empty() {
                sessions.remove(&self.job);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn requests_take_turns_and_leave_nothing_behind() {
        let order = InputOrder::default();
        let (job, other) = (JobId::from_u128(1), JobId::from_u128(2));
        let first = order.enter(job, Control::Stdin(b"a".to_vec())).expect("enters");
        let second = order.enter(job, Control::Eof).expect("enters");
        let elsewhere = order.enter(other, Control::Eof).expect("enters");
        let turn = first.wait_for_turn().await;
        {
            let mut waits = std::pin::pin!(second.wait_for_turn());
            assert!(futures_util::poll!(waits.as_mut()).is_pending());
            let _other_turn = elsewhere.wait_for_turn().await;
            drop((turn, first));
            let _turn = waits.await;
        }
        assert_eq!(order.lock().len(), 2);
        drop((second, elsewhere));
        assert!(order.lock().is_empty());
    }
}
