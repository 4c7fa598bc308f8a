//! `[traffic]` and `[breaker]`: rate limits, load shedding and circuit breakers.

use std::{sync::Arc, time::Duration};

use gateway::{IpNet, RequestLimits};
use traffic::{BreakerSettings, ClockSource, Limiter, LocalLimiter, Rule, SharedLimiter, ShedSettings};

use super::{
    Config, Throttle,
    engines::{SecretUrl, check_scheme},
    load::{InvalidCombination, ensure},
    setting::settings,
};

/// Their counts need about a gigabyte.
const MAX_CALLERS: usize = 1_000_000;
/// One hour: after that, a client should retry, and a dependency be probed again.
const LONGEST_SECONDS: u64 = 3_600;

settings! {
    /// Limits of requests, in addition to `plans`. They do not apply if `limits` is off.
    pub(crate) struct TrafficConfig {
        /// Networks whose addresses are not counted, such as a school's: `198.51.100.0/24`. A signed-in user is counted by name,
        /// in any network.
        exempt: Vec<IpNet> = Vec::new();
        /// Address of counters that are shared with other processes: `redis://host:port`. By default the Redis of the queue; if
        /// the queue is in the data folder, counters are not shared.
        url: Option<SecretUrl> = None;
        /// Maximum number of callers that this process counts.
        #[former = "most_callers"]
        max_callers: usize = LocalLimiter::MAX_CALLERS, 1..=MAX_CALLERS;
        /// Number of waiting jobs above which jobs of low priority are refused.
        shed_low_above: u64 = ShedSettings::default().low_above;
        /// Number of waiting jobs below which jobs of low priority are accepted again.
        shed_low_until: u64 = ShedSettings::default().low_until;
        /// Number of waiting jobs above which jobs of normal priority are refused too.
        shed_normal_above: u64 = ShedSettings::default().normal_above;
        /// Number of waiting jobs below which jobs of normal priority are accepted again.
        shed_normal_until: u64 = ShedSettings::default().normal_until;
        /// Maximum number of runs a minute for each slot of all workers: more are refused until the minute is over. With 0 only
        /// the depth of the queue decides.
        runs_per_minute_per_slot: u32 = execution::Settings::default().runs_per_minute_per_slot, ..=Rule::MAX_LIMIT;
        /// Value of `Retry-After` for clients that are refused for lack of room, in seconds.
        retry_after_seconds: u64 = execution::Settings::default().retry_after.as_secs(), 1..=LONGEST_SECONDS;
    }
}

settings! {
    /// Circuit breaker: a dependency that keeps failing is not called for a while.
    pub(crate) struct BreakerConfig {
        /// Number of failures in a row that open it.
        failures: u32 = BreakerSettings::default().failures, 1..=1000;
        /// Time for which it stays open, in seconds; then one request is a probe.
        open_seconds: u64 = BreakerSettings::default().open_for.as_secs(), 1..=LONGEST_SECONDS;
    }
}

impl TrafficConfig {
    fn check_shedding(&self) -> Result<(), InvalidCombination> {
        for (kind, setting, above, until) in [
            ("low", "traffic.shed_low_until", self.shed_low_above, self.shed_low_until),
            ("normal", "traffic.shed_normal_until", self.shed_normal_above, self.shed_normal_until),
        ] {
            ensure(until <= above, setting, || {
                format!(
                    "{setting} must be at most traffic.shed_{kind}_above, which is {above}: what is refused above one depth can only \
                     be taken again below it"
                )
            })?;
        }
        let is_ordered =
            self.shed_low_above <= self.shed_normal_above && self.shed_low_until <= self.shed_normal_until;
        ensure(is_ordered, "traffic.shed_low_above", || {
            "traffic.shed_low_above and traffic.shed_low_until must be at most those of normal: what is less urgent is refused \
             first and taken again last"
                .to_owned()
        })
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
    /// Conditions and duration of an open circuit breaker.
    pub(crate) const fn settings(&self) -> BreakerSettings {
        BreakerSettings { failures: self.failures, open_for: Duration::from_secs(self.open_seconds) }
    }
}

impl Config {
    /// Limits of requests by callers, if there are any.
    pub(super) fn request_limits(&self) -> anyhow::Result<Option<RequestLimits>> {
        if self.limits == Throttle::Off {
            return Ok(None);
        }
        let limiter = self.limiter(self.traffic.max_callers)?;
        let (plans, exempt) = (Arc::new(self.plans.clone()), self.traffic.exempt.clone().into());
        Ok(Some(RequestLimits { limiter, plans, exempt }))
    }

    /// Limiter of runs by the capacity of the workers; shared with other processes if they share counts.
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
            Some(url) => local
                .with_shared(SharedLimiter::open(url.reveal(), ClockSource::Redis)?, self.breaker.settings()),
            None => local,
        }))
    }

    /// Load shedding by queue depth.
    pub(crate) fn shedding(&self) -> ShedSettings {
        match self.limits {
            Throttle::On => self.traffic.shedding(),
            Throttle::Off => ShedSettings::NEVER,
        }
    }

    /// Runs per minute and slot; 0 without a limit.
    pub(crate) const fn runs_per_minute_per_slot(&self) -> u32 {
        match self.limits {
            Throttle::On => self.traffic.runs_per_minute_per_slot,
            Throttle::Off => 0,
        }
    }

    /// Checks the combination of traffic limits.
    pub(super) fn check_traffic(&self) -> Result<(), InvalidCombination> {
        check_scheme("traffic.url", self.traffic.url.as_ref(), &["redis", "rediss"])?;
        self.traffic.check_shedding()
    }
}

#[cfg(test)]
mod tests {
    use super::{super::load::refuse, *};

    #[test]
    fn an_invalid_limit_is_refused_with_advice() {
        for (text, says) in [
            ("[plans.anonymous]\nsubmissions = \"10 per minute\"", "write 10/min, 100/h"),
            ("[plans.anonymous]\nsubmissions = \"0/min\"", "how many must be between 1 and 1000000"),
            ("[plans.anonymous]\nruns = \"1/min\"", "unknown field `runs`"),
            (
                "traffic.exempt = [\"school\"]",
                "a list of networks, such as 198.51.100.0/24, not [\"school\"]",
            ),
            ("traffic.url = \"http://localhost\"", "redis://"),
            ("traffic.max_callers = 0", "traffic.max_callers must be a whole number from 1 to"),
            (
                "traffic.retry_after_seconds = 0",
                "traffic.retry_after_seconds must be a whole number from 1 to",
            ),
            (
                "traffic.runs_per_minute_per_slot = 1000001",
                "traffic.runs_per_minute_per_slot must be a whole number up to",
            ),
            ("traffic.shed_low_until = 1001", "traffic.shed_low_until must be at most"),
            ("traffic.shed_normal_until = 2001", "traffic.shed_normal_until must be at most"),
            ("traffic.shed_normal_above = 999\ntraffic.shed_normal_until = 999", "refused first"),
            ("breaker.failures = 0", "breaker.failures must be"),
            ("breaker.open_seconds = 0", "breaker.open_seconds must be"),
        ] {
            refuse(text, says);
        }
    }

    #[tokio::test]
    async fn limits_are_off_where_they_are_said_to_be() {
        let config = Config::parse_valid("limits = \"off\"\ntraffic.runs_per_minute_per_slot = 7");
        assert!(config.request_limits().expect("none").is_none());
        assert_eq!((config.shedding(), config.runs_per_minute_per_slot()), (ShedSettings::NEVER, 0));
        assert!(Config::default().request_limits().expect("some").is_some());
    }
}
