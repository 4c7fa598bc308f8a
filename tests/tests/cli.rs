//! Command line: output, exit codes and errors of every command.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use serde_json::Value;
use tempfile::TempDir;
use testkit::{CommandOutput, Invocation, Server, eventually};

/// A folder with files, for commands to be run in.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn with(self, name: &str, content: &str) -> Self {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, content).expect("a file");
        self
    }

    fn command(&self, args: &[&str]) -> Invocation {
        Invocation::new(args).in_folder(self.path())
    }

    async fn run(&self, args: &[&str]) -> CommandOutput {
        self.command(args).output().await
    }

    /// Runs the command and checks its exit code, all of its output, and part of its messages.
    async fn check(&self, args: &[&str], code: i32, stdout: &str, says: &str) {
        let ended = self.run(args).await;
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(code), stdout), "{args:?}: {ended:#?}");
        assert!(ended.stderr.contains(says), "{args:?} does not say {says:?}: {ended:#?}");
        assert_eq!(ended.stderr.is_empty(), says.is_empty(), "{args:?}: {ended:#?}");
    }
}

#[tokio::test]
async fn run_exits_as_its_program_did() {
    let folder = Folder::new()
        .with("hello.py", "print('hello')")
        .with("three.sh", "echo out; echo err >&2; exit 3")
        .with("crash.sh", "echo on; kill -SEGV $$")
        .with("killed.sh", "echo on; kill -KILL $$")
        .with("wrong.c", "int main(void) { return missing; }")
        .with("warned.c", "int main(void) { int unused; return 0; }")
        .with("hello", "echo plain")
        .with("sum.py3", "print('three')")
        .with("hi.C", "#include <iostream>\nint main() { std::cout << \"C++\\n\"; }")
        .with("hi.c++", "#include <iostream>\nint main() { std::cout << \"C++\\n\"; }");
    folder.check(&["run", "sum.py3"], 0, "three\n", "").await;
    folder.check(&["run", "hi.C"], 0, "C++\n", "").await;
    folder.check(&["run", "hi.c++"], 0, "C++\n", "").await;
    folder.check(&["run", "hello.py"], 0, "hello\n", "").await;
    folder.check(&["run", "three.sh"], 3, "out\n", "err\n").await;
    folder.check(&["run", "crash.sh"], 128 + 11, "on\n", "The program crashed (SIGSEGV)").await;
    folder.check(&["run", "killed.sh"], 128 + 9, "on\n", "The signal SIGKILL ended the program").await;
    folder.check(&["run", "wrong.c"], 65, "", "undeclared").await;
    folder.check(&["run", "wrong.c"], 65, "", "coderunner: it does not compile").await;
    folder.check(&["run", "warned.c"], 0, "", "unused variable").await;
    folder.check(&["run", "--language", "sh", "hello"], 0, "plain\n", "").await;
    folder.check(&["run", "-l", "python", "hello"], 1, "", "SyntaxError").await;
}

#[tokio::test]
async fn run_gives_its_program_input_arguments_and_files() {
    let folder = Folder::new()
        .with("echo.sh", "cat; printf '[%s]' \"$@\"")
        .with("input.txt", "from a file\n")
        .with("main.py", "from other import said\nprint(said)")
        .with("other.py", "said = 'from beside'");
    let echoed = folder.command(&["run", "echo.sh"]).stdin("piped in\n").output().await;
    assert_eq!((echoed.code, echoed.stdout.as_str()), (Some(0), "piped in\n[]"));
    let both = ["run", "--stdin", "input.txt", "echo.sh", "--", "--json", "two words", ""];
    let echoed = folder.command(&both).stdin("not this").output().await;
    assert_eq!(echoed.stdout, "from a file\n[--json][two words][]", "{echoed:?}");
    folder.check(&["run", "--with", "other.py", "main.py"], 0, "from beside\n", "").await;
    // As a shell makes it of `<(command)`.
    let piped = ["run", "--stdin", "/dev/stdin", "echo.sh"];
    let echoed = folder.command(&piped).stdin("through a pipe\n").output().await;
    assert_eq!((echoed.code, echoed.stdout.as_str()), (Some(0), "through a pipe\n[]"), "{echoed:?}");
    let much = "x".repeat(3 << 20);
    let folder = folder.with("count.sh", "wc -c; true");
    let counted = folder.command(&["run", "count.sh"]).stdin(much).output().await;
    assert_eq!(counted.stdout.trim(), (3 << 20).to_string());
    // A program that does not read its input is no error.
    let folder = folder.with("deaf.sh", "echo deaf");
    let ended = folder.command(&["run", "deaf.sh"]).stdin(vec![b'x'; 3 << 20]).output().await;
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), "deaf\n"));
}

