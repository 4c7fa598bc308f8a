//! How much may come, and what is left alone when it fails.

use std::{sync::Arc, time::Duration};

use gateway::{IpNet, RequestLimits};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use traffic::{BreakerSettings, Limiter, LocalLimiter, Rule, SharedLimiter, ShedSettings, TimeOf};

use super::{Config, Throttle, engines::SecretUrl};
use crate::roles::one_or_many;

/// `[traffic]`: how much may come, beside what `[plans]` says. None of it holds where `limits` is off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct TrafficConfig {
    /// Networks whose addresses are not counted, such as a school's: `["198.51.100.0/24"]`. Whoever signs in is counted by name,
    /// wherever that is.
    #[serde(deserialize_with = "networks")]
    pub exempt: Vec<IpNet>,
    /// Where counts are shared with other processes: `redis://host:port`. Left out, where the queue is; and where that is in
    /// the data folder, nowhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<SecretUrl>,
    /// How many callers are remembered in this process.
    pub most_callers: usize,
    /// Above how many waiting jobs those of low priority are refused.
    pub shed_low_above: u64,
    /// Below how many they are taken again.
    pub shed_low_until: u64,
    /// Above how many those of normal priority are refused too.
    pub shed_normal_above: u64,
    /// Below how many they are taken again.
    pub shed_normal_until: u64,
    /// How many runs a minute each slot of all workers is for: more are refused until the minute is over. With 0 the depth of
    /// the queue alone decides.
    pub runs_per_minute_per_slot: u32,
    /// After how many seconds a client that finds no room is told to try again.
    pub retry_after_seconds: u64,
}

/// `[breaker]`: when what this server needs is left alone for a while, since it keeps failing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct BreakerConfig {
    /// After how many failures in a row.
    pub failures: u32,
    /// For how many seconds; then one request tries.
    pub open_seconds: u64,
}

impl Default for TrafficConfig {
    fn default() -> Self {
        let ShedSettings { low_above, low_until, normal_above, normal_until } = ShedSettings::default();
        let execution::Settings { runs_per_minute_per_slot, retry_after, .. } =
            execution::Settings::default();
        Self {
            exempt: Vec::new(),
            url: None,
            most_callers: LocalLimiter::MOST_CALLERS,
            shed_low_above: low_above,
            shed_low_until: low_until,
            shed_normal_above: normal_above,
            shed_normal_until: normal_until,
            runs_per_minute_per_slot,
            retry_after_seconds: retry_after.as_secs(),
        }
    }
}

impl Default for BreakerConfig {
    fn default() -> Self {
        let BreakerSettings { failures, open_for } = BreakerSettings::default();
        Self { failures, open_seconds: open_for.as_secs() }
    }
}

fn networks<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IpNet>, D::Error> {
    let parsed = one_or_many(deserializer)?.into_iter().map(|text| {
        let parsed = text.parse::<IpNet>();
        parsed.map_err(|error| {
            D::Error::custom(format!("{text:?} is no network such as 198.51.100.0/24: {error}"))
        })
    });
    parsed.collect()
}

impl TrafficConfig {
    /// A gigabyte or so.
    const MOST_CALLERS: usize = 1_000_000;
    /// Nobody waits longer to be told the same again.
    const LONGEST_WAIT: u64 = 3_600;

    pub(super) fn check(&self) -> anyhow::Result<()> {
        let most = Self::MOST_CALLERS;
        anyhow::ensure!(
            (1..=most).contains(&self.most_callers),
            "traffic.most_callers must be between 1 and {most}"
        );
        let most = Self::LONGEST_WAIT;
        anyhow::ensure!(
            (1..=most).contains(&self.retry_after_seconds),
            "traffic.retry_after_seconds must be between 1 and {most}"
        );
        anyhow::ensure!(
            self.runs_per_minute_per_slot <= Rule::MOST,
            "traffic.runs_per_minute_per_slot must be at most {}, or 0 for no such limit",
            Rule::MOST
        );
        self.check_shedding()
    }

    fn check_shedding(&self) -> anyhow::Result<()> {
        for (kind, above, until) in [
            ("low", self.shed_low_above, self.shed_low_until),
            ("normal", self.shed_normal_above, self.shed_normal_until),
        ] {
            anyhow::ensure!(
                until <= above,
                "traffic.shed_{kind}_until must be at most traffic.shed_{kind}_above, which is {above}: what is refused above \
                 one depth can only be taken again below it"
            );
        }
        anyhow::ensure!(
            self.shed_low_above <= self.shed_normal_above && self.shed_low_until <= self.shed_normal_until,
            "traffic.shed_low_above and traffic.shed_low_until must be at most those of normal: what is less urgent is refused \
             first and taken again last"
        );
        Ok(())
    }

    fn shedding(&self) -> ShedSettings {
        ShedSettings {
            low_above: self.shed_low_above,
            low_until: self.shed_low_until,
            normal_above: self.shed_normal_above,
            normal_until: self.shed_normal_until,
        }
    }
}

impl BreakerConfig {
    /// An hour: what is away for longer is looked for by then.
    const LONGEST_SECONDS: u64 = 3_600;

    pub(super) fn check(&self) -> anyhow::Result<()> {
        anyhow::ensure!((1..=1000).contains(&self.failures), "breaker.failures must be between 1 and 1000");
        let most = Self::LONGEST_SECONDS;
        anyhow::ensure!(
            (1..=most).contains(&self.open_seconds),
            "breaker.open_seconds must be between 1 and {most}"
        );
        Ok(())
    }

