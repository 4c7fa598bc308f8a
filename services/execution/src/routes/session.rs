//! `GET /api/execution/session`: a program and its user, talking.
//!
//! A session is a job like any other, recorded and queued, so nothing here knows where it runs: what the client says goes
//! to its attempt through the queue, and what the program says comes back as the job's events. Whoever holds a session
//! says so again and again; when they stop, by whatever death, the worker ends it.

use axum::{
    Extension,
    extract::{
        State,
        ws::{WebSocket, WebSocketUpgrade, rejection::WebSocketUpgradeRejection},
    },
    response::{IntoResponse as _, Response},
};
use broker::{Control, EventStream};
use futures_util::StreamExt as _;
use model::{Event, Job, JobEvent, SessionOptions};
use tokio::{
    sync::OwnedSemaphorePermit,
    time::{Instant, Interval, MissedTickBehavior, interval_at, timeout},
};
use wire::{
    FieldError, FinishedFrame, OutputData, Problem, ProblemKind, QueuedFrame, SessionFrame, StartedFrame,
    WaitingFor,
};

use super::{
    cancel,
    submit::{self, SubmitOutcome},
};
use crate::{
    ApiError, Execution, answer,
    caller::Caller,
    check::{self, ValidationContext},
    session::{
        ClientFrame, CloseReason, Disconnected, Heartbeat, SessionConnection, SessionLimit, StartRequest,
    },
    watch::{WaitingClientGauge, no_events},
};

/// How much may be said before the program has its turn: as much as may wait for a program to read it.
const MAX_PENDING_BYTES: usize = 1 << 20;
/// And in how many frames.
const MAX_PENDING_FRAMES: usize = 1024;

/// Hold a live session.
///
/// A `WebSocket` with a JSON object in each text frame, each with a `type`. The client begins, within ten seconds, with
/// `start`: the fields of a submission (`SubmitBody`), and `pty` with `cols` and `rows` if the program is to have a
/// terminal. Then it may send `stdin` with `text` (and `encoding`, `base64` for bytes that are no text), `eof`, `resize` with `cols` and `rows`, `signal` with a `name`, and `stop`.
/// The server says `queued`, `started`, `output`, and at last `finished` with the whole result, and closes. What it does not
/// understand it answers with `error` and a `problem`; one before the start, or that keeps the program from running, is
/// followed by the end.
///
/// A client that hangs up ends its program. So does one that types nothing to a program that writes nothing for two minutes
/// (`reason` is then `wallLimit`, and `explanation` says so), and the time on the clock, ten minutes unless `wallMs` asks for
/// less. A session is a job: its id is in `queued`, and its result can be read later.
#[utoipa::path(
    get, path = "/api/execution/session", tag = "Running code", operation_id = "session",
    responses(
        (status = 101, description = "The WebSocket is open. Its frames are `ClientFrame` and `SessionFrame`."),
        (status = 400, description = "This is no WebSocket.", body = Problem, content_type = "application/problem+json"),
    ),
    extensions(("x-frames" = json!({
        "client": {"$ref": "#/components/schemas/ClientFrame"}, "server": {"$ref": "#/components/schemas/SessionFrame"}
    })))
)]
pub(super) async fn session(
    State(execution): State<Execution>,
    Extension(sessions): Extension<SessionLimit>,
    caller: Caller,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let Ok(upgrade) = upgrade else {
        let detail = "A live session is a WebSocket; open it with a WebSocket client.";
        return ApiError::new(ProblemKind::BadParameter, detail).into_response();
    };
    // What is a little too large is read all the same, so that its client is told and not just cut off.
    let most = 2 * execution.settings.submissions.max_body.as_usize();
    upgrade
        .max_message_size(most)
        .max_frame_size(most)
        .on_upgrade(move |socket| run_session(execution, sessions, caller, socket))
}

/// From the first frame to the last.
async fn run_session(execution: Execution, sessions: SessionLimit, caller: Caller, socket: WebSocket) {
    let _session = execution.shutdown.track_session();
    let request_id = caller.request_id.as_ref().map(ToString::to_string);
    let mut line = SessionConnection::new(socket, &execution.settings, request_id);
    let start = match first_frame(&execution, &mut line).await {
        Ok(Ok(start)) => start,
        Ok(Err(error)) => return line.reject(error).await,
        Err(Disconnected) => return,
    };
    match ActiveSession::open(execution, &sessions, caller, start).await {
        Ok(conversation) => conversation.run(line).await,
        Err(error) => line.reject(error).await,
    }
}

