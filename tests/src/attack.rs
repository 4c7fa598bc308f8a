//! Attack: a program under `tests/attacks/`, run on a server and checked against the expectations in its head.

use std::{
    fs,
    path::{Path, PathBuf},
};

use testkit::{Client, program};
use wire::{FileBody, JobStatusName, ProblemDetails, ResultBody, SubmitBody};

use crate::{Head, SubmitterView};

/// One program.
#[derive(Debug)]
pub struct Attack {
    /// Its path below `tests/attacks/`.
    pub name: String,
    /// Its language.
    pub language: &'static str,
    head: Head,
    code: String,
}

/// Output of a program whose attack succeeded.
const BROKEN: &str = "BROKEN";
/// Value of a head's `brings`: artifacts are requested, with any names.
const ANYTHING: &str = "anything";
/// Features that programs use for forbidden operations, by the word that reveals the use.
const HELPERS: [(&str, &str, &str); 2] = [
    ("#include \"refused.h\"", "refused.h", include_str!("../attacks/refused.h")),
    ("from refused import", "refused.py", include_str!("../attacks/refused.py")),
];

/// All attacks of this family, by name.
///
/// # Panics
///
/// When a file there is no attack: nothing of it would be tried.
pub fn all_in(family: &str) -> Vec<Attack> {
    let root = root();
    entries(&root.join(family)).iter().map(|file| Attack::load(&root, file)).collect()
}

/// The names of all families.
///
/// # Panics
///
/// When the folder cannot be read.
pub fn families() -> Vec<String> {
    let folders = entries(&root()).into_iter().filter(|path| path.is_dir());
    folders.map(|folder| folder.file_name().expect("a name").to_string_lossy().into_owned()).collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("attacks")
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let found = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = found.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

/// The language of a file, and its comment marker.
fn language(file: &Path) -> (&'static str, &'static str) {
    match file.extension().and_then(|ending| ending.to_str()) {
        Some("c") => ("c", "//"),
        Some("cpp") => ("cpp", "//"),
        Some("py") => ("python", "#"),
        Some("sh") => ("bash", "#"),
        _ => panic!("{}: attacks are written in .c, .cpp, .py or .sh", file.display()),
    }
}

fn file(name: &str, content: &str) -> FileBody {
    FileBody { name: name.to_owned(), content: content.to_owned(), encoding: None }
}

impl Attack {
    fn load(root: &Path, file: &Path) -> Self {
        let name = file.strip_prefix(root).expect("it is below").display().to_string();
        let code = fs::read_to_string(file).unwrap_or_else(|error| panic!("{name}: {error}"));
        let (language, marker) = language(file);
        let head = Head::read(&code, marker).unwrap_or_else(|error| panic!("{name}: {error}"));
        Self { name, language, head, code }
    }

    /// Its request body. Its input is `told`, unless its head has another.
    fn submission(&self, told: &str) -> SubmitBody {
        let helpers = HELPERS.iter().filter(|(sign, ..)| self.code.contains(sign));
        let mut files: Vec<_> = helpers.map(|(_, name, content)| file(name, content)).collect();
        let mut program = SubmitBody {
            stdin: Some(self.head.input.as_deref().unwrap_or(told).to_owned()),
            limits: Some(self.head.limits),
            artifacts: self.head.expected_artifacts.is_some().then_some(true),
            ..program(self.language, &self.code)
        };
        if let Some(name) = &self.head.named {
            program.code = None;
            files.insert(0, file(name, &self.code));
        }
        program.files = (!files.is_empty()).then_some(files);
        program
    }

    /// Runs it to its end, and returns everything that its submitter is shown.
    ///
    /// # Errors
    ///
    /// The difference from the end that its head expects, if there is one.
    pub async fn check(&self, client: &Client, told: &str) -> Result<String, String> {
        let wrong = |problem: String| format!("{}: {problem}", self.name);
        let answer = client.try_submit("?wait=60", &self.submission(told)).await;
        let answer = answer.map_err(|error| wrong(format!("no answer: {error}")))?;
        let shown = match answer.status {
            400..500 => SubmitterView::refusal(&answer.parse::<ProblemDetails>()),
            _ => self.result(client, answer.parse()).await.map_err(wrong)?,
        };
        match self.fault(&shown) {
            Some(fault) => Err(wrong(format!("{fault}\n    {:.2500}", shown.debug_text))),
            None => Ok(shown.debug_text + &shown.output),
        }
    }

    async fn result(&self, client: &Client, job: ResultBody) -> Result<SubmitterView, String> {
        let job = match job.status {
            JobStatusName::Queued | JobStatusName::Processing => client.wait_for_result(&job.job_id).await,
            _ => job,
        };
        let mut shown = SubmitterView::result(&job, &self.head.limits)?;
        for artifact in &job.artifacts {
            shown.output += &client.get(&artifact.url).await.expect(200).text();
        }
        Ok(shown)
    }

    /// Violations in the visible result.
    fn fault(&self, shown: &SubmitterView) -> Option<String> {
        let head = &self.head;
        if !head.expect.contains(&shown.ending) {
            return Some(format!("{:?}, and expected was {:?}", shown.ending, head.expect));
        }
        if let Some(text) = head.expected_output.iter().find(|text| !shown.output.contains(text.as_str())) {
            return Some(format!("it does not say {text:?}"));
        }
        let mut never = head.forbidden_output.iter().map(String::as_str).chain([BROKEN]);
        if let Some(text) = never.find(|text| shown.output.contains(text)) {
            return Some(format!("it says {text:?}"));
        }
        let brought = head
            .expected_artifacts
            .as_ref()
            .filter(|names| **names != [ANYTHING] && **names != shown.artifacts);
        brought.map(|names| format!("it brings out {:?}, and expected was {names:?}", shown.artifacts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Ending;

    const HEAD: &str = "# attack: x\n# expect: exited 0\n# says: on\n# never says: off\n# brings: a";

    fn attack() -> Attack {
        let head = Head::read(HEAD, "#").expect("a head");
        Attack { name: "one".to_owned(), language: "python", head, code: HEAD.to_owned() }
    }

    #[track_caller]
    fn check(said: &str, ending: Ending, brought: &[&str], fault: Option<&str>) {
        let brought = brought.iter().map(|name| (*name).to_owned()).collect();
        let shown =
            SubmitterView { ending, output: said.to_owned(), artifacts: brought, debug_text: String::new() };
        let found = attack().fault(&shown);
        match fault {
            Some(part) => assert!(found.as_ref().is_some_and(|text| text.contains(part)), "{found:?}"),
            None => assert_eq!(found, None),
        }
    }

    #[test]
    fn an_attack_that_ends_otherwise_than_its_head_says_is_a_fault() {
        check("on", Ending::Exited(0), &["a"], None);
        check("on", Ending::Exited(1), &["a"], Some("Exited(1)"));
        check("", Ending::Exited(0), &["a"], Some("does not say"));
        check("on, off", Ending::Exited(0), &["a"], Some("it says \"off\""));
        check("on\nBROKEN: x", Ending::Exited(0), &["a"], Some("BROKEN"));
        check("on", Ending::Exited(0), &["a", "b"], Some("brings out"));
        check("on", Ending::Exited(0), &[], Some("brings out"));
    }

    #[test]
    fn every_family_has_attacks() {
        let families = families();
        assert!(families.len() > 6, "{families:?}");
        assert!(families.iter().all(|family| !all_in(family).is_empty()));
    }
}
