//! One run as the worker sees it: input goes in, output comes out, until the program has ended and its output with it.

use std::{
    os::fd::{AsFd, OwnedFd},
    sync::Arc,
    time::Duration,
};

use kernel::{PipeId, Terminal};
use model::{Limits, Stream};
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, sleep, sleep_until},
};
use tokio_util::sync::CancellationToken;

use crate::{
    Program, SandboxError,
    capture::{Caps, Capture, Piece},
    deadlock::{Report, Request},
    ending::{Asked, ending},
    input::{Input, Step, Way},
    live::{Ended, Live},
    onward::Onward,
    protocol::{Answer, Order, RunFacts},
    slot::Slot,
};

/// A run that has been started.
pub(crate) struct Watch {
    pub(crate) capture: Capture,
    input: Input,
    /// How long it may be quiet, and since when it is.
    idle: Option<Duration>,
    quiet_since: Instant,
    /// When the launcher must have said that it has ended.
    due: Instant,
    facts: Option<RunFacts>,
    asked: Option<Asked>,
    onward: Onward,
    ended: Option<oneshot::Sender<Ended>>,
    pipe_broken: bool,
    requests: Option<mpsc::UnboundedReceiver<Request>>,
    /// The program's standard input; none of a terminal.
    input_pipe: Option<PipeId>,
    /// How many bytes of its standard output have been read.
    sent: u64,
}

impl Watch {
    /// Over these ends of the program's, which are its pipes or its terminal; `None` if they are neither.
    pub(crate) fn new(
        ends: Vec<OwnedFd>,
        program: &Program,
        mut live: Option<Live>,
        patience: Duration,
    ) -> std::io::Result<Option<Self>> {
        let onward = Onward::to(live.as_mut().and_then(|live| live.onward.take()));
        let ended = live.as_mut().and_then(|live| live.ended.take());
        let idle = live.as_ref().and_then(|live| live.idle);
        let requests = live.as_mut().and_then(|live| live.requests.take());
        let input_pipe = ends.first().filter(|_| ends.len() > 1).and_then(|end| PipeId::of(end.as_fd()));
        let caps =
            Caps { limit: program.limits.output, kept: program.kept, error_output: program.error_output };
        let Some((way, capture)) = open(ends, caps)? else { return Ok(None) };
        let input = Input::new(way, &program.stdin, live);
        let quiet_since = Instant::now();
        let due = after(quiet_since, program.limits.wall.saturating_add(patience));
        Ok(Some(Self {
            capture,
            input,
            idle,
            quiet_since,
            due,
            facts: None,
            asked: None,
            onward,
            ended,
            pipe_broken: false,
            requests,
            input_pipe,
            sent: 0,
        }))
    }

    /// Waits until the run has ended and its output with it.
    pub(crate) async fn wait(
        &mut self,
        slot: &mut Slot,
        program: &Program,
        stop: &CancellationToken,
        sink: &mut (dyn FnMut(Stream, &[u8]) + Send),
    ) -> Result<(RunFacts, Option<Asked>), SandboxError> {
        loop {
            if let Some(facts) = self.facts
                && !self.capture.is_open()
                && self.onward.is_free()
            {
                return Ok((facts, self.asked));
            }
            let runs = self.facts.is_none();
            let stopping = tokio::select! {
                piece = self.capture.next(), if self.capture.is_open() && self.onward.is_free() => {
                    self.quiet_since = Instant::now();
                    self.pass_on(piece.map_err(SandboxError::Connection)?, sink)
                }
                heard = self.onward.step() => {
                    if !heard {
                        self.capture.close_stdout();
                        self.pipe_broken = true;
                    }
                    None
                }
                answer = slot.answer(), if runs => {
                    let (Answer::Ended(facts), _) = answer? else { return Err(slot.out_of_turn()) };
                    self.has_ended(facts, &program.limits);
                    None
                }
                step = self.input.step(slot), if runs => match step? {
                    Step::Heard => {
                        self.quiet_since = Instant::now();
                        None
                    }
                    Step::Wrote => None,
                },
                request = next(&mut self.requests), if runs => self.answer(request, slot),
                () = quiet_for(self.idle, self.quiet_since), if runs && self.asked.is_none() => Some(Asked::IdleLimit),
                () = sleep_until(self.due), if runs => return Err(slot.stuck()),
                () = sleep(BETWEEN_COLLECTIONS), if !runs && self.capture.is_open() => {
                    // A program may have sent its output's descriptor through a socket to that very socket. Without descriptors to
                    // spare, the next time will do.
                    let _later = kernel::collect_unreachable_sockets();
                    None
                }
                () = stop.cancelled(), if runs && self.asked.is_none() => Some(Asked::Cancelled),
            };
            self.stop(stopping, slot)?;
        }
    }

