//! Watching jobs.

use std::{sync::Arc, time::Duration};

use broker::EventStream;
use model::{Event, JobEvent, JobId, Seq, Stream};
use tokio::task::JoinSet;
use tokio_stream::StreamExt as _;

use super::{Bench, Engine, never, soon};

const JOB: JobId = JobId::from_u128(1);

fn event(attempt: u32, n: u64, event: JobEvent) -> Event {
    Event { seq: Seq::of(attempt, n), event }
}

fn output(attempt: u32, n: u64, text: &str) -> Event {
    event(attempt, n, JobEvent::Output { stream: Stream::Stdout, text: text.to_owned() })
}

/// A short life: queued, started, some output, finished.
fn life() -> Vec<Event> {
    vec![
        event(0, 0, JobEvent::Queued { position: 3 }),
        event(1, 0, JobEvent::Started { attempt: 1 }),
        output(1, 1, "hello "),
        output(1, 2, "world\n"),
        event(1, 3, JobEvent::Finished),
    ]
}

async fn publish(bench: &Bench, events: impl IntoIterator<Item = Event>) {
    for event in events {
        bench.broker.publish(JOB, event).await;
    }
}

async fn watch(bench: &Bench, after: Option<Seq>) -> EventStream {
    bench.broker.events(JOB, after).await.expect("watches")
}

/// All events to the end of the stream.
async fn all(stream: EventStream) -> Vec<Event> {
    soon(stream.collect()).await
}

pub(crate) async fn a_late_watcher_gets_all_events(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    publish(&bench, life()).await;
    assert_eq!(all(watch(&bench, None).await).await, life());
}

pub(crate) async fn events_resume_after_a_place(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    publish(&bench, life()).await;
    for (seen, event) in life().iter().enumerate() {
        assert_eq!(all(watch(&bench, Some(event.seq)).await).await, life()[seen + 1..]);
    }
}

pub(crate) async fn events_arrive_as_they_are_published(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    let mut stream = watch(&bench, None).await;
    for event in life() {
        never(stream.next()).await;
        publish(&bench, [event.clone()]).await;
        assert_eq!(soon(stream.next()).await, Some(event));
    }
}

pub(crate) async fn events_end_with_finished(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    let stream = watch(&bench, None).await;
    publish(&bench, life()).await;
    publish(&bench, [output(1, 4, "more"), event(2, 0, JobEvent::Finished)]).await;
    assert_eq!(all(stream).await, life());
    assert_eq!(all(watch(&bench, None).await).await, life());
}

pub(crate) async fn thousands_of_watchers_are_all_told(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    let broker = Arc::clone(&bench.broker);
    let mut watchers = JoinSet::new();
    for _ in 0..3_000 {
        let stream = watch(&bench, None).await;
        watchers.spawn(all(stream));
    }
    for event in life() {
        broker.publish(JOB, event).await;
    }
    let told = soon(watchers.join_all()).await;
    assert_eq!(told.len(), 3_000);
    assert!(told.iter().all(|events| *events == life()));
}

pub(crate) async fn late_events_of_an_older_attempt_are_dropped(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    let second = [event(2, 0, JobEvent::Started { attempt: 2 }), output(2, 1, "new")];
    publish(&bench, [event(1, 0, JobEvent::Started { attempt: 1 })]).await;
    publish(&bench, second.clone()).await;
    publish(&bench, [output(1, 1, "old"), output(2, 1, "again")]).await;
    publish(&bench, [event(2, 2, JobEvent::Finished)]).await;
    let events = all(watch(&bench, Some(Seq::of(1, 0))).await).await;
    assert_eq!(events[..2], second);
    assert_eq!(events.len(), 3);
}

pub(crate) async fn finished_is_never_too_late(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    publish(&bench, [output(3, 7, "stuck")]).await;
    // From the reconciler, which knows that the job is dead but not how far its attempts had got.
    publish(&bench, [event(0, 1, JobEvent::Finished)]).await;
    let events = all(watch(&bench, None).await).await;
    assert_eq!(events.last().map(|event| &event.event), Some(&JobEvent::Finished));
    assert!(events[1].seq > events[0].seq);
    assert_eq!(all(watch(&bench, Some(events[0].seq)).await).await, events[1..]);
}

pub(crate) async fn past_the_cap_the_oldest_output_is_dropped(engine: &dyn Engine) {
    const CAP: usize = 64 << 10;
    let bench = Bench::open_with(engine, |rules| rules.most_event_bytes_per_job = CAP as u64).await;
    let started = event(1, 0, JobEvent::Started { attempt: 1 });
    publish(&bench, [started.clone()]).await;
    let kilobyte = "x".repeat(1024);
    publish(&bench, (1..=200).map(|n| output(1, n, &kilobyte))).await;
    publish(&bench, [event(1, 201, JobEvent::Finished)]).await;

    let events = all(watch(&bench, None).await).await;
    assert_eq!(events[0], started, "what is not output stays");
    let places: Vec<_> = events[1..].iter().map(|event| event.seq).collect();
    let kept = places.len() as u64 - 1;
    assert!(kept > 30 && kept <= 64, "{kept} KiB kept");
    let newest: Vec<_> = (201 - kept..=201).map(|n| Seq::of(1, n)).collect();
    assert_eq!(places, newest);
}

pub(crate) async fn an_unknown_job_is_silent_until_something_happens(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    let mut stream = watch(&bench, None).await;
    never(stream.next()).await;
    bench.hands.advance(Duration::from_hours(2));
    bench.expire().await;
    never(stream.next()).await;
    publish(&bench, life()).await;
    assert_eq!(all(stream).await, life());
}

pub(crate) async fn the_events_of_a_finished_job_are_dropped_after_a_while(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    publish(&bench, life()).await;
    bench.hands.advance(Duration::from_secs(59));
    bench.expire().await;
    let slow = watch(&bench, None).await;
    assert_eq!(all(watch(&bench, None).await).await, life());
    bench.hands.advance(Duration::from_secs(1));
    bench.expire().await;
    assert_eq!(all(slow).await, life(), "who watched before still gets them");
    never(watch(&bench, None).await.next()).await;
}
