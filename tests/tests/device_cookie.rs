//! Device cookies over HTTP: a class behind one address, forged cookies, and the limits of new ones.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use reqwest::{Method, header};
use testkit::{ApiResponse, Client, Redis, Server, Setup, bash};

const HTML: &str = "text/html,application/xhtml+xml,*/*;q=0.8";
const PUPILS: usize = 30;
const LINES: usize = 10;
/// Files that a page loads.
const FILES: [&str; 3] = ["/favicon.svg", "/favicon.ico", "/robots.txt"];

/// A server that counts what this machine asks.
async fn counting(config: &str) -> Server {
    Setup::with_slots(4).config(config).with_local_rate_limits().start().await
}

/// Opens the home page; the cookie that it sets, as a browser sends it.
async fn open_page(client: &Client, cookie: Option<&str>) -> Option<String> {
    let mut request = client.request(Method::GET, "/").header(header::ACCEPT, HTML);
    if let Some(cookie) = cookie {
        request = request.header(header::COOKIE, cookie);
    }
    let page = client.send(request).await.expect(200);
    page.header("set-cookie").map(|cookie| cookie.split(';').next().expect("a cookie").to_owned())
}

async fn ask(client: &Client, method: Method, path: &str, cookie: Option<&str>) -> ApiResponse {
    let mut request = client.request(method.clone(), path);
    if method == Method::POST {
        request = if path.ends_with("/stdin") {
            request.json(&serde_json::json!({"text": "a line\n"}))
        } else {
            request.json(&bash("true"))
        };
    }
    if let Some(cookie) = cookie {
        request = request.header(header::COOKIE, cookie);
    }
    client.send(request).await
}

async fn submit(client: &Client, cookie: Option<&str>) -> u16 {
    ask(client, Method::POST, "/api/execution/submit", cookie).await.status
}

/// Opens the page and its files, runs a program, types into it and reads its result. The number of refusals.
async fn lesson(client: &Client, cookies: Cookies) -> usize {
    // A connection of each pupil's own.
    let client = &Client::new(client.base());
    let cookie = open_page(client, None).await.filter(|_| cookies == Cookies::Sent);
    let cookie = cookie.as_deref();
    let mut refused = 0;
    for path in FILES.into_iter().chain(["/api/languages"]) {
        refused += usize::from(ask(client, Method::GET, path, cookie).await.status == 429);
    }
    let accepted = ask(client, Method::POST, "/api/execution/submit", cookie).await;
    if accepted.status == 429 {
        return refused + 1;
    }
    let location = accepted.expect(202).header("location").expect("a result").to_owned();
    let id = location.rsplit('/').next().expect("an id");
    for _ in 0..LINES {
        let typed = ask(client, Method::POST, &format!("/api/execution/{id}/stdin"), cookie).await;
        refused += usize::from(typed.status == 429);
        refused += usize::from(ask(client, Method::GET, &location, cookie).await.status == 429);
    }
    refused
}

/// Whether a client keeps cookies, as browsers do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cookies {
    Sent,
    Ignored,
}

/// A class behind one address: with cookies everybody works, without them the limits of the address hold.
async fn check_class(config: &str) {
    let server = counting(config).await;
    let client = server.client();
    let began = Instant::now();
    let refused: usize = join_all((0..PUPILS).map(|_| lesson(client, Cookies::Sent))).await.into_iter().sum();
    assert_eq!(refused, 0, "in {:?}", began.elapsed());
    assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
    let refused: usize =
        join_all((0..PUPILS).map(|_| lesson(client, Cookies::Ignored))).await.into_iter().sum();
    assert!(refused >= PUPILS - 15, "the address alone has ten at once: {refused}");
}

#[tokio::test]
async fn a_class_behind_one_address_runs_programs_at_once() {
    check_class("").await;
}

#[tokio::test]
async fn a_class_behind_one_address_runs_programs_at_once_with_shared_counts() {
    let redis = Redis::start().await;
    check_class(&format!("traffic.url = \"{}\"\n", redis.url())).await;
}

