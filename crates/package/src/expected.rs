//! Expectations: required results of a package's own submissions, compared with actual ones by pure
//! functions.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    time::Duration,
};

/// A result, in the terms of the formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Judgement {
    /// Accepted.
    AC,
    /// Wrong answer.
    WA,
    /// Time limit exceeded.
    TLE,
    /// Run-time error.
    RTE,
    /// Memory limit exceeded; where only AC, WA, TLE and RTE are named, an RTE.
    MLE,
    /// Output limit exceeded; likewise.
    OLE,
    /// Compile error.
    CE,
    /// Judge error: never expected.
    JE,
}

impl Judgement {
    /// Parses any of the usual spellings: `AC`, `WRONG-ANSWER`, `time_limit_exceeded`, `TIMELIMIT`.
    pub fn parse(text: &str) -> Option<Self> {
        let letters = |c: &char| c.is_ascii_alphabetic();
        let text: String = text.chars().filter(letters).collect::<String>().to_ascii_uppercase();
        Some(match text.as_str() {
            "AC" | "ACCEPTED" | "CORRECT" => Self::AC,
            "WA" | "WRONGANSWER" | "NOOUTPUT" | "NO" => Self::WA,
            "TLE" | "TIMELIMIT" | "TIMELIMITEXCEEDED" => Self::TLE,
            "RTE" | "RUNERROR" | "RUNTIMEERROR" => Self::RTE,
            "MLE" | "MEMORYLIMIT" | "MEMORYLIMITEXCEEDED" => Self::MLE,
            "OLE" | "OUTPUTLIMIT" | "OUTPUTLIMITEXCEEDED" => Self::OLE,
            "CE" | "COMPILERERROR" | "COMPILEERROR" => Self::CE,
            _ => return None,
        })
    }
}

/// A set of judgements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgements(pub BTreeSet<Judgement>);

impl Judgements {
    pub(crate) fn of(judgements: &[Judgement]) -> Self {
        Self(judgements.iter().copied().collect())
    }

    /// Everything but compile and judge errors.
    pub fn any() -> Self {
        Self::of(&[Judgement::AC, Judgement::WA, Judgement::TLE, Judgement::RTE])
    }

    /// Whether a result is in the set; an exceeded memory or output limit counts as a crash unless the set
    /// names it.
    pub fn holds(&self, judgement: Judgement) -> bool {
        let crash = matches!(judgement, Judgement::MLE | Judgement::OLE) && self.0.contains(&Judgement::RTE);
        judgement != Judgement::JE && (self.0.contains(&judgement) || crash)
    }
}

impl fmt::Display for Judgements {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.0.iter().map(|judgement| format!("{judgement:?}")).collect();
        f.write_str(&names.join(", "))
    }
}

/// Use of a rule's run times for the time limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeUse {
    /// Lower bound: the limit must be long enough for them.
    Lower,
    /// Upper bound: the limit must be too short for one of them.
    Upper,
    /// Not used.
    None,
}

/// One rule for a submission; all its rules must hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Expectation {
    /// Origin of the rule: a folder, a pattern of `submissions.yaml`, a line of the source.
    pub because: String,
    /// Tests and groups to which it applies, as a pattern of `submissions.yaml`; `None` for all.
    pub cases: Option<String>,
    /// Permitted results of each of these tests.
    pub permitted: Judgements,
    /// Required results: at least one test must have one.
    pub required: Judgements,
    /// Required result of the whole submission.
    pub overall: Option<Judgements>,
    /// The score must be less than the maximum.
    pub partial: bool,
    /// Lowest and highest score of the whole, or of the group that `cases` names.
    pub score: Option<(f64, f64)>,
    /// Text that must occur in the judge message of one of these tests.
    pub message: Option<String>,
    /// Use of its run times for the time limit.
    pub time: TimeUse,
}

impl Expectation {
    pub(crate) fn new(because: &str, permitted: Judgements, required: Judgements, time: TimeUse) -> Self {
        let (cases, overall, score, message) = (None, None, None, None);
        let because = because.to_owned();
        Self { because, cases, permitted, required, overall, partial: false, score, message, time }
    }

    /// Whether it requires acceptance of the whole.
    pub fn is_accepted(&self) -> bool {
        let only = |set: &Judgements| set.0.iter().eq(&[Judgement::AC]);
        let overall = self.overall.as_ref().is_some_and(only);
        self.cases.is_none() && !self.partial && (only(&self.permitted) || overall)
    }

    /// Whether it applies to single tests, so that all of them must be run.
    pub fn applies_to_tests(&self) -> bool {
        let any = Judgements::any().0;
        let permits_all = any.is_subset(&self.permitted.0);
        let requires_none = any.is_subset(&self.required.0);
        !permits_all || !requires_none || self.message.is_some()
    }

