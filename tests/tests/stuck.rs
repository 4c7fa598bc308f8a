//! Stuck kernel: if no sandbox starts any more, clients get an error and never wait forever.
//!
//! The test simulates it by a process that stops every launcher at once.

use std::{fs, path::Path, time::Duration};

use serde_json::Value;
use tempfile::TempDir;
use testkit::{CommandOutput, Invocation, Server, Setup, eventually};

/// Stops the launchers of the process that it becomes, for as long as there is a file of this name.
const STOPPER: &str = r#"
import os, signal, sys, time

server, while_there = os.getpid(), sys.argv[1]

def launchers():
    for task in os.listdir(f"/proc/{server}/task"):
        with open(f"/proc/{server}/task/{task}/children") as children:
            for child in children.read().split():
                with open(f"/proc/{child}/cmdline", "rb") as words:
                    if b"launcher" in words.read().split(b"\0"):
                        yield int(child)

if os.fork() == 0:
    os.setsid()
    while os.path.exists(f"/proc/{server}/exe"):
        try:
            for launcher in launchers() if os.path.exists(while_there) else ():
                os.kill(launcher, signal.SIGSTOP)
        except OSError:
            pass
        time.sleep(0.0002)
    os._exit(0)
os.execv(sys.argv[2], sys.argv[2:])
"#;

/// Prefix of the command that suspends its launchers.
fn launcher_prefix(switch: &Path) -> Vec<String> {
    let words = ["python3", "-c", STOPPER];
    words.map(str::to_owned).into_iter().chain([switch.display().to_string()]).collect()
}

/// A folder with the switch that stops launchers.
fn switched_on() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("stop"), "").expect("a file");
    folder
}

const SHORT: (&str, &str) = ("CODERUNNER_SANDBOX__ANSWER_SECONDS", "1");
const SOON: Duration = Duration::from_secs(40);

async fn command(args: &[&str]) -> CommandOutput {
    let folder = switched_on();
    fs::write(folder.path().join("a.sh"), "echo on").expect("a file");
    let ended = Invocation::new(args)
        .in_folder(folder.path())
        .through_wrapper(launcher_prefix(&folder.path().join("stop")), testkit::binary())
        .env(SHORT.0, SHORT.1)
        .output()
        .await;
    assert!(ended.duration < SOON, "{ended:#?}");
    ended
}

/// The command fails with an explanation.
async fn check(args: &[&str]) {
    let ended = command(args).await;
    let said = format!("{}{}", ended.stdout, ended.stderr);
    assert!(ended.code.is_some_and(|code| code != 0), "{args:?}: {ended:#?}");
    assert!(said.contains("did not answer within 1 s"), "{args:?}: {ended:#?}");
}

#[tokio::test]
async fn run_judge_verify_and_doctor_say_that_sandboxes_do_not_start() {
    let problem = format!("{}/../content/problems", env!("CARGO_MANIFEST_DIR"));
    let package = fs::read_dir(&problem).ok().and_then(|mut all| Some(all.next()?.ok()?.path()));
    check(&["run", "a.sh"]).await;
    check(&["run", "--json", "a.sh"]).await;
    check(&["doctor"]).await;
    if let Some(package) = package {
        check(&["verify", &package.display().to_string()]).await;
        check(&["judge", &package.display().to_string(), "a.sh"]).await;
    }
}

fn setup(switch: &Path) -> Setup {
    Setup { wrapper: launcher_prefix(switch), env: vec![(SHORT.0, SHORT.1.to_owned())], ..Setup::default() }
}

async fn reason(server: &Server) -> Option<String> {
    let answer = server.admin().get("/ready").await;
    assert_eq!(server.admin().get("/health").await.status, 200);
    let body: Value = serde_json::from_slice(&answer.body).ok()?;
    (answer.status == 503).then(|| body.to_string())
}

#[tokio::test]
async fn a_server_whose_sandboxes_do_not_start_answers_and_begins_when_they_do() {
    let folder = switched_on();
    let server = setup(&folder.path().join("stop")).launch().await;
    eventually("it says why it is not ready", SOON, async || {
        reason(&server).await.filter(|reason| reason.contains("did not answer within 1 s"))
    })
    .await;
    fs::remove_file(folder.path().join("stop")).expect("was there");
    server.wait_until_ready().await;
    assert_eq!(server.client().run(&testkit::bash("echo on")).await.output, "on\n");
}

#[tokio::test]
async fn a_server_whose_sandboxes_stop_starting_goes_out_of_service_and_comes_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let switch = folder.path().join("stop");
    let config = "[worker]\ncanary_seconds = 1\ncanary_failures = 1\n";
    let server = setup(&switch).config(config).start().await;
    fs::write(&switch, "").expect("a file");
    eventually("it is not ready any more", SOON, async || reason(&server).await).await;
    let metrics = server.admin().get("/metrics").await;
    let metrics = String::from_utf8_lossy(&metrics.body).into_owned();
    let stuck =
        metrics.lines().find_map(|line| line.strip_prefix("coderunner_sandbox_launchers_stuck_total "));
    assert!(stuck.is_some_and(|count| count != "0"), "{metrics}");
    fs::remove_file(&switch).expect("was there");
    eventually("it is ready again", SOON, async || {
        (server.admin().get("/ready").await.status == 200).then_some(())
    })
    .await;
    assert_eq!(server.client().run(&testkit::bash("echo on")).await.output, "on\n");
}
