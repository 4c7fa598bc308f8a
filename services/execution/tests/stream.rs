//! Server-sent events of a job.

mod common;

use std::time::Duration;

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use broker::{EmbeddedSettings, EventSettings};
use common::{Answer, World};
use execution::Settings;
use model::Seq;
use serde_json::{Value, json};

/// One event as a client sees it.
#[derive(Debug, PartialEq)]
struct StreamEvent {
    id: u64,
    name: String,
    data: Value,
}

fn events(answer: &Answer) -> Vec<StreamEvent> {
    let blocks = answer.text.split("\n\n").filter(|block| !block.is_empty() && !block.starts_with(':'));
    let seen = |block: &str| {
        let field = |name: &str| {
            let line = block.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap_or_else(|| panic!("{name} is missing in {block}")).trim().to_owned()
        };
        StreamEvent {
            id: field("id:").parse().expect("a number"),
            name: field("event:"),
            data: serde_json::from_str(&field("data:")).expect("JSON"),
        }
    };
    blocks.map(seen).collect()
}

fn names(events: &[StreamEvent]) -> Vec<&str> {
    events.iter().map(|event| event.name.as_str()).collect()
}

async fn follow(world: &World, job: &str, after: Option<u64>) -> Answer {
    let mut request = Request::get(format!("/api/execution/stream/{job}"));
    if let Some(after) = after {
        request = request.header("last-event-id", after);
    }
    let asked = world.ask(request.body(Body::empty()).expect("a request"));
    tokio::time::timeout(Duration::from_secs(20), asked).await.expect("the stream ends")
}

/// A world that forgets the events of a job as soon as it is finished and looked after.
async fn world_without_event_retention() -> World {
    let events = EventSettings { keep_finished: Duration::ZERO, ..EventSettings::default() };
    World::with(Settings::default(), EmbeddedSettings { events, ..EmbeddedSettings::default() }).await
}

async fn output_of(world: &World, texts: [&str; 2]) {
    tokio::time::sleep(Duration::from_millis(50)).await;
    let mut running = world.begin().await;
    running.write(texts[0]).await;
    running.write(texts[1]).await;
    running.finish(&texts.concat()).await;
}

#[tokio::test]
async fn a_job_is_followed_from_the_queue_to_its_end() {
    let world = World::new().await;
    let job = world.submit_job().await;
    let (answer, ()) = tokio::join!(follow(&world, &job, None), output_of(&world, ["a", "b\n"]));
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.headers[header::CONTENT_TYPE], "text/event-stream");
    let seen = events(&answer);
    assert_eq!(names(&seen), ["queued", "started", "output", "output", "finished"], "{}", answer.text);
    assert_eq!(seen[0].data, json!({"position": 1}));
    assert_eq!(seen[1].data, json!({"attempt": 1}));
    assert_eq!(seen[2].data, json!({"stream": "stdout", "text": "a"}));
    assert_eq!((&seen[4].data["status"], &seen[4].data["output"]), (&json!("completed"), &json!("ab\n")));
    assert!(seen.is_sorted_by(|a, b| a.id < b.id), "{}", answer.text);
}

#[tokio::test]
async fn a_client_that_lost_its_stream_goes_on_where_it_was() {
    let world = World::new().await;
    let job = world.submit_job().await;
    output_of(&world, ["a", "b"]).await;
    let all = events(&follow(&world, &job, None).await);
    assert_eq!(names(&all), ["started", "output", "output", "finished"]);
    for lost_after in 0..3 {
        let rest = events(&follow(&world, &job, Some(all[lost_after].id)).await);
        assert_eq!(rest, all[lost_after + 1..], "after {}", all[lost_after].id);
    }
    let nothing_more = follow(&world, &job, Some(all[3].id)).await;
    assert_eq!(nothing_more.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn a_job_without_events_is_reported_from_its_record() {
    let world = world_without_event_retention().await;
    let job = world.submit_job().await;
    output_of(&world, ["a", "b"]).await;
    world.execution.broker().expire_leases().await.expect("tidies");
    let seen = events(&follow(&world, &job, None).await);
    assert_eq!(names(&seen), ["started", "output", "finished"]);
    assert_eq!(seen[1].data, json!({"stream": "stdout", "text": "ab"}));
    assert_eq!(seen[2].data["output"], "ab");
    assert!(seen.is_sorted_by(|a, b| a.id < b.id));

    let back = events(&follow(&world, &job, Some(Seq::of(1, 1).0)).await);
    assert_eq!(names(&back), ["finished"], "no output is told twice");
    let nothing_more = follow(&world, &job, Some(back[0].id)).await;
    assert_eq!(nothing_more.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn a_waiting_job_that_is_cancelled_ends_its_stream() {
    let world = World::new().await;
    let job = world.submit_job().await;
    let path = format!("/api/execution/{job}");
    let cancel = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        world.delete(&path).await
    };
    let (answer, _) = tokio::join!(follow(&world, &job, None), cancel);
    let seen = events(&answer);
    assert_eq!(names(&seen), ["queued", "finished"]);
    assert_eq!(seen[1].data["status"], "cancelled");
}

#[tokio::test]
async fn changes_of_the_queue_position_are_sent() {
    // Long enough that no look at the record comes between its end and the events that tell of it.
    let settings = Settings { recheck_interval: Duration::from_millis(150), ..Settings::default() };
    let world = World::with(settings, EmbeddedSettings::default()).await;
    world.submit_job().await;
    let second = world.submit_job().await;
    let work = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        world.run_one().await;
        tokio::time::sleep(Duration::from_millis(240)).await;
        world.run_one().await;
    };
    let (answer, ()) = tokio::join!(follow(&world, &second, None), work);
    let seen = events(&answer);
    assert_eq!(names(&seen), ["queued", "queued", "started", "output", "finished"]);
    assert_eq!((&seen[0].data, &seen[1].data), (&json!({"position": 2}), &json!({"position": 1})));
}

#[tokio::test]
async fn a_stream_ends_when_the_server_closes() {
    let world = World::new().await;
    let job = world.submit_job().await;
    let close = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        world.execution.shutdown().stop_waits();
    };
    let (answer, ()) = tokio::join!(follow(&world, &job, None), close);
    assert_eq!(names(&events(&answer)), ["queued"]);
}

#[tokio::test]
async fn a_place_that_is_none_is_refused() {
    let world = World::new().await;
    let job = world.submit_job().await;
    let request = Request::get(format!("/api/execution/stream/{job}")).header("last-event-id", "x");
    let answer = world.ask(request.body(Body::empty()).expect("a request")).await;
    answer.problem(400, "bad-parameter");
}

#[tokio::test]
async fn a_stream_did_not_report_that_the_toolchain_is_being_prepared() {
    let settings = Settings { recheck_interval: Duration::from_millis(50), ..Settings::default() };
    let world = World::with(settings, EmbeddedSettings::default()).await;
    world.prepare_python();
    let job = world.submit_job().await;
    let others = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        world.python_is_prepared();
        tokio::time::sleep(Duration::from_millis(200)).await;
        world.run_one().await;
    };
    let (answer, ()) = tokio::join!(follow(&world, &job, None), others);
    let events = events(&answer);
    assert_eq!(names(&events), ["queued", "queued", "started", "output", "finished"]);
    assert_eq!(events[0].data, json!({"position": 1, "waitingFor": "toolchain"}));
    assert_eq!(events[1].data, json!({"position": 1}));
}
