//! Random settings files: a package is read, or rejected with a reason, whatever they contain.

#![allow(clippy::unwrap_used, reason = "in tests a panic is the way to fail")]

use std::io::{Cursor, Write as _};

use package::{Caps, Package};
use proptest::prelude::*;
use zip::{ZipWriter, write::SimpleFileOptions};

/// Words that mean something somewhere.
const WORDS: &[&str] = &[
    "problem_format_version: 2025-09",
    "problem_format_version: legacy",
    "name: x",
    "type: scoring",
    "type: [interactive, multi-pass]",
    "type: submit-answer",
    "validation: custom score",
    "validator_flags: a b",
    "constants: {k: 5, l: {value: 1}}",
    "limits: {time_limit: 1, memory: 9e99}",
    "limits: []",
    "grading: custom",
    "data:",
    "sample:",
    "secret:",
    "generators:",
    "tree: [a.py]",
    "include: [a, sample]",
    "random_salt: s",
    "solution: /submissions/accepted/a.py",
    "solution:",
    "a: a.py {seed:1}",
    "b: {copy: m/1}",
    "c: {in: 1, ans: '2'}",
    "d: {generate: a.py {count}, count: 3}",
    "e: {data: [x: a.py, '': m/1.in]}",
    "f:",
    "- g: a.py",
    "- '': {in: 5}",
    "count: [1, x]",
    "count: -9..=9",
    "testdata.yaml: {grading: custom}",
    "max_score: 5",
    "score_aggregation: min",
    "require_pass: sample",
    "static_validation_score: 3",
    "on_reject: grade",
    "range: 0 1",
    "accept_score: x",
    "grader_flags: avg",
    "args: [a]",
    "accepted/*:",
    "permitted: [AC]",
    "required: WA",
    "'*': {score: [1, 2]}",
    "use_for_time_limit: upper",
    "{{k}}",
    "@EXPECTED_RESULTS@: AC, ?",
    "1",
    "-1",
    "timelimit='x'",
    "[",
    "]",
    "{",
    "}",
    "&a",
    "*a",
    "|",
    "\t",
    "\u{feff}",
    "\u{0}",
];

fn text() -> impl Strategy<Value = String> {
    let line = (0..4_usize, prop::sample::select(WORDS))
        .prop_map(|(deep, word)| format!("{}{word}", "  ".repeat(deep)));
    prop::collection::vec(line, 0..14).prop_map(|lines| lines.join("\n"))
}

/// The files whose content is chance.
const FILES: [&str; 8] = [
    "problem.yaml",
    "generators/generators.yaml",
    "data/testdata.yaml",
    "data/secret/test_group.yaml",
    "data/secret/1.yaml",
    "submissions/submissions.yaml",
    "submissions/accepted/a.py",
    "domjudge-problem.ini",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn whatever_settings_say_a_package_is_read_or_refused(
        texts in prop::collection::vec(prop::option::weighted(0.4, text()), FILES.len()),
        has_tests in any::<bool>(),
        has_validators in any::<bool>(),
    ) {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        let mut add = |name: &str, content: &str| {
            writer.start_file(name, SimpleFileOptions::default()).unwrap();
            writer.write_all(content.as_bytes()).unwrap();
        };
        for (name, text) in FILES.iter().zip(&texts) {
            match text {
                Some(text) => add(name, text),
                None if *name == "problem.yaml" => add(name, "name: x\n"),
                None => {}
            }
        }
        add("generators/a.py", "");
        add("generators/m/1.in", "1");
        if has_tests {
            add("data/secret/1.in", "1");
            add("data/secret/1.ans", "1");
        }
        if has_validators {
            add("output_validators/v.py", "");
            add("static_validator/v.py", "");
            add("graders/g.py", "");
        }
        let archive = writer.finish().unwrap().into_inner();
        match Package::from_zip(archive.into(), Caps::default()) {
            Ok(package) => {
                let _ = package.suite(None);
            }
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }
}
