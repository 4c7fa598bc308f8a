//! File tree of a package: uniform, confined access to a folder or a zip archive.
//!
//! A [`Tree`] is surveyed once, when it is opened, and all rejections happen then. Links inside the package
//! are resolved by this module, not by the file system, and a file is opened only by its resolved path below
//! the package's root, so that a folder that changes meanwhile cannot lead out either. Content is read on
//! demand.

mod archive;
mod census;
mod error;
mod folder;
mod generated;
mod name;
mod path;

use std::{
    collections::BTreeMap,
    io::{self, Read},
    os::fd::OwnedFd,
    path::Path,
    sync::Arc,
};

use archive::{Archive, Source};
use census::{Census, Entry, Folders};
pub use error::TreeError;
pub use generated::GeneratedContent;
use path::{join, quoted};

use crate::{Caps, Warning, constants::Constants};

/// The files of a package.
///
/// Opening builds a census of all entries (`census`) from a folder (`folder`) or an archive (`archive`),
/// checks names (`name`) and counts, and resolves every link once. Afterwards the tree is immutable, apart
/// from generated files that readers of the package add.
///
/// [`Tree::file`] and [`Tree::folder`] look up paths with links followed; [`Tree::open`] returns a reader. No
/// method holds a whole file in memory unless its name says so ([`Tree::read`], [`Tree::text`]), and those
/// take a maximum.
#[derive(Debug)]
pub struct Tree {
    folders: Folders,
    storage: Storage,
    caps: Caps,
    warnings: Vec<Warning>,
    /// Generated files; [`Origin::Generated`] is an index into it.
    generated: Vec<GeneratedContent>,
    constants: Constants,
}

#[derive(Debug)]
enum Storage {
    Folder(OwnedFd),
    Zip(Archive),
}

/// A file of a package; [`Tree::open`] reads it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct File {
    /// Its name in the package, for messages.
    pub path: String,
    /// Its length.
    pub bytes: u64,
    /// Whether it is executable.
    pub executable: bool,
    origin: Origin,
    /// Number of skipped bytes at its beginning: those of a byte-order mark.
    skipped: u64,
}

/// The location of a file's bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Origin {
    /// Resolved path, and index in the archive.
    Stored { real: String, index: usize },
    /// Index in [`Tree::generated`].
    Generated(usize),
}

/// UTF-8's byte-order mark.
pub(crate) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

impl File {
    /// The same bytes under another name.
    pub(crate) fn named(&self, path: impl Into<String>) -> Self {
        Self { path: path.into(), ..self.clone() }
    }

    /// Its name without its folders.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
}

/// A folder of a package with everything in it, links followed, in the order of names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Folder {
    /// Its name inside the package.
    pub path: String,
    /// Its files by name.
    pub files: BTreeMap<String, File>,
    /// Its folders by name.
    pub folders: BTreeMap<String, Folder>,
}

impl Folder {
    /// All files in it and in folders below it.
    pub fn all_files(&self) -> Vec<&File> {
        let below = self.folders.values().flat_map(Folder::all_files);
        self.files.values().chain(below).collect()
    }

    /// Its name without the folders above it.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
}

/// The result of a path lookup, with links followed.
enum Resolved {
    Folder { real: String },
    File { real: String, bytes: u64, executable: bool, index: usize },
}

impl Tree {
    /// Surveys a folder or a zip archive, which may contain the package at its top or in its only folder.
    pub fn open_path(path: &Path, caps: Caps) -> Result<Self, TreeError> {
        if path.is_dir() {
            return Self::of_folder(path, caps);
        }
        let failed = |source: io::Error| {
            let name = path.display().to_string();
            match source.kind() {
                io::ErrorKind::InvalidInput => TreeError::NoPackage { name, source },
                _ => TreeError::Read { name, source },
            }
        };
        Self::of_archive(Source::on_disk(path).map_err(failed)?, caps)
    }

    /// Surveys a zip archive in memory.
    pub fn from_zip(bytes: Arc<[u8]>, caps: Caps) -> Result<Self, TreeError> {
        Self::of_archive(Source::in_memory(bytes), caps)
    }

