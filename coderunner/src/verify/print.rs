//! Text output of `verify`.

use std::{collections::BTreeSet, fmt::Write as _, time::Duration};

use model::{Grading, TestResult, Verdict};
use package::summarize_expectations;
use verifier::{
    Conclusion, InputReport, JudgedSubmission, LimitOrigin, PackageReport, StatusCounts, SubmissionOutcome,
    SubmissionReport, SubmissionStatus, UnavailablePolicy, Verification,
};

use crate::show::{self, BAD, Cell, GOOD, HEADING, Table, UNSURE, styled};

/// Of sentences that say nearly the same, so many are told.
const MAX_SENTENCES: usize = 4;
/// Lines of what a compiler said, and of inputs that are not valid.
const MAX_LINES: usize = 12;

/// A package that cannot be verified.
pub(super) fn refused(path: &str, why: &str) -> String {
    format!("{}: {}", styled(BAD, &show::line(path)), show::line(why))
}

/// A package that was.
pub(super) fn text(path: &str, verification: &Verification) -> String {
    let mut text = head(path, verification);
    if !verification.results.submissions.is_empty() {
        let _ = write!(text, "\n{}", table(verification));
    }
    section(&mut text, "Not as expected", unexpected(verification));
    section(
        &mut text,
        "Could not be run here (--skip-unavailable leaves out what is not installed)",
        not_run(verification),
    );
    section(&mut text, "Remarks", remarks(verification));
    if let Some(inputs) = &verification.inputs {
        text.push_str(&of_inputs(inputs));
    }
    let _ = writeln!(text, "\n  {}\n", sentence(verification));
    text
}

fn head(path: &str, verification: &Verification) -> String {
    let (name, tests) = (show::line(&verification.name), show::count_text(verification.tests, "test"));
    let path = styled(HEADING, &show::line(path));
    let mut text = format!("{path}: {name} ({}, {tests})\n", verification.format.name());
    for warning in &verification.warnings {
        let _ = writeln!(text, "  {}: {}", styled(UNSURE, "warning"), show::line(&warning.to_string()));
    }
    for note in &verification.notes {
        let _ = writeln!(text, "  {}: {}", styled(UNSURE, "note"), show::line(note));
    }
    let _ = writeln!(text, "  {}", time_limit(verification));
    text
}

fn time_limit(verification: &Verification) -> String {
    let results = &verification.results;
    let limit = show::seconds(results.limit.limit);
    let by = match verification.limit_origin {
        LimitOrigin::Option => "--time-limit".to_owned(),
        LimitOrigin::Package => "as the package says".to_owned(),
        LimitOrigin::Measured => verification.rule.derivation(results.slowest),
    };
    let sure = match results.slow {
        0 => String::new(),
        _ => format!(". What must be too slow was given {}", show::seconds(results.limit.certain_limit)),
    };
    format!("Time limit: {limit} ({by}){sure}")
}

fn table(verification: &Verification) -> String {
    let has_points = verification.results.submissions.iter().any(|one| points(one).is_some());
    let mut heads = vec!["submission", "language", "expected", "got", "tests", "slowest", "ok"];
    if has_points {
        heads.insert(5, "points");
    }
    let mut table = Table::new(&heads);
    for found in &verification.results.submissions {
        let mut row = row(found, verification.results.limit.limit);
        if has_points {
            row.insert(5, Cell::number(points(found).unwrap_or_default()));
        }
        table.row(row);
    }
    table.text()
}

fn row(found: &SubmissionReport, limit: Duration) -> Vec<Cell> {
    let (got, tests, slowest) = match &found.outcome {
        SubmissionOutcome::Judged(judged) => {
            let grading = &judged.graded.grading;
            let tests = format!("{} of {}", grading.passed, grading.total);
            (grading.verdict.words(), tests, slowest_shown(grading, limit))
        }
        SubmissionOutcome::Unavailable(_) => ("not run", String::new(), String::new()),
        SubmissionOutcome::Failed(_) => ("not judged", String::new(), String::new()),
    };
    let (word, style) = match SubmissionStatus::of(found) {
        SubmissionStatus::Ok => ("ok", GOOD),
        SubmissionStatus::Unexpected => ("NO", BAD),
        SubmissionStatus::Unavailable => ("not here", UNSURE),
        SubmissionStatus::Failed => ("unknown", BAD),
    };
    vec![
        Cell::new(show::line(&found.name)),
        Cell::new(show::line(&found.language)),
        Cell::new(summarize_expectations(&found.rules)),
        Cell::new(got),
        Cell::number(tests),
        Cell::number(slowest),
        Cell::new(word).styled(style),
    ]
}

