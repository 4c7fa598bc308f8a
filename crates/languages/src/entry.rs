//! Entry point: the file, or the class, at which the toolchain starts a program.
//!
//! For most languages it is the first file. If the runtime needs a class, it is found by reading the sources,
//! so that submitters may choose names of files and classes freely.

mod java;

use model::{SourceFile, names_clash};
use serde::Deserialize;

use crate::source_name::{has_extension, stem};

/// Maximum length of a file name, in bytes.
pub(crate) const MAX_FILE_NAME: usize = 255;

/// Kind of a language's entry point.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum EntryKind {
    /// The first file.
    #[default]
    File,
    /// A class with a `main` method, as in Java. A file with a public class must be named after it.
    JavaClass,
}

impl EntryKind {
    /// The entry point of these files, the first being the submitter's main file; `version` is the
    /// toolchain's.
    pub(crate) fn entry_point(
        self,
        files: &[SourceFile],
        extensions: &[String],
        version: &str,
    ) -> Option<String> {
        match self {
            Self::File => files.first().map(|file| stem(&file.name).to_owned()),
            Self::JavaClass => {
                let sources = sources(files, extensions);
                let units: Vec<_> = sources.map(|file| (stem_of_path(&file.name), read(file))).collect();
                java::main_class(&units, java::Release::of(version))
                    .or_else(|| files.first().map(|file| stem(&file.name).to_owned()))
            }
        }
    }

    /// The files, with the names that the toolchain requires.
    pub(crate) fn rename(self, files: Vec<SourceFile>, extensions: &[String]) -> Vec<SourceFile> {
        match self {
            Self::File => files,
            Self::JavaClass => rename_after_classes(files, extensions),
        }
    }

    /// The file name, without extension, that follows from the content; `None` if the language has no such
    /// rule.
    pub(crate) fn name_by_content(self, file: &SourceFile) -> Option<String> {
        match self {
            Self::File => None,
            Self::JavaClass => java::file_name(&read(file)),
        }
    }

    /// Advice on sources that the compiler rejected, in a sentence, for a common mistake.
    pub(crate) fn advice(self, files: &[SourceFile], extensions: &[String], version: &str) -> Option<String> {
        match self {
            Self::File => None,
            Self::JavaClass => {
                let sources = sources(files, extensions);
                let units: Vec<_> = sources.map(|file| (file.name.as_str(), read(file))).collect();
                java::advice(&units, java::Release::of(version))
            }
        }
    }
}

/// The first file, whatever its name, and the others that are sources.
fn sources<'a>(files: &'a [SourceFile], extensions: &'a [String]) -> impl Iterator<Item = &'a SourceFile> {
    let is_source =
        |(place, file): &(usize, &SourceFile)| *place == 0 || has_extension(&file.name, extensions);
    files.iter().enumerate().filter(is_source).map(|(_, file)| file)
}

fn read(file: &SourceFile) -> java::Unit {
    java::Unit::read(&String::from_utf8_lossy(file.content.as_bytes()))
}

/// The name of a file without its folders and its extension.
fn stem_of_path(name: &str) -> &str {
    stem(name.rsplit('/').next().unwrap_or(name))
}

/// Names each file after its only public class, unless another file has the name; other files get a source
/// extension.
fn rename_after_classes(mut files: Vec<SourceFile>, extensions: &[String]) -> Vec<SourceFile> {
    let Some(extension) = extensions.first() else { return files };
    let is_source = |place: usize, file: &SourceFile| place == 0 || has_extension(&file.name, extensions);
    let mut new_names: Vec<_> = files
        .iter()
        .enumerate()
        .map(|(place, file)| is_source(place, file).then(|| class_file_name(file, extension)).flatten())
        .collect();
    // A file whose new name is taken keeps its own, which may be the new name of another.
    while drop_conflicting_names(&files, &mut new_names) {}
    for (file, name) in files.iter_mut().zip(new_names) {
        file.name = name.unwrap_or_else(|| std::mem::take(&mut file.name));
    }
    files
}

/// The new name of a file, if it differs from its own.
fn class_file_name(file: &SourceFile, extension: &str) -> Option<String> {
    let unit = read(file);
    let stem = match unit.only_public() {
        Some(public) => public,
        None if file.name.ends_with(&format!(".{extension}")) => return None,
        None => stem_of_path(&file.name),
    };
    let folder = file.name.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
    let name = format!("{stem}.{extension}");
    let is_possible = name.len() <= MAX_FILE_NAME;
    let name = format!("{folder}{name}");
    (is_possible && name != file.name).then_some(name)
}

