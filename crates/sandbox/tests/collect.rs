//! Collected files: exactly the requested ones, and nothing that a guest could substitute for them.

mod common;

use std::time::Duration;

use common::{MEMORY, pool};
use model::{Bytes, Ending, Limits, Stream};
use sandbox::{
    Collect, CollectedFiles, DiskQuota, FileLimit, FileSelection, FolderSelection, OpenSandbox, Pool,
    Program, SandboxFile, SkipReason,
};
use tokio_util::sync::CancellationToken;

const LIMITS: Limits =
    Limits { cpu: Duration::from_secs(5), wall: Duration::from_secs(10), ..Limits::STUDENT };

const CHANGED: Collect = Collect {
    selection: FileSelection::Changed,
    max_files: 10,
    max_file_bytes: Bytes::mib(1),
    max_total_bytes: Bytes::mib(2),
    max_depth: 2,
};

/// A sandbox with these files in it.
async fn sandbox(pool: &Pool, files: &[SandboxFile]) -> OpenSandbox {
    pool.lease(None, MEMORY).await.expect("a lease").open(files, DiskQuota::STANDARD).expect("a sandbox")
}

async fn run_within(sandbox: &mut OpenSandbox, argv: &[&str], limits: Limits) -> (Ending, String) {
    let argv = argv.iter().map(|&arg| arg.to_owned()).collect();
    let program = Program::new(argv, vec![("PATH".into(), "/usr/bin:/bin".into())], limits);
    let outcome = sandbox.run(&program, &CancellationToken::new(), &mut |_, _| {}).await.expect("a run");
    let text = |stream| String::from_utf8_lossy(&outcome.transcript.of(stream)).into_owned();
    (outcome.ending, text(Stream::Stdout) + &text(Stream::Stderr))
}

/// Runs Python that must go well.
async fn python(sandbox: &mut OpenSandbox, code: &str) -> String {
    let (ending, output) = run_within(sandbox, &["/usr/bin/python3", "-c", code], LIMITS).await;
    assert_eq!(ending, Ending::Exited(0), "{output}");
    output
}

/// Collected files after a run of this Python program, with `main.py` as an input file.
async fn collect_after_run(code: &str, request: &Collect) -> CollectedFiles {
    let pool = pool(None).await;
    let mut sandbox = sandbox(&pool, &[SandboxFile::plain("main.py", "print(1)")]).await;
    python(&mut sandbox, code).await;
    sandbox.collect(request).await.expect("what there is")
}

fn names(collected: &CollectedFiles) -> Vec<&str> {
    collected.files.iter().map(|file| file.name.as_str()).collect()
}

fn left_out(collected: &CollectedFiles) -> Vec<(&str, SkipReason)> {
    collected.skipped.iter().map(|one| (one.name.as_str(), one.reason)).collect()
}

/// Nothing but `ok` comes out after this was done beside it, and this is left out.
async fn check_left_out(code: &str, expected: &[(&str, SkipReason)]) {
    let code = format!("import os, socket\nopen('ok', 'w').write('fine')\n{code}");
    let collected = collect_after_run(&code, &CHANGED).await;
    assert_eq!(names(&collected), ["ok"], "{:?}", collected.skipped);
    assert_eq!(left_out(&collected), expected);
}

#[tokio::test]
async fn new_files_are_collected_and_input_files_are_not() {
    let code = "import os\nos.makedirs('a/b')\nopen('a/b/deep.txt', 'w').write('deep')\n\
                open('é.bin', 'wb').write(bytes(range(256)) * 400)\nos.mkdir('empty')\n\
                open('tool', 'w').write('#!')\nos.chmod('tool', 0o755)";
    let collected = collect_after_run(code, &CHANGED).await;
    let bytes: Vec<u8> = (0..=255).cycle().take(256 * 400).collect();
    let expected = [
        SandboxFile::plain("a/b/deep.txt", "deep"),
        SandboxFile { name: "tool".into(), executable: true, content: b"#!".to_vec() },
        SandboxFile::plain("é.bin", bytes),
    ];
    assert_eq!(collected, CollectedFiles { files: expected.into(), ..CollectedFiles::default() });
}

#[tokio::test]
async fn a_file_that_was_put_in_comes_out_once_its_content_has_changed() {
    let collected = collect_after_run("open('main.py', 'w').write('print(2)')", &CHANGED).await;
    assert_eq!(collected.files, [SandboxFile::plain("main.py", "print(2)")]);
    let collected = collect_after_run("open('main.py', 'w').write('print(1)')", &CHANGED).await;
    assert_eq!(names(&collected), [""; 0]);
}

