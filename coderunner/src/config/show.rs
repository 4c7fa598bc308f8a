//! Printed settings: the effective ones, as a configuration file, and the guide to all of them.

use std::fmt::Write as _;

use toml::Value;

use super::{
    index,
    load::{EffectiveSetting, LoadedConfig},
    options::option_of,
    setting::Setting,
};

/// The settings with their values, each with its source behind it: a configuration file itself, except for secrets.
pub(crate) fn in_force(loaded: &LoadedConfig) -> String {
    let mut text = String::from(
        "# Every setting in force, and where its value comes from. docs/guides/configuration.md explains them.\n",
    );
    for section in index::sections() {
        let own = loaded
            .settings
            .iter()
            .filter(|one| section.settings.iter().any(|own| own.name == one.setting.name));
        let lines: Vec<(String, String)> = own.flat_map(lines).collect();
        let width = lines.iter().map(|(line, _)| line.chars().count()).max().unwrap_or(0).min(48);
        text.push('\n');
        if !section.name.is_empty() {
            let _infallible = writeln!(text, "[{}]", section.name);
        }
        for (line, source) in lines {
            let _infallible = writeln!(text, "{line:width$}  # {source}");
        }
    }
    text
}

/// Its line and the comment after it; a line for each entry of a table of tables.
fn lines(one: &EffectiveSetting) -> Vec<(String, String)> {
    let key = one.setting.name.rsplit('.').next().unwrap_or_default();
    let source = one.source.to_string();
    match &one.value {
        None => vec![(format!("# {key} is not set"), source)],
        Some(Value::Table(entries)) if entries.values().any(Value::is_table) => {
            entries.iter().map(|(name, value)| (format!("{key}.{name} = {value}"), source.clone())).collect()
        }
        Some(value) => vec![(format!("{key} = {value}"), source)],
    }
}

/// The command that writes the guide anew.
const UPDATE: &str = "coderunner config --guide >docs/guides/configuration.md";

/// The guide to all settings, as Markdown.
pub(crate) fn guide() -> String {
    let mut text = format!(
        "<!-- Made of coderunner/src/config by `{UPDATE}`; change it there. -->\n\n\
         # Configuration\n\n{}",
        include_str!("guide.md")
    );
    for section in index::sections() {
        let heading =
            if section.name.is_empty() { "At the top".to_owned() } else { format!("`[{}]`", section.name) };
        let _infallible = write!(text, "\n## {heading}\n\n{}\n", section.about);
        for setting in &section.settings {
            text.push_str(&entry(setting));
        }
    }
    text
}

/// The guide's entry for a setting.
fn entry(setting: &Setting) -> String {
    let Setting { name, former, about, takes, default, .. } = setting;
    let default = match default {
        Some(Value::Table(entries)) if entries.values().any(Value::is_table) => {
            let lines = entries.iter().map(|(plan, value)| format!("  `{plan} = {value}`"));
            format!("default:\n\n{}", lines.collect::<Vec<_>>().join("  \n"))
        }
        Some(default) => format!("default `{default}`"),
        None => "not set by default".to_owned(),
    };
    let option = option_of(name).map(|option| format!(", option `--{option}`")).unwrap_or_default();
    let former = former.as_deref().map(|former| format!("; formerly `{former}`")).unwrap_or_default();
    let variable = setting.variable();
    format!("\n- **`{name}`**: {takes}; variable `{variable}`{option}; {default}{former}  \n  {about}\n")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::{Config, load, sources};

    fn print_config(text: &str) -> String {
        in_force(&load::merge([sources::of_file(Path::new("c.toml"), text)]).expect("sound"))
    }

    #[test]
    fn what_config_prints_is_a_configuration_file_with_every_setting() {
        let text = print_config("");
        assert_eq!(Config::of_text(&text), Ok(Config::default()), "{text}");
        for setting in index::all() {
            let key = setting.name.rsplit('.').next().expect("a name");
            assert!(
                text.contains(&format!("\n{key}")) || text.contains(&format!("\n# {key} ")),
                "{key}: {text}"
            );
        }
    }

    #[test]
    fn each_value_is_shown_with_its_source_and_secrets_are_not() {
        let text = print_config("\n[worker]\nslots = 3\n[traffic]\nurl = \"redis://:hunter2@host\"");
        let line =
            |start: &str| text.lines().find(|line| line.starts_with(start)).expect("a line").to_owned();
        let [slots, canary] = ["slots", "canary_seconds"].map(line);
        assert!(slots.starts_with("slots = 3  ") && slots.ends_with("  # c.toml, line 3"), "{slots}");
        assert!(canary.ends_with("  # default"), "{canary}");
        assert_eq!(line("url = ").split("  ").next(), Some("url = \"redis://:hidden@host\""));
        assert!(!text.contains("hunter2"), "{text}");
    }

    #[test]
    fn the_guide_to_the_configuration_is_up_to_date() {
        let committed = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/guides/configuration.md"));
        assert!(
            committed == guide(),
            "docs/guides/configuration.md is not what the settings are; write it anew: cargo run -p coderunner -- config --guide \
             >docs/guides/configuration.md"
        );
    }
}
