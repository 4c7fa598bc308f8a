//! Load shedding: rejects low priorities while many jobs wait. Pure.
//!
//! Each level starts above one queue length and ends below a smaller one (hysteresis); otherwise a queue near a
//! threshold would alternate between rejecting and accepting. High priority is never shed; only the limit of
//! the queue stops it.

use model::Priority;

/// The priorities that are rejected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum ShedLevel {
    /// None.
    #[default]
    None,
    /// Low priority.
    Low,
    /// Low and normal priority.
    Normal,
}

impl ShedLevel {
    /// Whether a submission of this priority is rejected.
    pub const fn rejects(self, priority: Priority) -> bool {
        match (self, priority) {
            (Self::None, _) | (_, Priority::High) | (Self::Low, Priority::Normal) => false,
            (Self::Low, Priority::Low) | (Self::Normal, Priority::Low | Priority::Normal) => true,
        }
    }
}

/// Thresholds in waiting jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShedSettings {
    /// Low priority is rejected above this.
    pub low_above: u64,
    /// Low priority is accepted again below this.
    pub low_until: u64,
    /// Normal priority is rejected above this.
    pub normal_above: u64,
    /// Normal priority is accepted again below this.
    pub normal_until: u64,
}

impl Default for ShedSettings {
    fn default() -> Self {
        Self { low_above: 1000, low_until: 500, normal_above: 2000, normal_until: 1000 }
    }
}

impl ShedSettings {
    /// Load shedding is off.
    pub const NEVER: Self =
        Self { low_above: u64::MAX, low_until: u64::MAX, normal_above: u64::MAX, normal_until: u64::MAX };
}

/// Load shedding with its current level.
#[derive(Debug, Clone, Default)]
pub struct LoadShedder {
    settings: ShedSettings,
    level: ShedLevel,
}

impl LoadShedder {
    /// Starts without load.
    pub const fn new(settings: ShedSettings) -> Self {
        Self { settings, level: ShedLevel::None }
    }

    /// Updates the level for this number of waiting jobs.
    pub const fn observe(&mut self, waiting: u64) -> ShedLevel {
        let ShedSettings { low_above, low_until, normal_above, normal_until } = self.settings;
        let was_low = !matches!(self.level, ShedLevel::None);
        let was_normal = matches!(self.level, ShedLevel::Normal);
        self.level = if waiting > normal_above || (was_normal && waiting >= normal_until) {
            ShedLevel::Normal
        } else if waiting > low_above || (was_low && waiting >= low_until) {
            ShedLevel::Low
        } else {
            ShedLevel::None
        };
        self.level
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(depths: &[(u64, ShedLevel)]) {
        let mut shedder = LoadShedder::default();
        for (depth, expected) in depths {
            assert_eq!(shedder.observe(*depth), *expected, "at {depth} of {depths:?}");
        }
    }

    #[test]
    fn low_is_shed_above_1000_and_accepted_again_below_500() {
        use ShedLevel::{Low, None, Normal};
        check(&[(0, None), (1000, None), (1001, Low), (2000, Low), (2001, Normal), (1000, Normal)]);
        check(&[(2001, Normal), (999, Low), (500, Low), (499, None), (1000, None)]);
        check(&[(1001, Low), (500, Low), (499, None), (5000, Normal), (10, None)]);
    }

    #[test]
    fn high_priority_is_never_shed() {
        for shedding in [ShedLevel::None, ShedLevel::Low, ShedLevel::Normal] {
            assert!(!shedding.rejects(Priority::High));
            assert_eq!(shedding.rejects(Priority::Normal), shedding == ShedLevel::Normal);
            assert_eq!(shedding.rejects(Priority::Low), shedding != ShedLevel::None);
        }
        assert_eq!(LoadShedder::new(ShedSettings::NEVER).observe(u64::MAX), ShedLevel::None);
    }

    proptest! {
        #[test]
        fn a_queue_length_between_the_thresholds_does_not_change_the_level(
            before in 0_u64..4000, hovering in proptest::collection::vec(500_u64..=1000, 1..50),
        ) {
            let mut shedder = LoadShedder::default();
            shedder.observe(before);
            let first = shedder.observe(hovering[0]);
            for depth in hovering {
                let now = shedder.observe(depth);
                // The level may only fall, and only from normal to low.
                prop_assert!(now == first || (first, now) == (ShedLevel::Normal, ShedLevel::Low));
            }
        }
    }
}
