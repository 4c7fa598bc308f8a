//! `coderunner doctor`: in the making.

use std::process::ExitCode;

use crate::cli::DoctorArgs;

pub fn command(_args: &DoctorArgs) -> anyhow::Result<ExitCode> {
    Ok(ExitCode::SUCCESS)
}