/// Removes new names that another file has or gets before; returns whether there were any.
fn drop_conflicting_names(files: &[SourceFile], new_names: &mut [Option<String>]) -> bool {
    let kept = files.iter().zip(&*new_names).filter(|(_, new_name)| new_name.is_none());
    let mut taken: Vec<String> = kept.map(|(file, _)| file.name.clone()).collect();
    let mut dropped = false;
    for new_name in new_names {
        let Some(name) = new_name.clone() else { continue };
        if taken.iter().any(|other| names_clash(other, &name)) {
            *new_name = None;
            dropped = true;
        } else {
            taken.push(name);
        }
    }
    dropped
}

#[cfg(test)]
mod tests {
    use super::*;

    const JDK_17: &str = "17.0.9";

    fn java(files: &[(&str, &str)]) -> (Vec<String>, Option<String>) {
        let files: Vec<_> = files
            .iter()
            .map(|(name, content)| SourceFile { name: (*name).to_owned(), content: (*content).into() })
            .collect();
        let extensions = ["java".to_owned()];
        let files = EntryKind::JavaClass.rename(files, &extensions);
        let entry = EntryKind::JavaClass.entry_point(&files, &extensions, JDK_17);
        (files.into_iter().map(|file| file.name).collect(), entry)
    }

    fn check(files: &[(&str, &str)], names: &[&str], entry: &str) {
        assert_eq!(
            java(files),
            (names.iter().map(|&name| name.to_owned()).collect(), Some(entry.to_owned()))
        );
    }

    const MAIN: &str = "public static void main(String[] a) {}";

    #[test]
    fn a_file_is_named_after_its_public_class() {
        let hello = format!("public class HelloWorld {{ {MAIN} }}");
        check(&[("Main.java", &hello)], &["HelloWorld.java"], "HelloWorld");
        check(&[("solution.txt", &hello)], &["HelloWorld.java"], "HelloWorld");
        check(&[("a/b.java", &hello)], &["a/HelloWorld.java"], "HelloWorld");
        let taken = [("Main.java", hello.as_str()), ("HelloWorld.java", "class Other {}")];
        check(&taken, &["Main.java", "HelloWorld.java"], "HelloWorld");
    }

    #[test]
    fn files_may_have_each_others_names() {
        let (one, two) = (format!("public class One {{ {MAIN} }}"), "public class Two {}");
        check(&[("Two.java", &one), ("One.java", two)], &["One.java", "Two.java"], "One");
        // The second cannot be called One, so the first cannot be called Two.
        let three = [
            ("One.java", "public class Two {}"),
            ("Two.java", "public class Three {}"),
            ("Three.java", "class X {}"),
        ];
        check(&three, &["One.java", "Two.java", "Three.java"], "Two");
        let same = [("a.java", one.as_str()), ("b.java", one.as_str())];
        check(&same, &["One.java", "b.java"], "One");
    }

    #[test]
    fn a_class_that_is_not_public_may_be_in_any_file_whose_name_is_a_source() {
        let main = format!("class Main {{ {MAIN} }}");
        check(&[("a.java", &main)], &["a.java"], "Main");
        check(&[("a.JAVA", &main)], &["a.java"], "Main");
        check(&[("a", &main)], &["a.java"], "Main");
    }

    #[test]
    fn a_class_with_a_name_too_long_for_a_file_leaves_the_file_its_own() {
        let name = "A".repeat(300);
        check(&[("Main.java", &format!("public class {name} {{ {MAIN} }}"))], &["Main.java"], &name);
    }

    #[test]
    fn the_first_file_that_can_begin_does() {
        let (util, main) = ("class Util {}", format!("public class Main {{ {MAIN} }}"));
        check(&[("Util.java", util), ("Main.java", &main)], &["Util.java", "Main.java"], "Main");
        let other = format!("class Other {{ {MAIN} }}");
        check(
            &[("Util.java", util), ("O.java", &other), ("M.java", &main)],
            &["Util.java", "O.java", "Main.java"],
            "Main",
        );
        check(&[("O.java", &other), ("Main.java", &main)], &["O.java", "Main.java"], "Other");
    }

    #[test]
    fn where_nothing_begins_the_runtime_is_left_to_say_so() {
        check(&[("A.java", "class B { void run() {} }")], &["A.java"], "B");
        check(&[("A.java", "")], &["A.java"], "A");
    }
}