    /// Whether the rule applies to the test of this name.
    pub fn applies_to(&self, case: &str) -> bool {
        self.cases.as_deref().is_none_or(|pattern| matches_path(pattern, case))
    }
}

/// The result of one test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseResult {
    /// The test's name, as [`Case::name`](crate::Case::name).
    pub name: String,
    /// Its result.
    pub judgement: Judgement,
    /// CPU time.
    pub time: Duration,
    /// `judgemessage.txt`.
    pub message: String,
}

/// The result of a submission.
#[derive(Debug, Clone, PartialEq)]
pub struct SubmissionResult {
    /// Results of the judged tests.
    pub cases: Vec<CaseResult>,
    /// Result of the whole; `CE` if it was never run.
    pub overall: Judgement,
    /// Score, in a scoring problem.
    pub score: Option<f64>,
    /// Maximum score, if there is one.
    pub max_score: Option<f64>,
    /// Score of an accepted submission; absent if the validator decides, as in problems without a best
    /// answer.
    pub full_score: Option<f64>,
    /// Scores of groups, by name.
    pub group_scores: Vec<(String, f64)>,
}

/// Unmet expectations, as sentences.
pub fn unmet_expectations(expectations: &[Expectation], result: &SubmissionResult) -> Vec<String> {
    let mut found: Vec<String> = expectations.iter().flat_map(|rule| unmet_by(rule, result)).collect();
    found.extend(unmet_full_score(expectations, result));
    found.dedup();
    found
}

fn unmet_by(rule: &Expectation, result: &SubmissionResult) -> Vec<String> {
    let because = &rule.because;
    if result.overall == Judgement::JE {
        return vec!["the judge failed: see its message".to_owned()];
    }
    let compile_error_is_meant = rule.overall.as_ref().is_some_and(|meant| meant.holds(Judgement::CE));
    if result.overall == Judgement::CE && !compile_error_is_meant {
        return vec!["it does not compile".to_owned()];
    }
    if result.overall == Judgement::CE {
        return Vec::new();
    }
    let cases: Vec<_> = result.cases.iter().filter(|case| rule.applies_to(&case.name)).collect();
    let mut found = Vec::new();
    let wrong = cases.iter().filter(|case| !rule.permitted.holds(case.judgement));
    let mut by_judgement: BTreeMap<Judgement, (&str, usize)> = BTreeMap::new();
    for case in wrong {
        by_judgement.entry(case.judgement).or_insert((&case.name, 0)).1 += 1;
    }
    for (judgement, (first, count)) in by_judgement {
        let tests = match count {
            1 => format!("{first} is"),
            more => format!("{first} and {} more are", more - 1),
        };
        found.push(format!("{tests} {judgement:?}, but {because} permits {} only", rule.permitted));
    }
    if !cases.iter().any(|case| rule.required.holds(case.judgement)) {
        found.push(format!("no test is {}, as {because} requires of one at least", rule.required));
    }
    if let Some(meant) = rule.overall.as_ref().filter(|meant| !meant.holds(result.overall)) {
        found.push(format!("all in all it is {:?}, but {because} says {meant}", result.overall));
    }
    if let Some(part) = &rule.message
        && !cases.iter().any(|case| case.message.contains(part))
    {
        found.push(format!("no judge's message contains {part:?}, as {because} says"));
    }
    found.extend(unmet_score(rule, result));
    found
}

/// A submission that must be accepted has all points, unless a rule names its score.
fn unmet_full_score(expectations: &[Expectation], result: &SubmissionResult) -> Option<String> {
    let is_other = |rule: &Expectation| rule.cases.is_none() && (rule.score.is_some() || rule.partial);
    let rule = expectations.iter().find(|rule| rule.is_accepted())?;
    let (score, full) = result.score.zip(result.full_score)?;
    let reaches = score >= full - 1e-9 * full.abs().max(1.0);
    if reaches || result.overall != Judgement::AC || expectations.iter().any(is_other) {
        return None;
    }
    Some(format!("it has {score} of {full} points, but {} means that it has all", rule.because))
}

