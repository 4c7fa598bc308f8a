//! Check of commit subjects: `scripts/check-commits` on a repository made for the test.

use std::{
    path::Path,
    process::{Command, Output},
};

/// A repository with one commit on `main`, checked out on the branch `change`.
struct Repository(tempfile::TempDir);

impl Repository {
    fn new() -> Self {
        let repository = Self(tempfile::tempdir().expect("a temporary folder"));
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        repository.commit("A subject from before the rule");
        repository.git(&["checkout", "--quiet", "-b", "change"]);
        repository
    }

    fn git(&self, arguments: &[&str]) {
        let identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org"];
        let mut git = Command::new("git");
        git.current_dir(&self.0).env("GIT_CONFIG_GLOBAL", "/dev/null").args(identity).args(arguments);
        let output = git.output().expect("git is installed");
        assert!(output.status.success(), "{arguments:?}: {output:?}");
    }

    fn commit(&self, subject: &str) {
        self.git(&["commit", "--quiet", "--allow-empty", "--message", subject]);
    }

    fn check(&self, arguments: &[&str]) -> Output {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/check-commits");
        Command::new(script).current_dir(&self.0).args(arguments).output().expect("it starts")
    }
}

/// Output of the check for a branch with this one commit; empty if it is accepted.
fn flaws(subject: &str) -> String {
    let repository = Repository::new();
    repository.commit(subject);
    let output = repository.check(&[]);
    let printed = String::from_utf8(output.stdout).expect("text");
    assert_eq!(output.status.code(), Some(i32::from(!printed.is_empty())), "{subject}: {printed}");
    printed
}

#[test]
fn subjects_with_area_and_imperative_are_accepted() {
    for subject in [
        "docs: add a page",
        "worker, sandbox: end a run at its limit",
        "scripts/check-commits: need an area",
        "broker: bring the journal up to date",
    ] {
        assert_eq!(flaws(subject), "", "{subject}");
    }
}

#[test]
fn the_length_of_a_subject_has_a_limit() {
    let longest = format!("docs: add {}", "x".repeat(62));
    assert_eq!(flaws(&longest), "");
    let flaws = flaws(&format!("{longest}x"));
    assert!(flaws.contains("73 characters, at most 72"), "{flaws}");
}

#[test]
fn other_forms_are_refused_with_the_reason() {
    for (subject, reason) in [
        ("Add a page", "area: imperative"),
        ("docs:add a page", "area: imperative"),
        ("docs: Add a page", "area: imperative"),
        ("docs: added a page", "\"added\" is no imperative"),
        ("docs: adding a page", "\"adding\" is no imperative"),
        ("docs: add a page.", "full stop"),
    ] {
        let flaws = flaws(subject);
        assert!(flaws.contains(subject) && flaws.contains(reason), "{subject}: {flaws}");
    }
}

#[test]
fn only_commits_since_the_merge_base_are_checked() {
    let repository = Repository::new();
    repository.commit("docs: add a page");
    repository.git(&["checkout", "--quiet", "main"]);
    repository.commit("A later subject on main");
    repository.git(&["checkout", "--quiet", "change"]);
    repository.git(&["merge", "--quiet", "--no-edit", "main"]);
    assert!(repository.check(&[]).status.success(), "the branch alone is right");
    assert_eq!(repository.check(&["main^"]).status.code(), Some(1), "a commit is a base, too");
    assert_eq!(repository.check(&["no-such-branch"]).status.code(), Some(2), "an unknown base is an error");
}

#[test]
fn merges_are_left_out() {
    let repository = Repository::new();
    repository.commit("docs: add a page");
    repository.git(&["checkout", "--quiet", "-b", "other", "main"]);
    repository.commit("docs: add another page");
    repository.git(&["merge", "--quiet", "--no-ff", "--message", "Merge branch 'change'", "change"]);
    let output = repository.check(&[]);
    assert!(output.status.success(), "{output:?}");
}
