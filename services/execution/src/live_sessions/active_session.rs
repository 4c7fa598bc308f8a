//! Route `GET /api/execution/session`: connects a `WebSocket` to a running program.
//!
//! A session is a job like any other, recorded and queued, so the worker may be any machine: input goes to the attempt as control
//! messages through the queue, and output comes back as events of the job. The service sends heartbeats; when they stop, for
//! whatever reason, the worker ends the session.

use axum::{
    Extension,
    extract::{
        State,
        ws::{WebSocket, WebSocketUpgrade, rejection::WebSocketUpgradeRejection},
    },
    response::{IntoResponse as _, Response},
};
use broker::{Control, EventStream};
use diagnostics::Language;
use futures_util::StreamExt as _;
use model::{Event, Job, JobEvent};
use tokio::{
    sync::OwnedSemaphorePermit,
    time::{Instant, Interval, MissedTickBehavior, interval_at, timeout},
};
use wire::{
    DrawData, FinishedFrame, LanguageQuery, OutputData, ProblemDetails, ProblemType, QueuedFrame,
    ServerFrame, StartedFrame, WaitReason,
};

use crate::{
    ApiError, Execution,
    caller::Caller,
    cancel,
    help_language::HelpLanguage,
    job_watch::{WaitingClientGauge, no_events},
    live_sessions::{
        connection::{ClientDisconnected, CloseReason, SessionConnection},
        frame::{ClientFrame, StartRequest},
        heartbeat::Heartbeat,
        pending_input::PendingInput,
        session_job::session_job,
        session_limit::SessionLimit,
    },
    results::result_body,
    submit::run::{self, SubmitOutcome},
};

/// Hold a live session.
///
/// A `WebSocket` with a JSON object in each text frame, each with a `type`. The client begins, within ten seconds, with
/// `start`: the fields of a submission (`SubmitBody`), and `pty` with `cols` and `rows` if the program is to have a
/// terminal. Then it may send `stdin` with `text` (and `encoding`, `base64` for bytes that are no text), `eof`, `resize` with `cols` and `rows`, `signal` with a `name`, and `stop`.
/// The server says `queued`, `started`, `output`, `draw` and `artifact` for pictures, and at last `finished` with the whole result, and closes. What it does not
/// understand it answers with `error` and a `problem`; one before the start, or that keeps the program from running, is
/// followed by the end.
///
/// A client that hangs up ends its program. So does one that types nothing to a program that writes nothing for two minutes
/// (`reason` is then `wallLimit`, and `explanation` says so), and the time on the clock, ten minutes unless `wallMs` asks for
/// less. A session is a job: its id is in `queued`, and its result can be read later.
#[utoipa::path(
    get, path = "/api/execution/session", tag = "Running code", operation_id = "session",
    params(LanguageQuery),
    responses(
        (status = 101, description = "The WebSocket is open. Its frames are `ClientFrame` and `ServerFrame`."),
        (status = 400, description = "This is no WebSocket.", body = ProblemDetails, content_type = "application/problem+json"),
    ),
    extensions(("x-frames" = json!({
        "client": {"$ref": "#/components/schemas/ClientFrame"}, "server": {"$ref": "#/components/schemas/ServerFrame"}
    })))
)]
pub(crate) async fn session(
    State(execution): State<Execution>,
    Extension(sessions): Extension<SessionLimit>,
    caller: Caller,
    HelpLanguage(words): HelpLanguage,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let Ok(upgrade) = upgrade else {
        let detail = "A live session is a WebSocket; open it with a WebSocket client.";
        return ApiError::new(ProblemType::BadParameter, detail).into_response();
    };
    // A frame that is slightly too large is read, so that the client gets an error instead of a closed connection.
    let most = 2 * execution.settings().submissions.max_body.as_usize();
    upgrade
        .max_message_size(most)
        .max_frame_size(most)
        .on_upgrade(move |socket| run_session(execution, sessions, (caller, words), socket))
}

/// Runs one session from its first frame to its end.
async fn run_session(
    execution: Execution,
    sessions: SessionLimit,
    (caller, words): (Caller, Language),
    socket: WebSocket,
) {
    let _session = execution.shutdown().track_session();
    let request_id = caller.request_id.as_ref().map(ToString::to_string);
    let mut line = SessionConnection::new(socket, execution.settings(), request_id);
    let start = match first_frame(&execution, &mut line).await {
        Ok(Ok(start)) => start,
        Ok(Err(error)) => return line.reject(error).await,
        Err(ClientDisconnected) => return,
    };
    match ActiveSession::open(execution, &sessions, caller, start).await {
        Ok(session) => ActiveSession { words, ..session }.run(line).await,
        Err(error) => line.reject(error).await,
    }
}

