//! Live session of an attempt: forwards messages to the program, and ends a session without heartbeats.

use std::time::Duration;

use broker::Control;
use sandbox::{InputMessage, InputSender, SendOutcome, SessionActivity};
use tokio::{
    sync::{mpsc, watch},
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use crate::attempt_slots::{AttemptSlot, SlotUse};

/// The number of heartbeats that may be missed: one may be late, and one lost.
const MAX_MISSED_HEARTBEATS: u32 = 3;

/// Frees the slot of an attempt while its program waits, as the sender is told. It counts from its last activity on until the attempt
/// drops the sender.
pub(crate) fn free_slot_while_waiting(mut slot: AttemptSlot) -> watch::Sender<SessionActivity> {
    let (sender, mut activity) = watch::channel(SessionActivity::Running);
    tokio::spawn(async move {
        while activity.changed().await.is_ok() {
            slot.set_use(match *activity.borrow_and_update() {
                SessionActivity::Waiting => SlotUse::Waiting,
                SessionActivity::Running | SessionActivity::Resuming => SlotUse::Active,
            });
        }
    });
    sender
}

/// Forwards control messages to the running program until the channel closes. Cancels `stop` on a cancel message, and after three
/// missed heartbeats: the process that holds the client's connection has then ended, and no other one will end the session.
pub(crate) async fn listen(
    mut control: mpsc::Receiver<Control>,
    teller: InputSender,
    heartbeat: Duration,
    stop: CancellationToken,
) {
    loop {
        let Ok(heard) = timeout(heartbeat * MAX_MISSED_HEARTBEATS, control.recv()).await else {
            tracing::info!("a session was ended, for nobody holds it any more");
            stop.cancel();
            return;
        };
        let said = match heard {
            Some(Control::Cancel) => {
                stop.cancel();
                continue;
            }
            Some(Control::Stdin(bytes)) => InputMessage::Stdin(bytes),
            Some(Control::Eof) => InputMessage::Eof,
            Some(Control::Resize(size)) => InputMessage::Resize(size),
            Some(Control::Signal(signal)) => InputMessage::Signal(signal),
            Some(Control::KeepAlive) => continue,
            // The lease is gone, and with it the session.
            None => return,
        };
        if teller.try_send(said) == SendOutcome::Dropped {
            // It may have closed its input, which cannot be seen from outside if it keeps the descriptor.
            tracing::debug!("more was typed than may wait, and is dropped");
        }
    }
}

#[cfg(test)]
mod measured {
    use std::time::Instant;

    use sandbox::LiveIo;

    use super::*;

    const HEARTBEAT: Duration = Duration::from_millis(40);
    const TIMEOUT: Duration = Duration::from_secs(10);

    struct ListeningAttempt {
        sender: mpsc::Sender<Control>,
        stop: CancellationToken,
        _live: LiveIo,
    }

    fn control() -> ListeningAttempt {
        let (sender, control) = mpsc::channel(8);
        let (teller, live) = LiveIo::new(None, None);
        let stop = CancellationToken::new();
        tokio::spawn(listen(control, teller, HEARTBEAT, stop.clone()));
        ListeningAttempt { sender, stop, _live: live }
    }

    #[tokio::test]
    async fn a_session_that_is_held_goes_on_and_one_that_is_not_ends() {
        let held = control();
        for message in [Control::KeepAlive, Control::Stdin(b"x".to_vec()), Control::Eof, Control::KeepAlive] {
            tokio::time::sleep(HEARTBEAT * 2).await;
            held.sender.send(message).await.expect("listens");
        }
        assert!(!held.stop.is_cancelled());
        let began = Instant::now();
        timeout(TIMEOUT, held.stop.cancelled()).await.expect("ends");
        assert!(began.elapsed() >= HEARTBEAT * 2, "{:?}", began.elapsed());
    }

    #[tokio::test]
    async fn a_stop_request_takes_effect_at_once() {
        let held = control();
        let began = Instant::now();
        held.sender.send(Control::Cancel).await.expect("listens");
        timeout(TIMEOUT, held.stop.cancelled()).await.expect("stops");
        assert!(began.elapsed() < HEARTBEAT * 2, "{:?}", began.elapsed());
    }
}
