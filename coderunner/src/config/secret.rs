//! Secrets: texts and addresses that are never shown whole.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};
use url::Url;

/// An address that may have a password in it, which is never shown.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub(crate) struct SecretUrl(String);

impl SecretUrl {
    /// All of it, for whoever connects.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }

    pub(super) fn has_scheme(&self, schemes: &[&str]) -> bool {
        Url::parse(&self.0).is_ok_and(|url| schemes.contains(&url.scheme()))
    }
}

const HIDDEN: &str = "hidden";

impl fmt::Display for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What cannot be read may have a password anywhere.
        let Ok(mut url) = Url::parse(&self.0) else { return f.write_str(HIDDEN) };
        if url.password().is_some() && url.set_password(Some(HIDDEN)).is_err() {
            return f.write_str(HIDDEN);
        }
        if url.query().is_some() {
            let shown = |name: &str, value: &str| {
                if name.contains("pass") { HIDDEN.to_owned() } else { value.to_owned() }
            };
            let pairs: Vec<(String, String)> =
                url.query_pairs().map(|(name, value)| (name.to_string(), shown(&name, &value))).collect();
            url.query_pairs_mut().clear().extend_pairs(pairs);
        }
        write!(f, "{url}")
    }
}

impl fmt::Debug for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

impl Serialize for SecretUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A text that is never shown.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub(crate) struct SecretText(String);

impl SecretText {
    /// All of it, for the code that signs.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

impl Serialize for SecretText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(HIDDEN)
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{records::RecordsConfig, setting},
        *,
    };

    #[test]
    fn passwords_are_never_shown() {
        for (url, shown) in [
            ("redis://:hunter2@10.0.0.1:6379/1", "redis://:hidden@10.0.0.1:6379/1"),
            ("postgres://me:hunter2@db/code?sslmode=require", "postgres://me:hidden@db/code?sslmode=require"),
            ("postgres://db/code?user=me&password=hunter2", "postgres://db/code?user=me&password=hidden"),
            ("postgres://me@db/code", "postgres://me@db/code"),
            ("hunter2", "hidden"),
        ] {
            let url = SecretUrl(url.to_owned());
            let records = RecordsConfig { url: Some(url.clone()), ..RecordsConfig::default() };
            assert_eq!(url.to_string(), shown);
            let printed = format!("{:?} {records:?}", setting::display_value(&records.url));
            assert!(printed.contains(shown) && !printed.contains("hunter2"), "{printed}");
        }
    }
}