/// Reads the first frame: the start request, or an error.
async fn first_frame(
    execution: &Execution,
    line: &mut SessionConnection,
) -> Result<Result<StartRequest, ApiError>, ClientDisconnected> {
    let bad_frame = |detail: String| Err(ApiError::new(ProblemType::BadFrame, detail));
    let start_timeout = execution.settings().sessions.start_timeout;
    let Ok(received) = timeout(start_timeout, line.next()).await else {
        return Ok(bad_frame(format!(
            "The first frame, a start, must come within {} s.",
            start_timeout.as_secs()
        )));
    };
    Ok(match received? {
        Ok(ClientFrame::Start(start)) => Ok(*start),
        Ok(_) => bad_frame("The first frame must be a start: it says what to run.".to_owned()),
        Err(error) => Err(error),
    })
}

/// A session with a recorded and enqueued job.
struct ActiveSession {
    execution: Execution,
    job: Job,
    /// The language of help in the result.
    words: Language,
    events: EventStream,
    phase: SessionPhase,
    _heartbeat: Heartbeat,
    /// Released before the last frame: a client that has received it may open the next session.
    permit: Option<OwnedSemaphorePermit>,
    _gauge: WaitingClientGauge,
}

/// Progress of the job as sent to the client.
enum SessionPhase {
    /// The job waits. Input for it is kept in `messages`, counted by `pending`; `last_sent` is the state in the last `queued` frame.
    Queued { last_sent: Option<QueueState>, messages: Vec<Control>, pending: PendingInput },
    /// An attempt has begun and receives the input.
    Running,
}

/// State of a waiting job.
#[derive(Clone, Copy, PartialEq, Eq)]
struct QueueState {
    position: u64,
    waiting_for: Option<WaitReason>,
}

/// End of a session.
enum SessionEnd {
    /// The client has disconnected.
    Disconnected,
    /// The client was informed; the connection is closed with this reason.
    Closed(CloseReason),
}

impl From<ClientDisconnected> for SessionEnd {
    fn from(ClientDisconnected: ClientDisconnected) -> Self {
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
        let fingerprint = start.fingerprint.clone();
        let mut job = session_job(&execution, caller, start)?;
        run::check_admission(&execution, &job).await?;
        // Subscribed before anything can happen.
        let events = execution.broker().events(job.id, None).await?;
        let last_sent = match run::record_and_enqueue(&execution, &mut job, &fingerprint).await? {
            SubmitOutcome::New { position, waiting_for, .. } => {
                position.map(|position| QueueState { position, waiting_for })
            }
            // Only an idempotency key could have found another one.
            SubmitOutcome::Existing(_) => return Err(ProblemDetails::internal().into()),
        };
        Ok(Self {
            _heartbeat: Heartbeat::start(execution.broker().clone(), job.id),
            phase: SessionPhase::Queued { last_sent, messages: Vec::new(), pending: PendingInput::default() },
            execution,
            job,
            words: Language::default(),
            events,
            permit: Some(place_in_server),
            _gauge: WaitingClientGauge::new("session"),
        })
    }