fn unmet_score(rule: &Expectation, result: &SubmissionResult) -> Vec<String> {
    let because = &rule.because;
    let mut found = Vec::new();
    let of_whole = rule.cases.is_none();
    let of_groups = result
        .group_scores
        .iter()
        .filter(|(name, _)| rule.cases.as_deref().is_some_and(|pattern| matches_path(pattern, name)));
    let whole = result.score.filter(|_| of_whole).map(|score| ("the score", score));
    let scores = whole.into_iter().chain(of_groups.map(|(name, score)| (name.as_str(), *score)));
    if let Some((from, to)) = rule.score {
        for (name, score) in scores.filter(|(_, score)| !(from..=to).contains(score)) {
            found.push(format!("{name} has {score} points, but {because} says {from} to {to}"));
        }
    }
    if rule.partial && result.score.zip(result.max_score).is_some_and(|(score, max)| score >= max) {
        found.push(format!("it has all points, but {because} says that some are missing"));
    }
    found
}

/// Whether a pattern of `submissions.yaml` matches this path or a folder above it. `*` stays within one name;
/// `{a,b}` is either. An invalid pattern matches nothing; it was rejected when the package was read.
pub(crate) fn matches_path(pattern: &str, path: &str) -> bool {
    let Some(matcher) = compile_pattern(pattern) else { return false };
    let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
    ends.into_iter().any(|end| matcher.is_match(&path[..end]))
}

pub(crate) fn compile_pattern(pattern: &str) -> Option<globset::GlobMatcher> {
    let pattern = pattern.trim_end_matches('/').replace('[', "\\[").replace(']', "\\]").replace("**", "*");
    let pattern = without_space_in_braces(&pattern);
    let mut builder = globset::GlobBuilder::new(&pattern);
    builder.literal_separator(true).backslash_escape(true).empty_alternates(true);
    builder.build().ok().map(|glob| glob.compile_matcher())
}

/// Removes white space around the alternatives between braces.
fn without_space_in_braces(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut depth = 0_usize;
    for letter in pattern.chars() {
        if depth > 0 && matches!(letter, ',' | '}') {
            out.truncate(out.trim_end_matches(' ').len());
        }
        let follows = depth > 0 && out.ends_with(['{', ',']);
        match letter {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ' ' if follows => continue,
            _ => {}
        }
        out.push(letter);
    }
    out
}

#[cfg(test)]
mod tests {
    use Judgement::{AC, CE, JE, MLE, RTE, TLE, WA};

    use super::*;
    use crate::{Format, kattis::folder_rule};

    fn result(judgements: &[Judgement]) -> SubmissionResult {
        let cases = judgements.iter().enumerate().map(|(n, judgement)| CaseResult {
            name: format!("secret/{n}"),
            judgement: *judgement,
            time: Duration::ZERO,
            message: String::new(),
        });
        let overall = judgements.iter().copied().find(|judgement| *judgement != AC).unwrap_or(AC);
        SubmissionResult {
            cases: cases.collect(),
            overall,
            score: Some(50.0),
            max_score: Some(100.0),
            full_score: None,
            group_scores: Vec::new(),
        }
    }

    #[test]
    fn an_accepted_submission_has_all_points() {
        let of = |folder| folder_rule(Format::V2025, folder).unwrap();
        let got = |score| SubmissionResult { score: Some(score), full_score: Some(100.0), ..result(&[AC]) };
        let check = |rules: &[Expectation], score, count| {
            let found = unmet_expectations(rules, &got(score));
            assert_eq!(found.len(), count, "{found:?}");
        };
        check(&[of("accepted")], 100.0, 0);
        check(&[of("accepted")], 100.0 - 1e-10, 0);
        check(&[of("accepted")], 99.0, 1);
        check(&[of("accepted")], 0.0, 1);
        check(&[of("mixed")], 0.0, 0);
        let partly = Expectation { score: Some((40.0, 60.0)), ..of("mixed") };
        check(&[of("accepted"), partly], 50.0, 0);
        let unbounded = SubmissionResult { full_score: None, ..got(3.0) };
        assert_eq!(unmet_expectations(&[of("accepted")], &unbounded), [""; 0]);
    }

    #[test]
    fn rules_are_about_single_tests_unless_they_allow_everything() {
        for (folder, about) in
            [("accepted", true), ("wrong_answer", true), ("rejected", true), ("mixed", false)]
        {
            assert_eq!(folder_rule(Format::V2025, folder).unwrap().applies_to_tests(), about, "{folder}");
        }
    }

    fn check(format: Format, folder: &str, judgements: &[Judgement], is_met: bool) {
        let rule = folder_rule(format, folder).unwrap();
        let found = unmet_expectations(&[rule], &result(judgements));
        assert_eq!(found.is_empty(), is_met, "{folder} {judgements:?}: {found:?}");
    }