/// The points, in a problem that has them.
fn points(found: &SubmissionReport) -> Option<String> {
    let SubmissionOutcome::Judged(judged) = &found.outcome else { return None };
    let score = judged.result.score?;
    Some(judged.result.max_score.map_or_else(|| score.to_string(), |most| format!("{score} of {most}")))
}

/// CPU time of the slowest test that was run.
pub(super) fn slowest(grading: &Grading) -> Option<Duration> {
    grading.tests.iter().filter_map(|test| test.usage).map(|usage| usage.cpu).max()
}

/// The same for people. One that was stopped was slower than all that ended.
fn slowest_shown(grading: &Grading, limit: Duration) -> String {
    let time =
        |test: &&TestResult| (test.verdict == Some(Verdict::TimeLimit), test.usage.unwrap_or_default().cpu);
    let slowest = grading.tests.iter().filter(|test| test.verdict.is_some()).max_by_key(time);
    slowest.map(|test| show::time_of(test, limit)).unwrap_or_default()
}

fn section(text: &mut String, title: &str, lines: Vec<String>) {
    if lines.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n  {}", styled(HEADING, title));
    for line in lines {
        let _ = writeln!(text, "    {line}");
    }
}

fn unexpected(verification: &Verification) -> Vec<String> {
    let mut lines: Vec<String> = verification.flaws.iter().map(|flaw| show::line(flaw)).collect();
    for found in &verification.results.submissions {
        if let SubmissionOutcome::Judged(judged) = &found.outcome
            && !judged.unmet.is_empty()
        {
            lines.push(headline(found, judged));
            lines.extend(
                details(judged, verification.results.limit.limit).into_iter().map(|line| format!("  {line}")),
            );
        }
    }
    if let Some(margin_violation) = &verification.results.margin_violation {
        lines.push(margin_violation.to_string());
    }
    lines
}

/// `wrong_answer/greedy.py: expected wrong answer, got accepted (12 of 12 tests)`
pub(super) fn headline(found: &SubmissionReport, judged: &JudgedSubmission) -> String {
    let grading = &judged.graded.grading;
    let (name, expected) = (show::line(&found.name), summarize_expectations(&found.rules));
    let got = grading.verdict.words();
    format!("{name}: expected {expected}, got {got} ({} of {} tests)", grading.passed, grading.total)
}

/// Why: which rule, which test, what the compiler said.
fn details(judged: &JudgedSubmission, limit: Duration) -> Vec<String> {
    let mut lines: Vec<String> = judged.unmet.iter().map(|sentence| show::line(sentence)).collect();
    let more = lines.len().saturating_sub(MAX_SENTENCES);
    lines.truncate(MAX_SENTENCES);
    if more > 0 {
        lines.push(format!("… and {more} more"));
    }
    let grading = &judged.graded.grading;
    if grading.verdict == Verdict::CompileError {
        lines.extend(compiler(judged));
    } else if let Some(test) = grading.tests.iter().find(|test| test.verdict.is_some() && !test.passed()) {
        lines.extend(of_test(test, limit));
    }
    lines.extend(grading.faults.iter().map(|fault| show::line(fault)));
    lines
}

fn compiler(judged: &JudgedSubmission) -> Vec<String> {
    let Some(compile) = &judged.graded.compile else { return Vec::new() };
    let said = show::block(&String::from_utf8_lossy(compile.transcript.all_output()));
    said.lines().filter(|line| !line.trim().is_empty()).take(MAX_LINES).map(str::to_owned).collect()
}

/// `secret/3: wrong answer after 12 ms: Line 2, column 1: expected "2", got "3"`
fn of_test(test: &TestResult, limit: Duration) -> Vec<String> {
    let (name, verdict) = (show::line(&test.name), test.verdict.map_or("not run", Verdict::words));
    let time = show::time_of(test, limit);
    let said = [&test.details.message, &test.details.judge_message].into_iter().flatten().next();
    let mut said = said.into_iter().flat_map(|said| said.lines()).filter(|line| !line.trim().is_empty());
    let because = said.next().map(|said| format!(": {}", show::line(said))).unwrap_or_default();
    let mut lines = vec![format!("{name}: {verdict} after {time}{because}")];
    // What a program that failed wrote to stderr: its end, where the reason is.
    let rest: Vec<&str> = said.collect();
    let cut = rest.len().saturating_sub(MAX_LINES);
    lines.extend(rest[cut..].iter().map(|line| format!("  {}", show::line(line))));
    lines
}

fn not_run(verification: &Verification) -> Vec<String> {
    let line = |found: &SubmissionReport| match &found.outcome {
        SubmissionOutcome::Unavailable(why) | SubmissionOutcome::Failed(why) => {
            Some(format!("{}: {}", show::line(&found.name), show::line(why)))
        }
        SubmissionOutcome::Judged(_) => None,
    };
    verification.results.submissions.iter().filter_map(line).collect()
}

