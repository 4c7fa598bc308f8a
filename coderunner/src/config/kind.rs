//! Setting types: their description, and the conversion of text from the environment or an option.

use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf};

use ::traffic::Plans;
use execution::{MissingPoolPolicy, PlainHttp};
use gateway::{Authorization, IpNet};
use model::Cpus;
use toml::{Table, Value};

use super::{
    choice::{LogFormat, Throttle},
    secret::{SecretText, SecretUrl},
};
use crate::roles::Roles;

/// The syntax of a value in text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// As it is.
    Text,
    /// As a number.
    Number,
    /// As `true` or `false`.
    Truth,
    /// As parts with commas between.
    List,
    /// As a table of TOML, `{ a = 1, b = 2 }`; each of its entries has a variable of its own, too.
    Table,
}

impl Kind {
    /// The value that this text stands for. Text that stands for none stays text, to be refused as such.
    pub(super) fn read(self, text: &str) -> Value {
        let as_text = || Value::String(text.to_owned());
        match self {
            Self::Text => as_text(),
            Self::Number if text.contains('.') => text.parse().map_or_else(|_| as_text(), Value::Float),
            Self::Number => text.parse().map_or_else(|_| as_text(), Value::Integer),
            Self::Truth => text.parse().map_or_else(|_| as_text(), Value::Boolean),
            Self::List => parts(text),
            Self::Table => {
                let table = format!("value = {text}").parse::<Table>().ok();
                table.and_then(|mut table| table.remove("value")).unwrap_or_else(as_text)
            }
        }
    }

    /// A value of a file as this kind has it: a list may be written with commas between, too.
    pub(super) fn normalize(self, value: Value) -> Value {
        match (self, value) {
            (Self::List, Value::String(text)) => parts(&text),
            (_, value) => value,
        }
    }

    /// Whether its type describes errors in a value itself.
    pub(super) const fn explains_itself(self) -> bool {
        matches!(self, Self::List | Self::Table)
    }
}

/// The parts of a text with commas between; none of an empty text.
fn parts(text: &str) -> Value {
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    Value::Array(parts.map(|part| Value::String(part.to_owned())).collect())
}

/// A type of settings.
pub(super) trait SettingType {
    /// Parser of text as a value of this kind.
    const KIND: Kind;
    /// Whether it may have a secret in it.
    const IS_SECRET: bool = false;

    /// Its description, after "must be".
    fn words() -> String;
}

macro_rules! takes {
    ($($Type:ty: $kind:ident, $words:expr;)*) => { $(
        impl SettingType for $Type {
            const KIND: Kind = Kind::$kind;

            fn words() -> String {
                $words.to_owned()
            }
        }
    )* };
}

takes! {
    bool: Truth, "true or false";
    u32: Number, "a whole number";
    u64: Number, "a whole number";
    usize: Number, "a whole number";
    Cpus: Number, format!("a number of processors from {} to {}", Cpus::MIN, Cpus::MAX);
    String: Text, "a text";
    PathBuf: Text, "a path";
    SocketAddr: Text, "an address with a port, such as 127.0.0.1:8080";
    Throttle: Text, "on or off";
    LogFormat: Text, "text or json";
    MissingPoolPolicy: Text, "substitute or refuse";
    Authorization: Text, "refuse or ignore";
    PlainHttp: Text, "refused or allowed";
    Roles: List, "a list of gateway, execution, problems and worker";
    Vec<String>: List, "a list of texts";
    Vec<IpNet>: List, "a list of networks, such as 198.51.100.0/24";
    BTreeMap<String, u32>: Table, "a table of whole numbers, such as { python = 3, any = 5 }";
    Plans: Table, "a table of plans";
}

impl SettingType for SecretUrl {
    const KIND: Kind = Kind::Text;
    const IS_SECRET: bool = true;

    fn words() -> String {
        "an address (URL)".to_owned()
    }
}

impl SettingType for SecretText {
    const KIND: Kind = Kind::Text;
    const IS_SECRET: bool = true;

    fn words() -> String {
        "a secret".to_owned()
    }
}

impl<T: SettingType> SettingType for Option<T> {
    const KIND: Kind = T::KIND;
    const IS_SECRET: bool = T::IS_SECRET;

    fn words() -> String {
        T::words()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_read_by_the_kind_of_the_setting() {
        for (kind, text, value) in [
            (Kind::Text, "5", "\"5\""),
            (Kind::Number, "5", "5"),
            (Kind::Number, "0.5", "0.5"),
            (Kind::Number, "many", "\"many\""),
            (Kind::Number, "99999999999999999999", "\"99999999999999999999\""),
            (Kind::Truth, "true", "true"),
            (Kind::Truth, "yes", "\"yes\""),
            (Kind::List, "", "[]"),
            (Kind::List, "a, b,c", "[\"a\", \"b\", \"c\"]"),
            (Kind::Table, "{ a = 1 }", "{ a = 1 }"),
            (Kind::Table, "a", "\"a\""),
        ] {
            assert_eq!(kind.read(text).to_string(), value, "{kind:?} {text}");
        }
    }
}
