//! Pages of a real server: policy, errors for browsers and for programs, and the process that serves them.

use reqwest::Method;
use testkit::{Client, Cluster, Server, Setup};

const HTML: &str = "text/html,application/xhtml+xml,*/*;q=0.8";

async fn open(client: &Client, path: &str) -> testkit::ApiResponse {
    client.send(client.request(Method::GET, path).header("accept", HTML)).await
}

#[tokio::test]
async fn the_home_page_allows_no_inline_code_without_its_nonce() {
    let server = Server::start().await;
    let page = open(server.client(), "/").await.expect(200);
    let policy = page.header("content-security-policy").expect("a policy").to_owned();
    assert!(policy.starts_with("default-src 'self'; script-src 'self' 'nonce-"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).expect("a nonce");
    let text = page.text();
    assert!(text.contains("<title>Code Runner") && !text.contains("__CSP_NONCE__"), "{text}");
    for inline in text.match_indices("<style").chain(text.match_indices("<script")) {
        let element = text[inline.0..].split('>').next().expect("its first part");
        let is_allowed = element.contains(" src=") || element.contains(&format!("nonce=\"{nonce}\""));
        assert!(is_allowed, "{element}");
    }
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
}

#[tokio::test]
async fn an_unknown_address_is_a_page_for_browsers_and_a_problem_for_programs() {
    let server = Server::start().await;
    let page = open(server.client(), "/nothing").await.expect(404);
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert!(page.header("x-request-id").is_some(), "{page:?}");
    assert!(page.text().contains("This page does not exist"), "{}", page.text());
    server.client().get("/nothing").await.problem(404, "not-found");
    open(server.client(), "/api/nothing").await.problem(404, "not-found");
    open(server.client(), "/assets/nothing.js").await.expect(404);
}

#[tokio::test]
async fn the_process_with_the_role_gateway_serves_the_pages() {
    let behind = Setup::default().start().await;
    let address = behind.client().base().to_owned();
    let upstreams = format!("[gateway.upstreams]\nexecution = [\"{address}\"]\nproblems = [\"{address}\"]\n");
    let mut setup = Setup::default().config(&upstreams);
    setup.env.push(("CODERUNNER_ROLES", "gateway".to_owned()));
    let gateway = setup.start().await;
    assert!(open(gateway.client(), "/").await.expect(200).text().contains("<title>Code Runner"));
    // A service behind a gateway has none.
    let cluster = Cluster::start(&["execution,problems"]).await;
    open(cluster.servers[0].client(), "/").await.problem(404, "not-found");
}