#[tokio::test]
async fn a_device_has_a_quota_of_its_own() {
    let server =
        counting("[plans.device]\nsubmissions = \"2/h\"\n[plans.anonymous]\nsubmissions = \"1/h\"\n").await;
    let client = server.client();
    let one = open_page(client, None).await;
    let other = open_page(client, None).await;
    assert!(one.is_some() && one != other);
    for (cookie, statuses) in [(&one, [202, 202, 429]), (&other, [202, 202, 429]), (&None, [202, 429, 429])] {
        for status in statuses {
            assert_eq!(submit(client, cookie.as_deref()).await, status, "{cookie:?}");
        }
    }
}

#[tokio::test]
async fn all_devices_together_have_the_ceiling_of_their_address() {
    let server = counting("[plans.network]\nsubmissions = \"3/h\"\n").await;
    let client = server.client();
    let cookies = join_all((0..4).map(|_| open_page(client, None))).await;
    let mut statuses = Vec::new();
    for cookie in &cookies {
        statuses.push(submit(client, cookie.as_deref()).await);
    }
    assert_eq!(statuses, [202, 202, 202, 429]);
}

#[tokio::test]
async fn an_address_gets_a_limited_number_of_new_devices() {
    let server = counting("[plans.network]\ndevices = \"2/h\"\n").await;
    let client = server.client();
    let first = open_page(client, None).await.expect("a cookie");
    assert!(open_page(client, None).await.is_some());
    assert_eq!(open_page(client, None).await, None, "the page is there, without a cookie");
    assert_eq!(open_page(client, Some(&first)).await, None, "it is known");
    let metrics = server.admin().get("/metrics").await.text();
    for outcome in ["admitted\"} 2", "refused\"} 1"] {
        let line = format!("coderunner_limited_requests_total{{class=\"device\",outcome=\"{outcome}");
        assert!(metrics.contains(&line), "{line} is not in {metrics}");
    }
}

#[tokio::test]
async fn a_forged_cookie_counts_as_none() {
    let server = counting("[plans.anonymous]\nsubmissions = \"2/h\"\n").await;
    let client = server.client();
    let cookie = open_page(client, None).await.expect("a cookie");
    let mut statuses = Vec::new();
    for n in 0..3 {
        let forged = cookie.replacen("v1.", &format!("v1.{n}"), 1);
        statuses.push(submit(client, Some(&forged)).await);
    }
    assert_eq!(statuses, [202, 202, 429]);
    assert_eq!(submit(client, Some(&cookie)).await, 202, "the true one is counted apart");
    assert!(open_page(client, Some(&cookie.replacen("v1.", "v1.x", 1))).await.is_some(), "it is replaced");
}

#[tokio::test]
async fn only_a_trusted_proxy_says_that_a_cookie_is_for_https_alone() {
    for (trusted, is_secure) in [("", false), ("gateway.trusted_proxies = [\"127.0.0.0/8\"]\n", true)] {
        let server = counting(trusted).await;
        let client = server.client();
        let request = client.request(Method::GET, "/").header(header::ACCEPT, HTML);
        let page = client.send(request.header("x-forwarded-proto", "https")).await.expect(200);
        let cookie = page.header("set-cookie").expect("a cookie");
        assert_eq!(cookie.ends_with("; HttpOnly; SameSite=Lax; Secure"), is_secure, "{cookie}");
    }
}

#[tokio::test]
async fn a_cookie_is_valid_after_a_restart_and_at_another_gateway_with_the_same_secret() {
    let mut server = counting("[plans.anonymous]\nsubmissions = \"1/h\"\n").await;
    let cookie = open_page(server.client(), None).await.expect("a cookie");
    server.stop().await;
    server.restart().await;
    assert_eq!(open_page(server.client(), Some(&cookie)).await, None, "it is known");

    let secret = "gateway.device_secret = \"0123456789abcdef0123456789abcdef\"\n";
    let [one, other] = [counting(secret).await, counting(secret).await];
    let cookie = open_page(one.client(), None).await.expect("a cookie");
    assert_eq!(open_page(other.client(), Some(&cookie)).await, None, "it is known");
}
