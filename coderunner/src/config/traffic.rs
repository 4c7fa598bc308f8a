//! `[traffic]` and `[breaker]`: rate limits, load shedding and circuit breakers.

use std::time::Duration;

use gateway::IpNet;
use traffic::{BreakerSettings, LocalLimiter, Rule, ShedSettings};

use super::{
    combination::{InvalidCombination, ensure},
    secret::SecretUrl,
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
    pub(super) fn check_shedding(&self) -> Result<(), InvalidCombination> {
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

    pub(super) fn shedding(&self) -> ShedSettings {
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
