//! Artifacts: list of the kept files of a run, and explanation of the omitted ones.

use model::{Artifact, Artifacts, JobId, OmissionReason, OmittedFiles, escape_invisible};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Characters that are percent-encoded: all but the unreserved ones of RFC 3986, which RFC 8187 allows in parameters too.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A file that the program wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ArtifactBody {
    /// Its path below the work folder. Untrusted: never use it as a local path without validation.
    #[schema(example = "plot.png")]
    pub name: String,
    /// Its size in bytes.
    #[schema(example = 1234)]
    pub bytes: u64,
    /// Its media type, guessed from its name.
    #[serde(rename = "type")]
    #[schema(example = "image/png")]
    pub media_type: String,
    /// The URL of its bytes.
    #[schema(example = "/api/execution/artifacts/0192d3a4-5b6c-7d8e-9f01-23456789abcd/plot.png")]
    pub url: String,
}

impl ArtifactBody {
    /// The kept files of this job.
    pub(crate) fn all(job: JobId, artifacts: &Artifacts) -> Vec<Self> {
        artifacts.kept.iter().map(|artifact| Self::of(job, artifact)).collect()
    }

    fn of(job: JobId, artifact: &Artifact) -> Self {
        let parts: Vec<String> = artifact.name.split('/').map(percent_encoded).collect();
        Self {
            name: escape_invisible(&artifact.name).into_owned(),
            bytes: artifact.size.get(),
            media_type: artifact.media_type.clone(),
            url: format!("/api/execution/artifacts/{job}/{}", parts.join("/")),
        }
    }
}

/// The text percent-encoded for URLs and header parameters.
pub fn percent_encoded(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

/// Explanation of omitted files, for people; `None` if there are none.
pub fn explain_omitted(artifacts: &Artifacts) -> Option<String> {
    if artifacts.omitted.is_empty() {
        return None;
    }
    let groups: Vec<String> = artifacts.omitted.iter().map(explain_group).collect();
    Some(format!("Not every file was kept: {}.", groups.join("; ")))
}

fn explain_group(group: &OmittedFiles) -> String {
    let one = group.count == 1;
    let is = if one { "is" } else { "are" };
    let names = group.names.iter().map(|name| escape_invisible(name)).collect::<Vec<_>>().join(", ");
    let selection = match group.count.saturating_sub(group.names.len() as u64) {
        0 => names,
        more if names.is_empty() => format!("{more} more"),
        more => format!("{names} and {more} more"),
    };
    match group.reason {
        OmissionReason::TooLarge(most) => format!("{selection} {is} larger than {most}"),
        OmissionReason::TooMany(most) => format!("{selection} {is} beyond the {most} files that are kept"),
        OmissionReason::TotalTooLarge(most) => {
            format!("{selection} would have made it more than {most} together")
        }
        OmissionReason::TooDeep(most) => format!("{selection} {is} more than {most} folders deep"),
        OmissionReason::NotAFile if one => format!("{selection} is a link or something else that is no file"),
        OmissionReason::NotAFile => format!("{selection} are links or something else that is no file"),
        OmissionReason::Unreadable => format!("{selection} cannot be read"),
        OmissionReason::Unlisted => {
            format!("{selection}, with names that cannot be shown or too many to name")
        }
        OmissionReason::Lost => "the program used up its memory, and its files went with it".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use model::Bytes;

    use super::*;

    #[test]
    fn a_url_can_hold_any_name() {
        for (name, expected) in [
            ("plot.png", "plot.png"),
            ("sub/a_b-c~.txt", "sub/a_b-c~.txt"),
            ("a b?c#d%e&f+g", "a%20b%3Fc%23d%25e%26f%2Bg"),
            ("é\u{202e}\"'<>.txt", "%C3%A9%E2%80%AE%22%27%3C%3E.txt"),
            ("...", "..."),
        ] {
            let artifact = Artifact { name: name.into(), size: Bytes(1), media_type: "a/b".into() };
            let url = ArtifactBody::of(JobId::from_u128(7), &artifact).url;
            let base = "/api/execution/artifacts/00000000-0000-0000-0000-000000000007";
            assert_eq!(url, format!("{base}/{expected}"));
        }
    }

    #[test]
    fn omitted_files_are_explained() {
        let check = |reason, count, names: &[&str], expected: &str| {
            let names = names.iter().map(|&name| name.to_owned()).collect();
            let artifacts =
                Artifacts { kept: vec![], omitted: vec![OmittedFiles { reason: reason, count, names }] };
            assert_eq!(explain_omitted(&artifacts), Some(format!("Not every file was kept: {expected}.")));
        };
        let (each, all) = (Bytes::mib(4), Bytes::mib(16));
        check(OmissionReason::TooLarge(each), 1, &["a"], "a is larger than 4 MiB");
        check(OmissionReason::TooLarge(each), 2, &["a", "b"], "a, b are larger than 4 MiB");
        check(
            OmissionReason::TooMany(32),
            9,
            &["a", "b", "c"],
            "a, b, c and 6 more are beyond the 32 files that are kept",
        );
        check(
            OmissionReason::TotalTooLarge(all),
            1,
            &["a"],
            "a would have made it more than 16 MiB together",
        );
        check(OmissionReason::TooDeep(8), 1, &["a"], "a is more than 8 folders deep");
        check(OmissionReason::NotAFile, 1, &["a"], "a is a link or something else that is no file");
        check(OmissionReason::NotAFile, 2, &["a", "b"], "a, b are links or something else that is no file");
        check(OmissionReason::Unreadable, 1, &["a"], "a cannot be read");
        check(
            OmissionReason::Unlisted,
            3,
            &[],
            "3 more, with names that cannot be shown or too many to name",
        );
        check(OmissionReason::Lost, 0, &[], "the program used up its memory, and its files went with it");
        assert_eq!(explain_omitted(&Artifacts::default()), None);
    }
}
