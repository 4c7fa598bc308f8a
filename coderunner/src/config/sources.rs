//! Configuration sources: the file, the environment, options. Each yields values with their places.

use std::{
    ffi::{OsStr, OsString},
    fmt,
    path::{Path, PathBuf},
};

use toml::{
    Table, Value,
    de::{DeTable, DeValue},
};

use super::{
    index::{self, Spelling},
    kind::Kind,
    setting::{self, PREFIX, Setting},
};

/// The variable that names the file. It is not a setting.
const FILE_VARIABLE: &str = "CODERUNNER_CONFIG";

/// Source of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// Not set.
    Default,
    /// A line of the configuration file.
    File(PathBuf, usize),
    /// A variable of the environment.
    Variable(String),
    /// An option of the command line.
    Option(&'static str),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path, line) => write!(f, "{}, line {line}", path.display()),
            Self::Variable(name) => write!(f, "environment, {name}"),
            Self::Option(name) => write!(f, "option --{name}"),
        }
    }
}

/// A value that a source assigns to a setting.
#[derive(Debug, Clone)]
pub(super) struct Assignment {
    pub(super) setting: &'static Setting,
    pub(super) spelling: Spelling,
    pub(super) value: Value,
    pub(super) source: Source,
}

impl Assignment {
    /// The warning about a former name.
    pub(super) fn warning(&self) -> Option<String> {
        let former = self.former_name()?;
        let Self { setting, source, .. } = self;
        Some(format!(
            "{source}: {former} is now called {}; its former name is accepted for one release",
            setting.name
        ))
    }

    /// The former name, if that is the one used.
    fn former_name(&self) -> Option<&'static str> {
        match self.spelling {
            Spelling::Current => None,
            Spelling::Former => self.setting.former.as_deref(),
        }
    }
}

/// The contents of one source: values, and a sentence about each fault.
#[derive(Debug, Default)]
pub(super) struct SourceValues {
    pub(super) assignments: Vec<Assignment>,
    pub(super) faults: Vec<String>,
}

impl SourceValues {
    /// A sentence for each setting that has both its names here.
    pub(super) fn name_conflicts(&self) -> Vec<String> {
        let conflict = |former: &Assignment| {
            let name = former.former_name()?;
            let is_current = |other: &&Assignment| {
                other.spelling == Spelling::Current && other.setting.name == former.setting.name
            };
            let current = self.assignments.iter().find(is_current)?;
            let (source, setting, other) = (&former.source, &former.setting.name, &current.source);
            Some(format!(
                "{source}: {name} is the former name of {setting}, which is set, too ({other}): keep only {setting}"
            ))
        };
        self.assignments.iter().filter_map(conflict).collect()
    }
}

/// The values of this file. Lines are counted from one.
pub(super) fn of_file(path: &Path, text: &str) -> SourceValues {
    let mut reader = FileReader { path, text, values: SourceValues::default() };
    match (DeTable::parse(text), text.parse::<Table>()) {
        (Ok(places), Ok(values)) => reader.read(places.get_ref(), values, ""),
        (Err(error), _) | (_, Err(error)) => {
            let line = error.span().map_or(1, |span| line_at(text, span.start));
            let summary = error.message().lines().next().unwrap_or_default();
            reader.values.faults.push(format!("{}, line {line}: {summary}", path.display()));
        }
    }
    reader.values
}

struct FileReader<'a> {
    path: &'a Path,
    text: &'a str,
    values: SourceValues,
}

impl FileReader<'_> {
    /// Reads the table of this section, given twice: with the positions of its keys in the file, and with its values.
    fn read(&mut self, places: &DeTable<'_>, mut values: Table, section: &str) {
        for (key, place) in places {
            let Some(value) = values.remove(key.get_ref().as_ref()) else { continue };
            let name = setting::qualified_name(section, key.get_ref());
            let source = Source::File(self.path.to_owned(), line_at(self.text, key.span().start));
            if let Some((setting, spelling)) = index::lookup(&name) {
                let value = setting.kind.normalize(value);
                self.values.assignments.push(Assignment { setting, spelling, value, source });
            } else if !is_section(&name) {
                self.values.faults.push(format!("{source}: {}", unknown_setting(&name)));
            } else if let (DeValue::Table(places), Value::Table(values)) = (place.get_ref(), value) {
                self.read(places, values, &name);
            } else {
                self.values
                    .faults
                    .push(format!("{source}: {name} is a section; write [{name}], and its settings below"));
            }
        }
    }
}