#[tokio::test]
async fn run_takes_a_folder_with_its_structure() {
    let folder = Folder::new()
        .with("shop/main.py", "from lib.prices import of\nprint(of('tea'), open('data/in.txt').read())")
        .with("shop/lib/prices.py", "def of(what): return len(what)")
        .with("shop/data/in.txt", "data")
        .with("shop/.git/config", "not this")
        .with("two/a.py", "import b")
        .with("two/b.py", "print('b', __name__)")
        .with("uses.py", "import lib.prices\nprint(lib.prices.of('cake'))");
    folder.check(&["run", "shop"], 0, "3 data\n", "").await;
    folder.check(&["run", "two", "--main", "b.py"], 0, "b __main__\n", "").await;
    folder.check(&["run", "two", "--main", "a.py"], 0, "b b\n", "").await;
    folder.check(&["run", "uses.py", "--with", "shop/lib"], 0, "4\n", "").await;
    let here = Invocation::new(["run", "."]).in_folder(folder.path().join("shop")).output().await;
    assert_eq!((here.code, here.stdout.as_str()), (Some(0), "3 data\n"), "{here:?}");
}

#[tokio::test]
async fn run_takes_options_of_the_language() {
    let standard = "#include <stdio.h>\nint main(void) { printf(\"%ld\\n\", __STDC_VERSION__); }";
    let folder = Folder::new().with("std.c", standard).with("asserts.py", "assert False\nprint(__debug__)");
    folder.check(&["run", "--option", "std=c99", "std.c"], 0, "199901\n", "").await;
    folder
        .check(
            &["run", "--option", "std=c11", "--option", "flags=-g", "--option", "flags=-Wvla", "std.c"],
            0,
            "201112\n",
            "",
        )
        .await;
    folder.check(&["run", "--option", "optimize=1", "asserts.py"], 0, "False\n", "").await;
}

#[tokio::test]
async fn run_stops_its_program_at_limits_that_its_flags_set() {
    let folder = Folder::new()
        .with("loop.sh", "echo on; while :; do :; done")
        .with("sleep.sh", "echo on; sleep 60")
        .with("eat.py", "print('on')\nx = []\nwhile True: x.append(bytearray(1 << 20))")
        .with("fork.sh", "echo on; for n in 1 2 3 4 5 6 7 8; do sleep 60 & done; wait")
        .with("flood.sh", "yes on");
    for (flag, value, file, says) in [
        ("--cpu-ms", "300", "loop.sh", "it used more than 300 ms of CPU time."),
        ("--wall-ms", "300", "sleep.sh", "it was not done after 300 ms on the clock."),
        ("--memory-mib", "32", "eat.py", "it used more than 32 MiB of memory."),
        ("--processes", "5", "fork.sh", "it tried to have more than 5 processes"),
    ] {
        let ended = folder.run(&["run", flag, value, file]).await;
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(124), "on\n"), "{file}: {ended:#?}");
        assert!(ended.stderr.contains(&format!("coderunner: The program was stopped: {says}")), "{ended:#?}");
        assert!(ended.stderr.trim_end().ends_with(&format!("({flag})")), "it names its flag: {ended:#?}");
    }
    let says = "it wrote more than 9 bytes.";
    folder.check(&["run", "--output-bytes", "9", "flood.sh"], 124, "on\non\non\n", says).await;
    for bad in [["--cpu-ms", "0"], ["--memory-mib", "1"], ["--processes", "0"], ["--wall-ms", "soon"]] {
        let ended = folder.run(&["run", bad[0], bad[1], "loop.sh"]).await;
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert!(ended.stderr.contains(bad[0]) && ended.stderr.contains(bad[1]), "{ended:?}");
    }
}

