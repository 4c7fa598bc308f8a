//! Shell completions and manual pages.

use std::{fs, process::ExitCode};

use anyhow::Context as _;
use clap::CommandFactory as _;
use clap_complete::{Shell, generate};
use clap_mangen::Man;

use crate::{
    cli::{self, Cli, CompletionsArgs, ManArgs},
    show,
};

/// `coderunner completions`
pub(crate) fn completions(args: &CompletionsArgs) -> anyhow::Result<ExitCode> {
    let shell = match args.shell {
        cli::Shell::Bash => Shell::Bash,
        cli::Shell::Zsh => Shell::Zsh,
        cli::Shell::Fish => Shell::Fish,
    };
    // The generator panics where it cannot write, so it writes to memory.
    let mut script = Vec::new();
    generate(shell, &mut Cli::command(), "coderunner", &mut script);
    show::print(&String::from_utf8(script)?)?;
    Ok(ExitCode::SUCCESS)
}

/// `coderunner man`
pub(crate) fn man(args: &ManArgs) -> anyhow::Result<ExitCode> {
    if let Some(folder) = &args.folder {
        fs::create_dir_all(folder)
            .and_then(|()| clap_mangen::generate_to(Cli::command(), folder))
            .with_context(|| format!("the manual pages cannot be written to {}", folder.display()))?;
    } else {
        let mut page = Vec::new();
        Man::new(Cli::command()).render(&mut page)?;
        show::print(&String::from_utf8(page)?)?;
    }
    Ok(ExitCode::SUCCESS)
}
