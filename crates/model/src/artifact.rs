//! Files that a program leaves behind.

use serde::{Deserialize, Serialize};

use crate::Bytes;

/// How much of what a program writes is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArtifactLimits {
    /// How many files.
    pub most_files: u32,
    /// How large each may be.
    pub most_bytes_each: Bytes,
    /// How large all may be together.
    pub most_bytes: Bytes,
}

impl Default for ArtifactLimits {
    fn default() -> Self {
        Self { most_files: 32, most_bytes_each: Bytes::mib(4), most_bytes: Bytes::mib(16) }
    }
}

/// What a run left behind in its work folder: which files are kept, and which are not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artifacts {
    /// The files that are kept. A file's place in here is part of its key in the object store.
    pub kept: Vec<Artifact>,
    /// What else there was.
    pub left_out: Vec<LeftOut>,
}

impl Artifacts {
    /// Whether there was nothing, which is not worth storing.
    pub const fn is_empty(&self) -> bool {
        self.kept.is_empty() && self.left_out.is_empty()
    }

    /// The file of this name, with its place.
    pub fn find(&self, name: &str) -> Option<(usize, &Artifact)> {
        self.kept.iter().enumerate().find(|(_, artifact)| artifact.name == name)
    }
}

/// A file that a program wrote, without its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artifact {
    /// Its path below the work folder: components that lead down, parted by `/`. A guest has chosen it: it is shown and
    /// compared, and never opened as a path of the host's.
    pub name: String,
    /// Its size.
    pub size: Bytes,
    /// Its media type, as far as its name tells.
    pub media_type: String,
}

/// Files that are not kept for one and the same reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// The reason.
    pub why: WhyLeftOut,
    /// How many there are.
    pub count: u64,
    /// The names of the first few.
    pub names: Vec<String>,
}

/// Why a file is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum WhyLeftOut {
    /// It is larger than this.
    TooLarge(Bytes),
    /// There were so many before it.
    TooMany(u32),
    /// With it, all would be larger than this together.
    TooMuch(Bytes),
    /// It is a folder below so many others.
    TooDeep(u32),
    /// It is a link, a pipe or a socket.
    NotAFile,
    /// The program took away the right to read it.
    Unreadable,
    /// Its name is no plain text, or there were too many to tell.
    Untold,
    /// The program used up its memory, and the kernel took the work folder along with it. How many there were is unknown.
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
        let artifacts = Artifacts { kept: vec![artifact("a"), artifact("sub/a")], left_out: Vec::new() };
        assert_eq!(artifacts.find("sub/a").map(|(place, _)| place), Some(1));
        for other in ["", "A", "sub", "sub/", "/a", "./a", "sub/../a", "a/"] {
            assert_eq!(artifacts.find(other), None, "{other}");
        }
    }
}
