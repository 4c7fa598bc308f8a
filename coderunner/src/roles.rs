//! What a process does of all that a server does.

use std::{collections::BTreeSet, fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize};

/// A part of the system that can run in a process of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Role {
    /// The way in: passes requests on to the services, here or elsewhere.
    Gateway,
    /// Takes submissions and tells what came of them.
    Execution,
    /// Shows the problems.
    Problems,
    /// Runs programs.
    Worker,
}

impl Role {
    pub(crate) const ALL: [Self; 4] = [Self::Gateway, Self::Execution, Self::Problems, Self::Worker];

    const fn name(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Execution => "execution",
            Self::Problems => "problems",
            Self::Worker => "worker",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        Self::ALL
            .into_iter()
            .find(|role| role.name() == text)
            .ok_or_else(|| format!("{text:?} is no role; there are gateway, execution, problems and worker"))
    }
}

/// The roles of a process: at least one. In a file a list, in the environment and on the command line with commas between.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Roles(BTreeSet<Role>);

impl Roles {
    pub(crate) fn has(&self, role: Role) -> bool {
        self.0.contains(&role)
    }

    /// Whether anything is served over HTTP but what is for operators.
    pub(crate) fn serve_http(&self) -> bool {
        self.0.iter().any(|role| *role != Role::Worker)
    }

    /// Those that share jobs, and so records, queue and objects.
    pub(crate) fn sharing(&self) -> impl Iterator<Item = Role> {
        self.0.iter().copied().filter(|role| *role != Role::Gateway)
    }

    fn of(names: impl IntoIterator<Item = impl AsRef<str>>) -> Result<Self, String> {
        let roles: BTreeSet<Role> =
            names.into_iter().map(|name| name.as_ref().parse()).collect::<Result<_, _>>()?;
        if roles.is_empty() {
            Err("roles names none; leave it out for all".to_owned())
        } else {
            Ok(Self(roles))
        }
    }
}

impl Default for Roles {
    fn default() -> Self {
        Self(Role::ALL.into())
    }
}

impl fmt::Display for Roles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.0.iter().map(|role| role.name()).collect();
        f.write_str(&names.join(", "))
    }
}

impl FromStr for Roles {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::of(text.split(','))
    }
}

impl<'de> Deserialize<'de> for Roles {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::of(one_or_many(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// A list, or its parts with commas between.
pub(crate) fn one_or_many<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "a list of texts, or one with commas between")]
    enum Given {
        Line(String),
        List(Vec<String>),
    }
    Ok(match Given::deserialize(deserializer)? {
        Given::Line(line) => {
            line.split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
        }
        Given::List(list) => list,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_read_from_a_line_and_unknown_ones_are_refused_by_name() {
        let roles: Roles = "worker, gateway,worker".parse().expect("roles");
        assert_eq!(roles.to_string(), "gateway, worker");
        assert!(roles.has(Role::Gateway) && !roles.has(Role::Execution));
        assert_eq!(roles.sharing().collect::<Vec<_>>(), [Role::Worker]);
        let error = "gateway,wroker".parse::<Roles>().expect_err("no such role");
        assert!(error.contains("\"wroker\" is no role; there are gateway, execution"), "{error}");
        assert!("".parse::<Roles>().is_err());
        assert!(!"worker".parse::<Roles>().expect("a role").serve_http());
    }

    #[test]
    fn a_file_may_have_a_list_or_a_line() {
        #[derive(Deserialize)]
        struct File {
            roles: Roles,
        }
        let read = |text: &str| toml::from_str::<File>(text).map(|file| file.roles.to_string());
        assert_eq!(read("roles = [\"problems\", \"execution\"]").expect("reads"), "execution, problems");
        assert_eq!(read("roles = \"problems,execution\"").expect("reads"), "execution, problems");
        for wrong in ["roles = []", "roles = \"\"", "roles = 3", "roles = [\"web\"]"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
