//! Files that a program left behind, as clients see them.

use model::{Artifact, Artifacts, JobId, OmissionReason, OmittedFiles, escape_invisible};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What RFC 3986 calls unreserved stays as it is; it is also allowed in a parameter by RFC 8187.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A file that the program left behind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ArtifactBody {
    /// Its path below the work folder. Whoever saves it must not take it for a path of its own machine.
    #[schema(example = "plot.png")]
    pub name: String,
    /// Its size.
    #[schema(example = 1234)]
    pub bytes: u64,
    /// Its media type, as far as its name tells.
    #[serde(rename = "type")]
    #[schema(example = "image/png")]
    pub media_type: String,
    /// Where to fetch it.
    #[schema(example = "/api/execution/artifacts/0192d3a4-5b6c-7d8e-9f01-23456789abcd/plot.png")]
    pub url: String,
}

impl ArtifactBody {
    /// The files that this job has left behind and that are kept.
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

/// The text in the form that addresses and parameters of headers have for what they cannot hold as it is.
pub fn percent_encoded(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// Which files were not kept and why, for people; `None` if all were.
pub fn why_left_out(artifacts: &Artifacts) -> Option<String> {
    if artifacts.omitted.is_empty() {
        return None;
    }
    let groups: Vec<String> = artifacts.omitted.iter().map(one_reason).collect();
    Some(format!("Not every file was kept: {}.", groups.join("; ")))
}

fn one_reason(group: &OmittedFiles) -> String {
    let one = group.count == 1;
    let is = if one { "is" } else { "are" };
    let names = group.names.iter().map(|name| escape_invisible(name)).collect::<Vec<_>>().join(", ");
    let which = match group.count.saturating_sub(group.names.len() as u64) {
        0 => names,
        more if names.is_empty() => format!("{more} more"),
        more => format!("{names} and {more} more"),
    };
    match group.reason {
        OmissionReason::TooLarge(most) => format!("{which} {is} larger than {most}"),
        OmissionReason::TooMany(most) => format!("{which} {is} beyond the {most} files that are kept"),
        OmissionReason::TotalTooLarge(most) => {
            format!("{which} would have made it more than {most} together")
        }
        OmissionReason::TooDeep(most) => format!("{which} {is} more than {most} folders deep"),
        OmissionReason::NotAFile if one => format!("{which} is a link or something else that is no file"),
        OmissionReason::NotAFile => format!("{which} are links or something else that is no file"),
        OmissionReason::Unreadable => format!("{which} cannot be read"),
        OmissionReason::Unlisted => format!("{which}, with names that cannot be shown or too many to name"),
        OmissionReason::Lost => "the program used up its memory, and its files went with it".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use model::Bytes;

    use super::*;

    #[test]
    fn an_address_holds_any_name() {
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
    fn what_is_left_out_is_told_in_plain_words() {
        let check = |why, count, names: &[&str], expected: &str| {
            let names = names.iter().map(|&name| name.to_owned()).collect();
            let artifacts =
                Artifacts { kept: vec![], omitted: vec![OmittedFiles { reason: why, count, names }] };
            assert_eq!(why_left_out(&artifacts), Some(format!("Not every file was kept: {expected}.")));
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
        assert_eq!(why_left_out(&Artifacts::default()), None);
    }
}
