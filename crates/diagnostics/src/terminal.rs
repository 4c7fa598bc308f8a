//! Help in a terminal: the place, the source line with a mark under it, the sentences and the next step, as plain text.

use model::{Help, Report, SourceFile, Submission};

use crate::{
    catalogue::Language,
    report::{MAX_NOTICES, ReportHelp, help_with_report},
};

/// Lines longer than this are not shown: their mark would be far away from them once they are wrapped.
const MAX_SHOWN: usize = 100;

/// Help with a job, and notices, as texts of several lines, in the language of the locale that these environment variables give.
///
/// Characters of the program are in them as they are: the caller escapes those that a terminal would obey.
pub fn texts_for_terminal(
    submission: &Submission,
    report: &Report,
    variable: impl Fn(&str) -> Option<String>,
) -> Vec<String> {
    let ReportHelp { mistake, notices } =
        help_with_report(submission, report, Language::of_locale(variable), MAX_NOTICES);
    let all = mistake.into_iter().chain(notices);
    all.map(|help| text_for_terminal(&help, source(&help, &submission.files))).collect()
}

/// The text of the file that help is about; empty if it is none of these.
fn source<'a>(help: &Help, files: &'a [SourceFile]) -> &'a str {
    let is_named = |file: &&SourceFile| file.name.rsplit('/').next() == Some(help.file.as_str());
    // Java's messages know a single file by its class.
    let file = files.iter().find(is_named).or(files.first());
    file.and_then(|file| file.content.as_text()).unwrap_or_default()
}

fn text_for_terminal(help: &Help, source: &str) -> String {
    let Help { file, place, title, text, next, .. } = help;
    let shown = shown_line(help, source).map(|line| format!("\n    {line}\n{}\n", mark(help, line)));
    format!("{file}, line {}: {title}\n{}{text} {next}", place.line, shown.unwrap_or_default())
}

fn shown_line<'a>(help: &Help, source: &'a str) -> Option<&'a str> {
    let at = usize::try_from(help.place.line).ok()?.checked_sub(1)?;
    let line = source.lines().nth(at)?.trim_end();
    (!line.is_empty() && line.chars().count() <= MAX_SHOWN).then_some(line)
}

/// The carets under the marked characters; empty if the whole line is meant.
fn mark(help: &Help, line: &str) -> String {
    let (Some(start), Some(end)) = (help.place.column, help.place.end_column) else { return String::new() };
    let before = line.chars().take(start.saturating_sub(1) as usize);
    // Tabs stay tabs, so that the mark is where they put the text.
    let indent: String = before.map(|letter| if letter == '\t' { '\t' } else { ' ' }).collect();
    let carets = "^".repeat(end.saturating_sub(start).clamp(1, 60) as usize);
    format!("    {indent}{carets}\n")
}

#[cfg(test)]
mod tests {
    use model::{Help, Place};

    use super::text_for_terminal;

    fn help(place: Place) -> Help {
        let text = str::to_owned;
        let (title, text, next) = (text("One `=`"), text("`==` compares."), text("Write `==`."));
        Help {
            code: "x",
            file: "main.py".to_owned(),
            place,
            related: Vec::new(),
            title,
            text,
            next,
            lang: "en",
        }
    }

    #[test]
    fn the_source_line_has_a_mark_under_the_place() {
        let shown = text_for_terminal(&help(Place::columns(2, 6, 7)), "x = 1\n\tif x = 2:\n");
        assert_eq!(
            shown,
            "main.py, line 2: One `=`\n\n    \tif x = 2:\n    \t    ^\n\n`==` compares. Write `==`."
        );
    }

    #[test]
    fn a_whole_line_has_no_mark_and_a_missing_one_is_left_out() {
        let shown = text_for_terminal(&help(Place::line(1)), "if x = 2:\n");
        assert_eq!(shown, "main.py, line 1: One `=`\n\n    if x = 2:\n\n`==` compares. Write `==`.");
        let shown = text_for_terminal(&help(Place::line(7)), "x\n");
        assert_eq!(shown, "main.py, line 7: One `=`\n`==` compares. Write `==`.");
    }
}
