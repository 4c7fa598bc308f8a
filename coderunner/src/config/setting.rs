//! Setting records: name, type, default, check and documentation of each setting in one place, the macro `settings!`.
//!
//! From these records, of which [`index`](super::index) has all, files, the environment and options are read, values are
//! checked, `coderunner config` is printed, and `docs/guides/configuration.md` is written. To add a setting is to add one line of documentation and one of the form
//! `name: Type = default, allowed values;` to its section. A renamed setting keeps its old name for one release, as an attribute:
//! `#[former = "old_name"]`.

use serde::{Serialize, de::DeserializeOwned};
use toml::Value;

use super::{
    allowed::AllowedValues,
    kind::{Kind, SettingType},
};

/// One setting.
#[derive(Debug)]
pub(crate) struct Setting {
    /// Its name with that of its section: `worker.slots`.
    pub(super) name: String,
    /// Its name before it was renamed, which sources may still use for one release, with a warning.
    pub(super) former: Option<String>,
    /// What it is for, in one or a few sentences.
    pub(super) about: String,
    /// What is allowed, as it is said after "must be": `a whole number from 1 to 1000`.
    pub(super) takes: String,
    /// The form of its text, in the environment and in options.
    pub(super) kind: Kind,
    /// Whether it may have a secret in it, which is never shown.
    pub(super) is_secret: bool,
    /// Its value if no source sets it; `None` if it is then calculated.
    pub(super) default: Option<Value>,
    /// Reads and checks a value, and returns it without secrets, so that it can be printed.
    pub(super) read: fn(Value) -> Result<Value, InvalidValue>,
}

/// Why a value is refused.
#[derive(Debug)]
pub(super) enum InvalidValue {
    /// It is not of the setting's type.
    Type(String),
    /// It is, but it is not one of the allowed values.
    Value,
}

/// Settings that belong together: a table of the file.
#[derive(Debug)]
pub(crate) struct SectionRecord {
    /// Its name, such as `grading.validators`; empty for what stands at the top.
    pub(super) name: String,
    /// What it is about.
    pub(super) about: String,
    /// Its own settings, without those of sections in it.
    pub(super) settings: Vec<Setting>,
}

/// What `settings!` makes: a struct whose fields are settings.
pub(super) trait Section {
    /// Adds the records of the section that has this name, and of those in it.
    fn describe(name: &str, records: &mut Vec<SectionRecord>);
}

impl Setting {
    /// What it is for.
    pub(crate) fn about(&self) -> &str {
        &self.about
    }

    /// Its default as it is typed on a command line; none where it is worked out.
    pub(crate) fn default_in_words(&self) -> Option<String> {
        self.default.as_ref().map(|default| match default {
            Value::String(text) => text.clone(),
            Value::Array(parts) => parts.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(","),
            other => other.to_string(),
        })
    }

    /// The name of its variable: `CODERUNNER_WORKER__SLOTS`.
    pub(crate) fn variable(&self) -> String {
        variable_of(&self.name)
    }

    /// The name of its variable before it was renamed.
    pub(super) fn former_variable(&self) -> Option<String> {
        self.former.as_deref().map(variable_of)
    }
}

fn variable_of(name: &str) -> String {
    format!("{PREFIX}{}", name.to_uppercase().replace('.', "__"))
}

/// What the names of all variables begin with.
pub(super) const PREFIX: &str = "CODERUNNER_";

/// The name of something in a section.
pub(super) fn within(section: &str, name: &str) -> String {
    if section.is_empty() { name.to_owned() } else { format!("{section}.{name}") }
}

/// The former name of a setting in a section, of a list with one or none.
pub(super) fn former_name(section: &str, names: &[&str]) -> Option<String> {
    names.first().map(|name| within(section, name))
}

/// The lines of a documentation comment, as one line.
pub(super) fn one_line(lines: &[&str]) -> String {
    lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ").trim().to_owned()
}

/// What a setting of this type takes.
pub(super) fn takes<T: SettingType>(allowed: &impl AllowedValues<T>) -> String {
    T::words() + &allowed.words()
}

/// Reads a value as a type, and checks that it is allowed.
pub(super) fn read<T: Serialize + DeserializeOwned>(
    value: Value,
    allowed: &impl AllowedValues<T>,
) -> Result<Value, InvalidValue> {
    let value: T = value.try_into().map_err(|error: toml::de::Error| {
        InvalidValue::Type(error.message().lines().next().unwrap_or_default().to_owned())
    })?;
    if !allowed.allows(&value) {
        return Err(InvalidValue::Value);
    }
    // A value that was read from a file can be written to one.
    shown(&value).ok_or(InvalidValue::Value)
}

/// A value as it may be shown; none for one that is not set.
pub(super) fn shown<T: Serialize>(value: &T) -> Option<Value> {
    Value::try_from(value).ok()
}

/// Makes a section: a struct with the settings as its fields, their defaults, and their records.
///
/// ```ignore
/// settings! {
///     /// What the section is about.
///     pub(crate) struct WorkerConfig {
///         /// How many programs run at once.
///         #[former = "places"]
///         slots: u32 = 8, 1..=1000;
///     }
///     sections { inner: InnerConfig, }
/// }
/// ```
macro_rules! settings {
    (
        $(#[doc = $about:literal])*
        pub(crate) struct $Section:ident {
            $( $(#[doc = $doc:literal])* $(#[former = $former:literal])? $name:ident: $Type:ty = $default:expr $(, $allowed:expr)?; )*
        }
        $( sections { $( $inner:ident: $Inner:ty, )* } )?
    ) => {
        $(#[doc = $about])*
        #[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
        #[serde(deny_unknown_fields, default)]
        #[allow(clippy::struct_field_names, reason = "maximums are all called max")]
        pub(crate) struct $Section {
            $( $(#[doc = $doc])* pub $name: $Type, )*
            $( $( #[doc = concat!("The section `", stringify!($inner), "`.")] pub $inner: $Inner, )* )?
        }

        impl Default for $Section {
            fn default() -> Self {
                Self { $( $name: $default, )* $( $( $inner: <$Inner>::default(), )* )? }
            }
        }

        impl $crate::config::setting::Section for $Section {
            fn describe(name: &str, records: &mut Vec<$crate::config::setting::SectionRecord>) {
                use $crate::config::{kind::SettingType, setting};
                let defaults = Self::default();
                let settings = vec![ $( setting::Setting {
                    name: setting::within(name, stringify!($name)),
                    former: setting::former_name(name, &[$($former)?]),
                    about: setting::one_line(&[$($doc),*]),
                    takes: setting::takes::<$Type>(&settings!(@allowed $($allowed)?)),
                    kind: <$Type as SettingType>::KIND,
                    is_secret: <$Type as SettingType>::IS_SECRET,
                    default: setting::shown(&defaults.$name),
                    read: |value| setting::read::<$Type>(value, &settings!(@allowed $($allowed)?)),
                } ),* ];
                let about = setting::one_line(&[$($about),*]);
                records.push(setting::SectionRecord { name: name.to_owned(), about, settings });
                $( $( <$Inner as setting::Section>::describe(&setting::within(name, stringify!($inner)), records); )* )?
            }
        }
    };
    (@allowed) => { $crate::config::allowed::Any };
    (@allowed $allowed:expr) => { $allowed };
}

pub(super) use settings;
