//! Index of all settings: by section, by name and by former name.

use std::sync::LazyLock;

use super::{
    root::Config,
    setting::{Section as _, SectionRecord, Setting},
};

/// All sections with all their settings, in the order in which they are shown.
pub(crate) fn sections() -> &'static [SectionRecord] {
    static SECTIONS: LazyLock<Vec<SectionRecord>> = LazyLock::new(|| {
        let mut records = Vec::new();
        Config::describe("", &mut records);
        records
    });
    &SECTIONS
}

/// All settings.
pub(crate) fn all() -> impl Iterator<Item = &'static Setting> {
    sections().iter().flat_map(|section| &section.settings)
}

/// The setting of this name.
pub(crate) fn find(name: &str) -> Option<&'static Setting> {
    all().find(|setting| setting.name == name)
}

/// The name by which a source names a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spelling {
    /// The name that it has.
    Current,
    /// The name that it had before.
    Former,
}

/// The setting of this name, which may be its former one.
pub(super) fn lookup(name: &str) -> Option<(&'static Setting, Spelling)> {
    let current = || Some((find(name)?, Spelling::Current));
    let is_former = |setting: &&Setting| setting.former.as_deref() == Some(name);
    current().or_else(|| Some((all().find(is_former)?, Spelling::Former)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_is_documented_and_its_default_is_allowed() {
        for section in sections() {
            assert!(section.about.ends_with('.'), "{}: {:?}", section.name, section.about);
        }
        for setting in all() {
            assert!(setting.about.ends_with('.'), "{}: {:?}", setting.name, setting.about);
            if let Some(default) = &setting.default {
                assert!((setting.read)(default.clone()).is_ok(), "{}: {default}", setting.name);
            }
        }
    }

    #[test]
    fn names_are_those_of_the_file() {
        for name in ["listen", "worker.slots", "grading.validators.cpu_ms", "gateway.upstreams.execution"] {
            assert!(find(name).is_some(), "{name}");
        }
        assert_eq!(
            find("gateway.upstreams.execution").map(Setting::variable).as_deref(),
            Some("CODERUNNER_GATEWAY__UPSTREAMS__EXECUTION")
        );
    }

    #[test]
    fn a_former_name_is_no_current_one_and_names_one_setting() {
        let former: Vec<&str> = all().filter_map(|setting| setting.former.as_deref()).collect();
        for name in &former {
            assert!(find(name).is_none(), "{name} is the name of a setting");
            assert_eq!(former.iter().filter(|other| *other == name).count(), 1, "{name}");
        }
        let (setting, spelling) = lookup("most_waiting").expect("a former name");
        assert_eq!((setting.name.as_str(), spelling), ("max_waiting", Spelling::Former));
    }
}
