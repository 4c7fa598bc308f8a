//! Suite validation: contradictions between tests, groups and rules.

use std::collections::HashSet;

use super::flaw::SuiteFlaw;
use super::{
    Comparison, GroupMember, JudgingStyle, ScoreRule, Suite, TestCase, TestGroup, TestKind, TestScore,
};

impl Suite {
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
        let about_sources = self.tests().find(|test| matches!(test.kind, TestKind::Sources { .. }));
        match about_sources {
            Some(test) if self.static_validator.is_none() => {
                Err(SuiteFlaw::NoStaticValidator { test: test.name.clone() })
            }
            Some(_) | None => Ok(()),
        }
    }
}

fn unique<'a>(field: &'static str, names: impl Iterator<Item = &'a str>) -> Result<(), SuiteFlaw> {
    let mut seen = HashSet::new();
    for name in names {
        if !seen.insert(name) {
            return Err(SuiteFlaw::DuplicateName { field, name: name.to_owned() });
        }
    }
    Ok(())
}

fn check_style(style: &JudgingStyle) -> Result<(), SuiteFlaw> {
    match style {
        JudgingStyle::Streams(comparison) => check_comparison(comparison, "the problem"),
        JudgingStyle::Calls(rules) => check_tolerances([rules.relative, rules.absolute], "the problem"),
        JudgingStyle::Validated(validator) | JudgingStyle::Interactive(validator)
            if validator.files.is_empty() || validator.passes == 0 =>
        {
            Err(SuiteFlaw::EmptyValidator)
        }
        JudgingStyle::Validated(_) | JudgingStyle::Interactive(_) => Ok(()),
    }
}

fn check_test(style: &JudgingStyle, test: &TestCase) -> Result<(), SuiteFlaw> {
    if matches!(test.kind, TestKind::Sources { .. }) {
        return Ok(());
    }
    let calls = matches!(style, JudgingStyle::Calls(_));
    if calls != matches!(test.kind, TestKind::Call { .. }) {
        return Err(SuiteFlaw::WrongTestKind { test: test.name.clone() });
    }
    test.comparison.iter().try_for_each(|comparison| check_comparison(comparison, &test.name))
}

fn check_comparison(comparison: &Comparison, location: &str) -> Result<(), SuiteFlaw> {
    match comparison {
        Comparison::Exact => Ok(()),
        Comparison::Tokens(rules) => {
            check_tolerances([rules.relative_tolerance, rules.absolute_tolerance], location)
        }
    }
}

fn check_tolerances(tolerances: [Option<f64>; 2], location: &str) -> Result<(), SuiteFlaw> {
    tolerances
        .into_iter()
        .flatten()
        .try_for_each(|tolerance| not_negative("the tolerance", tolerance, location))
}

fn not_negative(field: &'static str, number: f64, location: &str) -> Result<(), SuiteFlaw> {
    if number < 0.0 { Err(bad_number(field, location)) } else { finite(field, number, location) }
}

fn finite(field: &'static str, number: f64, location: &str) -> Result<(), SuiteFlaw> {
    if number.is_finite() { Ok(()) } else { Err(bad_number(field, location)) }
}

fn bad_number(field: &'static str, location: &str) -> SuiteFlaw {
    SuiteFlaw::BadNumber { field, location: location.to_owned() }
}

/// Checks a group and all groups below it; `before` collects the names in order.
fn check_group<'a>(group: &'a TestGroup, depth: usize, before: &mut Vec<&'a str>) -> Result<(), SuiteFlaw> {
    let name = || group.name.clone();
    if depth > TestGroup::MAX_DEPTH {
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
        if let GroupMember::Group(inner) = member {
            check_group(inner, depth + 1, before)?;
        }
    }
    before.push(&group.name);
    Ok(())
}

