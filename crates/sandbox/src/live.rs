//! Live input and output: a channel of messages to a running program, and where its output goes.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use model::{Ending, SessionSignal, TerminalSize};
use tokio::sync::{Semaphore, mpsc, oneshot, watch};

use crate::deadlock::{Probe, Request};

/// Maximum of unread input in bytes: as much as the input of a plain run.
pub const MAX_UNREAD: usize = 1 << 20;

/// Maximum between two programs, beyond the capacity of their pipes: once more the capacity of a pipe. With more, a program
/// could write long after the other one has stopped reading.
const MAX_BETWEEN_PROGRAMS: usize = 64 * 1024 + MESSAGE_OVERHEAD;

/// Overhead of a message in [`MAX_UNREAD`], so that many small messages are limited, too.
const MESSAGE_OVERHEAD: usize = 64;

/// Capacity that text leaves free for signals and sizes.
const CONTROL_RESERVE: u32 = 4096;

/// A message to a running program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InputMessage {
    /// Standard input; with a terminal, typed characters.
    Stdin(Vec<u8>),
    /// End of standard input. With a terminal, the end-of-input character, which a program in raw mode receives as a character.
    Eof,
    /// A new size of the terminal; ignored without one.
    Resize(TerminalSize),
    /// A signal to the foreground process group of the terminal; without a terminal, to the process group of the program.
    Signal(SessionSignal),
}

/// Capacity that a message takes.
fn message_cost(said: &InputMessage) -> u32 {
    let text = if let InputMessage::Stdin(bytes) = said { bytes.len() } else { 0 };
    u32::try_from(text + MESSAGE_OVERHEAD).unwrap_or(u32::MAX)
}

/// Effect of writing to another program that has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnReaderGone {
    /// The output is discarded, and the program does not notice.
    Discard,
    /// The pipe is broken, as between two processes.
    BrokenPipe,
}

/// End of a program. Its output may end later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunEnd {
    /// The ending.
    pub ending: Ending,
    /// Time on a clock that all sandboxes share.
    pub at: Duration,
    /// Whether its pipe was broken: it wrote to another program that had ended, with [`OnReaderGone::BrokenPipe`].
    pub pipe_broken: bool,
}

/// Result of sending a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SendOutcome {
    /// The program receives it, if it runs long enough.
    Queued,
    /// Too much input is unread. This text and all later text is dropped, so the program reads a prefix of the typed text.
    Dropped,
}

/// Sender of messages to a run. When the last clone is dropped, the program's input ends.
#[derive(Debug, Clone)]
pub struct InputSender {
    messages: mpsc::UnboundedSender<InputMessage>,
    capacity: Arc<Semaphore>,
    /// Whether text was dropped.
    is_full: Arc<AtomicBool>,
}

/// Receiver of messages for one run, with the options of a live run.
#[derive(Debug)]
pub struct LiveIo {
    /// Size of the program's terminal; pipes if absent.
    pub terminal: Option<TerminalSize>,
    /// Timeout without input and output, after which the run ends; none if absent.
    pub idle_timeout: Option<Duration>,
    /// Receiver of the program's standard output, at the rate at which it reads.
    pub(crate) forward_to: Option<(InputSender, OnReaderGone)>,
    /// Receiver of the end of the program, as soon as it has ended. Its output may end later.
    pub(crate) end_sender: Option<oneshot::Sender<RunEnd>>,
    /// Requests of the probe that watches the run.
    pub(crate) requests: Option<mpsc::UnboundedReceiver<Request>>,
    /// Told what the program of a session does.
    pub(crate) activity: Option<watch::Sender<SessionActivity>>,
    /// Effect of input after the program has closed its standard input.
    pub(crate) closed_input: ClosedInput,
    messages: mpsc::UnboundedReceiver<InputMessage>,
    room: Arc<Semaphore>,
}

