//! Documentation tests: each block of commands in README and guides that is marked `run` is executed with the real binary, and its output
//! is compared.
//!
//! A block begins with ` ```console run` or ` ```sh run`. All blocks of a document run one after another in one shell, in a folder with a
//! server of its own. In what is shown, `…` stands for anything, and the ends of lines for any space. Ids, moments, times and amounts of
//! memory, and versions of toolchains may be others; an id that was printed is put into the commands behind it.

use std::{fmt::Write as _, fs, path::Path, process::Stdio, time::Duration};

use regex::{Captures, Regex};
use testkit::{Server, Setup};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
    time::timeout,
};

/// Timeout of a command.
const PATIENCE: Duration = Duration::from_mins(1);
/// The server's address in the documents.
const DOCUMENTED: &str = "127.0.0.1:8080";
/// Any space, also none: documents break lines that the output does not.
const SPACE: &str = "[ \\t\\r\\n]*";
/// Marker that the shell prints after a command.
const DONE: &str = "--- done ---";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the root of the workspace")
}

/// A command with its documented output; `None` if only the command is shown.
#[derive(Debug, PartialEq, Eq)]
struct Step {
    line: usize,
    command: String,
    shown: Option<String>,
}

/// The steps of all marked blocks.
fn steps(text: &str) -> Vec<Step> {
    let (mut steps, mut fence): (Vec<Step>, Option<&str>) = (Vec::new(), None);
    let mut is_inside_command = false;
    for (number, line) in text.lines().enumerate() {
        match (fence, line) {
            (None, "```console run" | "```sh run") => {
                fence = line.strip_prefix("```").and_then(|line| line.strip_suffix(" run"));
                if fence == Some("sh") {
                    steps.push(Step { line: number + 1, command: String::new(), shown: None });
                }
            }
            (None, _) => {}
            (Some(_), "```") => fence = None,
            (Some("sh"), line) => {
                writeln!(steps.last_mut().expect("begun").command, "{line}").expect("writes");
            }
            (Some(_), line) => {
                if let Some(command) = line.strip_prefix("$ ") {
                    steps.push(Step {
                        line: number + 1,
                        command: format!("{command}\n"),
                        shown: Some(String::new()),
                    });
                } else if is_inside_command {
                    writeln!(steps.last_mut().expect("begun").command, "{line}").expect("writes");
                } else if let Some(shown) = steps.last_mut().and_then(|step| step.shown.as_mut()) {
                    writeln!(shown, "{line}").expect("writes");
                }
                is_inside_command = line.ends_with('\\');
            }
        }
    }
    steps
}