fn is_section(name: &str) -> bool {
    index::sections().iter().any(|section| section.name == name)
}

/// The number of the line that this byte is in.
fn line_at(text: &str, byte: usize) -> usize {
    1 + text.bytes().take(byte).filter(|byte| *byte == b'\n').count()
}

/// The values of the variables whose names begin with `CODERUNNER_`.
pub(super) fn of_environment(variables: impl IntoIterator<Item = (OsString, OsString)>) -> SourceValues {
    let mut values = SourceValues::default();
    for (name, value) in variables {
        let Some(name) = name.to_str().filter(|name| is_setting(name)) else { continue };
        let source = Source::Variable(name.to_owned());
        let Some((setting, spelling, inner)) = by_variable(name) else {
            values.faults.push(format!("{source}: {}", unknown_variable(name)));
            continue;
        };
        match (value.to_str(), inner.as_slice()) {
            (None, _) => values.faults.push(format!("{source}: the value is not text in UTF-8")),
            (Some(text), []) => values.assignments.push(Assignment {
                setting,
                spelling,
                value: setting.kind.read(text),
                source,
            }),
            (Some(text), inner) => {
                let value = inner.iter().rfold(Kind::Number.read(text), |value, key| {
                    Value::Table(Table::from_iter([(key.clone(), value)]))
                });
                values.assignments.push(Assignment { setting, spelling, value, source });
            }
        }
    }
    // Sorted, independent of the order of the environment.
    values.assignments.sort_by_cached_key(|one| one.source.to_string());
    values.faults.sort();
    values
}

/// Whether a variable is meant as a setting. Kubernetes sets some of its own for a service that is called `coderunner`.
fn is_setting(name: &str) -> bool {
    let Some(rest) = name.strip_prefix(PREFIX) else { return false };
    let is_kubernetes = ["SERVICE_HOST", "SERVICE_PORT", "PORT"].iter().any(|own| rest.starts_with(own));
    name != FILE_VARIABLE && !is_kubernetes
}

/// The setting of a variable; where that is a table, perhaps with the keys in it that the variable is about.
fn by_variable(name: &str) -> Option<(&'static Setting, Spelling, Vec<String>)> {
    if let Some(setting) = index::all().find(|setting| setting.variable() == name) {
        return Some((setting, Spelling::Current, Vec::new()));
    }
    if let Some(setting) = index::all().find(|setting| setting.former_variable().as_deref() == Some(name)) {
        return Some((setting, Spelling::Former, Vec::new()));
    }
    let inner = |setting: &'static Setting| {
        let rest = name.strip_prefix(&setting.variable())?.strip_prefix("__")?;
        let keys = rest.to_lowercase().split("__").map(ToOwned::to_owned).collect();
        Some((setting, Spelling::Current, keys))
    };
    index::all().filter(|setting| setting.kind == Kind::Table).find_map(inner)
}

/// The values of these options: each with its name, its setting and its value.
pub(super) fn of_options<'a>(
    options: impl IntoIterator<Item = (&'static str, &'static Setting, &'a OsStr)>,
) -> SourceValues {
    let mut values = SourceValues::default();
    for (name, setting, value) in options {
        let source = Source::Option(name);
        match value.to_str() {
            Some(text) => values.assignments.push(Assignment {
                setting,
                spelling: Spelling::Current,
                value: setting.kind.read(text),
                source,
            }),
            None => values.faults.push(format!("{source}: the value is not text in UTF-8")),
        }
    }
    values
}

fn unknown_setting(name: &str) -> String {
    let names = index::all().map(|setting| setting.name.clone());
    let sections = index::sections().iter().map(|section| section.name.clone());
    unknown_setting_message(&format!("there is no setting {name}"), nearest(name, ".", names.chain(sections)))
}

fn unknown_variable(name: &str) -> String {
    let nearest = nearest(name, "__", index::all().map(Setting::variable));
    unknown_setting_message("there is no such setting", nearest)
}

fn unknown_setting_message(problem: &str, nearest: Option<String>) -> String {
    match nearest {
        Some(near) => format!("{problem}; did you mean {near}?"),
        None => format!("{problem}; `coderunner config` prints all settings"),
    }
}

