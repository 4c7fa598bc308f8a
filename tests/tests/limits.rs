//! Rate limits and load shedding over HTTP: headers, identification of callers, and refusals under load.

use std::time::Duration;

use reqwest::Method;
use testkit::{ApiResponse, Client, Redis, Server, Setup, bash, eventually};
use wire::{LoadShedding, PriorityName, SubmitBody};

/// A server that applies rate limits to this machine.
async fn server_with_rate_limits(config: &str) -> Server {
    Setup::with_slots(1).config(config).with_local_rate_limits().start().await
}

async fn submit(client: &Client) -> ApiResponse {
    client.try_submit("", &bash("true")).await.expect("an answer")
}

/// Submits as the client of a proxy.
async fn submit_for(client: &Client, forwarded_for: &str) -> u16 {
    let request = client.request(Method::POST, "/api/submit").header("x-forwarded-for", forwarded_for);
    client.send(request.json(&bash("true"))).await.status
}

#[tokio::test]
async fn a_rate_limited_client_gets_its_limit_and_retry_time() {
    let server =
        server_with_rate_limits("[plans.anonymous]\nsubmissions = \"burst 9 at 9/s, 3/h\"\napi = \"2/h\"\n")
            .await;
    let client = server.client();
    let first = submit(client).await.expect(202);
    assert_eq!(first.header("ratelimit-policy"), Some("\"burst\";q=9;w=2, \"hour\";q=3;w=3600"));
    assert!(first.header("ratelimit").is_some_and(|field| field.contains("\"hour\";r=2;t=")), "{first:?}");
    // Invalid requests count, too.
    let invalid = client.request(Method::POST, "/api/submit").json(&serde_json::json!({"language": "bash"}));
    client.send(invalid).await.problem(422, "invalid-request");
    // And a session is a program.
    client.get("/api/execution/session").await.problem(400, "bad-parameter");
    for path in ["/api/submit", "/api/submit/grade", "/api/execution/submit"] {
        let answer = client.send(client.request(Method::POST, path).json(&bash("true"))).await;
        let problem = answer.problem(429, "limit-exceeded");
        assert_eq!(problem.title, "Too many runs");
        let wait: u64 = answer.header("retry-after").expect("a time").parse().expect("seconds");
        assert!((3_590..=3_720).contains(&wait), "{wait}");
        let told = format!("You may run 3 programs an hour; try again in {wait} s.");
        assert_eq!(problem.detail, told);
        let left = format!("\"hour\";r=0;t={wait}");
        assert!(answer.header("ratelimit").is_some_and(|field| field.contains(&left)), "{answer:?}");
    }
    client.get("/api/execution/session").await.problem(429, "limit-exceeded");
    // Each class is counted apart, and pages and health are not.
    let location = first.header("location").expect("where the result is").to_owned();
    for _ in 0..20 {
        client.get(&location).await.expect(200);
        client.get("/health").await.expect(200);
        client.get("/").await.expect(200);
    }
    for status in [200, 404, 429, 429] {
        let path = if status == 404 { "/api/nothing" } else { "/api/languages" };
        client.get(path).await.expect(status);
    }
    let metrics = server.admin().get("/metrics").await.text();
    let refused = "coderunner_limited_requests_total{class=\"submission\",outcome=\"refused\"} 4";
    assert!(metrics.contains(refused), "{metrics}");
}

#[tokio::test]
async fn a_person_at_this_machine_is_not_locked_out_at_once() {
    let server = server_with_rate_limits("").await;
    for _ in 0..10 {
        submit(server.client()).await.expect(202);
    }
}

#[tokio::test]
async fn without_limits_nothing_is_counted() {
    let config = "limits = \"off\"\n[plans.anonymous]\nsubmissions = \"1/h\"\napi = \"1/h\"\n";
    let server = server_with_rate_limits(config).await;
    for _ in 0..5 {
        let answer = submit(server.client()).await.expect(202);
        assert_eq!(answer.header("ratelimit"), None);
        server.client().get("/api/languages").await.expect(200);
    }
}

#[tokio::test]
async fn a_client_behind_a_proxy_is_counted_by_its_own_address_if_the_proxy_is_trusted() {
    let plan = "[plans.anonymous]\nsubmissions = \"1/h\"\n";
    let trusting =
        "[gateway]\ntrusted_proxies = [\"127.0.0.0/8\"]\n[traffic]\nexempt = [\"198.51.100.0/24\"]\n";
    // The environment would make no network exempt.
    let setup = Setup::with_slots(1).config(&format!("{trusting}{plan}"));
    let env = vec![("CODERUNNER_TRAFFIC__EXEMPT", "198.51.100.0/24, 192.0.2.7/32".to_owned())];
    let server = Setup { env, ..setup }.start().await;
    for (forwarded_for, status) in [
        ("203.0.113.5", 202),
        ("203.0.113.5", 429),
        // The client's own claim is further left.
        ("192.0.2.1, 203.0.113.5", 429),
        ("203.0.113.6", 202),
        ("2001:db8:0:1::1", 202),
        ("2001:db8:0:1:ffff::2", 429),
        ("2001:db8:0:2::1", 202),
        ("198.51.100.9", 202),
        ("198.51.100.9", 202),
        ("192.0.2.7", 202),
        ("192.0.2.7", 202),
    ] {
        assert_eq!(submit_for(server.client(), forwarded_for).await, status, "{forwarded_for}");
    }
    let server = server_with_rate_limits(plan).await;
    assert_eq!(submit_for(server.client(), "203.0.113.5").await, 202);
    assert_eq!(submit_for(server.client(), "203.0.113.6").await, 429, "nobody is believed");
}

