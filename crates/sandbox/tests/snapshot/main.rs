//! Snapshot of everything that a program can learn about its environment, before and after a noisy program in the same slot:
//! only the listed differences are allowed, each with a reason.

mod allowed;
#[path = "../common/mod.rs"]
mod common;

use std::collections::BTreeMap;

use common::{MEMORY, pool, pool_within};
use kernel::cgroup::Layout;
use languages::{ENVIRONMENT, Registry, SystemHost};
use model::{Bytes, Ending, Limits, Network, Stream};
use sandbox::{DiskQuota, OpenSandbox, Pool, Prestart, PrestartMode, PrestartedRun, Program, SandboxFile};
use tokio_util::sync::CancellationToken;

use allowed::is_allowed;

/// Observations of a program: values by key.
type Snapshot = BTreeMap<String, String>;

/// Mode of the guest.
#[derive(Clone, Copy)]
enum Part {
    Look,
    MakeNoise,
}

fn files() -> [SandboxFile; 1] {
    [SandboxFile::plain("main.py", include_str!("guest.py"))]
}

/// As the language's file has it.
fn python() -> Prestart {
    let registry = Registry::builtin(&SystemHost::new()).expect("valid files");
    let waiting = registry.find("python").and_then(languages::Language::prestart).expect("it can be forked");
    Prestart {
        name: "python".to_owned(),
        argv: waiting.argv,
        env: waiting.env,
        hooks: vec![waiting.hook],
        min_memory: waiting.min_memory,
        checks_syntax: waiting.checks_syntax,
        mode: PrestartMode::Fork,
    }
}

fn program(part: Part, network: Network, ahead: bool) -> Program {
    let argv = ["/usr/bin/python3", "main.py"].map(str::to_owned).to_vec();
    let env = ENVIRONMENT.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
    let limits = Limits { output: Bytes::mib(16), ..Limits::STUDENT };
    let stdin = match part {
        Part::Look => b"look\n".to_vec(),
        Part::MakeNoise => b"noise\n".to_vec(),
    };
    let ahead =
        ahead.then(|| PrestartedRun { prestart: "python".to_owned(), args: Vec::new(), env: Vec::new() });
    Program { stdin: stdin.into(), network, prestarted: ahead, ..Program::new(argv, env, limits) }
}

async fn run(sandbox: &mut OpenSandbox, program: &Program) -> Snapshot {
    let outcome = sandbox.run(program, &CancellationToken::new(), &mut |_, _| {}).await.expect("a run");
    let text = |stream| String::from_utf8(outcome.transcript.of(stream)).expect("text");
    assert_eq!(outcome.ending, Ending::Exited(0), "{}", text(Stream::Stderr));
    let line = |line: &str| line.split_once('\t').map(|(key, value)| (key.to_owned(), value.to_owned()));
    text(Stream::Stdout).lines().filter_map(line).collect()
}

/// Differences between `before` and `after`, except the allowed ones.
fn differences(before: &Snapshot, after: &Snapshot) -> Vec<String> {
    assert!(before.len() > 500, "it told of {} things only", before.len());
    let keys = before.keys().chain(after.keys().filter(|key| !before.contains_key(*key)));
    let differing = keys.filter(|key| before.get(*key) != after.get(*key));
    let shown = |value: Option<&String>| {
        value.map_or("nothing".to_owned(), |value| value.chars().take(300).collect())
    };
    differing
        .filter(|key| !is_allowed(key))
        .map(|key| format!("{key}\n    was {}\n    is  {}", shown(before.get(key)), shown(after.get(key))))
        .collect()
}

#[track_caller]
fn check(before: &Snapshot, after: &Snapshot) {
    let differences = differences(before, after);
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
}

/// The programs of one submission, in one sandbox; what the last of them that looked before the noise saw, and the one after it.
async fn within_a_submission(pool: &Pool, network: Network, ahead: bool) -> [Snapshot; 2] {
    let lease = pool.lease(ahead.then_some("python"), MEMORY).await.expect("a lease");
    let mut sandbox = lease.open(&files(), DiskQuota::STANDARD).expect("a sandbox");
    let mut seen = Vec::new();
    // From the second on they are forked from a zygote, where there is a template.
    for part in [Part::Look, Part::Look, Part::MakeNoise, Part::Look] {
        seen.push(run(&mut sandbox, &program(part, network, ahead)).await);
        sandbox.reset(&files(), DiskQuota::STANDARD).expect("orders");
    }
    pool.take_back(sandbox.finish());
    let after = seen.pop().expect("of the last");
    [seen.swap_remove(1), after]
}

/// A submission of one program.
async fn submission(pool: &Pool, program: &Program) -> Snapshot {
    let ahead = program.prestarted.as_ref().map(|ahead| ahead.prestart.as_str());
    let lease = pool.lease(ahead, MEMORY).await.expect("a lease");
    let mut sandbox = lease.open(&files(), DiskQuota::STANDARD).expect("a sandbox");
    let seen = run(&mut sandbox, program).await;
    pool.take_back(sandbox.finish());
    seen
}

async fn over_submissions(pool: &Pool, noisy: Network, ahead: bool) -> [Snapshot; 2] {
    let look = program(Part::Look, Network::None, ahead);
    // Differences of the first run in a slot are irrelevant.
    submission(pool, &look).await;
    let before = submission(pool, &look).await;
    let noise = program(Part::MakeNoise, noisy, ahead && noisy == Network::None);
    submission(pool, &noise).await;
    [before, submission(pool, &look).await]
}

#[tokio::test]
async fn the_next_program_of_a_submission_sees_nothing_of_a_noisy_one() {
    let [before, after] = within_a_submission(&pool(None).await, Network::None, false).await;
    check(&before, &after);
}

#[tokio::test]
async fn nor_does_one_that_is_forked_from_a_zygote() {
    let [before, after] = within_a_submission(&pool(Some(python())).await, Network::None, true).await;
    check(&before, &after);
}

#[tokio::test]
async fn nor_does_one_with_a_loopback_interface() {
    let [before, after] = within_a_submission(&pool(None).await, Network::Loopback, false).await;
    assert_eq!(before.get("socket AF_INET SOCK_STREAM").map(String::as_str), Some("None"));
    check(&before, &after);
}

#[tokio::test]
async fn the_next_submission_in_a_slot_sees_nothing_of_a_noisy_one() {
    let [before, after] = over_submissions(&pool(None).await, Network::None, false).await;
    check(&before, &after);
}

#[tokio::test]
async fn nor_does_one_in_a_sandbox_that_is_made_for_it() {
    let pool = common::pool_without_sandboxes_ahead().await;
    let [before, after] = over_submissions(&pool, Network::None, false).await;
    check(&before, &after);
}

#[tokio::test]
async fn nor_does_one_that_is_forked_from_a_template() {
    let [before, after] = over_submissions(&pool(Some(python())).await, Network::None, true).await;
    check(&before, &after);
}

#[tokio::test]
async fn nor_does_one_after_a_noisy_one_with_a_loopback_interface() {
    let [before, after] = over_submissions(&pool(Some(python())).await, Network::Loopback, true).await;
    check(&before, &after);
}

#[tokio::test]
async fn nor_does_one_where_there_are_no_cgroups() {
    let pool = pool_within(Layout::None { reason: "a test".to_owned() }, None).await;
    let [before, after] = within_a_submission(&pool, Network::None, false).await;
    check(&before, &after);
}
