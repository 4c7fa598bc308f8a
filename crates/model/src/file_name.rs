//! File names: validation of the paths of submitted files, relative to the work folder.
//!
//! A valid name stays below the work folder, is not a hidden file, and has visible characters only. HTTP submissions, live sessions,
//! gradings and the command line all apply this rule.

use std::collections::{HashMap, HashSet};

use crate::{Bytes, is_all_visible, quoted};

/// The longest name of one file or folder in Linux, in bytes (`limits.h`).
const NAME_MAX: usize = 255;

/// Limits on the names of submitted files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileNameLimits {
    /// Length of the whole name, folders included.
    pub max_length: Bytes,
    /// Number of folders in a name.
    pub max_folders: usize,
}

impl Default for FileNameLimits {
    fn default() -> Self {
        Self { max_length: Bytes(255), max_folders: 8 }
    }
}

/// An invalid file name; each message is the end of a sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileNameError {
    /// The name is empty.
    #[error("must not be empty")]
    Empty,
    /// The whole name is too long.
    #[error("must be at most {max} bytes with its folders; it has {length}")]
    TooLong {
        /// The limit, in bytes.
        max: u64,
        /// The length of the name, in bytes.
        length: usize,
    },
    /// One component is too long for Linux.
    #[error("must have folders and a file name of at most {NAME_MAX} bytes each")]
    PartTooLong,
    /// It is in too many folders.
    #[error("must be in at most {max} folders; it is in {folders}")]
    TooDeep {
        /// The limit.
        max: usize,
        /// The number of folders in the name.
        folders: usize,
    },
    /// It begins with `/`.
    #[error("must be a path below the work folder, not an absolute one as {} is", quoted(.0))]
    Absolute(String),
    /// It contains `\`.
    #[error("must have / between folders and no \\, as {} has", quoted(.0))]
    Backslash(String),
    /// Two slashes follow each other, or it ends with one.
    #[error("must not have an empty part, as {} has", quoted(.0))]
    EmptyPart(String),
    /// A folder or the file begins with a dot: it leads upwards, nowhere, or is hidden.
    #[error("must not have a part that begins with a dot, as {} has", quoted(.0))]
    Dot(String),
    /// It contains invisible characters.
    #[error("must not contain characters that cannot be seen, as {} does", quoted(.0))]
    Invisible(String),
}

/// Two files that cannot both exist; the message is the end of a sentence about all names.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameClash {
    /// Two files have the same name: the second would silently replace the first.
    #[error("must have different names; {} comes twice", quoted(.0))]
    Duplicate(String),
    /// A file has the name of a folder that another file is in.
    #[error("must not have a file and a folder of the same name; {} is a file, and {} is in a folder of that name", quoted(.file), quoted(.nested))]
    FileAndFolder {
        /// The file.
        file: String,
        /// The file in the folder of the same name.
        nested: String,
    },
}

impl FileNameLimits {
    /// Checks the name of a submitted file.
    ///
    /// # Errors
    /// The first rule that the name breaks.
    pub fn check(&self, name: &str) -> Result<(), FileNameError> {
        let owned = || name.to_owned();
        if name.is_empty() {
            return Err(FileNameError::Empty);
        }
        if name.len() as u64 > self.max_length.get() {
            return Err(FileNameError::TooLong { max: self.max_length.get(), length: name.len() });
        }
        if name.contains('\\') {
            return Err(FileNameError::Backslash(owned()));
        }
        if name.starts_with('/') {
            return Err(FileNameError::Absolute(owned()));
        }
        if name.split('/').any(str::is_empty) {
            return Err(FileNameError::EmptyPart(owned()));
        }
        if name.split('/').any(|part| part.starts_with('.')) {
            return Err(FileNameError::Dot(owned()));
        }
        if name.split('/').any(|part| part.len() > NAME_MAX) {
            return Err(FileNameError::PartTooLong);
        }
        let folders = name.split('/').count() - 1;
        if folders > self.max_folders {
            return Err(FileNameError::TooDeep { max: self.max_folders, folders });
        }
        if !is_all_visible(name) {
            return Err(FileNameError::Invisible(owned()));
        }
        Ok(())
    }
}

