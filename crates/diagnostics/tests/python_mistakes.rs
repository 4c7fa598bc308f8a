//! Corpus of beginners' mistakes in Python: each is run by the interpreter, and its help has to mark the right line and say the
//! right things.
//!
//! `python-mistakes.jsonl` has a case per line: `line` is the line to mark, each entry of `must_mention` has to be in the help
//! (`a|b`: either), none of `must_not_mention` may be. `error` is null for mistakes that raise nothing, and `"limit"` for programs
//! that run until a limit. The cases of `python-mistakes-later.jsonl` were written after most of the rules, by an author who knew parts of them.

#![allow(clippy::unwrap_used, reason = "in tests a panic is the way to fail, in what they share too")]

use std::{
    fs,
    io::Write as _,
    process::{Command, Stdio},
};

use diagnostics::{Ending, Help, Language, Run, explain, notices};
use serde_json::Value;

const CASES: &str = include_str!("python-mistakes.jsonl");
const LATER_CASES: &str = include_str!("python-mistakes-later.jsonl");

struct Output {
    stdout: String,
    stderr: String,
    succeeded: bool,
}

fn run_python(code: &str, stdin: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("main.py"), code).unwrap();
    let mut command = Command::new("/usr/bin/python3");
    command.args(["-I", "main.py"]).current_dir(&folder).env_clear().env("PYTHONIOENCODING", "utf-8");
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // A program that reads no input may have closed it.
    let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Output { stdout: text(&output.stdout), stderr: text(&output.stderr), succeeded: output.status.success() }
}

fn help_for(case: &Value) -> Vec<Help> {
    let text = |name: &str| case[name].as_str().unwrap_or_default();
    let (code, stdin) = (text("code"), text("stdin"));
    let run = |stdout, stderr, ending| Run { source: code, file: "main.py", stdout, stderr, ending };
    if text("error") == "limit" {
        return explain("python", &run("", "", Ending::TimeLimit), Language::English).into_iter().collect();
    }
    let output = run_python(code, stdin);
    if output.succeeded {
        return notices(
            "python",
            &run(&output.stdout, &output.stderr, Ending::Success),
            Language::English,
            3,
        );
    }
    explain("python", &run(&output.stdout, &output.stderr, Ending::Failure), Language::English)
        .into_iter()
        .collect()
}

/// Whether a text has an entry: words of up to three letters as whole words, longer ones from the start of a word, others anywhere.
fn mentions(text: &str, entry: &str) -> bool {
    let is_word = |part: &str| part.chars().all(char::is_alphanumeric);
    entry.split('|').map(str::to_lowercase).any(|part| {
        if !is_word(&part) {
            return text.contains(&part);
        }
        let words = text.split(|letter: char| !letter.is_alphanumeric());
        let mut words = words.filter(|word| !word.is_empty());
        if part.chars().count() <= 3 {
            words.any(|word| word == part)
        } else {
            words.any(|word| word.starts_with(&part))
        }
    })
}

fn entries<'a>(case: &'a Value, name: &str) -> Vec<&'a str> {
    case[name].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// The reason why a help is not right for a case.
fn fault(case: &Value, help: &Help) -> Option<String> {
    let text = format!("{} {} {}", help.title, help.text, help.next).to_lowercase();
    if u64::from(help.place.line) != case["line"].as_u64().unwrap() {
        return Some(format!("{}: line {} is marked", help.code, help.place.line));
    }
    if let Some(entry) = entries(case, "must_mention").into_iter().find(|entry| !mentions(&text, entry)) {
        return Some(format!("{}: {entry} is missing in: {text}", help.code));
    }
    let astray = entries(case, "must_not_mention").into_iter().find(|entry| mentions(&text, entry));
    astray.map(|entry| format!("{}: {entry} leads astray in: {text}", help.code))
}

/// A line for each case of a corpus whose help is not right, and the number of cases.
fn faults(corpus: &str) -> (Vec<String>, usize) {
    let cases: Vec<Value> = corpus.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let faults = cases.iter().filter_map(|case| {
        let all = help_for(case);
        let reasons: Vec<_> = all.iter().map(|help| fault(case, help)).collect();
        let is_right = reasons.iter().any(Option::is_none);
        let reasons = reasons.into_iter().flatten().collect::<Vec<_>>().join("; ");
        (!is_right).then(|| format!("{} (line {}): {reasons}", case["id"].as_str().unwrap(), case["line"]))
    });
    (faults.collect(), cases.len())
}

#[test]
fn the_mistakes_of_beginners_get_the_right_line_and_words() {
    let (faults, count) = faults(CASES);
    assert!(faults.is_empty(), "{} of {count} are wrong:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn later_mistakes_get_the_right_line_and_words_in_95_of_100_cases() {
    let (faults, count) = faults(LATER_CASES);
    assert!(faults.len() * 20 <= count, "{} of {count} are wrong:\n{}", faults.len(), faults.join("\n"));
}