#[tokio::test]
async fn what_one_collection_has_seen_is_not_new_to_the_next() {
    let pool = pool(None).await;
    let mut sandbox = sandbox(&pool, &[]).await;
    python(&mut sandbox, "open('a', 'w').write('a')\nopen('large', 'w').write('x' * (2 << 20))").await;
    let collected = sandbox.collect(&CHANGED).await.expect("files");
    assert_eq!((names(&collected), left_out(&collected)), (vec!["a"], vec![("large", SkipReason::TooLarge)]));
    python(&mut sandbox, "open('b', 'w').write('b')").await;
    let collected = sandbox.collect(&CHANGED).await.expect("files");
    assert_eq!((names(&collected), left_out(&collected)), (vec!["b"], vec![]));
    python(&mut sandbox, "open('large', 'a').write('x')").await;
    let collected = sandbox.collect(&CHANGED).await.expect("files");
    assert_eq!((names(&collected), left_out(&collected)), (vec![], vec![("large", SkipReason::TooLarge)]));
}

#[tokio::test]
async fn files_are_found_by_name_whether_they_are_new_or_not() {
    let named = |patterns: &[&str]| Collect {
        selection: FileSelection::Named(patterns.iter().map(|&pattern| pattern.to_owned()).collect()),
        ..CHANGED
    };
    let code = "import os\nopen('A.class', 'w')\nopen('B.class', 'w')\nopen('C.txt', 'w')\nos.symlink('A.class', 'l')";
    assert_eq!(
        names(&collect_after_run(code, &named(&["*.class", "main.py"])).await),
        ["A.class", "B.class", "main.py"]
    );
    let collected = collect_after_run(code, &named(&["l", "none"])).await;
    assert_eq!((names(&collected), left_out(&collected)), (vec![], vec![("l", SkipReason::NotAFile)]));
}

#[tokio::test]
async fn what_comes_out_of_one_sandbox_runs_in_another() {
    let pool = pool(None).await;
    let mut first = sandbox(&pool, &[]).await;
    let code =
        "import shutil, os\nos.mkdir('bin')\nshutil.copy('/bin/echo', 'bin/say')\nos.chmod('bin/say', 0o700)";
    python(&mut first, code).await;
    let collected = first.collect(&CHANGED).await.expect("the program");
    drop(first);
    let mut second = sandbox(&pool, &collected.files).await;
    let said = run_within(&mut second, &["/box/bin/say", "hello"], LIMITS).await;
    assert_eq!(said, (Ending::Exited(0), "hello\n".to_owned()));
    let collected = second.collect(&CHANGED).await.expect("nothing new");
    assert_eq!(collected, CollectedFiles::default());
}

#[tokio::test]
async fn a_plain_file_that_is_put_in_is_no_program() {
    let pool = pool(None).await;
    let mut sandbox = sandbox(&pool, &[SandboxFile::plain("main", "#!/bin/sh\n")]).await;
    let code = "import os; print(os.access('main', os.X_OK))";
    assert_eq!(python(&mut sandbox, code).await, "False\n");
}

#[tokio::test]
async fn a_path_that_leads_elsewhere_is_not_put_in() {
    let pool = pool(None).await;
    for name in ["../etc/x", "/tmp/x", "a/../../x", "a//x", ""] {
        let mut sandbox = sandbox(&pool, &[SandboxFile::plain(name, "")]).await;
        sandbox.collect(&CHANGED).await.expect_err(name);
    }
}

#[tokio::test]
async fn a_symbolic_link_is_not_followed() {
    check_left_out("os.symlink('/etc/passwd', 'link')", &[("link", SkipReason::NotAFile)]).await;
    check_left_out("os.symlink('main.py', 'link')", &[("link", SkipReason::NotAFile)]).await;
    check_left_out("os.symlink('/proc/1/fd/0', 'link')", &[("link", SkipReason::NotAFile)]).await;
}

#[tokio::test]
async fn a_folder_that_is_a_link_is_not_entered() {
    check_left_out("os.symlink('/etc', 'etc')", &[("etc", SkipReason::NotAFile)]).await;
    check_left_out("os.mkdir('d')\nos.symlink('..', 'd/up')", &[("d/up", SkipReason::NotAFile)]).await;
    check_left_out("os.mkdir('d')\nos.rmdir('d')\nos.symlink('/', 'd')", &[("d", SkipReason::NotAFile)])
        .await;
}

