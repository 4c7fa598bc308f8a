//! Run monitor in the worker: moves input and output until the program and its output have ended.

use std::{
    os::fd::{AsFd, OwnedFd},
    sync::Arc,
    time::Duration,
};

use kernel::{InputSource, PipeId, Terminal};
use model::{Limits, Stream};
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, sleep, sleep_until},
};
use tokio_util::sync::CancellationToken;

use crate::{
    PictureSink, Program, SandboxError,
    capture::{Capture, CaptureLimits, CapturedPart, OutputChunk},
    deadlock::{Report, Request},
    ending::{StopReason, ending},
    forwarder::OutputForwarder,
    input::{InputEvent, InputGate, InputTarget, ProgramInput},
    live::{LiveIo, RunEnd},
    pool::holdings::Residency,
    protocol::{LauncherRequest, LauncherResponse, RunFacts},
    slot::Slot,
    waiter::{InputWaiter, WaiterEvent},
};

/// A run that has been started.
pub(crate) struct RunMonitor {
    pub(crate) capture: Capture,
    input: ProgramInput,
    /// Idle timeout.
    idle: Option<Duration>,
    /// Time of the last input or output.
    quiet_since: Instant,
    /// Latest time for the launcher to report the end.
    deadline: Instant,
    facts: Option<RunFacts>,
    stop_reason: Option<StopReason>,
    forwarder: OutputForwarder,
    end_sender: Option<oneshot::Sender<RunEnd>>,
    pipe_broken: bool,
    /// Requests of a probe.
    requests: Option<mpsc::UnboundedReceiver<Request>>,
    /// The program's standard input; none of a terminal.
    input_pipe: Option<PipeId>,
    /// Bytes of its standard output that have been read.
    sent: u64,
    /// Watches the program of a session.
    waiter: Option<InputWaiter>,
    /// Receiver of its pictures.
    pictures: Option<PictureSink>,
}

impl RunMonitor {
    /// Monitors a run through the host's ends of its pipes or its terminal; `None` if they are neither.
    pub(crate) fn new(
        ends: Vec<OwnedFd>,
        program: &Program,
        mut live: Option<LiveIo>,
        launcher_timeout: Duration,
    ) -> std::io::Result<Option<Self>> {
        let forwarder = OutputForwarder::new(live.as_mut().and_then(|live| live.forward_to.take()));
        let end_sender = live.as_mut().and_then(|live| live.end_sender.take());
        let idle = live.as_ref().and_then(|live| live.idle_timeout);
        let requests = live.as_mut().and_then(|live| live.requests.take());
        let activity = live.as_mut().and_then(|live| live.activity.take());
        let input_pipe = ends.first().filter(|_| ends.len() > 1).and_then(|end| PipeId::of(end.as_fd()));
        let source = match input_pipe {
            Some(pipe) => Some(InputSource::Pipe(pipe)),
            None => live.as_ref().and_then(|live| live.terminal).map(|_| InputSource::Terminal),
        };
        let waiter = source.filter(|_| live.is_some()).map(|source| InputWaiter::new(source, activity));
        let caps = CaptureLimits {
            limit: program.limits.output,
            max_kept: program.max_kept,
            error_output: program.error_output,
            pictures: program.pictures.as_ref().map(|sink| sink.limits),
        };
        let Some((way, capture)) = open(ends, caps)? else { return Ok(None) };
        let input = ProgramInput::new(way, &program.stdin, live);
        let quiet_since = Instant::now();
        let deadline = deadline_after(quiet_since, program.limits.wall.saturating_add(launcher_timeout));
        Ok(Some(Self {
            capture,
            input,
            idle,
            quiet_since,
            deadline,
            facts: None,
            stop_reason: None,
            forwarder,
            end_sender,
            pipe_broken: false,
            requests,
            input_pipe,
            sent: 0,
            waiter,
            pictures: program.pictures.clone(),
        }))
    }