#[tokio::test]
async fn ctrl_c_stops_the_program_and_shows_its_output() {
    let folder = Folder::new().with("sleep.sh", "echo on; sleep 60");
    let ended =
        folder.command(&["run", "sleep.sh"]).with_interrupt_after(Duration::from_secs(3)).output().await;
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(124), "on\n"), "{ended:#?}");
    assert_eq!(ended.stderr, "coderunner: The program was stopped before it was done.\n", "{ended:#?}");
    // Far from the minute that the program would take.
    assert!(ended.duration < Duration::from_secs(20), "{ended:#?}");
}

#[tokio::test]
async fn run_prints_the_whole_outcome_as_json() {
    let folder = Folder::new()
        .with("both.sh", "echo out; echo err >&2; exit 3")
        .with("wrong.c", "int main(void) { return missing; }")
        .with("sleep.sh", "echo on; sleep 60");
    let ended = folder.run(&["run", "--json", "both.sh"]).await;
    let (json, run) = (ended.json(), &ended.json()["run"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(3), ""));
    assert_eq!((&json["language"], &json["compile"]), (&"bash".into(), &Value::Null));
    assert!(json["toolchain"].as_str().is_some_and(|name| name.starts_with("GNU bash ")), "{json}");
    assert_eq!((&run["reason"], &run["exitCode"]), (&"exited".into(), &3.into()), "{json}");
    assert_eq!((&run["stdout"], &run["stderr"]), (&"out\n".into(), &"err\n".into()), "{json}");
    for quantity in ["cpuMs", "wallMs", "memoryBytes"] {
        assert!(run[quantity].is_u64(), "{quantity}: {json}");
    }
    let ended = folder.run(&["run", "--json", "wrong.c"]).await;
    assert_eq!((ended.code, &ended.json()["run"]), (Some(65), &Value::Null));
    let compile = &ended.json()["compile"];
    assert!(
        compile["ok"] == false && compile["output"].as_str().is_some_and(|said| said.contains("undeclared"))
    );
    let ended = folder.run(&["run", "--json", "--wall-ms", "200", "sleep.sh"]).await;
    assert_eq!((ended.code, &ended.json()["run"]["reason"]), (Some(124), &"wallLimit".into()));
}

