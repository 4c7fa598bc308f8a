//! What no suite may contradict itself in.

use std::collections::HashSet;

use super::{Comparison, Group, Member, ScoreRule, Style, Suite, TestCase, TestScore, Trial};

/// A contradiction in a suite; each message says what to change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SuiteFlaw {
    /// Nothing to judge by.
    #[error("the problem has no tests: add at least one")]
    NoTests,
    /// Groups in groups in groups.
    #[error("groups of tests are nested deeper than {most}: flatten {group:?}", most = Suite::MOST_DEPTH)]
    TooDeep {
        /// The first that is too deep.
        group: String,
    },
    /// Two of one name.
    #[error("there are two {what}s named {name:?}: rename one")]
    SameName {
        /// `test` or `group`.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// A number that is none.
    #[error(
        "{what} of {place:?} is not a usable number: it must be finite, and a tolerance or a maximum not negative"
    )]
    BadNumber {
        /// Which.
        what: &'static str,
        /// The group or test that has it.
        place: String,
    },
    /// A group needs what does not come before it.
    #[error(
        "group {group:?} requires {required:?}, which is no group that comes before it: rename or reorder them"
    )]
    UnknownRequirement {
        /// The group.
        group: String,
        /// What it requires.
        required: String,
    },
    /// Legacy's flag away from the root.
    #[error("ignore_sample belongs to the topmost group only: remove it from {group:?}")]
    IgnoreSampleBelowRoot {
        /// The group that has it.
        group: String,
    },
    /// 2025-09 needs a maximum there.
    #[error("group {group:?} is scored pass-fail and has no max_score: give it one")]
    PassFailWithoutMaximum {
        /// The group.
        group: String,
    },
    /// A call among programs, or the other way round.
    #[error("test {test:?} does not fit the problem's style: a function is called in all tests or in none")]
    WrongTrial {
        /// The test.
        test: String,
    },
    /// A validator that is never run.
    #[error("a validator needs at least one source file and at least one pass")]
    EmptyValidator,
    /// Sources that nobody looks at.
    #[error(
        "test {test:?} is about sources, and the problem has no static validator: add it, or take the test out"
    )]
    NoStaticValidator {
        /// The test.
        test: String,
    },
}

impl Suite {
    /// How deep groups may be nested, the root included.
    pub const MOST_DEPTH: usize = 32;

    /// The first contradiction, if there is one.
    pub fn check(&self) -> Result<(), SuiteFlaw> {
        if self.tests().next().is_none() {
            return Err(SuiteFlaw::NoTests);
        }
        check_style(&self.style)?;
        unique("test", self.tests().map(|test| test.name.as_str()))?;
        self.tests().try_for_each(|test| check_test(&self.style, test))?;
        self.check_static_tests()?;
        let mut before = Vec::new();
        check_group(&self.root, 1, &mut before)?;
        unique("group", before.into_iter())
    }
}

impl Suite {
    fn check_static_tests(&self) -> Result<(), SuiteFlaw> {
        let about_sources = self.tests().find(|test| matches!(test.trial, Trial::Sources { .. }));
        match about_sources {
            Some(test) if self.static_validator.is_none() => {
                Err(SuiteFlaw::NoStaticValidator { test: test.name.clone() })
            }
            Some(_) | None => Ok(()),
        }
    }
}

fn unique<'a>(what: &'static str, names: impl Iterator<Item = &'a str>) -> Result<(), SuiteFlaw> {
    let mut seen = HashSet::new();
    for name in names {
        if !seen.insert(name) {
            return Err(SuiteFlaw::SameName { what, name: name.to_owned() });
        }
    }
    Ok(())
}

fn check_style(style: &Style) -> Result<(), SuiteFlaw> {
    match style {
        Style::Streams(comparison) => check_comparison(comparison, "the problem"),
        Style::Calls(rules) => check_tolerances([rules.relative, rules.absolute], "the problem"),
        Style::Validated(validator) | Style::Interactive(validator)
            if validator.files.is_empty() || validator.passes == 0 =>
        {
            Err(SuiteFlaw::EmptyValidator)
        }
        Style::Validated(_) | Style::Interactive(_) => Ok(()),
    }
}

fn check_test(style: &Style, test: &TestCase) -> Result<(), SuiteFlaw> {
    if matches!(test.trial, Trial::Sources { .. }) {
        return Ok(());
    }
    let calls = matches!(style, Style::Calls(_));
    if calls != matches!(test.trial, Trial::Call { .. }) {
        return Err(SuiteFlaw::WrongTrial { test: test.name.clone() });
    }
    test.comparison.iter().try_for_each(|comparison| check_comparison(comparison, &test.name))
}

fn check_comparison(comparison: &Comparison, place: &str) -> Result<(), SuiteFlaw> {
    match comparison {
        Comparison::Exact => Ok(()),
        Comparison::Tokens(rules) => check_tolerances([rules.relative, rules.absolute], place),
    }
}

fn check_tolerances(tolerances: [Option<f64>; 2], place: &str) -> Result<(), SuiteFlaw> {
    tolerances.into_iter().flatten().try_for_each(|tolerance| not_negative("the tolerance", tolerance, place))
}

fn not_negative(what: &'static str, number: f64, place: &str) -> Result<(), SuiteFlaw> {
    if number < 0.0 { Err(bad_number(what, place)) } else { finite(what, number, place) }
}

fn finite(what: &'static str, number: f64, place: &str) -> Result<(), SuiteFlaw> {
    if number.is_finite() { Ok(()) } else { Err(bad_number(what, place)) }
}

fn bad_number(what: &'static str, place: &str) -> SuiteFlaw {
    SuiteFlaw::BadNumber { what, place: place.to_owned() }
}

