//! Resolution of paths: finds the file that defines a name, through imports and re-exports.
//!
//! Works on names alone, without types: a method or a name that a macro generates belongs to the module in its path.

use crate::{
    module::{GLOB, Visibility},
    module_tree::ModuleTree,
};

/// The target of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    Module(usize),
    /// An item with its name and the file that defines it.
    Item {
        file: usize,
        name: String,
    },
    /// Anything outside the crate.
    External,
}

/// The kind of item that a segment of a path stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    /// A segment before others: `read` of `read::text`.
    Module,
    /// The last segment, which an item takes before a module of the same name.
    Item,
}

/// Import cycles of names end here; no sound path follows so many re-exports.
const MAX_DEPTH: usize = 16;

impl ModuleTree {
    /// The target of a path that is used in a module.
    pub(crate) fn resolve(&self, module: usize, path: &[String]) -> Target {
        self.resolve_to(module, path, Wanted::Item, 0)
    }

    fn resolve_to(&self, module: usize, path: &[String], wanted: Wanted, depth: usize) -> Target {
        let Some((first, rest)) = path.split_first() else { return Target::External };
        let first_wanted = if rest.is_empty() { wanted } else { Wanted::Module };
        let mut target = match first.as_str() {
            "crate" => Target::Module(0),
            "self" => Target::Module(module),
            "super" => self.parent(module),
            name => self.member(module, name, first_wanted, depth).unwrap_or(Target::External),
        };
        for (at, name) in rest.iter().enumerate() {
            let Target::Module(id) = target else { break };
            let wanted = if at + 1 == rest.len() { wanted } else { Wanted::Module };
            target = match name.as_str() {
                "super" => self.parent(id),
                name => self
                    .member(id, name, wanted, depth)
                    .unwrap_or(Target::Item { file: self.modules[id].file, name: name.to_owned() }),
            };
        }
        target
    }

    fn parent(&self, module: usize) -> Target {
        self.modules[module].parent.map_or(Target::External, Target::Module)
    }

    /// A name as it is seen in a module: an item, an import, a child module. `None` if nothing shows the name.
    fn member(&self, module: usize, name: &str, wanted: Wanted, depth: usize) -> Option<Target> {
        if depth == MAX_DEPTH {
            return None;
        }
        let own = &self.modules[module];
        let child = own.children.get(name).map(|&child| Target::Module(child));
        if wanted == Wanted::Module && child.is_some() {
            return child;
        }
        if own.items.contains(name) {
            return Some(Target::Item { file: own.file, name: name.to_owned() });
        }
        self.imported(module, name, wanted, depth + 1).or(child)
    }

    fn imported(&self, module: usize, name: &str, wanted: Wanted, depth: usize) -> Option<Target> {
        let imports = &self.modules[module].imports;
        let named = imports.iter().filter(|import| import.name == name);
        let targets = named.map(|import| self.resolve_to(module, &import.path, wanted, depth));
        // A name of another crate may be imported beside one of this crate: a module and a function, for example.
        let own_first = targets.min_by_key(|target| *target == Target::External);
        own_first.or_else(|| {
            let globs = imports.iter().filter(|import| import.name == GLOB);
            globs.into_iter().find_map(|glob| {
                let (_, path) = glob.path.split_last()?;
                match self.resolve_to(module, path, Wanted::Module, depth) {
                    Target::Module(id) if id != module => self.member(id, name, wanted, depth),
                    Target::Module(_) | Target::Item { .. } | Target::External => None,
                }
            })
        })
    }

    /// Whether a module takes this name from elsewhere only to pass it on.
    pub(crate) fn is_reexport(&self, module: usize, name: &str) -> bool {
        let imports = &self.modules[module].imports;
        imports.iter().any(|import| import.name == name && import.visibility == Visibility::Public)
    }
}
