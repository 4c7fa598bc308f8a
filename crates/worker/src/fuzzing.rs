//! Fuzzing entry points: invariants for everything that a program writes and leaves behind. `fuzz/targets` and the test below call them.

use arbitrary::{Arbitrary as _, Unstructured};
use model::{ArtifactLimits, Bytes};
use sandbox::{CollectedFiles, SandboxFile, SkipReason, SkippedFile};

use crate::{artifact_collection::classify, output};

/// Output in pieces, and names of files.
///
/// # Panics
/// When something does not hold.
pub fn left_behind(bytes: &[u8]) {
    let mut input = Unstructured::new(bytes);
    let pieces = Vec::<(bool, Vec<u8>)>::arbitrary(&mut input).unwrap_or_default();
    let names = Vec::<(String, String)>::arbitrary(&mut input).unwrap_or_default();
    output::fuzz(pieces.iter().map(|(_, piece)| piece.as_slice()));
    let more_left_out = u64::arbitrary(&mut input).unwrap_or_default();
    check_artifacts(names, more_left_out);
}

/// All that came out is accounted for: kept with its size and its place, or left out for its reason.
fn check_artifacts(names: Vec<(String, String)>, more_left_out: u64) {
    const REASONS: [SkipReason; 6] = [
        SkipReason::TooLarge,
        SkipReason::TotalTooLarge,
        SkipReason::TooMany,
        SkipReason::TooDeep,
        SkipReason::NotAFile,
        SkipReason::Unreadable,
    ];
    let mut collected = CollectedFiles { more_skipped: more_left_out, ..CollectedFiles::default() };
    for ((kept, left_out), reason) in names.into_iter().zip(REASONS.into_iter().cycle()) {
        collected.files.push(SandboxFile::plain(kept, left_out.clone().into_bytes()));
        collected.skipped.push(SkippedFile { name: left_out, size: Bytes(1), reason });
    }
    let expected = collected.clone();
    let (artifacts, contents) = classify(collected, &ArtifactLimits::default());
    assert_eq!((artifacts.kept.len(), contents.len()), (expected.files.len(), expected.files.len()));
    for ((artifact, content), file) in artifacts.kept.iter().zip(&contents).zip(&expected.files) {
        assert_eq!((&artifact.name, content), (&file.name, &file.content));
        assert_eq!(artifact.size.get(), content.len() as u64);
        assert!(artifact.media_type.is_ascii() && artifact.media_type.contains('/'), "{artifact:?}");
    }
    let told = artifacts.omitted.iter().map(|group| u128::from(group.count)).sum::<u128>();
    assert_eq!(told, expected.skipped.len() as u128 + u128::from(more_left_out));
    assert!(artifacts.omitted.iter().all(|group| group.names.len() <= 3), "{artifacts:?}");
}

#[cfg(test)]
mod tests {
    #[test]
    fn whatever_a_program_leaves_behind_is_accounted_for() {
        fuzzkit::try_corpus_and_mutations("left_behind", super::left_behind);
    }
}
