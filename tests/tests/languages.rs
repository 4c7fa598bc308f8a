//! Languages: the examples and possible submissions of every built-in language, with the installed toolchain. A missing toolchain is a
//! failure: `make test` installs them all.

use std::{fs, time::Duration};

use futures_util::{StreamExt as _, stream};
use languages::{Example, ExpectedEnding, Language, Registry, SystemHost};
use model::signal_name;
use testkit::{CommandOutput, Invocation, Server, Setup, program};
use wire::{Encoding, FileBody, JobStatusName, LanguagesBody, ResultBody, RunReason, SubmitBody};

fn registry() -> Registry {
    let registry = Registry::builtin(&SystemHost::new()).expect("sound language files");
    for language in registry.all() {
        assert!(language.toolchain().is_some(), "{}: {:?}", language.name, language.availability);
    }
    assert!(registry.all().count() >= 5);
    registry
}

fn programs(registry: &Registry) -> Vec<(&Language, &Example)> {
    let of = |language| programs_of(language).map(move |example| (language, example));
    registry.all().flat_map(of).collect()
}

fn programs_of(language: &Language) -> impl Iterator<Item = &Example> {
    std::iter::once(&language.hello).chain(&language.examples)
}

fn submission(language: &Language, example: &Example) -> SubmitBody {
    SubmitBody {
        stdin: Some(example.stdin.clone()),
        args: Some(example.args.clone()),
        ..program(language.id.as_str(), &example.code)
    }
}

/// Checks the API's result of an example.
#[track_caller]
fn check_result(language: &Language, example: &Example, job: &ResultBody) {
    let shown = format!("{}: {}: {job:#?}", language.name, example.name);
    assert_eq!((job.status, job.attempt), (JobStatusName::Completed, 1), "{shown}");
    assert_eq!(job.toolchain, language.toolchain().map(|toolchain| toolchain.description.clone()), "{shown}");
    let needle = example.stderr_has.as_deref().unwrap_or_default();
    let (reason, exit_code, signal) = match example.ending {
        ExpectedEnding::Exit(code) => (RunReason::Exited, Some(code), None),
        ExpectedEnding::Signal(number) => (RunReason::Signalled, None, Some(signal_name(number))),
        ExpectedEnding::MemoryLimit => (RunReason::MemoryLimit, None, None),
        ExpectedEnding::CompileError => {
            let compile = job.compile.as_ref().expect("it is compiled");
            assert!(
                !compile.ok && compile.output.contains(needle) && job.output == compile.output,
                "{shown}"
            );
            assert_eq!((&job.run, job.time), (&None, None), "{shown}");
            return;
        }
    };
    let run = job.run.as_ref().unwrap_or_else(|| panic!("not run: {shown}"));
    assert_eq!((run.reason, run.exit_code, &run.signal), (reason, exit_code, &signal), "{shown}");
    assert_eq!(run.stdout, example.stdout, "{shown}");
    assert!(run.stderr.contains(needle) && !run.stdout_truncated && !run.stderr_truncated, "{shown}");
    assert!(run.cpu_ms > 0 || run.wall_ms < 50, "CPU time is measured: {shown}");
    assert!(run.memory_bytes > 0 && job.time == Some(run.wall_ms), "{shown}");
    let compiled = job.compile.as_ref().map(|compile| compile.ok);
    assert_eq!(compiled, language.compile(&[]).map(|_| true), "{shown}");
}

/// Checks the terminal output of an example.
#[track_caller]
fn check_shown(language: &Language, example: &Example, ended: &CommandOutput) {
    let shown = format!("{}: {}: {ended:#?}", language.name, example.name);
    let code = match example.ending {
        ExpectedEnding::Exit(code) => code,
        ExpectedEnding::Signal(number) => 128 + number,
        ExpectedEnding::MemoryLimit => 124,
        ExpectedEnding::CompileError => 65,
    };
    assert_eq!((ended.code, &ended.stdout), (Some(code), &example.stdout), "{shown}");
    assert!(ended.stderr.contains(example.stderr_has.as_deref().unwrap_or_default()), "{shown}");
    if example.stderr_has.is_none() && code == 0 {
        assert_eq!(ended.stderr, "", "{shown}");
    }
}

#[tokio::test]
async fn every_example_of_every_language_comes_out_right_over_http() {
    let registry = registry();
    let server = Server::start().await;
    let check = async |(language, example): (&Language, &Example)| {
        check_result(language, example, &server.client().run(&submission(language, example)).await);
    };
    // More than there are slots, so that some wait.
    stream::iter(programs(&registry)).for_each_concurrent(4, check).await;
}

