//! Why a package cannot be read, or must not be.

use std::io;

/// What is wrong with the folder or archive of a package. Names are those inside the package.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TreeError {
    /// The operating system refused to read something.
    #[error("{name} cannot be read")]
    Read {
        /// What was read.
        name: String,
        /// What the system said.
        source: io::Error,
    },
    /// The archive is damaged, or none.
    #[error("this is no zip archive that can be read: pack the folder again with any zip program")]
    Archive(#[source] zip::result::ZipError),
    /// Files of the archive share bytes.
    #[error("files of the archive overlap, as in a zip bomb: pack the folder again with any zip program")]
    Overlap,
    /// The archive unpacks to suspiciously much.
    #[error(
        "the archive of {archive} bytes would unpack to {unpacked}, over {ratio} times its size: refused as a zip bomb"
    )]
    Bomb {
        /// Its own bytes.
        archive: u64,
        /// What its files add up to.
        unpacked: u64,
        /// [`Caps::ratio`](crate::Caps::ratio).
        ratio: u64,
    },
    /// A file of the archive cannot be unpacked.
    #[error("{name} is {how}: pack the folder again, without a password and with the usual method, deflate")]
    Packing {
        /// The file.
        name: String,
        /// What is unusual about it.
        how: &'static str,
    },
    /// A name that would lead out of the package, or that no file should have.
    #[error("the name {} {problem}", super::quoted(name))]
    Name {
        /// The name, as found.
        name: String,
        /// What is wrong with it, and what to do.
        problem: &'static str,
    },
    /// Two entries of an archive have one name.
    #[error("{name} is in the archive twice: keep one")]
    Twice {
        /// The name.
        name: String,
    },
    /// A device, socket or pipe.
    #[error("{name} is a {kind}: a package has only files, folders and links")]
    Special {
        /// The entry.
        name: String,
        /// What it is.
        kind: &'static str,
    },
    /// The package itself is a device, socket or pipe.
    #[error("{name} cannot be a package: it must be a folder or a regular file, which is a zip archive")]
    NoPackage {
        /// Where it is.
        name: String,
        /// What it is.
        #[source]
        source: io::Error,
    },
    /// A link to something outside.
    #[error(
        "the link {name} leaves the package (to {}): put a copy of the file in its place",
        super::quoted(target)
    )]
    LinkLeaves {
        /// The link.
        name: String,
        /// Where it points.
        target: String,
    },
    /// Links that lead to each other, or a folder that contains itself through one.
    #[error("the link {name} leads in a circle: let it point to a file or folder of the package")]
    LinkLoop {
        /// The link.
        name: String,
    },
    /// More than a cap allows.
    #[error("{name} has {what}, more than the {allowed} that are allowed")]
    TooMuch {
        /// The entry, or "the package".
        name: String,
        /// What there is too much of, with its amount where that is known.
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
    /// Text that is none.
    #[error("{name} is not UTF-8 text: save it as UTF-8")]
    NotText {
        /// The file.
        name: String,
    },
    /// Something is not there.
    #[error("{name} is not in the package")]
    Missing {
        /// What was looked for.
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
