//! Shared programs: what is stored, what is refused, and when a share ends.

mod common;

use std::time::Duration;

use axum::{
    body::Body,
    http::{Request, header},
};
use broker::EmbeddedSettings;
use common::{Answer, World};
use execution::{Reconciler, Settings, ShareSettings};
use model::{Bytes, Timestamp};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

async fn share(world: &World, program: &Value) -> Answer {
    let request = Request::post("/api/shares").header(header::CONTENT_TYPE, "application/json");
    world.ask(request.body(Body::from(program.to_string())).expect("a request")).await
}

async fn with(shares: ShareSettings) -> World {
    World::with(Settings { shares, ..Settings::default() }, EmbeddedSettings::default()).await
}

#[tokio::test]
async fn a_shared_program_is_read_as_it_was_sent_and_never_runs() {
    let world = World::new().await;
    let program = json!({"language": "py", "code": "print(input())", "stdin": "hi\n",
        "files": [{"name": "pkg/a.bin", "content": "AAE=", "encoding": "base64"}]});
    let shared = share(&world, &program).await;
    assert_eq!(shared.status, 201, "{}", shared.text);
    let created = shared.json();
    let key = created["key"].as_str().expect("a key");
    assert!(key.len() == 22 && key.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{key}");
    assert_eq!(created["url"], json!(format!("/s/{key}")));
    assert_eq!(shared.headers[header::LOCATION], format!("/api/shares/{key}"));

    let read = world.get(&format!("/api/shares/{key}")).await.json();
    assert_eq!(read["language"], "python", "the id in place of the alias");
    for field in ["code", "stdin", "files"] {
        assert_eq!(read[field], program[field], "{field}");
    }
    assert_eq!(read["expiresAt"], created["expiresAt"]);
    assert!(world.execution.store().unfinished(None, 10).await.expect("reads").is_empty(), "no job");
}

#[tokio::test]
async fn two_shares_of_one_program_have_different_keys() {
    let world = World::new().await;
    let program = json!({"language": "python", "code": "print(1)"});
    let keys = [share(&world, &program).await.json(), share(&world, &program).await.json()];
    assert_ne!(keys[0]["key"], keys[1]["key"]);
}

/// A program that is refused with one error for this field.
async fn check_refused(world: &World, program: Value, field: &str) {
    let answer = share(world, &program).await;
    answer.problem(422, "invalid-request");
    assert_eq!(answer.json()["errors"][0]["field"], field, "{}", answer.text);
}

#[tokio::test]
async fn a_share_is_checked_like_a_submission() {
    let world = World::new().await;
    let code = "print(1)";
    check_refused(&world, json!({"language": "python"}), "code").await;
    check_refused(&world, json!({"language": "klingon", "code": code}), "language").await;
    let file = json!([{"name": "../a", "content": ""}]);
    check_refused(&world, json!({"language": "python", "code": code, "files": file}), "files[0].name").await;
    check_refused(&world, json!({"language": "python", "code": code, "limits": {}}), "limits").await;
    let long = "#".repeat(257 * 1024);
    check_refused(&world, json!({"language": "python", "code": long}), "code").await;
}

#[tokio::test]
async fn all_content_together_is_limited() {
    let world = with(ShareSettings { max_bytes: Bytes(20), ..ShareSettings::default() }).await;
    let program = |stdin: &str| json!({"language": "python", "code": "print(1)", "stdin": stdin});
    assert_eq!(share(&world, &program("123456789012")).await.status, 201);
    check_refused(&world, program("1234567890123"), "code").await;
}

#[tokio::test]
async fn an_unknown_key_and_an_expired_share_look_the_same() {
    let world = with(ShareSettings { retention: Duration::ZERO, ..ShareSettings::default() }).await;
    let created = share(&world, &json!({"language": "python", "code": "print(1)"})).await.json();
    let key = created["key"].as_str().expect("a key");
    let expired = world.get(&format!("/api/shares/{key}")).await.problem(404, "share-not-found");
    for unknown in ["0123456789abcdefghijkl", "short", "%27%3b--"] {
        let problem = world.get(&format!("/api/shares/{unknown}")).await.problem(404, "share-not-found");
        assert_eq!(problem, expired, "{unknown}");
    }
}

#[tokio::test]
async fn expired_shares_are_deleted() {
    let world = with(ShareSettings { retention: Duration::ZERO, ..ShareSettings::default() }).await;
    let created = share(&world, &json!({"language": "python", "code": "print(1)"})).await.json();
    let key = created["key"].as_str().expect("a key").to_owned();
    let store = world.execution.store();
    let past = Timestamp::from_millis(0);
    assert!(store.share(&key, past).await.expect("reads").is_some(), "it is stored");
    let stop = CancellationToken::new();
    tokio::spawn(Reconciler::new(world.execution.clone()).run(stop.clone()));
    let _stop = stop.drop_guard();
    for _ in 0..500 {
        if store.share(&key, past).await.expect("reads").is_none() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the share is still stored");
}