#[tokio::test]
async fn so_do_those_whose_runtime_waits_in_its_sandbox() {
    let registry = registry();
    let ahead = ["python", "javascript"];
    let server =
        Setup { prestarted: ahead.map(|language| (language, 1)).into(), ..Setup::default() }.start().await;
    for name in ahead {
        let language = registry.find(name).expect("a language");
        for example in programs_of(language) {
            check_result(language, example, &server.client().run(&submission(language, example)).await);
            // Room to make the next one ahead.
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    let metrics = server.admin().get("/metrics").await.text();
    let started = metrics
        .lines()
        .find_map(|line| line.strip_prefix("coderunner_sandbox_starts_total{start=\"started\"} "));
    let started: usize = started.expect("a count").parse().expect("a number");
    assert!(started >= 6, "only {started} found their runtime waiting");
}

#[tokio::test]
async fn every_example_of_every_language_comes_out_right_in_the_terminal() {
    let registry = registry();
    let check = async |(language, example): (&Language, &Example)| {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join(&language.main_file), &example.code).expect("a file");
        let args =
            ["run", &language.main_file, "--"].into_iter().chain(example.args.iter().map(String::as_str));
        let invocation = Invocation::new(args).in_folder(folder.path()).stdin(example.stdin.as_str());
        check_shown(language, example, &invocation.output().await);
    };
    stream::iter(programs(&registry)).for_each_concurrent(2, check).await;
}

/// Turns its program to upper case, and calls that compiling.
const SHOUT: &str = r#"
id = "shout"
name = "Shout"
aliases = ["loud"]
extensions = ["shout"]
main_file = "main.shout"
pool = "container"

[toolchain]
candidates = ["bash"]
debian = "bash"
version = { args = ["--version"], after = "version ", label = "bash" }

[compile]
argv = ["{tool}", "-c", "grep -q ! \"$1\" || { echo not loud enough >&2; exit 1; }; tr a-z A-Z <\"$1\" >said", "compile", "{source}"]
cpu_ms = 1000
wall_ms = 2000
memory_mib = 64
processes = 8
disk_mib = 1

[run]
argv = ["{tool}", "-c", "cat said -; printf '[%s]' \"$@\"; exit $LOUDNESS", "run", "{args}"]

[env]
LOUDNESS = "0"

[hello]
code = "hello, world!"
stdout = "HELLO, WORLD![]"

[[examples]]
name = "goes on with its input"
code = "oh! "
stdin = "naïve"
args = ["a", "two words", ""]
stdout = "OH! naïve[a][two words][]"

[[examples]]
name = "whispers"
code = "psst"
stderr_has = "not loud enough"
ending = "compile-error"
"#;

#[tokio::test]
async fn a_language_is_added_by_a_file_in_a_folder() {
    let guide = include_str!("../../docs/guides/add-a-language.md");
    let (_, awk) = guide.split_once("```toml\n").expect("a file");
    let (awk, _) = awk.split_once("```").expect("its end");
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in [("awk.toml", awk), ("shout.toml", SHOUT)] {
        fs::write(folder.path().join(name), text).expect("a language file");
    }
    let registry = Registry::load_dir(folder.path(), &SystemHost::new()).expect("sound language files");
    let config = format!("[languages]\nfolder = \"{}\"\n", folder.path().display());
    let server = Setup::default().config(&config).start().await;
    let list: LanguagesBody = server.client().get("/api/languages").await.expect(200).parse();
    for name in ["awk", "shout"] {
        let language = registry.find(name).expect("added");
        let told = list.languages.iter().find(|told| told.id == name).expect("listed");
        assert_eq!(told.toolchain, language.toolchain().map(|toolchain| toolchain.description.clone()));
        assert!(told.available, "{:?}", language.availability);
        for example in programs_of(language) {
            check_result(language, example, &server.client().run(&submission(language, example)).await);
        }
    }
    let loud = server.client().run(&program("LOUD", "by another name!")).await;
    assert_eq!(loud.output, "BY ANOTHER NAME![]");
    // The built-in ones are still present.
    assert_eq!(server.client().run(&program("bash", "echo still")).await.output, "still\n");
}

#[tokio::test]
async fn a_file_in_a_folder_takes_the_place_of_a_language_that_is_built_in() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = languages::builtin_files();
    let (name, text) = files.iter().find(|(name, _)| name == "bash.toml").expect("a language");
    let ours = text.replace(
        r#"argv = ["{tool}", "{source}", "{args}"]"#,
        r#"argv = ["{tool}", "-x", "{source}", "{args}"]"#,
    );
    assert_ne!(&ours, text);
    fs::write(folder.path().join(name), ours).expect("a language file");
    let config = format!("[languages]\nfolder = \"{}\"\n", folder.path().display());
    let server = Setup::default().config(&config).start().await;
    let run = server.client().run(&program("bash", "echo ours")).await.run.expect("a run");
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("ours\n", "+ echo ours\n"));
}

