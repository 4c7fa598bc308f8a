//! Programs of a package: validators, graders and generators, each a file or a folder of files.

use crate::{
    File, Folder, Format, Warning,
    language::{detect_language_in, detect_language_of_files},
    leftovers,
};

/// A program of the package: a file, or a folder of files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// The name of its file or folder.
    pub name: String,
    /// Its files.
    pub files: Vec<File>,
    /// Its language, if its files determine one; `viva` and `checktestdata` for validators in these.
    pub language: Option<String>,
    /// Build and run scripts of its own.
    pub build: Build,
}

/// How a program is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Build {
    /// By its language.
    ByLanguage,
    /// By its own script `build`, which makes `run`.
    OwnBuild,
    /// Not at all; it has a script `run`.
    OwnRun,
}

/// Whether a file in a folder of programs is a note.
fn is_note(name: &str) -> bool {
    const ENDINGS: [&str; 6] = ["md", "txt", "yaml", "yml", "in", "ans"];
    let ending = name.rsplit_once('.').map(|(_, ending)| ending);
    ending.is_some_and(|ending| ENDINGS.contains(&ending))
        || name.starts_with("README")
        || matches!(name, "Makefile" | "makefile" | "CMakeLists.txt" | "LICENSE")
}

/// The programs of a folder such as `input_validators`: each file and each subfolder is one. Headers belong
/// to each, and a script `build` or `run` makes one program of all loose files. Without a source there is no
/// program.
pub(crate) fn programs(format: Format, mut folder: Folder, warnings: &mut Vec<Warning>) -> Vec<Program> {
    leftovers::remove_leftovers(&mut folder, warnings);
    let mut programs = Vec::new();
    for inner in folder.folders.values() {
        let mut files: Vec<_> = inner.all_files().into_iter().cloned().collect();
        remove_compiler_output(format, &mut files);
        let program = program(format, inner.name(), files);
        if program.is_any(format) {
            programs.push(program);
        } else {
            warnings.push(leftovers::no_program(&inner.path, &program.files));
        }
    }
    programs.extend(loose_programs(format, &folder, warnings));
    programs.sort_by(|a, b| a.name.cmp(&b.name));
    programs
}

fn loose_programs(format: Format, folder: &Folder, warnings: &mut Vec<Warning>) -> Vec<Program> {
    let is_source = |file: &File| detect_language_in(format, file.name()).is_some();
    let loose: Vec<_> = folder.files.values().filter(|file| !is_note(file.name())).cloned().collect();
    if loose.iter().any(|file| matches!(file.name(), "build" | "run")) {
        return vec![program(format, folder.name(), loose)];
    }
    let (sources, others): (Vec<_>, Vec<_>) = loose.into_iter().partition(is_source);
    let mut others = others;
    others.retain(|file| !is_compiled_from(&sources, file));
    if sources.is_empty() {
        let odd = others.iter().map(|file| leftovers::no_program(&file.path, std::slice::from_ref(file)));
        warnings.extend(odd);
        return Vec::new();
    }
    let with_others = |source: File| {
        let name = source.name().to_owned();
        program(format, &name, std::iter::once(source).chain(others.iter().cloned()).collect())
    };
    sources.into_iter().map(with_others).collect()
}

/// Whether it is a compiler's output of one of these: the same name without extension.
fn is_compiled_from(sources: &[File], file: &File) -> bool {
    sources.iter().any(|source| source.path.rsplit_once('.').is_some_and(|(stem, _)| stem == file.path))
}

/// Removes compiler output beside its sources.
fn remove_compiler_output(format: Format, files: &mut Vec<File>) {
    let is_source = |file: &&File| detect_language_in(format, file.name()).is_some();
    let sources: Vec<_> = files.iter().filter(is_source).cloned().collect();
    files.retain(|file| matches!(file.name(), "build" | "run") || !is_compiled_from(&sources, file));
}

impl Program {
    /// Whether it is a single file, possibly with headers, rather than a folder.
    pub(crate) fn is_loose(&self) -> bool {
        self.build == Build::ByLanguage && self.files.iter().any(|file| file.name() == self.name)
    }

    /// The name of one of its files, relative to its folder.
    pub fn name_of(&self, file: &File) -> String {
        let (path, folder) = (format!("/{}", file.path), format!("/{}/", self.name));
        path.split_once(&folder).map_or_else(|| file.name().to_owned(), |(_, inside)| inside.to_owned())
    }

    /// Whether it contains a runnable file.
    fn is_any(&self, format: Format) -> bool {
        self.build != Build::ByLanguage || has_source(format, &self.files)
    }
}

/// Whether any of these files has a known extension.
pub(crate) fn has_source(format: Format, files: &[File]) -> bool {
    files.iter().any(|file| detect_language_in(format, file.name()).is_some())
}

/// A program of these files.
pub(crate) fn program(format: Format, name: &str, files: Vec<File>) -> Program {
    let has = |script: &str| files.iter().any(|file| file.name() == script);
    let build = if has("build") {
        Build::OwnBuild
    } else if has("run") {
        Build::OwnRun
    } else {
        Build::ByLanguage
    };
    let language = detect_language_of_files(format, files.iter().map(File::name)).map(str::to_owned);
    Program { name: name.to_owned(), files, language, build }
}
