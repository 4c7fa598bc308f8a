//! An attack: a program under `tests/attacks/`, run on a server, and judged by its own head.

use std::{
    fs,
    path::{Path, PathBuf},
};

use testkit::{Client, written_in};
use wire::{Problem, ResultBody, Status, SubmitBody};

use crate::{Ending, Head};

/// One program.
#[derive(Debug)]
pub struct Attack {
    /// Its path below `tests/attacks/`.
    pub name: String,
    /// How it has to end.
    pub head: Head,
    language: &'static str,
    code: String,
}

/// All attacks in this family, or in all of them but `left` when none is named, by name.
///
/// # Panics
///
/// When a file there is no attack: nothing of it would be tried.
pub fn all_in(family: Option<&str>) -> Vec<Attack> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("attacks");
    let families = match family {
        Some(family) => vec![root.join(family)],
        None => entries(&root).into_iter().filter(|folder| !folder.ends_with("left")).collect(),
    };
    let files = families.iter().flat_map(|folder| entries(folder));
    files.map(|file| Attack::load(&root, &file)).collect()
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let found = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = found.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

/// The language of a file, and how its comments begin.
fn language(file: &Path) -> (&'static str, &'static str) {
    match file.extension().and_then(|ending| ending.to_str()) {
        Some("c") => ("c", "//"),
        Some("cpp") => ("cpp", "//"),
        Some("py") => ("python", "#"),
        Some("sh") => ("bash", "#"),
        _ => panic!("{}: attacks are written in .c, .cpp, .py or .sh", file.display()),
    }
}

impl Attack {
    fn load(root: &Path, file: &Path) -> Self {
        let name = file.strip_prefix(root).expect("it is below").display().to_string();
        let code = fs::read_to_string(file).unwrap_or_else(|error| panic!("{name}: {error}"));
        let (language, marker) = language(file);
        let head = Head::read(&code, marker).unwrap_or_else(|error| panic!("{name}: {error}"));
        Self { name, head, language, code }
    }

    /// Runs it to its end, with what it is told about the server as its input.
    pub async fn run(&self, client: &Client, told: &str) -> ResultBody {
        let program = SubmitBody {
            stdin: Some(told.to_owned()),
            limits: self.head.limits,
            ..written_in(self.language, &self.code)
        };
        let answer = client.try_submit("?wait=60", &program).await.expect("an answer");
        assert!(answer.status < 300, "{}: {:?}", self.name, answer.parsed::<Problem>());
        let job: ResultBody = answer.parsed();
        match job.status {
            Status::Queued | Status::Processing => client.end_of(&job.job_id).await,
            _ => job,
        }
    }

    /// What is wrong with this result.
    pub fn judge(&self, job: &ResultBody) -> Result<(), String> {
        let shown = || format!("{}: {:.1500}", self.name, format!("{job:?}"));
        let expected = |what: String| Err(format!("expected {what}\n    {}", shown()));
        if job.status != Status::Completed || job.attempt != 1 {
            return expected("one attempt, completed".to_owned());
        }
        if ending_of(job).is_none_or(|ending| !self.head.expect.contains(&ending)) {
            return expected(format!("{:?}", self.head.expect));
        }
        let said = format!("{}{}", job.output, job.run.as_ref().map_or("", |run| &run.stdout));
        if let Some(text) = self.head.says.as_ref().filter(|text| !said.contains(text.as_str())) {
            return expected(format!("{text:?} in the output"));
        }
        if let Some(text) = self.head.never_says.as_ref().filter(|text| said.contains(text.as_str())) {
            return expected(format!("no {text:?} in the output"));
        }
        let exit = job.run.as_ref().and_then(|run| run.exit_code);
        match self.head.exit {
            Some(code) if exit != Some(code) => expected(format!("exit code {code}")),
            _ => Ok(()),
        }
    }
}

fn ending_of(job: &ResultBody) -> Option<Ending> {
    match (&job.run, &job.compile) {
        (Some(run), _) => Some(Ending::Run(run.reason)),
        (None, Some(compile)) if !compile.ok => Some(Ending::CompileError),
        (None, _) => None,
    }
}
