//! `[gateway]`: trusted proxies, names of the server, and services in other processes.

use std::time::Duration;

use gateway::{Authorization, Forwarding, GatewaySettings, IpNet, UpstreamSettings, Upstreams};

use super::{
    Config, Engines,
    allowed::Optional,
    load::{InvalidCombination, ensure},
    setting::settings,
};
use crate::roles::Role;

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

impl GatewayConfig {
    /// Addresses and timeouts of services in other processes.
    pub(crate) fn upstream_settings(&self) -> UpstreamSettings {
        UpstreamSettings {
            max_fails: self.max_fails,
            fail_time: Duration::from_secs(self.fail_seconds),
            response_timeout: Duration::from_secs(self.answer_seconds),
            ..UpstreamSettings::default()
        }
    }
}

impl Config {
    /// Time during which a stopping server still accepts requests.
    pub(crate) fn lame_duck(&self) -> Duration {
        /// nginx counts in whole seconds, and looks at a server that has failed again after up to two (`deploy/nginx`).
        const FOR_BALANCERS: Duration = Duration::from_millis(2500);
        let unset = if self.engines() == Engines::Embedded { Duration::ZERO } else { FOR_BALANCERS };
        self.gateway.lame_duck_ms.map_or(unset, Duration::from_millis)
    }

    /// Request limits of the gateway.
    pub(crate) fn gateway_settings(&self) -> anyhow::Result<GatewaySettings> {
        let limits = self.submissions.limits();
        Ok(GatewaySettings {
            max_body: limits.max_body,
            max_batch: limits.max_batch,
            cors_origins: self.cors_origins.clone(),
            trusted_proxies: self.gateway.trusted_proxies.clone(),
            hosts: self.hosts_at(self.listen)?,
            authorization: self.gateway.authorization,
            limits: self.request_limits()?,
        })
    }

    /// Whether a gateway knows where each service is.
    pub(super) fn check_upstreams(&self) -> Result<(), InvalidCombination> {
        let UpstreamsConfig { execution, problems } = &self.gateway.upstreams;
        for (role, setting, servers) in [
            (Role::Execution, "gateway.upstreams.execution", execution),
            (Role::Problems, "gateway.upstreams.problems", problems),
        ] {
            let is_known = self.roles.has(role) || !servers.is_empty();
            ensure(!self.roles.has(Role::Gateway) || is_known, setting, || {
                format!(
                    "the gateway has to know where {role} is: add the role {role} here, or set {setting} to the addresses of its \
                     servers, such as [\"http://10.0.0.2:8080\"]"
                )
            })?;
            let found =
                Upstreams::new(setting, servers, &self.gateway.upstream_settings(), Forwarding::default());
            found.map_err(|error| InvalidCombination { setting, problem: format!("{setting}: {error}") })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{super::load::refuse, *};

    fn check(text: &str) -> Result<(), String> {
        Config::of_text(text).map(drop)
    }

    #[test]
    fn a_gateway_without_a_services_address_is_refused_with_advice() {
        let refused = check("roles = \"gateway,execution\"").expect_err("no problems");
        assert!(
            refused.contains("add the role problems here, or set gateway.upstreams.problems"),
            "{refused}"
        );
        refuse(
            "roles = \"gateway\"\ngateway.upstreams = { execution = \"b:1\", problems = \"http://a:1\" }",
            "c.toml, line 2: gateway.upstreams.execution: ",
        );
        let known = "roles = \"gateway\"\n[gateway.upstreams]\nexecution = \"http://a:1,http://b:1\"\nproblems = [\"http://a:1\"]";
        assert_eq!(check(known), Ok(()));
        let config = Config::parse_valid(known);
        assert_eq!(config.gateway.upstreams.execution, ["http://a:1", "http://b:1"]);
        assert_eq!(check("roles = \"execution,problems,worker\""), Ok(()), "who is no gateway need not know");
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_name() {
        for (setting, value) in
            [("lame_duck_ms", 60_001), ("max_fails", 0), ("fail_seconds", 0), ("answer_seconds", 86_401)]
        {
            refuse(&format!("[gateway]\n{setting} = {value}"), &format!("gateway.{setting} must be"));
        }
    }
}