#[tokio::test]
async fn the_list_of_languages_shows_installed_toolchains() {
    let registry = registry();
    let server = Server::start().await;
    let list: LanguagesBody = server.client().get("/api/languages").await.expect(200).parse();
    let told: Vec<_> =
        list.languages.iter().map(|one| (one.id.as_str(), one.toolchain.as_deref(), one.available)).collect();
    let installed: Vec<_> = registry
        .all()
        .map(|one| (one.id.as_str(), one.toolchain().map(|toolchain| toolchain.description.as_str()), true))
        .collect();
    assert_eq!(told, installed);
    // All its aliases, in any case, and any version.
    for language in &list.languages {
        let version = language.version.as_deref().expect("a version");
        let numeric = version.split(|c: char| !c.is_ascii_digit() && c != '.').next().expect("a number");
        for name in language.aliases.iter().chain([&language.id.to_uppercase()]) {
            let program =
                SubmitBody { version: Some(format!("={numeric}")), ..program(name, &language.hello) };
            server.client().submit(&program).await;
        }
    }
}

fn file(name: &str, content: &str) -> FileBody {
    FileBody { name: name.to_owned(), content: content.to_owned(), encoding: None }
}

fn of_files<const N: usize>(language: &str, files: [FileBody; N]) -> SubmitBody {
    SubmitBody { language: language.to_owned(), files: Some(files.into()), ..SubmitBody::default() }
}

#[tokio::test]
async fn a_program_may_have_many_files() {
    let server = Server::start().await;
    let check = async |program: SubmitBody, stdout: &str| {
        let job = server.client().run(&program).await;
        let run = job.run.as_ref().unwrap_or_else(|| panic!("not run: {job:#?}"));
        assert_eq!((run.exit_code, run.stdout.as_str()), (Some(0), stdout), "{job:#?}");
    };
    let python = of_files(
        "python",
        [
            file("start.py", "from greet import greet\nprint(greet())"),
            file("greet.py", "def greet(): return 'hi'"),
        ],
    );
    let c = of_files(
        "c",
        [
            file("start.c", "#include <stdio.h>\n#include \"greet.h\"\nint main(void) { puts(greet()); }"),
            file("greet.h", "const char *greet(void);"),
            file("greet.c", "#include \"greet.h\"\nconst char *greet(void) { return \"hi\"; }"),
        ],
    );
    let javascript = of_files(
        "javascript",
        [
            file("start.mjs", "import { greet } from './greet.mjs';\nconsole.log(greet());"),
            file("greet.mjs", "export const greet = () => 'hi';"),
        ],
    );
    let beside_the_code = SubmitBody {
        files: Some(vec![file("data with spaces, ünicode.txt", "from a file")]),
        ..program("bash", "cat *.txt; ls | wc -l")
    };
    // Bytes that are not text, in both directions.
    let bytes = FileBody { encoding: Some(Encoding::Base64), ..file("bytes", "AP9hgA==") };
    let binary = SubmitBody { files: Some(vec![bytes]), ..program("bash", "od -An -tx1 bytes") };
    tokio::join!(
        check(python, "hi\n"),
        check(c, "hi\n"),
        check(javascript, "hi\n"),
        check(beside_the_code, "from a file2\n"),
        check(binary, " 00 ff 61 80\n"),
    );
}

#[tokio::test]
async fn output_that_is_not_text_comes_back_whole() {
    let server = Server::start().await;
    let job = server.client().run(&program("bash", r"printf '\xff\x00a'; printf 'plain' >&2")).await;
    let run = job.run.expect("a run");
    assert_eq!((run.stdout.as_str(), run.stdout_encoding), ("/wBh", Some(Encoding::Base64)));
    assert_eq!((run.stderr.as_str(), run.stderr_encoding), ("plain", None));
}
