//! `[webhooks]`: signature, allowed addresses and retries of webhooks.

use std::time::Duration;

use anyhow::Context;
use execution::{PlainHttp, WebhookRules};
use gateway::IpNet;
use model::AddressRule;
use webhooks::Secret;

use super::{combination::InvalidCombination, secret::SecretText, setting::settings};

settings! {
    /// Webhooks: signed messages to the clients' URLs (`webhook` of a submission) when their jobs have ended. Without a secret
    /// none is sent.
    pub(crate) struct WebhooksConfig {
        /// The secret that messages are signed with: `whsec_` and 24 to 64 random bytes in base64. All processes that share jobs need the same.
        secret: Option<SecretText> = None;
        /// Networks that may be called in addition to the public internet, such as `10.1.0.0/16`. Every submitter can call
        /// addresses there.
        allowed_networks: Vec<IpNet> = Vec::new();
        /// Whether URLs may begin with `http://`. Without TLS anybody on the path can read the ids of jobs, which give access to
        /// results.
        plain_http: PlainHttp = PlainHttp::Refused;
        /// Number of attempts to send a message.
        attempts: u32 = 6, 1..=10;
        /// Pause after the first failure, in seconds. Each further pause is six times as long, and none longer than six hours.
        first_pause_seconds: u32 = 5, 1..=3600;
        /// Time limit of one attempt, in seconds.
        timeout_seconds: u32 = 10, 1..=60;
        /// Number of messages that are sent at once.
        concurrent: usize = 8, 1..=100;
    }
}

impl WebhooksConfig {
    pub(super) fn check(&self) -> Result<(), InvalidCombination> {
        match self.parsed_secret() {
            Ok(_) => Ok(()),
            Err(error) => {
                Err(InvalidCombination { setting: "webhooks.secret", problem: format!("{error:#}") })
            }
        }
    }

    fn parsed_secret(&self) -> anyhow::Result<Option<Secret>> {
        let secret = self.secret.as_ref().map(|secret| Secret::parse(secret.reveal()));
        secret.transpose().context("webhooks.secret")
    }

    fn addresses(&self) -> AddressRule {
        AddressRule::allowing(&self.allowed_networks)
    }

    /// Permitted addresses of webhooks; `None` if webhooks are off.
    pub(crate) fn rules(&self) -> Option<WebhookRules> {
        let rules = WebhookRules { addresses: self.addresses(), plain_http: self.plain_http };
        self.secret.is_some().then_some(rules)
    }

    /// Settings for sending messages; `None` without a secret.
    pub(crate) fn settings(&self) -> anyhow::Result<Option<webhooks::Settings>> {
        let seconds = |seconds: u32| Duration::from_secs(seconds.into());
        Ok(self.parsed_secret()?.map(|secret| webhooks::Settings {
            addresses: self.addresses(),
            attempts: self.attempts,
            first_delay: seconds(self.first_pause_seconds),
            timeout: seconds(self.timeout_seconds),
            concurrent: self.concurrent,
            ..webhooks::Settings::signed_with(secret)
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Config, load::refuse},
        *,
    };

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    #[test]
    fn none_is_sent_without_a_secret_and_the_secret_is_never_shown() {
        let off = WebhooksConfig::default();
        assert!(off.rules().is_none() && off.settings().expect("is sound").is_none());
        let on = Config::parse_valid(&format!("webhooks.secret = \"{SECRET}\"")).webhooks;
        assert!(on.rules().is_some() && on.settings().expect("is sound").is_some());
        let shown = serde_json::to_string(&on.secret).expect("prints") + &format!("{on:?}");
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
            refuse(&format!("webhooks.{setting} = {value}"), &format!("webhooks.{setting}"));
        }
    }
}
