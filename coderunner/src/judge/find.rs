//! Submission lookup: a file, a folder, or a submission of the package.

use std::path::Path;

use anyhow::{Context, bail};
use languages::Registry;
use package::schedule::RunPurpose;
use verifier::{Candidate, LoadedPackage, available_language};

use crate::{
    cli::JudgeArgs,
    sources::{detect_language, read},
};

/// The submission that the command line names.
pub(super) fn candidate(
    args: &JudgeArgs,
    loaded: &LoadedPackage,
    languages: &Registry,
) -> anyhow::Result<Candidate> {
    let path = &args.submission;
    let named = path.to_string_lossy();
    if path.exists() {
        return of_files(args, path, loaded, languages);
    }
    let inside = named.trim_start_matches("submissions/").trim_end_matches('/');
    let own = loaded.package.submissions.iter().find(|one| one.path == inside);
    let Some(own) = own else {
        let names: Vec<_> = loaded.package.submissions.iter().map(|one| one.path.as_str()).collect();
        bail!(
            "there is no file {named}, and no such submission in the package, which has: {}",
            names.join(", ")
        );
    };
    let mut own = own.clone();
    if args.language.is_some() {
        own.language.clone_from(&args.language);
    }
    Ok(Candidate::of(&loaded.package, &own, languages, RunPurpose::Report))
}

fn of_files(
    args: &JudgeArgs,
    path: &Path,
    loaded: &LoadedPackage,
    languages: &Registry,
) -> anyhow::Result<Candidate> {
    let files = read(path)?;
    if loaded.package.kind.submit_answer {
        return Ok(Candidate::of_answers(path.display().to_string(), files, languages));
    }
    let said = args.language.clone().or_else(|| detect_language(&files, languages));
    let language = available_language(said.as_deref(), languages)
        .with_context(|| format!("{} cannot be judged", path.display()))?;
    Ok(Candidate::of_files(path.display().to_string(), language, files))
}