#[tokio::test]
async fn programs_that_cannot_run_are_refused_with_advice() {
    let folder = Folder::new().with("a.xyz", "?").with("a.py", "print(1)").with("bad.toml", "\nslots = 3");
    let folder = folder.with("noending", "?").with("empty.py", "\n").with("zero.py", "a\0b");
    let folder = folder.with("nothing/.hidden", "").with("two/a.py", "print(1)").with("two/b.py", "print(2)");
    let some = "bash, c, cpp,";
    for (args, says) in [
        (&["run", "missing.py"][..], "cannot read missing.py: there is no such file"),
        (&["run", "nothing"], "nothing has no files"),
        (&["run", "two"], "a.py and b.py could both be where the program begins; say which with --main FILE"),
        (&["run", "two", "--main", "c.py"], "there is no c.py; the files are: a.py, b.py"),
        (&["run", "a.py", "--main", "a.py"], "--main says where a folder begins, and a.py is a file"),
        (&["run", "a.py", "--with", "two/../a.py"], "\"a.py\" comes twice"),
        (
            &["run", "a.py", "--option", "std=c99"],
            "--option std is no option of Python; there are optimize, warnings, flags",
        ),
        (&["run", "a.py", "--option", "optimize=9"], "--option optimize must be one of 0, 1, 2, not \"9\""),
        (
            &["run", "a.xyz"],
            &format!(
                "a.xyz: no language has files that end in .xyz; name the language with --language: {some}"
            ),
        ),
        (&["run", "noending"], "noending: its name has no ending that says its language"),
        (&["run", "empty.py"], "empty.py is empty: write the program into it first"),
        (&["run", "zero.py"], "zero.py is not text"),
        (&["run", "/bin/sh"], "/bin/sh is a compiled program: name its source instead"),
        (
            &["run", "-"],
            &format!(
                "a program from standard input does not say its language; name it with --language: {some}"
            ),
        ),
        (&["run", "-", "--language", "python"], "standard input is empty"),
        (&["run", "--language", "pyton", "a.py"], "did you mean `python`?"),
        (
            &["run", "--language", "klingon", "a.py"],
            &format!("unknown language `klingon`; there are: {some}"),
        ),
        (&["run", "--stdin", "missing.txt", "a.py"], "cannot read missing.txt"),
        (&["run", "--with", "missing.txt", "a.py"], "cannot read missing.txt"),
        (
            &["run", "--config", "bad.toml", "a.py"],
            "bad.toml, line 2: there is no setting slots; did you mean worker.slots?",
        ),
        (&["run", "--config", "missing.toml", "a.py"], "there is no configuration file missing.toml"),
    ] {
        let ended = folder.run(args).await;
        assert_eq!(ended.code, Some(2), "{args:?}: {ended:?}");
        assert!(ended.stderr.contains(says), "{args:?} does not say {says:?}: {ended:?}");
        assert!(ended.stderr.starts_with("coderunner: ") && ended.stderr.lines().count() == 1, "{ended:?}");
        assert_eq!(ended.stdout, "", "{args:?}");
    }
    for args in [&[][..], &["run"], &["sing"], &["run", "--colour", "a.py"], &["completions", "tcsh"]] {
        let ended = folder.run(args).await;
        assert_eq!(ended.code, Some(2), "{args:?}: {ended:?}");
        assert!(ended.stderr.contains("--help") || ended.stderr.contains("Usage"), "{args:?}: {ended:?}");
    }
}

#[tokio::test]
async fn help_tells_of_every_command_and_flag() {
    let help = async |args: &[&str]| {
        let ended = Invocation::new(args).output().await;
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{ended:?}");
        ended.stdout
    };
    let check = |text: &str, parts: &[&str]| {
        for part in parts {
            assert!(text.contains(part), "{part} is missing in:\n{text}");
        }
    };
    check(&help(&["--help"]).await, &["serve", "run", "doctor", "config", "completions", "man", "Exit code"]);
    for command in ["serve", "run", "verify", "judge", "doctor", "config"] {
        check(&help(&[command, "--help"]).await, &["Exit code"]);
    }
    check(
        &help(&["run", "--help"]).await,
        &["--language", "--stdin", "--json", "--cpu-ms", "Exit code", "124"],
    );
    let limits = help(&["run", "--help"]).await;
    let (_, below) = limits.split_once("Limits:").expect("a heading");
    assert!(!below.contains("--config"), "not every flag is a limit:\n{limits}");
    let flags = ["--listen", "--admin-listen", "--data", "--limits", "--config", "--slots", "127.0.0.1:8080"];
    check(&help(&["serve", "--help"]).await, &flags);
    check(&help(&["--version"]).await, &["coderunner ", env!("CARGO_PKG_VERSION")]);
}