    /// Waits until the run has ended and its output with it. A session gives its place back while it waits for input.
    pub(crate) async fn wait(
        &mut self,
        (slot, mut residency): (&mut Slot, Residency<'_>),
        program: &Program,
        stop: &CancellationToken,
        sink: &mut (dyn FnMut(Stream, &[u8]) + Send),
    ) -> Result<(RunFacts, Option<StopReason>), SandboxError> {
        if !residency.is_session() {
            self.waiter = None;
        }
        loop {
            if let Some(facts) = self.facts
                && !self.capture.is_open()
                && self.forwarder.is_idle()
            {
                return Ok((facts, self.stop_reason));
            }
            let runs = self.facts.is_none();
            let gate = self.waiter.as_ref().map_or(InputGate::Open, InputWaiter::gate);
            let resumes = self.waiter.as_ref().is_some_and(InputWaiter::is_resuming);
            let stopping = tokio::select! {
                piece = self.capture.next(), if self.capture.is_open() && self.forwarder.is_idle() => {
                    self.note_activity();
                    self.forward(piece.map_err(SandboxError::Connection)?, sink)
                }
                heard = self.forwarder.advance() => {
                    if !heard {
                        self.capture.close_stdout();
                        self.pipe_broken = true;
                    }
                    None
                }
                answer = slot.response(), if runs => {
                    let (LauncherResponse::Ended(facts), _) = answer? else { return Err(slot.unexpected_response()) };
                    self.record_end(facts, &program.limits);
                    None
                }
                step = self.input.step(slot, gate), if runs => {
                    match step? {
                        InputEvent::Received => self.note_activity(),
                        InputEvent::Held => self.resume(&residency),
                        InputEvent::Progressed => self.note_input_progress(),
                    }
                    None
                }
                event = next_event(&mut self.waiter, slot), if runs => {
                    self.handle_waiter(event, &mut residency, slot)?;
                    None
                }
                request = next_request(&mut self.requests), if runs => self.answer(request, slot),
                () = idle_for(self.idle, self.quiet_since), if runs && !resumes && self.stop_reason.is_none() => Some(StopReason::IdleLimit),
                () = sleep_until(self.deadline), if runs => return Err(slot.note_stuck()),
                () = sleep(SOCKET_COLLECTION_INTERVAL), if !runs && self.capture.is_open() => {
                    // A program may have sent its output's descriptor through a socket to that very socket. Without descriptors to
                    // spare, the next time will do.
                    let _later = kernel::collect_unreachable_sockets();
                    None
                }
                () = stop.cancelled(), if runs && self.stop_reason.is_none() => Some(StopReason::Cancelled),
            };
            self.stop(stopping, slot)?;
        }
    }

    /// Something was read from the program, or said to it.
    fn note_activity(&mut self) {
        self.quiet_since = Instant::now();
        self.note_input_progress();
    }

    fn note_input_progress(&mut self) {
        if let Some(waiter) = &mut self.waiter {
            waiter.note_activity();
        }
    }

    /// There is input for a program that waits for it.
    fn resume(&mut self, residency: &Residency<'_>) {
        self.quiet_since = Instant::now();
        if let Some(waiter) = &mut self.waiter {
            waiter.resume(residency);
        }
    }

    fn handle_waiter(
        &mut self,
        event: WaiterEvent,
        residency: &mut Residency<'_>,
        slot: &Slot,
    ) -> Result<(), SandboxError> {
        if matches!(event, WaiterEvent::Resumed(_)) {
            // The time in the line is not the client's silence.
            self.quiet_since = Instant::now();
        }
        self.waiter.as_mut().map_or(Ok(()), |waiter| waiter.handle(event, residency, slot))
    }

    /// Forwards a chunk, or the end of a stream; returns a reason to stop the run, if it was too much.
    fn forward(
        &mut self,
        piece: Option<CapturedPart>,
        sink: &mut (dyn FnMut(Stream, &[u8]) + Send),
    ) -> Option<StopReason> {
        let asked = match piece {
            Some(CapturedPart::Output(OutputChunk { stream, bytes, overrun })) => {
                sink(stream, &bytes);
                if stream == Stream::Stdout {
                    self.sent += bytes.len() as u64;
                    self.forwarder.forward(bytes);
                }
                overrun.then_some(StopReason::OutputLimit)
            }
            Some(CapturedPart::Picture(picture)) => {
                if let Some(pictures) = &self.pictures {
                    pictures.send(picture);
                }
                None
            }
            None => None,
        };
        if !self.capture.is_open_on(Stream::Stdout) {
            self.forwarder.close();
        }
        asked
    }

    /// Answers a request of a probe; returns a reason to stop the run, if that was requested.
    fn answer(&self, request: Request, slot: &Slot) -> Option<StopReason> {
        match request {
            Request::EndAsIdle => Some(StopReason::IdleLimit),
            Request::Report(to) => {
                if let Some((launcher, input)) = slot.launcher_id().zip(self.input_pipe) {
                    let (received, sent) = (self.input.bytes_written(), self.sent);
                    let is_drained = self.capture.is_stdout_drained();
                    // The probe may be gone.
                    let _gone = to.send(Report { launcher, input, received, sent, is_drained });
                }
                None
            }
        }
    }

    fn record_end(&mut self, facts: RunFacts, limits: &Limits) {
        self.facts = Some(facts);
        self.input.close();
        if let Some(ended) = self.end_sender.take() {
            // The receiver may be gone.
            let ending = ending(&facts, limits, self.stop_reason);
            let _gone = ended.send(RunEnd { ending, at: facts.ended_at, pipe_broken: self.pipe_broken });
        }
    }

    fn stop(&mut self, reason: Option<StopReason>, slot: &Slot) -> Result<(), SandboxError> {
        if reason.is_some() && self.stop_reason.is_none() {
            self.stop_reason = reason;
            if self.facts.is_none() {
                self.deadline = self.deadline.min(deadline_after(Instant::now(), slot.launcher_timeout()));
                slot.request(&LauncherRequest::Stop, &[])?;
            }
        }
        Ok(())
    }
}

/// Interval at which the kernel is asked to collect sockets while output stays open after the program has ended.
const SOCKET_COLLECTION_INTERVAL: Duration = Duration::from_millis(5);

fn open(mut ends: Vec<OwnedFd>, caps: CaptureLimits) -> std::io::Result<Option<(InputTarget, Capture)>> {
    if ends.is_empty() {
        return Ok(None);
    }
    let first = ends.remove(0);
    if ends.is_empty() {
        let terminal = Arc::new(Terminal::new(first)?);
        return Ok(Some((InputTarget::Terminal(terminal.clone()), Capture::of_terminal(terminal, caps))));
    }
    Ok(Capture::new(ends, caps)?
        .zip(Some(ProgramInput::pipe_target(first)?))
        .map(|(capture, way)| (way, capture)))
}

/// The sum, or a time that is never reached if it overflows.
fn deadline_after(start: Instant, span: Duration) -> Instant {
    const FAR: Duration = Duration::from_hours(24 * 365);
    start.checked_add(span).unwrap_or(start + FAR)
}

async fn idle_for(idle: Option<Duration>, since: Instant) {
    match idle {
        Some(idle) => sleep_until(since + idle).await,
        None => std::future::pending().await,
    }
}

/// The next event of a session's waiter; never without one.
async fn next_event(waiter: &mut Option<InputWaiter>, slot: &Slot) -> WaiterEvent {
    match waiter {
        Some(waiter) => waiter.next(slot).await,
        None => std::future::pending().await,
    }
}

/// The next request. Pending for ever when no probe is left.
async fn next_request(requests: &mut Option<mpsc::UnboundedReceiver<Request>>) -> Request {
    if let Some(open) = requests {
        if let Some(request) = open.recv().await {
            return request;
        }
        *requests = None;
    }
    std::future::pending().await
}
