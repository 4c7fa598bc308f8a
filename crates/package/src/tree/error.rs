//! Tree errors: folders and archives that cannot or must not be read.

use std::io;

use super::path::quoted;

/// An error in the folder or archive of a package. Names are relative to the package.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TreeError {
    /// An I/O error.
    #[error("{name} cannot be read")]
    Read {
        /// The path.
        name: String,
        /// The cause.
        source: io::Error,
    },
    /// The archive is damaged, or not a zip archive.
    #[error("this is no zip archive that can be read: pack the folder again with any zip program")]
    Archive(#[source] zip::result::ZipError),
    /// Files of the archive share bytes.
    #[error("files of the archive overlap, as in a zip bomb: pack the folder again with any zip program")]
    Overlap,
    /// The archive has a suspicious compression ratio.
    #[error(
        "the archive of {archive} bytes would unpack to {unpacked}, over {ratio} times its size: refused as a zip bomb"
    )]
    Bomb {
        /// Size of the archive in bytes.
        archive: u64,
        /// Total size of its files in bytes.
        unpacked: u64,
        /// [`Caps::ratio`](crate::Caps::ratio).
        ratio: u64,
    },
    /// A file of the archive cannot be unpacked.
    #[error("{name} is {how}: pack the folder again, without a password and with the usual method, deflate")]
    Packing {
        /// The file.
        name: String,
        /// The unusual property.
        how: &'static str,
    },
    /// A name that leaves the package, or that no file should have.
    #[error("the name {} {problem}", quoted(name))]
    Name {
        /// The name, as found.
        name: String,
        /// The problem, and the fix.
        problem: &'static str,
    },
    /// Two entries of an archive have one name.
    #[error("{name} is in the archive twice: keep one")]
    DuplicateName {
        /// The name.
        name: String,
    },
    /// A device, socket or pipe.
    #[error("{name} is a {kind}: a package has only files, folders and links")]
    Special {
        /// The entry.
        name: String,
        /// Its kind.
        kind: &'static str,
    },
    /// The package itself is a device, socket or pipe.
    #[error("{name} cannot be a package: it must be a folder or a regular file, which is a zip archive")]
    NoPackage {
        /// Its path.
        name: String,
        /// Its kind.
        #[source]
        source: io::Error,
    },
    /// A link that leaves the package.
    #[error(
        "the link {name} leaves the package (to {}): put a copy of the file in its place",
        quoted(target)
    )]
    LinkLeaves {
        /// The link.
        name: String,
        /// Its target.
        target: String,
    },
    /// A link cycle, or a folder that contains itself through a link.
    #[error("the link {name} leads in a circle: let it point to a file or folder of the package")]
    LinkLoop {
        /// The link.
        name: String,
    },
    /// A cap is exceeded.
    #[error("{name} has {what}, more than the {allowed} that are allowed")]
    TooMuch {
        /// The entry, or "the package".
        name: String,
        /// The quantity, with its value if it is known.
        what: String,
        /// The cap, with its unit.
        allowed: String,
    },
    /// Text in UTF-16, as some editors of Windows save it.
    #[error("{name} is in UTF-16: save it as UTF-8 (in Notepad: Save as, and UTF-8 as the encoding)")]
    Utf16 {
        /// The file.
        name: String,
    },
    /// Text that is not UTF-8.
    #[error("{name} is not UTF-8 text: save it as UTF-8")]
    NotText {
        /// The file.
        name: String,
    },
    /// A missing entry.
    #[error("{name} is not in the package")]
    Missing {
        /// Its name.
        name: String,
    },
}

impl TreeError {
    pub(crate) fn too_much(
        name: &str,
        what: impl std::fmt::Display,
        allowed: impl std::fmt::Display,
    ) -> Self {
        Self::TooMuch { name: name.to_owned(), what: what.to_string(), allowed: allowed.to_string() }
    }
}