    fn of_folder(path: &Path, caps: Caps) -> Result<Self, TreeError> {
        let root = folder::open_root(path)?;
        let mut census = Census::new(caps);
        folder::survey(&root, "", &mut census)?;
        Self::checked(census, Storage::Folder(root), caps)
    }

    fn of_archive(source: Source, caps: Caps) -> Result<Self, TreeError> {
        let mut census = Census::new(caps);
        let archive = Archive::survey(source, &caps, &mut census)?;
        census.enter_only_folder();
        Self::checked(census, Storage::Zip(archive), caps)
    }

    fn checked(census: Census, storage: Storage, caps: Caps) -> Result<Self, TreeError> {
        let Census { folders, warnings, .. } = census;
        let (generated, constants) = (Vec::new(), Constants::default());
        let mut tree = Self { folders, storage, caps, warnings, generated, constants };
        tree.check_links()?;
        Ok(tree)
    }

    /// Checks that every link stays inside and has a target; others are ignored with a warning.
    fn check_links(&mut self) -> Result<(), TreeError> {
        let mut odd = Vec::new();
        let mut leaving = Vec::new();
        for (folder, entries) in &self.folders {
            for (name, entry) in entries {
                let Entry::Link { target } = entry else { continue };
                let path = join(folder, name);
                match self.find(&path) {
                    Ok(Some(_)) => {}
                    Ok(None) => {
                        let message = format!("is a link to {}, which is not there", quoted(target));
                        odd.push(Warning::new(&path, &message));
                    }
                    Err(TreeError::LinkLeaves { .. }) => {
                        let message = format!(
                            "is a link that leaves the package (to {}) and is passed over: put a copy of the file in its place",
                            quoted(target)
                        );
                        odd.push(Warning::new(&path, &message));
                        leaving.push((folder.clone(), name.clone()));
                    }
                    Err(error) => return Err(error),
                }
            }
        }
        for (folder, name) in leaving {
            if let Some(entries) = self.folders.get_mut(&folder) {
                entries.remove(&name);
            }
        }
        odd.sort();
        self.warnings.extend(odd);
        Ok(())
    }

    /// Adds a generated file under this path.
    pub(crate) fn make(&mut self, path: &str, content: GeneratedContent) -> File {
        let origin = Origin::Generated(self.generated.len());
        let file =
            File { path: path.to_owned(), bytes: content.len(), executable: false, origin, skipped: 0 };
        self.generated.push(content);
        file
    }

    /// Sets the values of `{{name}}` in its sources and settings.
    pub(crate) fn set_constants(&mut self, constants: Constants) {
        self.constants = constants;
    }

    /// The caps that this tree was opened with.
    pub fn caps(&self) -> &Caps {
        &self.caps
    }

    /// Warnings about ignored entries.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// The file of this name, if there is one.
    pub fn file(&self, path: &str) -> Result<Option<File>, TreeError> {
        Ok(match self.find(path)? {
            Some(Resolved::File { real, bytes, executable, index }) => {
                let origin = Origin::Stored { real, index };
                Some(File { path: path.to_owned(), bytes, executable, origin, skipped: 0 })
            }
            Some(Resolved::Folder { .. }) | None => None,
        })
    }

    /// Everything in the folder of this name ("" is the package itself), if there is one.
    pub fn folder(&self, path: &str) -> Result<Option<Folder>, TreeError> {
        let Some(Resolved::Folder { real }) = self.find(path)? else { return Ok(None) };
        let mut seen = 0;
        Ok(Some(self.walk(path, &real, &mut Vec::new(), &mut seen)?))
    }

    /// The names of the folders in the folder of this name, links followed.
    pub(crate) fn folder_names(&self, path: &str) -> Result<Vec<String>, TreeError> {
        let Some(Resolved::Folder { real }) = self.find(path)? else { return Ok(Vec::new()) };
        let mut names = Vec::new();
        for name in self.folders[&real].keys() {
            if let Some(Resolved::Folder { .. }) = self.find(&join(&real, name))? {
                names.push(name.clone());
            }
        }
        Ok(names)
    }

