//! Imports between the files of a crate: the names that each file takes from others.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    module::{GLOB, Import, Module, Visibility},
    module_tree::ModuleTree,
    resolution::Target,
};

/// From a file, to a file: the names. Files are positions in [`ModuleTree::files`].
pub(crate) type Imports = BTreeMap<(usize, usize), BTreeSet<String>>;

/// All imports of a crate.
pub(crate) fn imports(tree: &ModuleTree) -> Imports {
    let mut imports = Imports::new();
    for (id, module) in tree.modules.iter().enumerate() {
        for (to, name) in used(tree, id, module).filter(|(to, _)| *to != module.file) {
            imports.entry((module.file, to)).or_default().insert(name);
        }
    }
    imports
}

/// The names that a module uses, with the files that define them.
fn used(tree: &ModuleTree, id: usize, module: &Module) -> impl Iterator<Item = (usize, String)> {
    let imports = module.imports.iter().filter(|import| import.visibility == Visibility::Private);
    let imported = imports.filter_map(move |import| import_target(tree, id, import));
    // The name of an import is counted at its `use`; a re-export counts only if the code has the name, too.
    let paths = module.paths.iter().filter(move |path| path.len() > 1 || tree.is_reexport(id, &path[0]));
    let named = paths.filter_map(move |path| item(tree.resolve(id, path)));
    imported.chain(named)
}

fn import_target(tree: &ModuleTree, id: usize, import: &Import) -> Option<(usize, String)> {
    match import.path.split_last() {
        Some((last, path)) if last == GLOB => match tree.resolve(id, path) {
            Target::Module(from) => Some((tree.modules[from].file, GLOB.to_owned())),
            target => item(target),
        },
        _ => item(tree.resolve(id, &import.path)),
    }
}

/// A module itself is no import: the names that are taken from it are.
fn item(target: Target) -> Option<(usize, String)> {
    match target {
        Target::Item { file, name } => Some((file, name)),
        Target::Module(_) | Target::External => None,
    }
}
