//! Input descriptions in checktestdata's language: interpreted here, within limits, without a sandbox.

use std::{sync::Arc, time::Instant};

use checktestdata::{CheckError, Limits};
use model::terminal;
use package::{Package, Program};

use crate::{local_judge::LocalJudge, validity::Validity};

/// Its name in packages.
pub(crate) const LANGUAGE: &str = "checktestdata";

/// A description that has been read.
pub(crate) type Description = Arc<checktestdata::Program>;

/// Reads the description, or says why there is none.
pub(crate) fn read(program: &Program, package: &Package) -> Result<Description, String> {
    let is_description = |name: &str| package::detect_language(name) == Some(LANGUAGE);
    let file = program.files.iter().find(|file| is_description(file.name()));
    let file = file.ok_or_else(|| "it has no file that ends in .ctd".to_owned())?;
    let source = package.tree.source(file).map_err(|error| error.to_string())?;
    checktestdata::Program::parse(&source)
        .map(Arc::new)
        .map_err(|error| format!("it cannot be read: {error}"))
}

/// Checks the input against the description, until `end`.
pub(crate) async fn check(
    description: &Description,
    input: Vec<u8>,
    local_judge: &LocalJudge,
    end: Instant,
) -> Validity {
    let (description, stop) = (description.clone(), local_judge.stop());
    let checking = tokio::task::spawn_blocking(move || {
        description.check(&input, &Limits::default(), &|| stop.is_cancelled() || Instant::now() >= end)
    });
    match checking.await {
        Ok(Ok(())) => Validity::Valid,
        Ok(Err(CheckError::Stopped)) => Validity::OutOfTime,
        Ok(Err(error)) => Validity::Rejected(terminal::line(&error.to_string())),
        Err(_) => Validity::Rejected("checking it broke off".to_owned()),
    }
}
