//! A validator's feedback folder: brought out whole after each run, and put back for the next pass.
//!
//! The files of the protocol are read first, each with a limit of its own, so that no other file can take their room. Whatever could not be
//! brought out makes the feedback incomplete, which is a judge error: a submission that has its validator write a great deal
//! must not decide which files count.

use judge::validator::Feedback;
use model::Bytes;
use sandbox::{
    Collect, CollectedFiles, FileLimit, FileSelection, FolderSelection, SandboxFile, SkipReason, SkippedFile,
};

use super::limits::FeedbackLimits;

/// The folder, below the work folder of the validator.
pub(super) const FOLDER: &str = "judging/feedback/";

/// Depth of folders in it.
const MAX_DEPTH: u32 = 8;

/// Files to collect.
pub(super) fn collection_limits(limits: &FeedbackLimits) -> Collect {
    let own = |name: &&str| FileLimit { path: format!("{FOLDER}{name}"), max_bytes: own_limit(name, limits) };
    Collect {
        selection: FileSelection::Folder(FolderSelection {
            folder: FOLDER.trim_end_matches('/').to_owned(),
            priority_files: Feedback::FILES.iter().map(own).collect(),
        }),
        max_files: limits.files,
        max_file_bytes: limits.files_total,
        max_total_bytes: limits.files_total,
        max_depth: MAX_DEPTH,
    }
}

/// Of a file of the protocol.
fn own_limit(name: &str, limits: &FeedbackLimits) -> Bytes {
    match name {
        "nextpass.in" => limits.next_pass,
        "score.txt" | "score_multiplier.txt" => limits.score,
        _ => limits.message,
    }
}

/// Splits the collected files into those of the protocol and those for the next pass, which gets everything but `nextpass.in`, as the format promises.
pub(super) fn classify(collected: CollectedFiles, limits: &FeedbackLimits) -> (Feedback, Vec<SandboxFile>) {
    let mut feedback = Feedback { incomplete: incomplete(&collected, limits), ..Feedback::default() };
    let mut notes = Vec::new();
    for file in collected.files {
        let name = file.name.strip_prefix(FOLDER).unwrap_or(&file.name);
        if name == "nextpass.in" {
            feedback.set(name, file.content);
            continue;
        }
        if Feedback::FILES.contains(&name) {
            feedback.set(name, file.content.clone());
        }
        notes.push(file);
    }
    (feedback, notes)
}

/// A sentence on what did not come out; nothing if all did.
fn incomplete(collected: &CollectedFiles, limits: &FeedbackLimits) -> Option<String> {
    if let Some(first) = collected.skipped.first() {
        let name = first.name.strip_prefix(FOLDER).unwrap_or("the feedback folder");
        return Some(format!(
            "the validator left {name} in its feedback folder, {}",
            skip_message(first, name, limits)
        ));
    }
    (collected.more_skipped > 0).then(|| {
        format!(
            "the validator left {} files in its feedback folder with names that are no plain text, or too many to be named",
            collected.more_skipped
        )
    })
}

fn skip_message(one: &SkippedFile, name: &str, limits: &FeedbackLimits) -> String {
    let (most, setting) = match name {
        "nextpass.in" => (limits.next_pass, "next_pass_bytes"),
        "score.txt" | "score_multiplier.txt" => (limits.score, "score_bytes"),
        "judgemessage.txt" | "teammessage.txt" => (limits.message, "message_bytes"),
        _ => (limits.files_total, "feedback_bytes"),
    };
    match one.reason {
        SkipReason::TooLarge => {
            format!("which is larger than {most}: write less, or raise grading.validators.{setting}")
        }
        SkipReason::TotalTooLarge => format!(
            "and all together they are larger than {most}: write less, or raise grading.validators.{setting}"
        ),
        SkipReason::TooMany => format!(
            "where more than {} are too many: write fewer, or raise grading.validators.feedback_files",
            limits.files
        ),
        SkipReason::TooDeep => format!("which is below more than {MAX_DEPTH} folders"),
        SkipReason::NotAFile => "which is no regular file".to_owned(),
        SkipReason::Unreadable => "which cannot be read".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: fn() -> FeedbackLimits = FeedbackLimits::default;

    fn file(name: &str, content: &str) -> SandboxFile {
        SandboxFile::plain(format!("{FOLDER}{name}"), content)
    }

    #[test]
    fn the_next_pass_finds_all_files_but_its_input() {
        let files = vec![file("nextpass.in", "2"), file("score.txt", "1"), file("state/a", "s")];
        let (feedback, notes) = classify(CollectedFiles { files, ..CollectedFiles::default() }, &LIMITS());
        assert_eq!(feedback.next_pass.as_deref(), Some(&b"2"[..]));
        assert_eq!(feedback.score.as_deref(), Some(&b"1"[..]));
        assert_eq!(feedback.incomplete, None);
        assert_eq!(notes, [file("score.txt", "1"), file("state/a", "s")]);
    }

    #[track_caller]
    fn check(name: &str, reason: SkipReason, on_test: &str) {
        let one = SkippedFile { name: format!("{FOLDER}{name}"), size: Bytes(0), reason };
        let collected = CollectedFiles { skipped: vec![one], ..CollectedFiles::default() };
        let (feedback, _) = classify(collected, &LIMITS());
        let sentence = feedback.incomplete.expect("incomplete");
        assert!(sentence.contains(name) && sentence.contains(on_test), "{sentence}");
    }

    #[test]
    fn omitted_artifacts_are_named_with_advice() {
        check(
            "nextpass.in",
            SkipReason::TooLarge,
            "64 MiB: write less, or raise grading.validators.next_pass_bytes",
        );
        check("score.txt", SkipReason::TooLarge, "4 KiB");
        check("judgemessage.txt", SkipReason::TooLarge, "message_bytes");
        check("log", SkipReason::TotalTooLarge, "feedback_bytes");
        check("log999", SkipReason::TooMany, "feedback_files");
        check("nextpass.in", SkipReason::NotAFile, "no regular file");
        check("secret", SkipReason::Unreadable, "cannot be read");
        let unnamed = CollectedFiles { more_skipped: 3, ..CollectedFiles::default() };
        assert!(classify(unnamed, &LIMITS()).0.incomplete.is_some_and(|on_test| on_test.contains("3 files")));
    }

    #[test]
    fn each_file_of_the_protocol_has_a_limit_of_its_own() {
        let FileSelection::Folder(FolderSelection { folder, priority_files: first }) =
            collection_limits(&LIMITS()).selection
        else {
            panic!("all of a folder")
        };
        assert_eq!((folder.as_str(), first.len()), ("judging/feedback", Feedback::FILES.len()));
    }
}
