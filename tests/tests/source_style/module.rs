//! Module: a node of the module tree of a crate, with the names that it defines, imports and uses.

use std::collections::{BTreeMap, BTreeSet};

/// A module, as its source shows it. Several modules may be in one file.
#[derive(Debug, Default)]
pub(crate) struct Module {
    /// The file that holds it, as a position in the files of its crate.
    pub(crate) file: usize,
    /// The module around it, as a position in the modules of its crate; none for the root.
    pub(crate) parent: Option<usize>,
    /// The modules that it declares, by name.
    pub(crate) children: BTreeMap<String, usize>,
    /// The names of the items that it defines.
    pub(crate) items: BTreeSet<String>,
    /// The names that it imports or re-exports.
    pub(crate) imports: Vec<Import>,
    /// The paths in its code outside of `use`; a path may be a single name.
    pub(crate) paths: BTreeSet<Vec<String>>,
}

/// One name of a `use`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Import {
    /// The path as written, from its first segment on; ends with `*` for a glob.
    pub(crate) path: Vec<String>,
    /// The name in the importing module: that of the item, or the one after `as`.
    pub(crate) name: String,
    pub(crate) visibility: Visibility,
}

/// Whether other modules may take an imported name from the importing module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Visibility {
    Private,
    /// `pub use` and `pub(…) use`: a re-export.
    Public,
}

/// The last segment of a glob import.
pub(crate) const GLOB: &str = "*";
