//! Roles: the parts of a server that one process runs.

use std::{collections::BTreeSet, fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize};

/// A part of the system that can run in a process of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Role {
    /// The way in: passes requests on to the services, here or elsewhere.
    Gateway,
    /// Accepts submissions and reports their results.
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

/// The roles of a process: at least one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Roles(BTreeSet<Role>);

impl Roles {
    pub(crate) fn has(&self, role: Role) -> bool {
        self.0.contains(&role)
    }

    /// Whether it serves HTTP routes other than those for operators.
    pub(crate) fn serve_http(&self) -> bool {
        self.0.iter().any(|role| *role != Role::Worker)
    }

    /// Those that share jobs, and so records, queue and objects.
    pub(crate) fn sharing_roles(&self) -> impl Iterator<Item = Role> {
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

impl<'de> Deserialize<'de> for Roles {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::of(Vec::<String>::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_a_set_and_unknown_ones_are_refused_by_name() {
        let roles = Roles::of(["worker", " gateway", "worker"]).expect("roles");
        assert_eq!(roles.to_string(), "gateway, worker");
        assert!(roles.has(Role::Gateway) && !roles.has(Role::Execution));
        assert_eq!(roles.sharing_roles().collect::<Vec<_>>(), [Role::Worker]);
        let error = Roles::of(["gateway", "wroker"]).expect_err("no such role");
        assert!(error.contains("\"wroker\" is no role; there are gateway, execution"), "{error}");
        assert!(Roles::of([""; 0]).is_err());
        assert!(!Roles::of(["worker"]).expect("a role").serve_http());
    }
}
