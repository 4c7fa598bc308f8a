//! Route `GET /api/execution/stream/{id}`: server-sent events of a job.
//!
//! Output comes from the event log of the queue, the end always from the record. If the event log of an ended job has expired, its
//! events are replayed from the record, so a late client misses nothing.

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
use diagnostics::Language;
use futures_util::{StreamExt as _, stream};
use judge::redact::{RedactedGrading, RedactedTest};
use model::{Completion, Event, JobEvent, JobId, JobRecord, JobStatus, LanguageId, Seq, Visibility};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, timeout};
use utoipa::ToSchema;
use wire::{
    DrawData, LanguageQuery, OutputData, ProblemDetails, QueuedData, StartedData, StreamEvent, TestResultData,
};

use crate::{
    ApiError, Execution,
    caller::Caller,
    help_language::HelpLanguage,
    job_watch::{self, WaitingClientGauge, last_seq, no_events},
    live_sessions::LingeringHeartbeat,
    parameters::{JobIdParam, JobPath, LastEventIdHeader, last_event_id},
    results::result_body,
    submit::run,
};

/// Proxies give up on connections that stay silent for a minute or less.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Timeout for the event log of a finished job before its events are replayed from the record. An existing log answers at once.
const EVENT_LOG_TIMEOUT: Duration = Duration::from_millis(50);

