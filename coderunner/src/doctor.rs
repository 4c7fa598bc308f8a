//! `coderunner doctor`: the diagnosis of this machine, printed as text or JSON.

mod print;

use std::process::ExitCode;

use host::diagnosis::{Facts, HostReadiness, evaluate};

use crate::{cli::DoctorArgs, config::Config};

pub(crate) fn command(args: &DoctorArgs) -> anyhow::Result<ExitCode> {
    let config = Config::load(&args.config)?;
    crate::log::init_for_command(&config.log)?;
    let report = evaluate(&Facts::collect(&config.host())?);
    if args.json {
        crate::show::print(&(serde_json::to_string_pretty(&report)? + "\n"))?;
    } else {
        crate::show::print(&print::text(&report))?;
    }
    Ok(match report.verdict {
        HostReadiness::CannotRun => ExitCode::FAILURE,
        HostReadiness::AllHere | HostReadiness::Weaker => ExitCode::SUCCESS,
    })
}
