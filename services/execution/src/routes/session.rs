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
    FieldError, FinishedFrame, OutputData, ProblemDetails, ProblemType, QueuedFrame, ServerFrame,
    StartedFrame, WaitReason,
};

use super::{
    cancel,
    submit::{self, Accepted},
};
use crate::{
    Execution, Refusal, answer,
    caller::Caller,
    check::{self, Rules},
    session::{Beat, ClientFrame, Closing, Gone, Line, Sessions, Start},
    watch::{Counted, silence},
};

/// How much may be said before the program has its turn: as much as may wait for a program to read it.
const MOST_HELD: usize = 1 << 20;
/// And in how many frames.
const MOST_FRAMES: usize = 1024;

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
        (status = 101, description = "The WebSocket is open. Its frames are `ClientFrame` and `ServerFrame`."),
        (status = 400, description = "This is no WebSocket.", body = ProblemDetails, content_type = "application/problem+json"),
    ),
    extensions(("x-frames" = json!({
        "client": {"$ref": "#/components/schemas/ClientFrame"}, "server": {"$ref": "#/components/schemas/ServerFrame"}
    })))
)]
pub(super) async fn session(
    State(execution): State<Execution>,
    Extension(sessions): Extension<Sessions>,
    caller: Caller,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let Ok(upgrade) = upgrade else {
        let detail = "A live session is a WebSocket; open it with a WebSocket client.";
        return Refusal::new(ProblemType::BadParameter, detail).into_response();
    };
    // What is a little too large is read all the same, so that its client is told and not just cut off.
    let most = 2 * execution.settings.submissions.max_body.as_usize();
    upgrade
        .max_message_size(most)
        .max_frame_size(most)
        .on_upgrade(move |socket| hold(execution, sessions, caller, socket))
}

/// From the first frame to the last.
async fn hold(execution: Execution, sessions: Sessions, caller: Caller, socket: WebSocket) {
    let _session = execution.leaving.session();
    let request_id = caller.request_id.as_ref().map(ToString::to_string);
    let mut line = Line::new(socket, &execution.settings, request_id);
    let start = match first_frame(&execution, &mut line).await {
        Ok(Ok(start)) => start,
        Ok(Err(refusal)) => return line.refuse(refusal).await,
        Err(Gone) => return,
    };
    match Conversation::open(execution, &sessions, caller, start).await {
        Ok(conversation) => conversation.hold(line).await,
        Err(refusal) => line.refuse(refusal).await,
    }
}

/// What to run, or why nothing is run.
async fn first_frame(execution: &Execution, line: &mut Line) -> Result<Result<Start, Refusal>, Gone> {
    let bad_frame = |detail: String| Err(Refusal::new(ProblemType::BadFrame, detail));
    let patience = execution.settings.sessions.patience;
    let Ok(heard) = timeout(patience, line.next()).await else {
        return Ok(bad_frame(format!(
            "The first frame, a start, must come within {} s.",
            patience.as_secs()
        )));
    };
    Ok(match heard? {
        Ok(ClientFrame::Start(start)) => Ok(*start),
        Ok(_) => bad_frame("The first frame must be a start: it says what to run.".to_owned()),
        Err(refusal) => Err(refusal),
    })
}

/// A session whose job is in the queue, or further.
struct Conversation {
    execution: Execution,
    job: Job,
    events: EventStream,
    place: Place,
    _beat: Beat,
    /// Given up when the end is told: whoever has heard of it may begin the next session.
    place_in_server: Option<OwnedSemaphorePermit>,
    _counted: Counted,
}

/// How far the job has come, as far as the client has been told.
enum Place {
    /// It waits. What has been said to it meanwhile is held; `told` is where it was when the client was told last.
    Waiting { told: Option<Queued>, held: Vec<Control>, bytes: usize },
    /// An attempt has begun, and is told what the client says.
    Running,
}

/// Where a job is that waits.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Queued {
    position: u64,
    waiting_for: Option<WaitReason>,
}

/// Why a conversation is over.
enum Over {
    /// Nobody is left to talk to.
    Gone,
    /// The client is told, and the line closed.
    Said(Closing),
}

impl From<Gone> for Over {
    fn from(Gone: Gone) -> Self {
        Self::Gone
    }
}

