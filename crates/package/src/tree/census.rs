//! Census: entries of a folder or archive, counted against the caps during the survey.

use std::collections::{BTreeMap, HashMap, btree_map};

use super::{error::TreeError, path::join};
use crate::{Caps, Warning};

/// One entry of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Entry {
    Folder,
    File {
        bytes: u64,
        executable: bool,
        /// Its index in the archive; 0 on disk.
        index: usize,
    },
    Link {
        target: String,
    },
}

/// The entries of each folder, by the folder's path; the package's own is "".
pub(super) type Folders = HashMap<String, BTreeMap<String, Entry>>;

/// The entries so far.
#[derive(Debug)]
pub(super) struct Census {
    caps: Caps,
    pub(super) folders: Folders,
    entries: usize,
    total_bytes: u64,
    pub(super) warnings: Vec<Warning>,
}

impl Census {
    pub(super) fn new(caps: Caps) -> Self {
        let folders = HashMap::from([(String::new(), BTreeMap::new())]);
        Self { caps, folders, entries: 0, total_bytes: 0, warnings: Vec::new() }
    }

    pub(super) fn total_bytes(&self) -> u64 {
        self.total_bytes
    }

    pub(super) fn file(
        &mut self,
        path: &str,
        bytes: u64,
        executable: bool,
        index: usize,
    ) -> Result<(), TreeError> {
        if bytes > self.caps.file_bytes {
            let allowed = format!("{} bytes", self.caps.file_bytes);
            return Err(TreeError::too_much(path, format!("{bytes} bytes"), allowed));
        }
        self.total_bytes = self.total_bytes.saturating_add(bytes);
        if self.total_bytes > self.caps.total_bytes {
            let allowed = format!("{} bytes", self.caps.total_bytes);
            return Err(TreeError::too_much("the package", format!("{} bytes", self.total_bytes), allowed));
        }
        self.add(path, Entry::File { bytes, executable, index })
    }

    pub(super) fn link(&mut self, path: &str, target: &str) -> Result<(), TreeError> {
        self.add(path, Entry::Link { target: target.to_owned() })
    }

    /// Adds a folder; archives may list it after its files, or not at all.
    pub(super) fn folder(&mut self, path: &str) -> Result<(), TreeError> {
        if self.folders.contains_key(path) {
            return Ok(());
        }
        self.add(path, Entry::Folder)
    }

    fn add(&mut self, path: &str, entry: Entry) -> Result<(), TreeError> {
        self.entries += 1;
        if self.entries > self.caps.entries {
            return Err(TreeError::too_much("the package", "more entries", self.caps.entries));
        }
        if path.matches('/').count() >= self.caps.depth {
            let allowed = format!("{} levels", self.caps.depth);
            return Err(TreeError::too_much(path, "more folders above it", allowed));
        }
        let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
        if !self.folders.contains_key(parent) {
            self.add(parent, Entry::Folder)?;
        }
        let twice = || TreeError::DuplicateName { name: path.to_owned() };
        if entry == Entry::Folder {
            self.folders.insert(path.to_owned(), BTreeMap::new());
        }
        let siblings = self.folders.get_mut(parent).expect("a parent is added before its children");
        match siblings.entry(name.to_owned()) {
            btree_map::Entry::Occupied(_) => Err(twice()),
            btree_map::Entry::Vacant(place) => {
                place.insert(entry);
                Ok(())
            }
        }
    }

    /// Warns of a name that is not UTF-8; the formats require that it is ignored.
    pub(super) fn warn_of_name(&mut self, folder: &str, name: &[u8]) {
        let name = join(folder, &String::from_utf8_lossy(name));
        self.warnings.push(Warning::new(&name, "was looked over, for its name is not UTF-8: rename it"));
    }

    /// Makes the only folder of an archive the root, since an archive usually contains the package as its
    /// only folder.
    pub(super) fn enter_only_folder(&mut self) {
        let root = &self.folders[""];
        let (1, Some((name, Entry::Folder))) = (root.len(), root.iter().next()) else { return };
        let name = name.clone();
        if !self.folders[&name].contains_key("problem.yaml") {
            return;
        }
        let inside = format!("{name}/");
        let moved = std::mem::take(&mut self.folders).into_iter().filter_map(|(path, entries)| {
            let path = if path == name { "" } else { path.strip_prefix(&inside)? };
            Some((path.to_owned(), entries))
        });
        self.folders = moved.collect();
    }
}
