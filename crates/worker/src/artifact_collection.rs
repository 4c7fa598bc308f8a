//! Artifacts of a run: files in its work folder, collected and classified for the record.

use model::{
    Artifact, ArtifactLimits, Artifacts, Bytes, Ending, OmissionReason, OmittedFiles, Outcome, Submission,
};
use sandbox::{Collect, CollectedFiles, FileSelection, OpenSandbox, SandboxError, SkipReason};

/// Depth below the work folder to which files are collected.
const MAX_DEPTH: u32 = 8;
/// Names listed of files that are omitted for the same reason.
const MAX_NAMES: usize = 3;

/// Sees what there is before the run: what a compiler wrote is not the program's.
pub(crate) async fn take_snapshot(
    sandbox: &mut OpenSandbox,
    submission: &Submission,
) -> Result<(), SandboxError> {
    const NOTHING: ArtifactLimits =
        ArtifactLimits { max_files: 0, max_file_bytes: Bytes(0), max_total_bytes: Bytes(0) };
    if submission.artifacts {
        sandbox.collect(&collection_limits(&NOTHING)).await?;
    }
    Ok(())
}

/// Brings out what a run has left behind, if that is asked for and the run was not stopped.
pub(crate) async fn collect_artifacts(
    sandbox: &mut OpenSandbox,
    submission: &Submission,
    run: Option<&Outcome>,
    limits: &ArtifactLimits,
) -> Result<(Artifacts, Vec<Vec<u8>>), SandboxError> {
    let ending = run.map(|run| run.ending).filter(|ending| *ending != Ending::Cancelled);
    let Some(ending) = ending.filter(|_| submission.artifacts) else {
        return Ok((Artifacts::default(), Vec::new()));
    };
    match sandbox.collect(&collection_limits(limits)).await {
        Ok(collected) => Ok(classify(collected, limits)),
        // When memory runs out, the kernel may choose to end the sandbox as a whole; and a program that also wrote too much
        // is said to have ended for that.
        Err(SandboxError::Kernel(_)) if matches!(ending, Ending::MemoryLimit | Ending::OutputLimit) => {
            Ok((lost_artifacts(), Vec::new()))
        }
        Err(error) => Err(error),
    }
}

const fn collection_limits(limits: &ArtifactLimits) -> Collect {
    Collect {
        selection: FileSelection::Changed,
        max_files: limits.max_files,
        max_file_bytes: limits.max_file_bytes,
        max_total_bytes: limits.max_total_bytes,
        max_depth: MAX_DEPTH,
    }
}

/// Artifacts for the record, and the bytes of each file that is kept, in the same order.
pub(crate) fn classify(collected: CollectedFiles, limits: &ArtifactLimits) -> (Artifacts, Vec<Vec<u8>>) {
    let (mut artifacts, mut bytes) = (Artifacts::default(), Vec::new());
    for file in collected.files {
        let media_type = mime_guess::from_path(&file.name).first_raw().unwrap_or("application/octet-stream");
        artifacts.kept.push(Artifact {
            size: Bytes(file.content.len() as u64),
            media_type: media_type.to_owned(),
            name: file.name,
        });
        bytes.push(file.content);
    }
    for one in collected.skipped {
        add_omitted(&mut artifacts.omitted, omission_reason(one.reason, limits), one.name);
    }
    if collected.more_skipped > 0 {
        let (reason, count) = (OmissionReason::Unlisted, collected.more_skipped);
        artifacts.omitted.push(OmittedFiles { reason: reason, count, names: Vec::new() });
    }
    (artifacts, bytes)
}

/// Artifacts of a program that used up its memory, when the kernel has removed the work folder with it.
fn lost_artifacts() -> Artifacts {
    let lost = OmittedFiles { reason: OmissionReason::Lost, count: 0, names: Vec::new() };
    Artifacts { kept: Vec::new(), omitted: vec![lost] }
}

fn add_omitted(left_out: &mut Vec<OmittedFiles>, reason: OmissionReason, name: String) {
    let place = left_out.iter().position(|group| group.reason == reason).unwrap_or_else(|| {
        left_out.push(OmittedFiles { reason: reason, count: 0, names: Vec::new() });
        left_out.len() - 1
    });
    let group = &mut left_out[place];
    group.count += 1;
    if group.names.len() < MAX_NAMES {
        group.names.push(name);
    }
}

const fn omission_reason(reason: SkipReason, limits: &ArtifactLimits) -> OmissionReason {
    match reason {
        SkipReason::TooLarge => OmissionReason::TooLarge(limits.max_file_bytes),
        SkipReason::TotalTooLarge => OmissionReason::TotalTooLarge(limits.max_total_bytes),
        SkipReason::TooMany => OmissionReason::TooMany(limits.max_files),
        SkipReason::TooDeep => OmissionReason::TooDeep(MAX_DEPTH),
        SkipReason::NotAFile => OmissionReason::NotAFile,
        SkipReason::Unreadable => OmissionReason::Unreadable,
    }
}

#[cfg(test)]
mod tests {
    use sandbox::SandboxFile;

    use super::*;

    #[test]
    fn the_media_type_follows_the_name_and_defaults_to_plain_bytes() {
        for (name, expected) in [
            ("plot.png", "image/png"),
            ("sub/PLOT.PNG", "image/png"),
            ("notes.txt", "text/plain"),
            ("page.html", "text/html"),
            ("image.svg", "image/svg+xml"),
            ("core", "application/octet-stream"),
            ("a.unheardof", "application/octet-stream"),
            (".png", "application/octet-stream"),
        ] {
            let files = vec![SandboxFile::plain(name, "x")];
            let (artifacts, bytes) =
                classify(CollectedFiles { files, ..CollectedFiles::default() }, &ArtifactLimits::default());
            assert_eq!((artifacts.kept[0].media_type.as_str(), bytes.len()), (expected, 1), "{name}");
            assert_eq!(artifacts.kept[0].size, Bytes(1));
        }
    }

    #[test]
    fn what_is_left_out_is_grouped_by_reason_with_a_few_names() {
        let limits = ArtifactLimits::default();
        let one = |name: String, reason| sandbox::SkippedFile { name, size: Bytes(1), reason };
        let mut left_out: Vec<_> = (0..5).map(|n| one(n.to_string(), SkipReason::TooMany)).collect();
        left_out.insert(2, one("link".into(), SkipReason::NotAFile));
        let collected = CollectedFiles { skipped: left_out, more_skipped: 7, ..CollectedFiles::default() };
        let told: Vec<_> = classify(collected, &limits)
            .0
            .omitted
            .into_iter()
            .map(|group| (group.reason, group.count, group.names.join(" ")))
            .collect();
        let expected = [
            (OmissionReason::TooMany(limits.max_files), 5, "0 1 2"),
            (OmissionReason::NotAFile, 1, "link"),
            (OmissionReason::Unlisted, 7, ""),
        ];
        assert_eq!(told, expected.map(|(reason, count, names)| (reason, count, names.to_owned())));
    }
}