#[tokio::test]
async fn config_prints_a_valid_configuration() {
    let folder = Folder::new();
    let config = async |args: &[&str]| {
        let command = folder.command(&["config"]).args(args);
        command.env("CODERUNNER_SANDBOX__FIRST_ID", "1950000000").output().await
    };
    let printed = config(&[]).await;
    assert_eq!((printed.code, printed.stderr.as_str()), (Some(0), ""));
    for setting in ["listen = ", "admin_listen = ", "data = ", "[worker]", "slots = ", "[log]"] {
        assert!(printed.stdout.contains(setting), "{}", printed.stdout);
    }
    fs::write(folder.path().join("all.toml"), &printed.stdout).expect("a file");
    let again = config(&["--config", "all.toml"]).await;
    // The sources of the values are others, and stand behind them.
    let values = |text: &str| {
        let values =
            text.lines().map(|line| line.split("  #").next().unwrap_or_default().trim_end().to_owned());
        values.collect::<Vec<_>>()
    };
    assert_eq!((again.code, values(&again.stdout)), (Some(0), values(&printed.stdout)), "{again:?}");
    let line = |text: &str, start: &str| {
        text.lines().find(|line| line.starts_with(start)).unwrap_or_default().to_owned()
    };
    for (printed, start, source) in [
        (&printed, "first_id", "# environment, CODERUNNER_SANDBOX__FIRST_ID"),
        (&printed, "slots", "# default"),
        (&again, "slots", "# all.toml, line "),
        (&config(&["--slots", "3"]).await, "slots = 3", "# option --slots"),
    ] {
        assert!(line(&printed.stdout, start).contains(source), "{start}: {}", printed.stdout);
    }
}

/// Options, variables, and the expected message.
type Refused<'a> = (&'a [&'a str], &'a [(&'a str, &'a str)], &'a str);

#[tokio::test]
async fn config_and_serve_refuse_the_same_settings() {
    let folder = Folder::new().with("typo.toml", "\n[worker]\nslot = 3\n").with("file", "");
    let cases: [Refused<'_>; 9] = [
        (
            &["--config", "typo.toml"],
            &[],
            "typo.toml, line 3: there is no setting worker.slot; did you mean worker.slots?",
        ),
        (&["--slots", "0"], &[], "option --slots: worker.slots must be a whole number from 1 to 1000, not 0"),
        (
            &["--slots", "many"],
            &[],
            "option --slots: worker.slots must be a whole number from 1 to 1000, not \"many\"",
        ),
        (&["--content", "/nope"], &[], "option --content: content.folder: /nope does not exist"),
        (&["--content", "file"], &[], "option --content: content.folder: file is no folder"),
        (&["--roles", "worker"], &[], "option --roles: this process is to have the roles worker"),
        (&[], &[("CODERUNNER_SLOTS", "3")], "did you mean CODERUNNER_WORKER__SLOTS?"),
        (&[], &[("CODERUNNER_SANDBOX__WARM__PYTON", "1")], "no language is called pyton"),
        (
            &[],
            &[("CODERUNNER_LOG__FILTER", "a=loud")],
            "environment, CODERUNNER_LOG__FILTER: log.filter must be a level",
        ),
    ];
    for (options, variables, says) in cases {
        for command in ["config", "serve"] {
            let command = folder.command(&[command]).args(options);
            let command = variables.iter().fold(command, |command, (name, value)| command.env(name, value));
            let ended = command.output().await;
            assert_eq!(
                (ended.code, ended.stdout.as_str()),
                (Some(2), ""),
                "{options:?} {variables:?}: {ended:?}"
            );
            assert!(
                ended.stderr.starts_with("coderunner: ") && ended.stderr.contains(says),
                "{says}: {ended:?}"
            );
        }
    }
    let origins =
        folder.command(&["config"]).env("CODERUNNER_CORS_ORIGINS", "https://a.example,https://b.example");
    let origins = origins.output().await.stdout;
    assert!(origins.contains("cors_origins = [\"https://a.example\", \"https://b.example\"]"), "{origins}");
}

#[tokio::test]
async fn a_program_is_read_from_standard_input() {
    let ended =
        Folder::new().command(&["run", "-", "--language", "python"]).stdin("print(6 * 7)").output().await;
    assert_eq!(
        (ended.code, ended.stdout.as_str(), ended.stderr.as_str()),
        (Some(0), "42\n", ""),
        "{ended:?}"
    );
}

#[tokio::test]
async fn a_reachable_server_warns_and_unconfigured_pools_do_not() {
    let server = Server::start().await;
    let log = server.log();
    assert!(!log.contains("accounts") && !log.contains("microvm"), "{log}");
    let ready = server.client().get("/ready").await;
    assert!(String::from_utf8_lossy(&ready.body).contains("microvm"), "who asks is told: {ready:?}");
    let open = ["serve", "--listen", "0.0.0.0:0", "--admin-listen", "127.0.0.1:0", "--data", "data"];
    let folder = Folder::new();
    let ended = folder.command(&open).with_interrupt_after(Duration::from_secs(3)).output().await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stderr.contains("there are no accounts: everybody who reaches 0.0.0.0:0"), "{ended:?}");
}

