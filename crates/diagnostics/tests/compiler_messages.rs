//! Corpus of mistakes in C, C++, Java and JavaScript: the help for each has to mark the right line and say the right things.
//!
//! `compiler-messages.jsonl` has a case per line: `line` is the line to mark, each entry of `must_mention` has to be in the help
//! (`a|b`: either), `stderr` is what compiler or runtime wrote. Compiling them all takes a minute, so the messages are kept; with
//! `CODERUNNER_UPDATE_MESSAGES=1` the test asks the compilers of this machine again and writes the file anew.

#![allow(clippy::unwrap_used, reason = "in tests a panic is the way to fail, in what they share too")]

use std::{fs, path::Path, process::Command};

use diagnostics::{Ending, Help, Language, Run, explain};
use serde_json::Value;

const CASES: &str = include_str!("compiler-messages.jsonl");
/// Written before their author had seen the rules.
const LATER_CASES: &str = include_str!("compiler-messages-later.jsonl");

/// The file of a language, and the commands that compile and run it.
fn commands(language: &str) -> (&'static str, &'static [&'static [&'static str]]) {
    match language {
        "c" => ("main.c", &[&["/usr/bin/gcc", "-std=gnu17", "-o", "main", "main.c", "-lm"]]),
        "cpp" => ("main.cpp", &[&["/usr/bin/g++", "-std=gnu++20", "-o", "main", "main.cpp"]]),
        "java" => (
            "Main.java",
            &[&["javac", "-encoding", "UTF-8", "Main.java"], &["java", "-Xmx64m", "-Xss512k", "Main"]],
        ),
        _ => ("main.js", &[&["node", "main.js"]]),
    }
}

/// What the first command that fails writes to standard error.
fn messages(folder: &Path, language: &str) -> String {
    for command in commands(language).1 {
        let mut process = Command::new(command[0]);
        let output =
            process.args(&command[1..]).current_dir(folder).env("LC_ALL", "C.UTF-8").output().unwrap();
        if !output.status.success() {
            return String::from_utf8_lossy(&output.stderr).into_owned();
        }
    }
    String::new()
}

fn fault(case: &Value, help: Option<Help>, stderr: &str) -> Option<String> {
    let Some(help) = help else {
        return Some(format!("no help for {}", stderr.lines().take(4).collect::<Vec<_>>().join(" / ")));
    };
    let text = format!("{} {} {}", help.title, help.text, help.next);
    if u64::from(help.place.line) != case["line"].as_u64().unwrap() {
        return Some(format!("{}: line {} is marked", help.code, help.place.line));
    }
    let entries = case["must_mention"].as_array().unwrap().iter().filter_map(Value::as_str);
    let lower = text.to_lowercase();
    let missing =
        entries.into_iter().find(|entry| !entry.split('|').any(|part| lower.contains(&part.to_lowercase())));
    missing.map(|entry| format!("{}: {entry} is missing in: {text}", help.code))
}

/// Compiles and runs a case, and keeps what it writes to standard error.
fn with_messages(mut case: Value) -> Value {
    let (language, code) = (case["language"].as_str().unwrap(), case["code"].as_str().unwrap());
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(commands(language).0), code).unwrap();
    let stderr = messages(folder.path(), language).replace(&folder.path().display().to_string(), "/box");
    case["stderr"] = Value::String(stderr);
    case
}

fn cases(file: &str, corpus: &str) -> Vec<Value> {
    let cases = corpus.lines().map(|line| serde_json::from_str(line).unwrap());
    if std::env::var_os("CODERUNNER_UPDATE_MESSAGES").is_none() {
        return cases.collect();
    }
    let cases: Vec<Value> = cases.map(with_messages).collect();
    let lines: Vec<String> = cases.iter().map(Value::to_string).collect();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(file);
    fs::write(path, lines.join("\n") + "\n").unwrap();
    cases
}

/// A line for each case whose help is not right.
fn faults(cases: &[Value]) -> Vec<String> {
    let check = |case: &Value| {
        let text = |name: &str| case[name].as_str().unwrap();
        let (language, stderr) = (text("language"), text("stderr"));
        let run = Run {
            source: text("code"),
            file: commands(language).0,
            stdout: "",
            stderr,
            ending: Ending::Failure,
        };
        let reason = fault(case, explain(language, &run, Language::English), stderr)?;
        Some(format!("{language} {} (line {}): {reason}", text("id"), case["line"]))
    };
    cases.iter().filter_map(check).collect()
}

#[test]
fn messages_of_compilers_get_the_right_line_and_words() {
    let cases = cases("compiler-messages.jsonl", CASES);
    let faults = faults(&cases);
    assert!(faults.is_empty(), "{} of {} are wrong:\n{}", faults.len(), cases.len(), faults.join("\n"));
}

#[test]
fn messages_of_later_mistakes_are_right_in_95_of_100_cases() {
    let cases = cases("compiler-messages-later.jsonl", LATER_CASES);
    let faults = faults(&cases);
    let is_enough = faults.len() * 20 <= cases.len();
    assert!(is_enough, "{} of {} are wrong:\n{}", faults.len(), cases.len(), faults.join("\n"));
}