/// What to run, or why nothing is run.
async fn first_frame(
    execution: &Execution,
    line: &mut SessionConnection,
) -> Result<Result<StartRequest, ApiError>, Disconnected> {
    let bad_frame = |detail: String| Err(ApiError::new(ProblemKind::BadFrame, detail));
    let timeout = execution.settings.sessions.start_timeout;
    let Ok(received) = timeout(timeout, line.next()).await else {
        return Ok(bad_frame(format!(
            "The first frame, a start, must come within {} s.",
            timeout.as_secs()
        )));
    };
    Ok(match received? {
        Ok(ClientFrame::Start(start)) => Ok(*start),
        Ok(_) => bad_frame("The first frame must be a start: it says what to run.".to_owned()),
        Err(error) => Err(error),
    })
}

/// A session whose job is in the queue, or further.
struct ActiveSession {
    execution: Execution,
    job: Job,
    events: EventStream,
    phase: SessionPhase,
    _heartbeat: Heartbeat,
    /// Given up when the end is told: whoever has heard of it may begin the next session.
    permit: Option<OwnedSemaphorePermit>,
    _gauge: WaitingClientGauge,
}

/// How far the job has come, as far as the client has been told.
enum SessionPhase {
    /// It waits. What has been said to it meanwhile is held; `told` is where it was when the client was told last.
    Queued { last_sent: Option<QueueState>, pending: Vec<Control>, bytes: usize },
    /// An attempt has begun, and is told what the client says.
    Running,
}

/// Where a job is that waits.
#[derive(Clone, Copy, PartialEq, Eq)]
struct QueueState {
    position: u64,
    waiting_for: Option<WaitingFor>,
}

/// Why a conversation is over.
enum SessionEnd {
    /// Nobody is left to talk to.
    Disconnected,
    /// The client is told, and the line closed.
    Closed(CloseReason),
}

impl From<Disconnected> for SessionEnd {
    fn from(Disconnected: Disconnected) -> Self {
        Self::Disconnected
    }
}

impl ActiveSession {
    /// Records the job and puts it into the queue.
    async fn open(
        execution: Execution,
        sessions: &SessionLimit,
        caller: Caller,
        start: StartRequest,
    ) -> Result<Self, ApiError> {
        let place_in_server = sessions.acquire()?;
        let mut job = job(&execution, caller, start.body, start.terminal)?;
        submit::check_admission(&execution, &job).await?;
        // Subscribed before anything can happen.
        let events = execution.broker.events(job.id, None).await?;
        let last_sent = match submit::record_and_enqueue(&execution, &mut job, &start.fingerprint).await? {
            SubmitOutcome::New { position, waiting_for, .. } => {
                position.map(|position| QueueState { position, waiting_for })
            }
            // Only an idempotency key could have found another one.
            SubmitOutcome::Existing(_) => return Err(Problem::internal().into()),
        };
        Ok(Self {
            _heartbeat: Heartbeat::start(execution.broker.clone(), job.id),
            phase: SessionPhase::Queued { last_sent: last_sent, pending: Vec::new(), bytes: 0 },
            execution,
            job,
            events,
            permit: Some(place_in_server),
            _gauge: WaitingClientGauge::new("session"),
        })
    }

    /// Talks until it is over, and leaves no program behind that nobody talks to.
    async fn run(mut self, mut line: SessionConnection) {
        let end = self.run_until_end(&mut line).await.unwrap_or_else(|end| end);
        match end {
            SessionEnd::Closed(CloseReason::Finished) => line.close(CloseReason::Finished).await,
            SessionEnd::Closed(closing) => {
                self.cancel_job().await;
                line.close(closing).await;
            }
            SessionEnd::Disconnected => self.cancel_job().await,
        }
    }