#[tokio::test]
async fn the_binary_is_installed_with_manual_pages_and_completions() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/install");
    let installed =
        tokio::process::Command::new(script).arg(testkit::binary()).arg(folder.path()).output().await;
    let installed = installed.expect("it starts");
    assert!(installed.status.success(), "{installed:?}");
    for file in [
        "bin/coderunner",
        "share/man/man1/coderunner.1",
        "share/man/man1/coderunner-run.1",
        "share/man/man1/coderunner-verify.1",
        "share/bash-completion/completions/coderunner",
        "share/zsh/site-functions/_coderunner",
        "share/fish/vendor_completions.d/coderunner.fish",
    ] {
        assert!(folder.path().join(file).is_file(), "{file}");
    }
    let page = fs::read_to_string(folder.path().join("share/man/man1/coderunner-serve.1")).expect("text");
    assert!(page.contains("admin") && page.contains("127.0.0.1:9090"), "{page}");
    // As bash requests completions.
    let complete = async |words: &[&str]| {
        let script = "source share/bash-completion/completions/coderunner\n\
                      COMP_WORDS=(\"$@\") COMP_CWORD=$(($# - 1))\n\
                      _coderunner coderunner \"${COMP_WORDS[COMP_CWORD]}\" \"${COMP_WORDS[COMP_CWORD-1]}\"\n\
                      printf '%s\\n' \"${COMPREPLY[@]}\"";
        let mut bash = tokio::process::Command::new("bash");
        bash.current_dir(folder.path()).args(["-c", script, "bash"]).args(words);
        String::from_utf8(bash.output().await.expect("bash starts").stdout).expect("text")
    };
    assert!(complete(&["coderunner", "ver"]).await.contains("verify"));
    assert!(complete(&["coderunner", "serve", "--adm"]).await.contains("--admin-listen"));
    assert!(complete(&["coderunner", "completions", "z"]).await.contains("zsh"));
}

#[tokio::test]
async fn the_environment_is_stronger_than_the_file_and_weaker_than_flags() {
    let folder = Folder::new().with("c.toml", "max_waiting = 111\ndata = \"here\"\n[worker]\nslots = 3\n");
    let printed = folder
        .command(&["config", "--config", "c.toml"])
        .env("CODERUNNER_WORKER__SLOTS", "5")
        .env("CODERUNNER_LISTEN", "127.0.0.1:1234")
        .output()
        .await;
    for setting in ["max_waiting = 111", "data = \"here\"", "slots = 5", "listen = \"127.0.0.1:1234\""] {
        assert!(printed.stdout.contains(setting), "{setting} is not in\n{}", printed.stdout);
    }
    let by_variable = folder.command(&["config"]).env("CODERUNNER_CONFIG", "c.toml").output().await;
    assert!(by_variable.stdout.contains("slots = 3"), "{by_variable:?}");
    for (name, value, says) in [
        ("CODERUNNER_SLOTS", "3", "slots"),
        ("CODERUNNER_WORKER__SLOTS", "many", "slots"),
        ("CODERUNNER_LISTEN", "here", "listen"),
    ] {
        let ended = folder.command(&["config"]).env(name, value).output().await;
        assert!(ended.code != Some(0) && ended.stderr.to_lowercase().contains(says), "{name}: {ended:?}");
    }
    // The flag --slots 2 of the server against the file's 3.
    let server = testkit::Setup::default().config("[worker]\nslots = 3\n").start().await;
    eventually("the worker is known", Duration::from_secs(5), async || {
        server.client().queue().await.pools.first().is_some_and(|pool| pool.slots == 2).then_some(())
    })
    .await;
}

