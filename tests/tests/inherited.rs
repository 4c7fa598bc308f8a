//! Inherited state: a program gets no environment, descriptors, signals or limits from the parent of the server.

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;
use testkit::{Invocation, LiveSession, Server, Setup};

/// All signals that can be ignored, except those that Rust and shells need.
const SIGNALS: [&str; 8] = ["HUP", "INT", "QUIT", "TERM", "CHLD", "ALRM", "TSTP", "USR1"];

/// Shows signals, mask of files, execution domain, priority and limits, as a program finds them.
const SHOW: &str = "grep -E '^(SigBlk|SigIgn|SigCgt|Umask)' /proc/self/status; cat /proc/self/personality; \
                    cut -d ' ' -f 19 /proc/self/stat; ulimit -aS; ulimit -aH; ls /proc/self/fd | wc -l";

fn env(flags: &[String]) -> Vec<String> {
    std::iter::once("env".to_owned()).chain(flags.iter().cloned()).collect()
}

fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("show.sh"), SHOW).expect("a file");
    folder
}

/// Output of `coderunner run` with these words as prefix.
async fn run_output(through: &[String]) -> String {
    let folder = folder();
    let command = Invocation::new(["run", "show.sh"]).in_folder(folder.path());
    let command =
        if through.is_empty() { command } else { command.through_wrapper(through, testkit::binary()) };
    let ended = command.output().await;
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{through:?}: {ended:#?}");
    ended.stdout
}

#[tokio::test]
async fn a_signal_that_is_ignored_or_blocked_at_the_start_is_neither_in_a_program() {
    let usual = run_output(&[]).await;
    assert!(usual.contains("SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n"), "{usual}");
    for signal in SIGNALS {
        for how in ["ignore", "block"] {
            assert_eq!(
                run_output(&env(&[format!("--{how}-signal={signal}")])).await,
                usual,
                "{how} {signal}"
            );
        }
    }
    let all = env(&["--ignore-signal".to_owned(), "--block-signal".to_owned()]);
    assert_eq!(run_output(&all).await, usual, "all of them");
}

#[tokio::test]
async fn other_things_that_a_process_inherits_do_not_reach_a_program_either() {
    let usual = run_output(&[]).await;
    for words in [
        &["setarch", "-R", "-X", "-B"][..],
        &["nice", "-n", "7"],
        &["prlimit", "--as=8000000000:", "--fsize=4000000000:", "--data=7000000000:"],
        &["bash", "-c", "umask 077; exec 7</dev/null 8>/dev/null 99</; exec \"$@\"", "bash"],
    ] {
        let words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
        assert_eq!(run_output(&words).await, usual, "{words:?}");
    }
}

/// A server that is started as a script does in the background, and worse.
async fn deaf_server() -> Server {
    let through = env(&["--ignore-signal".to_owned(), "--block-signal".to_owned()]);
    Setup { wrapper: through, ..Setup::default() }.start().await
}

/// Signal state that a program in this language reports.
async fn signal_report(server: &Server, language: &str, code: &str) -> String {
    server.client().run(&testkit::program(language, code)).await.output
}

#[tokio::test]
async fn programs_of_a_server_that_was_started_deaf_hear_as_others_do() {
    let (usual, deaf) = (Server::start().await, deaf_server().await);
    let python = "import re\nprint(re.findall('Sig.*', open('/proc/self/status').read()))";
    let node = "console.log(require('fs').readFileSync('/proc/self/status', 'utf8').match(/Sig.*/g))";
    for (language, code) in [("python", python), ("javascript", node), ("bash", "grep Sig /proc/self/status")]
    {
        // The first is forked or prestarted, later ones possibly not.
        for _ in 0..3 {
            assert_eq!(
                signal_report(&deaf, language, code).await,
                signal_report(&usual, language, code).await,
                "{language}"
            );
        }
    }
}

#[tokio::test]
async fn ctrl_c_reaches_a_program_of_a_server_that_was_started_in_the_background() {
    let server = deaf_server().await;
    let code = "print('on', flush=True)\nwhile True: pass";
    let mut session =
        LiveSession::start(server.client(), "python", code, json!({"cols": 80, "rows": 24})).await;
    session.until_output("on").await;
    session.send_stdin("\u{3}").await;
    session.until_output("KeyboardInterrupt").await;
    session.wait_for_result().await;
    let mut session = LiveSession::start(server.client(), "python", code, Value::Null).await;
    session.until_output("on").await;
    session.send(json!({"type": "signal", "name": "INT"})).await;
    session.until_output("KeyboardInterrupt").await;
    session.wait_for_result().await;
}
