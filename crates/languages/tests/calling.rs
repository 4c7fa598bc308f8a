//! Harness tests: command lines and files of function calls.

use std::path::{Path, PathBuf};

use languages::{HarnessRun, Host, Language, ProbeError, Registry, builtin_files};
use model::{Bytes, Call, SourceFile, Value};

const MEMORY: Bytes = Bytes::mib(128);

/// A machine without any toolchain: command lines are filled in all the same.
struct HostWithoutToolchains;

impl Host for HostWithoutToolchains {
    fn executable(&self, _path: &Path) -> Option<PathBuf> {
        None
    }

    fn exists(&self, _path: &Path) -> bool {
        false
    }

    fn output(&self, _program: &Path, _args: &[String]) -> Result<String, ProbeError> {
        Err(ProbeError::Failed("there is no program".to_owned()))
    }

    fn home(&self) -> Option<PathBuf> {
        None
    }

    fn folder(&self, _path: &Path) -> Option<PathBuf> {
        None
    }

    fn glob(&self, _pattern: &Path) -> Vec<PathBuf> {
        Vec::new()
    }

    fn output_as_user(&self, _program: &Path, _args: &[String]) -> Result<String, ProbeError> {
        Err(ProbeError::Failed("there is no program".to_owned()))
    }
}

fn language(id: &str) -> Language {
    let registry = Registry::load(builtin_files(), &HostWithoutToolchains).expect("the languages load");
    registry.find(id).expect("the language").clone()
}

fn calling(id: &str, files: &[&str]) -> HarnessRun {
    let files: Vec<_> = files.iter().map(|name| file(name)).collect();
    let call = Call { function: "add".to_owned(), arguments: vec![Value::Float(2.0)], named: Vec::new() };
    language(id).harness_run(&files, &call, "4f1c", MEMORY).expect("functions can be called")
}

fn file(name: &str) -> SourceFile {
    SourceFile { name: name.to_owned(), content: format!("text of {name}").as_str().into() }
}

fn names(calling: &HarnessRun) -> Vec<&str> {
    calling.files.iter().map(|file| file.name.as_str()).collect()
}

fn stdin_text(calling: &HarnessRun) -> &str {
    std::str::from_utf8(&calling.stdin).expect("text")
}

#[test]
fn the_harness_becomes_the_main_file_and_what_was_there_stands_aside() {
    let calling = calling("python", &["main.py", "shapes.py"]);
    assert_eq!(names(&calling), ["main.py", "main.py.submitted"]);
    assert_eq!(calling.files[1].content, file("main.py").content);
    assert_eq!(calling.command.argv.last().map(String::as_str), Some("main.py"));
    let expected = concat!(
        r#"{"nonce":"4f1c","main":"main.py","aside":["main.py.submitted","main.py"],"#,
        r#""call":{"function":"add","arguments":[2.0]}}"#
    );
    assert_eq!(stdin_text(&calling), expected);
    assert!(language("python").can_prestart(&calling.files), "the one that waits looks for main.py");
}

#[test]
fn nothing_stands_aside_that_is_not_in_the_way() {
    let calling = calling("python", &["shapes.py"]);
    assert_eq!(names(&calling), ["main.py"]);
    assert!(
        stdin_text(&calling).starts_with(r#"{"nonce":"4f1c","main":"shapes.py","call""#),
        "{}",
        stdin_text(&calling)
    );
}

#[test]
fn a_file_stands_aside_under_a_name_that_no_other_has() {
    let calling = calling("python", &["solve.py", "main.py", "main.py.submitted"]);
    assert_eq!(names(&calling), ["main.py", "main.py.submitted_"]);
}

#[test]
fn what_is_compiled_keeps_its_name_and_is_called_by_a_file_beside_it() {
    let calling = calling("typescript", &["main.ts"]);
    assert_eq!(names(&calling), ["coderunner-call.js"]);
    assert_eq!(calling.command.argv.last().map(String::as_str), Some("coderunner-call"));
    assert!(stdin_text(&calling).contains(r#""main":"main.ts""#));
    let own = language("javascript").harness_run(
        &[],
        &Call { function: "f".into(), arguments: Vec::new(), named: Vec::new() },
        "1",
        MEMORY,
    );
    assert_eq!(own.expect("a harness").files[0].content, calling.files[0].content, "it is the same harness");
}

#[test]
fn a_language_without_a_harness_says_so() {
    let c = language("c");
    assert!(!c.can_call());
    let call = Call { function: "f".to_owned(), arguments: Vec::new(), named: Vec::new() };
    assert_eq!(c.harness_run(&[file("main.c")], &call, "4f1c", MEMORY), None);
}

/// Loads the built-in files with one line of TypeScript's changed; gives back what is wrong with it.
fn refused(line: &str, changed: &str) -> String {
    let files = builtin_files().into_iter().map(|(name, text)| {
        let text = if name == "typescript.toml" { text.replace(line, changed) } else { text };
        (name, text)
    });
    Registry::load(files, &HostWithoutToolchains).expect_err("refused").to_string()
}

#[test]
fn a_harness_that_is_not_there_or_twice_is_refused_with_what_to_change() {
    let like = "like = \"javascript\"";
    for (changed, problem) in [
        (
            "like = \"javascrpt\"",
            "`calls.like` has \"javascrpt\", and there is no such language with a calls.harness",
        ),
        ("like = \"c\"", "`calls.like` has \"c\""),
        (
            "like = \"javascript\"\nharness = \"\"",
            "`calls.harness` or `calls.like` must be there, and not both",
        ),
        ("", "`calls.harness` or `calls.like` must be there"),
    ] {
        let message = refused(like, changed);
        assert!(message.contains(problem), "{message}");
    }
    let message = refused("file = \"coderunner-call.js\"", "file = \"../call.js\"");
    assert!(message.contains("`calls.file` must be a plain file name"), "{message}");
}
