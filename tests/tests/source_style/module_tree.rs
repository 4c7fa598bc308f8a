//! Module tree of a crate: follows the `mod` declarations from its root file on.

use std::path::{Path, PathBuf};

use crate::{
    module::Module,
    scanner::{Occurrence, scan},
};

/// The modules of a crate and the files that hold them; the root is the first of both.
#[derive(Debug, Default)]
pub(crate) struct ModuleTree {
    pub(crate) files: Vec<PathBuf>,
    pub(crate) modules: Vec<Module>,
}

/// Reads a file; `None` if there is none.
pub(crate) type Reader<'a> = &'a dyn Fn(&Path) -> Option<String>;

/// A module before its declarations are added.
struct Declaration {
    file: usize,
    parent: Option<usize>,
    /// The folder of the files of its child modules.
    folder: PathBuf,
}

impl ModuleTree {
    /// Reads the crate of a root file such as `src/lib.rs`.
    pub(crate) fn load(root: &Path, read: Reader<'_>) -> Self {
        let mut tree = Self::default();
        let folder = root.parent().expect("a file is in a folder").to_owned();
        tree.add_file(root, None, folder, read);
        tree
    }

    fn add_file(&mut self, path: &Path, parent: Option<usize>, folder: PathBuf, read: Reader<'_>) -> usize {
        let text = read(path).unwrap_or_else(|| panic!("{} is declared but missing", path.display()));
        self.files.push(path.to_owned());
        self.add_module(Declaration { file: self.files.len() - 1, parent, folder }, scan(&text), read)
    }

    fn add_module(&mut self, declared: Declaration, content: Vec<Occurrence>, read: Reader<'_>) -> usize {
        let Declaration { file, parent, folder } = declared;
        let id = self.modules.len();
        self.modules.push(Module { file, parent, ..Module::default() });
        for occurrence in content {
            match occurrence {
                Occurrence::Item(name) => {
                    self.modules[id].items.insert(name);
                }
                Occurrence::Import(import) => self.modules[id].imports.push(import),
                Occurrence::Path(path) => {
                    self.modules[id].paths.insert(path);
                }
                Occurrence::Inline { name, body } => {
                    let folder = folder.join(&name);
                    let child = self.add_module(Declaration { file, parent: Some(id), folder }, body, read);
                    self.modules[id].children.insert(name, child);
                }
                Occurrence::File { name, path } => {
                    let (path, folder) = match path {
                        Some(path) => self.file_at(file, &path),
                        None => (file_of_module(&folder, &name, read), folder.join(&name)),
                    };
                    let child = self.add_file(&path, Some(id), folder, read);
                    self.modules[id].children.insert(name, child);
                }
            }
        }
        id
    }

    /// The file that a `#[path]` in another file names, and the folder of its own child modules.
    fn file_at(&self, parent_file: usize, path: &str) -> (PathBuf, PathBuf) {
        let file = self.files[parent_file].parent().expect("a file is in a folder").join(path);
        let folder = file.parent().expect("a file is in a folder").to_owned();
        (file, folder)
    }
}

/// The file of a child module whose parent has its children in this folder.
fn file_of_module(folder: &Path, name: &str, read: Reader<'_>) -> PathBuf {
    let beside = folder.join(format!("{name}.rs"));
    if read(&beside).is_some() { beside } else { folder.join(name).join("mod.rs") }
}
