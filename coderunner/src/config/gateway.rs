//! The way in, and what it passes on.

use std::time::Duration;

use anyhow::Context;
use gateway::{Authorization, GatewaySettings, IpNet, UpstreamSettings};
use model::Bytes;
use serde::{Deserialize, Serialize};

use super::{Config, Engines};
use crate::roles::{Role, one_or_many};

/// `[gateway]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct GatewayConfig {
    /// The networks of proxies in front, such as `["127.0.0.0/8"]`: they are believed who the client is (`X-Forwarded-For`,
    /// `X-Real-IP`).
    pub trusted_proxies: Vec<IpNet>,
    /// The names that this server is called by, such as `["code.school.example", "*.lab.example"]`, beside loopback names. A server
    /// that listens on more than loopback also answers to its addresses and to names without a dot. `["*"]` takes every name, and
    /// lets any page in a browser of this network use the server.
    pub hosts: Vec<String>,
    /// How long a server that stops goes on taking requests, in milliseconds, after it has begun to say that it is not ready:
    /// time for balancers to notice. Not set: 2.5 s, or none where the queue is embedded, since then there is no other server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lame_duck_ms: Option<u64>,
    /// What becomes of requests with a header `Authorization`, which means nothing here: `refuse` answers 401; `ignore` serves them
    /// as if they had none, for a proxy in front that has checked it and passes it on.
    pub authorization: Authorization,
    /// After how many failures a server of a service is left out.
    pub max_fails: u32,
    /// Within how many seconds, and for how many.
    pub fail_seconds: u64,
    /// How many seconds a server may take to begin its answer: more than the longest wait for a result.
    pub answer_seconds: u64,
    /// Where services are that do not run here.
    pub upstreams: UpstreamsConfig,
}

/// `[gateway.upstreams]`: the addresses of their servers, such as `["http://10.0.0.2:8080", "http://10.0.0.3:8080"]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct UpstreamsConfig {
    /// Those with the role execution.
    #[serde(deserialize_with = "one_or_many", skip_serializing_if = "Vec::is_empty")]
    pub execution: Vec<String>,
    /// Those with the role problems.
    #[serde(deserialize_with = "one_or_many", skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
}

impl Default for GatewayConfig {
    fn default() -> Self {
        let UpstreamSettings { max_fails, fail_time, answer, .. } = UpstreamSettings::default();
        Self {
            trusted_proxies: Vec::new(),
            hosts: Vec::new(),
            lame_duck_ms: None,
            authorization: Authorization::default(),
            max_fails,
            fail_seconds: fail_time.as_secs(),
            answer_seconds: answer.as_secs(),
            upstreams: UpstreamsConfig::default(),
        }
    }
}

impl GatewayConfig {
    /// A minute: a stop that takes longer is a failure.
    const LONGEST_LAME_DUCK_MS: u64 = 60_000;
    /// A day.
    const LONGEST_SECONDS: u64 = 86_400;

    pub(super) fn check(&self) -> anyhow::Result<()> {
        let most = Self::LONGEST_LAME_DUCK_MS;
        anyhow::ensure!(
            self.lame_duck_ms.is_none_or(|ms| ms <= most),
            "gateway.lame_duck_ms must be at most {most}"
        );
        let unspecified = std::net::IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED);
        gateway::Hosts::of(unspecified, &self.hosts).context("gateway.hosts")?;
        anyhow::ensure!((1..=1000).contains(&self.max_fails), "gateway.max_fails must be between 1 and 1000");
        let most = Self::LONGEST_SECONDS;
        for (name, value) in [("fail_seconds", self.fail_seconds), ("answer_seconds", self.answer_seconds)] {
            anyhow::ensure!((1..=most).contains(&value), "gateway.{name} must be between 1 and {most}");
        }
        Ok(())
    }

    /// How services elsewhere are reached.
    pub(crate) fn upstream_settings(&self) -> UpstreamSettings {
        UpstreamSettings {
            max_fails: self.max_fails,
            fail_time: Duration::from_secs(self.fail_seconds),
            answer: Duration::from_secs(self.answer_seconds),
            ..UpstreamSettings::default()
        }
    }
}

impl Config {
    /// How long this server goes on taking requests once it stops.
    pub(crate) fn lame_duck(&self) -> Duration {
        /// nginx counts in whole seconds, and looks at a server that has failed again after up to two (`deploy/nginx`).
        const FOR_BALANCERS: Duration = Duration::from_millis(2500);
        let unset = if self.engines() == Engines::Embedded { Duration::ZERO } else { FOR_BALANCERS };
        self.gateway.lame_duck_ms.map_or(unset, Duration::from_millis)
    }

    /// What the gateway lets in.
    pub(crate) fn gateway_settings(&self) -> anyhow::Result<GatewaySettings> {
        Ok(GatewaySettings {
            body: Bytes::mib(4),
            cors_origins: self.cors_origins.clone(),
            trusted_proxies: self.gateway.trusted_proxies.clone(),
            hosts: self.hosts_at(self.listen)?,
            authorization: self.gateway.authorization,
            limits: self.request_limits()?,
        })
    }

    /// Whether a gateway knows where each service is.
    pub(super) fn check_upstreams(&self) -> anyhow::Result<()> {
        let UpstreamsConfig { execution, problems } = &self.gateway.upstreams;
        for (role, servers) in [(Role::Execution, execution), (Role::Problems, problems)] {
            let is_known = self.roles.has(role) || !servers.is_empty();
            anyhow::ensure!(
                !self.roles.has(Role::Gateway) || is_known,
                "the gateway has to know where {role} is: add the role {role} here, or set gateway.upstreams.{role} to the \
                 addresses of its servers, such as [\"http://10.0.0.2:8080\"]"
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<(), String> {
        let config: Config = toml::from_str(text).expect("reads");
        config.gateway.check().and_then(|()| config.check_upstreams()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_gateway_that_does_not_know_a_service_is_told_what_to_set() {
        let refused = check("roles = \"gateway,execution\"").expect_err("no problems");
        assert!(
            refused.contains("add the role problems here, or set gateway.upstreams.problems"),
            "{refused}"
        );
        let known = "roles = \"gateway\"\n[gateway.upstreams]\nexecution = \"http://a:1,http://b:1\"\nproblems = [\"http://a:1\"]";
        assert_eq!(check(known), Ok(()));
        let config: Config = toml::from_str(known).expect("reads");
        assert_eq!(config.gateway.upstreams.execution, ["http://a:1", "http://b:1"]);
        assert_eq!(check("roles = \"execution\""), Ok(()), "who is no gateway need not know");
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_name() {
        for (setting, value) in
            [("lame_duck_ms", 60_001), ("max_fails", 0), ("fail_seconds", 0), ("answer_seconds", 86_401)]
        {
            let refused = check(&format!("[gateway]\n{setting} = {value}")).expect_err(setting);
            assert!(refused.starts_with(&format!("gateway.{setting} must be")), "{refused}");
        }
    }
}
