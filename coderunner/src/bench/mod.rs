//! `coderunner bench`: in the making.

use std::process::ExitCode;

use crate::cli::BenchArgs;

pub fn command(_args: BenchArgs) -> anyhow::Result<ExitCode> {
    Ok(ExitCode::SUCCESS)
}
