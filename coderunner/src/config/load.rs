//! Configuration loading: sources are merged, each value is read and checked, then combinations are checked.

use std::{fmt, io::ErrorKind, path::Path};

use serde::Deserialize as _;
use toml::{Table, Value};

use super::{
    combination::InvalidCombination,
    index,
    options::{ConfigArgs, SettingArgs},
    root::Config,
    setting::{InvalidValue, Setting},
    sources::{self, Assignment, Source, SourceValues},
};
use crate::show;

/// An invalid configuration: one sentence for each fault.
#[derive(Debug)]
pub(crate) struct ConfigError(Vec<String>);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_slice() {
            [one] => f.write_str(one),
            all => write!(f, "the configuration is not valid:\n  {}", all.join("\n  ")),
        }
    }
}

impl std::error::Error for ConfigError {}

impl ConfigError {
    pub(super) fn single(fault: impl Into<String>) -> Self {
        Self(vec![fault.into()])
    }
}

/// A setting with its value.
#[derive(Debug)]
pub(super) struct EffectiveSetting {
    pub(super) setting: &'static Setting,
    /// As it may be shown; none where it is not set.
    pub(super) value: Option<Value>,
    pub(super) source: Source,
}

/// A configuration with the sources of its values.
#[derive(Debug)]
pub(crate) struct LoadedConfig {
    pub(crate) config: Config,
    pub(super) settings: Vec<EffectiveSetting>,
    /// A sentence for each former name that a source uses.
    pub(crate) warnings: Vec<String>,
}

impl Config {
    /// The configuration of these sources, for a command that is no server. Prints warnings on standard error.
    pub(crate) fn load(args: &ConfigArgs) -> Result<Self, ConfigError> {
        let sources = [file(args.config.as_deref())?, sources::of_environment(std::env::vars_os())];
        let LoadedConfig { config, warnings, .. } = merge(sources)?;
        for warning in warnings {
            show::warn(&warning);
        }
        Ok(config)
    }

    /// The configuration of a server. Checks the files that it names, too.
    pub(crate) fn for_serving(args: &SettingArgs) -> Result<LoadedConfig, ConfigError> {
        let loaded = merge([
            file(args.config.config.as_deref())?,
            sources::of_environment(std::env::vars_os()),
            sources::of_options(args.assigned()),
        ])?;
        match loaded.config.check_roles().and_then(|()| loaded.config.check_files()) {
            Ok(()) => Ok(loaded),
            Err(unfit) => Err(ConfigError::single(describe_invalid_combination(&unfit, &loaded.settings))),
        }
    }
}

fn file(path: Option<&Path>) -> Result<SourceValues, ConfigError> {
    let Some(path) = path else { return Ok(SourceValues::default()) };
    let text = package::regular_file::read_to_string(path).map_err(|error| {
        let path = path.display();
        ConfigError::single(match error.kind() {
            ErrorKind::NotFound => format!("there is no configuration file {path}"),
            _ => format!("the configuration file {path} cannot be read: {error}"),
        })
    })?;
    Ok(sources::of_file(path, &text))
}

/// All settings with the values of these sources, of which each later one is stronger.
pub(super) fn merge(sources: impl IntoIterator<Item = SourceValues>) -> Result<LoadedConfig, ConfigError> {
    let (mut faults, mut warnings) = (Vec::new(), Vec::new());
    let mut chosen: Vec<StrongestValue> = index::all().map(StrongestValue::default_of).collect();
    for found in sources {
        faults.extend(found.name_conflicts());
        faults.extend(found.faults);
        for new in found.assignments {
            warnings.extend(new.warning());
            if let Some(one) = chosen.iter_mut().find(|one| one.setting.name == new.setting.name) {
                one.apply(new);
            }
        }
    }
    let mut table = Table::new();
    let mut settings = Vec::new();
    for one in chosen {
        match one.read(&mut table) {
            Ok(in_force) => settings.push(in_force),
            Err(fault) => faults.push(fault),
        }
    }
    if !faults.is_empty() {
        return Err(ConfigError(faults));
    }
    let config = Config::deserialize(Value::Table(table))
        .map_err(|error| ConfigError::single(error.message().to_owned()))?;
    match config.check() {
        Ok(()) => Ok(LoadedConfig { config, settings, warnings }),
        Err(unfit) => Err(ConfigError::single(describe_invalid_combination(&unfit, &settings))),
    }
}

