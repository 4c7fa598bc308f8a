//! The findings, for people: a line each, told by words, so that neither colours nor symbols are needed to read it.

use std::fmt::Write as _;

use super::findings::{Findings, Group, Status, Verdict};

pub(super) fn text(findings: &Findings) -> String {
    let mut text = String::new();
    for (group, title) in
        [(Group::Machine, "Machine"), (Group::Isolation, "Isolation"), (Group::Limits, "Limits")]
    {
        heading(&mut text, title);
        for check in findings.checks.iter().filter(|check| check.group == group) {
            line(&mut text, word(check.status), check.name, &check.detail);
            if let Some(fix) = &check.fix {
                line(&mut text, "", "", &format!("→ {fix}"));
            }
        }
    }
    heading(&mut text, "Languages");
    for language in &findings.languages {
        let status = if language.available { "ok" } else { "missing" };
        line(&mut text, status, &language.name, &language.detail);
    }
    heading(&mut text, "Pools");
    for pool in &findings.pools {
        line(&mut text, if pool.configured { "ok" } else { "off" }, pool.pool.as_str(), &pool.detail);
    }
    text.push('\n');
    text.push_str(sentence(findings.verdict));
    text.push('\n');
    text
}

fn heading(text: &mut String, title: &str) {
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(title);
    text.push('\n');
}

fn line(text: &mut String, status: &str, name: &str, detail: &str) {
    // Writing to a string does not fail.
    let _ = writeln!(text, "  {status:8} {name:12} {detail}");
}

const fn word(status: Status) -> &'static str {
    match status {
        Status::Ok => "ok",
        Status::Weaker => "weaker",
        Status::Missing => "missing",
    }
}

const fn sentence(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::AllHere => "Everything that Code Runner needs is here.",
        Verdict::Weaker => {
            "Programs can be run. What is weaker or missing is marked above, with what to do about it."
        }
        Verdict::CannotRun => "Programs cannot be run here until what is marked as missing above is mended.",
    }
}
