//! A rule for a report: a pattern of messages, conditions, and the place to mark.

/// A rule about one kind of message.
pub(super) struct Rule {
    pub(super) pattern: &'static str,
    pub(super) code: &'static str,
    /// The condition on the source line; always true for most.
    pub(super) applies: fn(&str) -> bool,
    /// Values of `{name}` that the rule is about; empty for any.
    pub(super) names: &'static [&'static str],
    /// Whether the mistake is at the end of the line before, as with a semicolon that is missed where the next line begins.
    pub(super) place: Mark,
}

impl Rule {
    /// The same rule, for some values of `{name}` only.
    pub(super) const fn only(self, names: &'static [&'static str]) -> Self {
        Self { names, ..self }
    }

    pub(super) fn is_about(&self, values: &[(&'static str, String)]) -> bool {
        self.names.is_empty()
            || values.iter().any(|(key, value)| *key == "name" && self.names.contains(&value.as_str()))
    }
}

/// The place that a rule marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    Reported,
    /// The end of the line before, if the report is about the first thing on its line.
    EndOfLineBefore,
}

pub(super) const fn rule(pattern: &'static str, code: &'static str) -> Rule {
    Rule { pattern, code, applies: |_| true, names: &[], place: Mark::Reported }
}

pub(super) const fn rule_if(pattern: &'static str, code: &'static str, applies: fn(&str) -> bool) -> Rule {
    Rule { pattern, code, applies, names: &[], place: Mark::Reported }
}

pub(super) const fn rule_before(pattern: &'static str, code: &'static str) -> Rule {
    Rule { pattern, code, applies: |_| true, names: &[], place: Mark::EndOfLineBefore }
}
