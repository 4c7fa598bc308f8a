//! Arrangement of a program's files: entry file first, file names that the toolchain requires, no byte-order
//! marks.

use model::SourceFile;

use crate::{Language, driver, source_name::has_extension};

/// Byte-order mark, which some editors put before UTF-8.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

impl Language {
    /// The files of a program as they lie in the work folder: the entry file first, sources without
    /// byte-order marks, with the names that the toolchain requires.
    #[must_use]
    pub fn arrange(&self, files: &[SourceFile]) -> Vec<SourceFile> {
        let is_source = |place: usize, name: &str| place == 0 || has_extension(name, &self.extensions);
        let unmarked = files.iter().enumerate().map(|(place, file)| match without_mark(file) {
            Some(unmarked) if is_source(place, &file.name) => unmarked,
            _ => file.clone(),
        });
        self.entry.rename(unmarked.collect(), &self.extensions)
    }

    /// As [`arrange`](Self::arrange), for a submission with the files that a problem adds. If one of them is
    /// a driver (`main` with one of the language's extensions, or `__main__`), it is the entry file, and the
    /// submission lies beside it.
    #[must_use]
    pub fn arrange_with(&self, files: &[SourceFile], included: &[SourceFile]) -> Vec<SourceFile> {
        self.arrange(&driver::merge_included(self, files, included))
    }

    /// As [`arrange_with`](Self::arrange_with), for a call of a function of the submission: no driver is the
    /// entry file.
    #[must_use]
    pub fn arrange_to_call(&self, files: &[SourceFile], included: &[SourceFile]) -> Vec<SourceFile> {
        self.arrange(&driver::overlay_files(files.to_vec(), included))
    }
}

fn without_mark(file: &SourceFile) -> Option<SourceFile> {
    let rest = file.content.as_bytes().strip_prefix(BYTE_ORDER_MARK)?;
    Some(SourceFile { name: file.name.clone(), content: rest.to_vec().into() })
}

#[cfg(test)]
mod tests {
    use crate::{Registry, SystemHost};

    use super::*;

    fn arranged(language: &str, files: &[(&str, &str)]) -> Vec<SourceFile> {
        let registry = Registry::builtin(&SystemHost::new()).expect("sound language files");
        let files: Vec<_> = files
            .iter()
            .map(|(name, content)| SourceFile { name: (*name).to_owned(), content: (*content).into() })
            .collect();
        registry.find(language).expect("a language").arrange(&files)
    }

    #[test]
    fn a_byte_order_mark_is_taken_off_sources_of_every_language_and_off_nothing_else() {
        let registry = Registry::builtin(&SystemHost::new()).expect("sound language files");
        for language in registry.all() {
            let main = language.main_file.as_str();
            let files = arranged(language.id.as_str(), &[(main, "\u{feff}x"), ("data.txt", "\u{feff}x")]);
            let texts: Vec<_> = files.iter().filter_map(|file| file.content.as_text()).collect();
            assert_eq!(texts, ["x", "\u{feff}x"], "{main}");
        }
    }

    #[test]
    fn files_are_renamed_only_where_the_toolchain_wants_it() {
        let class = "public class Hello { public static void main(String[] a) {} }";
        assert_eq!(arranged("java", &[("Main.java", class)])[0].name, "Hello.java");
        assert_eq!(arranged("python", &[("a.py", class)])[0].name, "a.py");
    }
}