/// The value of a setting in the strongest source.
struct StrongestValue {
    setting: &'static Setting,
    /// `None` if no source has one.
    value: Option<Value>,
    source: Source,
}

impl StrongestValue {
    const fn default_of(setting: &'static Setting) -> Self {
        Self { setting, value: None, source: Source::Default }
    }

    /// Takes the value of a stronger source.
    fn apply(&mut self, new: Assignment) {
        self.value = Some(merge_values(self.value.take(), new.value));
        self.source = new.source;
    }

    /// Reads and checks the value, and inserts it into the table of the configuration. The error is a message.
    fn read(self, table: &mut Table) -> Result<EffectiveSetting, String> {
        let Self { setting, value, source } = self;
        let Some(value) = value else {
            return Ok(EffectiveSetting { setting, value: setting.default.clone(), source });
        };
        match (setting.read)(value.clone()) {
            Ok(shown) => {
                insert_at_path(table, &setting.name, value);
                Ok(EffectiveSetting { setting, value: Some(shown), source })
            }
            Err(reason) => Err(invalid_value_message(setting, &value, &reason, &source)),
        }
    }
}

/// The new value; the entries of two tables are merged.
fn merge_values(old: Option<Value>, new: Value) -> Value {
    match (old, new) {
        (Some(Value::Table(mut old)), Value::Table(new)) => {
            for (key, value) in new {
                let before = old.remove(&key);
                old.insert(key, merge_values(before, value));
            }
            Value::Table(old)
        }
        (_, new) => new,
    }
}

/// Inserts a value at the path of its name: `a.b` into the table `a`.
fn insert_at_path(table: &mut Table, name: &str, value: Value) {
    let Some((section, rest)) = name.split_once('.') else {
        table.insert(name.to_owned(), value);
        return;
    };
    let inner = table.entry(section).or_insert_with(|| Value::Table(Table::new()));
    if let Value::Table(inner) = inner {
        insert_at_path(inner, rest, value);
    }
}

/// The message about an invalid value: its place, and the allowed values. A value that may hold a secret is not shown.
fn invalid_value_message(setting: &Setting, value: &Value, reason: &InvalidValue, source: &Source) -> String {
    let Setting { name, takes, kind, is_secret, .. } = setting;
    let value = if *is_secret { String::new() } else { format!(", not {value}") };
    match reason {
        InvalidValue::Type(error) if kind.explains_itself() => {
            format!("{source}: {name} must be {takes}{value}: {error}")
        }
        InvalidValue::Type(_) | InvalidValue::Value => format!("{source}: {name} must be {takes}{value}"),
    }
}

/// The same for a value that does not fit to others.
fn describe_invalid_combination(unfit: &InvalidCombination, settings: &[EffectiveSetting]) -> String {
    let source = settings.iter().find(|one| one.setting.name == unfit.setting).map(|one| &one.source);
    match source {
        None | Some(Source::Default) => unfit.problem.clone(),
        Some(source) => format!("{source}: {}", unfit.problem),
    }
}

#[cfg(test)]
impl Config {
    /// The configuration that a file with this text is.
    pub(crate) fn of_text(text: &str) -> Result<Self, String> {
        let loaded =
            merge([sources::of_file(Path::new("c.toml"), text)]).map_err(|error| error.to_string())?;
        loaded
            .config
            .check_roles()
            .map_err(|unfit| describe_invalid_combination(&unfit, &loaded.settings))?;
        Ok(loaded.config)
    }

    /// The same, for a text that is one.
    pub(crate) fn parse_valid(text: &str) -> Self {
        Self::of_text(text).expect("a configuration")
    }
}

