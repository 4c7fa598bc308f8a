//! Live input and output: a channel of messages to a running program, and where its output goes.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use model::{Ending, SessionSignal, TerminalSize};
use tokio::sync::{Semaphore, mpsc, oneshot};

use crate::deadlock::{Probe, Request};

/// How much may wait for a program to read it, in bytes: as much as a plain run may be given.
pub const MAX_UNREAD: usize = 1 << 20;

/// How much waits between two programs beyond what is in their pipes: as much again as a pipe holds. More would let a program
/// write long after the other has stopped listening.
const MAX_BETWEEN_PROGRAMS: usize = 64 * 1024 + MESSAGE_OVERHEAD;

/// What a message takes of [`MAX_UNREAD`] beyond its text, so that many small ones are much, too.
const MESSAGE_OVERHEAD: usize = 64;

/// What text leaves free, so that signals and sizes always find room.
const CONTROL_RESERVE: u32 = 4096;

/// Something said to a running program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InputMessage {
    /// More standard input; with a terminal, what is typed.
    Stdin(Vec<u8>),
    /// No more standard input; with a terminal, the character that says so, which a program in raw mode sees as such.
    Eof,
    /// The terminal has this size now; nothing, without one.
    Resize(TerminalSize),
    /// A signal, to whoever is in the foreground of the terminal, or without one to the program and what it has started.
    Signal(SessionSignal),
}

/// How much room it takes.
fn message_cost(said: &InputMessage) -> u32 {
    let text = if let InputMessage::Stdin(bytes) = said { bytes.len() } else { 0 };
    u32::try_from(text + MESSAGE_OVERHEAD).unwrap_or(u32::MAX)
}

/// What becomes of what a program writes to another that has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnReaderGone {
    /// It is lost, and the program does not notice.
    Discard,
    /// The pipe is broken, as between two processes.
    BrokenPipe,
}

/// The end of a program, before the end of its output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunEnd {
    /// How.
    pub ending: Ending,
    /// When, on a clock that all sandboxes share.
    pub at: Duration,
    /// Whether its pipe was broken: it wrote to another program that had gone, and [`OnReaderGone::BrokenPipe`] was asked for.
    pub pipe_broken: bool,
}

/// Whether something could be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SendOutcome {
    /// The program will get it, if it runs long enough.
    Queued,
    /// Too much waits already: it is dropped, and so is all text after it. What the program can read is the beginning of what was
    /// typed.
    Dropped,
}

/// The end at which somebody speaks. When the last is dropped, the program's input ends.
#[derive(Debug, Clone)]
pub struct InputSender {
    messages: mpsc::UnboundedSender<InputMessage>,
    capacity: Arc<Semaphore>,
    /// Text was dropped.
    is_full: Arc<AtomicBool>,
}

/// The program's end, for one run.
#[derive(Debug)]
pub struct LiveIo {
    /// The program gets a terminal of this size; pipes, if there is none.
    pub terminal: Option<TerminalSize>,
    /// How long nothing may be said and nothing written before the run ends; for ever, if there is none.
    pub idle_timeout: Option<Duration>,
    /// To whom the program's standard output is said, no faster than that one reads.
    pub(crate) forward_to: Option<(InputSender, OnReaderGone)>,
    /// Whoever wants to know how the program ended, as soon as it has: its output may take longer.
    pub(crate) end_sender: Option<oneshot::Sender<RunEnd>>,
    /// Requests of the probe that watches the run.
    pub(crate) requests: Option<mpsc::UnboundedReceiver<Request>>,
    /// What becomes of what is said once the program has closed its input.
    pub(crate) closed_input: ClosedInput,
    messages: mpsc::UnboundedReceiver<InputMessage>,
    room: Arc<Semaphore>,
}

/// What becomes of what is said to a program that has closed its standard input and goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ClosedInput {
    /// It is dropped: somebody may still be at a keyboard.
    Dropped,
    /// Whoever says it is told, as by a pipe.
    Told,
}

impl LiveIo {
    /// A live run and the end at which to speak to it.
    pub fn new(terminal: Option<TerminalSize>, idle: Option<Duration>) -> (InputSender, Self) {
        let (teller, live) = Self::with_capacity(MAX_UNREAD, ClosedInput::Dropped);
        (teller, Self { terminal, idle_timeout: idle, ..live })
    }

    /// A run to which another program speaks, as through a pipe.
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
                closed_input,
                messages: heard,
                room,
            },
        )
    }

    /// The same, with what the program writes to standard output said to somebody else as well, as through a pipe: it waits
    /// while that one does not read, and its end is the end of the other's input.
    #[must_use]
    pub fn forwarding_to(self, other: InputSender, unheard: OnReaderGone) -> Self {
        Self { forward_to: Some((other, unheard)), ..self }
    }

    /// The same, with how the program ends told at once when it does.
    #[must_use]
    pub fn notifying_end(self, to: oneshot::Sender<RunEnd>) -> Self {
        Self { end_sender: Some(to), ..self }
    }

    /// The same, and the end from which it is watched.
    #[must_use]
    pub fn probed(self) -> (Probe, Self) {
        let (probe, requests) = Probe::new();
        (probe, Self { requests: Some(requests), ..self })
    }

    /// The next thing said; none when nobody is left to say something. Cancel-safe.
    pub(crate) async fn receive(&mut self) -> Option<InputMessage> {
        let said = self.messages.recv().await?;
        // A text still takes room, until the program has it.
        self.room.add_permits(MESSAGE_OVERHEAD);
        Some(said)
    }

    /// So many bytes have been passed on.
    pub(crate) fn free_capacity(&self, bytes: usize) {
        self.room.add_permits(bytes);
    }
}

impl InputSender {
    /// Says it without waiting. A program that does not read must not hold up whoever types, nor be ended for it: it may have closed
    /// its input in a way that nobody outside can see.
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
        // A run that has ended needs to hear nothing.
        let _ended = self.messages.send(said);
        SendOutcome::Queued
    }

    /// Says it when there is room: whoever speaks faster than the program reads is slowed down. What is longer than
    /// the room, which is [`MAX_UNREAD`] or that of a pipe, never has it. False when the run has ended.
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
    async fn signals_find_room_behind_text_that_nobody_reads() {
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
