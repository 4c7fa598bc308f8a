//! Private files: no other user of the machine can read the server's files.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use testkit::{Server, Setup, bash, grade_request};
use wire::SubmitBody;

/// Files that are readable on purpose: programs in sandboxes read them.
const PREPARED: &str = "prepared";

/// Everything in a folder, itself included, except files prepared for programs.
fn all_in(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![folder.to_owned()];
    if folder.is_dir() {
        let entries = fs::read_dir(folder).expect("lists").map(|entry| entry.expect("an entry").path());
        let ours = entries.filter(|path| path.file_name().is_none_or(|name| name != PREPARED));
        ours.for_each(|path| found.extend(all_in(&path)));
    }
    found
}

fn open_to_others(data: &Path) -> Vec<(PathBuf, u32)> {
    let mode = |path: &PathBuf| fs::metadata(path).expect("is there").permissions().mode() & 0o7777;
    let modes = all_in(data).into_iter().map(|path| (path.clone(), mode(&path)));
    modes.filter(|(_, mode)| mode & 0o077 != 0).collect()
}

/// Leaves a record, an object, a suite and a ticket behind.
async fn use_it(server: &Server) {
    let client = server.client();
    let job = client.run(&SubmitBody { artifacts: Some(true), ..bash("echo secret > left") }).await;
    assert_eq!(job.artifacts.len(), 1, "{job:?}");
    client.grade(&grade_request("one", "bash", "cat")).await;
}

fn setup() -> Setup {
    Setup::default()
        .with_content("one/problem.yaml", "problem_format_version: legacy\nname: One\n")
        .with_content("one/data/secret/1.in", "x".repeat(200_000))
        .with_content("one/data/secret/1.ans", "x".repeat(200_000))
}

#[tokio::test]
async fn other_users_cannot_read_the_servers_files() {
    let server = setup().start().await;
    use_it(&server).await;
    let kept = all_in(&server.data());
    for name in
        ["records.db", "records.db-wal", "queue.db", "lock", "objects", "artifacts", "suites", "tests"]
    {
        assert!(
            kept.iter().any(|path| path.file_name().is_some_and(|it| it == name)),
            "no {name} in {kept:?}"
        );
    }
    assert_eq!(open_to_others(&server.data()), []);
}

#[tokio::test]
async fn what_an_older_version_left_open_is_closed_at_the_start() {
    let mut server = setup().start().await;
    use_it(&server).await;
    // Killed, so that SQLite's journal files still exist.
    server.kill().await;
    for path in all_in(&server.data()) {
        let mode = if path.is_dir() { 0o755 } else { 0o644 };
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("it is ours");
    }
    assert!(open_to_others(&server.data()).len() > 5);
    server.restart().await;
    assert_eq!(open_to_others(&server.data()), []);
    use_it(&server).await;
    assert_eq!(open_to_others(&server.data()), []);
}