/// What the program of a session does, as far as its place in the pool is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionActivity {
    /// It has a place among the running programs.
    Running,
    /// It has none and needs none: it has not begun, or waits for input.
    Waiting,
    /// There is input for it, and it queues for its place.
    Resuming,
}

/// Effect of input to a program that has closed its standard input and still runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ClosedInput {
    /// It is dropped: a person may still be typing.
    Dropped,
    /// The sender is told, as with a pipe.
    Told,
}

impl LiveIo {
    /// A live run, and its sender.
    pub fn new(terminal: Option<TerminalSize>, idle: Option<Duration>) -> (InputSender, Self) {
        let (teller, live) = Self::with_capacity(MAX_UNREAD, ClosedInput::Dropped);
        (teller, Self { terminal, idle_timeout: idle, ..live })
    }

    /// A run whose input is the output of another program, as through a pipe.
    pub fn between_programs() -> (InputSender, Self) {
        Self::with_capacity(MAX_BETWEEN_PROGRAMS, ClosedInput::Told)
    }

    fn with_capacity(most: usize, closed_input: ClosedInput) -> (InputSender, Self) {
        let (spoken, heard) = mpsc::unbounded_channel();
        let room = Arc::new(Semaphore::new(most));
        let (terminal, idle, onward, ended, requests) = (None, None, None, None, None);
        (
            InputSender { messages: spoken, capacity: room.clone(), is_full: Arc::default() },
            Self {
                terminal,
                idle_timeout: idle,
                forward_to: onward,
                end_sender: ended,
                requests,
                activity: None,
                closed_input,
                messages: heard,
                room,
            },
        )
    }

    /// Forwards standard output to the input of another run, as through a pipe: the program waits while the other does not
    /// read, and the end of its output is the end of the other's input.
    #[must_use]
    pub fn forwarding_to(self, other: InputSender, unheard: OnReaderGone) -> Self {
        Self { forward_to: Some((other, unheard)), ..self }
    }

    /// Sends the end of the program as soon as it has ended.
    #[must_use]
    pub fn notifying_end(self, to: oneshot::Sender<RunEnd>) -> Self {
        Self { end_sender: Some(to), ..self }
    }

    /// Tells what the program does.
    #[must_use]
    pub fn reporting_to(self, activity: watch::Sender<SessionActivity>) -> Self {
        Self { activity: Some(activity), ..self }
    }

    /// Adds a probe, which watches the run.
    #[must_use]
    pub fn with_probe(self) -> (Probe, Self) {
        let (probe, requests) = Probe::new();
        (probe, Self { requests: Some(requests), ..self })
    }

    /// Tells what the program of a session does.
    pub(crate) fn report(&self, activity: SessionActivity) {
        if let Some(to) = &self.activity {
            to.send_replace(activity);
        }
    }

    /// The next message; none if there is no sender left. Cancel-safe.
    pub(crate) async fn receive(&mut self) -> Option<InputMessage> {
        let said = self.messages.recv().await?;
        // Text takes capacity until the program has read it.
        self.room.add_permits(MESSAGE_OVERHEAD);
        Some(said)
    }

    /// Releases the capacity of bytes that the program has taken.
    pub(crate) fn free_capacity(&self, bytes: usize) {
        self.room.add_permits(bytes);
    }
}

impl InputSender {
    /// Sends without waiting. A program that does not read must neither block the sender nor be ended: it may have closed its
    /// input in a way that cannot be seen from outside.
    pub fn try_send(&self, said: InputMessage) -> SendOutcome {
        let is_text = matches!(said, InputMessage::Stdin(_));
        if is_text && self.is_full.load(Ordering::Relaxed) {
            return SendOutcome::Dropped;
        }
        let reserve = if is_text { CONTROL_RESERVE } else { 0 };
        let Ok(room) = self.capacity.try_acquire_many(message_cost(&said).saturating_add(reserve)) else {
            self.is_full.fetch_or(is_text, Ordering::Relaxed);
            return SendOutcome::Dropped;
        };
        room.forget();
        self.capacity.add_permits(reserve as usize);
        // A run that has ended needs no message.
        let _ended = self.messages.send(said);
        SendOutcome::Queued
    }

