//! Statements as safe HTML.
//!
//! Markdown and TeX become HTML, and all HTML, wherever it came from, goes through one list of what is allowed (`clean`):
//! nothing that runs, no address but web and mail, no image but the package's own. Formulas become MathML, and those that
//! cannot, a marked `span` with their source.

mod clean;
mod markdown;
mod math;
mod pandoc;

use std::collections::BTreeSet;

pub use pandoc::{Pandoc, PandocError};

use crate::{File, Folder, Package, PackageError, Tree, TreeError};

/// A statement in one language and form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// `en`, `pt-BR`.
    pub language: String,
    /// How it is written.
    pub form: Form,
    /// Where it is, or the text itself if it stands in `problem.yaml`.
    pub source: Source,
    /// The folder that its images are in; "" for the package itself.
    pub folder: String,
}

/// How a statement is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// CommonMark with tables, footnotes and formulas.
    Markdown,
    /// LaTeX; needs pandoc.
    Tex,
    /// To be shown as it is.
    Pdf,
}

/// Where a statement is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// In a file of its own.
    File(File),
    /// In `problem.yaml`.
    Text(String),
}

/// Why a statement cannot be shown as HTML.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StatementError {
    /// Its file cannot be read.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// It is a PDF.
    #[error("the statement is a PDF: show the file itself")]
    Pdf,
    /// It is in TeX, and there is no pandoc.
    #[error(
        "the statement is in TeX, and pandoc is not installed: install it, or add a statement in Markdown"
    )]
    NoPandoc,
    /// Pandoc failed.
    #[error("pandoc cannot convert the statement")]
    Pandoc(#[from] PandocError),
}

/// The statements in a folder: `STEM.LANGUAGE.ENDING`, or `STEM.ENDING`, which is English.
pub(crate) fn find(folder: &Folder, stem: &str) -> Vec<Statement> {
    let found = folder.files.values().filter_map(|file| {
        let rest = file.name().strip_prefix(stem)?.strip_prefix('.')?;
        let (language, ending) = rest.rsplit_once('.').unwrap_or(("en", rest));
        let form = match ending {
            "md" => Form::Markdown,
            "tex" => Form::Tex,
            "pdf" => Form::Pdf,
            _ => return None,
        };
        let (language, folder) = (language.to_owned(), folder.path.clone());
        Some(Statement { language, form, source: Source::File(file.clone()), folder })
    });
    found.collect()
}

/// The name that a statement in TeX gives the problem: `\problemname{…}`, or the plain one in a comment.
pub(crate) fn name_in_tex(tree: &Tree, statement: &Statement) -> Result<Option<String>, PackageError> {
    let (Form::Tex, Source::File(file)) = (statement.form, &statement.source) else { return Ok(None) };
    let text = String::from_utf8_lossy(&tree.read(file, tree.caps().statement_bytes)?).into_owned();
    let plain = text.lines().find_map(|line| {
        line.trim_start().trim_start_matches('%').trim_start().strip_prefix("plainproblemname:")
    });
    let name = plain.or_else(|| braced(text.split_once("\\problemname")?.1));
    Ok(name.map(|name| name.trim().replace("\\&", "&").replace('~', " ")).filter(|name| !name.is_empty()))
}

