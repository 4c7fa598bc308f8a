//! Artifacts: files that a program wrote into its work folder, and the reasons for omitted ones.

use serde::{Deserialize, Serialize};

use crate::Bytes;

/// Limits on the files of a program that are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArtifactLimits {
    /// Number of files.
    pub max_files: u32,
    /// Size of each file.
    pub max_file_bytes: Bytes,
    /// Size of all files together.
    pub max_total_bytes: Bytes,
}

impl Default for ArtifactLimits {
    fn default() -> Self {
        Self { max_files: 32, max_file_bytes: Bytes::mib(4), max_total_bytes: Bytes::mib(16) }
    }
}

/// The files of a run: the kept ones, and the omitted ones by reason.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artifacts {
    /// The kept files. The index of a file is part of its key in the object store.
    pub kept: Vec<Artifact>,
    /// All other files.
    #[serde(rename = "left_out")]
    pub omitted: Vec<OmittedFiles>,
}

impl Artifacts {
    /// Whether there were no files at all; then nothing is stored.
    pub const fn is_empty(&self) -> bool {
        self.kept.is_empty() && self.omitted.is_empty()
    }

    /// The file of this name, with its index.
    pub fn find(&self, name: &str) -> Option<(usize, &Artifact)> {
        self.kept.iter().enumerate().find(|(_, artifact)| artifact.name == name)
    }
}

/// A file that a program wrote, without its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artifact {
    /// Its path below the work folder, components separated by `/`. Chosen by untrusted code: it is shown and compared, and never
    /// opened as a path of the host.
    pub name: String,
    /// Its size.
    pub size: Bytes,
    /// Its media type, guessed from its name.
    pub media_type: String,
}

/// Omitted files with one common reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OmittedFiles {
    /// The reason.
    #[serde(rename = "why")]
    pub reason: OmissionReason,
    /// Number of files.
    pub count: u64,
    /// The names of the first few.
    pub names: Vec<String>,
}

/// Reason why a file is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OmissionReason {
    /// The file is larger than this.
    TooLarge(Bytes),
    /// This many files were kept before it.
    TooMany(u32),
    /// With it, all files together would exceed this size.
    #[serde(rename = "tooMuch")]
    TotalTooLarge(Bytes),
    /// It lies below this many folders.
    TooDeep(u32),
    /// A link, a pipe or a socket.
    NotAFile,
    /// The program removed the read permission.
    Unreadable,
    /// Its name is not plain text, or the list of names was full.
    #[serde(rename = "untold")]
    Unlisted,
    /// The program ran out of memory, and the kernel removed the work folder with it. The number of files is unknown.
    Lost,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_found_by_its_whole_name_and_by_nothing_else() {
        let artifact = |name: &str| Artifact {
            name: name.to_owned(),
            size: Bytes(1),
            media_type: "application/octet-stream".to_owned(),
        };
        let artifacts = Artifacts { kept: vec![artifact("a"), artifact("sub/a")], omitted: Vec::new() };
        assert_eq!(artifacts.find("sub/a").map(|(index, _)| index), Some(1));
        for other in ["", "A", "sub", "sub/", "/a", "./a", "sub/../a", "a/"] {
            assert_eq!(artifacts.find(other), None, "{other}");
        }
    }
}
