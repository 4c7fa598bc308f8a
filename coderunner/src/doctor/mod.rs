//! `coderunner doctor`: what this machine offers, what is weaker for lack of something, and what to do about it.
//!
//! Looking ([`facts`]) is apart from judging ([`judge`], pure), and both from showing ([`show`]).

mod facts;
mod findings;
mod judge;
mod show;

use std::process::ExitCode;

use crate::{cli::DoctorArgs, config::Config};

pub(crate) fn command(args: &DoctorArgs) -> anyhow::Result<ExitCode> {
    let config = Config::load(&args.config)?;
    crate::log::init_for_command(&config.log)?;
    let findings = judge::judge(&facts::look(&config)?);
    if args.json {
        crate::show::print(&(serde_json::to_string_pretty(&findings)? + "\n"))?;
    } else {
        crate::show::print(&show::text(&findings))?;
    }
    Ok(match findings.verdict {
        findings::Verdict::CannotRun => ExitCode::FAILURE,
        findings::Verdict::AllHere | findings::Verdict::Weaker => ExitCode::SUCCESS,
    })
}