/// The probably intended name: one with a minimal difference, else the only one with the same last part, else one with a small
/// difference.
fn nearest(name: &str, separator: &str, known: impl Iterator<Item = String>) -> Option<String> {
    let known: Vec<String> = known.filter(|known| !known.is_empty()).collect();
    let own = |name: &str| name.trim_start_matches(PREFIX).to_owned();
    let last = |name: &str| own(name).rsplit(separator).next().map(ToOwned::to_owned);
    // Of two that are as close, the one that begins as it does.
    let alike = |known: &str| strsim::jaro_winkler(name, known);
    let measured = known.iter().map(|known| (strsim::osa_distance(name, known), known));
    let closest = measured.min_by(|a, b| a.0.cmp(&b.0).then_with(|| alike(b.1).total_cmp(&alike(a.1))));
    let within = |most: usize| closest.filter(|(distance, _)| *distance <= most).map(|(_, known)| known);
    let mut elsewhere = known.iter().filter(|known| last(known) == last(name));
    let only = elsewhere.next().filter(|_| elsewhere.next().is_none());
    within(2).or(only).or_else(|| within(own(name).len() / 4)).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> Vec<String> {
        of_file(Path::new("c.toml"), text).faults
    }

    #[test]
    fn an_unknown_key_is_reported_with_its_line_and_the_nearest_one() {
        for (text, fault) in [
            (
                "\n[worker]\nslot = 3",
                "c.toml, line 3: there is no setting worker.slot; did you mean worker.slots?",
            ),
            ("slots = 3", "c.toml, line 1: there is no setting slots; did you mean worker.slots?"),
            ("[wroker]\nslots = 3", "c.toml, line 1: there is no setting wroker; did you mean worker?"),
            ("worker = 3", "c.toml, line 1: worker is a section; write [worker], and its settings below"),
            ("a.b = 1", "c.toml, line 1: there is no setting a; `coderunner config` prints all settings"),
        ] {
            assert_eq!(faults(text), [fault], "{text}");
        }
        assert!(faults("listen = [").iter().all(|fault| fault.starts_with("c.toml, line 1: ")));
        assert!(faults("[worker]\nslots = 1\nslots = 2")[0].starts_with("c.toml, line 3: "));
    }

    fn variable(name: &str, value: &str) -> SourceValues {
        of_environment([(name.into(), value.into())])
    }

    #[test]
    fn an_unknown_variable_is_reported_with_the_nearest_one() {
        for (name, near) in [
            ("CODERUNNER_WORKER_SLOTS", "CODERUNNER_WORKER__SLOTS"),
            ("CODERUNNER_SLOTS", "CODERUNNER_WORKER__SLOTS"),
            ("CODERUNNER_WORKER__SLOT", "CODERUNNER_WORKER__SLOTS"),
            ("CODERUNNER_LISTN", "CODERUNNER_LISTEN"),
        ] {
            let values = variable(name, "3");
            let expected = format!("environment, {name}: there is no such setting; did you mean {near}?");
            assert_eq!(values.faults, [expected]);
        }
        let others = [
            ("CODERUNNER_CONFIG", "a"),
            ("PATH", "/bin"),
            ("Coderunner_X", "1"),
            ("CODERUNNER_SERVICE_HOST", "10.0.0.1"),
            ("CODERUNNER_PORT_8080_TCP", "tcp://10.0.0.1:8080"),
        ];
        for (name, value) in others {
            let values = variable(name, value);
            assert!(values.faults.is_empty() && values.assignments.is_empty(), "{name}");
        }
    }

    #[test]
    fn lists_and_tables_come_out_of_variables() {
        for (name, value, read) in [
            ("CODERUNNER_CORS_ORIGINS", "http://a, http://b", "[\"http://a\", \"http://b\"]"),
            ("CODERUNNER_TRAFFIC__EXEMPT", "", "[]"),
            ("CODERUNNER_SANDBOX__WARM", "{ python = 3 }", "{ python = 3 }"),
            ("CODERUNNER_SANDBOX__WARM__PYTHON", "3", "{ python = 3 }"),
            ("CODERUNNER_PLANS__ANONYMOUS__READS", "5/min", "{ anonymous = { reads = \"5/min\" } }"),
        ] {
            let source = variable(name, value);
            let values: Vec<String> = source.assignments.iter().map(|one| one.value.to_string()).collect();
            assert_eq!(
                (values.as_slice(), source.faults),
                ([read.to_owned()].as_slice(), Vec::new()),
                "{name}"
            );
        }
    }

    #[test]
    fn a_value_that_is_no_text_is_refused_by_its_variable() {
        use std::os::unix::ffi::OsStringExt as _;
        let values = of_environment([("CODERUNNER_DATA".into(), OsString::from_vec(vec![0xff]))]);
        assert_eq!(values.faults, ["environment, CODERUNNER_DATA: the value is not text in UTF-8"]);
    }
}