/// What stands in the braces that the text begins with, braces inside included.
fn braced(text: &str) -> Option<&str> {
    let inside = text.trim_start().strip_prefix('{')?;
    let mut depth = 0_usize;
    for (at, c) in inside.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => return Some(&inside[..at]),
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Makes HTML of statements and hints.
#[derive(Debug, Clone, Default)]
pub struct Renderer {
    /// What every image's address begins with, followed by its path inside the package; the server shows it there.
    pub images_at: String,
    /// What converts TeX, if it is installed.
    pub pandoc: Option<Pandoc>,
}

impl Renderer {
    /// A statement of the package as HTML, safe to put into a page.
    pub fn html(&self, package: &Package, statement: &Statement) -> Result<String, StatementError> {
        let tree = &package.tree;
        let mut text = match &statement.source {
            Source::Text(text) => text.clone(),
            Source::File(_) if statement.form == Form::Pdf => return Err(StatementError::Pdf),
            Source::File(file) => {
                // Old statements are in Latin-1: a wrong letter is better than no statement.
                String::from_utf8_lossy(&tree.read(file, tree.caps().statement_bytes)?).into_owned()
            }
        };
        let constants = &package.constants;
        if !constants.is_empty() {
            let replaced = constants.put_into_tex(constants.put_into(text.into_bytes()));
            text = String::from_utf8_lossy(&replaced).into_owned();
        }
        let html = match statement.form {
            Form::Markdown => markdown::html(&text),
            Form::Tex => self.pandoc.as_ref().ok_or(StatementError::NoPandoc)?.html(&text, tree.caps())?,
            Form::Pdf => return Err(StatementError::Pdf),
        };
        Ok(clean::clean(&html, &self.images_at, images(tree, &statement.folder)?, &statement.folder))
    }

    /// A hint as HTML; it has no images.
    pub fn hint(&self, markdown: &str) -> String {
        clean::clean(&markdown::html(markdown), &self.images_at, BTreeSet::new(), "")
    }
}

/// The images that a statement may show: those in its folder. SVG is left out, for it is a document that can run scripts.
fn images(tree: &Tree, folder: &str) -> Result<BTreeSet<String>, TreeError> {
    const ENDINGS: [&str; 5] = ["png", "jpg", "jpeg", "gif", "webp"];
    let folder = tree.folder(folder)?.unwrap_or_default();
    let is_image = |file: &&File| {
        let ending = file.name().rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
        ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str()))
    };
    // Of a lesson, whose statement lies at the top, the tests and submissions must not show.
    let private = ["data/", "tests/", "submissions/", "output_validators/", "validator/"];
    let is_public = |file: &&File| !private.iter().any(|folder| file.path.starts_with(folder));
    Ok(folder
        .all_files()
        .into_iter()
        .filter(is_image)
        .filter(is_public)
        .map(|file| file.path.clone())
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_braces_may_have_braces() {
        assert_eq!(braced("{A {\\it B} C} rest"), Some("A {\\it B} C"));
        assert_eq!(braced(" {A}"), Some("A"));
        assert_eq!(braced("[x]{A}"), None);
        assert_eq!(braced("{A"), None);
    }

    #[test]
    fn no_markup_gets_a_script_through() {
        let renderer = Renderer::default();
        for hostile in [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "<a href=\"javascript:alert(1)\">x</a>",
            "[x](javascript:alert(1))",
            "[x](JaVaScRiPt&colon;alert(1))",
            "[x](data:text/html;base64,PHNjcmlwdD4=)",
            "<svg onload=alert(1)><script>alert(1)</script></svg>",
            "<iframe src=//evil.example></iframe>",
            "<math><mtext><script>alert(1)</script></mtext></math>",
            "<math href=\"javascript:alert(1)\">x</math>",
            "<style>@import '//evil.example'</style>",
            "<form action=//evil.example><input name=x></form>",
            "<div style=\"background:url(//evil.example)\">x</div>",
            "$\\text{<script>alert(1)</script>}$",
            "$\\href{javascript:alert(1)}{x}$",
            "$</span><script>alert(1)</script>$",
            "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
            "<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">",
        ] {
            let html = renderer.hint(hostile);
            let lower = html.to_lowercase();
            let tags = lower.replace("&lt;", "").replace("\\href{javascript", "");
            for bad in [
                "<script",
                "<svg",
                "<iframe",
                "<form",
                "<input",
                "<style",
                "<img",
                "href=\"javascript",
                "href=\"data",
                "style=",
            ] {
                assert!(!tags.contains(bad), "{hostile} became {html}");
            }
            assert!(
                !lower.contains("<a title") && !lower.contains(" onerror=alert(1)>"),
                "{hostile}: {html}"
            );
        }
    }

    #[test]
    fn formulas_become_mathml() {
        let html = Renderer::default().hint("If $a^2 \\le b$ then\n\n$$\\frac{1}{2}$$");
        assert!(html.contains("<span class=\"math math-inline\"><math"), "{html}");
        assert!(html.contains("<msup>"), "{html}");
        assert!(html.contains("class=\"math math-display\""), "{html}");
        assert!(html.contains("<mfrac>"), "{html}");
    }

    #[test]
    fn a_formula_that_cannot_be_read_keeps_its_source() {
        let bomb = format!("${}x{}$", "{".repeat(5_000), "}".repeat(5_000));
        for formula in ["$\\nosuchcommand{x}$", "$\\def\\x{\\x\\x}\\x$", bomb.as_str()] {
            let html = Renderer::default().hint(formula);
            assert!(html.contains("math-source"), "{formula:.40}: {html:.200}");
        }
    }

    #[test]
    fn tables_links_and_code_stay() {
        let html =
            Renderer::default().hint("|a|b|\n|-|-|\n|1|2|\n\n`x<y` [site](https://example.org) <b>bold</b>");
        for part in
            ["<table>", "<code>x&lt;y</code>", "href=\"https://example.org\"", "<b>bold</b>", "noopener"]
        {
            assert!(html.contains(part), "{part} in {html}");
        }
    }
}