impl Conversation {
    /// Records the job and puts it into the queue.
    async fn open(
        execution: Execution,
        sessions: &Sessions,
        caller: Caller,
        start: Start,
    ) -> Result<Self, Refusal> {
        let place_in_server = sessions.take()?;
        let mut job = job(&execution, caller, start.body, start.terminal)?;
        submit::require_room(&execution, &job).await?;
        // Subscribed before anything can happen.
        let events = execution.broker.events(job.id, None).await?;
        let told = match submit::admit(&execution, &mut job, &start.fingerprint).await? {
            Accepted::New { position, waiting_for, .. } => {
                position.map(|position| Queued { position, waiting_for })
            }
            // Only an idempotency key could have found another one.
            Accepted::Existing(_) => return Err(ProblemDetails::internal().into()),
        };
        Ok(Self {
            _beat: Beat::start(execution.broker.clone(), job.id),
            place: Place::Waiting { told, held: Vec::new(), bytes: 0 },
            execution,
            job,
            events,
            place_in_server: Some(place_in_server),
            _counted: Counted::new("session"),
        })
    }

    /// Talks until it is over, and leaves no program behind that nobody talks to.
    async fn hold(mut self, mut line: Line) {
        let over = self.talk(&mut line).await.unwrap_or_else(|over| over);
        match over {
            Over::Said(Closing::Finished) => line.close(Closing::Finished).await,
            Over::Said(closing) => {
                self.stop().await;
                line.close(closing).await;
            }
            Over::Gone => self.stop().await,
        }
    }

    async fn talk(&mut self, line: &mut Line) -> Result<Over, Over> {
        if let Place::Waiting { told: Some(queued), .. } = self.place {
            line.send(&self.queued(queued)).await?;
        }
        let mut recheck = recheck(&self.execution);
        let leaving = self.execution.leaving.clone();
        loop {
            tokio::select! {
                // In this order: the record may say that all is over while a slow client has not been told all events.
                biased;
                () = leaving.sessions_ended() => {
                    let detail = "The server is shutting down. Start the session again in a moment.";
                    line.complain(Refusal::new(ProblemType::NotReady, detail)).await?;
                    return Ok(Over::Said(Closing::GoingAway));
                }
                heard = line.next() => match heard? {
                    Ok(frame) => self.obey(frame, line).await?,
                    Err(refusal) => line.complain(refusal).await?,
                },
                event = self.events.next() => match event {
                    Some(Event { event: JobEvent::Finished, .. }) => {
                        if self.tell_end(line).await? {
                            return Ok(Over::Said(Closing::Finished));
                        }
                    }
                    Some(Event { event, .. }) => self.tell(event, line).await?,
                    None => self.events = silence(),
                },
                _ = recheck.tick() => {
                    self.tell_position(line).await?;
                    if self.has_ended(line).await? && self.tell_end(line).await? {
                        return Ok(Over::Said(Closing::Finished));
                    }
                }
            }
        }
    }

    async fn obey(&mut self, frame: ClientFrame, line: &mut Line) -> Result<(), Over> {
        let message = match frame {
            ClientFrame::Start(_) => {
                let detail = "The session has started already; open another one for another program.";
                return Ok(line.complain(Refusal::new(ProblemType::BadFrame, detail)).await?);
            }
            // Its end is told like any other.
            ClientFrame::Stop => return self.stop_politely(line).await,
            ClientFrame::Stdin(typed) => Control::Stdin(typed),
            ClientFrame::Eof => Control::Eof,
            ClientFrame::Resize(size) => Control::Resize(size),
            ClientFrame::Signal(signal) => Control::Signal(signal),
        };
        match &mut self.place {
            Place::Running => self.pass_on(message, line).await,
            Place::Waiting { held, bytes, .. } => {
                *bytes += if let Control::Stdin(text) = &message { text.len() } else { 0 };
                if *bytes > MOST_HELD || held.len() >= MOST_FRAMES {
                    let detail = "More was typed than may wait for the program to start. Wait for started.";
                    line.complain(Refusal::new(ProblemType::BodyTooLarge, detail)).await?;
                    return Ok(());
                }
                held.push(message);
                Ok(())
            }
        }
    }

    /// To a program that has ended there is nothing to be said any more, and the client will be told soon.
    async fn pass_on(&mut self, message: Control, line: &mut Line) -> Result<(), Over> {
        match self.execution.broker.control(self.job.id, message).await {
            Ok(_) => Ok(()),
            Err(error) => self.fail(error.into(), line).await,
        }
    }

