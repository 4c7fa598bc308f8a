//! Left-over files of compilers, editors and file managers in program folders: removed with a warning.

use crate::{File, Folder, Warning};

/// Cache and build folders.
const FOLDERS: [&str; 6] =
    ["__pycache__", "node_modules", "cmake-build-debug", "cmake-build-release", "CMakeFiles", "__MACOSX"];
/// Extensions of compiler output and editor files.
const ENDINGS: [&str; 16] = [
    "class", "pyc", "pyo", "o", "obj", "exe", "hi", "beam", "swp", "swo", "bak", "orig", "rej", "tmp", "iml",
    "gch",
];
/// Files of compilers and of file managers.
const FILES: [&str; 4] = ["a.out", "Thumbs.db", "desktop.ini", "Desktop.ini"];

fn is_folder(name: &str) -> bool {
    FOLDERS.contains(&name)
}

pub(crate) fn is_file(name: &str) -> bool {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending);
    FILES.contains(&name)
        || name.ends_with('~')
        || (name.starts_with('#') && name.ends_with('#'))
        || ending.is_some_and(|ending| ENDINGS.contains(&ending))
}

/// Whether its name marks it as disabled, as in BAPCtools' own examples.
fn is_disabled(name: &str) -> bool {
    name.ends_with(".disabled")
}

/// Removes left-overs from a folder of programs, with one warning each. Disabled files are removed silently.
pub(crate) fn remove_leftovers(folder: &mut Folder, warnings: &mut Vec<Warning>) {
    let mut found = Vec::new();
    folder.folders.retain(|name, _| !is_disabled(name));
    folder.files.retain(|name, _| !is_disabled(name));
    folder.folders.retain(|name, inner| {
        if is_folder(name) {
            found.push(inner.path.clone());
        }
        !is_folder(name)
    });
    folder.files.retain(|name, file| {
        if is_file(name) {
            found.push(file.path.clone());
        }
        !is_file(name)
    });
    if let Some(first) = found.first() {
        let more = match found.len() - 1 {
            0 => "is left over from a compiler or an editor and is looked over".to_owned(),
            more => format!(
                "and {more} more beside it are left over from compilers or editors and are looked over"
            ),
        };
        warnings.push(Warning::new(first, &more));
    }
    for inner in folder.folders.values_mut() {
        remove_leftovers(inner, warnings);
    }
}

/// Warning about a file or folder without a file in a known language.
pub(crate) fn no_program(place: &str, files: &[File]) -> Warning {
    let message = match files {
        [] => "is an empty folder, and is looked over",
        [only] if only.path == place => "is in no language that its name would tell, and is looked over",
        _ => "has no file in a language that its name would tell, and is looked over",
    };
    Warning::new(place, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tools_leave_behind_is_known_by_its_name() {
        for name in
            ["A.class", "a.cpython-311.pyc", "sum.py~", "#sum.py#", "a.out", "sum.o", "Thumbs.db", ".x.swp"]
        {
            assert!(is_file(name), "{name}");
        }
        for name in ["sum.py", "A.java", "build", "run", "Makefile", "class", "data.txt", "a.h"] {
            assert!(!is_file(name), "{name}");
        }
        assert!(is_folder("__pycache__") && !is_folder("build"));
    }
}