    /// Sends when there is capacity, which slows down a fast sender. A message that exceeds the whole capacity ([`MAX_UNREAD`]
    /// or that of a pipe) is never sent. Returns false if the run has ended.
    pub async fn send(&self, said: InputMessage) -> bool {
        let room = tokio::select! {
            room = self.capacity.acquire_many(message_cost(&said)) => room,
            () = self.messages.closed() => return false,
        };
        room.is_ok_and(|room| {
            room.forget();
            self.messages.send(said).is_ok()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: usize) -> InputMessage {
        InputMessage::Stdin(vec![b'x'; bytes])
    }

    const MOST_TEXT: usize = MAX_UNREAD - MESSAGE_OVERHEAD - CONTROL_RESERVE as usize;

    #[tokio::test]
    async fn text_that_is_too_much_is_dropped_and_so_is_all_after_it() {
        let (teller, mut live) = LiveIo::new(None, None);
        assert_eq!(teller.try_send(text(MOST_TEXT)), SendOutcome::Queued);
        for bytes in [1, MAX_UNREAD, 1] {
            assert_eq!(teller.try_send(text(bytes)), SendOutcome::Dropped);
        }
        assert!(matches!(live.receive().await, Some(InputMessage::Stdin(_))));
        live.free_capacity(MOST_TEXT);
        assert_eq!(
            teller.try_send(text(1)),
            SendOutcome::Dropped,
            "what is read is the beginning of what was typed"
        );
    }

    #[tokio::test]
    async fn signals_are_delivered_behind_unread_input() {
        let (teller, mut live) = LiveIo::new(None, None);
        assert_eq!(teller.try_send(text(MOST_TEXT)), SendOutcome::Queued);
        assert_eq!(teller.try_send(text(1)), SendOutcome::Dropped);
        assert_eq!(teller.try_send(InputMessage::Signal(SessionSignal::Int)), SendOutcome::Queued);
        live.receive().await;
        assert_eq!(live.receive().await, Some(InputMessage::Signal(SessionSignal::Int)));
        drop(teller);
        assert_eq!(live.receive().await, None);
    }

    #[tokio::test]
    async fn what_has_been_passed_on_makes_room_again() {
        let (teller, mut live) = LiveIo::new(None, None);
        for _ in 0..3 {
            assert_eq!(teller.try_send(text(MOST_TEXT)), SendOutcome::Queued);
            live.receive().await;
            live.free_capacity(MOST_TEXT);
        }
    }

    #[tokio::test]
    async fn many_small_words_are_much_too() {
        let (teller, _live) = LiveIo::new(None, None);
        let told =
            (0..MAX_UNREAD).take_while(|_| teller.try_send(InputMessage::Eof) == SendOutcome::Queued).count();
        assert_eq!(told, MAX_UNREAD / MESSAGE_OVERHEAD);
    }

    #[tokio::test]
    async fn between_programs_no_more_waits_than_in_a_pipe() {
        const PIECE: usize = 64 * 1024;
        let (teller, mut live) = LiveIo::between_programs();
        assert!(teller.send(text(PIECE)).await);
        let more = tokio::spawn(async move { teller.send(text(PIECE)).await });
        tokio::task::yield_now().await;
        assert!(!more.is_finished(), "the first has not been passed on");
        live.receive().await;
        live.free_capacity(PIECE);
        assert!(more.await.expect("returns"));
    }

    #[tokio::test]
    async fn who_speaks_in_time_waits_for_room_or_for_the_end() {
        let (teller, live) = LiveIo::new(None, None);
        assert!(teller.send(text(MAX_UNREAD / 2)).await);
        let waiting = tokio::spawn(async move { teller.send(text(MAX_UNREAD / 2)).await });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(live);
        assert!(!waiting.await.expect("returns"));
    }
}
