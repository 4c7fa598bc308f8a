//! Artifacts: files that a program wrote are returned with its result, and no others.

use std::{fs, os::unix::fs::symlink, time::Duration};

use testkit::{Invocation, Server, Setup, bash, eventually, program, python, with_limits};
use wire::{FileBody, LimitsBody, ResultBody, RunReason, SubmitBody};

/// The same program, with its files wanted back.
fn with_all_artifacts(program: SubmitBody) -> SubmitBody {
    SubmitBody { artifacts: Some(true), ..program }
}

fn names(job: &ResultBody) -> Vec<&str> {
    job.artifacts.iter().map(|one| one.name.as_str()).collect()
}

#[track_caller]
fn check_explained(job: &ResultBody, parts: &[&str]) {
    let said = job.explanation.as_deref().unwrap_or_default();
    assert!(parts.iter().all(|part| said.contains(part)), "{said:?} does not say all of {parts:?}");
}

const PLOTTER: &str = "import os
open('plot.png', 'wb').write(b'\\x89PNG\\r\\n\\x1a\\n' + bytes(range(256)))
os.makedirs('out/deep')
open('out/deep/notes é #1?.txt', 'w').write('noted\\n')
open('page.html', 'w').write('<script>alert(1)</script>')
open('empty', 'w')
print('done')";

#[tokio::test]
async fn files_come_back_with_the_result_and_outlive_the_server() {
    let mut server = Server::start().await;
    let id = server.client().submit(&with_all_artifacts(python(PLOTTER))).await;
    let job = server.client().wait_for_result(&id).await;
    let png: Vec<u8> = b"\x89PNG\r\n\x1a\n".iter().copied().chain(0..=255).collect();
    let expected: [(&str, &[u8], &str); 4] = [
        ("empty", b"", "application/octet-stream"),
        ("out/deep/notes é #1?.txt", b"noted\n", "text/plain"),
        ("page.html", b"<script>alert(1)</script>", "text/html"),
        ("plot.png", &png, "image/png"),
    ];
    assert_eq!(names(&job), expected.map(|(name, ..)| name), "{job:#?}");
    assert_eq!((job.output.as_str(), job.explanation.as_deref()), ("done\n", None));
    for life in ["this", "the next", "the one after a kill"] {
        for (artifact, (name, bytes, media_type)) in job.artifacts.iter().zip(expected) {
            let answer = server.client().get(&artifact.url).await.expect(200);
            assert_eq!((answer.body.as_slice(), answer.header("content-type")), (bytes, Some(media_type)));
            assert_eq!((artifact.bytes, artifact.media_type.as_str()), (bytes.len() as u64, media_type));
            let headers = ["content-disposition", "x-content-type-options", "content-security-policy"]
                .map(|name| answer.header(name).unwrap_or_default());
            assert!(
                headers[0].starts_with("attachment; filename=\"")
                    && headers[0].contains("; filename*=UTF-8''"),
                "{name} in {life} life: {headers:?}"
            );
            assert_eq!(headers[1], "nosniff");
            assert!(headers[2].starts_with("sandbox; default-src 'none'"), "{headers:?}");
        }
        match life {
            "this" => drop(server.stop().await),
            _ => server.kill().await,
        }
        server.restart().await;
        assert_eq!(server.client().result(&id).await, job);
    }
}

