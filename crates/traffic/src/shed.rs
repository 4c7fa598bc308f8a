//! Which priorities are refused while many jobs wait. Pure.
//!
//! Each level begins above one depth and ends below a smaller one: a queue that hovers around a limit would otherwise refuse and
//! accept in turns. High priority is never shed; only the hard cap of the queue stops it.

use model::Priority;

/// Up to which priority submissions are refused.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shedding {
    /// None is.
    #[default]
    None,
    /// Low is.
    Low,
    /// Low and normal are.
    Normal,
}

impl Shedding {
    /// Whether a submission of this priority is refused.
    pub const fn refuses(self, priority: Priority) -> bool {
        match (self, priority) {
            (Self::None, _) | (_, Priority::High) | (Self::Low, Priority::Normal) => false,
            (Self::Low, Priority::Low) | (Self::Normal, Priority::Low | Priority::Normal) => true,
        }
    }
}

/// At which depths of the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShedSettings {
    /// Above so many waiting jobs low priority is refused.
    pub low_above: u64,
    /// Below so many it is taken again.
    pub low_until: u64,
    /// Above so many normal priority is refused too.
    pub normal_above: u64,
    /// Below so many it is taken again.
    pub normal_until: u64,
}

impl Default for ShedSettings {
    fn default() -> Self {
        Self { low_above: 1000, low_until: 500, normal_above: 2000, normal_until: 1000 }
    }
}

impl ShedSettings {
    /// Nothing is ever shed.
    pub const NEVER: Self =
        Self { low_above: u64::MAX, low_until: u64::MAX, normal_above: u64::MAX, normal_until: u64::MAX };
}

/// What is shed now, which depends on what was before.
#[derive(Debug, Clone, Default)]
pub struct Shedder {
    settings: ShedSettings,
    now: Shedding,
}

impl Shedder {
    /// One that has not seen any load.
    pub const fn new(settings: ShedSettings) -> Self {
        Self { settings, now: Shedding::None }
    }

    /// What is shed while so many wait.
    pub const fn observe(&mut self, waiting: u64) -> Shedding {
        let ShedSettings { low_above, low_until, normal_above, normal_until } = self.settings;
        let was_low = !matches!(self.now, Shedding::None);
        let was_normal = matches!(self.now, Shedding::Normal);
        self.now = if waiting > normal_above || (was_normal && waiting >= normal_until) {
            Shedding::Normal
        } else if waiting > low_above || (was_low && waiting >= low_until) {
            Shedding::Low
        } else {
            Shedding::None
        };
        self.now
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(depths: &[(u64, Shedding)]) {
        let mut shedder = Shedder::default();
        for (depth, expected) in depths {
            assert_eq!(shedder.observe(*depth), *expected, "at {depth} of {depths:?}");
        }
    }

    #[test]
    fn low_is_shed_above_1000_then_normal_and_taken_again_below_500() {
        use Shedding::{Low, None, Normal};
        check(&[(0, None), (1000, None), (1001, Low), (2000, Low), (2001, Normal), (1000, Normal)]);
        check(&[(2001, Normal), (999, Low), (500, Low), (499, None), (1000, None)]);
        check(&[(1001, Low), (500, Low), (499, None), (5000, Normal), (10, None)]);
    }

    #[test]
    fn high_priority_is_never_shed() {
        for shedding in [Shedding::None, Shedding::Low, Shedding::Normal] {
            assert!(!shedding.refuses(Priority::High));
            assert_eq!(shedding.refuses(Priority::Normal), shedding == Shedding::Normal);
            assert_eq!(shedding.refuses(Priority::Low), shedding != Shedding::None);
        }
        assert_eq!(Shedder::new(ShedSettings::NEVER).observe(u64::MAX), Shedding::None);
    }

    proptest! {
        #[test]
        fn a_queue_that_hovers_between_the_two_depths_changes_nothing(
            before in 0_u64..4000, hovering in proptest::collection::vec(500_u64..=1000, 1..50),
        ) {
            let mut shedder = Shedder::default();
            shedder.observe(before);
            let first = shedder.observe(hovering[0]);
            for depth in hovering {
                let now = shedder.observe(depth);
                // It may only calm down, and only from normal to low.
                prop_assert!(now == first || (first, now) == (Shedding::Normal, Shedding::Low));
            }
        }
    }
}
