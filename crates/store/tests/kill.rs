//! Durability after SIGKILL: every acknowledged write is there.

use std::{
    collections::HashSet,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Command, Stdio},
};

use model::{Job, JobId};
use store::{DataLock, Store};

/// Set in the process that will be killed.
const FOLDER: &str = "STORE_TEST_FOLDER";

fn job() -> Job {
    testkit::job(JobId::generate(), "python")
}

/// Submits jobs, eight at a time, and prints each accepted job.
async fn submit_forever(dir: &Path) {
    let _lock = DataLock::acquire(dir).expect("takes the folder");
    let store = Store::open(dir).await.expect("opens");
    let submit = async || {
        loop {
            let job = job();
            store.submit(&job, "kill").await.expect("submits");
            println!("accepted {}", job.id);
        }
    };
    let submitters = std::iter::repeat_with(submit).take(8);
    futures_util::future::join_all(submitters).await;
}

#[tokio::test]
async fn acknowledged_writes_survive_a_kill() {
    if let Some(dir) = std::env::var_os(FOLDER) {
        submit_forever(Path::new(&dir)).await;
    }
    let dir = tempfile::tempdir().expect("a folder");
    let mut accepted = HashSet::new();
    for most in [50, 333, 700] {
        let mut child = Command::new(std::env::current_exe().expect("has a path"))
            .args(["--exact", "acknowledged_writes_survive_a_kill", "--nocapture"])
            .env(FOLDER, dir.path())
            .stdout(Stdio::piped())
            .spawn()
            .expect("starts");
        let lines = BufReader::new(child.stdout.take().expect("is piped")).lines();
        let ids =
            lines.filter_map(|line| line.expect("reads").strip_prefix("accepted ")?.parse::<JobId>().ok());
        accepted.extend(ids.take(most));
        child.kill().expect("is killed");
        child.wait().expect("ends");

        let _lock = DataLock::acquire(dir.path()).expect("the dead hold no lock");
        let store = Store::open(dir.path()).await.expect("opens");
        let unfinished = store.unfinished(None, usize::MAX).await.expect("reads");
        let there: HashSet<JobId> = unfinished.iter().map(|job| job.id).collect();
        assert!(accepted.is_subset(&there), "{} lost", accepted.difference(&there).count());
        store.close().await;
    }
    assert_eq!(accepted.len(), 50 + 333 + 700);
}
