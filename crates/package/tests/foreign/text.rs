//! Text tests: byte-order marks, line ends and constants in tests and sources.

use std::fs;

use package::{Caps, Package};

use super::{does_not_warn, open, tests, try_open, warns};

#[test]
fn byte_order_marks_are_taken_off_tests_answers_and_sources() {
    let mark = "\u{feff}";
    let files = [
        ("data/secret/1.in", format!("{mark}1 2\n")),
        ("data/secret/1.ans", format!("{mark}3\n")),
        ("data/secret/2.in", "4 5\n".to_owned()),
        ("data/secret/2.ans", "9\n".to_owned()),
        ("submissions/accepted/a.py", format!("{mark}print(3)\n")),
    ];
    let files: Vec<_> = files.iter().map(|(name, content)| (*name, content.as_str())).collect();
    let (_folder, package) = open("2025-09", &files);
    warns(&package, "begins with a byte-order mark, which is taken off");
    assert_eq!(tests(&package)["secret/1"], ("1 2\n".to_owned(), "3\n".to_owned()));
    let source = package.tree.source(&package.submissions[0].files[0]).unwrap();
    assert_eq!(source, b"print(3)\n");
    // Of large tests, too, which are read as objects.
    let large = format!("{mark}{}", "7".repeat(100_000));
    let (_folder, package) = open("2025-09", &[("data/secret/1.in", &large), ("data/secret/1.ans", "1\n")]);
    assert_eq!(tests(&package)["secret/1"].0.len(), 100_000);
    let objects = package.suite(None).unwrap().objects;
    assert_eq!(objects[0].0.size().get(), 100_000);
}

#[test]
fn tests_in_utf_16_are_told() {
    let (folder, package) = try_open("2025-09", &[("data/secret/1.in", "1\n"), ("data/secret/1.ans", "1\n")]);
    does_not_warn(&package.unwrap());
    fs::write(folder.path().join("data/secret/1.ans"), b"\xff\xfe1\0\n\0").unwrap();
    let package = Package::open(folder.path(), Caps::default()).unwrap();
    warns(&package, "data/secret/1.ans looks like UTF-16");
}

#[test]
fn line_ends_of_windows_in_tests_are_told() {
    let (_folder, package) =
        open("2025-09", &[("data/secret/1.in", "1\r\n2\r\n"), ("data/secret/1.ans", "1\n")]);
    warns(&package, "data/secret/1.in has line ends of Windows (CR LF)");
    assert_eq!(tests(&package)["secret/1"].0, "1\r\n2\r\n", "they are the test's, and stay");
}

#[test]
fn constants_stand_for_their_values_wherever_the_format_says() {
    let yaml = "constants:\n  k: 5\n  limit:\n    value: 1000000\n    tex: 10^6\n";
    let (_folder, package) = open(
        "2025-09",
        &[
            ("problem.yaml", yaml),
            ("data/secret/test_group.yaml", "output_validator_args: ['{{k}}', '{{limit.tex}}']\n"),
            ("data/secret/1.in", "{{k}}\n"),
            ("data/secret/1.ans", "{{k}}\n"),
            ("output_validator/v.py", "x = {{k}}, {{limit}}, {{other}}"),
            ("input_validators/v/v.py", "x = {{k}}"),
            ("include/python/lib.py", "K = {{k}}"),
            ("submissions/accepted/a.py", "print({{k}})"),
        ],
    );
    does_not_warn(&package);
    let source = |file| String::from_utf8(package.tree.source(file).unwrap()).unwrap();
    assert_eq!(source(&package.submissions[0].files[0]), "print(5)");
    assert_eq!(source(&package.input_validators[0].files[0]), "x = 5");
    assert_eq!(tests(&package)["secret/1"].0, "{{k}}\n", "not in tests");
    let suite = package.suite(None).unwrap().suite;
    assert_eq!(suite.included[0].file.content.as_text(), Some("K = 5"));
    let model::JudgingStyle::Validated(validator) = &suite.style else { panic!("{suite:?}") };
    assert_eq!(validator.files[0].content.as_text(), Some("x = 5, 1000000, {{other}}"));
    assert_eq!(validator.args, ["5", "10^6"]);
}

#[test]
fn a_constant_with_variants_needs_a_value() {
    let (_folder, package) = try_open("2025-09", &[("problem.yaml", "constants:\n  k:\n    tex: 5\n")]);
    assert!(package.unwrap_err().to_string().contains("k needs a value"));
}