/// Whether files of these names cannot both exist: the names are equal, or one is a folder of the other.
pub fn names_clash(one: &str, other: &str) -> bool {
    let is_in = |nested: &str, folder: &str| {
        nested.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    is_in(one, other) || is_in(other, one)
}

/// The first two of these files that cannot both exist.
pub fn first_clash<'a>(names: impl Iterator<Item = &'a str> + Clone) -> Option<NameClash> {
    // Each folder, with one file in it.
    let mut folders = HashMap::new();
    for name in names.clone() {
        for (at, _) in name.match_indices('/') {
            folders.entry(&name[..at]).or_insert(name);
        }
    }
    let mut files = HashSet::new();
    for name in names {
        if !files.insert(name) {
            return Some(NameClash::Duplicate(name.to_owned()));
        }
        if let Some(inside) = folders.get(name) {
            return Some(NameClash::FileAndFolder { file: name.to_owned(), nested: (*inside).to_owned() });
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, says: Option<&str>) {
        let checked = FileNameLimits::default().check(name).map_err(|error| error.to_string());
        match (checked, says) {
            (Ok(()), None) => {}
            (Err(message), Some(says)) => assert!(message.contains(says), "{name:?}: {message}"),
            (checked, _) => panic!("{name:?}: {checked:?}"),
        }
    }

    #[test]
    fn a_name_may_have_folders_and_stays_below_the_work_folder() {
        for name in
            ["a.py", "pkg/a.py", "data/in.txt", "a/b/c/d/e/f/g/h/i.txt", "-x", "@x", "a b/ü.txt", "a..b/c."]
        {
            check(name, None);
        }
        for (name, says) in [
            ("", "must not be empty"),
            ("/etc/passwd", "not an absolute one as \"/etc/passwd\" is"),
            ("/", "absolute"),
            ("..", "begins with a dot"),
            ("../x", "begins with a dot, as \"../x\" has"),
            ("a/../b", "begins with a dot"),
            ("a/./b", "begins with a dot"),
            (".hidden", "begins with a dot"),
            ("a/.git/config", "begins with a dot"),
            ("a//b", "an empty part, as \"a//b\" has"),
            ("a/", "an empty part"),
            ("a\\b", "no \\, as"),
            ("a/b\n", "cannot be seen"),
            ("a\u{202e}/b", "cannot be seen"),
            ("1/2/3/4/5/6/7/8/9/x", "must be in at most 8 folders; it is in 9"),
        ] {
            check(name, Some(says));
        }
    }

    #[test]
    fn the_length_is_that_of_the_whole_name_and_of_each_part() {
        check(&"x".repeat(255), None);
        check(&"x".repeat(256), Some("at most 255 bytes with its folders; it has 256"));
        check(&format!("a/{}", "x".repeat(254)), Some("it has 256"));
        let wide = FileNameLimits { max_length: Bytes(1000), max_folders: 100 };
        assert_eq!(wide.check(&format!("{}/a", "x".repeat(256))), Err(FileNameError::PartTooLong));
        assert_eq!(wide.check(&format!("{}/a", "x".repeat(255))), Ok(()));
        assert_eq!(wide.check(&"a/".repeat(101)[..201]), Ok(()));
        assert_eq!(
            wide.check(&format!("{}a", "a/".repeat(101))),
            Err(FileNameError::TooDeep { max: 100, folders: 101 })
        );
    }

    #[test]
    fn two_names_clash_if_they_are_equal_or_one_is_a_folder_of_the_other() {
        for (names, says) in [
            (&["a", "b", "a/b"][..], Some("\"a\" is a file, and \"a/b\" is in a folder of that name")),
            (&["a/b/c", "a/b"], Some("\"a/b\" is a file, and \"a/b/c\"")),
            (&["a/b/c", "a"], Some("\"a\" is a file")),
            (&["x/y", "x/y"], Some("\"x/y\" comes twice")),
            (&["a", "ab", "a.b/c", "A", "b/a"], None),
        ] {
            let clash = first_clash(names.iter().copied()).map(|clash| clash.to_string());
            assert_eq!(clash.is_some(), says.is_some(), "{names:?}: {clash:?}");
            assert!(clash.unwrap_or_default().contains(says.unwrap_or_default()), "{names:?}");
            let pairs = names
                .iter()
                .enumerate()
                .flat_map(|(at, one)| names[..at].iter().map(move |other| (one, other)));
            assert_eq!(
                pairs.into_iter().any(|(one, other)| names_clash(one, other)),
                says.is_some(),
                "{names:?}"
            );
        }
    }
}