    #[test]
    fn each_folder_expects_what_its_name_says() {
        use Format::{Legacy, V2025};
        for (format, folder, judgements, is_met) in [
            (V2025, "accepted", &[AC, AC][..], true),
            (V2025, "accepted", &[AC, WA], false),
            (V2025, "accepted", &[AC, JE], false),
            (V2025, "wrong_answer", &[AC, WA], true),
            (V2025, "wrong_answer", &[AC, AC], false),
            (V2025, "wrong_answer", &[WA, TLE], false),
            (V2025, "time_limit_exceeded", &[AC, TLE], true),
            (V2025, "time_limit_exceeded", &[WA, TLE], false),
            (Legacy, "time_limit_exceeded", &[WA, TLE], true),
            (Legacy, "time_limit_exceeded", &[WA, AC], false),
            (V2025, "run_time_error", &[AC, RTE], true),
            (V2025, "run_time_error", &[AC, MLE], true),
            (V2025, "run_time_error", &[TLE, RTE], false),
            (Legacy, "runtime_error", &[AC, RTE], true),
            (V2025, "rejected", &[AC, TLE], true),
            (V2025, "rejected", &[AC, AC], false),
            (V2025, "brute_force", &[AC, TLE], true),
            (V2025, "brute_force", &[AC, AC], false),
            (V2025, "brute_force", &[WA, TLE], false),
            (Legacy, "partially_accepted", &[AC, AC], true),
            (Legacy, "partially_accepted", &[AC, WA], false),
            (V2025, "partially_accepted", &[AC, WA], true),
            (Legacy, "partially_accepted", &[CE], false),
            (Legacy, "compiler_error", &[CE], true),
            (Legacy, "compiler_error", &[AC], false),
            (V2025, "mixed", &[WA, TLE], true),
        ] {
            check(format, folder, judgements, is_met);
        }
    }

    #[test]
    fn tests_that_break_a_rule_in_the_same_way_are_one_sentence() {
        let rule = folder_rule(Format::V2025, "accepted").unwrap();
        let found = unmet_expectations(&[rule], &result(&[WA, AC, TLE, WA, WA]));
        assert_eq!(
            found,
            [
                "secret/0 and 2 more are WA, but the folder accepted permits AC only",
                "secret/2 is TLE, but the folder accepted permits AC only",
            ]
        );
    }

    #[test]
    fn a_partial_solution_must_not_have_all_points() {
        let rule = folder_rule(Format::Legacy, "partially_accepted").unwrap();
        let full = SubmissionResult { score: Some(100.0), ..result(&[AC]) };
        assert_eq!(unmet_expectations(&[rule], &full).len(), 1);
    }

    #[test]
    fn scores_and_messages_are_expected_too() {
        let rule = Expectation {
            score: Some((40.0, 60.0)),
            message: Some("at line".to_owned()),
            ..Expectation::new("x", Judgements::any(), Judgements::any(), TimeUse::None)
        };
        let mut got = result(&[AC]);
        assert_eq!(unmet_expectations(std::slice::from_ref(&rule), &got).len(), 1, "the message is missing");
        got.cases[0].message = "wrong at line 3".to_owned();
        assert_eq!(unmet_expectations(std::slice::from_ref(&rule), &got), [""; 0]);
        got.score = Some(61.0);
        assert_eq!(unmet_expectations(&[rule], &got).len(), 1, "the score is too high");
    }

    #[test]
    fn patterns_name_paths_and_folders_above_them() {
        for (pattern, path, matches) in [
            ("accepted", "accepted/a.py", true),
            ("accepted/*", "accepted/a/b.py", true),
            ("*.py", "accepted/a.py", false),
            ("{accepted,mixed}/a.{py,cpp}", "mixed/a.cpp", true),
            ("secret/*-easy", "secret/01-easy", true),
            ("secret/*-easy", "secret/01-hard", false),
            ("secret/group1", "secret/group10/1", false),
            ("secret/*{ 4 }{ 2, 3 }", "secret/42", true),
            ("secret/*{ 4 }{ 2, 3 }", "secret/44", false),
            ("secret/{,1}2", "secret/2", true),
            ("a b/{c d}", "a b/c d", true),
            ("a[b]", "ab", false),
            ("a[b]", "a[b]", true),
        ] {
            assert_eq!(matches_path(pattern, path), matches, "{pattern} {path}");
        }
    }

    #[test]
    fn judgements_are_read_in_all_spellings() {
        for (text, expected) in [
            ("CORRECT", Some(AC)),
            ("wrong_answer", Some(WA)),
            (" TIMELIMIT", Some(TLE)),
            ("RUN-ERROR", Some(RTE)),
            ("COMPILER-ERROR", Some(CE)),
            ("JE", None),
            ("maybe", None),
        ] {
            assert_eq!(Judgement::parse(text), expected, "{text}");
        }
    }
}
