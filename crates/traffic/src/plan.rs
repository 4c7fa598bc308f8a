//! How much whom is allowed: plans by name, each with a quota for each class of request. Data, from the configuration.

use std::collections::BTreeMap;

use model::PlanName;
use serde::{Deserialize, Serialize};

use crate::Quota;

/// What kind of request it is. Each is counted apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// It makes a program run: submissions, gradings, and live sessions, which count when they start.
    Submission,
    /// It reads a result, follows a job, or fetches a file.
    Read,
    /// Anything else of the API.
    Api,
    /// A page for people, or health for machines: not counted.
    Page,
}

impl Class {
    /// Its name in metrics and keys.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Submission => "submission",
            Self::Read => "read",
            Self::Api => "api",
            Self::Page => "page",
        }
    }
}

/// What one kind of caller may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// How many programs may be run.
    pub submissions: Quota,
    /// How many other requests may be made.
    pub api: Quota,
    /// How often results may be read and jobs followed.
    pub reads: Quota,
}

impl Plan {
    /// The quota of a class; none where requests of the class are not counted.
    pub const fn of(&self, class: Class) -> Option<&Quota> {
        match class {
            Class::Submission => Some(&self.submissions),
            Class::Read => Some(&self.reads),
            Class::Api => Some(&self.api),
            Class::Page => None,
        }
    }
}

/// The plans of an installation: at least [`Plans::ANONYMOUS`], [`Plans::STANDARD`] and [`Plans::SERVICE`]. Read from a table of
/// plans, in which whatever is left out is as usual; in a plan of another name, as in the standard one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "BTreeMap<String, Part>")]
#[serde(into = "BTreeMap<String, Plan>")]
pub struct Plans {
    anonymous: Plan,
    standard: Plan,
    service: Plan,
    others: BTreeMap<String, Plan>,
}

impl Plans {
    /// For whoever is not known, by network address.
    pub const ANONYMOUS: &str = "anonymous";
    /// For accounts.
    pub const STANDARD: &str = "standard";
    /// For programs that are trusted, by their keys.
    pub const SERVICE: &str = "service";

    /// The plan of this name; the anonymous one where there is none.
    pub fn of(&self, name: &PlanName) -> &Plan {
        match name.as_str() {
            Self::STANDARD => &self.standard,
            Self::SERVICE => &self.service,
            other => self.others.get(other).unwrap_or(&self.anonymous),
        }
    }
}

impl Default for Plans {
    fn default() -> Self {
        let plan = |submissions: &str, api: &str, reads: &str| {
            let quota = |text: &str| text.parse().expect("the usual quotas can be read");
            Plan { submissions: quota(submissions), api: quota(api), reads: quota(reads) }
        };
        Self {
            anonymous: plan("burst 10 at 2/s, 30/min", "30/min", "600/min"),
            standard: plan("burst 10 at 2/s, 10/min, 100/h, 500/day", "60/min", "600/min"),
            service: plan("burst 100 at 20/s, 600/min", "600/min", "6000/min"),
            others: BTreeMap::new(),
        }
    }
}

impl From<Plans> for BTreeMap<String, Plan> {
    fn from(plans: Plans) -> Self {
        let Plans { anonymous, standard, service, mut others } = plans;
        others.insert(Plans::ANONYMOUS.to_owned(), anonymous);
        others.insert(Plans::STANDARD.to_owned(), standard);
        others.insert(Plans::SERVICE.to_owned(), service);
        others
    }
}

/// A plan as it is written: what is left out is as usual.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Part {
    submissions: Option<Quota>,
    api: Option<Quota>,
    reads: Option<Quota>,
}

impl Part {
    fn over(self, base: Plan) -> Plan {
        Plan {
            submissions: self.submissions.unwrap_or(base.submissions),
            api: self.api.unwrap_or(base.api),
            reads: self.reads.unwrap_or(base.reads),
        }
    }
}

impl From<BTreeMap<String, Part>> for Plans {
    fn from(mut parts: BTreeMap<String, Part>) -> Self {
        let usual = Self::default();
        let mut named = |name: &str, base: Plan| parts.remove(name).unwrap_or_default().over(base);
        let anonymous = named(Self::ANONYMOUS, usual.anonymous);
        let service = named(Self::SERVICE, usual.service);
        let standard = named(Self::STANDARD, usual.standard);
        let others = parts.into_iter().map(|(name, part)| (name, part.over(standard.clone()))).collect();
        Self { anonymous, standard, service, others }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quota(text: &str) -> Quota {
        text.parse().expect("a quota")
    }

    fn part(submissions: &str) -> Part {
        Part { submissions: Some(quota(submissions)), ..Part::default() }
    }

    #[test]
    fn what_a_plan_leaves_out_is_as_usual() {
        let parts = [("anonymous", part("5/min")), ("school", part("1000/min"))];
        let plans = Plans::from(BTreeMap::from(parts.map(|(name, part)| (name.to_owned(), part))));
        let of = |name: &str| plans.of(&PlanName::new(name)).clone();
        let usual = Plans::default();
        assert_eq!(of("anonymous").submissions, quota("5/min"));
        assert_eq!(of("anonymous").api, quota("30/min"));
        assert_eq!(of("school").submissions, quota("1000/min"));
        assert_eq!(of("school").api, quota("60/min"));
        assert_eq!(&of("standard"), usual.of(&PlanName::new("standard")));
    }

    #[test]
    fn a_plan_that_nobody_has_written_is_the_anonymous_one() {
        let plans = Plans::default();
        assert_eq!(plans.of(&PlanName::new("gone")), plans.of(&PlanName::new("anonymous")));
    }

    #[test]
    fn the_usual_limits_are_those_promised() {
        let plans = Plans::default();
        let standard = plans.of(&PlanName::new("standard"));
        assert_eq!(standard.submissions.to_string(), "burst 10 at 2/s, 10/min, 100/h, 500/day");
        assert_eq!(
            (standard.api.to_string(), standard.reads.to_string()),
            ("60/min".into(), "600/min".into())
        );
        let anonymous = plans.of(&PlanName::new("anonymous"));
        assert_eq!(anonymous.of(Class::Submission), Some(&quota("burst 10 at 2/s, 30/min")));
        assert_eq!(anonymous.of(Class::Page), None);
    }
}