fn check_scores(group: &TestGroup) -> Result<(), SuiteFlaw> {
    let rules = &group.rules;
    if rules.score == ScoreRule::PassFail && rules.max_score.is_none() {
        return Err(SuiteFlaw::PassFailWithoutMaximum { group: group.name.clone() });
    }
    if let TestScore::Fixed { accept, reject } = rules.test_score {
        finite("accept_score", accept, &group.name)?;
        finite("reject_score", reject, &group.name)?;
    }
    for end in [rules.range.min, rules.range.max].into_iter().flatten() {
        finite("the range", end, &group.name)?;
    }
    rules.max_score.map_or(Ok(()), |most| not_negative("max_score", most, &group.name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Call, CallResult, GroupRules, TokenRules, Value};

    fn valid_suite() -> Suite {
        let group = |name: &str, test: &str| {
            GroupMember::Group(TestGroup {
                name: name.to_owned(),
                rules: GroupRules::default(),
                members: vec![GroupMember::Test(TestCase::streams(test, "", ""))],
            })
        };
        let mut suite = Suite::plain(JudgingStyle::Streams(Comparison::default()), Vec::new());
        suite.root.members = vec![group("sample", "sample/1"), group("secret", "secret/1")];
        suite
    }

    fn secret(suite: &mut Suite) -> &mut TestGroup {
        match &mut suite.root.members[1] {
            GroupMember::Group(group) => group,
            GroupMember::Test(test) => panic!("{test:?} is no group"),
        }
    }

    /// Makes a valid suite invalid, and checks that the message contains `part`.
    fn check(change: impl FnOnce(&mut Suite), part: &str) {
        let mut suite = valid_suite();
        change(&mut suite);
        let flaw = suite.check().expect_err("flawed").to_string();
        assert!(flaw.contains(part), "{flaw} does not say {part}");
    }

    #[test]
    fn a_valid_suite_has_no_flaw() {
        let mut suite = valid_suite();
        assert_eq!(suite.check(), Ok(()));
        secret(&mut suite).rules.require_pass = vec!["sample".to_owned()];
        assert_eq!(suite.check(), Ok(()));
    }

    #[test]
    fn each_flaw_is_found_and_names_its_remedy() {
        check(|suite| suite.root.members.clear(), "no tests");
        check(|suite| secret(suite).name = "sample".to_owned(), "two groups named \"sample\"");
        check(
            |suite| secret(suite).members.push(GroupMember::Test(TestCase::streams("sample/1", "", ""))),
            "two tests",
        );
        check(|suite| secret(suite).rules.require_pass = vec!["later".to_owned()], "requires \"later\"");
        check(|suite| secret(suite).rules.require_pass = vec!["secret".to_owned()], "comes before it");
        check(|suite| secret(suite).rules.ignore_sample = true, "remove it from \"secret\"");
        check(|suite| secret(suite).rules.score = ScoreRule::PassFail, "has no max_score");
        check(|suite| secret(suite).rules.max_score = Some(-1.0), "max_score of \"secret\"");
        check(|suite| secret(suite).rules.range.max = Some(f64::NAN), "the range of \"secret\"");
        let wide = TokenRules { relative_tolerance: Some(f64::INFINITY), ..TokenRules::default() };
        check(
            |suite| suite.style = JudgingStyle::Streams(Comparison::Tokens(wide)),
            "the tolerance of \"the problem\"",
        );
        check(
            |suite| {
                let about = TestCase {
                    kind: TestKind::Sources { args: Vec::new() },
                    ..TestCase::streams("static", "", "")
                };
                secret(suite).members.push(GroupMember::Test(about));
            },
            "no static validator",
        );
        let call = Call { function: "f".to_owned(), arguments: Vec::new(), named: Vec::new() };
        let trial = TestCase::call("call", call, CallResult::Value(Value::Null));
        check(
            |suite| secret(suite).members.push(GroupMember::Test(trial)),
            "does not fit the problem's style",
        );
    }

    #[test]
    fn a_call_with_maps_of_64_levels_is_stored_and_read() {
        let nested = |value, _| Value::Dict(vec![(Value::from(1), value)]);
        let argument = (0..63).fold(Value::from(0), nested);
        let call = Call { function: "f".to_owned(), arguments: vec![argument.clone()], named: Vec::new() };
        let test = TestCase::call("deep", call, CallResult::Value(argument));
        let suite = Suite::plain(JudgingStyle::Calls(crate::CallRules::default()), vec![test]);
        assert_eq!(Suite::from_bytes(&suite.to_bytes()).expect("reads back"), suite);
    }

    #[test]
    fn groups_nested_too_deep_are_refused() {
        let mut suite = valid_suite();
        for depth in 0..TestGroup::MAX_DEPTH {
            let members = std::mem::take(&mut suite.root.members);
            let inner = TestGroup { name: format!("g{depth}"), rules: GroupRules::default(), members };
            suite.root.members = vec![GroupMember::Group(inner)];
        }
        assert!(matches!(suite.check(), Err(SuiteFlaw::TooDeep { .. })));
    }
}
