//! Talking to a program while it runs.

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
pub const MOST_UNREAD: usize = 1 << 20;

/// How much waits between two programs beyond what is in their pipes: as much again as a pipe holds. More would let a program
/// write long after the other has stopped listening.
const BETWEEN_PROGRAMS: usize = 64 * 1024 + ENVELOPE;

/// What a message takes of [`MOST_UNREAD`] beyond its text, so that many small ones are much, too.
const ENVELOPE: usize = 64;

/// What text leaves free, so that signals and sizes always find room.
const RESERVE: u32 = 4096;

/// Something said to a running program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
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
fn weight(said: &Said) -> u32 {
    let text = if let Said::Stdin(bytes) = said { bytes.len() } else { 0 };
    u32::try_from(text + ENVELOPE).unwrap_or(u32::MAX)
}

/// What becomes of what a program writes to another that has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unheard {
    /// It is lost, and the program does not notice.
    Lost,
    /// The pipe is broken, as between two processes.
    BrokenPipe,
}

/// The end of a program, before the end of its output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// How.
    pub ending: Ending,
    /// When, on a clock that all sandboxes share.
    pub at: Duration,
    /// Whether its pipe was broken: it wrote to another program that had gone, and [`Unheard::BrokenPipe`] was asked for.
    pub pipe_broken: bool,
}

/// Whether something could be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// The program will get it, if it runs long enough.
    Told,
    /// Too much waits already: it is dropped, and so is all text after it. What the program can read is the beginning of what was
    /// typed.
    TooMuch,
}

/// The end at which somebody speaks. When the last is dropped, the program's input ends.
#[derive(Debug, Clone)]
pub struct Teller {
    spoken: mpsc::UnboundedSender<Said>,
    room: Arc<Semaphore>,
    /// Text was dropped.
    is_full: Arc<AtomicBool>,
}

/// The program's end, for one run.
#[derive(Debug)]
pub struct Live {
    /// The program gets a terminal of this size; pipes, if there is none.
    pub terminal: Option<TerminalSize>,
    /// How long nothing may be said and nothing written before the run ends; for ever, if there is none.
    pub idle: Option<Duration>,
    /// To whom the program's standard output is said, no faster than that one reads.
    pub(crate) onward: Option<(Teller, Unheard)>,
    /// Whoever wants to know how the program ended, as soon as it has: its output may take longer.
    pub(crate) ended: Option<oneshot::Sender<Ended>>,
    /// What somebody who watches the run asks for.
    pub(crate) requests: Option<mpsc::UnboundedReceiver<Request>>,
    /// What becomes of what is said once the program has closed its input.
    pub(crate) closed_input: ClosedInput,
    heard: mpsc::UnboundedReceiver<Said>,
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

impl Live {
    /// A live run and the end at which to speak to it.
    pub fn new(terminal: Option<TerminalSize>, idle: Option<Duration>) -> (Teller, Self) {
        let (teller, live) = Self::with_room(MOST_UNREAD, ClosedInput::Dropped);
        (teller, Self { terminal, idle, ..live })
    }

    /// A run to which another program speaks, as through a pipe.
    pub fn with_program() -> (Teller, Self) {
        Self::with_room(BETWEEN_PROGRAMS, ClosedInput::Told)
    }

    fn with_room(most: usize, closed_input: ClosedInput) -> (Teller, Self) {
        let (spoken, heard) = mpsc::unbounded_channel();
        let room = Arc::new(Semaphore::new(most));
        let (terminal, idle, onward, ended, requests) = (None, None, None, None, None);
        (
            Teller { spoken, room: room.clone(), is_full: Arc::default() },
            Self { terminal, idle, onward, ended, requests, closed_input, heard, room },
        )
    }

    /// The same, with what the program writes to standard output said to somebody else as well, as through a pipe: it waits
    /// while that one does not read, and its end is the end of the other's input.
    #[must_use]
    pub fn saying_to(self, other: Teller, unheard: Unheard) -> Self {
        Self { onward: Some((other, unheard)), ..self }
    }

    /// The same, with how the program ends told at once when it does.
    #[must_use]
    pub fn telling_end(self, to: oneshot::Sender<Ended>) -> Self {
        Self { ended: Some(to), ..self }
    }

    /// The same, and the end from which it is watched.
    #[must_use]
    pub fn probed(self) -> (Probe, Self) {
        let (probe, requests) = Probe::new();
        (probe, Self { requests: Some(requests), ..self })
    }

    /// The next thing said; none when nobody is left to say something. Cancel-safe.
    pub(crate) async fn hear(&mut self) -> Option<Said> {
        let said = self.heard.recv().await?;
        // A text still takes room, until the program has it.
        self.room.add_permits(ENVELOPE);
        Some(said)
    }

