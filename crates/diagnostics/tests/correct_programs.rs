//! Correct programs get no notices, and no text makes the rules panic.

#![allow(clippy::unwrap_used, reason = "in tests a panic is the way to fail, in what they share too")]

use std::{fs, path::Path};

use diagnostics::{Ending, Language, Run, explain, notices};

fn run<'a>(source: &'a str, stderr: &'a str, ending: Ending) -> Run<'a> {
    Run { source, file: "main.py", stdout: "", stderr, ending }
}

/// The accepted submissions in Python of the problems that come with Code Runner.
fn accepted() -> Vec<String> {
    let problems = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content/problems");
    let folders =
        fs::read_dir(problems).unwrap().map(|entry| entry.unwrap().path().join("submissions/accepted"));
    let files = folders.filter(|folder| folder.is_dir()).flat_map(|folder| fs::read_dir(folder).unwrap());
    let paths = files
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "py"));
    paths.map(|path| fs::read_to_string(path).unwrap()).collect()
}

#[test]
fn accepted_submissions_get_no_notices() {
    let programs = accepted();
    assert!(programs.len() >= 10, "only {} programs were found", programs.len());
    for program in &programs {
        let found = notices("python", &run(program, "", Ending::Success), Language::English, 9);
        assert!(found.is_empty(), "{found:#?}\n{program}");
    }
}

const CASES: &str = include_str!("python-mistakes.jsonl");

/// Messages of all the kinds that rules look at, on any line.
fn messages(line: usize) -> Vec<String> {
    let messages: Vec<String> = CASES
        .lines()
        .filter_map(|case| {
            serde_json::from_str::<serde_json::Value>(case).unwrap()["python"].as_str().map(str::to_owned)
        })
        .collect();
    messages
        .iter()
        .map(|message| format!("Traceback (most recent call last):\n  File \"/box/main.py\", line {line}, in f\n    x\n    ^^^\n{message}\n"))
        .collect()
}

#[test]
fn broken_programs_never_make_a_rule_panic() {
    // Each program loses one character after another; the message is one that may have nothing to do with it.
    for (number, case) in CASES.lines().enumerate() {
        let case: serde_json::Value = serde_json::from_str(case).unwrap();
        let code = case["code"].as_str().unwrap();
        let messages = messages(1 + number % 4);
        for (position, (at, letter)) in code.char_indices().enumerate() {
            let broken = format!("{}{}", &code[..at], &code[at + letter.len_utf8()..]);
            let message = &messages[(number + position) % messages.len()];
            explain("python", &run(&broken, message, Ending::Failure), Language::English);
            explain("python", &run(&broken, "", Ending::TimeLimit), Language::English);
            notices("python", &run(&broken, "", Ending::Success), Language::English, 9);
        }
    }
}
