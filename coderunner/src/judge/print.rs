//! Text output of `judge`.

use std::{fmt::Write as _, time::Duration};

use model::{JudgingStyle, TestResult, Verdict, Visibility};
use verifier::{JudgedSubmission, JudgingResult, LoadedPackage, SubmissionReport};

use crate::show::{self, BAD, Cell, GOOD, HEADING, Table, UNSURE, styled};

/// As many tests of one kind as are listed, before the rest is counted.
const MAX_LINES: usize = 30;

/// The verdict, the tests, and the first that failed.
pub(super) fn text(
    loaded: &LoadedPackage,
    found: &SubmissionReport,
    judged: &JudgedSubmission,
    results: &JudgingResult,
    lang: &str,
) -> String {
    let grading = &judged.graded.grading;
    let mut text = format!(
        "{}: {} ({})\n",
        styled(HEADING, &show::line(&found.name)),
        show::line(loaded.name(lang)),
        show::line(&judged.graded.toolchain)
    );
    let _ = writeln!(text, "  Time limit: {}\n", show::seconds(results.limit.limit));
    compiler(&mut text, judged);
    if grading.verdict != Verdict::CompileError {
        text.push_str(&table(&grading.tests, results.limit.limit));
        text.push_str(&groups(judged));
        if let Some(test) = first_to_look_at(&grading.tests) {
            print_failed_test(&mut text, test, &loaded.suite.style);
        }
    }
    for fault in &grading.faults {
        let _ =
            writeln!(text, "\n  {}: {}", styled(BAD, "problem"), show::block(fault).replace('\n', "\n    "));
    }
    let _ = writeln!(text, "\n  {}", sentence(judged));
    text
}

/// The compiler's text, with control characters escaped.
fn compiler(text: &mut String, judged: &JudgedSubmission) {
    let Some(compile) = &judged.graded.compile else { return };
    let said = show::block(&String::from_utf8_lossy(compile.transcript.all_output()));
    text.push_str(&said);
    if !said.is_empty() && !said.ends_with('\n') {
        text.push('\n');
    }
}

fn table(tests: &[TestResult], limit: Duration) -> String {
    let has_points = tests.iter().any(|test| test.score.is_some());
    let mut heads = vec!["test", "verdict", "time", "memory", "message"];
    if has_points {
        heads.insert(2, "points");
    }
    let mut table = Table::new(&heads);
    let run: Vec<_> = tests.iter().filter(|test| test.verdict.is_some()).collect();
    let passed = run.iter().filter(|test| test.passed()).count();
    let mut listed = 0;
    for test in &run {
        // Failed tests are always listed.
        listed += usize::from(test.passed());
        if test.passed() && listed > MAX_LINES {
            continue;
        }
        let mut row = row(test, limit);
        if has_points {
            row.insert(2, Cell::number(test.score.map(|score| score.to_string()).unwrap_or_default()));
        }
        table.row(row);
    }
    let mut text = table.text();
    if passed > MAX_LINES {
        let _ = writeln!(text, "  … and {} more that passed", passed - MAX_LINES);
    }
    if run.len() < tests.len() {
        let left = show::count_text(tests.len() - run.len(), "test");
        let _ = writeln!(text, "  {left} not run: the result was decided");
    }
    text
}

fn row(test: &TestResult, limit: Duration) -> Vec<Cell> {
    let hidden = if test.visibility == Visibility::Hidden { " (hidden)" } else { "" };
    let style = if test.passed() { GOOD } else { BAD };
    let usage = test.usage.unwrap_or_default();
    vec![
        Cell::new(format!("{}{hidden}", show::line(&test.name))),
        Cell::new(test.verdict.map_or("not run", Verdict::words)).styled(style),
        Cell::number(show::time_of(test, limit)),
        Cell::number(show::size(usage.memory)),
        Cell::new(message(test)),
    ]
}

/// The first line of the message.
fn message(test: &TestResult) -> String {
    let shown = &test.details;
    let said = [&shown.message, &shown.team_message, &shown.judge_message].into_iter().flatten().next();
    let first = said.and_then(|said| said.lines().find(|line| !line.trim().is_empty()));
    first.map(|line| show::line(&line.chars().take(100).collect::<String>())).unwrap_or_default()
}

/// The points of groups, where there are points.
fn groups(judged: &JudgedSubmission) -> String {
    let mut text = String::new();
    if judged.result.score.is_none() {
        return text;
    }
    for group in &judged.graded.grading.groups {
        let of = group.max_score.map(|most| format!(" of {most}")).unwrap_or_default();
        let _ = writeln!(text, "  {}: {}{of} points", show::line(&group.name), group.score);
    }
    text
}

/// The first public test that failed, or else the first hidden one.
fn first_to_look_at(tests: &[TestResult]) -> Option<&TestResult> {
    let mut failed = tests.iter().filter(|test| test.verdict.is_some() && !test.passed());
    let first = failed.clone().next();
    failed.find(|test| test.visibility == Visibility::Public).or(first)
}

fn print_failed_test(text: &mut String, test: &TestResult, style: &JudgingStyle) {
    let hidden = if test.visibility == Visibility::Hidden { ", which is hidden" } else { "" };
    let title = format!("Test {}{hidden}", show::line(&test.name));
    let _ = writeln!(text, "\n  {}", styled(HEADING, &title));
    let shown = &test.details;
    let content = |content: &model::Content| String::from_utf8_lossy(content.as_bytes()).into_owned();
    print_section(text, "Input", &content(&shown.input));
    if let Some(diff) = &shown.diff {
        let _ = writeln!(text, "  Difference ({} expected, {} yours)", styled(BAD, "-"), styled(GOOD, "+"));
        for line in show::block(diff).lines() {
            let _ = writeln!(text, "    {}", coloured(line));
        }
    } else {
        let expected = match style {
            JudgingStyle::Streams(_) | JudgingStyle::Calls(_) => "Expected",
            // It is input of the validator, and has no general meaning.
            JudgingStyle::Validated(_) | JudgingStyle::Interactive(_) => "Answer for the validator",
        };
        print_section(text, expected, &content(&shown.expected));
        print_section(text, "Yours", &content(&shown.actual));
    }
    for (title, said) in [
        ("Message", &shown.message),
        ("The validator says", &shown.team_message),
        ("The validator says to the judges", &shown.judge_message),
    ] {
        print_section(text, title, said.as_deref().unwrap_or_default());
    }
}

fn coloured(line: &str) -> String {
    match line.chars().next() {
        Some('-') => styled(BAD, line),
        Some('+') => styled(GOOD, line),
        _ => line.to_owned(),
    }
}

fn print_section(text: &mut String, title: &str, said: &str) {
    const MAX_LINES: usize = 40;
    if said.is_empty() {
        return;
    }
    let said = show::block(said);
    let _ = writeln!(text, "  {title}");
    for line in said.lines().take(MAX_LINES) {
        let _ = writeln!(text, "    {line}");
    }
    if said.lines().count() > MAX_LINES {
        let _ = writeln!(text, "    …");
    }
}

fn sentence(judged: &JudgedSubmission) -> String {
    let grading = &judged.graded.grading;
    let style = match grading.verdict {
        Verdict::Accepted => GOOD,
        Verdict::Partial => UNSURE,
        _ => BAD,
    };
    let verdict = styled(style, grading.verdict.words());
    let points = match (judged.result.score, judged.result.max_score) {
        (Some(score), Some(most)) => format!(", {score} of {most} points"),
        (Some(score), None) => format!(", {score} points"),
        (None, _) => String::new(),
    };
    format!("{verdict}: {} of {} tests passed{points}", grading.passed, grading.total)
}
