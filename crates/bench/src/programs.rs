//! Sample programs with their expected output.

use anyhow::Context;
use languages::{Command, Language, Registry};
use model::{Bytes, Limits, SourceFile};

use super::measurement::Program;

/// A program of a bench, the same for all ways of running it.
#[derive(Debug, Clone)]
pub(super) struct Sample {
    pub(super) program: Program,
    /// Language id; empty for `/bin/true`, which is no submission.
    pub(super) language: String,
    pub(super) file: SourceFile,
    /// Commands, run one after another in the folder with the file.
    pub(super) steps: Vec<Command>,
    pub(super) stdout: String,
    /// Comment prefix of the language.
    pub(super) comment: &'static str,
}

impl Sample {
    /// The language whose runtime can be prestarted.
    pub(super) fn prestart_language(&self) -> Option<&str> {
        (self.program == Program::Python).then_some(self.language.as_str())
    }

    /// Maximum memory of its commands.
    pub(super) fn memory(&self) -> Bytes {
        let steps = self.steps.iter().filter_map(|step| step.limits).map(|limits| limits.memory);
        steps.fold(Limits::STUDENT.memory, Bytes::max)
    }

    /// `/bin/true`, with a file beside it as every submission has one.
    pub(super) fn of_true() -> Self {
        Self {
            program: Program::True,
            language: String::new(),
            file: SourceFile { name: "main".into(), content: String::new().into() },
            steps: vec![command(vec!["/bin/true".into()])],
            stdout: String::new(),
            comment: "#",
        }
    }

    /// The hello world of the language file, run by its command lines.
    pub(super) fn python(languages: &Registry) -> anyhow::Result<Self> {
        Self::hello(Program::Python, available(languages, "python")?, "#")
    }

    /// The same in C: the compiler, then the program.
    pub(super) fn c(languages: &Registry) -> anyhow::Result<Self> {
        Self::hello(Program::C, available(languages, "c")?, "//")
    }

    /// Python with a minimal start.
    pub(super) fn python_isolated(languages: &Registry) -> anyhow::Result<Self> {
        let mut sample = Self::python(languages)?;
        sample.program = Program::PythonIsolated;
        sample.file.content = "print(1)\n".to_owned().into();
        "1\n".clone_into(&mut sample.stdout);
        for step in &mut sample.steps {
            step.argv.splice(1..1, ["-I".to_owned(), "-S".to_owned()]);
        }
        Ok(sample)
    }

    fn hello(program: Program, language: &Language, comment: &'static str) -> anyhow::Result<Self> {
        let hello = &language.hello;
        let file = SourceFile { name: language.main_file.clone(), content: hello.code.clone().into() };
        let files = std::slice::from_ref(&file);
        let run = language.run(files, &[], language.limits(Limits::STUDENT).memory);
        let steps = language.compile(files).into_iter().chain([run]).collect();
        anyhow::ensure!(hello.stdin.is_empty(), "{}'s hello world reads input", language.name);
        let (language, stdout) = (language.id.to_string(), hello.stdout.clone());
        Ok(Self { program: program, language, file, steps, stdout, comment })
    }
}

fn available<'a>(languages: &'a Registry, id: &str) -> anyhow::Result<&'a Language> {
    let language = languages.find(id).with_context(|| format!("there is no language {id}"))?;
    language
        .toolchain()
        .with_context(|| format!("{} cannot be run here; `coderunner doctor` says why", language.name))?;
    Ok(language)
}

fn command(argv: Vec<String>) -> Command {
    let env = languages::ENVIRONMENT.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    Command { argv, env, limits: None }
}
