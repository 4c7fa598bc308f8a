//! Compile key: a digest of everything that can change the result of a compilation.

use std::{fs, os::unix::fs::MetadataExt};

use languages::{Command, Language, Toolchain};
use model::SourceFile;
use sandbox::DiskQuota;
use sha2::{Digest, Sha256};

/// Two compilations with the same key come out the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct CompileKey([u8; 32]);

/// To be raised when a compilation is done in another way.
const VERSION: &[u8] = b"compilation 1";

impl CompileKey {
    /// The key of compiling these files with this command.
    pub(crate) fn new(
        language: &Language,
        toolchain: &Toolchain,
        command: &Command,
        files: &[SourceFile],
        space: DiskQuota,
    ) -> Self {
        let mut digest = FieldDigest(Sha256::new());
        digest.field(VERSION);
        digest.field(language.id.as_str().as_bytes());
        digest.field(toolchain.description.as_bytes());
        digest.field(toolchain.program.as_os_str().as_encoded_bytes());
        // A compiler that was replaced meanwhile is another one. Where it is gone, the compilation says so.
        let state = fs::metadata(&toolchain.program).ok();
        let state = state.map(|state| (state.ino(), state.size(), state.mtime(), state.mtime_nsec()));
        digest.field(format!("{state:?}").as_bytes());
        digest.fields(command.argv.iter().map(String::as_bytes));
        digest.fields(command.env.iter().flat_map(|(name, value)| [name.as_bytes(), value.as_bytes()]));
        // Never stored, so any form that shows all of it will do.
        digest.field(format!("{:?} {space:?}", command.limits).as_bytes());
        digest.fields(files.iter().flat_map(|file| [file.name.as_bytes(), file.content.as_bytes()]));
        Self(digest.0.finalize().into())
    }

    #[cfg(test)]
    pub(crate) const fn of_test(number: u8) -> Self {
        Self([number; 32])
    }
}

/// A digest of fields, each with its length, so that none can pass for a part of its neighbour.
struct FieldDigest(Sha256);

impl FieldDigest {
    fn field(&mut self, bytes: &[u8]) {
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }

    fn fields<'a>(&mut self, all: impl Iterator<Item = &'a [u8]> + Clone) {
        self.0.update((all.clone().count() as u64).to_le_bytes());
        all.for_each(|bytes| self.field(bytes));
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::HashSet, path::PathBuf, sync::LazyLock};

    use languages::{Registry, SystemHost};
    use model::{Bytes, Limits};

    use super::*;

    /// Parts of a key.
    #[derive(Clone)]
    struct Parts {
        language: &'static str,
        toolchain: Toolchain,
        command: Command,
        files: Vec<(&'static str, &'static str)>,
        space: DiskQuota,
    }

    fn default_parts() -> Parts {
        Parts {
            language: "c",
            toolchain: Toolchain {
                program: PathBuf::from("/bin/sh"),
                version: "1".to_owned(),
                description: "cc 1".to_owned(),
                folder: None,
                folders: Vec::new(),
            },
            command: Command {
                argv: vec!["/bin/sh".to_owned(), "-O2".to_owned()],
                env: vec![("A".to_owned(), "b".to_owned())],
                limits: Some(Limits::STUDENT),
            },
            files: vec![("main.c", "int x;"), ("a.h", "")],
            space: DiskQuota::STANDARD,
        }
    }

    fn key(parts: &Parts) -> CompileKey {
        // Looking for the toolchains takes its time.
        static REGISTRY: LazyLock<Registry> =
            LazyLock::new(|| Registry::builtin(&SystemHost::new()).expect("sound language files"));
        let language = REGISTRY.find(parts.language).expect("a language");
        let file =
            |&(name, content): &(&str, &str)| SourceFile { name: name.to_owned(), content: content.into() };
        let files: Vec<_> = parts.files.iter().map(file).collect();
        CompileKey::new(language, &parts.toolchain, &parts.command, &files, parts.space)
    }

    #[test]
    fn the_same_has_the_same_key() {
        assert_eq!(key(&default_parts()), key(&default_parts()));
    }

    #[test]
    fn each_change_makes_another_key() {
        let changes: [fn(&mut Parts); 14] = [
            |_| {},
            |parts| parts.language = "cpp",
            |parts| parts.toolchain.description = "cc 2".to_owned(),
            |parts| parts.toolchain.program = PathBuf::from("/bin/ls"),
            |parts| parts.command.argv[1] = "-O3".to_owned(),
            |parts| parts.command.argv[1] = "-O2 ".to_owned(),
            |parts| parts.command.env[0].1 = "c".to_owned(),
            |parts| parts.command.limits = None,
            |parts| parts.space.disk = Bytes::mib(7),
            |parts| parts.files[0].1 = "int y;",
            |parts| parts.files[0].0 = "other.c",
            |parts| parts.files.reverse(),
            |parts| parts.files = vec![("main.c", "int x;a.h")],
            |parts| parts.files = vec![("main.c", "int x;")],
        ];
        let keys: HashSet<_> = changes
            .iter()
            .map(|change| {
                let mut parts = default_parts();
                change(&mut parts);
                key(&parts)
            })
            .collect();
        assert_eq!(keys.len(), changes.len());
    }
}
