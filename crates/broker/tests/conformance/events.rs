//! Events: order, resumption, limits and retention.

use std::{sync::Arc, time::Duration};

use broker::EventStream;
use model::{Event, JobEvent, JobId, Seq, Stream};
use tokio::task::JoinSet;
use tokio_stream::StreamExt as _;

use super::{Engine, Harness, assert_pending, with_timeout};

const JOB: JobId = JobId::from_u128(1);

fn event(attempt: u32, n: u64, event: JobEvent) -> Event {
    Event { seq: Seq::of(attempt, n), event }
}

fn output(attempt: u32, n: u64, text: &str) -> Event {
    event(attempt, n, JobEvent::Output { stream: Stream::Stdout, text: text.to_owned() })
}

/// The events of a short job: queued, started, some output, finished.
fn sample_events() -> Vec<Event> {
    vec![
        event(0, 0, JobEvent::Queued { position: 3 }),
        event(1, 0, JobEvent::Started { attempt: 1 }),
        output(1, 1, "hello "),
        output(1, 2, "world\n"),
        event(1, 3, JobEvent::Finished),
    ]
}

async fn publish(harness: &Harness, events: impl IntoIterator<Item = Event>) {
    for event in events {
        harness.broker.publish(JOB, event).await;
    }
}

async fn subscribe(harness: &Harness, after: Option<Seq>) -> EventStream {
    harness.broker.events(JOB, after).await.expect("watches")
}

/// All events to the end of the stream.
async fn all(stream: EventStream) -> Vec<Event> {
    with_timeout(stream.collect()).await
}

pub(crate) async fn a_late_subscriber_gets_all_events(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    publish(&harness, sample_events()).await;
    assert_eq!(all(subscribe(&harness, None).await).await, sample_events());
}

pub(crate) async fn events_resume_after_a_sequence_number(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    publish(&harness, sample_events()).await;
    for (seen, event) in sample_events().iter().enumerate() {
        assert_eq!(all(subscribe(&harness, Some(event.seq)).await).await, sample_events()[seen + 1..]);
    }
}

pub(crate) async fn events_arrive_as_they_are_published(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    let mut stream = subscribe(&harness, None).await;
    for event in sample_events() {
        assert_pending(stream.next()).await;
        publish(&harness, [event.clone()]).await;
        assert_eq!(with_timeout(stream.next()).await, Some(event));
    }
}

pub(crate) async fn events_end_with_finished(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    let stream = subscribe(&harness, None).await;
    publish(&harness, sample_events()).await;
    publish(&harness, [output(1, 4, "more"), event(2, 0, JobEvent::Finished)]).await;
    assert_eq!(all(stream).await, sample_events());
    assert_eq!(all(subscribe(&harness, None).await).await, sample_events());
}

pub(crate) async fn thousands_of_subscribers_get_all_events(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    let broker = Arc::clone(&harness.broker);
    let mut watchers = JoinSet::new();
    for _ in 0..3_000 {
        let stream = subscribe(&harness, None).await;
        watchers.spawn(all(stream));
    }
    for event in sample_events() {
        broker.publish(JOB, event).await;
    }
    let received = with_timeout(watchers.join_all()).await;
    assert_eq!(received.len(), 3_000);
    assert!(received.iter().all(|events| *events == sample_events()));
}

pub(crate) async fn late_events_of_an_older_attempt_are_dropped(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    let second = [event(2, 0, JobEvent::Started { attempt: 2 }), output(2, 1, "new")];
    publish(&harness, [event(1, 0, JobEvent::Started { attempt: 1 })]).await;
    publish(&harness, second.clone()).await;
    publish(&harness, [output(1, 1, "old"), output(2, 1, "again")]).await;
    publish(&harness, [event(2, 2, JobEvent::Finished)]).await;
    let events = all(subscribe(&harness, Some(Seq::of(1, 0))).await).await;
    assert_eq!(events[..2], second);
    assert_eq!(events.len(), 3);
}

pub(crate) async fn a_finished_event_is_never_dropped_as_late(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    publish(&harness, [output(3, 7, "stuck")]).await;
    // From the reconciler, which knows that the job is dead but not the last `seq`.
    publish(&harness, [event(0, 1, JobEvent::Finished)]).await;
    let events = all(subscribe(&harness, None).await).await;
    assert_eq!(events.last().map(|event| &event.event), Some(&JobEvent::Finished));
    assert!(events[1].seq > events[0].seq);
    assert_eq!(all(subscribe(&harness, Some(events[0].seq)).await).await, events[1..]);
}

pub(crate) async fn past_the_cap_the_oldest_output_is_dropped(engine: &dyn Engine) {
    const CAP: usize = 64 << 10;
    let harness = Harness::open_with(engine, |settings| settings.max_event_bytes_per_job = CAP as u64).await;
    let started = event(1, 0, JobEvent::Started { attempt: 1 });
    publish(&harness, [started.clone()]).await;
    let kilobyte = "x".repeat(1024);
    publish(&harness, (1..=200).map(|n| output(1, n, &kilobyte))).await;
    publish(&harness, [event(1, 201, JobEvent::Finished)]).await;

    let events = all(subscribe(&harness, None).await).await;
    assert_eq!(events[0], started, "what is not output stays");
    let places: Vec<_> = events[1..].iter().map(|event| event.seq).collect();
    let kept = places.len() as u64 - 1;
    assert!(kept > 30 && kept <= 64, "{kept} KiB kept");
    let newest: Vec<_> = (201 - kept..=201).map(|n| Seq::of(1, n)).collect();
    assert_eq!(places, newest);
}

pub(crate) async fn an_unknown_job_has_no_events_until_one_is_published(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    let mut stream = subscribe(&harness, None).await;
    assert_pending(stream.next()).await;
    harness.clock.advance(Duration::from_hours(2));
    harness.expire_leases().await;
    assert_pending(stream.next()).await;
    publish(&harness, sample_events()).await;
    assert_eq!(all(stream).await, sample_events());
}

pub(crate) async fn the_events_of_a_finished_job_are_dropped_after_their_retention(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    publish(&harness, sample_events()).await;
    harness.clock.advance(Duration::from_secs(59));
    harness.expire_leases().await;
    let slow = subscribe(&harness, None).await;
    assert_eq!(all(subscribe(&harness, None).await).await, sample_events());
    harness.clock.advance(Duration::from_secs(1));
    harness.expire_leases().await;
    assert_eq!(all(slow).await, sample_events(), "who watched before still gets them");
    assert_pending(subscribe(&harness, None).await.next()).await;
}