#[tokio::test]
async fn serve_says_why_it_does_not_start() {
    let server = Server::start().await;
    let data = server.data();
    let folder = Folder::new().with("file", "");
    let taken = server.client().base().trim_start_matches("http://").to_owned();
    let unwritable = PathBuf::from("/proc/nothing");
    let refuse = async |flags: &[&str], says: &[&str]| {
        let ended = folder.command(&["serve", "--admin-listen", "127.0.0.1:0"]).args(flags).output().await;
        assert_eq!(ended.code, Some(70), "{ended:?}");
        assert!(ended.duration < Duration::from_secs(10), "{ended:?}");
        let complaint =
            ended.stderr.lines().find(|line| line.starts_with("coderunner: ")).unwrap_or_default();
        assert!(says.iter().all(|part| complaint.contains(part)), "{says:?}: {ended:#?}");
    };
    let text = |path: &Path| path.to_str().expect("text").to_owned();
    refuse(&["--listen", "127.0.0.1:0", "--data", &text(&data)], &[&text(&data), "another"]).await;
    refuse(&["--listen", &taken, "--data", "d"], &[&taken, "--listen", "in use"]).await;
    refuse(&["--listen", "192.0.2.1:80", "--data", "d"], &["192.0.2.1:80", "--listen"]).await;
    refuse(&["--listen", "127.0.0.1:0", "--data", &text(&unwritable)], &["/proc/nothing"]).await;
    refuse(&["--listen", "127.0.0.1:0", "--data", "file"], &["file"]).await;
    assert_eq!(server.client().run(&testkit::bash("echo hello")).await.output, "hello\n");
}

#[tokio::test]
async fn doctor_knows_this_machine() {
    let ended = Invocation::new(["doctor", "--json"]).output().await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.json().is_object(), "{ended:?}");
    let told = Invocation::new(["doctor"]).output().await;
    assert_eq!(told.code, Some(0), "{told:?}");
    for part in ["Python", "C++", "seccomp", "cgroup"] {
        assert!(told.stdout.to_lowercase().contains(&part.to_lowercase()), "{part}: {}", told.stdout);
    }
}

#[tokio::test]
async fn a_program_ignores_no_signal_however_we_were_started() {
    // With the signals ignored as by a shell without job control for background commands, and as by a parent that
    // ignores SIGCHLD.
    let ignoring = "import os, signal, sys\n\
        for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGCHLD, signal.SIGUSR1): signal.signal(number, signal.SIG_IGN)\n\
        os.execv(sys.argv[1], sys.argv[1:])";
    let folder = Folder::new().with("ignored.sh", "grep SigIgn /proc/self/status").with(
        "interrupted.py",
        "import signal\nprint(signal.getsignal(signal.SIGINT) is signal.default_int_handler)",
    );
    for (file, stdout) in [("ignored.sh", "SigIgn:\t0000000000000000\n"), ("interrupted.py", "True\n")] {
        let started = folder
            .command(&["run", file])
            .through_wrapper(["/usr/bin/python3", "-c", ignoring], testkit::binary());
        let ended = started.output().await;
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), stdout), "{file}: {}", ended.stderr);
    }
}