    /// So many bytes have been passed on.
    pub(crate) fn make_room(&self, bytes: usize) {
        self.room.add_permits(bytes);
    }
}

impl Teller {
    /// Says it without waiting. A program that does not read must not hold up whoever types, nor be ended for it: it may have closed
    /// its input in a way that nobody outside can see.
    pub fn tell(&self, said: Said) -> Told {
        let is_text = matches!(said, Said::Stdin(_));
        if is_text && self.is_full.load(Ordering::Relaxed) {
            return Told::TooMuch;
        }
        let reserve = if is_text { RESERVE } else { 0 };
        let Ok(room) = self.room.try_acquire_many(weight(&said).saturating_add(reserve)) else {
            self.is_full.fetch_or(is_text, Ordering::Relaxed);
            return Told::TooMuch;
        };
        room.forget();
        self.room.add_permits(reserve as usize);
        // A run that has ended needs to hear nothing.
        let _ended = self.spoken.send(said);
        Told::Told
    }

    /// Says it when there is room: whoever speaks faster than the program reads is slowed down. What is longer than
    /// the room, which is [`MOST_UNREAD`] or that of a pipe, never has it. False when the run has ended.
    pub async fn tell_in_time(&self, said: Said) -> bool {
        let room = tokio::select! {
            room = self.room.acquire_many(weight(&said)) => room,
            () = self.spoken.closed() => return false,
        };
        room.is_ok_and(|room| {
            room.forget();
            self.spoken.send(said).is_ok()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: usize) -> Said {
        Said::Stdin(vec![b'x'; bytes])
    }

    const MOST_TEXT: usize = MOST_UNREAD - ENVELOPE - RESERVE as usize;

    #[tokio::test]
    async fn text_that_is_too_much_is_dropped_and_so_is_all_after_it() {
        let (teller, mut live) = Live::new(None, None);
        assert_eq!(teller.tell(text(MOST_TEXT)), Told::Told);
        for bytes in [1, MOST_UNREAD, 1] {
            assert_eq!(teller.tell(text(bytes)), Told::TooMuch);
        }
        assert!(matches!(live.hear().await, Some(Said::Stdin(_))));
        live.make_room(MOST_TEXT);
        assert_eq!(teller.tell(text(1)), Told::TooMuch, "what is read is the beginning of what was typed");
    }

    #[tokio::test]
    async fn signals_find_room_behind_text_that_nobody_reads() {
        let (teller, mut live) = Live::new(None, None);
        assert_eq!(teller.tell(text(MOST_TEXT)), Told::Told);
        assert_eq!(teller.tell(text(1)), Told::TooMuch);
        assert_eq!(teller.tell(Said::Signal(SessionSignal::Int)), Told::Told);
        live.hear().await;
        assert_eq!(live.hear().await, Some(Said::Signal(SessionSignal::Int)));
        drop(teller);
        assert_eq!(live.hear().await, None);
    }

    #[tokio::test]
    async fn what_has_been_passed_on_makes_room_again() {
        let (teller, mut live) = Live::new(None, None);
        for _ in 0..3 {
            assert_eq!(teller.tell(text(MOST_TEXT)), Told::Told);
            live.hear().await;
            live.make_room(MOST_TEXT);
        }
    }

    #[tokio::test]
    async fn many_small_words_are_much_too() {
        let (teller, _live) = Live::new(None, None);
        let told = (0..MOST_UNREAD).take_while(|_| teller.tell(Said::Eof) == Told::Told).count();
        assert_eq!(told, MOST_UNREAD / ENVELOPE);
    }

    #[tokio::test]
    async fn between_programs_no_more_waits_than_in_a_pipe() {
        const PIECE: usize = 64 * 1024;
        let (teller, mut live) = Live::with_program();
        assert!(teller.tell_in_time(text(PIECE)).await);
        let more = tokio::spawn(async move { teller.tell_in_time(text(PIECE)).await });
        tokio::task::yield_now().await;
        assert!(!more.is_finished(), "the first has not been passed on");
        live.hear().await;
        live.make_room(PIECE);
        assert!(more.await.expect("returns"));
    }

    #[tokio::test]
    async fn who_speaks_in_time_waits_for_room_or_for_the_end() {
        let (teller, live) = Live::new(None, None);
        assert!(teller.tell_in_time(text(MOST_UNREAD / 2)).await);
        let waiting = tokio::spawn(async move { teller.tell_in_time(text(MOST_UNREAD / 2)).await });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(live);
        assert!(!waiting.await.expect("returns"));
    }
}
