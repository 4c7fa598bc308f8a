//! Event stream: server-sent events of a job, on a real server and over a real connection.

use std::time::Duration;

use testkit::{SentEvent, Server, Setup, bash, output_of_stream, python};
use wire::{JobStatusName, ResultBody};

/// A program that writes once, lives on for a while, and writes again.
const IN_TWO: &str = "import os, time\nos.write(1, b'one\\n')\ntime.sleep(0.7)\nos.write(1, b'two\\n')";

fn names(events: &[SentEvent]) -> Vec<&str> {
    events.iter().map(|event| event.name.as_str()).collect()
}

/// Checks that these are the last events of a job, each after the one before it, and returns its result.
#[track_caller]
fn check_end(events: &[SentEvent]) -> ResultBody {
    assert!(events.is_sorted_by(|a, b| a.id < b.id), "{events:#?}");
    let finished = events.iter().filter(|event| event.name == "finished").count();
    assert_eq!(finished, 1, "{events:#?}");
    events.last().expect("an event").result()
}

#[tokio::test]
async fn output_arrives_while_the_program_runs() {
    let server = Server::start().await;
    let id = server.client().submit(&python(IN_TWO)).await;
    let mut events = server.client().follow(&id, None).await;
    let first = events.next_named("output").await;
    assert_eq!((first.text(), &first.data["stream"]), ("one\n", &"stdout".into()));
    assert_eq!(server.client().result(&id).await.status, JobStatusName::Processing);
    let rest = events.rest().await;
    assert_eq!(names(&rest), ["output", "finished"]);
    assert_eq!(rest[0].text(), "two\n");
    let between = rest[0].at - first.at;
    assert!((500..2000).contains(&between.as_millis()), "{between:?} between the two");
    let job = check_end(&rest);
    assert_eq!((job.status, job.output.as_str()), (JobStatusName::Completed, "one\ntwo\n"));
    assert_eq!(job, server.client().result(&id).await);
}

#[tokio::test]
async fn a_client_that_lost_its_stream_gets_the_rest_once() {
    let server = Server::start().await;
    let client = server.client();
    let id = client.submit(&python(IN_TWO)).await;
    let mut events = client.follow(&id, None).await;
    let first = events.next_named("output").await;
    drop(events);
    // While it runs, and twice, as a client does that loses its stream again.
    for _ in 0..2 {
        let rest = client.follow(&id, Some(first.id)).await.rest().await;
        assert_eq!(names(&rest), ["output", "finished"]);
        assert_eq!((rest[0].text(), check_end(&rest).output.as_str()), ("two\n", "one\ntwo\n"));
        assert!(rest[0].id > first.id);
    }
    let all = client.follow(&id, None).await.rest().await;
    assert_eq!(names(&all), ["started", "output", "output", "finished"]);
    for place in 0..3 {
        let rest = client.follow(&id, Some(all[place].id)).await.rest().await;
        let expected = &all[place + 1..];
        assert_eq!(names(&rest), names(expected));
        assert!(rest.iter().zip(expected).all(|(a, b)| a.id == b.id && a.data == b.data));
    }
    let request = client.request(reqwest::Method::GET, &format!("/api/execution/stream/{id}"));
    let answer = client.send(request.header("last-event-id", all[3].id)).await;
    assert_eq!((answer.status, answer.text().as_str()), (204, ""), "there is nothing more");
}

#[tokio::test]
async fn a_client_that_comes_late_gets_everything() {
    let mut server = Server::start().await;
    let program = bash("for n in 1 2 3; do echo out $n; sleep 0.05; echo err $n >&2; sleep 0.05; done");
    let id = server.client().submit(&program).await;
    let job = server.client().wait_for_result(&id).await;
    // From the log of events at first, from the record alone after a restart.
    for life in 1..=2 {
        let events = server.client().follow(&id, None).await.rest().await;
        assert_eq!(events[0].name, "started", "{events:#?}");
        assert_eq!(check_end(&events), job, "in life {life}");
        for (stream, word) in [("stdout", "out"), ("stderr", "err")] {
            assert_eq!(output_of_stream(stream, &events), format!("{word} 1\n{word} 2\n{word} 3\n"));
        }
        server.kill().await;
        server.restart().await;
    }
}

#[tokio::test]
async fn a_character_is_never_cut_in_two() {
    let server = Server::start().await;
    let text = "naïve € 🐍 ";
    let byte_by_byte = format!(
        "import sys, time\nfor byte in {text:?}.encode():\n  sys.stdout.buffer.write(bytes([byte])); sys.stdout.flush(); time.sleep(0.005)"
    );
    // Far more than goes through a pipe, or into a frame, at once.
    let flood = "import sys\nsys.stdout.write('€🐍' * 50000)\nsys.stderr.write('ß' * 100000)";
    for (code, stdout, stderr) in [
        (byte_by_byte.as_str(), text.to_owned(), String::new()),
        (flood, "€🐍".repeat(50_000), "ß".repeat(100_000)),
    ] {
        let id = server.client().submit(&python(code)).await;
        let events = server.client().follow(&id, None).await.rest().await;
        let job = check_end(&events);
        // Not by assert_eq, which would print all of it.
        assert!(output_of_stream("stdout", &events) == stdout, "{:?}", &events[..3]);
        assert!(output_of_stream("stderr", &events) == stderr, "{:?}", &events[..3]);
        assert!(job.run.is_some_and(|run| run.stdout == stdout && run.stderr == stderr));
    }
}

#[tokio::test]
async fn a_waiting_job_reports_its_position_and_then_its_progress() {
    let server = Setup::with_slots(1).start().await;
    let client = server.client();
    let first = client.submit(&bash("sleep 0.5")).await;
    client.follow(&first, None).await.next_named("started").await;
    let ids = [client.submit(&bash("sleep 0.5")).await, client.submit(&bash("echo at last")).await];
    let events = client.follow(&ids[1], None).await.rest().await;
    assert_eq!((events[0].name.as_str(), &events[0].data["position"]), ("queued", &2.into()), "{events:#?}");
    let after: Vec<_> = names(&events).into_iter().filter(|name| *name != "queued").collect();
    assert_eq!(after, ["started", "output", "finished"]);
    assert_eq!(check_end(&events).output, "at last\n");
}

#[tokio::test]
async fn many_clients_follow_one_job_and_a_stop_does_not_hang_on_them() {
    let mut server = Server::start().await;
    let id = server.client().submit(&python(IN_TWO)).await;
    let followers = (0..20).map(async |_| server.client().follow(&id, None).await.rest().await);
    for events in futures_util::future::join_all(followers).await {
        assert_eq!(
            (output_of_stream("stdout", &events).as_str(), check_end(&events).attempt),
            ("one\ntwo\n", 1)
        );
    }
    let endless = server.client().submit(&bash("echo on; sleep 1; echo off")).await;
    let mut events = server.client().follow(&endless, None).await;
    events.next_named("output").await;
    let (rest, ()) = tokio::join!(events.rest(), async {
        tokio::time::timeout(Duration::from_secs(5), server.stop()).await.expect("it stops");
    });
    assert_eq!(check_end(&rest).output, "on\noff\n");
}
