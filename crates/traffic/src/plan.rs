//! Plans: named sets of quotas, one quota per class of request, from the configuration.

use std::collections::BTreeMap;

use model::PlanName;
use serde::{Deserialize, Serialize};

use crate::Quota;

/// Class of a request. Each class is counted separately.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// Runs a program: submissions, gradings, and live sessions, which count once at their start.
    Submission,
    /// Reads a result, follows a job, or fetches a file.
    Read,
    /// Types into a running program.
    Input,
    /// Saves or reads a draft.
    Draft,
    /// Shares a program.
    Share,
    /// Identifies a new browser behind an address.
    Device,
    /// Every other request to the API.
    Api,
    /// A web page or a health check: not counted.
    Page,
}

impl Class {
    /// Name in metrics and keys.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Submission => "submission",
            Self::Read => "read",
            Self::Input => "input",
            Self::Draft => "draft",
            Self::Share => "share",
            Self::Device => "device",
            Self::Api => "api",
            Self::Page => "page",
        }
    }
}

/// The quotas of one kind of caller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// Limit of program runs.
    pub submissions: Quota,
    /// Limit of other requests.
    pub api: Quota,
    /// Limit of reading results and following jobs.
    pub reads: Quota,
    /// Limit of lines typed into running programs.
    pub inputs: Quota,
    /// Limit of saving and reading drafts.
    pub drafts: Quota,
    /// Limit of sharing programs.
    pub shares: Quota,
    /// Limit of new device cookies, for [`Plans::NETWORK`]; other plans do not use it.
    pub devices: Quota,
}

impl Plan {
    /// The quota of a class; `None` if requests of the class are not counted.
    pub const fn get(&self, class: Class) -> Option<&Quota> {
        match class {
            Class::Submission => Some(&self.submissions),
            Class::Read => Some(&self.reads),
            Class::Input => Some(&self.inputs),
            Class::Draft => Some(&self.drafts),
            Class::Share => Some(&self.shares),
            Class::Device => Some(&self.devices),
            Class::Api => Some(&self.api),
            Class::Page => None,
        }
    }
}

/// The plans of an installation: at least those that have constants.
/// Deserialized from a table of plans. Missing fields have their defaults; in a plan with another name, the
/// values of the standard plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "BTreeMap<String, PlanOverride>")]
#[serde(into = "BTreeMap<String, Plan>")]
pub struct Plans {
    anonymous: Plan,
    device: Plan,
    network: Plan,
    standard: Plan,
    service: Plan,
    others: BTreeMap<String, Plan>,
}

impl Plans {
    /// Callers without an account or a device cookie, by network address.
    pub const ANONYMOUS: &str = "anonymous";
    /// Browsers without an account, by device cookie.
    pub const DEVICE: &str = "device";
    /// All browsers behind a network address together.
    pub const NETWORK: &str = "network";
    /// Accounts.
    pub const STANDARD: &str = "standard";
    /// Trusted programs, by API key.
    pub const SERVICE: &str = "service";

    /// The plan of this name; the anonymous plan if there is none.
    pub fn get(&self, name: &PlanName) -> &Plan {
        match name.as_str() {
            Self::STANDARD => &self.standard,
            Self::SERVICE => &self.service,
            Self::DEVICE => &self.device,
            Self::NETWORK => &self.network,
            other => self.others.get(other).unwrap_or(&self.anonymous),
        }
    }
}

impl Default for Plans {
    fn default() -> Self {
        let quota = |text: &str| -> Quota { text.parse().expect("the default quotas are valid") };
        let plan = |submissions: &str, api: &str, reads: &str, inputs: &str| Plan {
            submissions: quota(submissions),
            api: quota(api),
            reads: quota(reads),
            inputs: quota(inputs),
            drafts: quota("60/min"),
            shares: quota("20/h"),
            devices: Quota::default(),
        };
        Self {
            anonymous: plan("burst 10 at 2/s, 30/min", "30/min", "600/min", "600/min"),
            device: plan("burst 10 at 2/s, 30/min", "60/min", "600/min", "600/min"),
            network: Plan {
                drafts: quota("6000/min"),
                shares: quota("600/h"),
                devices: quota("200/h, 1000/day"),
                ..plan("burst 300 at 20/s, 1200/min", "6000/min", "30000/min", "30000/min")
            },
            standard: plan("burst 10 at 2/s, 10/min, 100/h, 500/day", "60/min", "600/min", "600/min"),
            service: Plan {
                drafts: quota("600/min"),
                shares: quota("600/h"),
                ..plan("burst 100 at 20/s, 600/min", "600/min", "6000/min", "6000/min")
            },
            others: BTreeMap::new(),
        }
    }
}