    async fn run_until_end(&mut self, line: &mut SessionConnection) -> Result<SessionEnd, SessionEnd> {
        if let SessionPhase::Queued { last_sent: Some(queued), .. } = self.phase {
            line.send(&self.queued(queued)).await?;
        }
        let mut recheck = recheck(&self.execution);
        let leaving = self.execution.shutdown.clone();
        loop {
            tokio::select! {
                // In this order: the record may say that all is over while a slow client has not been told all events.
                biased;
                () = leaving.sessions_ended() => {
                    let detail = "The server is shutting down. Start the session again in a moment.";
                    line.send_error(ApiError::new(ProblemKind::NotReady, detail)).await?;
                    return Ok(SessionEnd::Closed(CloseReason::GoingAway));
                }
                received = line.next() => match received? {
                    Ok(frame) => self.handle_frame(frame, line).await?,
                    Err(error) => line.send_error(error).await?,
                },
                event = self.events.next() => match event {
                    Some(Event { event: JobEvent::Finished, .. }) => {
                        if self.send_result(line).await? {
                            return Ok(SessionEnd::Closed(CloseReason::Finished));
                        }
                    }
                    Some(Event { event, .. }) => self.send_event(event, line).await?,
                    None => self.events = no_events(),
                },
                _ = recheck.tick() => {
                    self.send_position(line).await?;
                    if self.is_final(line).await? && self.send_result(line).await? {
                        return Ok(SessionEnd::Closed(CloseReason::Finished));
                    }
                }
            }
        }
    }

    async fn handle_frame(
        &mut self,
        frame: ClientFrame,
        line: &mut SessionConnection,
    ) -> Result<(), SessionEnd> {
        let message = match frame {
            ClientFrame::Start(_) => {
                let detail = "The session has started already; open another one for another program.";
                return Ok(line.send_error(ApiError::new(ProblemKind::BadFrame, detail)).await?);
            }
            // Its end is told like any other.
            ClientFrame::Stop => return self.cancel_on_request(line).await,
            ClientFrame::Stdin(typed) => Control::Stdin(typed),
            ClientFrame::Eof => Control::Eof,
            ClientFrame::Resize(size) => Control::Resize(size),
            ClientFrame::Signal(signal) => Control::Signal(signal),
        };
        match &mut self.phase {
            SessionPhase::Running => self.forward(message, line).await,
            SessionPhase::Queued { pending: pending, bytes, .. } => {
                *bytes += if let Control::Stdin(text) = &message { text.len() } else { 0 };
                if *bytes > MAX_PENDING_BYTES || pending.len() >= MAX_PENDING_FRAMES {
                    let detail = "More was typed than may wait for the program to start. Wait for started.";
                    line.send_error(ApiError::new(ProblemKind::BodyTooLarge, detail)).await?;
                    return Ok(());
                }
                pending.push(message);
                Ok(())
            }
        }
    }

    /// To a program that has ended there is nothing to be said any more, and the client will be told soon.
    async fn forward(&mut self, message: Control, line: &mut SessionConnection) -> Result<(), SessionEnd> {
        match self.execution.broker.control(self.job.id, message).await {
            Ok(_) => Ok(()),
            Err(error) => self.fail(error.into(), line).await,
        }
    }

    async fn send_event(&mut self, event: JobEvent, line: &mut SessionConnection) -> Result<(), SessionEnd> {
        match event {
            JobEvent::Queued { position } => {
                let queued = QueueState { position, waiting_for: self.waiting_for() };
                line.send(&self.queued(queued)).await?;
            }
            JobEvent::Started { .. } => {
                let job_id = self.job.id.to_string();
                line.send(&SessionFrame::Started(StartedFrame { job_id })).await?;
                if let SessionPhase::Queued { pending: pending, .. } =
                    std::mem::replace(&mut self.phase, SessionPhase::Running)
                {
                    for message in pending {
                        self.forward(message, line).await?;
                    }
                }
            }
            JobEvent::Output { stream, text } => {
                line.send(&SessionFrame::Output(OutputData { stream: stream.into(), text })).await?;
            }
            // The end is told from the record, and a session is not judged.
            JobEvent::Test { .. } | JobEvent::Finished => {}
        }
        Ok(())
    }