    async fn tell(&mut self, event: JobEvent, line: &mut Line) -> Result<(), Over> {
        match event {
            JobEvent::Queued { position } => {
                let queued = Queued { position, waiting_for: self.waiting_for() };
                line.send(&self.queued(queued)).await?;
            }
            JobEvent::Started { .. } => {
                let job_id = self.job.id.to_string();
                line.send(&ServerFrame::Started(StartedFrame { job_id })).await?;
                if let Place::Waiting { held, .. } = std::mem::replace(&mut self.place, Place::Running) {
                    for message in held {
                        self.pass_on(message, line).await?;
                    }
                }
            }
            JobEvent::Output { stream, text } => {
                line.send(&ServerFrame::Output(OutputData { stream: stream.into(), text })).await?;
            }
            // The end is told from the record, and a session is not judged.
            JobEvent::Test { .. } | JobEvent::Finished => {}
        }
        Ok(())
    }

    async fn tell_position(&mut self, line: &mut Line) -> Result<(), Over> {
        let waiting_for = self.waiting_for();
        let Place::Waiting { told, .. } = &mut self.place else { return Ok(()) };
        let Ok(Some(position)) = self.execution.broker.position(self.job.id).await else { return Ok(()) };
        let now = Queued { position, waiting_for };
        if told.replace(now) != Some(now) {
            line.send(&self.queued(now)).await?;
        }
        Ok(())
    }

    /// Whether there is a result: a look at the record's status alone.
    async fn has_ended(&mut self, line: &mut Line) -> Result<bool, Over> {
        match self.execution.store.progress(self.job.id).await {
            Ok(progress) => Ok(progress.is_some_and(|progress| progress.status.is_final())),
            Err(error) => self.fail(error.into(), line).await.map(|()| false),
        }
    }

    /// Tells the result, if there is one yet.
    async fn tell_end(&mut self, line: &mut Line) -> Result<bool, Over> {
        match self.execution.store.record(self.job.id).await {
            Ok(Some(record)) if record.status.is_final() => {
                self.place_in_server = None;
                let result = Box::new(answer::shown(&record));
                line.send(&ServerFrame::Finished(FinishedFrame { result })).await?;
                Ok(true)
            }
            Ok(_) => Ok(false),
            Err(error) => self.fail(error.into(), line).await.map(|()| false),
        }
    }

    async fn stop_politely(&mut self, line: &mut Line) -> Result<(), Over> {
        match cancel::stop(&self.execution, self.job.id).await {
            Ok(_) => Ok(()),
            Err(refusal) => self.fail(refusal, line).await,
        }
    }

    /// Ends the program, whose client will not hear of it. Should this fail, the worker ends it for want of beats.
    async fn stop(&mut self) {
        if let Err(Refusal(problem)) = cancel::stop(&self.execution, self.job.id).await {
            tracing::warn!(job = %self.job.id, problem = problem.detail, "a session's job could not be stopped");
        }
    }

    async fn fail(&mut self, refusal: Refusal, line: &mut Line) -> Result<(), Over> {
        line.complain(refusal).await?;
        Err(Over::Said(Closing::Failed))
    }

    fn waiting_for(&self) -> Option<WaitReason> {
        submit::waiting_for(&self.execution, &self.job.submission.language)
    }

    fn queued(&self, Queued { position, waiting_for }: Queued) -> ServerFrame {
        ServerFrame::Queued(QueuedFrame { job_id: self.job.id.to_string(), position, waiting_for })
    }
}

/// The job that a start frame asks for, checked as any submission is.
fn job(
    execution: &Execution,
    caller: Caller,
    body: wire::SubmitBody,
    terminal: Option<model::TerminalSize>,
) -> Result<Job, Refusal> {
    let settings = execution.settings.for_sessions();
    let names_wall = body.limits.is_some_and(|limits| limits.wall_ms.is_some());
    let rules = Rules {
        fleet: &execution.fleet,
        settings: &settings,
        caller: &caller.principal,
        trust: caller.trust,
    };
    let mut checked = check::check(body, &rules)
        .map_err(|wrong| Refusal::from(ProblemDetails::fields(wrong)))
        .inspect_err(|_| submit::count("unknown", "refused"))?;
    if !names_wall {
        // A language's own is meant for programs that nobody types to.
        checked.submission.limits.wall = settings.sessions.wall;
    }
    if checked.webhook.is_some() {
        let message = "is not taken in a session: whoever holds it hears of its end";
        return Err(ProblemDetails::fields(vec![FieldError::new("webhook", message)]).into());
    }
    let session = SessionOptions { terminal, idle_timeout: settings.sessions.idle };
    Ok(Job { session: Some(session), ..submit::job(checked, caller, None, &settings) })
}

/// An event may be lost; the record is the truth.
fn recheck(execution: &Execution) -> Interval {
    let every = execution.settings.recheck;
    let mut recheck = interval_at(Instant::now() + every, every);
    recheck.set_missed_tick_behavior(MissedTickBehavior::Delay);
    recheck
}