impl From<Plans> for BTreeMap<String, Plan> {
    fn from(plans: Plans) -> Self {
        let Plans { anonymous, device, network, standard, service, mut others } = plans;
        others.insert(Plans::ANONYMOUS.to_owned(), anonymous);
        others.insert(Plans::DEVICE.to_owned(), device);
        others.insert(Plans::NETWORK.to_owned(), network);
        others.insert(Plans::STANDARD.to_owned(), standard);
        others.insert(Plans::SERVICE.to_owned(), service);
        others
    }
}

/// A plan as configured; missing fields have their defaults.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct PlanOverride {
    submissions: Option<Quota>,
    api: Option<Quota>,
    reads: Option<Quota>,
    inputs: Option<Quota>,
    drafts: Option<Quota>,
    shares: Option<Quota>,
    devices: Option<Quota>,
}

impl PlanOverride {
    fn apply_to(self, base: Plan) -> Plan {
        Plan {
            submissions: self.submissions.unwrap_or(base.submissions),
            api: self.api.unwrap_or(base.api),
            reads: self.reads.unwrap_or(base.reads),
            inputs: self.inputs.unwrap_or(base.inputs),
            drafts: self.drafts.unwrap_or(base.drafts),
            shares: self.shares.unwrap_or(base.shares),
            devices: self.devices.unwrap_or(base.devices),
        }
    }
}

impl From<BTreeMap<String, PlanOverride>> for Plans {
    fn from(mut overrides: BTreeMap<String, PlanOverride>) -> Self {
        let defaults = Self::default();
        let mut named = |name: &str, base: Plan| overrides.remove(name).unwrap_or_default().apply_to(base);
        let anonymous = named(Self::ANONYMOUS, defaults.anonymous);
        let device = named(Self::DEVICE, defaults.device);
        let network = named(Self::NETWORK, defaults.network);
        let service = named(Self::SERVICE, defaults.service);
        let standard = named(Self::STANDARD, defaults.standard);
        let others = overrides
            .into_iter()
            .map(|(name, plan_override)| (name, plan_override.apply_to(standard.clone())))
            .collect();
        Self { anonymous, device, network, standard, service, others }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quota(text: &str) -> Quota {
        text.parse().expect("a quota")
    }

    fn plan_override(submissions: &str) -> PlanOverride {
        PlanOverride { submissions: Some(quota(submissions)), ..PlanOverride::default() }
    }

    #[test]
    fn fields_missing_in_a_plan_have_defaults() {
        let overrides = [("anonymous", plan_override("5/min")), ("school", plan_override("1000/min"))];
        let plans = Plans::from(BTreeMap::from(
            overrides.map(|(name, plan_override)| (name.to_owned(), plan_override)),
        ));
        let of = |name: &str| plans.get(&PlanName::new(name)).clone();
        let defaults = Plans::default();
        assert_eq!(of("anonymous").submissions, quota("5/min"));
        assert_eq!(of("anonymous").api, quota("30/min"));
        assert_eq!(of("school").submissions, quota("1000/min"));
        assert_eq!(of("school").api, quota("60/min"));
        assert_eq!(&of("standard"), defaults.get(&PlanName::new("standard")));
    }

    #[test]
    fn an_unknown_plan_is_the_anonymous_one() {
        let plans = Plans::default();
        assert_eq!(plans.get(&PlanName::new("gone")), plans.get(&PlanName::new("anonymous")));
    }

    #[test]
    fn the_default_limits_are_as_documented() {
        let plans = Plans::default();
        let standard = plans.get(&PlanName::new("standard"));
        assert_eq!(standard.submissions.to_string(), "burst 10 at 2/s, 10/min, 100/h, 500/day");
        assert_eq!(
            (standard.api.to_string(), standard.reads.to_string()),
            ("60/min".into(), "600/min".into())
        );
        let anonymous = plans.get(&PlanName::new("anonymous"));
        assert_eq!(anonymous.get(Class::Submission), Some(&quota("burst 10 at 2/s, 30/min")));
        assert_eq!(anonymous.get(Class::Page), None);
        let device = plans.get(&PlanName::new("device"));
        assert_eq!(device.submissions, anonymous.submissions, "a browser has what an address had");
        let network = plans.get(&PlanName::new("network"));
        assert_eq!(network.get(Class::Device), Some(&quota("200/h, 1000/day")));
    }

    #[test]
    fn the_ceiling_of_a_network_is_enough_for_thirty_devices() {
        let plans = Plans::default();
        let [device, network] = ["device", "network"].map(|name| plans.get(&PlanName::new(name)));
        for class in [Class::Submission, Class::Read, Class::Input, Class::Draft, Class::Share, Class::Api] {
            let (one, all) = (device.get(class).expect("a quota"), network.get(class).expect("a quota"));
            for rule in one.rules() {
                let ceiling =
                    all.rules().iter().find(|other| other.name() == rule.name()).expect("the same rule");
                assert!(ceiling.limit() >= 30 * rule.limit(), "{class:?}: {ceiling} and {rule}");
            }
        }
    }
}