    /// Runs the session, closes the connection and cancels the job if it has not finished.
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
            line.send(&self.queued_frame(queued)).await?;
        }
        let mut recheck = record_poll_interval(&self.execution);
        let shutdown = self.execution.shutdown().clone();
        loop {
            tokio::select! {
                // In this order: the record may be final before all events have been sent to a slow client.
                biased;
                () = shutdown.sessions_ended() => {
                    let detail = "The server is shutting down. Start the session again in a moment.";
                    line.send_error(ApiError::new(ProblemType::NotReady, detail)).await?;
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
                return Ok(line.send_error(ApiError::new(ProblemType::BadFrame, detail)).await?);
            }
            // The end is then sent like any other.
            ClientFrame::Stop => return self.cancel_on_request(line).await,
            ClientFrame::Stdin(typed) => Control::Stdin(typed),
            ClientFrame::Eof => Control::Eof,
            ClientFrame::Resize(size) => Control::Resize(size),
            ClientFrame::Signal(signal) => Control::Signal(signal),
        };
        match &mut self.phase {
            SessionPhase::Running => self.forward(message, line).await,
            SessionPhase::Queued { messages, pending, .. } => match pending.add(&message) {
                Ok(()) => {
                    messages.push(message);
                    Ok(())
                }
                Err(full) => Ok(line.send_error(full).await?),
            },
        }
    }

    /// Sends a message to the attempt. One that has ended does not get it, and the client is informed soon.
    async fn forward(&mut self, message: Control, line: &mut SessionConnection) -> Result<(), SessionEnd> {
        match self.execution.broker().control(self.job.id, message).await {
            Ok(_) => Ok(()),
            Err(error) => self.fail(error.into(), line).await,
        }
    }

    async fn send_event(&mut self, event: JobEvent, line: &mut SessionConnection) -> Result<(), SessionEnd> {
        match event {
            JobEvent::Queued { position } => {
                let queued = QueueState { position, waiting_for: self.waiting_for() };
                line.send(&self.queued_frame(queued)).await?;
            }
            JobEvent::Started { .. } => {
                let job_id = self.job.id.to_string();
                line.send(&ServerFrame::Started(StartedFrame { job_id })).await?;
                if let SessionPhase::Queued { messages, .. } =
                    std::mem::replace(&mut self.phase, SessionPhase::Running)
                {
                    for message in messages {
                        self.forward(message, line).await?;
                    }
                }
            }
            JobEvent::Output { stream, text } => {
                line.send(&ServerFrame::Output(OutputData { stream: stream.into(), text })).await?;
            }
            JobEvent::Draw { commands } => line.send(&ServerFrame::Draw(DrawData { commands })).await?,
            JobEvent::Image(image) => line.send(&ServerFrame::Artifact(image.into())).await?,
            // The end is sent from the record, and a session is not judged.
            JobEvent::Test { .. } | JobEvent::Finished => {}
        }
        Ok(())
    }

    async fn send_position(&mut self, line: &mut SessionConnection) -> Result<(), SessionEnd> {
        let waiting_for = self.waiting_for();
        let SessionPhase::Queued { last_sent, .. } = &mut self.phase else { return Ok(()) };
        let Ok(Some(position)) = self.execution.broker().position(self.job.id).await else { return Ok(()) };
        let now = QueueState { position, waiting_for };
        if last_sent.replace(now) != Some(now) {
            line.send(&self.queued_frame(now)).await?;
        }
        Ok(())
    }

    /// Whether the job has ended, from its status alone.
    async fn is_final(&mut self, line: &mut SessionConnection) -> Result<bool, SessionEnd> {
        match self.execution.store().progress(self.job.id).await {
            Ok(progress) => Ok(progress.is_some_and(|progress| progress.status.is_final())),
            Err(error) => self.fail(error.into(), line).await.map(|()| false),
        }
    }

    /// Sends the result, if the job has ended.
    async fn send_result(&mut self, line: &mut SessionConnection) -> Result<bool, SessionEnd> {
        match self.execution.store().record(self.job.id).await {
            Ok(Some(record)) if record.status.is_final() => {
                self.permit = None;
                let result = Box::new(result_body::result_body(&record, self.words));
                line.send(&ServerFrame::Finished(FinishedFrame { result })).await?;
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

    /// Cancels the job of a disconnected client. If this fails, the worker ends the session when heartbeats stop.
    async fn cancel_job(&mut self) {
        if let Err(ApiError(problem)) = cancel::cancel_job(&self.execution, self.job.id).await {
            tracing::warn!(job = %self.job.id, problem = problem.detail, "a session's job could not be stopped");
        }
    }

    async fn fail(&mut self, error: ApiError, line: &mut SessionConnection) -> Result<(), SessionEnd> {
        line.send_error(error).await?;
        Err(SessionEnd::Closed(CloseReason::Failed))
    }

    fn waiting_for(&self) -> Option<WaitReason> {
        run::waiting_for(&self.execution, &self.job.submission.language)
    }

    fn queued_frame(&self, QueueState { position, waiting_for }: QueueState) -> ServerFrame {
        ServerFrame::Queued(QueuedFrame { job_id: self.job.id.to_string(), position, waiting_for })
    }
}

/// Interval of polling the record: events may be lost.
fn record_poll_interval(execution: &Execution) -> Interval {
    let every = execution.settings().recheck_interval;
    let mut recheck = interval_at(Instant::now() + every, every);
    recheck.set_missed_tick_behavior(MissedTickBehavior::Delay);
    recheck
}