    /// Hands on a piece, or the end of a stream; says whether the run is to be stopped for it.
    fn pass_on(
        &mut self,
        piece: Option<Piece>,
        sink: &mut (dyn FnMut(Stream, &[u8]) + Send),
    ) -> Option<Asked> {
        let asked = piece.and_then(|Piece { stream, bytes, overrun }| {
            sink(stream, &bytes);
            if stream == Stream::Stdout {
                self.sent += bytes.len() as u64;
                self.onward.say(bytes);
            }
            overrun.then_some(Asked::OutputLimit)
        });
        if !self.capture.is_open_on(Stream::Stdout) {
            self.onward.end();
        }
        asked
    }

    /// Does what is asked; says whether the run is to be stopped for it.
    fn answer(&self, request: Request, slot: &Slot) -> Option<Asked> {
        match request {
            Request::EndAsIdle => Some(Asked::IdleLimit),
            Request::Report(to) => {
                if let Some((launcher, input)) = slot.launcher_id().zip(self.input_pipe) {
                    let (received, sent) = (self.input.passed_on(), self.sent);
                    let is_drained = self.capture.is_stdout_drained();
                    // Whoever asked may have gone since.
                    let _gone = to.send(Report { launcher, input, received, sent, is_drained });
                }
                None
            }
        }
    }

    fn has_ended(&mut self, facts: RunFacts, limits: &Limits) {
        self.facts = Some(facts);
        self.input.hang_up();
        if let Some(ended) = self.ended.take() {
            // Whoever asked may have gone since.
            let ending = ending(&facts, limits, self.asked);
            let _gone = ended.send(Ended { ending, at: facts.ended_at, pipe_broken: self.pipe_broken });
        }
    }

    fn stop(&mut self, why: Option<Asked>, slot: &Slot) -> Result<(), SandboxError> {
        if why.is_some() && self.asked.is_none() {
            self.asked = why;
            if self.facts.is_none() {
                self.due = self.due.min(after(Instant::now(), slot.patience()));
                slot.order(&Order::Stop, &[])?;
            }
        }
        Ok(())
    }
}

/// How long the output of a program that has ended may stay open before the kernel is made to look for who holds it.
const BETWEEN_COLLECTIONS: Duration = Duration::from_millis(5);

fn open(mut ends: Vec<OwnedFd>, caps: Caps) -> std::io::Result<Option<(Way, Capture)>> {
    if ends.is_empty() {
        return Ok(None);
    }
    let first = ends.remove(0);
    if ends.is_empty() {
        let terminal = Arc::new(Terminal::new(first)?);
        return Ok(Some((Way::Terminal(terminal.clone()), Capture::of_terminal(terminal, caps))));
    }
    Ok(Capture::new(ends, caps)?.zip(Some(Input::pipe(first)?)).map(|(capture, way)| (way, capture)))
}

/// A time that is never reached where there is no such time.
fn after(start: Instant, span: Duration) -> Instant {
    const FAR: Duration = Duration::from_hours(24 * 365);
    start.checked_add(span).unwrap_or(start + FAR)
}

async fn quiet_for(idle: Option<Duration>, since: Instant) {
    match idle {
        Some(idle) => sleep_until(since + idle).await,
        None => std::future::pending().await,
    }
}

/// The next request; never one, once nobody is left to make one.
async fn next(requests: &mut Option<mpsc::UnboundedReceiver<Request>>) -> Request {
    if let Some(open) = requests {
        if let Some(request) = open.recv().await {
            return request;
        }
        *requests = None;
    }
    std::future::pending().await
}
