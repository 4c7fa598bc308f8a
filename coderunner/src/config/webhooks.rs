//! Telling addresses that clients have named that their jobs have ended.

use std::{fmt, time::Duration};

use anyhow::Context;
use execution::{PlainHttp, WebhookRules};
use gateway::IpNet;
use model::AddressRule;
use serde::{Deserialize, Serialize, Serializer};
use webhooks::Secret;

/// `[webhooks]`: signed messages to whom clients name (`webhook` of a submission). Without a secret none is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct WebhooksConfig {
    /// What messages are signed with: `whsec_` and 24 to 64 random bytes in base64. All processes that share jobs need the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<SecretText>,
    /// Networks beside the public internet that may be called, such as `["10.1.0.0/16"]`. Whoever may submit can call what is there.
    pub allowed_networks: Vec<IpNet>,
    /// Whether addresses may begin with `http://`: `refused` or `allowed`. Without TLS anybody on the way reads the ids of jobs, by
    /// which results are read.
    pub plain_http: PlainHttp,
    /// How often a message is tried to be sent: 1 to 10 times.
    pub attempts: u32,
    /// How many seconds after the first failure it is sent again: 1 to 3600. Each further pause is six times as long, and none longer
    /// than six hours.
    pub first_pause_seconds: u32,
    /// How many seconds one try may take: 1 to 60.
    pub timeout_seconds: u32,
    /// How many messages are sent at once: 1 to 100.
    pub concurrent: usize,
}

impl Default for WebhooksConfig {
    fn default() -> Self {
        Self {
            secret: None,
            allowed_networks: Vec::new(),
            plain_http: PlainHttp::Refused,
            attempts: 6,
            first_pause_seconds: 5,
            timeout_seconds: 10,
            concurrent: 8,
        }
    }
}

impl WebhooksConfig {
    pub(super) fn check(&self) -> anyhow::Result<()> {
        self.parsed_secret()?;
        for (name, value, most) in [
            ("attempts", u64::from(self.attempts), 10),
            ("first_pause_seconds", u64::from(self.first_pause_seconds), 3600),
            ("timeout_seconds", u64::from(self.timeout_seconds), 60),
            ("concurrent", self.concurrent as u64, 100),
        ] {
            anyhow::ensure!((1..=most).contains(&value), "webhooks.{name} must be between 1 and {most}");
        }
        Ok(())
    }

    fn parsed_secret(&self) -> anyhow::Result<Option<Secret>> {
        let secret = self.secret.as_ref().map(|secret| Secret::parse(&secret.0));
        secret.transpose().context("webhooks.secret")
    }

    fn addresses(&self) -> AddressRule {
        AddressRule::allowing(&self.allowed_networks)
    }

    /// What clients may name; nothing where none is sent.
    pub(crate) fn rules(&self) -> Option<WebhookRules> {
        let rules = WebhookRules { addresses: self.addresses(), plain_http: self.plain_http };
        self.secret.is_some().then_some(rules)
    }

    /// How messages are sent; none where there is no secret.
    pub(crate) fn settings(&self) -> anyhow::Result<Option<webhooks::Settings>> {
        let seconds = |seconds: u32| Duration::from_secs(seconds.into());
        Ok(self.parsed_secret()?.map(|secret| webhooks::Settings {
            addresses: self.addresses(),
            attempts: self.attempts,
            first_pause: seconds(self.first_pause_seconds),
            timeout: seconds(self.timeout_seconds),
            concurrent: self.concurrent,
            ..webhooks::Settings::signed_with(secret)
        }))
    }
}

/// A text that is never shown.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub(crate) struct SecretText(String);

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("hidden")
    }
}

impl Serialize for SecretText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("hidden")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn config(text: &str) -> WebhooksConfig {
        toml::from_str::<Config>(text).expect("reads").webhooks
    }

    #[test]
    fn none_is_sent_without_a_secret_and_the_secret_is_never_shown() {
        let off = WebhooksConfig::default();
        assert!(off.rules().is_none() && off.settings().expect("is sound").is_none() && off.check().is_ok());
        let on = config(&format!("[webhooks]\nsecret = \"{SECRET}\""));
        assert!(on.rules().is_some() && on.settings().expect("is sound").is_some() && on.check().is_ok());
        let shown = toml::to_string(&on).expect("prints") + &format!("{on:?}");
        assert!(shown.contains("hidden") && !shown.contains("MfKQ9r8"), "{shown}");
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_name() {
        for (setting, value) in [
            ("secret", "\"hunter2\""),
            ("attempts", "0"),
            ("attempts", "11"),
            ("first_pause_seconds", "0"),
            ("timeout_seconds", "61"),
            ("concurrent", "0"),
        ] {
            let refused = config(&format!("[webhooks]\n{setting} = {value}")).check().expect_err(setting);
            let refused = format!("{refused:#}");
            assert!(refused.starts_with(&format!("webhooks.{setting}")), "{refused}");
            assert!(!refused.contains("hunter2"), "{refused}");
        }
    }
}
