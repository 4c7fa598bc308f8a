//! Inputs held against a description in checktestdata's language. It is interpreted here, within limits, and needs no sandbox.

use std::{sync::Arc, time::Instant};

use checktestdata::{CheckError, Limits};
use package::{Package, Program};

use super::checker::Answer;
use crate::{problem::Examiner, show};

/// What packages call it.
pub(super) const LANGUAGE: &str = "checktestdata";

/// A description that has been read.
pub(super) type Description = Arc<checktestdata::Program>;

/// Reads the description, or says why there is none.
pub(super) fn read(program: &Program, package: &Package) -> Result<Description, String> {
    let is_description = |name: &str| package::language_of_file(name) == Some(LANGUAGE);
    let file = program.files.iter().find(|file| is_description(file.name()));
    let file = file.ok_or_else(|| "it has no file that ends in .ctd".to_owned())?;
    let source = package.tree.source(file).map_err(|error| error.to_string())?;
    checktestdata::Program::parse(&source)
        .map(Arc::new)
        .map_err(|error| format!("it cannot be read: {error}"))
}

/// What the description says of the input, until then.
pub(super) async fn check(
    description: &Description,
    input: Vec<u8>,
    examiner: &Examiner,
    end: Instant,
) -> Answer {
    let (description, stop) = (description.clone(), examiner.stop());
    let checking = tokio::task::spawn_blocking(move || {
        description.check(&input, &Limits::default(), &|| stop.is_cancelled() || Instant::now() >= end)
    });
    match checking.await {
        Ok(Ok(())) => Answer::Valid,
        Ok(Err(CheckError::Stopped)) => Answer::OutOfTime,
        Ok(Err(error)) => Answer::Rejected(show::line(&error.to_string())),
        Err(_) => Answer::Rejected("checking it broke off".to_owned()),
    }
}
