//! Artifacts over HTTP: access and headers.

mod common;

use axum::{
    body::Body,
    http::{Request, header},
};
use broker::EmbeddedSettings;
use common::{Answer, World, hello, submission};
use execution::Settings;
use model::{JobId, Principal};
use store::JobScan;

const PLOT: (&str, &[u8], &str) = ("plot.png", b"\x89PNG\r\n\x1a\n\xff", "image/png");

/// A finished job of nobody known that has left these files behind, with where they are.
async fn finished_job_with_files(world: &World, files: &[(&str, &[u8], &str)]) -> Vec<String> {
    let job = world.submit_job().await;
    world.begin().await.leave(files).await;
    urls(&world.get(&format!("/api/execution/result/{job}")).await)
}

fn urls(result: &Answer) -> Vec<String> {
    let result = result.json();
    let artifacts = result["artifacts"].as_array().expect("a list");
    artifacts.iter().map(|one| one["url"].as_str().expect("an address").to_owned()).collect()
}

#[tokio::test]
async fn a_file_is_served_with_its_bytes_to_be_saved_and_never_run() {
    let world = World::new().await;
    let page: (&str, &[u8], &str) = ("sub/a page é.html", b"<script>alert(1)</script>", "text/html");
    let urls = finished_job_with_files(&world, &[PLOT, page]).await;
    let [plot, shown] = [world.get(&urls[0]).await, world.get(&urls[1]).await];
    for (answer, (_, bytes, media_type), ascii, name) in
        [(&plot, PLOT, "plot.png", "plot.png"), (&shown, page, "a_page__.html", "a%20page%20%C3%A9.html")]
    {
        assert_eq!((answer.status.as_u16(), answer.bytes.as_slice()), (200, bytes));
        let header = |name| answer.headers[name].to_str().expect("text");
        assert_eq!(header(header::CONTENT_TYPE), media_type);
        assert_eq!(header(header::CONTENT_LENGTH), bytes.len().to_string());
        assert_eq!(
            header(header::CONTENT_DISPOSITION),
            format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{name}")
        );
        assert_eq!(header(header::X_CONTENT_TYPE_OPTIONS), "nosniff");
        let policy = header(header::CONTENT_SECURITY_POLICY);
        assert!(policy.starts_with("sandbox; default-src 'none'"), "{policy}");
        assert_eq!(header(header::CACHE_CONTROL), "private, no-cache");
    }
}

#[tokio::test]
async fn who_has_a_file_is_not_sent_it_again() {
    let world = World::new().await;
    let url = finished_job_with_files(&world, &[PLOT]).await.remove(0);
    let tag = world.get(&url).await.headers[header::ETAG].clone();
    let ask = async |tag: &str| {
        let request = Request::get(&url).header(header::IF_NONE_MATCH, tag);
        world.ask(request.body(Body::empty()).expect("a request")).await
    };
    let tag = tag.to_str().expect("text");
    for had in [tag, &format!("\"other\", W/{tag}"), "*"] {
        let answer = ask(had).await;
        assert_eq!((answer.status.as_u16(), answer.bytes.len()), (304, 0), "{had}");
        assert_eq!(answer.headers[header::ETAG], tag);
    }
    assert_eq!(ask("\"other\"").await.status, 200);
}

#[tokio::test]
async fn a_name_is_looked_up_and_never_resolved() {
    let world = World::new().await;
    let urls = finished_job_with_files(&world, &[PLOT, ("sub/plot.png", b"x", "image/png")]).await;
    let base = urls[0].strip_suffix("plot.png").expect("the name is last");
    assert_eq!(world.get(&format!("{base}sub%2Fplot.png")).await.bytes, b"x", "a slash may be encoded");
    for name in [
        "Plot.png",
        "sub",
        "sub/",
        "./plot.png",
        "sub/../plot.png",
        "sub/%2e%2e/plot.png",
        "%2fetc%2fpasswd",
        "..%2f..%2f..%2frecords.db",
        "0",
        "1/0",
        "%00",
    ] {
        world.get(&format!("{base}{name}")).await.problem(404, "artifact-not-found");
    }
    world.get(&format!("{base}%ff")).await.problem(400, "bad-parameter");
    world.get("/api/execution/artifacts/7/plot.png").await.problem(400, "bad-parameter");
    let nobody = JobId::from_u128(7);
    let answer = world.get(&format!("/api/execution/artifacts/{nobody}/plot.png")).await;
    answer.problem(404, "job-not-found");
}

#[tokio::test]
async fn artifacts_of_a_signed_in_user_are_private() {
    let world = World::new().await;
    let ada = Principal::Account("ada".into());
    let body = world.ask_as(Some(ada.clone()), submission("", &hello())).await.json();
    let job = body["jobId"].as_str().expect("an id");
    world.begin().await.leave(&[PLOT]).await;
    let url = format!("/api/execution/artifacts/{job}/plot.png");
    let ask = async |principal: Option<Principal>, tag: &str| {
        let request = Request::get(&url).header(header::IF_NONE_MATCH, tag);
        world.ask_as(principal, request.body(Body::empty()).expect("a request")).await
    };
    let hers = ask(Some(ada), "\"\"").await;
    assert_eq!(hers.bytes, PLOT.1);
    let strangers = [None, Some(Principal::Account("bob".into())), Some(Principal::Key("ada".into()))];
    for stranger in strangers {
        for tag in ["\"\"", "*", hers.headers[header::ETAG].to_str().expect("text")] {
            // The same as for a job that does not exist, also with a matching If-None-Match.
            ask(stranger.clone(), tag).await.problem(404, "job-not-found");
        }
    }
}

#[tokio::test]
async fn a_job_that_has_not_ended_has_no_files_yet() {
    let world = World::new().await;
    let job = world.submit_job().await;
    let running = world.begin().await;
    let url = format!("/api/execution/artifacts/{job}/plot.png");
    world.get(&url).await.problem(404, "artifact-not-found");
    running.leave(&[PLOT]).await;
    assert_eq!(world.get(&url).await.bytes, PLOT.1);
}

#[tokio::test]
async fn a_file_whose_bytes_are_gone_is_not_found() {
    let world = World::with(Settings::default(), EmbeddedSettings::default()).await;
    let url = finished_job_with_files(&world, &[PLOT]).await.remove(0);
    let job = world.execution.objects().next_jobs(&mut JobScan::default(), 1).await.expect("lists")[0];
    world.execution.objects().delete_job(job).await.expect("deletes");
    world.get(&url).await.problem(404, "artifact-not-found");
}