/// Checks a group and all below; `before` gathers the names in order.
fn check_group<'a>(group: &'a Group, depth: usize, before: &mut Vec<&'a str>) -> Result<(), SuiteFlaw> {
    let name = || group.name.clone();
    if depth > Suite::MOST_DEPTH {
        return Err(SuiteFlaw::TooDeep { group: name() });
    }
    if group.rules.ignore_sample && depth > 1 {
        return Err(SuiteFlaw::IgnoreSampleBelowRoot { group: name() });
    }
    if let Some(required) = group.rules.require_pass.iter().find(|name| !before.contains(&name.as_str())) {
        return Err(SuiteFlaw::UnknownRequirement { group: name(), required: required.clone() });
    }
    check_scores(group)?;
    for member in &group.members {
        if let Member::Group(inner) = member {
            check_group(inner, depth + 1, before)?;
        }
    }
    before.push(&group.name);
    Ok(())
}

fn check_scores(group: &Group) -> Result<(), SuiteFlaw> {
    let rules = &group.rules;
    if rules.score == ScoreRule::PassFail && rules.max_score.is_none() {
        return Err(SuiteFlaw::PassFailWithoutMaximum { group: group.name.clone() });
    }
    if let TestScore::Fixed { accept, reject } = rules.test_score {
        finite("accept_score", accept, &group.name)?;
        finite("reject_score", reject, &group.name)?;
    }
    for end in [rules.range.least, rules.range.most].into_iter().flatten() {
        finite("the range", end, &group.name)?;
    }
    rules.max_score.map_or(Ok(()), |most| not_negative("max_score", most, &group.name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Call, GroupRules, Returned, TokenRules, Value};

    fn sound() -> Suite {
        let group = |name: &str, test: &str| {
            Member::Group(Group {
                name: name.to_owned(),
                rules: GroupRules::default(),
                members: vec![Member::Test(TestCase::streams(test, "", ""))],
            })
        };
        let mut suite = Suite::plain(Style::Streams(Comparison::default()), Vec::new());
        suite.root.members = vec![group("sample", "sample/1"), group("secret", "secret/1")];
        suite
    }

    fn secret(suite: &mut Suite) -> &mut Group {
        match &mut suite.root.members[1] {
            Member::Group(group) => group,
            Member::Test(test) => panic!("{test:?} is no group"),
        }
    }

    /// Changes a sound suite and checks that it is found out, with a message that says `part`.
    fn check(change: impl FnOnce(&mut Suite), part: &str) {
        let mut suite = sound();
        change(&mut suite);
        let flaw = suite.check().expect_err("flawed").to_string();
        assert!(flaw.contains(part), "{flaw} does not say {part}");
    }

    #[test]
    fn a_sound_suite_has_no_flaw() {
        let mut suite = sound();
        assert_eq!(suite.check(), Ok(()));
        secret(&mut suite).rules.require_pass = vec!["sample".to_owned()];
        assert_eq!(suite.check(), Ok(()));
    }

    #[test]
    fn each_flaw_is_found_and_says_what_to_change() {
        check(|suite| suite.root.members.clear(), "no tests");
        check(|suite| secret(suite).name = "sample".to_owned(), "two groups named \"sample\"");
        check(
            |suite| secret(suite).members.push(Member::Test(TestCase::streams("sample/1", "", ""))),
            "two tests",
        );
        check(|suite| secret(suite).rules.require_pass = vec!["later".to_owned()], "requires \"later\"");
        check(|suite| secret(suite).rules.require_pass = vec!["secret".to_owned()], "comes before it");
        check(|suite| secret(suite).rules.ignore_sample = true, "remove it from \"secret\"");
        check(|suite| secret(suite).rules.score = ScoreRule::PassFail, "has no max_score");
        check(|suite| secret(suite).rules.max_score = Some(-1.0), "max_score of \"secret\"");
        check(|suite| secret(suite).rules.range.most = Some(f64::NAN), "the range of \"secret\"");
        let wide = TokenRules { relative: Some(f64::INFINITY), ..TokenRules::default() };
        check(
            |suite| suite.style = Style::Streams(Comparison::Tokens(wide)),
            "the tolerance of \"the problem\"",
        );
        check(
            |suite| {
                let about = TestCase {
                    trial: Trial::Sources { args: Vec::new() },
                    ..TestCase::streams("static", "", "")
                };
                secret(suite).members.push(Member::Test(about));
            },
            "no static validator",
        );
        let call = Call { function: "f".to_owned(), arguments: Vec::new(), named: Vec::new() };
        let trial = TestCase::call("call", call, Returned::Value(Value::Null));
        check(|suite| secret(suite).members.push(Member::Test(trial)), "does not fit the problem's style");
    }

    #[test]
    fn a_call_with_maps_of_64_levels_is_stored_and_read() {
        let nested = |value, _| Value::Dict(vec![(Value::from(1), value)]);
        let argument = (0..63).fold(Value::from(0), nested);
        let call = Call { function: "f".to_owned(), arguments: vec![argument.clone()], named: Vec::new() };
        let test = TestCase::call("deep", call, Returned::Value(argument));
        let suite = Suite::plain(Style::Calls(crate::CallRules::default()), vec![test]);
        assert_eq!(Suite::from_bytes(&suite.to_bytes()).expect("reads back"), suite);
    }

    #[test]
    fn groups_nested_too_deep_are_refused() {
        let mut suite = sound();
        for depth in 0..Suite::MOST_DEPTH {
            let members = std::mem::take(&mut suite.root.members);
            let inner = Group { name: format!("g{depth}"), rules: GroupRules::default(), members };
            suite.root.members = vec![Member::Group(inner)];
        }
        assert!(matches!(suite.check(), Err(SuiteFlaw::TooDeep { .. })));
    }
}
