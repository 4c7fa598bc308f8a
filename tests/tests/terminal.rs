//! Terminal: `coderunner run` gives its program a terminal of its own and restores the user's.

use std::{fs, process::Stdio, time::Duration};

use rustix::process::Signal;
use tempfile::TempDir;
use testkit::{TerminalCommand, TerminalOutput};
use tokio::{io::AsyncWriteExt as _, process::Command, time::timeout};

/// A folder with one program.
fn folder(name: &str, content: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join(name), content).expect("a file");
    folder
}

#[track_caller]
fn check(ended: &TerminalOutput, code: i32) {
    assert_eq!(ended.status.code(), Some(code), "{ended:#?}");
    assert!(ended.is_restored, "{ended:#?}");
}

#[tokio::test]
async fn a_program_is_talked_to_at_its_terminal() {
    let folder = folder(
        "ask.py",
        "import os, sys\nname = input('name? ')\nprint(os.isatty(0), 'Hello,', name)\nsys.exit(3)",
    );
    let mut run = TerminalCommand::start(&["run", "ask.py"], folder.path());
    run.wait_for_output("name? ").await;
    assert!(!run.is_cooked(), "every key is the program's");
    run.type_in("Ada\r");
    run.wait_for_output("True Hello, Ada\r\n").await;
    check(&run.end().await, 3);
}

#[tokio::test]
async fn ctrl_c_is_the_programs_and_ctrl_d_ends_its_input() {
    let code = "import sys\ntry:\n  print('on')\n  while True: pass\nexcept KeyboardInterrupt: print('caught')\nprint(sys.stdin.read() == 'x\\n')";
    let folder = folder("loop.py", code);
    let mut run = TerminalCommand::start(&["run", "loop.py"], folder.path());
    run.wait_for_output("on\r\n").await;
    run.type_in("\u{3}");
    run.wait_for_output("caught").await;
    run.type_in("x\r\u{4}");
    run.wait_for_output("True").await;
    check(&run.end().await, 0);
}

#[tokio::test]
async fn the_way_out_stops_a_program_that_heeds_nothing() {
    let folder = folder("deaf.sh", "trap '' INT QUIT TERM HUP TSTP; echo on; while :; do sleep 0.1; done");
    let mut run = TerminalCommand::start(&["run", "deaf.sh"], folder.path());
    run.wait_for_output("to stop the program, press Ctrl-] twice").await;
    run.wait_for_output("on\r\n").await;
    run.type_in("\u{3}\u{1c}\u{1d}x\u{1d}");
    tokio::time::sleep(Duration::from_millis(300)).await;
    run.type_in("\u{1d}");
    let ended = run.end().await;
    check(&ended, 124);
    assert!(
        ended.screen.ends_with("coderunner: The program was stopped before it was done.\r\n"),
        "{ended:#?}"
    );
}

#[tokio::test]
async fn the_terminal_is_restored_after_every_ending() {
    let folder = folder("sleep.sh", "echo on; sleep 60");
    let mut run = TerminalCommand::start(&["run", "sleep.sh"], folder.path());
    run.wait_for_output("on").await;
    run.signal(Signal::TERM);
    check(&run.end().await, 124);
    let run = TerminalCommand::start(&["run", "--wall-ms", "500", "sleep.sh"], folder.path());
    let ended = run.end().await;
    check(&ended, 124);
    assert!(ended.screen.contains("it was not done after 500 ms on the clock"), "{ended:#?}");
    let ended = TerminalCommand::start(&["run", "missing.py"], folder.path()).end().await;
    check(&ended, 2);
}

#[tokio::test]
async fn a_program_learns_that_the_window_has_another_size() {
    let code = "import os, signal\nresized = {signal.SIGWINCH}\nsignal.pthread_sigmask(signal.SIG_BLOCK, resized)\n\
                print(*os.get_terminal_size())\nsignal.sigwait(resized)\nprint(*os.get_terminal_size())";
    let folder = folder("size.py", code);
    let mut run = TerminalCommand::start(&["run", "size.py"], folder.path());
    run.wait_for_output("80 24\r\n").await;
    run.resize(132, 50);
    run.wait_for_output("132 50\r\n").await;
    check(&run.end().await, 0);
}

#[tokio::test]
async fn json_and_an_input_file_leave_the_terminal_alone() {
    let folder = folder("tty.py", "import os\nprint(os.isatty(0), os.isatty(1))");
    for flag in [&["--json"][..], &["--stdin", "tty.py"]] {
        let args = [&["run"], flag, &["tty.py"]].concat();
        let ended = TerminalCommand::start(&args, folder.path()).end().await;
        check(&ended, 0);
        assert!(ended.screen.contains("False False"), "{ended:#?}");
    }
}

#[tokio::test]
async fn what_is_piped_in_comes_as_it_is_written_and_not_at_its_end() {
    let folder = folder("first.py", "print(input())");
    let mut command = Command::new(testkit::binary());
    command.args(["run", "first.py"]).current_dir(folder.path()).kill_on_drop(true);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("coderunner starts");
    // Held open to the end of the test.
    let mut pipe = child.stdin.take().expect("its input is a pipe");
    pipe.write_all(b"early\n").await.expect("it reads");
    let output = timeout(Duration::from_secs(30), child.wait_with_output()).await;
    let output = output.expect("it does not wait for the end of its input").expect("it runs");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "early\n", "{output:?}");
    drop(pipe);
}