/// Pattern that matches any output documented by this text.
fn pattern(shown: &str) -> Regex {
    let varying = [
        (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", r"([0-9a-f-]{36})"),
        (r#""(cpuMs|wallMs|throttledMs|memoryBytes|time)":[0-9]+"#, r#""$1":[0-9]+"#),
        (r#""toolchain":"[^"]*""#, r#""toolchain":"[^"]*""#),
        (r"[0-9.]+ (ms|s)(?-u:\b)", r"[0-9.]+ (?:ms|s)"),
    ];
    let mut parts = vec![(shown.to_owned(), false)];
    for (varies, anything) in varying {
        let varies = Regex::new(varies).expect("a pattern");
        parts = parts
            .into_iter()
            .flat_map(
                |(text, is_pattern)| {
                    if is_pattern { vec![(text, true)] } else { split(&text, &varies, anything) }
                },
            )
            .collect();
    }
    let whole: String =
        parts.into_iter().map(|(text, is_pattern)| if is_pattern { text } else { literal(&text) }).collect();
    Regex::new(&format!(r"(?s)\A{SPACE}{whole}{SPACE}\z")).expect("a pattern")
}

/// The text with the matches replaced by their pattern.
fn split(text: &str, varies: &Regex, anything: &str) -> Vec<(String, bool)> {
    let (mut parts, mut rest) = (Vec::new(), 0);
    for found in varies.captures_iter(text) {
        let whole = found.get(0).expect("it matched");
        parts.push((text[rest..whole.start()].to_owned(), false));
        parts.push((named_path(anything, &found), true));
        rest = whole.end();
    }
    parts.push((text[rest..].to_owned(), false));
    parts
}

fn named_path(anything: &str, found: &Captures<'_>) -> String {
    found.get(1).map_or(anything.to_owned(), |name| anything.replace("$1", name.as_str()))
}

/// Text as it is, but for `…` and for spaces, which may be any.
fn literal(text: &str) -> String {
    let pieces = text.split('…').map(|piece| {
        let words = piece.split_whitespace().map(regex::escape).collect::<Vec<_>>().join(SPACE);
        format!("{SPACE}{words}{SPACE}")
    });
    pieces.collect::<Vec<_>>().join(".*?")
}

/// A shell that runs one command after another.
struct Shell {
    _process: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl Shell {
    fn start(folder: &Path) -> Self {
        let binaries = testkit::binary().parent().expect("a folder");
        let path = format!("{}:{}", binaries.display(), std::env::var("PATH").expect("a path"));
        let mut command = Command::new("bash");
        command.current_dir(folder).env("PATH", path).env("NO_COLOR", "1").kill_on_drop(true);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let mut process = command.spawn().expect("bash starts");
        let input = process.stdin.take().expect("its input");
        let output = BufReader::new(process.stdout.take().expect("its output")).lines();
        Self { _process: process, input, output }
    }

    /// Output of this command, both streams.
    async fn run(&mut self, command: &str) -> String {
        // A command must not read the ones behind it, and `$?` is the exit code of the one before.
        let script = format!(
            "{{\n(exit ${{last:-0}})\n{command}\n}} </dev/null 2>&1\nlast=$?\nprintf '\\n{DONE}\\n'\n"
        );
        self.input.write_all(script.as_bytes()).await.expect("it listens");
        let mut printed = String::new();
        loop {
            let line = timeout(PATIENCE, self.output.next_line()).await;
            let line = line.unwrap_or_else(|_| panic!("{command} does not end: {printed}"));
            match line.expect("it can be read") {
                Some(line) if line == DONE => return printed,
                Some(line) => writeln!(printed, "{line}").expect("writes"),
                None => panic!("the shell has ended: {printed}"),
            }
        }
    }
}

/// Runs the commands of a document, with these files in the folder.
async fn check(document: &str, files: &[(&str, &str)]) {
    let text = fs::read_to_string(root().join(document)).expect("it can be read");
    let steps = steps(&text);
    assert!(!steps.is_empty(), "{document} has no block that is marked");
    let setup = Setup::with_slots(2).with_content("problems/add-two/problem.yaml", ADD_TWO);
    let server: Server = setup.start().await;
    let folder = server.folder().join("shell");
    fs::create_dir_all(&folder).expect("a folder");
    for (name, content) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, content).expect("a file");
    }
    let mut shell = Shell::start(&folder);
    let mut ids: Vec<(String, String)> = Vec::new();
    for Step { line, command, shown } in steps {
        let mut actual = command.replace(DOCUMENTED, &server.address().to_string());
        for (documented, real) in &ids {
            actual = actual.replace(documented, real);
        }
        let printed = shell.run(&actual).await;
        let Some(shown) = shown else { continue };
        let found = pattern(&shown);
        let found = found.captures(&printed);
        let found = found.unwrap_or_else(|| {
            panic!("{document}, line {line}: $ {command}shows\n{shown}and what it prints is\n{printed}")
        });
        let real = found.iter().skip(1).flatten().map(|id| id.as_str().to_owned());
        ids.extend(documented_ids(&shown).into_iter().zip(real));
    }
}

fn documented_ids(shown: &str) -> Vec<String> {
    let id = Regex::new("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}").expect("a pattern");
    id.find_iter(shown).map(|id| id.as_str().to_owned()).collect()
}

/// The problem of the README, as its reader has written it before the server was started again.
const ADD_TWO: &str = "title: Add two numbers\ntests:\n  - input: 1 2\n    output: \"3\"\nhidden_tests:\n  - input: 20 22\n    output: \"42\"\n";

#[tokio::test]
async fn the_readme_matches_the_server() {
    check("README.md", &[]).await;
}

#[tokio::test]
async fn the_guide_to_artifacts_matches_the_server() {
    let squares = "open('squares.csv', 'w').write('1,1\\n2,4\\n')";
    check("docs/guides/artifacts.md", &[("squares.py", squares)]).await;
}

#[tokio::test]
async fn the_guide_to_languages_matches_the_server() {
    let guide = include_str!("../../docs/guides/add-a-language.md");
    let (_, awk) = guide.split_once("```toml\n").expect("a file");
    let (awk, _) = awk.split_once("```").expect("its end");
    check("docs/guides/add-a-language.md", &[("my-languages/awk.toml", awk)]).await;
}

#[tokio::test]
async fn the_guide_to_the_configuration_matches_the_server() {
    check("docs/guides/configuration.md", &[]).await;
}

#[test]
fn steps_are_commands_with_their_documented_output() {
    let text = "```console\n$ no\n```\n```console run\n$ echo a \\\n  b\na b\n$ true\n```\n```sh run\ncat <<END\nx\nEND\n```\n";
    let expected =
        [(5, "echo a \\\n  b\n", Some("a b\n")), (8, "true\n", Some("")), (10, "cat <<END\nx\nEND\n", None)];
    let expected = expected.map(|(line, command, shown)| Step {
        line,
        command: command.to_owned(),
        shown: shown.map(ToOwned::to_owned),
    });
    assert_eq!(steps(text), expected);
}

#[test]
fn documented_output_must_match_the_printed_one() {
    let id = "01a1fcae-f810-75f7-a653-069e627bf866";
    for (shown, printed, is_same) in [
        ("a b\n", "a b\n", true),
        ("a\n b", "a b", true),
        ("a … c", "a b b c", true),
        ("a", "b", false),
        ("a", "a b", false),
        ("", "anything", false),
        ("{\"cpuMs\":3}", "{\"cpuMs\":12}", true),
        ("{\"exitCode\":3}", "{\"exitCode\":12}", false),
        ("{\"toolchain\":\"g++ 12\"}", "{\"toolchain\":\"g++ 14.2\"}", true),
        (id, "11111111-f810-75f7-a653-069e627bf866", true),
        (id, "11111111", false),
        ("ran in 2 ms", "ran in 117 ms", true),
    ] {
        assert_eq!(pattern(shown).is_match(printed), is_same, "{shown:?} {printed:?}");
    }
}