#[tokio::test]
async fn pipes_and_sockets_are_passed_over_without_waiting() {
    check_left_out("os.mkfifo('pipe')", &[("pipe", SkipReason::NotAFile)]).await;
    let socket = "s = socket.socket(socket.AF_UNIX)\ns.bind('socket')";
    check_left_out(socket, &[("socket", SkipReason::NotAFile)]).await;
}

#[tokio::test]
async fn a_second_name_of_a_file_is_a_file() {
    let collected = collect_after_run("import os\nos.link('main.py', 'copy')", &CHANGED).await;
    assert_eq!(collected.files, [SandboxFile::plain("copy", "print(1)")]);
}

#[tokio::test]
async fn a_file_of_the_system_cannot_be_given_a_name_here() {
    let code = "import os\ntry: os.link('/etc/passwd', 'mine')\nexcept OSError: pass";
    assert_eq!(collect_after_run(code, &CHANGED).await, CollectedFiles::default());
}

#[tokio::test]
async fn a_file_that_its_owner_may_not_read_comes_out_all_the_same() {
    let code = "import os\nos.mkdir('d')\nopen('d/f', 'w').write('x')\nos.chmod('d/f', 0)\nos.chmod('d', 0)";
    let collected = collect_after_run(code, &CHANGED).await;
    assert_eq!(collected.files, [SandboxFile::plain("d/f", "x")]);
}

#[tokio::test]
async fn a_huge_file_with_nothing_in_it_is_left_out_by_its_size() {
    let code = "for i in range(200): os.truncate(os.open(f'f{i}', os.O_CREAT | os.O_WRONLY), 50 << 20) or os.closerange(3, 9)";
    let collected = collect_after_run(&format!("import os\n{code}"), &CHANGED).await;
    assert_eq!(names(&collected), [""; 0]);
    assert_eq!(collected.skipped.len(), 200);
    assert_eq!(collected.skipped[0].size, Bytes::mib(50));
    assert!(collected.skipped.iter().all(|one| one.reason == SkipReason::TooLarge));
}

#[tokio::test]
async fn all_together_have_a_limit() {
    let code = "for name in 'abcd': open(name, 'w').write('x' * 800_000)";
    let collected = collect_after_run(code, &CHANGED).await;
    assert_eq!(names(&collected), ["a", "b"]);
    assert_eq!(left_out(&collected), [("c", SkipReason::TotalTooLarge), ("d", SkipReason::TotalTooLarge)]);
}

#[tokio::test]
async fn of_many_files_some_come_and_the_rest_are_named_or_counted() {
    let collected =
        collect_after_run("for i in range(900): open(f'{i:0>200}', 'w').write('x')", &CHANGED).await;
    assert_eq!(names(&collected).len(), 10);
    assert!(collected.skipped.iter().all(|one| one.reason == SkipReason::TooMany));
    assert!(collected.more_skipped > 0);
    assert_eq!(10 + collected.skipped.len() as u64 + collected.more_skipped, 900);
}

#[tokio::test]
async fn folders_have_a_deepest() {
    let code = "os.makedirs('a/b/c')\nopen('a/b/c/f', 'w')\nopen('a/b/ok', 'w')";
    let collected = collect_after_run(&format!("import os\n{code}"), &CHANGED).await;
    assert_eq!(
        (names(&collected), left_out(&collected)),
        (vec!["a/b/ok"], vec![("a/b/c", SkipReason::TooDeep)])
    );
    let abyss = "import os\nfor i in range(900):\n    os.mkdir('d')\n    os.chdir('d')";
    assert_eq!(left_out(&collect_after_run(abyss, &CHANGED).await), [("d/d/d", SkipReason::TooDeep)]);
}

#[tokio::test]
async fn names_that_cannot_be_shown_are_counted() {
    let code =
        "import os\nfor name in [b'a\\nb', b'\\xff', b'x\\x1b[2J', b'ok', b'n' * 255]: open(name, 'w')";
    let collected = collect_after_run(code, &CHANGED).await;
    assert_eq!(names(&collected), ["n".repeat(255).as_str(), "ok"]);
    assert_eq!((left_out(&collected), collected.more_skipped), (vec![], 3));
}

#[tokio::test]
async fn a_full_work_folder_comes_out_within_a_tight_memory_limit() {
    let pool = pool(None).await;
    let mut sandbox = sandbox(&pool, &[]).await;
    let limits = Limits { memory: Bytes::mib(48), ..LIMITS };
    let code = "for i in range(30): open(f'/box/{i:0>3}', 'wb').write(bytes(1 << 20))";
    let (ending, output) = run_within(&mut sandbox, &["/usr/bin/python3", "-c", code], limits).await;
    assert_eq!(ending, Ending::Exited(0), "{output}");
    let request = Collect { max_files: 100, max_total_bytes: Bytes::mib(40), ..CHANGED };
    assert_eq!(sandbox.collect(&request).await.expect("all").files.len(), 30);
    // And the next program is held to its limit again.
    let (ending, _) =
        run_within(&mut sandbox, &["/usr/bin/python3", "-c", "bytearray(40 << 20)"], limits).await;
    assert_eq!(ending, Ending::MemoryLimit);
}

