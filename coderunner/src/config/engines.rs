//! Engines: queue, records and objects in this process, or on servers shared with other processes.

use store::Objects;

use super::{
    combination::{InvalidCombination, check_scheme, ensure},
    root::Config,
    secret::SecretUrl,
};
use crate::roles::Role;

/// What keeps the jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engines<'a> {
    /// Nothing here has to do with jobs.
    None,
    /// The data folder, which belongs to this process.
    Embedded,
    /// Servers that other processes use, too.
    Shared { broker: &'a SecretUrl, records: &'a SecretUrl },
}

const SET: &str = "set broker.url (redis://…), records.url (postgres://…) and objects.url (s3://…, or file:///… for a folder \
                   that all processes see)";

impl Config {
    /// The job engines of this process, by its configuration.
    pub(crate) fn engines(&self) -> Engines<'_> {
        if self.roles.sharing_roles().next().is_none() {
            return Engines::None;
        }
        match (&self.broker.url, &self.records.url) {
            (Some(broker), Some(records)) => Engines::Shared { broker, records },
            _ => Engines::Embedded,
        }
    }

    /// Whether all that keeps jobs is named by an address of its kind.
    pub(super) fn check_addresses(&self) -> Result<(), InvalidCombination> {
        check_scheme("broker.url", self.broker.url.as_ref(), &["redis", "rediss"])?;
        check_scheme("records.url", self.records.url.as_ref(), &["postgres", "postgresql"])?;
        // Those that are no variables of S3 do not matter here: the environment is looked at by `check_objects`.
        self.check_objects_with([])
    }

    /// Checks the location of objects without a request: the address, and the environment variables of S3.
    pub(super) fn check_objects(&self) -> Result<(), InvalidCombination> {
        self.check_objects_with(variables())
    }

    fn check_objects_with(
        &self,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<(), InvalidCombination> {
        let Some(url) = &self.objects.url else { return Ok(()) };
        Objects::check_address(url.reveal(), environment).map_err(|error| {
            let cause =
                std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
            InvalidCombination { setting: "objects.url", problem: format!("objects.url: {error}{cause}") }
        })
    }

    /// Checks that roles and job engines are compatible.
    pub(super) fn check_engines(&self) -> Result<(), InvalidCombination> {
        ensure(self.broker.url.is_some() == self.records.url.is_some(), "broker.url", || {
            format!(
                "broker.url and records.url go together, since a queue and records that do not belong to the same processes lose \
                 jobs: {SET}, or leave both out"
            )
        })?;
        match self.engines() {
            Engines::None => Ok(()),
            Engines::Shared { .. } => ensure(self.objects.url.is_some(), "objects.url", || {
                format!("objects.url is left out, but what one process writes others must read: {SET}")
            }),
            Engines::Embedded => self.check_all_are_here(),
        }
    }

    fn check_all_are_here(&self) -> Result<(), InvalidCombination> {
        let missing =
            [Role::Execution, Role::Problems, Role::Worker].into_iter().filter(|role| !self.roles.has(*role));
        let missing: Vec<_> = missing.map(|role| role.to_string()).collect();
        ensure(missing.is_empty(), "roles", || {
            format!(
                "this process is to have the roles {} but not {}, and another process cannot share what is in the data folder: \
                 {SET}; or have execution, problems and worker in one process",
                self.roles,
                missing.join(", ")
            )
        })
    }
}

/// The environment, as far as it is text.
pub(crate) fn variables() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn leases_and_waits_have_lengths_that_can_be_kept() {
        let defaults = Config::default();
        assert_eq!(defaults.broker.lease_time(), Duration::from_secs(30));
        assert_eq!(defaults.records.wait(), Duration::from_mins(5));
        for (text, is_allowed) in [
            ("broker.lease_seconds = 4", false),
            ("broker.lease_seconds = 5", true),
            ("broker.lease_seconds = 601", false),
            ("records.wait_seconds = 0", true),
            ("records.wait_seconds = 86401", false),
        ] {
            assert_eq!(check(text).is_ok(), is_allowed, "{text}");
        }
    }

    /// The error, without its location.
    fn check(text: &str) -> Result<(), String> {
        let problem = |told: String| {
            told.split_once(": ").map_or(told.clone(), |(place, problem)| {
                if place.starts_with("c.toml") { problem.to_owned() } else { told.clone() }
            })
        };
        Config::of_text(text).map(drop).map_err(problem)
    }

    const SHARED: &str = "broker.url = \"redis://localhost\"\nrecords.url = \"postgres://localhost/c\"\n";

    #[test]
    fn roles_apart_need_engines_apart_and_are_told_what_to_set() {
        const UPSTREAMS: &str =
            "gateway.upstreams.execution = \"http://a:1\"\ngateway.upstreams.problems = \"http://a:1\"\n";
        let check = |text: &str| check(&format!("{UPSTREAMS}{text}"));
        for roles in ["worker", "gateway,execution", "problems", "execution,worker"] {
            let refused = check(&format!("roles = \"{roles}\"")).expect_err(roles);
            assert!(refused.contains("set broker.url (redis://…), records.url"), "{refused}");
            let objects = "objects.url = \"s3://bucket\"";
            assert_eq!(check(&format!("roles = \"{roles}\"\n{SHARED}{objects}")), Ok(()));
            let refused = check(&format!("roles = \"{roles}\"\n{SHARED}")).expect_err(roles);
            assert!(refused.starts_with("objects.url is left out"), "{refused}");
        }
        for roles in ["gateway", "gateway,execution,problems,worker", "execution,problems,worker"] {
            assert_eq!(check(&format!("roles = \"{roles}\"")), Ok(()), "{roles}");
        }
    }

    #[test]
    fn a_queue_and_records_in_different_places_are_refused() {
        for only in SHARED.lines() {
            let refused = check(only).expect_err(only);
            assert!(refused.starts_with("broker.url and records.url go together"), "{refused}");
        }
    }

    #[test]
    fn an_engine_that_is_none_is_refused_without_showing_its_password() {
        let refused = check("broker.url = \"http://:hunter2@localhost\"").expect_err("no queue");
        assert_eq!(refused, "broker.url must be an address that begins with redis:// or rediss://");
        let refused = check("records.url = \"me:hunter2\"").expect_err("no records");
        assert_eq!(refused, "records.url must be an address that begins with postgres:// or postgresql://");
        for (url, says) in [
            ("http://bucket", "must begin with file:// or s3://"),
            ("s3://hunter2@bucket/x", "no key and no port"),
            ("s3://Bucket", "must name a bucket"),
        ] {
            let refused = check(&format!("objects.url = \"{url}\"")).expect_err(url);
            assert!(refused.contains(says) && !refused.contains("hunter2"), "{refused}");
        }
    }

    #[test]
    fn variables_that_say_nothing_to_s3_are_refused_before_a_server_starts() {
        let config = Config::parse_valid("objects.url = \"s3://bucket\"");
        let environment = |name: &str, value: &str| [(name.to_owned(), value.to_owned())];
        assert_eq!(config.check_objects_with(environment("AWS_REGION", "here")), Ok(()));
        let refused =
            config.check_objects_with(environment("AWS_ALLOW_HTTP", "perhaps")).expect_err("no bool");
        assert!(refused.problem.starts_with("objects.url: "), "{refused:?}");
    }
}