    /// Links can show a folder repeatedly, so entries are counted each time.
    fn walk(
        &self,
        path: &str,
        real: &str,
        above: &mut Vec<String>,
        seen: &mut usize,
    ) -> Result<Folder, TreeError> {
        if above.iter().any(|folder| folder == real) {
            return Err(TreeError::LinkLoop { name: path.to_owned() });
        }
        above.push(real.to_owned());
        let mut folder = Folder { path: path.to_owned(), ..Folder::default() };
        for name in self.folders[real].keys() {
            *seen += 1;
            if *seen > self.caps.entries {
                return Err(TreeError::too_much(path, "more entries through links", self.caps.entries));
            }
            let inner = join(path, name);
            match self.find(&join(real, name))? {
                Some(Resolved::Folder { real }) => {
                    let below = self.walk(&inner, &real, above, seen)?;
                    folder.folders.insert(name.clone(), below);
                }
                Some(Resolved::File { real, bytes, executable, index }) => {
                    let origin = Origin::Stored { real, index };
                    let file = File { path: inner, bytes, executable, origin, skipped: 0 };
                    folder.files.insert(name.clone(), file);
                }
                None => {}
            }
        }
        above.pop();
        Ok(folder)
    }

    /// Follows a path through folders and links, as a file system would.
    fn find(&self, path: &str) -> Result<Option<Resolved>, TreeError> {
        let mut ahead: Vec<String> = path.split('/').rev().map(str::to_owned).collect();
        let mut at: Vec<String> = Vec::new();
        let mut file = None;
        let mut links = 0;
        let leaves =
            |target: &str| TreeError::LinkLeaves { name: path.to_owned(), target: target.to_owned() };
        while let Some(part) = ahead.pop() {
            if part.is_empty() || part == "." {
                continue;
            }
            if part == ".." {
                at.pop().ok_or_else(|| leaves(".."))?;
                file = None;
                continue;
            }
            let Some(entry) = self.folders.get(&at.join("/")).and_then(|entries| entries.get(&part)) else {
                return Ok(None);
            };
            match entry {
                Entry::Link { target } if target.starts_with('/') => return Err(leaves(target)),
                Entry::Link { target } => {
                    links += 1;
                    if links > self.caps.links {
                        return Err(TreeError::LinkLoop { name: path.to_owned() });
                    }
                    check_stays(&at, target).map_err(|()| leaves(target))?;
                    ahead.extend(target.split('/').rev().map(str::to_owned));
                }
                Entry::File { bytes, executable, index } => {
                    file = Some((*bytes, *executable, *index));
                    at.push(part);
                }
                Entry::Folder => at.push(part),
            }
        }
        let real = at.join("/");
        Ok(Some(match file {
            Some((bytes, executable, index)) => Resolved::File { real, bytes, executable, index },
            None => Resolved::Folder { real },
        }))
    }

    /// Opens a reader of the file; nothing is held in memory.
    pub fn open(&self, file: &File) -> Result<Box<dyn Read + Send>, TreeError> {
        let mut reader: Box<dyn Read + Send> = match (&file.origin, &self.storage) {
            (Origin::Generated(place), _) => match self.generated.get(*place) {
                Some(content) => content.open(),
                None => return Err(TreeError::Missing { name: file.path.clone() }),
            },
            (Origin::Stored { real, .. }, Storage::Folder(root)) => {
                Box::new(folder::open(root, real, self.caps.file_bytes)?)
            }
            (Origin::Stored { index, .. }, Storage::Zip(archive)) => archive.open(*index, &file.path)?,
        };
        let skipped = io::copy(&mut reader.by_ref().take(file.skipped), &mut io::sink());
        skipped.map_err(|source| TreeError::Read { name: file.path.clone(), source })?;
        Ok(reader)
    }

    /// The first `most` bytes of a file.
    pub(crate) fn beginning(&self, file: &File, most: u64) -> Result<Vec<u8>, TreeError> {
        let mut bytes = Vec::new();
        let read = self.open(file)?.take(most).read_to_end(&mut bytes);
        read.map_err(|source| TreeError::Read { name: file.path.clone(), source })?;
        Ok(bytes)
    }

