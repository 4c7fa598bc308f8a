//! Site: the files of a build, with compressed variants and digests, by their paths.
//!
//! Computed once, at the start of the server. A build without `index.html` is none.

use std::{collections::HashMap, fmt::Write as _, sync::Arc};

use include_dir::{Dir, include_dir};
use sha2::{Digest as _, Sha256};

use crate::{encoding::Encoding, head::PageKind, locale::Locale};

/// Copied by `build.rs`.
static BUILD: Dir<'_> = include_dir!("$OUT_DIR/dist");
/// Page of a server without a build.
const WITHOUT_BUILD: &str = include_str!("without_build.html");
const TEMPLATE: &str = "index.html";
/// Folder of the content that is readable without JavaScript.
const PRERENDERED: &str = "prerendered/";
const FAVICON: &str = "favicon.svg";

/// The files of a build. A handle: cheap to clone.
#[derive(Debug, Clone)]
pub struct Site(Arc<Content>);

#[derive(Debug)]
struct Content {
    template: String,
    fragments: HashMap<String, String>,
    by_path: HashMap<String, StaticFile>,
}

/// A file with its variants.
#[derive(Debug)]
pub(crate) struct StaticFile {
    pub(crate) content: &'static [u8],
    pub(crate) compressed: Vec<(Encoding, &'static [u8])>,
    pub(crate) media_type: String,
    /// The digest of its content: the entity tag without quotes.
    pub(crate) digest: String,
}

impl Site {
    /// The build that is embedded in this binary.
    pub fn embedded() -> Self {
        let mut files = Vec::new();
        collect(&BUILD, &mut files);
        Self::from_files(&files)
    }

    /// The site of these files, by their paths below the folder of the build.
    pub fn from_files(files: &[(&'static str, &'static [u8])]) -> Self {
        let texts: HashMap<&str, String> = files
            .iter()
            .filter(|(path, _)| *path == TEMPLATE || path.starts_with(PRERENDERED))
            .map(|(path, content)| (*path, String::from_utf8_lossy(content).into_owned()))
            .collect();
        let fragments = texts.iter().filter_map(|(path, text)| {
            let name = path.strip_prefix(PRERENDERED)?.strip_suffix(".html")?;
            Some((name.to_owned(), text.clone()))
        });
        let mut served: HashMap<String, StaticFile> = files
            .iter()
            .filter(|(path, _)| !texts.contains_key(path) && !is_compressed(path))
            .map(|(path, content)| ((*path).to_owned(), StaticFile::new(path, content, files)))
            .collect();
        let favicon = || StaticFile::new(FAVICON, include_bytes!("favicon.svg"), &[]);
        served.entry(FAVICON.to_owned()).or_insert_with(favicon);
        Self(Arc::new(Content {
            template: texts.get(TEMPLATE).cloned().unwrap_or_else(|| WITHOUT_BUILD.to_owned()),
            fragments: fragments.collect(),
            by_path: served,
        }))
    }

    /// Whether there is a web application, rather than the page that says how to build it.
    pub(crate) fn has_build(&self) -> bool {
        self.0.template != WITHOUT_BUILD
    }

    pub(crate) fn template(&self) -> &str {
        &self.0.template
    }

    /// The prerendered content of a page, if the build has any.
    pub(crate) fn fragment(&self, kind: PageKind, locale: Locale) -> Option<&str> {
        self.0.fragments.get(&format!("{}/{}", locale.code(), kind.fragment())).map(String::as_str)
    }

    pub(crate) fn file(&self, path: &str) -> Option<&StaticFile> {
        self.0.by_path.get(path)
    }
}

impl StaticFile {
    fn new(path: &str, content: &'static [u8], all: &[(&'static str, &'static [u8])]) -> Self {
        let compressed = Encoding::ALL.into_iter().filter_map(|encoding| {
            let name = format!("{path}.{}", encoding.extension());
            all.iter().find(|(path, _)| *path == name).map(|(_, content)| (encoding, *content))
        });
        Self {
            content,
            compressed: compressed.collect(),
            media_type: media_type(path),
            digest: Sha256::digest(content)[..12].iter().fold(String::new(), |mut text, byte| {
                write!(text, "{byte:02x}").expect("a string takes all");
                text
            }),
        }
    }
}

fn media_type(path: &str) -> String {
    let guessed = mime_guess::from_path(path).first_or_octet_stream();
    match (guessed.type_(), guessed.subtype()) {
        (mime_guess::mime::TEXT, _) | (_, mime_guess::mime::JAVASCRIPT) => {
            format!("{}; charset=utf-8", guessed.essence_str())
        }
        _ => guessed.essence_str().to_owned(),
    }
}

/// Whether a file is a compressed variant of another.
fn is_compressed(path: &str) -> bool {
    Encoding::ALL.into_iter().any(|encoding| path.ends_with(&format!(".{}", encoding.extension())))
}

fn collect(folder: &Dir<'static>, files: &mut Vec<(&'static str, &'static [u8])>) {
    let own = folder.files().filter_map(|file| Some((file.path().to_str()?, file.contents())));
    files.extend(own);
    for inner in folder.dirs() {
        collect(inner, files);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_is_a_template_with_fragments_and_files() {
        let site = Site::from_files(&[
            ("index.html", b"<html>"),
            ("prerendered/de/index.html", b"<h1>Hallo</h1>"),
            ("assets/app-1.js", b"let a"),
            ("assets/app-1.js.br", b"small"),
        ]);
        assert_eq!(site.template(), "<html>");
        assert_eq!(site.fragment(PageKind::Home, Locale::German), Some("<h1>Hallo</h1>"));
        assert_eq!(site.fragment(PageKind::Home, Locale::English), None);
        let script = site.file("assets/app-1.js").expect("a file");
        assert_eq!(script.compressed, [(Encoding::Brotli, b"small".as_slice())]);
        assert_eq!(script.media_type, "text/javascript; charset=utf-8");
        for path in ["index.html", "prerendered/de/index.html", "assets/app-1.js.br", "assets"] {
            assert!(site.file(path).is_none(), "{path}");
        }
    }

    #[test]
    fn a_file_with_other_content_has_another_digest() {
        let digest = |content| StaticFile::new("a", content, &[]).digest;
        assert_eq!(digest(b"x"), digest(b"x"));
        assert_ne!(digest(b"x"), digest(b"y"));
    }
}
