//! Python libraries: their listing, and plots with those of lessons. `scripts/install-deps test` installs them into a separate folder.

use std::path::PathBuf;

use serde_json::json;
use testkit::{Invocation, LiveSession, Server, Setup, python};
use wire::{LanguagesBody, LimitsBody, ResultBody, RunReason, ServerFrame, SubmitBody};

const PLOT: &str = "import matplotlib.pyplot as plt\nplt.plot([1, 2, 3], [1, 4, 9])\nplt.savefig('plot.png')\nplt.show()\nprint('shown')\n";
const TABLE: &str =
    "import numpy, pandas\nprint(int(numpy.arange(4).sum()), pandas.DataFrame({'a': [1, 2]})['a'].mean())\n";

/// Where the libraries are.
fn folder() -> String {
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let folder = home.join(".cache/coderunner/python-libraries");
    assert!(folder.join("matplotlib").is_dir(), "{} is missing: scripts/install-deps test", folder.display());
    folder.display().to_string()
}

/// A language file for a Python that also has what is in this folder; with the same query for libraries as the built-in one.
fn language() -> String {
    let folder = folder();
    let builtin = include_str!("../../languages/python.toml");
    let (from, to) =
        (builtin.find("[libraries]").expect("a table"), builtin.find("[hello]").expect("a table"));
    format!(
        "id = \"python\"\nname = \"Python\"\naliases = [\"py\"]\nextensions = [\"py\"]\nmain_file = \"main.py\"\npool = \"container\"\n\
         [toolchain]\ncandidates = [\"python3\"]\ndebian = \"python3\"\nfolders_if_there = [\"/etc/fonts\"]\nfolders = [{folder:?}]\nversion = {{ args = [\"--version\"], after = \"Python \", label = \"CPython\" }}\n\
         [run]\nargv = [\"{{tool}}\", \"{{source}}\", \"{{args}}\"]\n\
         [env]\nPYTHONPATH = \"/opt/coderunner/lib/python:{folder}\"\nMPLBACKEND = \"module://_coderunner_pictures.figures\"\n\
         [modules]\nfolder = \"/opt/coderunner/lib/python\"\nbuiltin = \"python\"\n{}\
         [hello]\ncode = 'print(\"Hello, world!\")'\nstdout = \"Hello, world!\\n\"\n",
        &builtin[from..to]
    )
}

/// A server with the libraries.
async fn with_libraries() -> (Server, tempfile::TempDir) {
    let languages = tempfile::tempdir().expect("a folder");
    std::fs::write(languages.path().join("python.toml"), language()).expect("a file");
    let config = format!("[languages]\nfolder = \"{}\"\n", languages.path().display());
    let server = Setup { prestarted: vec![("any", 1)], ..Setup::default() }.config(&config).start().await;
    (server, languages)
}

fn program_with_artifacts(code: &str) -> SubmitBody {
    let limits = LimitsBody {
        memory_bytes: Some(256 << 20),
        cpus: Some(1.0),
        wall_ms: Some(30_000),
        ..LimitsBody::default()
    };
    SubmitBody { artifacts: Some(true), limits: Some(limits), ..python(code) }
}

fn ended_well(job: &ResultBody) -> &str {
    let run = job.run.as_ref().expect("it ran");
    assert_eq!((run.reason, run.exit_code), (RunReason::Exited, Some(0)), "{job:?}");
    &run.stdout
}

#[tokio::test]
async fn figures_that_are_saved_and_shown_are_artifacts_and_nothing_else_that_matplotlib_writes_is() {
    let (server, _languages) = with_libraries().await;
    let job = server.client().run(&program_with_artifacts(PLOT)).await;
    assert_eq!(ended_well(&job), "shown\n", "to show a figure is no error where there is no screen");
    assert_eq!(
        job.run.as_ref().map(|run| run.stderr.as_str()),
        Some(""),
        "nor is there anything to complain of"
    );
    assert_eq!(job.run.as_ref().map(|run| run.stderr.as_str()), Some(""), "nor anything to complain of");
    let names: Vec<_> = job.artifacts.iter().map(|artifact| artifact.name.as_str()).collect();
    assert_eq!(names, ["figure-1.png", "plot.png"], "{job:?}");
    for artifact in &job.artifacts {
        let png = server.client().get(&artifact.url).await.expect(200);
        assert!(png.body.starts_with(b"\x89PNG"), "{} bytes", png.body.len());
    }
    let table = server.client().run(&program_with_artifacts(TABLE)).await;
    assert_eq!(ended_well(&table), "6 1.5\n");
}

#[tokio::test]
async fn figures_are_shown_while_the_program_runs() {
    let (server, _languages) = with_libraries().await;
    let code = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()\nplt.plot([2, 1])\nplt.gcf().show()\n\
                plt.title('changed')\nplt.pause(0.01)\nplt.plot([3])\nprint(plt.get_fignums())\ninput()";
    let limits = json!({"memoryBytes": 256 << 20, "cpus": 1.0});
    let mut session = LiveSession::connect(server.client()).await;
    session
        .send(
            json!({"type": "start", "language": "python", "code": code, "artifacts": true, "limits": limits}),
        )
        .await;
    session.until_started().await;
    let (mut images, mut output) = (Vec::new(), String::new());
    while output != "[1]\n" {
        match session.next().await.expect("a frame") {
            ServerFrame::Artifact(image) => images.push(image),
            ServerFrame::Output(text) => output.push_str(&text.text),
            other => panic!("{other:?}"),
        }
    }
    session.send_stdin("\n").await;
    let names: Vec<_> = images.iter().map(|image| image.name.as_str()).collect();
    assert_eq!(names, ["figure-1.png", "figure-2.png", "figure-2.png"]);
    assert!(images.iter().all(|image| image.content_type == "image/png"));
    assert!(images[1].content != images[2].content, "it has changed");
    let result = session.wait_for_result().await;
    let left: Vec<_> = result.artifacts.iter().map(|artifact| artifact.name.as_str()).collect();
    assert_eq!(left, ["figure-1.png", "figure-2.png"], "what is never shown is not left: {result:?}");
}

