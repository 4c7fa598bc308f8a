//! Readiness notes: the limitations of a ready server, for `/ready` and the log.

use execution::{MissingPoolPolicy, Pools};
use model::PoolKind;

use crate::config::Config;

/// The notes of a ready server.
#[derive(Debug, Clone, Default)]
pub(crate) struct ReadinessNotes {
    /// Limitations. They are logged as warnings, too.
    pub(crate) limitations: Vec<String>,
    /// Consequences of the configuration.
    pub(crate) consequences: Vec<String>,
}

impl ReadinessNotes {
    /// All of them.
    pub(crate) fn all(&self) -> Vec<String> {
        [self.limitations.as_slice(), &self.consequences].concat()
    }
}

/// Logs a warning for each listener that other machines can reach: there are no accounts, so every client that reaches it can use
/// it.
pub(crate) fn warn_of_public_listeners(config: &Config) {
    if let Some(warning) = open_api(config) {
        tracing::warn!("{warning}");
    }
    if !config.admin_listen.ip().to_canonical().is_loopback() {
        tracing::warn!(
            "metrics and the log of attempts can be read by everybody who reaches {}: let only machines of yours reach it \
             (--admin-listen)",
            config.admin_listen
        );
    }
}

fn open_api(config: &Config) -> Option<String> {
    let is_open = config.roles.serve_http() && !config.listen.ip().to_canonical().is_loopback();
    is_open.then(|| {
        format!(
            "there are no accounts: everybody who reaches {} may run programs. Listen on 127.0.0.1 behind a proxy that lets in only \
             whom you trust (--listen), or let only such networks reach this address",
            config.listen
        )
    })
}

/// The note about jobs for a pool that is not configured.
pub(crate) fn missing_pool_note(pools: &Pools) -> Option<String> {
    let consequence = match pools.missing {
        MissingPoolPolicy::Substitute => "its jobs run in the pool container",
        MissingPoolPolicy::Refuse => "its jobs are refused, as pools.missing says",
    };
    let is_there = pools.configured.contains(&PoolKind::Microvm);
    (!is_there).then(|| format!("The pool microvm is not configured: {consequence}."))
}

/// The note about problems that were not loaded. It does not name them, since the readiness is public.
pub(crate) fn rejected_problems_note(unusable: usize) -> Option<String> {
    let many =
        if unusable == 1 { "1 problem package".to_owned() } else { format!("{unusable} problem packages") };
    (unusable > 0).then(|| format!("{many} cannot be used; the log says which, why, and what to change."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_others_reach_is_warned_of() {
        let warning = |text: &str| open_api(&Config::parse_valid(text));
        for text in ["", "listen = \"[::1]:80\"", "listen = \"127.0.0.9:1\""] {
            assert_eq!(warning(text), None, "{text}");
        }
        for text in ["listen = \"0.0.0.0:8080\"", "listen = \"[::]:80\"", "listen = \"192.0.2.1:80\""] {
            assert!(warning(text).is_some_and(|told| told.contains("no accounts")), "{text}");
        }
    }
}
