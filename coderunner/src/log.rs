//! Log: lines of text or JSON objects on standard error; standard output belongs to the command.
//!
//! All that is logged has this form, whichever process it comes from: launchers send their messages to the process that started them.

use std::io::IsTerminal;

use anyhow::Context;
use tracing_subscriber::EnvFilter;

use crate::config::{LogConfig, LogFormat};

/// Log level of a command other than the server; its output has the details.
const OF_COMMANDS: &str = "error,sandbox::complaints=warn";

/// Begins the log of a server.
pub(crate) fn init(config: &LogConfig) -> anyhow::Result<()> {
    begin(config.format, &config.filter)?;
    // A panic is logged like everything else, once.
    std::panic::set_hook(Box::new(|panic| tracing::error!(%panic, "panicked")));
    Ok(())
}

/// Begins the log of another command.
pub(crate) fn init_for_command(config: &LogConfig) -> anyhow::Result<()> {
    begin(config.format, OF_COMMANDS)
}

fn begin(format: LogFormat, filter: &str) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(filter).context("log.filter is not a filter")?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(has_colours());
    match format {
        LogFormat::Text => log.with_target(false).init(),
        LogFormat::Json => log.json().flatten_event(true).init(),
    }
    Ok(())
}

/// Whether stderr shows colours: at a terminal, unless `NO_COLOR` is set.
fn has_colours() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}