/// Checks that a file with this text is refused, with these words.
#[cfg(test)]
#[track_caller]
pub(super) fn refuse(text: &str, says: &str) {
    let error = Config::of_text(text).expect_err(text);
    assert!(error.contains(says), "{text:?} is told {error:?}, not {says:?}");
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;

    #[test]
    fn a_wrong_type_is_reported_with_its_line_and_the_expected_type() {
        for (text, says) in [
            (
                "[worker]\nslots = \"many\"",
                "c.toml, line 2: worker.slots must be a whole number from 1 to 1000, not \"many\"",
            ),
            ("worker.slots = 0", "c.toml, line 1: worker.slots must be a whole number from 1 to 1000, not 0"),
            (
                "\n\nlisten = \"8080\"",
                "c.toml, line 3: listen must be an address with a port, such as 127.0.0.1:8080, not \"8080\"",
            ),
            ("limits = false", "c.toml, line 1: limits must be on or off, not false"),
            ("languages.prepare = 1", "c.toml, line 1: languages.prepare must be true or false, not 1"),
            ("log.format = \"xml\"", "c.toml, line 1: log.format must be text or json, not \"xml\""),
            (
                "roles = [\"web\"]",
                "c.toml, line 1: roles must be a list of gateway, execution, problems and worker, not [\"web\"]: \"web\" is no role",
            ),
        ] {
            refuse(text, says);
        }
    }

    #[test]
    fn a_secret_of_the_wrong_type_is_not_shown() {
        let error = Config::of_text("broker.url = [\"redis://:hunter2@localhost\"]").expect_err("no text");
        assert_eq!(error, "c.toml, line 1: broker.url must be an address (URL)");
    }

    #[test]
    fn all_errors_are_reported_at_once() {
        let error = Config::of_text("[worker]\nslot = 1\nslots = 0").expect_err("two faults");
        assert_eq!(error.lines().count(), 3, "{error}");
    }

    #[test]
    fn later_sources_are_stronger_and_tables_are_merged() {
        let file =
            sources::of_file(Path::new("c.toml"), "[worker]\nslots = 3\n[sandbox.warm]\npython = 1\nany = 1");
        let variables = [("CODERUNNER_WORKER__SLOTS", "4"), ("CODERUNNER_SANDBOX__WARM__ANY", "2")];
        let variables =
            sources::of_environment(variables.map(|(name, value)| (OsString::from(name), value.into())));
        let loaded = merge([file, variables]).expect("sound");
        assert_eq!(loaded.config.worker.slots, 4);
        let warm = loaded.config.sandbox.warm.expect("set");
        assert_eq!((warm["python"], warm["any"]), (1, 2));
        let slots = loaded.settings.iter().find(|one| one.setting.name == "worker.slots").expect("there");
        assert_eq!(slots.source.to_string(), "environment, CODERUNNER_WORKER__SLOTS");
    }

    #[test]
    fn a_former_name_sets_the_setting_and_is_warned_of_by_its_source() {
        let file = sources::of_file(Path::new("c.toml"), "most_waiting = 111\n[session]\nmost = 3");
        let variable = (OsString::from("CODERUNNER_GRADING__MOST_SECONDS"), "7".into());
        let loaded = merge([file, sources::of_environment([variable])]).expect("sound");
        let Config { max_waiting, session, grading, .. } = loaded.config;
        assert_eq!((max_waiting, session.max, grading.max_seconds), (111, Some(3), 7));
        let ending = "; its former name is accepted for one release";
        let warnings = [
            "c.toml, line 1: most_waiting is now called max_waiting",
            "c.toml, line 3: session.most is now called session.max",
            "environment, CODERUNNER_GRADING__MOST_SECONDS: grading.most_seconds is now called grading.max_seconds",
        ];
        assert_eq!(loaded.warnings, warnings.map(|warning| format!("{warning}{ending}")));
    }

    #[test]
    fn both_names_of_a_setting_in_one_source_are_refused() {
        refuse(
            "max_waiting = 111\nmost_waiting = 111",
            "c.toml, line 2: most_waiting is the former name of max_waiting, which is set, too (c.toml, line 1): keep only max_waiting",
        );
        let variables = ["CODERUNNER_MOST_WAITING", "CODERUNNER_MAX_WAITING"];
        let variables = sources::of_environment(variables.map(|name| (OsString::from(name), "111".into())));
        let error = merge([variables]).expect_err("two names").to_string();
        assert!(
            error.starts_with("environment, CODERUNNER_MOST_WAITING: most_waiting is the former name"),
            "{error}"
        );
    }

    #[test]
    fn a_stronger_source_wins_whichever_name_it_uses() {
        let file = sources::of_file(Path::new("c.toml"), "max_waiting = 111");
        let variable = (OsString::from("CODERUNNER_MOST_WAITING"), "222".into());
        let loaded = merge([file, sources::of_environment([variable])]).expect("sound");
        assert_eq!(loaded.config.max_waiting, 222);
    }

    #[test]
    fn contradicting_settings_are_reported_with_their_line() {
        refuse(
            "\nsandbox.cpus = 2",
            "c.toml, line 2: sandbox.cpus must be at most sandbox.max_cpus, which is 1",
        );
    }
}
