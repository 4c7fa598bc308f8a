//! Syntax checks by a waiting runtime: they run nothing, and the program that runs next cannot detect them.

mod common;

use common::{MEMORY, pool};
use languages::{ENVIRONMENT, Registry, SystemHost};
use model::{Bytes, Ending, Limits, Outcome, Stream};
use sandbox::{
    DiskQuota, OpenSandbox, Pool, Prestart, PrestartMode, PrestartedRun, Program, SandboxFile, SyntaxCheck,
};
use tokio_util::sync::CancellationToken;

const LIMITS: Limits = Limits { memory: Bytes::mib(256), ..Limits::STUDENT };

fn prestart() -> Prestart {
    let registry = Registry::builtin(&SystemHost::new()).expect("valid files");
    let waiting = registry.find("python").expect("it is there").prestart().expect("it can be started ahead");
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

fn program() -> Program {
    let argv = ["/usr/bin/python3", "main.py", "a b"].map(str::to_owned).to_vec();
    let env = ENVIRONMENT.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
    let ahead =
        Some(PrestartedRun { prestart: "python".to_owned(), args: vec!["a b".to_owned()], env: Vec::new() });
    Program { prestarted: ahead, ..Program::new(argv, env, LIMITS) }
}

async fn open(pool: &Pool, files: &[(&str, &[u8])]) -> OpenSandbox {
    let files: Vec<_> = files.iter().map(|(name, content)| SandboxFile::plain(*name, *content)).collect();
    let lease = pool.lease(Some("python"), MEMORY).await.expect("a lease");
    lease.open(&files, DiskQuota::for_limits(&LIMITS)).expect("a sandbox")
}

async fn check(sandbox: &mut OpenSandbox, sources: &[&str]) -> SyntaxCheck {
    let sources: Vec<_> = sources.iter().map(|&source| source.to_owned()).collect();
    sandbox.check_syntax(&program(), &sources).await.expect("a check")
}

async fn run(sandbox: &mut OpenSandbox) -> Outcome {
    sandbox.run(&program(), &CancellationToken::new(), &mut |_, _| {}).await.expect("a run")
}

fn text(outcome: &Outcome, stream: Stream) -> String {
    String::from_utf8(outcome.transcript.of(stream)).expect("text")
}

/// Tells what a program can see of how it came about.
const LOOK: &[u8] = b"import gc, os, sys\nprint(sys.argv, os.getpid(), os.listdir('.'), sorted(sys.modules), sys.path, \
    sorted(vars()), os.listdir('/proc/self/fd'), sys.flags, gc.isenabled(), sys.stderr, open('/proc/self/comm').read())\n";

#[tokio::test]
async fn a_syntax_check_does_not_change_a_programs_view() {
    let pool = pool(Some(prestart())).await;
    let mut seen = Vec::new();
    for sources in [&[][..], &["main.py"], &["main.py"]] {
        let mut sandbox = open(&pool, &[("main.py", LOOK)]).await;
        if !sources.is_empty() {
            assert_eq!(check(&mut sandbox, sources).await, SyntaxCheck::Sound);
        }
        let outcome = run(&mut sandbox).await;
        assert_eq!((outcome.ending, text(&outcome, Stream::Stderr).as_str()), (Ending::Exited(0), ""));
        seen.push(text(&outcome, Stream::Stdout));
        pool.take_back(sandbox.finish());
    }
    assert!(seen[0].starts_with("['main.py', 'a b'] "), "{}", seen[0]);
    assert_eq!((&seen[1], &seen[2]), (&seen[0], &seen[0]));
}

#[tokio::test]
async fn sources_that_compile_without_a_word_are_sound_and_nothing_of_theirs_runs() {
    let pool = pool(Some(prestart())).await;
    let files: [(&str, &[u8]); 3] = [
        ("main.py", b"import helper\nprint(open('ran', 'x'))"),
        ("helper.py", b"# -*- coding: latin-1 -*-\nprint('h\xe9')"),
        ("pkg/a.py", b"\xef\xbb\xbfraise SystemExit(3)"),
    ];
    let mut sandbox = open(&pool, &files).await;
    for _ in 0..2 {
        assert_eq!(check(&mut sandbox, &["main.py", "helper.py", "pkg/a.py"]).await, SyntaxCheck::Sound);
    }
    let outcome = run(&mut sandbox).await;
    assert_eq!(outcome.ending, Ending::Exited(0), "{outcome:?}");
    assert!(text(&outcome, Stream::Stdout).starts_with("hé\n<_io.TextIOWrapper name='ran'"), "{outcome:?}");
    pool.take_back(sandbox.finish());
}

#[tokio::test]
async fn whatever_there_is_to_say_about_a_source_leaves_it_undecided_and_the_sandbox_is_of_use() {
    let pool = pool(Some(prestart())).await;
    let deep = [b"x = ".as_slice(), &b"(".repeat(100_000)].concat();
    for wrong in [
        b"print(".as_slice(),
        b"x = 1 is 1",
        b"x = '\\d'",
        b"x = 1\0",
        b"# coding: nonsense",
        b"x = '\xff'",
        b"return",
        &deep,
    ] {
        let mut sandbox = open(&pool, &[("main.py", b"print(1)"), ("wrong.py", wrong)]).await;
        let said = String::from_utf8_lossy(&wrong[..wrong.len().min(20)]).into_owned();
        let sound = check(&mut sandbox, &["main.py", "wrong.py"]).await == SyntaxCheck::Sound;
        // Newer versions warn of this, older ones do not.
        assert!(!sound || said.contains("\\d"), "{said}");
        let outcome = run(&mut sandbox).await;
        assert_eq!(
            (outcome.ending, text(&outcome, Stream::Stdout).as_str()),
            (Ending::Exited(0), "1\n"),
            "{said}"
        );
        assert_eq!(text(&outcome, Stream::Stderr), "", "{said}");
        pool.take_back(sandbox.finish());
    }
}

#[tokio::test]
async fn a_source_that_is_not_there_or_leads_elsewhere_decides_nothing() {
    let pool = pool(Some(prestart())).await;
    for source in ["missing.py", ".", "/etc"] {
        let mut sandbox = open(&pool, &[("main.py", b"print(1)")]).await;
        assert_eq!(check(&mut sandbox, &[source]).await, SyntaxCheck::Undecided, "{source}");
        pool.take_back(sandbox.finish());
    }
}

#[tokio::test]
async fn where_nothing_waits_that_could_check_nothing_is_decided() {
    let bare = pool(None).await;
    let mut sandbox = open(&bare, &[("main.py", b"print(1)")]).await;
    assert_eq!(check(&mut sandbox, &["main.py"]).await, SyntaxCheck::Undecided);
    assert_eq!(run(&mut sandbox).await.ending, Ending::Exited(0));
    bare.take_back(sandbox.finish());
}

#[tokio::test]
async fn a_later_program_of_a_submission_can_be_checked_too() {
    let pool = pool(Some(prestart())).await;
    let mut sandbox = open(&pool, &[("main.py", b"print(1)")]).await;
    run(&mut sandbox).await;
    for code in [b"print(2)".as_slice(), b"print(3)"] {
        let files = [SandboxFile::plain("main.py", code)];
        sandbox.reset(&files, DiskQuota::for_limits(&LIMITS)).expect("orders");
        assert_eq!(check(&mut sandbox, &["main.py"]).await, SyntaxCheck::Sound);
        let outcome = run(&mut sandbox).await;
        assert!(String::from_utf8_lossy(code).contains(text(&outcome, Stream::Stdout).trim()), "{outcome:?}");
    }
    pool.take_back(sandbox.finish());
}