    async fn send_position(&mut self, line: &mut SessionConnection) -> Result<(), SessionEnd> {
        let waiting_for = self.waiting_for();
        let SessionPhase::Queued { last_sent: last_sent, .. } = &mut self.phase else { return Ok(()) };
        let Ok(Some(position)) = self.execution.broker.position(self.job.id).await else { return Ok(()) };
        let now = QueueState { position, waiting_for };
        if last_sent.replace(now) != Some(now) {
            line.send(&self.queued(now)).await?;
        }
        Ok(())
    }

    /// Whether there is a result: a look at the record's status alone.
    async fn is_final(&mut self, line: &mut SessionConnection) -> Result<bool, SessionEnd> {
        match self.execution.store.progress(self.job.id).await {
            Ok(progress) => Ok(progress.is_some_and(|progress| progress.status.is_final())),
            Err(error) => self.fail(error.into(), line).await.map(|()| false),
        }
    }

    /// Tells the result, if there is one yet.
    async fn send_result(&mut self, line: &mut SessionConnection) -> Result<bool, SessionEnd> {
        match self.execution.store.record(self.job.id).await {
            Ok(Some(record)) if record.status.is_final() => {
                self.permit = None;
                let result = Box::new(answer::result_body(&record));
                line.send(&SessionFrame::Finished(FinishedFrame { result })).await?;
                Ok(true)
            }
            Ok(_) => Ok(false),
            Err(error) => self.fail(error.into(), line).await.map(|()| false),
        }
    }

    async fn cancel_on_request(&mut self, line: &mut SessionConnection) -> Result<(), SessionEnd> {
        match cancel::cancel_job(&self.execution, self.job.id).await {
            Ok(_) => Ok(()),
            Err(error) => self.fail(error, line).await,
        }
    }

    /// Ends the program, whose client will not hear of it. Should this fail, the worker ends it for want of beats.
    async fn cancel_job(&mut self) {
        if let Err(ApiError(problem)) = cancel::cancel_job(&self.execution, self.job.id).await {
            tracing::warn!(job = %self.job.id, problem = problem.detail, "a session's job could not be stopped");
        }
    }

    async fn fail(&mut self, error: ApiError, line: &mut SessionConnection) -> Result<(), SessionEnd> {
        line.send_error(error).await?;
        Err(SessionEnd::Closed(CloseReason::Failed))
    }

    fn waiting_for(&self) -> Option<WaitingFor> {
        submit::waiting_for(&self.execution, &self.job.submission.language)
    }

    fn queued(&self, QueueState { position, waiting_for }: QueueState) -> SessionFrame {
        SessionFrame::Queued(QueuedFrame { job_id: self.job.id.to_string(), position, waiting_for })
    }
}

/// The job that a start frame asks for, checked as any submission is.
fn job(
    execution: &Execution,
    caller: Caller,
    body: wire::SubmitBody,
    terminal: Option<model::TerminalSize>,
) -> Result<Job, ApiError> {
    let settings = execution.settings.for_sessions();
    let names_wall = body.limits.is_some_and(|limits| limits.wall_ms.is_some());
    let rules = ValidationContext {
        fleet: &execution.fleet,
        settings: &settings,
        caller: &caller.principal,
        trust: caller.trust,
    };
    let mut checked = check::check(body, &rules)
        .map_err(|wrong| ApiError::from(Problem::fields(wrong)))
        .inspect_err(|_| submit::count_submission("unknown", "refused"))?;
    if !names_wall {
        // A language's own is meant for programs that nobody types to.
        checked.submission.limits.wall = settings.sessions.wall;
    }
    if checked.webhook.is_some() {
        let message = "is not taken in a session: whoever holds it hears of its end";
        return Err(Problem::fields(vec![FieldError::new("webhook", message)]).into());
    }
    let session = SessionOptions { terminal, idle_timeout: settings.sessions.idle };
    Ok(Job { session: Some(session), ..submit::new_job(checked, caller, None, &settings) })
}

/// An event may be lost; the record is the truth.
fn recheck(execution: &Execution) -> Interval {
    let every = execution.settings.recheck_interval;
    let mut recheck = interval_at(Instant::now() + every, every);
    recheck.set_missed_tick_behavior(MissedTickBehavior::Delay);
    recheck
}