fn remarks(verification: &Verification) -> Vec<String> {
    let line = |found: &SubmissionReport| match &found.outcome {
        SubmissionOutcome::Judged(judged) => {
            judged.remark.as_ref().map(|remark| format!("{}: {remark}", show::line(&found.name)))
        }
        SubmissionOutcome::Unavailable(_) | SubmissionOutcome::Failed(_) => None,
    };
    verification.results.submissions.iter().filter_map(line).collect()
}

fn of_inputs(inputs: &InputReport) -> String {
    let mut text = String::new();
    let names: Vec<_> = inputs.ran.iter().map(|name| show::line(name)).collect();
    if !names.is_empty() {
        let count = show::count_text(inputs.checked, "input");
        let said = if inputs.rejected.is_empty() { "all valid" } else { "not all valid" };
        let _ = writeln!(text, "\n  Inputs: {count} checked by {}, {said}", names.join(", "));
    }
    for rejected in inputs.rejected.iter().take(MAX_LINES) {
        let (test, validator) = (show::line(&rejected.test), show::line(&rejected.validator));
        let _ = writeln!(text, "    {} {test}: {validator}: {}", styled(BAD, "NO"), rejected.why);
    }
    if inputs.rejected.len() > MAX_LINES {
        let _ = writeln!(text, "    … and {} more", inputs.rejected.len() - MAX_LINES);
    }
    for (name, why) in &inputs.broken {
        let (name, why) = (show::line(name), show::line(why));
        let _ = writeln!(text, "  Inputs: {} {name} is broken: {why}", styled(BAD, "NO"));
    }
    for (name, why) in &inputs.not_run {
        let _ = writeln!(text, "  Inputs: {} was not run: {}", show::line(name), show::line(why));
    }
    if let Some(first) = inputs.out_of_time.first() {
        let (count, first) = (show::count_text(inputs.out_of_time.len(), "input"), show::line(first));
        let _ = writeln!(
            text,
            "  Inputs: {count} not checked, {first} first: all together took longer than --timeout"
        );
    }
    for name in &inputs.too_large {
        let _ = writeln!(text, "  Inputs: {} was not checked: it is larger than 64 MiB", show::line(name));
    }
    text
}

fn sentence(verification: &Verification) -> String {
    let tally = StatusCounts::of(&verification.results.submissions);
    let mut parts =
        vec![format!("{} of {} as expected", tally.ok, show::count_text(tally.total(), "submission"))];
    for (count, what) in [
        (tally.unexpected, "not as expected"),
        (tally.unavailable, "could not be run here"),
        (tally.failed, "could not be judged"),
    ] {
        if count > 0 {
            parts.push(format!("{count} {what}"));
        }
    }
    parts.extend(verification.inputs.as_ref().map(sentence_on_inputs).unwrap_or_default());
    parts.join(", ")
}

fn sentence_on_inputs(inputs: &InputReport) -> Vec<String> {
    // Several validators may refuse the same one.
    let rejected: BTreeSet<_> = inputs.rejected.iter().map(|rejected| &rejected.test).collect();
    let counts = [
        (rejected.len(), "input", "not valid"),
        (inputs.out_of_time.len(), "input", "not checked"),
        (inputs.broken.len(), "input validator", "broken"),
        (inputs.not_run.len(), "input validator", "not run"),
    ];
    let told = counts.into_iter().filter(|(count, ..)| *count > 0);
    told.map(|(count, noun, what)| format!("{} {what}", show::count_text(count, noun))).collect()
}

/// All packages, when there are several.
pub(super) fn summary(reports: &[PackageReport], policy: UnavailablePolicy) -> String {
    let mut table = Table::new(&["package", "submissions", "as expected", "not", "not here", "verified"]);
    for report in reports {
        let (word, style) = match report.conclusion(policy) {
            Conclusion::Ok => ("yes", GOOD),
            Conclusion::Unexpected => ("NO", BAD),
            Conclusion::Unknown => ("unknown", UNSURE),
        };
        let mut row = vec![Cell::new(show::line(&report.path))];
        match &report.outcome {
            Ok(verification) => {
                let tally = StatusCounts::of(&verification.results.submissions);
                let counts = [tally.total(), tally.ok, tally.unexpected + tally.failed, tally.unavailable];
                row.extend(counts.map(|count| Cell::number(count.to_string())));
            }
            Err(_) => row.extend([const { None::<usize> }; 4].map(|_| Cell::number("–"))),
        }
        row.push(Cell::new(word).styled(style));
        table.row(row);
    }
    let good = reports.iter().filter(|report| report.conclusion(policy) == Conclusion::Ok).count();
    format!("{}\n  {good} of {} verified\n", table.text(), show::count_text(reports.len(), "package"))
}