    /// The file without its byte-order mark; `None` if it has none.
    pub(crate) fn without_mark(&self, file: &File) -> Result<Option<File>, TreeError> {
        let mark = BYTE_ORDER_MARK.len() as u64;
        if file.bytes < mark || self.beginning(file, mark)? != BYTE_ORDER_MARK {
            return Ok(None);
        }
        Ok(Some(File { bytes: file.bytes - mark, skipped: file.skipped + mark, ..file.clone() }))
    }

    /// Source of a program, without a byte-order mark, which many compilers reject, and with the package's
    /// constants replaced. Limited by [`Caps::source_bytes`].
    pub fn source(&self, file: &File) -> Result<Vec<u8>, TreeError> {
        let mut bytes = self.read(file, self.caps.source_bytes)?;
        if bytes.starts_with(BYTE_ORDER_MARK) {
            bytes.drain(..BYTE_ORDER_MARK.len());
        }
        let most = self.caps.source_bytes;
        self.constants.put_into(bytes, most).ok_or_else(|| too_much_with_constants(file, most))
    }

    /// A settings file as text, with the package's constants replaced.
    pub(crate) fn settings(&self, file: &File) -> Result<String, TreeError> {
        let most = self.caps.settings_bytes;
        let text = self.text(file, most)?.into_bytes();
        let text = self.constants.put_into(text, most).ok_or_else(|| too_much_with_constants(file, most))?;
        Ok(String::from_utf8(text).unwrap_or_default())
    }

    /// A line of settings with the package's constants replaced; unchanged if the result would be too long.
    pub(crate) fn with_constants(&self, line: &str) -> String {
        let filled = self.constants.put_into(line.as_bytes().to_vec(), self.caps.settings_bytes);
        filled.and_then(|filled| String::from_utf8(filled).ok()).unwrap_or_else(|| line.to_owned())
    }

    /// Reads the whole file, at most `most` bytes.
    pub fn read(&self, file: &File, most: u64) -> Result<Vec<u8>, TreeError> {
        let too_long =
            || TreeError::too_much(&file.path, format!("{} bytes", file.bytes), format!("{most} bytes"));
        if file.bytes > most {
            return Err(too_long());
        }
        let mut bytes = Vec::new();
        let read = self.open(file)?.take(most.saturating_add(1)).read_to_end(&mut bytes);
        read.map_err(|source| TreeError::Read { name: file.path.clone(), source })?;
        if bytes.len() as u64 > most {
            return Err(too_long());
        }
        Ok(bytes)
    }

    /// Reads the whole file as text, without a byte-order mark.
    pub fn text(&self, file: &File, most: u64) -> Result<String, TreeError> {
        let bytes = self.read(file, most)?;
        if is_utf16(&bytes) {
            return Err(TreeError::Utf16 { name: file.path.clone() });
        }
        let text = String::from_utf8(bytes).map_err(|_| TreeError::NotText { name: file.path.clone() })?;
        Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
    }
}

/// Whether text begins as UTF-16 does: with its byte-order mark, or with two letters of ASCII, each beside a zero byte.
pub(crate) fn is_utf16(beginning: &[u8]) -> bool {
    match *beginning {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => true,
        [first, 0, second, 0, ..] | [0, first, 0, second, ..] => first != 0 && second != 0,
        _ => false,
    }
}

/// Checks that a link's target, taken literally from its folder, stays in the package. It is checked here as
/// well as during lookups, so that a link that leaves the package is rejected even if its target does not
/// exist.
fn check_stays(at: &[String], target: &str) -> Result<(), ()> {
    let mut depth = at.len();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => depth = depth.checked_sub(1).ok_or(())?,
            _ => depth += 1,
        }
    }
    Ok(())
}

fn too_much_with_constants(file: &File, most: u64) -> TreeError {
    TreeError::too_much(
        &file.path,
        format!("more than {most} bytes with its constants"),
        format!("{most} bytes"),
    )
}
