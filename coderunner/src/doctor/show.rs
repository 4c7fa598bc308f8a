//! The findings, for people.

use std::fmt::Write as _;

use super::judge::{Findings, Group, Status, Verdict};

pub(super) fn text(findings: &Findings) -> String {
    let mut text = String::new();
    for (group, title) in
        [(Group::Machine, "Machine"), (Group::Isolation, "Isolation"), (Group::Limits, "Limits")]
    {
        heading(&mut text, title);
        for check in findings.checks.iter().filter(|check| check.group == group) {
            line(&mut text, word(check.status), &check.detail);
            if let Some(fix) = &check.fix {
                line(&mut text, "", &format!("→ {fix}"));
            }
        }
    }
    heading(&mut text, "Languages");
    let widest = findings.languages.iter().map(|language| language.name.chars().count()).max().unwrap_or(0);
    for language in &findings.languages {
        let status = if language.available { "ok" } else { "missing" };
        line(&mut text, status, &format!("{:widest$}  {}", language.name, language.detail));
    }
    heading(&mut text, "Pools");
    for pool in &findings.pools {
        let status = if pool.configured { "ok" } else { "off" };
        line(&mut text, status, &format!("{:9}  {}", pool.pool, pool.detail));
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

fn line(text: &mut String, status: &str, detail: &str) {
    // Writing to a string does not fail.
    let _ = writeln!(text, "  {status:8} {detail}");
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
            "Programs can be run; what is weaker or missing is marked above, with what to do about it."
        }
        Verdict::CannotRun => "Programs cannot be run here until what is marked as missing above is mended.",
    }
}