    /// When a breaker opens, and for how long.
    pub(crate) const fn settings(&self) -> BreakerSettings {
        BreakerSettings { failures: self.failures, open_for: Duration::from_secs(self.open_seconds) }
    }
}

impl Config {
    /// What callers may ask, if that is limited.
    pub(super) fn request_limits(&self) -> anyhow::Result<Option<RequestLimits>> {
        if self.limits == Throttle::Off {
            return Ok(None);
        }
        let limiter = self.limiter(self.traffic.most_callers)?;
        let (plans, exempt) = (Arc::new(self.plans.clone()), self.traffic.exempt.clone().into());
        Ok(Some(RequestLimits { limiter, plans, exempt }))
    }

    /// What counts runs against the capacity of the workers: together with other processes, where they share counts.
    pub(crate) fn capacity_limiter(&self) -> anyhow::Result<Arc<Limiter>> {
        if self.runs_per_minute_per_slot() == 0 {
            return Ok(Arc::new(Limiter::local(1)));
        }
        self.limiter(1)
    }

    /// Counts of at most so many callers in this process, shared with other processes where there is a Redis for it.
    fn limiter(&self, most_callers: usize) -> anyhow::Result<Arc<Limiter>> {
        let local = Limiter::local(most_callers);
        Ok(Arc::new(match self.traffic.url.as_ref().or(self.broker.url.as_ref()) {
            Some(url) => {
                local.sharing(SharedLimiter::at(url.reveal(), TimeOf::Redis)?, self.breaker.settings())
            }
            None => local,
        }))
    }

    /// What is shed at which depth.
    pub(crate) fn shedding(&self) -> ShedSettings {
        match self.limits {
            Throttle::On => self.traffic.shedding(),
            Throttle::Off => ShedSettings::NEVER,
        }
    }

    /// How many runs a minute each slot is for; 0 where that is not limited.
    pub(crate) const fn runs_per_minute_per_slot(&self) -> u32 {
        match self.limits {
            Throttle::On => self.traffic.runs_per_minute_per_slot,
            Throttle::Off => 0,
        }
    }

    /// Whether what limits traffic makes sense.
    pub(super) fn check_traffic(&self) -> anyhow::Result<()> {
        let fits = self.traffic.url.as_ref().is_none_or(|url| url.has_scheme(&["redis", "rediss"]));
        anyhow::ensure!(fits, "traffic.url must be an address that begins with redis:// or rediss://");
        self.traffic.check()?;
        self.breaker.check()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<(), String> {
        let config: Config = toml::from_str(text).map_err(|error| error.to_string())?;
        config.check_traffic().map_err(|error| error.to_string())
    }

    #[test]
    fn the_usual_limits_are_sound_and_printed() {
        assert_eq!(check(""), Ok(()));
        let printed = toml::to_string_pretty(&Config::default()).expect("prints");
        for line in [
            "submissions = \"burst 10 at 2/s, 10/min, 100/h, 500/day\"",
            "[plans.anonymous]",
            "shed_low_above = 1000",
            "shed_low_until = 500",
            "shed_normal_above = 2000",
            "runs_per_minute_per_slot = 0",
            "failures = 5",
            "open_seconds = 5",
        ] {
            assert!(printed.contains(line), "{line} is not in {printed}");
        }
    }

    #[test]
    fn a_limit_that_makes_no_sense_is_refused_with_what_to_write() {
        for (text, says) in [
            ("[plans.anonymous]\nsubmissions = \"10 per minute\"", "write 10/min, 100/h"),
            ("[plans.anonymous]\nsubmissions = \"0/min\"", "how many must be between 1 and 1000000"),
            ("[plans.anonymous]\nruns = \"1/min\"", "unknown field `runs`"),
            ("traffic.exempt = [\"school\"]", "\"school\" is no network such as"),
            ("traffic.url = \"http://localhost\"", "redis://"),
            ("traffic.most_callers = 0", "traffic.most_callers must be between"),
            ("traffic.retry_after_seconds = 0", "traffic.retry_after_seconds must be between"),
            (
                "traffic.runs_per_minute_per_slot = 1000001",
                "traffic.runs_per_minute_per_slot must be at most",
            ),
            ("traffic.shed_low_until = 1001", "traffic.shed_low_until must be at most"),
            ("traffic.shed_normal_until = 2001", "traffic.shed_normal_until must be at most"),
            ("traffic.shed_normal_above = 999\ntraffic.shed_normal_until = 999", "refused first"),
            ("breaker.failures = 0", "breaker.failures must be"),
            ("breaker.open_seconds = 0", "breaker.open_seconds must be"),
        ] {
            let refused = check(text).expect_err(text);
            assert!(refused.contains(says), "{refused}");
        }
    }

    #[tokio::test]
    async fn limits_are_off_where_they_are_said_to_be() {
        let config: Config =
            toml::from_str("limits = \"off\"\ntraffic.runs_per_minute_per_slot = 7").expect("reads");
        assert!(config.request_limits().expect("none").is_none());
        assert_eq!((config.shedding(), config.runs_per_minute_per_slot()), (ShedSettings::NEVER, 0));
        assert!(Config::default().request_limits().expect("some").is_some());
    }
}
