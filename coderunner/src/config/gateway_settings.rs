//! Settings of the gateway, out of several sections, and the check that it knows all services.

use std::time::Duration;

use gateway::{Forwarding, GatewaySettings, Upstreams};

use super::{
    combination::{InvalidCombination, ensure},
    engines::Engines,
    gateway::UpstreamsConfig,
    root::Config,
};
use crate::roles::Role;

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
    fn a_gateway_that_does_not_know_a_service_is_told_what_to_set() {
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

    #[test]
    fn gateways_with_the_same_secret_have_the_same_key() {
        let key = |secret: &str| {
            let config = Config::parse_valid(&format!("gateway.device_secret = \"{}\"", secret.repeat(32)));
            config.gateway_settings().expect("is sound").limits.expect("limits").device_key
        };
        assert!(key("a").is_some() && key("a") == key("a") && key("a") != key("b"));
        let limits = Config::default().gateway_settings().expect("is sound").limits;
        assert_eq!(limits.expect("limits").device_key, None);
        refuse("gateway.device_secret = \"short\"", "gateway.device_secret must have at least 32 characters");
    }
}