/// Schema of an event as it is sent, with one field in each line: a `StreamEvent` with its id, and its data as text.
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
/// with `stream` and `text` as the program writes it, `draw` and `artifact` of a session that draws and shows images, and at last `finished` with the whole result. A grading has no
/// `output` but a `test` for each test that was run, with its `index`, whether it `passed`, and whether it is `hidden`: of a public
/// test when it has been judged, of all hidden ones together when the last has been, so that none can be timed.
/// A client that lost the connection goes on where it was by sending the last id as `Last-Event-ID`, which browsers do by
/// themselves. A comment every 15 s keeps proxies awake.
///
/// The stream of a live session keeps it alive: without one, or a `WebSocket`, its program ends after 20 s.
///
/// A second `started` means that the worker was lost and the program runs again: output and tests before it are void.
#[utoipa::path(
    get, path = "/api/execution/stream/{id}", tag = "Running code", operation_id = "stream",
    params(JobPath, LastEventIdHeader, LanguageQuery),
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
pub(crate) async fn stream(
    State(execution): State<Execution>,
    caller: Caller,
    JobIdParam(id): JobIdParam,
    HelpLanguage(words): HelpLanguage,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let after = last_event_id(&headers)?;
    job_watch::authorized_progress(&execution, &caller, id).await?;
    // Subscribe first and read the progress then: an end in between is in one of the two.
    let events = execution.broker().events(id, after).await?;
    let progress = execution.store().progress(id).await?.ok_or_else(ApiError::job_not_found)?;
    let mut follower = EventFeed::new(execution, (id, words), events);
    if progress.is_session && !progress.status.is_final() {
        follower.heartbeat = Some(LingeringHeartbeat::start(follower.execution.broker().clone(), id));
    }
    if progress.status.is_final() {
        let record = job_watch::record(&follower.execution, id).await?;
        if !follower.replay(&record, after).await {
            return Ok(StatusCode::NO_CONTENT.into_response());
        }
    } else if progress.status == JobStatus::Queued && progress.attempt == 0 {
        let language = job_watch::record(&follower.execution, id).await?.job.submission.language;
        follower.phase =
            FeedPhase::Queued { last_id: after.map_or(0, |seq| seq.0), last_sent: None, language };
        follower.push_position().await;
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

/// The events of one job for one client.
struct EventFeed {
    execution: Execution,
    id: JobId,
    /// The language of help in the result.
    words: Language,
    events: EventStream,
    pending: VecDeque<Frame>,
    phase: FeedPhase,
    recheck: Interval,
    /// Keeps a live session alive.
    heartbeat: Option<LingeringHeartbeat>,
    _gauge: WaitingClientGauge,
}

/// Progress of the job as sent to the client.
enum FeedPhase {
    /// The job waits; `last_id` is the last sequence number used, `last_sent` the event sent with it.
    Queued { last_id: u64, last_sent: Option<QueuedData>, language: LanguageId },
    /// An attempt has begun.
    Running,
    /// All events have been sent.
    Ended,
}

impl EventFeed {
    fn new(execution: Execution, (id, words): (JobId, Language), events: EventStream) -> Self {
        let every = execution.settings().recheck_interval;
        let mut recheck = interval_at(Instant::now() + every, every);
        recheck.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (pending, phase) = (VecDeque::new(), FeedPhase::Running);
        let gauge = WaitingClientGauge::new("stream");
        Self { execution, id, words, events, pending, phase, recheck, heartbeat: None, _gauge: gauge }
    }

    /// The next event for the client, or the end.
    async fn next(&mut self) -> Option<Frame> {
        loop {
            if let Some(frame) = self.pending.pop_front() {
                return Some(frame);
            }
            if matches!(self.phase, FeedPhase::Ended) {
                return None;
            }
            tokio::select! {
                // In this order: the record may say that all is over while a slow client has not been told all events.
                biased;
                () = self.execution.shutdown().waits_stopped() => return None,
                event = self.events.next() => match event {
                    Some(event) => self.push_event(event).await,
                    None => self.events = no_events(),
                },
                _ = self.recheck.tick() => self.poll_record().await,
            }
        }
    }

    /// Tells a client of a job that has ended what it has not been told. False if that is nothing.
    async fn replay(&mut self, record: &JobRecord, after: Option<Seq>) -> bool {
        let last = last_seq(record.job.attempt);
        if after.is_some_and(|after| after >= last) {
            return false;
        }
        match timeout(EVENT_LOG_TIMEOUT, self.events.next()).await {
            Ok(Some(event)) => self.push_event(event).await,
            // The log ends after `finished`, and has nothing after what the client has.
            Ok(None) if after.is_some() => return false,
            Ok(None) | Err(_) => {
                // Numbers in the lost log were other ones, so a client that comes back is not told any output twice:
                // all of it is in the result.
                if after.is_none() {
                    self.pending.extend(replayed_run(record));
                }
                self.finish(last, record);
            }
        }
        true
    }

    async fn push_event(&mut self, Event { seq, event }: Event) {
        let frame = match event {
            JobEvent::Queued { position } => sse_frame(seq, &StreamEvent::Queued(self.queued_data(position))),
            JobEvent::Started { attempt } => {
                self.phase = FeedPhase::Running;
                sse_frame(seq, &StreamEvent::Started(StartedData { attempt }))
            }
            JobEvent::Output { stream, text } => {
                sse_frame(seq, &StreamEvent::Output(OutputData { stream: stream.into(), text }))
            }
            JobEvent::Draw { commands } => sse_frame(seq, &StreamEvent::Draw(DrawData { commands })),
            JobEvent::Image(image) => sse_frame(seq, &StreamEvent::Artifact(image.into())),
            JobEvent::Test { index, passed, visibility } => {
                let hidden = visibility == Visibility::Hidden;
                sse_frame(seq, &StreamEvent::Test(TestResultData { index, passed, hidden }))
            }
            JobEvent::Finished => return self.push_result(seq).await,
        };
        self.pending.extend(frame);
    }

    /// Polls the progress, in case an event was lost.
    async fn poll_record(&mut self) {
        match self.execution.store().progress(self.id).await {
            Ok(Some(progress)) if progress.status.is_final() => {
                self.push_result(last_seq(progress.attempt)).await;
            }
            Ok(Some(_)) => self.push_position().await,
            Ok(None) => self.phase = FeedPhase::Ended,
            Err(error) => tracing::warn!(job = %self.id, %error, "a followed job's record cannot be read"),
        }
    }

    async fn push_position(&mut self) {
        if !matches!(self.phase, FeedPhase::Queued { .. }) {
            return;
        }
        let Ok(Some(position)) = self.execution.broker().position(self.id).await else { return };
        let now = self.queued_data(position);
        let FeedPhase::Queued { last_id, last_sent, .. } = &mut self.phase else { return };
        if last_sent.as_ref() != Some(&now) {
            *last_id += 1;
            self.pending.extend(sse_frame(Seq(*last_id), &StreamEvent::Queued(now.clone())));
            *last_sent = Some(now);
        }
    }

    fn queued_data(&self, position: u64) -> QueuedData {
        let waiting_for = match &self.phase {
            FeedPhase::Queued { language, .. } => run::waiting_for(&self.execution, language),
            FeedPhase::Running | FeedPhase::Ended => None,
        };
        QueuedData { position, waiting_for }
    }

    async fn push_result(&mut self, seq: Seq) {
        match self.execution.store().record(self.id).await {
            Ok(Some(record)) if record.status.is_final() => self.finish(seq, &record),
            Ok(Some(_)) => {}
            // The record was deleted.
            Ok(None) => self.phase = FeedPhase::Ended,
            // The next poll finds it.
            Err(error) => tracing::warn!(job = %self.id, %error, "a followed job's record cannot be read"),
        }
    }

    fn finish(&mut self, seq: Seq, record: &JobRecord) {
        self.pending.extend(sse_frame(
            seq,
            &StreamEvent::Finished(Box::new(result_body::result_body(record, self.words))),
        ));
        self.phase = FeedPhase::Ended;
    }
}

/// The events before the end, from the record: the start, and each part of the output or each test.
fn replayed_run(record: &JobRecord) -> Vec<Frame> {
    let attempt = record.job.attempt;
    if let Some(grading) = result_body::visible_grading(record) {
        return replayed_grading(attempt, &grading);
    }
    let Some(run) =
        record.completion.as_ref().and_then(Completion::report).and_then(|report| report.run.as_ref())
    else {
        return Vec::new();
    };
    let started = sse_frame(Seq::of(attempt, 0), &StreamEvent::Started(StartedData { attempt }));
    let output = run.transcript.parts().zip(1..).filter_map(|((stream, bytes), n)| {
        let text = String::from_utf8_lossy(bytes).into_owned();
        sse_frame(Seq::of(attempt, n), &StreamEvent::Output(OutputData { stream: stream.into(), text }))
    });
    started.into_iter().chain(output).collect()
}

/// A test that was not run is sent as not passed, so hidden tests reveal no more than that.
fn replayed_grading(attempt: u32, grading: &RedactedGrading) -> Vec<Frame> {
    let started = sse_frame(Seq::of(attempt, 0), &StreamEvent::Started(StartedData { attempt }));
    let tests = grading.tests.iter().zip(0_u64..).filter_map(|(test, index)| {
        let hidden = matches!(test, RedactedTest::Hidden(_));
        sse_frame(
            Seq::of(attempt, index + 1),
            &StreamEvent::Test(TestResultData { index, passed: test.passed(), hidden }),
        )
    });
    started.into_iter().chain(tests).collect()
}

fn sse_frame(seq: Seq, event: &StreamEvent) -> Option<Frame> {
    // All of this is plain data with text keys, which always serializes.
    let data = event.data().ok()?;
    Some(Frame::default().id(seq.0.to_string()).event(event.name()).data(data))
}
