//! The submission that is meant: a file, a folder, or one that the package brings.

use std::path::Path;

use anyhow::{Context, bail};
use languages::Registry;

use crate::{
    cli::JudgeArgs,
    problem::{Contestant, Entry, Subject, find_language, of_answers},
    sources::{language_of, read},
};

/// The submission that the command line names.
pub(super) fn contestant(
    args: &JudgeArgs,
    subject: &Subject,
    languages: &Registry,
) -> anyhow::Result<Contestant> {
    let path = &args.submission;
    let named = path.to_string_lossy();
    if path.exists() {
        return of_files(args, path, subject, languages);
    }
    let inside = named.trim_start_matches("submissions/").trim_end_matches('/');
    let own = subject.package.submissions.iter().find(|one| one.path == inside);
    let Some(own) = own else {
        let names: Vec<_> = subject.package.submissions.iter().map(|one| one.path.as_str()).collect();
        bail!(
            "there is no file {named}, and no such submission in the package, which has: {}",
            names.join(", ")
        );
    };
    let mut own = own.clone();
    if args.language.is_some() {
        own.language.clone_from(&args.language);
    }
    Ok(Contestant::of(&subject.package, &own, languages, true))
}

fn of_files(
    args: &JudgeArgs,
    path: &Path,
    subject: &Subject,
    languages: &Registry,
) -> anyhow::Result<Contestant> {
    let files = read(path)?;
    if subject.package.kind.submit_answer {
        let entry = of_answers(files, languages);
        let (name, language) = (path.display().to_string(), "answers".to_owned());
        return Ok(Contestant {
            name,
            language,
            entry,
            rules: Vec::new(),
            wanted: true,
            extent: worker::TestSelection::Deciding,
        });
    }
    let said = args.language.clone().or_else(|| language_of(&files, languages));
    let language = find_language(said.as_deref(), languages)
        .with_context(|| format!("{} cannot be judged", path.display()))?;
    Ok(Contestant {
        name: path.display().to_string(),
        language: language.id.as_str().to_owned(),
        entry: Ok(Entry::new(language, files, None)),
        rules: Vec::new(),
        wanted: true,
        extent: worker::TestSelection::Deciding,
    })
}
