//! `GET /api/execution/stream/{id}`: a job's events as they happen.
//!
//! Output comes from the event log, the end always from the record. A job that ended so long ago that its log is gone
//! is told again from its record, so that a late reader misses nothing.

use std::{collections::VecDeque, convert::Infallible, time::Duration};

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{
        IntoResponse as _, Response, Sse,
        sse::{Event as Frame, KeepAlive},
    },
};
use broker::EventStream;
use futures_util::{StreamExt as _, stream};
use judge::hide::{SeenGrading, SeenTest};
use model::{Completion, Event, JobEvent, JobId, JobRecord, JobStatus, LanguageId, Seq, Visibility};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, timeout};
use utoipa::ToSchema;
use wire::{OutputData, ProblemDetails, QueuedData, StartedData, StreamEvent, TestResultData};

use super::submit;
use crate::{
    Execution, Refusal, answer,
    caller::Caller,
    parameters::{Id, JobPath, LastEventIdHeader, last_event_id},
    watch::{self, Counted, last_seq, silence},
};

/// Proxies give up on connections that stay silent for a minute or less.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// How long a finished job's log is waited for before the record tells the story. A log that is there answers at once.
const LOG_PATIENCE: Duration = Duration::from_millis(50);

/// An event as it is sent, a field in a line: `StreamEvent` with its id, its data being text.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is only a description")]
struct EventLines {
    /// Grows from event to event.
    #[schema(pattern = "^[0-9]+$")]
    id: String,
    /// `event` of a `StreamEvent`.
    event: String,
    /// `data` of a `StreamEvent`, in JSON.
    data: String,
}

