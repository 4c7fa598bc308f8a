//! Limits of traffic, out of several sections: rate limits, load shedding and capacity.

use std::sync::Arc;

use gateway::RequestLimits;
use traffic::{ClockSource, Limiter, SharedLimiter, ShedSettings};

use super::{
    choice::Throttle,
    combination::{InvalidCombination, check_scheme},
    root::Config,
};

impl Config {
    /// What callers may ask, if that is limited.
    pub(super) fn request_limits(&self) -> anyhow::Result<Option<RequestLimits>> {
        if self.limits == Throttle::Off {
            return Ok(None);
        }
        let limiter = self.limiter(self.traffic.max_callers)?;
        let (plans, exempt) = (Arc::new(self.plans.clone()), self.traffic.exempt.clone().into());
        Ok(Some(RequestLimits { limiter, plans, exempt, device_key: self.gateway.device_key() }))
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
            Some(url) => local
                .with_shared(SharedLimiter::open(url.reveal(), ClockSource::Redis)?, self.breaker.settings()),
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
    pub(super) fn check_traffic(&self) -> Result<(), InvalidCombination> {
        check_scheme("traffic.url", self.traffic.url.as_ref(), &["redis", "rediss"])?;
        self.traffic.check_shedding()
    }
}

#[cfg(test)]
mod tests {
    use super::{super::load::refuse, *};

    #[test]
    fn a_limit_that_makes_no_sense_is_refused_with_what_to_write() {
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
