//! Pages in a browser: Chromium uses the pages of a real server as people do, driven by the programs in `tests/browser`.
//!
//! Each program holds the scenarios of one subject and prints their names. What is served without a browser is in `pages.rs`.

use std::{
    env, fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Stdio,
};

use reqwest::Method;
use testkit::{Server, Setup};
use tokio::process::Command;

const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/browser");

/// Where `scripts/install-deps test` puts the libraries that drive the browser.
fn modules() -> PathBuf {
    let home = env::var_os("HOME").expect("a home folder");
    let folder = Path::new(&home).join(".cache/coderunner/browser");
    let lock = |folder: &Path| fs::read(folder.join("package-lock.json")).ok();
    assert!(
        lock(&folder).is_some() && lock(&folder) == lock(Path::new(SOURCES)),
        "{} is not what tests/browser wants: run scripts/install-deps test",
        folder.display()
    );
    folder.join("node_modules")
}

/// A folder with the programs and what they import.
fn workshop() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for entry in fs::read_dir(SOURCES).expect("the programs") {
        let file = entry.expect("a file");
        if file.path().extension().is_some_and(|extension| extension == "mjs") {
            fs::copy(file.path(), folder.path().join(file.file_name())).expect("a copy");
        }
    }
    symlink(modules(), folder.path().join("node_modules")).expect("a link");
    folder
}

/// The binary can be built without pages, and then serves one that says so.
async fn assert_pages_are_built(server: &Server) {
    let client = server.client();
    let page = client.send(client.request(Method::GET, "/").header("accept", "text/html")).await.expect(200);
    assert!(
        page.text().contains("csp-nonce"),
        "the binary was built without the pages: run scripts/build-web, then build it again"
    );
}

/// Runs a program of `tests/browser` on the server, and fails with what it printed.
async fn check(program: &str, server: &Server) {
    assert_pages_are_built(server).await;
    let folder = workshop();
    let node = Command::new("node")
        .args([program, server.client().base(), &server.pid().to_string()])
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let ended = node.await.expect("node starts");
    let printed = String::from_utf8_lossy(&ended.stdout);
    let complaints = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{program}: {}\n{printed}\n{complaints}", ended.status);
    assert!(printed.contains("passed: "), "{program} ran no scenario\n{printed}\n{complaints}");
}

#[tokio::test]
async fn a_person_runs_a_program_talks_with_it_and_stops_it() {
    let setup = Setup::with_slots(1).config("[session]\nmax = 8\n");
    check("running.mjs", &setup.start().await).await;
}

#[tokio::test]
async fn each_error_and_each_limit_is_explained_in_a_sentence() {
    check("ending.mjs", &Server::start().await).await;
}

#[tokio::test]
async fn work_is_saved_by_itself_until_its_author_erases_it() {
    check("work.mjs", &Server::start().await).await;
}

#[tokio::test]
async fn everybody_can_use_the_page_by_keyboard_on_phones_and_in_the_dark() {
    check("access.mjs", &Server::start().await).await;
}

#[tokio::test]
async fn axe_finds_nothing_in_either_theme_at_either_size() {
    check("axe.mjs", &Server::start().await).await;
}

#[tokio::test]
async fn programs_run_and_ask_where_websockets_are_blocked() {
    check("network.mjs", &Server::start().await).await;
}

#[tokio::test]
async fn a_quota_that_is_used_up_is_explained_in_a_sentence() {
    let quotas = ["anonymous", "device"].map(|plan| format!("[plans.{plan}]\nsubmissions = \"1/min\"\n"));
    let setup = Setup::default().config(&quotas.concat()).with_local_rate_limits();
    check("quota.mjs", &setup.start().await).await;
}

#[tokio::test]
async fn a_lost_server_costs_no_typed_character() {
    check("faults.mjs", &Server::start().await).await;
}

#[tokio::test]
async fn the_page_and_its_explanations_are_german_for_german_browsers() {
    check("german.mjs", &Server::start().await).await;
}