#[tokio::test]
async fn only_regular_files_are_read_without_blocking() {
    let folder = Folder::new()
        .with("hello.py", "print('hello')")
        .with("problem/problem.yaml", "problem_format_version: legacy\nname: Sound\n")
        .with("problem/data/secret/1.in", "1\n")
        .with("problem/data/secret/1.ans", "1\n");
    for pipe in ["pipe.py", "pipe.toml"] {
        let path = folder.path().join(pipe);
        rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, rustix::fs::Mode::RWXU, 0)
            .expect("a named pipe");
    }
    for args in [
        &["run", "pipe.py"][..],
        &["run", "hello.py", "--with", "pipe.py"],
        &["run", "hello.py", "--config", "pipe.toml"],
        &["verify", "pipe.py"],
        &["judge", "problem", "pipe.py"],
        &["judge", "pipe.py", "hello.py"],
        &["serve", "--config", "pipe.toml"],
        &["verify", "/dev/zero"],
        &["run", "/dev/zero", "--language", "python"],
    ] {
        let ended = folder.command(args).with_timeout(Duration::from_secs(30)).output().await;
        assert!(ended.code.is_some_and(|code| code != 0), "{args:?}: {ended:?}");
        let says = ended.stdout + &ended.stderr;
        assert!(says.contains("a regular file"), "{args:?}: {says}");
    }
}

#[tokio::test]
async fn input_without_an_end_is_refused_when_it_is_too_much() {
    let folder = Folder::new().with("hello.py", "print('hello')");
    let ended = folder.run(&["run", "hello.py", "--stdin", "/dev/zero"]).await;
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.stderr.contains("/dev/zero has more than 256 MiB"), "{}", ended.stderr);
}

#[tokio::test]
async fn a_name_in_a_message_does_nothing_to_the_terminal() {
    let folder = Folder::new();
    let ended = folder.run(&["run", "a\u{1b}[2J\u{202e}.py"]).await;
    assert!(!ended.stderr.contains(['\u{1b}', '\u{202e}']), "{:?}", ended.stderr);
    assert!(ended.stderr.contains("a␛[2J\\u{202e}.py"), "{:?}", ended.stderr);
}

#[tokio::test]
async fn closed_output_is_no_failure_and_a_write_error_is() {
    let folder = Folder::new().with("a.py", "print('hi')");
    let binary = testkit::binary().display();
    for command in [
        "config",
        "config --guide",
        "doctor",
        "run --json a.py",
        "new made",
        "man",
        "completions bash",
        "run --help",
    ] {
        let script = format!("(sleep 0.1; {binary} {command}; echo $? >code) | true");
        let bash = async |script: &str| {
            let mut bash = tokio::process::Command::new("bash");
            bash.current_dir(folder.path()).args(["-c", script]).output().await.expect("bash starts")
        };
        let ended = bash(&script).await;
        let code = fs::read_to_string(folder.path().join("code")).expect("a code");
        assert_eq!(
            (code.as_str(), String::from_utf8_lossy(&ended.stderr).as_ref()),
            ("0\n", ""),
            "{command}"
        );
        let _gone = fs::remove_dir_all(folder.path().join("made"));
        if command != "run --help" {
            let ended = bash(&format!("{binary} {command} >/dev/full")).await;
            let says = String::from_utf8_lossy(&ended.stderr).into_owned();
            assert_eq!(ended.status.code(), Some(70), "{command}: {says}");
            assert!(says.starts_with("coderunner: the result cannot be printed: "), "{command}: {says}");
        }
        let _gone = fs::remove_dir_all(folder.path().join("made"));
    }
}

#[tokio::test]
async fn a_log_of_objects_has_nothing_else_in_it() {
    let folder = Folder::new().with("file", "");
    let args = ["serve", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--data", "file"];
    let ended = folder.command(&args).env("CODERUNNER_LOG__FORMAT", "json").output().await;
    assert_eq!(ended.code, Some(70), "{ended:?}");
    let lines: Vec<Value> =
        ended.stderr.lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
    assert!(lines.iter().any(|line| line["level"] == "ERROR" && line["error"].is_string()), "{lines:?}");
}