/// Follow a job.
///
/// Server-sent events, each with an `id` that grows: `queued` with the `position` and what the job waits for besides its turn, `started` with the `attempt`, `output`
/// with `stream` and `text` as the program writes it, and at last `finished` with the whole result. A grading has no
/// `output` but a `test` for each test that was run, with its `index`, whether it `passed`, and whether it is `hidden`: of a public
/// test when it has been judged, of all hidden ones together when the last has been, so that none can be timed.
/// A client that lost the connection goes on where it was by sending the last id as `Last-Event-ID`, which browsers do by
/// themselves. A comment every 15 s keeps proxies awake.
///
/// A second `started` means that the worker was lost and the program runs again: output and tests before it are void.
#[utoipa::path(
    get, path = "/api/execution/stream/{id}", tag = "Running code", operation_id = "stream",
    params(JobPath, LastEventIdHeader),
    responses(
        (status = 200, description = "The events, until `finished`. Each is a `StreamEvent`, with `event` and `data` on lines of their own.",
            body = inline(EventLines), content_type = "text/event-stream",
            example = json!("id: 1\nevent: queued\ndata: {\"position\":1}\n\nid: 100000001\nevent: started\ndata: {\"attempt\":1}\n\nid: 100000002\nevent: output\ndata: {\"stream\":\"stdout\",\"text\":\"hi\\n\"}\n\nid: 100000003\nevent: finished\ndata: {\"jobId\":\"0192d3a4-5b6c-7d8e-9f01-23456789abcd\",\"status\":\"completed\",\"…\":\"…\"}\n\n")),
        (status = 204, description = "`Last-Event-ID` was the last event: there is nothing more. Browsers stop reconnecting."),
        (status = 400, description = "The id or `Last-Event-ID` is not one.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 404, description = "No such job, or not the caller's.", body = ProblemDetails, content_type = "application/problem+json"),
    ),
    extensions(("x-events" = json!({"$ref": "#/components/schemas/StreamEvent"})))
)]
pub(super) async fn stream(
    State(execution): State<Execution>,
    caller: Caller,
    Id(id): Id,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let after = last_event_id(&headers)?;
    watch::visible(&execution, &caller, id).await?;
    // Subscribed first and looked at again then: an end between the two is in one of them.
    let events = execution.broker.events(id, after).await?;
    let progress = execution.store.progress(id).await?.ok_or_else(Refusal::no_such_job)?;
    let mut follower = Follower::new(execution, id, events);
    if progress.status.is_final() {
        let record = watch::record(&follower.execution, id).await?;
        if !follower.catch_up(&record, after).await {
            return Ok(StatusCode::NO_CONTENT.into_response());
        }
    } else if progress.status == JobStatus::Queued && progress.attempt == 0 {
        let language = watch::record(&follower.execution, id).await?.job.submission.language;
        follower.place = Place::Waiting { told: after.map_or(0, |seq| seq.0), last: None, language };
        follower.tell_position().await;
    }
    let frames = stream::unfold(follower, |mut follower| async {
        let frame = follower.next().await?;
        Some((Ok::<_, Infallible>(frame), follower))
    });
    let mut response = Sse::new(frames).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response();
    // nginx otherwise holds small answers back.
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// One client's way through the events of one job.
struct Follower {
    execution: Execution,
    id: JobId,
    events: EventStream,
    ready: VecDeque<Frame>,
    place: Place,
    recheck: Interval,
    _counted: Counted,
}

/// How far the job has come, as far as the client has been told.
enum Place {
    /// It waits; `told` is the last sequence number used, `last` what was told with it.
    Waiting { told: u64, last: Option<QueuedData>, language: LanguageId },
    /// It has begun.
    Running,
    /// Everything has been told.
    Over,
}

impl Follower {
    fn new(execution: Execution, id: JobId, events: EventStream) -> Self {
        let every = execution.settings.recheck;
        let mut recheck = interval_at(Instant::now() + every, every);
        recheck.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (ready, place) = (VecDeque::new(), Place::Running);
        Self { execution, id, events, ready, place, recheck, _counted: Counted::new("stream") }
    }

    /// The next event for the client, or the end.
    async fn next(&mut self) -> Option<Frame> {
        loop {
            if let Some(frame) = self.ready.pop_front() {
                return Some(frame);
            }
            if matches!(self.place, Place::Over) {
                return None;
            }
            tokio::select! {
                // In this order: the record may say that all is over while a slow client has not been told all events.
                biased;
                () = self.execution.leaving.waiters_sent_away() => return None,
                event = self.events.next() => match event {
                    Some(event) => self.tell(event).await,
                    None => self.events = silence(),
                },
                _ = self.recheck.tick() => self.look().await,
            }
        }
    }

    /// Tells a client of a job that has ended what it has not been told. False if that is nothing.
    async fn catch_up(&mut self, record: &JobRecord, after: Option<Seq>) -> bool {
        let last = last_seq(record.job.attempt);
        if after.is_some_and(|after| after >= last) {
            return false;
        }
        match timeout(LOG_PATIENCE, self.events.next()).await {
            Ok(Some(event)) => self.tell(event).await,
            // The log ends after `finished`, and has nothing after what the client has.
            Ok(None) if after.is_some() => return false,
            Ok(None) | Err(_) => {
                // Numbers in the lost log were other ones, so a client that comes back is not told any output twice:
                // all of it is in the result.
                if after.is_none() {
                    self.ready.extend(retold(record));
                }
                self.finish(last, record);
            }
        }
        true
    }

    async fn tell(&mut self, Event { seq, event }: Event) {
        let frame = match event {
            JobEvent::Queued { position } => framed(seq, &StreamEvent::Queued(self.queued(position))),
            JobEvent::Started { attempt } => {
                self.place = Place::Running;
                framed(seq, &StreamEvent::Started(StartedData { attempt }))
            }
            JobEvent::Output { stream, text } => {
                framed(seq, &StreamEvent::Output(OutputData { stream: stream.into(), text }))
            }
            JobEvent::Test { index, passed, visibility } => {
                let hidden = visibility == Visibility::Hidden;
                framed(seq, &StreamEvent::Test(TestResultData { index, passed, hidden }))
            }
            JobEvent::Finished => return self.tell_end(seq).await,
        };
        self.ready.extend(frame);
    }

    /// Looks whether something happened that no event told.
    async fn look(&mut self) {
        match self.execution.store.progress(self.id).await {
            Ok(Some(progress)) if progress.status.is_final() => {
                self.tell_end(last_seq(progress.attempt)).await;
            }
            Ok(Some(_)) => self.tell_position().await,
            Ok(None) => self.place = Place::Over,
            Err(error) => tracing::warn!(job = %self.id, %error, "a followed job's record cannot be read"),
        }
    }

    async fn tell_position(&mut self) {
        if !matches!(self.place, Place::Waiting { .. }) {
            return;
        }
        let Ok(Some(position)) = self.execution.broker.position(self.id).await else { return };
        let now = self.queued(position);
        let Place::Waiting { told, last, .. } = &mut self.place else { return };
        if last.as_ref() != Some(&now) {
            *told += 1;
            self.ready.extend(framed(Seq(*told), &StreamEvent::Queued(now.clone())));
            *last = Some(now);
        }
    }

    fn queued(&self, position: u64) -> QueuedData {
        let waiting_for = match &self.place {
            Place::Waiting { language, .. } => submit::waiting_for(&self.execution, language),
            Place::Running | Place::Over => None,
        };
        QueuedData { position, waiting_for }
    }

    async fn tell_end(&mut self, seq: Seq) {
        match self.execution.store.record(self.id).await {
            Ok(Some(record)) if record.status.is_final() => self.finish(seq, &record),
            Ok(Some(_)) => {}
            // It was deleted, so nobody is told its result any more.
            Ok(None) => self.place = Place::Over,
            // The next look finds it.
            Err(error) => tracing::warn!(job = %self.id, %error, "a followed job's record cannot be read"),
        }
    }

    fn finish(&mut self, seq: Seq, record: &JobRecord) {
        self.ready.extend(framed(seq, &StreamEvent::Finished(Box::new(answer::shown(record)))));
        self.place = Place::Over;
    }
}

/// What happened before the end, from the record: the start, and each part of the output or each test.
fn retold(record: &JobRecord) -> Vec<Frame> {
    let attempt = record.job.attempt;
    if let Some(grading) = answer::seen(record) {
        return retold_grading(attempt, &grading);
    }
    let Some(run) =
        record.completion.as_ref().and_then(Completion::report).and_then(|report| report.run.as_ref())
    else {
        return Vec::new();
    };
    let started = framed(Seq::of(attempt, 0), &StreamEvent::Started(StartedData { attempt }));
    let output = run.transcript.parts().zip(1..).filter_map(|((stream, bytes), n)| {
        let text = String::from_utf8_lossy(bytes).into_owned();
        framed(Seq::of(attempt, n), &StreamEvent::Output(OutputData { stream: stream.into(), text }))
    });
    started.into_iter().chain(output).collect()
}

/// A test that was not run is told as one that was not passed: of a hidden one, that is all that is told.
fn retold_grading(attempt: u32, grading: &SeenGrading) -> Vec<Frame> {
    let started = framed(Seq::of(attempt, 0), &StreamEvent::Started(StartedData { attempt }));
    let tests = grading.tests.iter().zip(0_u64..).filter_map(|(test, index)| {
        let hidden = matches!(test, SeenTest::Hidden(_));
        framed(
            Seq::of(attempt, index + 1),
            &StreamEvent::Test(TestResultData { index, passed: test.passed(), hidden }),
        )
    });
    started.into_iter().chain(tests).collect()
}

fn framed(seq: Seq, event: &StreamEvent) -> Option<Frame> {
    // All of this is plain data with text keys, which always serializes.
    let data = event.data().ok()?;
    Some(Frame::default().id(seq.0.to_string()).event(event.name()).data(data))
}
