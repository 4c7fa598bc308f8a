//! What `/ready` says of a server that is ready: what works less well than it could.

use execution::{MissingPoolPolicy, Pools};
use model::PoolKind;

use crate::config::Config;

/// What there is to say of a server that is ready.
#[derive(Debug, Clone, Default)]
pub(crate) struct Notes {
    /// What works less well than it could. It is logged as a warning, too.
    pub(crate) weaker: Vec<String>,
    /// What is as it was configured.
    pub(crate) others: Vec<String>,
}

impl Notes {
    /// All of them.
    pub(crate) fn all(&self) -> Vec<String> {
        [self.weaker.as_slice(), &self.others].concat()
    }
}

/// Warns of listeners that others than this machine can reach: there are no accounts, so whoever reaches them may use them.
pub(crate) fn warn_of_open_doors(config: &Config) {
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

/// What becomes of jobs that are meant for a pool that is not there.
pub(crate) fn note_on_pools(pools: &Pools) -> Option<String> {
    let what = match pools.missing {
        MissingPoolPolicy::Substitute => "its jobs run in the pool container",
        MissingPoolPolicy::Refuse => "its jobs are refused, as pools.missing says",
    };
    let is_there = pools.configured.contains(&PoolKind::Microvm);
    (!is_there).then(|| format!("The pool microvm is not configured: {what}."))
}

/// How many problems are not there. Not which, since anybody may ask whether the server is ready.
pub(crate) fn note_on_problems(unusable: usize) -> Option<String> {
    let many =
        if unusable == 1 { "1 problem package".to_owned() } else { format!("{unusable} problem packages") };
    (unusable > 0).then(|| format!("{many} cannot be used; the log says which, why, and what to change."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_others_reach_is_warned_of() {
        let warning = |text: &str| open_api(&Config::sound(text));
        for text in ["", "listen = \"[::1]:80\"", "listen = \"127.0.0.9:1\""] {
            assert_eq!(warning(text), None, "{text}");
        }
        for text in ["listen = \"0.0.0.0:8080\"", "listen = \"[::]:80\"", "listen = \"192.0.2.1:80\""] {
            assert!(warning(text).is_some_and(|told| told.contains("no accounts")), "{text}");
        }
    }
}
