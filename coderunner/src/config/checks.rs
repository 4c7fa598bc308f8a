//! Configuration checks: settings that must fit together, and files that must exist.

use std::path::Path;

use tracing_subscriber::EnvFilter;
use url::Url;

use super::{
    combination::{InvalidCombination, ensure},
    root::Config,
};
use crate::roles::Role;

/// As many as there may be slots.
const MAX_WARM: u32 = 1000;

impl Config {
    /// Whether the settings go together.
    pub(super) fn check(&self) -> Result<(), InvalidCombination> {
        self.check_traffic()?;
        self.gateway.check_device_secret()?;
        self.check_hosts()?;
        self.check_addresses()?;
        self.check_origins()?;
        self.check_sandbox()?;
        self.webhooks.check()?;
        let filter = EnvFilter::try_new(&self.log.filter);
        ensure(filter.is_ok(), "log.filter", || {
            format!(
                "log.filter must be a level, such as info, or levels by part, such as warn,worker=debug, not {:?}",
                self.log.filter
            )
        })
    }

    /// Checks that a server with these roles has the required settings.
    pub(super) fn check_roles(&self) -> Result<(), InvalidCombination> {
        self.check_upstreams()?;
        self.check_engines()
    }

    fn check_hosts(&self) -> Result<(), InvalidCombination> {
        for address in [self.listen, self.admin_listen] {
            self.hosts_at(address).map_err(|error| InvalidCombination {
                setting: "gateway.hosts",
                problem: format!("gateway.hosts: {error}"),
            })?;
        }
        Ok(())
    }

    fn check_origins(&self) -> Result<(), InvalidCombination> {
        for origin in &self.cors_origins {
            ensure(is_origin(origin), "cors_origins", || {
                format!("cors_origins must have origins such as https://school.example, or *, not {origin:?}")
            })?;
        }
        Ok(())
    }

    fn check_sandbox(&self) -> Result<(), InvalidCombination> {
        let sandbox = &self.sandbox;
        ensure(sandbox.cpus <= sandbox.max_cpus, "sandbox.cpus", || {
            format!("sandbox.cpus must be at most sandbox.max_cpus, which is {}", sandbox.max_cpus)
        })?;
        for (kind, count) in sandbox.warm.iter().flatten() {
            ensure(*count <= MAX_WARM, "sandbox.warm", || {
                format!("sandbox.warm must be at most {MAX_WARM} of a kind; {kind} has {count}")
            })?;
        }
        Ok(())
    }

    /// Checks that the configured files exist and have the right kind.
    pub(super) fn check_files(&self) -> Result<(), InvalidCombination> {
        if let Some(folder) = &self.content.folder {
            folder_must_be_there("content.folder", folder)?;
        }
        if let Some(folder) = &self.languages.folder {
            folder_must_be_there("languages.folder", folder)?;
        }
        self.check_objects()?;
        let host = self.host();
        let languages = host::language_definitions(&host).map_err(|error| InvalidCombination {
            setting: "languages.folder",
            problem: format!("{:#}", anyhow::Error::from(error)),
        })?;
        if self.roles.has(Role::Worker) {
            host::warm_sandboxes(&host, &languages).map_err(|error| InvalidCombination {
                setting: "sandbox.warm",
                problem: format!("sandbox.warm: {error}"),
            })?;
        }
        Ok(())
    }
}

/// Whether it is a scheme, a host and perhaps a port, as a browser names the page's own.
fn is_origin(text: &str) -> bool {
    let is_whole = |url: Url| {
        url.origin().is_tuple() && url.origin().ascii_serialization() == text.trim_end_matches('/')
    };
    text == "*" || Url::parse(text).is_ok_and(is_whole)
}

fn folder_must_be_there(setting: &'static str, folder: &Path) -> Result<(), InvalidCombination> {
    let problem = if folder.exists() { "is no folder" } else { "does not exist" };
    ensure(folder.is_dir(), setting, || {
        format!(
            "{setting}: {} {problem}; name a folder that is there, or leave the setting out",
            folder.display()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::super::load::refuse;
    use super::*;

    #[test]
    fn origins_are_those_of_browsers() {
        for text in ["*", "https://school.example", "http://localhost:3000", "http://127.0.0.1:5173/"] {
            assert!(is_origin(text), "{text}");
        }
        for text in ["school.example", "https://school.example/page", "https://", "", "null"] {
            assert!(!is_origin(text), "{text}");
        }
        refuse("cors_origins = \"school.example\"", "cors_origins must have origins such as");
    }

    #[test]
    fn a_filter_that_is_none_is_refused() {
        refuse("log.filter = \"worker=loud\"", "log.filter must be a level");
    }

    #[test]
    fn folders_that_are_named_must_be_there() {
        let told = |text: &str| Config::parse_valid(text).check_files().map_err(|unfit| unfit.problem);
        assert_eq!(told(""), Ok(()));
        for (text, says) in [
            ("content.folder = \"/nope\"", "content.folder: /nope does not exist"),
            ("content.folder = \"/etc/passwd\"", "content.folder: /etc/passwd is no folder"),
            ("languages.folder = \"/nope\"", "languages.folder: /nope does not exist"),
            ("sandbox.warm = { pyton = 1 }", "no language is called pyton"),
        ] {
            let problem = told(text).expect_err(text);
            assert!(problem.contains(says), "{problem}");
        }
    }
}
