//! `[gateway]`: trusted proxies, names of the server, and services in other processes.

use std::time::Duration;

use gateway::{Authorization, DeviceKey, IpNet, UpstreamSettings};

use super::{
    allowed::Optional,
    combination::{InvalidCombination, ensure},
    secret::SecretText,
    setting::settings,
};

/// A day.
const LONGEST_SECONDS: u64 = 86_400;
/// A minute: a stop that takes longer is a failure.
const LONGEST_LAME_DUCK_MS: u64 = 60_000;

settings! {
    /// The gateway: entry of requests, and forwarding to services.
    pub(crate) struct GatewayConfig {
        /// The networks of trusted proxies, such as `127.0.0.0/8`: the client's address is taken from their headers
        /// (`X-Forwarded-For`, `X-Real-IP`).
        trusted_proxies: Vec<IpNet> = Vec::new();
        /// The names that this server is called by, such as `code.school.example` or `*.lab.example`, beside loopback names. A server that
        /// listens on more than loopback also answers to its addresses and to names without a dot. `*` takes every name, and lets any page
        /// in a browser of this network use the server.
        hosts: Vec<String> = Vec::new();
        /// Time for which a stopping server still accepts requests after it reports that it is not ready, in milliseconds, so
        /// that load balancers notice. By default 2500, or 0 if the queue is embedded, because then there is no other server.
        lame_duck_ms: Option<u64> = None, Optional(..=LONGEST_LAME_DUCK_MS);
        /// What becomes of requests with a header `Authorization`, which means nothing here: `refuse` answers 401; `ignore` serves them
        /// as if they had none, for a proxy in front that has checked it and passes it on.
        authorization: Authorization = Authorization::default();
        /// The secret that device cookies are signed with, by which browsers behind one address are counted apart: at least 32
        /// random characters, the same for all gateways. By default a key in the data folder, or one for each start of a
        /// gateway without a data folder.
        device_secret: Option<SecretText> = None;
        /// Number of failures after which a server of a service is skipped.
        max_fails: u32 = UpstreamSettings::default().max_fails, 1..=1000;
        /// Period in which these failures count, and time for which the server is skipped, in seconds.
        fail_seconds: u64 = UpstreamSettings::default().fail_time.as_secs(), 1..=LONGEST_SECONDS;
        /// Time limit for a server to begin its response, in seconds: more than the longest wait for a result.
        answer_seconds: u64 = UpstreamSettings::default().response_timeout.as_secs(), 1..=LONGEST_SECONDS;
    }
    sections {
        upstreams: UpstreamsConfig,
    }
}

settings! {
    /// Addresses of services that do not run in this process.
    pub(crate) struct UpstreamsConfig {
        /// Servers with the role execution, such as `http://10.0.0.2:8080`.
        execution: Vec<String> = Vec::new();
        /// Servers with the role problems.
        problems: Vec<String> = Vec::new();
    }
}

/// Half of the characters of a key in hexadecimal.
const MIN_SECRET: usize = 32;

impl GatewayConfig {
    /// The key of device cookies, if it is a setting.
    pub(super) fn device_key(&self) -> Option<DeviceKey> {
        self.device_secret.as_ref().map(|secret| DeviceKey::of_secret(secret.reveal()))
    }

    /// Whether the secret is long enough not to be guessed.
    pub(super) fn check_device_secret(&self) -> Result<(), InvalidCombination> {
        let is_long = self.device_secret.as_ref().is_none_or(|secret| secret.reveal().len() >= MIN_SECRET);
        ensure(is_long, "gateway.device_secret", || {
            format!(
                "gateway.device_secret must have at least {MIN_SECRET} characters: make one with `head -c 32 /dev/urandom | base64`"
            )
        })
    }

    /// How services elsewhere are reached.
    pub(crate) fn upstream_settings(&self) -> UpstreamSettings {
        UpstreamSettings {
            max_fails: self.max_fails,
            fail_time: Duration::from_secs(self.fail_seconds),
            response_timeout: Duration::from_secs(self.answer_seconds),
            ..UpstreamSettings::default()
        }
    }
}