#[tokio::test]
async fn only_files_that_the_run_has_written_come_back() {
    let server = Server::start().await;
    let program = "import helper, os, socket
open('main.py', 'a').write('# changed\\n')
open('helper.py', 'w').write(helper.SOURCE)
os.symlink('/etc/passwd', 'passwd')
os.symlink('/etc', 'etc')
os.mkfifo('pipe')
socket.socket(socket.AF_UNIX).bind('socket')
open('/tmp/elsewhere', 'w').write('x')
open('ok', 'w').write('fine')
os.symlink('ok', 'ok too')
os.mkdir('empty')
open(b'bad\\xff', 'w').write('x')
open('new\\nline', 'w').write('x')
for sign in (0x202e, 0x2028, 0x85, 0x200b, 0xfeff, 0x1b):
    open('gpj' + chr(sign) + 'exe.png', 'w').write('x')";
    let helper = "SOURCE = open(__file__).read()\n";
    let files = vec![FileBody { name: "helper.py".into(), content: helper.into(), encoding: None }];
    let job =
        server.client().run(&with_all_artifacts(SubmitBody { files: Some(files), ..python(program) })).await;
    assert_eq!(names(&job), ["main.py", "ok"], "{job:#?}");
    check_explained(&job, &["links or something else", "8 more, with names that cannot be shown"]);
    let unasked = server.client().run(&python("open('ok', 'w').write('fine')")).await;
    assert_eq!(unasked.artifacts, [], "not asked for");
    let leaver = with_all_artifacts(bash("echo x > left"));
    assert_eq!(names(&server.client().run(&leaver).await), ["left"]);
    assert_eq!(
        names(&server.client().run(&with_all_artifacts(bash("ls"))).await),
        [""; 0],
        "of the run before"
    );
}

#[tokio::test]
async fn a_compilers_files_are_not_the_programs() {
    let server = Server::start().await;
    let code =
        "#include <stdio.h>\nint main(void) { FILE *f = fopen(\"written\", \"w\"); fputs(\"by it\", f); }";
    let job = server.client().run(&with_all_artifacts(program("c", code))).await;
    assert_eq!(names(&job), ["written"], "{job:#?}");
    assert_eq!(server.client().get(&job.artifacts[0].url).await.expect(200).text(), "by it");
    let broken =
        server.client().run(&with_all_artifacts(program("c", "int main(void) { return missing; }"))).await;
    assert_eq!((names(&broken), &broken.run), (vec![], &None));
}

#[tokio::test]
async fn too_many_and_too_large_files_stay_behind_and_that_is_said() {
    let limits = "[artifacts]\nmost_files = 3\nmost_bytes_each = 1024\nmost_bytes = 2048";
    let server = Setup::default().config(limits).start().await;
    let run = async |code: &str| server.client().run(&with_all_artifacts(python(code))).await;
    let job = run("for n in range(9): open(f'f{n}', 'w').write('x')").await;
    assert_eq!(names(&job), ["f0", "f1", "f2"]);
    check_explained(&job, &["f3, f4, f5 and 3 more are beyond the 3 files that are kept."]);
    let job = run("open('exact', 'w').write('x' * 1024)\nopen('large', 'w').write('x' * 1025)").await;
    assert_eq!(names(&job), ["exact"]);
    check_explained(&job, &["large is larger than 1 KiB."]);
    let job = run("for n in 'abc': open(n, 'w').write('x' * 1000)").await;
    assert_eq!(names(&job), ["a", "b"]);
    check_explained(&job, &["c would have made it more than 2 KiB together."]);
    let job = run("import os\nos.makedirs('/'.join('abcdefghi'))\nopen('a/f', 'w').write('x')").await;
    assert_eq!(names(&job), ["a/f"]);
    check_explained(&job, &["more than 8 folders deep"]);
}

#[tokio::test]
async fn however_a_run_ends_its_files_come_back_unless_it_is_cancelled() {
    let server = Server::start().await;
    let limits = LimitsBody { cpu_ms: Some(500), ..LimitsBody::default() };
    let run =
        async |code: &str| server.client().run(&with_all_artifacts(with_limits(limits, python(code)))).await;
    let write = "f = open('left', 'w'); f.write('by then'); f.close()\n";
    for (then, reason) in [
        ("raise SystemExit(3)", RunReason::Exited),
        ("import os; os.abort()", RunReason::Signalled),
        ("while True: pass", RunReason::CpuLimit),
        ("while True: print('x' * 100000)", RunReason::OutputLimit),
        ("f = open('large', 'w')\nwhile True: f.write('x' * 65536)", RunReason::DiskLimit),
    ] {
        let job = run(&format!("{write}{then}")).await;
        assert_eq!(job.run.as_ref().map(|run| run.reason), Some(reason), "{job:#?}");
        assert!(names(&job).contains(&"left"), "{then}: {job:#?}");
    }
    // The kernel may take the whole sandbox with it: then there is a word about it, and never a failure of ours.
    let job = run(&format!("{write}x = []\nwhile True: x.append(bytearray(1 << 20))")).await;
    assert_eq!(job.run.as_ref().map(|run| run.reason), Some(RunReason::MemoryLimit), "{job:#?}");
    assert!(names(&job) == ["left"] || job.explanation.is_some(), "{job:#?}");

    let id = server.client().submit(&with_all_artifacts(bash("echo x > left; echo on; sleep 60"))).await;
    eventually("it runs", Duration::from_secs(20), async || {
        (server.client().result(&id).await.status == wire::JobStatusName::Processing).then_some(())
    })
    .await;
    assert!(matches!(server.client().cancel(&id).await.status, 200 | 202));
    assert_eq!(server.client().wait_for_result(&id).await.artifacts, []);
}