#[tokio::test]
async fn the_libraries_that_are_there_are_listed_and_none_where_there_are_none() {
    let (server, languages) = with_libraries().await;
    let listed: LanguagesBody = server.client().get("/api/languages").await.expect(200).parse();
    let python = listed.languages.iter().find(|language| language.id == "python").expect("is listed");
    let names: Vec<_> = python.libraries.iter().map(|library| library.name.as_str()).collect();
    for name in ["numpy", "pandas", "matplotlib"] {
        assert!(names.contains(&name), "{names:?}");
    }
    assert!(python.libraries.iter().all(|library| library.version.starts_with(|c: char| c.is_ascii_digit())));
    let bash = listed.languages.iter().find(|language| language.id == "bash").expect("is listed");
    assert!(bash.libraries.is_empty());

    let setting = languages.path().display().to_string();
    let doctor = Invocation::new(["doctor"]).env("CODERUNNER_LANGUAGES__FOLDER", &setting).output().await;
    let line = doctor.stdout.lines().find(|line| line.contains("CPython")).unwrap_or_default().to_owned();
    assert!(line.contains("with numpy ") && line.contains("matplotlib "), "{}", doctor.stdout);
}

#[tokio::test]
async fn a_missing_module_is_explained_for_python_and_other_languages() {
    let server = Server::start().await;
    let job = server.client().run(&python("import no_such_thing")).await;
    let said = job.explanation.unwrap_or_default();
    assert!(
        said.starts_with("The Python module \"no_such_thing\" was not found: it is not installed here"),
        "{said}"
    );
    for (language, code, says) in [
        ("javascript", "require('no-such-thing')", "The module \"no-such-thing\""),
        ("ruby", "require 'no_such_thing'", "The Ruby library \"no_such_thing\""),
        ("perl", "use No::Such::Thing;", "The Perl module \"No/Such/Thing.pm\""),
        ("lua", "require 'no_such_thing'", "The Lua module \"no_such_thing\""),
        ("bash", "no_such_thing", "The command \"no_such_thing\""),
        ("c", "#include <no_such_thing.h>\nint main(void) { return 0; }", "The header \"no_such_thing.h\""),
        ("cpp", "#include <no_such_thing>\nint main() {}", "The header \"no_such_thing\""),
        (
            "go",
            "package main\nimport \"no/such/thing\"\nfunc main() { thing.X() }",
            "The Go package \"no/such/thing\"",
        ),
        (
            "java",
            "import no.such.thing.X;\nclass Main { public static void main(String[] a) {} }",
            "The Java package \"no.such.thing\"",
        ),
        ("rust", "extern crate no_such_thing;\nfn main() {}", "The Rust crate \"no_such_thing\""),
        ("typescript", "import x from 'no-such-thing';\nconsole.log(x);", "The module \"no-such-thing\""),
        ("php", "<?php require 'no_such_thing.php';", "The PHP file \"no_such_thing.php\""),
    ] {
        let job = server.client().run(&testkit::program(language, code)).await;
        let said = job.explanation.clone().unwrap_or_default();
        assert!(said.starts_with(says), "{language}: {said:?} of {job:?}");
    }
}

#[tokio::test]
async fn each_limit_is_explained_in_the_words_of_the_command_line() {
    let server = Server::start().await;
    let limits = LimitsBody { cpu_ms: Some(300), ..LimitsBody::default() };
    let program = testkit::with_limits(limits, python("while True: pass"));
    let said = server.client().run(&program).await.explanation.unwrap_or_default();
    assert!(said.starts_with("The program was stopped: it used more than 300 ms of CPU time."), "{said}");
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("loop.py"), "while True: pass").expect("a file");
    let ended =
        Invocation::new(["run", "--cpu-ms", "300", "loop.py"]).in_folder(folder.path()).output().await;
    assert!(ended.stderr.contains(&format!("coderunner: {said} (--cpu-ms)")), "{ended:?}");
    let crash = server.client().run(&testkit::bash("kill -SEGV $$")).await.explanation.unwrap_or_default();
    assert!(crash.starts_with("The program crashed (SIGSEGV)"), "{crash}");
}

#[tokio::test]
async fn a_forbidden_call_is_named_in_the_result_its_explanation_and_on_the_command_line() {
    let server = Server::start().await;
    let traces = "import ctypes\nctypes.CDLL(None).ptrace(0, 0, 0, 0)";
    let mounts = "#include <sys/mount.h>\nint main(void) { mount(\"a\", \"/tmp\", \"tmpfs\", 0, 0); }";
    for (language, code, file, call) in
        [("python", traces, "trace.py", "ptrace"), ("c", mounts, "mount.c", "mount")]
    {
        let job = server.client().run(&testkit::program(language, code)).await;
        let run = job.run.as_ref().expect("it ran");
        assert_eq!((run.reason, run.forbidden_call.as_deref()), (RunReason::ForbiddenCall, Some(call)));
        let said = job.explanation.unwrap_or_default();
        let first =
            format!("The program was stopped: it called `{call}`, which is not allowed here because it");
        assert!(said.starts_with(&first), "{said}");
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join(file), code).expect("a file");
        let ended = Invocation::new(["run", file]).in_folder(folder.path()).output().await;
        assert!(ended.stderr.contains(&format!("coderunner: {said}")), "{ended:?}");
    }
}