#[tokio::test]
async fn a_process_that_outlives_its_program_changes_nothing_while_files_come_out() {
    let code = "import os, time\nif os.fork() == 0:\n    os.setsid()\n    while True:\n        \
                open('f', 'w').write('x' * 1000)\n        os.truncate('f', 0)\ntime.sleep(0.1)";
    let collected = collect_after_run(code, &CHANGED).await;
    assert_eq!(names(&collected), ["f"]);
}

/// All of `out`, with room for 10 bytes in `out/first`, and for two more files of 100 bytes together.
fn all_of_out() -> Collect {
    let first = vec![FileLimit { path: "out/first".into(), max_bytes: Bytes(10) }];
    Collect {
        selection: FileSelection::Folder(FolderSelection { folder: "out".into(), priority_files: first }),
        max_files: 2,
        max_file_bytes: Bytes(100),
        max_total_bytes: Bytes(100),
        max_depth: 1,
    }
}

#[tokio::test]
async fn all_of_a_folder_comes_out_each_time_and_nothing_beside_it() {
    let pool = pool(None).await;
    let mut sandbox =
        sandbox(&pool, &[SandboxFile::folder("out/"), SandboxFile::plain("out/a", "given")]).await;
    python(&mut sandbox, "open('beside', 'w').write('x')\nopen('out/first', 'w').write('1')").await;
    for _ in 0..2 {
        let collected = sandbox.collect(&all_of_out()).await.expect("what there is");
        let expected = [SandboxFile::plain("out/first", "1"), SandboxFile::plain("out/a", "given")];
        assert_eq!(collected, CollectedFiles { files: expected.into(), ..CollectedFiles::default() });
    }
}

/// Collected files of `out` after this program, and the omitted ones.
async fn check_below(code: &str, came: &[&str], missing: &[(&str, SkipReason)]) {
    let code = format!("import os\nos.mkdir('out')\n{code}");
    let collected = collect_after_run(&code, &all_of_out()).await;
    assert_eq!(names(&collected), came, "{:?}", collected.skipped);
    assert_eq!(left_out(&collected), missing);
}

#[tokio::test]
async fn no_other_file_takes_the_room_of_one_with_a_limit_of_its_own() {
    let many = "for n in range(5): open(f'out/a{n}', 'w').write('x' * 40)\nopen('out/first', 'w').write('1')";
    let missing = ["out/a2", "out/a3", "out/a4"].map(|name| (name, SkipReason::TooMany));
    check_below(many, &["out/first", "out/a0", "out/a1"], &missing).await;
    let large = "open('out/a', 'w').write('x' * 101)\nopen('out/first', 'w').write('x' * 11)";
    check_below(large, &[], &[("out/first", SkipReason::TooLarge), ("out/a", SkipReason::TooLarge)]).await;
}

#[tokio::test]
async fn whatever_is_no_file_below_a_folder_is_left_out_by_name() {
    let links = "os.symlink('/etc/passwd', 'out/first')\nos.mkfifo('out/pipe')";
    check_below(links, &[], &[("out/first", SkipReason::NotAFile), ("out/pipe", SkipReason::NotAFile)]).await;
    check_below("os.mkdir('out/first')", &[], &[("out/first", SkipReason::NotAFile)]).await;
    check_below("os.rmdir('out')", &[], &[("out", SkipReason::Unreadable)]).await;
    check_below("os.rmdir('out')\nos.symlink('.', 'out')", &[], &[("out", SkipReason::NotAFile)]).await;
    check_below("os.makedirs('out/a/b/c')", &[], &[("out/a/b", SkipReason::TooDeep)]).await;
}

#[tokio::test]
async fn empty_folders_come_out_and_can_be_put_in() {
    check_below("os.mkdir('out/kept')", &["out/kept/"], &[]).await;
    check_below("pass", &["out/"], &[]).await;
    let pool = pool(None).await;
    let mut sandbox = sandbox(&pool, &[SandboxFile::folder("out/kept/")]).await;
    assert_eq!(
        python(&mut sandbox, "import os\nprint(os.listdir('out/kept'), os.listdir('out'))").await,
        "[] ['kept']\n"
    );
}