#[tokio::test]
async fn an_object_store_that_fails_is_our_fault_and_the_job_is_tried_again() {
    let server = Server::start().await;
    let artifacts = server.data().join("objects/artifacts");
    fs::remove_dir(&artifacts).expect("is empty");
    fs::write(&artifacts, "in the way").expect("a file");
    let id = server.client().submit(&with_all_artifacts(bash("echo x > left"))).await;
    eventually("an attempt fails", Duration::from_secs(20), async || {
        server.log().contains("the object store failed").then_some(())
    })
    .await;
    fs::remove_file(&artifacts).expect("out of the way");
    let job = server.client().wait_for_result(&id).await;
    assert_eq!(names(&job), ["left"], "{job:#?}");
    assert!(job.attempt > 1);
    assert_eq!(server.client().get(&job.artifacts[0].url).await.expect(200).text(), "x\n");
}

#[tokio::test]
async fn objects_can_be_kept_elsewhere() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = format!("[objects]\nurl = \"file://{}/objects\"", folder.path().display());
    let server = Setup::default().config(&config).start().await;
    let id = server.client().submit(&with_all_artifacts(bash("echo x > left"))).await;
    server.client().wait_for_result(&id).await;
    assert!(folder.path().join("objects/artifacts").join(&id).is_dir());
    assert!(!server.data().join("objects").exists());
}

#[tokio::test]
async fn run_saves_artifacts_and_overwrites_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = "import os, sys\nos.mkdir('sub')\nopen('sub/a', 'w').write('x')\nos.symlink('/etc/passwd', 'link')\n\
                   sys.exit(3)";
    fs::write(folder.path().join("main.py"), program).expect("a program");
    let run = async |more: &[&str]| {
        let args =
            ["run", "--artifacts", "new/out"].into_iter().chain(more.iter().copied()).chain(["main.py"]);
        Invocation::new(args).in_folder(folder.path()).output().await
    };
    let ended = run(&[]).await;
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(3), ""), "{ended:?}");
    assert!(ended.stderr.contains("Not every file was kept: link is a link"), "{ended:?}");
    let out = folder.path().join("new/out");
    assert_eq!(fs::read(out.join("sub/a")).expect("is saved"), b"x");
    assert_eq!(fs::read_dir(&out).expect("lists").count(), 1);

    fs::write(out.join("sub/a"), "mine").expect("a file");
    let again = run(&[]).await;
    assert_eq!(again.code, Some(73), "{again:?}");
    assert!(again.stderr.contains("there is such a file already"), "{again:?}");
    assert_eq!(fs::read(out.join("sub/a")).expect("is there"), b"mine");

    fs::remove_dir_all(&out).expect("goes");
    let json = run(&["--json"]).await.json();
    assert_eq!(json["artifacts"][0]["name"], "sub/a");
    assert!(json["explanation"].as_str().expect("a sentence").contains("link"));

    // An existing file may be a trap: another user's link is not followed.
    fs::remove_dir_all(&out).expect("goes");
    fs::create_dir(&out).expect("a folder");
    let elsewhere = folder.path().join("elsewhere");
    fs::create_dir(&elsewhere).expect("a folder");
    symlink(&elsewhere, out.join("sub")).expect("a link");
    assert_eq!(run(&[]).await.code, Some(73));
    assert_eq!(fs::read_dir(&elsewhere).expect("lists").count(), 0);
}