#[tokio::test]
async fn while_too_much_waits_the_least_urgent_is_refused_first() {
    let config = "[traffic]\nshed_low_above = 2\nshed_low_until = 1\nshed_normal_above = 4\nshed_normal_until = 3\n\
                  retry_after_seconds = 7\n";
    let server = Setup::with_slots(1).config(config).start().await;
    let client = server.client();
    let low = SubmitBody { priority: Some(PriorityName::Low), ..bash("true") };
    let mut ids = Vec::new();
    let refused = async |program: &SubmitBody| {
        let answer = client.try_submit("", program).await.expect("an answer");
        let problem = answer.problem(503, "shedding");
        assert!(problem.detail.contains("only more urgent ones are taken. Try again in 7 s."), "{problem:?}");
        assert_eq!(answer.header("retry-after"), Some("7"));
    };
    let waiting = async || {
        let queue = client.queue().await;
        (queue.pools.iter().map(|pool| pool.waiting.normal).sum::<u64>(), queue.shedding)
    };
    ids.push(client.submit(&bash("sleep 60")).await);
    eventually("it runs", Duration::from_secs(10), async || (waiting().await.0 == 0).then_some(())).await;
    for expected in [(1, LoadShedding::None), (2, LoadShedding::None), (3, LoadShedding::Low)] {
        ids.push(client.submit(&bash("true")).await);
        assert_eq!(waiting().await, expected);
    }
    refused(&low).await;
    for expected in [(4, LoadShedding::Low), (5, LoadShedding::Normal)] {
        ids.push(client.submit(&bash("true")).await);
        assert_eq!(waiting().await, expected);
    }
    refused(&low).await;
    refused(&bash("true")).await;
    let metrics = server.admin().get("/metrics").await.text();
    assert!(metrics.contains("coderunner_shedding_level 2"), "{metrics}");
    for id in &ids {
        client.cancel(id).await;
    }
    let taken = async || (waiting().await == (0, LoadShedding::None)).then_some(());
    eventually("all is taken again", Duration::from_secs(10), taken).await;
    client.submit(&low).await;
}

#[tokio::test]
async fn servers_share_counts_through_redis_and_count_alone_without_it() {
    let mut redis = Redis::start().await;
    let plan = "[plans.anonymous]\nsubmissions = \"4/h\"\n";
    let config = format!("[traffic]\nurl = \"{}\"\n{plan}", redis.url());
    let (one, other) = (server_with_rate_limits(&config).await, server_with_rate_limits(&config).await);
    for (n, server) in [&one, &other, &one, &other].into_iter().enumerate() {
        let answer = submit(server.client()).await.expect(202);
        let left = format!("\"hour\";r={};", 3 - n);
        assert!(answer.header("ratelimit").is_some_and(|field| field.contains(&left)), "{answer:?}");
    }
    for server in [&one, &other] {
        submit(server.client()).await.problem(429, "limit-exceeded");
    }
    redis.kill();
    for status in [202, 202, 202, 202, 429, 429, 429, 429] {
        submit(one.client()).await.expect(status);
    }
    let told = one.log().matches("limits are counted in this process alone").count();
    assert_eq!(told, 1, "{}", one.log());
    let metrics = one.admin().get("/metrics").await.text();
    for line in [
        "coderunner_limits_shared 0",
        "coderunner_breaker_state{dependency=\"limits\"} 2",
        "coderunner_limits_fallbacks_total 8",
    ] {
        assert!(metrics.contains(line), "{line} is not in {metrics}");
    }
}

#[tokio::test]
async fn every_route_has_a_class() {
    let server = Server::start().await;
    let document = server.client().get("/openapi.json").await.json();
    let paths = document["paths"].as_object().expect("paths");
    assert!(paths.len() > 15, "{}", paths.len());
    for (path, methods) in paths {
        for method in methods.as_object().expect("methods").keys().filter(|key| key.len() < 8) {
            let parsed = method.to_uppercase().parse().expect("a method");
            let class = gateway::class_of(&parsed, path);
            assert!(
                class.is_some(),
                "{method} {path}: give it a class in services/gateway/src/request_class.rs"
            );
        }
    }
}
