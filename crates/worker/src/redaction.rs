//! Redaction of compiler messages: lines that quote a file which the problem adds to the submission.
//!
//! A compiler quotes the lines that it complains about, and the submitter decides what it complains about. So no stretch of an
//! included file is shown that is not in the submission, too. A program that runs beside such a file can still read it; what only
//! a validator should know does not belong there.

use std::collections::HashSet;

use model::{IncludedFile, Outcome, SourceFile, Stream, Transcript};

/// Stretches of so many bytes are looked for; all code has shorter ones in common.
const SHINGLE_BYTES: usize = 12;
/// A line that is shorter than a stretch is looked for as a whole, unless it is as short as a bracket.
const MIN_LINE_BYTES: usize = 4;

/// Replacement of a redacted line.
const PLACEHOLDER: &[u8] = b"(a line about the problem's own files is not shown)";

/// The outcome of compiling, without what quotes an included file.
pub(crate) fn redact_included(
    outcome: Outcome,
    included: &[IncludedFile],
    submitted: &[SourceFile],
) -> Outcome {
    let secret = shingles(included.iter().map(|included| &included.file));
    let own = shingles(submitted.iter());
    let secret: HashSet<&[u8]> = secret.difference(&own).copied().collect();
    if secret.is_empty() {
        return outcome;
    }
    let mut transcript = Transcript::default();
    for (stream, line) in lines(&outcome.transcript) {
        let shown = if quotes(&line, &secret) { PLACEHOLDER } else { &line };
        transcript.push(stream, shown);
        transcript.push(stream, b"\n");
    }
    Outcome { transcript, ..outcome }
}

fn shingles<'a>(files: impl Iterator<Item = &'a SourceFile>) -> HashSet<&'a [u8]> {
    let lines = files.flat_map(|file| file.content.as_bytes().split(|byte| *byte == b'\n'));
    let lines = lines.map(<[u8]>::trim_ascii).filter(|line| line.len() >= MIN_LINE_BYTES);
    lines.flat_map(|line| line.windows(line.len().min(SHINGLE_BYTES))).collect()
}

fn quotes(line: &[u8], secret: &HashSet<&[u8]>) -> bool {
    (MIN_LINE_BYTES..=SHINGLE_BYTES).any(|length| line.windows(length).any(|part| secret.contains(part)))
}

/// Each line, of whichever stream it began on; a line of two streams is quoted from neither.
fn lines(transcript: &Transcript) -> Vec<(Stream, Vec<u8>)> {
    [Stream::Stdout, Stream::Stderr]
        .into_iter()
        .flat_map(|stream| {
            let written = transcript.of(stream);
            let text = written.strip_suffix(b"\n").unwrap_or(&written);
            let lines = text.split(|byte| *byte == b'\n').map(|line| (stream, line.to_vec()));
            lines.filter(|_| !written.is_empty()).collect::<Vec<_>>()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use model::{Ending, LanguageId, Usage};

    use super::*;

    fn outcome(messages: &str) -> Outcome {
        let mut transcript = Transcript::default();
        transcript.push(Stream::Stderr, messages.as_bytes());
        Outcome {
            ending: Ending::Exited(1),
            forbidden_call: None,
            usage: Usage::default(),
            transcript,
            stdout_truncated: false,
            stderr_truncated: false,
        }
    }

    fn file(text: &str) -> SourceFile {
        SourceFile { name: "f".into(), content: text.into() }
    }

    /// Visible part of a compiler's messages, with this file included and this one submitted.
    fn redact_messages(messages: &str, included: &str, submitted: &str) -> String {
        let included = IncludedFile { language: Some(LanguageId::new("cpp")), file: file(included) };
        let outcome = redact_included(outcome(messages), &[included], &[file(submitted)]);
        String::from_utf8(outcome.transcript.all_output().to_vec()).expect("text")
    }

    #[test]
    fn a_line_that_quotes_an_included_file_is_not_shown() {
        let included = "#include \"solve.h\"\nint main() { return solve(314159) != 271828; }\nx=7;";
        let quoted = "grader.cpp:2:23: error: 'solve' was not declared\n    2 | int main() { return solve(314159) != 271828; }\n";
        let text = redact_messages(quoted, included, "int other();");
        assert!(text.starts_with("grader.cpp:2:23: error: 'solve' was not declared\n"), "{text}");
        assert!(!text.contains("314159") && text.contains("is not shown"), "{text}");
        // Cut anywhere, as a macro can have it, and in a short line.
        for line in ["note: \"ve(314159) !=\"", "3 | x=7;"] {
            assert!(!redact_messages(line, included, "").contains(line), "{line}");
        }
    }

    #[test]
    fn what_is_in_the_submission_too_is_shown() {
        let own = "int solve(int number) { retrun number; }";
        let messages = format!("main.cpp:1:25: error: 'retrun' was not declared\n    1 | {own}\n");
        assert_eq!(redact_messages(&messages, own, own), messages);
        assert_eq!(redact_messages(&messages, "", own), messages);
    }

    #[test]
    fn without_included_files_nothing_is_touched() {
        let outcome = outcome("anything\nat all");
        assert_eq!(redact_included(outcome.clone(), &[], &[]), outcome);
    }
}
