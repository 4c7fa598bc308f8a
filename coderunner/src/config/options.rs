//! Options of the command line that are settings. Their help comes from the records of the settings, and their values are read and
//! checked like those of every other source.

use std::{
    ffi::{OsStr, OsString},
    path::PathBuf,
};

use clap::{Arg, ArgMatches, Args, Command, Error, FromArgMatches, value_parser};

use super::{index, setting::Setting};

/// The options: name, setting, and placeholder of the value in the help.
const OPTIONS: [(&str, &str, &str); 7] = [
    ("roles", "roles", "ROLES"),
    ("listen", "listen", "ADDRESS"),
    ("admin-listen", "admin_listen", "ADDRESS"),
    ("data", "data", "FOLDER"),
    ("content", "content.folder", "FOLDER"),
    ("limits", "limits", "on|off"),
    ("slots", "worker.slots", "N"),
];

/// The option of this setting, if it has one.
pub(super) fn option_of(setting: &str) -> Option<&'static str> {
    OPTIONS.into_iter().find(|(_, name, _)| *name == setting).map(|(option, ..)| option)
}

/// The source of a command's settings; each later source wins: defaults, file, environment.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ConfigArgs {
    /// The configuration file (TOML); `coderunner config` prints one with every setting
    #[arg(long, value_name = "FILE", env = "CODERUNNER_CONFIG")]
    pub config: Option<PathBuf>,
}

/// The sources of a server's settings: those of a command, and options, which win.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct SettingArgs {
    #[command(flatten)]
    pub config: ConfigArgs,
    #[command(flatten)]
    options: SettingOptions,
}

impl SettingArgs {
    /// The options that are given: name, setting, value.
    pub(super) fn assigned(&self) -> impl Iterator<Item = (&'static str, &'static Setting, &OsStr)> {
        self.options.0.iter().map(|(option, setting, value)| (*option, *setting, value.as_os_str()))
    }
}

#[derive(Debug, Clone, Default)]
struct SettingOptions(Vec<(&'static str, &'static Setting, OsString)>);

impl Args for SettingOptions {
    fn augment_args(command: Command) -> Command {
        OPTIONS.into_iter().fold(command, |command, (option, name, value)| match index::find(name) {
            Some(setting) => command.arg(
                Arg::new(option)
                    .long(option)
                    .value_name(value)
                    .value_parser(value_parser!(OsString))
                    .help(help(setting)),
            ),
            None => command,
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for SettingOptions {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let given = OPTIONS.into_iter().filter_map(|(option, name, _)| {
            let value: &OsString = matches.get_one(option)?;
            Some((option, index::find(name)?, value.clone()))
        });
        Ok(Self(given.collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// The purpose of the setting, and its default.
fn help(setting: &Setting) -> String {
    let about = setting.description().trim_end_matches('.');
    match setting.default_in_words() {
        Some(default) => format!("{about} [default: {default}]"),
        None => about.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_option_is_a_setting() {
        for (option, name, _) in OPTIONS {
            assert!(index::find(name).is_some(), "{option}: {name}");
        }
    }
}
