//! Launchers that do not answer, as on a kernel that starts no sandboxes any more.

mod common;

use std::{
    fs,
    time::{Duration, Instant},
};

use common::{MEMORY, settings};
use kernel::cgroup::Layout;
use model::Limits;
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use sandbox::{DiskQuota, LauncherCommand, Lease, OpenSandbox, Pool, PoolSettings, Program, SandboxError};
use tokio_util::sync::CancellationToken;

const PATIENCE: Duration = Duration::from_millis(1500);
/// Operations time out after about this time.
const SOON: Duration = Duration::from_secs(6);

fn settings_with_short_timeout() -> PoolSettings {
    PoolSettings { launcher_timeout: PATIENCE, ..settings(Layout::of_this_process(), None) }
}

/// The processes that this one has started and that have not ended.
fn children() -> Vec<Pid> {
    let tasks = fs::read_dir("/proc/self/task").expect("a list of threads").flatten();
    let told = tasks.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    let numbers = told.flat_map(|told| told.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
    numbers.filter_map(|number| Pid::from_raw(number.parse().ok()?)).collect()
}

/// The one launcher.
fn launcher() -> Pid {
    let [launcher] = children()[..] else { panic!("there is one launcher, and not {:?}", children()) };
    launcher
}

async fn wait_until_gone(process: Pid) {
    let began = Instant::now();
    while test_kill_process(process).is_ok() {
        assert!(began.elapsed() < SOON, "{process:?} has not ended");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn run(sandbox: &mut OpenSandbox) -> Result<(), SandboxError> {
    let program = Program::new(vec!["/bin/true".to_owned()], vec![], Limits::STUDENT);
    sandbox.run(&program, &CancellationToken::new(), &mut |_, _| {}).await.map(drop)
}

fn open(lease: Lease) -> OpenSandbox {
    lease.open(&[], DiskQuota::STANDARD).expect("a sandbox")
}

#[track_caller]
fn expect_stuck<T>(result: Result<T, SandboxError>) {
    match result {
        Err(SandboxError::LauncherStuck { slot: 0, within }) => assert_eq!(within, PATIENCE),
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("it answered"),
    }
}

/// One thread for all: if it waited for a process, nothing else would happen.
#[tokio::test]
async fn a_pool_whose_launchers_never_answer_does_not_start_and_says_so() {
    let launcher = LauncherCommand { program: "/bin/sleep".into(), args: vec!["600".into()] };
    let began = Instant::now();
    let started = Pool::start(PoolSettings { launcher, ..settings_with_short_timeout() }).await;
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    let said = started.as_ref().map(drop).expect_err("it does not start").to_string();
    assert!(said.contains("slot 0 did not answer within 1.5 s") && said.contains("restarted"), "{said}");
    expect_stuck(started);
    for child in children() {
        wait_until_gone(child).await;
    }
}

#[tokio::test]
async fn a_launcher_that_stops_is_given_up_and_another_is_tried_a_while_later() {
    let pool = Pool::start(settings_with_short_timeout()).await.expect("the pool starts");
    let stuck = launcher();
    let mut sandbox = open(pool.lease(None, MEMORY).await.expect("a lease"));
    kill_process(stuck, Signal::STOP).expect("ours");
    let began = Instant::now();
    expect_stuck(run(&mut sandbox).await);
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    drop(sandbox);
    match pool.lease(None, MEMORY).await {
        Err(SandboxError::BackingOff { slot: 0, again_in }) => assert!(again_in <= Duration::from_secs(1)),
        other => panic!("{other:?}"),
    }
    wait_until_gone(stuck).await;
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let mut sandbox = open(pool.lease(None, MEMORY).await.expect("another try"));
    run(&mut sandbox).await.expect("it is well again");
}

#[tokio::test]
async fn a_launcher_that_stops_while_a_program_runs_is_given_up_when_that_must_have_ended() {
    let pool = Pool::start(settings_with_short_timeout()).await.expect("the pool starts");
    let mut sandbox = open(pool.lease(None, MEMORY).await.expect("a lease"));
    let stuck = launcher();
    let limits = Limits { wall: Duration::from_millis(500), ..Limits::STUDENT };
    let argv = ["/bin/bash", "-c", "echo on; sleep 60"].map(str::to_owned).to_vec();
    let program = Program::new(argv, vec![], limits);
    let began = Instant::now();
    let ran = sandbox
        .run(&program, &CancellationToken::new(), &mut |_, _| {
            kill_process(stuck, Signal::STOP).expect("ours");
        })
        .await;
    expect_stuck(ran);
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    drop(sandbox);
    wait_until_gone(stuck).await;
}

#[tokio::test]
async fn a_launcher_that_stops_before_it_clears_up_is_replaced() {
    let pool = Pool::start(settings_with_short_timeout()).await.expect("the pool starts");
    let mut sandbox = open(pool.lease(None, MEMORY).await.expect("a lease"));
    run(&mut sandbox).await.expect("a run");
    let stuck = launcher();
    kill_process(stuck, Signal::STOP).expect("ours");
    pool.take_back(sandbox.finish());
    wait_until_gone(stuck).await;
    tokio::time::sleep(Duration::from_millis(1200)).await;
    let mut sandbox = open(pool.lease(None, MEMORY).await.expect("another try"));
    run(&mut sandbox).await.expect("it is well again");
}
