//! Toolchain candidates of a language file: a program by name or path, or a program below a folder.
//!
//! A folder outside the system's own is shown to every sandbox, so a file must name it; nothing is shown only
//! because a program happened to be there.

use std::{fmt, path::PathBuf};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor, value::MapAccessDeserializer},
};

/// A possible location of the toolchain's program.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Candidate {
    /// An absolute path, or a name looked for in the search folders.
    Program(String),
    /// A program below a folder, which sandboxes then show.
    InFolder(ProgramInFolder),
}

/// A program below a folder.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProgramInFolder {
    pub(crate) folder: Folder,
    /// Relative to the folder; a `*` in a name stands for anything.
    pub(crate) program: PathBuf,
}

/// A folder, absolute or below the user's home folder (`~/`).
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Folder {
    /// A fixed path.
    Fixed(String),
    /// The first path that a command of the host prints; the command is absolute or below the home folder,
    /// too.
    FromCommand(Vec<String>),
}

impl<'de> Deserialize<'de> for Candidate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Candidate;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a program's name or path, or { folder = …, program = … }")
            }

            fn visit_str<E>(self, program: &str) -> Result<Candidate, E> {
                Ok(Candidate::Program(program.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Candidate, A::Error> {
                ProgramInFolder::deserialize(MapAccessDeserializer::new(map)).map(Candidate::InFolder)
            }
        }

        deserializer.deserialize_any(Reader)
    }
}

impl<'de> Deserialize<'de> for Folder {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct CommandTable {
            told_by: Vec<String>,
        }

        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Folder;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a folder's path, or { told_by = [command, arguments …] }")
            }

            fn visit_str<E>(self, path: &str) -> Result<Folder, E> {
                Ok(Folder::Fixed(path.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Folder, A::Error> {
                CommandTable::deserialize(MapAccessDeserializer::new(map))
                    .map(|told| Folder::FromCommand(told.told_by))
            }
        }

        deserializer.deserialize_any(Reader)
    }
}

impl Folder {
    /// The path in the file: of the folder, or of the command that prints it.
    pub(crate) fn path(&self) -> &str {
        match self {
            Self::Fixed(path) => path,
            Self::FromCommand(command) => command.first().map_or("", String::as_str),
        }
    }
}
