//! Report of a diagnosis as text: a line for each check, with its status as a word, so that no colour or symbol carries meaning.

use std::fmt::Write as _;

use host::diagnosis::{Group, HostReadiness, Report, Status};

pub(super) fn text(report: &Report) -> String {
    let mut text = String::new();
    for (group, title) in
        [(Group::Machine, "Machine"), (Group::Isolation, "Isolation"), (Group::Limits, "Limits")]
    {
        heading(&mut text, title);
        for check in report.checks.iter().filter(|check| check.group == group) {
            line(&mut text, word(check.status), check.name, &check.detail);
            if let Some(fix) = &check.fix {
                line(&mut text, "", "", &format!("→ {fix}"));
            }
        }
    }
    heading(&mut text, "Languages");
    for language in &report.languages {
        let status = if language.available { "ok" } else { "missing" };
        line(&mut text, status, &language.name, &language.detail);
    }
    heading(&mut text, "Pools");
    for pool in &report.pools {
        line(&mut text, if pool.configured { "ok" } else { "off" }, pool.pool.as_str(), &pool.detail);
    }
    text.push('\n');
    text.push_str(sentence(report.verdict));
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

const fn sentence(verdict: HostReadiness) -> &'static str {
    match verdict {
        HostReadiness::AllHere => "Everything that Code Runner needs is here.",
        HostReadiness::Weaker => {
            "Programs can be run. What is weaker or missing is marked above, with what to do about it."
        }
        HostReadiness::CannotRun => {
            "Programs cannot be run here until what is marked as missing above is mended."
        }
    }
}

#[cfg(test)]
mod tests {
    use host::diagnosis::{Check, LanguageReport};

    use super::*;

    #[test]
    fn every_line_begins_with_a_word_and_the_last_sentence_is_the_verdict() {
        let check = Check {
            id: "userIds",
            name: "user ids",
            group: Group::Isolation,
            status: Status::Weaker,
            detail: "all sandboxes share that of the user".to_owned(),
            fix: Some("run as root".to_owned()),
        };
        let language = LanguageReport {
            id: "bash".to_owned(),
            name: "Bash".to_owned(),
            available: true,
            detail: "GNU bash 5.2".to_owned(),
        };
        let report = Report {
            verdict: HostReadiness::Weaker,
            checks: vec![check],
            languages: vec![language],
            pools: Vec::new(),
        };
        let text = text(&report);
        for line in [
            "Isolation",
            "  weaker   user ids     all sandboxes share that of the user",
            "                        → run as root",
            "  ok       Bash         GNU bash 5.2",
        ] {
            assert!(text.lines().any(|own| own == line), "{line:?} is not in {text}");
        }
        assert!(text.ends_with("marked above, with what to do about it.\n"), "{text}");
    }
}
