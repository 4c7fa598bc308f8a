//! Ratios: quotients of two figures of one run, with targets.

use serde::Serialize;

use super::samples::round;

/// One figure as a multiple of another that was measured beside it. Unlike absolute figures, it can be
/// compared between machines.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Ratio {
    pub(super) name: &'static str,
    /// Absent if one of the two could not be measured.
    pub(super) value: Option<f64>,
    /// Absent without a target.
    pub(super) goal: Option<Target>,
    /// Absent without a target or a value.
    pub(super) met: Option<bool>,
}

/// The target of a ratio.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Target {
    AtMost(f64),
    AtLeast(f64),
}

impl Ratio {
    pub(super) fn new(name: &'static str, figure: Option<f64>, reference: Option<f64>) -> Self {
        let value = figure.zip(reference).filter(|(_, reference)| *reference > 0.0);
        let value = value.map(|(figure, reference)| round(figure / reference));
        Self { name, value, goal: None, met: None }
    }

    #[must_use]
    pub(super) fn with(self, goal: Target) -> Self {
        let met = self.value.map(|value| match goal {
            Target::AtMost(most) => value <= most,
            Target::AtLeast(least) => value >= least,
        });
        Self { goal: Some(goal), met, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_is_met_at_its_very_edge() {
        let ratio = Ratio::new("r", Some(4.0), Some(2.0));
        assert_eq!(ratio.value, Some(2.0));
        assert_eq!(ratio.with(Target::AtMost(2.0)).met, Some(true));
        assert_eq!(ratio.with(Target::AtMost(1.9)).met, Some(false));
        assert_eq!(ratio.with(Target::AtLeast(2.0)).met, Some(true));
        assert_eq!(ratio.with(Target::AtLeast(2.1)).met, Some(false));
    }

    #[test]
    fn without_a_figure_there_is_no_ratio_and_its_goal_is_neither_met_nor_missed() {
        for (figure, reference) in [(None, Some(1.0)), (Some(1.0), None), (Some(1.0), Some(0.0))] {
            let ratio = Ratio::new("r", figure, reference).with(Target::AtMost(2.0));
            assert_eq!((ratio.value, ratio.met), (None, None));
        }
    }
}
