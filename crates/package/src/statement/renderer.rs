//! Renderer of statements and hints: safe HTML within bounds of time, length and nesting.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::sync_channel,
    },
    thread,
};

use super::{
    Form, Source, Statement, blocks, clean, error::StatementError, markdown, nesting, pandoc::Pandoc,
};
use crate::{Caps, File, Package, Tree, TreeError};

/// Converter of statements and hints to HTML.
#[derive(Debug, Clone, Default)]
pub struct Renderer {
    /// Prefix of image addresses; the path in the package follows, and the server serves it there.
    pub images_at: String,
    /// Converter for TeX, if it is installed.
    pub pandoc: Option<Pandoc>,
}

impl Renderer {
    /// Converts a statement to HTML that is safe to embed in a page.
    pub fn html(&self, package: &Package, statement: &Statement) -> Result<String, StatementError> {
        let tree = &package.tree;
        let mut text = match &statement.source {
            Source::Text(text) => text.clone(),
            Source::File(_) if statement.form == Form::Pdf => return Err(StatementError::Pdf),
            Source::File(file) => {
                // Old statements may be in Latin-1: a wrong letter is better than no statement.
                String::from_utf8_lossy(&tree.read(file, tree.caps().statement_bytes)?).into_owned()
            }
        };
        let caps = tree.caps();
        text = package
            .constants
            .put_into_statement(text, caps.statement_bytes)
            .ok_or(StatementError::TooLong(caps.statement_bytes))?;
        if statement.form == Form::Tex {
            text = self.pandoc.as_ref().ok_or(StatementError::NoPandoc)?.html(&text, caps)?;
        }
        let is_markdown = statement.form == Form::Markdown;
        let source = if is_markdown { Markup::Markdown(text) } else { Markup::Html(text) };
        let images = Images {
            at: self.images_at.clone(),
            paths: images(tree, &statement.folder)?,
            folder: statement.folder.clone(),
        };
        safe_html(source, images, caps)
    }

    /// A hint as HTML; it has no images.
    pub fn hint(&self, markdown: &str) -> Result<String, StatementError> {
        let images = Images { at: self.images_at.clone(), paths: BTreeSet::new(), folder: String::new() };
        safe_html(Markup::Markdown(markdown.to_owned()), images, &Caps::default())
    }
}

/// Input of the conversion.
enum Markup {
    Markdown(String),
    Html(String),
}

/// The permitted images.
struct Images {
    at: String,
    paths: BTreeSet<String>,
    folder: String,
}

/// Runs in a thread of its own, since parsers of untrusted text may take long or panic. On timeout the thread
/// is told to stop, and does so soon: depth and length are limited before, so that no single step takes long.
fn safe_html(source: Markup, images: Images, caps: &Caps) -> Result<String, StatementError> {
    let most = caps.statement_bytes;
    let (tell, told) = sync_channel(1);
    let given_up = Arc::new(AtomicBool::new(false));
    let is_given_up = given_up.clone();
    let slow = caps.statement_time;
    let work = move || {
        let goes_on = || !is_given_up.load(Ordering::Relaxed);
        let html = convert(source, images, most, &goes_on).unwrap_or(Err(StatementError::TooSlow(slow)));
        // The receiver may have timed out.
        let _unheard = tell.send(html);
    };
    thread::Builder::new()
        .name("statement".to_owned())
        .spawn(work)
        .map_err(|_| StatementError::Unreadable)?;
    let html = told.recv_timeout(slow);
    given_up.store(true, Ordering::Relaxed);
    match html {
        Ok(html) => html,
        Err(std::sync::mpsc::RecvTimeoutError::Timeout) => Err(StatementError::TooSlow(slow)),
        Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => Err(StatementError::Unreadable),
    }
}

/// `None` if it was stopped.
fn convert(
    source: Markup,
    images: Images,
    most: u64,
    goes_on: &dyn Fn() -> bool,
) -> Option<Result<String, StatementError>> {
    let html = match source {
        Markup::Html(html) => Ok(html),
        Markup::Markdown(text) => match refused(&text, most) {
            Some(error) => Err(error),
            None => markdown::html(&text, most, goes_on),
        },
    };
    if !goes_on() {
        return None;
    }
    Some(html.and_then(|html| cleaned(&html, images, most)))
}

/// The reason to reject Markdown before parsing.
fn refused(text: &str, most: u64) -> Option<StatementError> {
    if text.len() as u64 > most {
        Some(StatementError::TooLong(most))
    } else if !nesting::is_markdown_flat(text) {
        Some(StatementError::TooDeep)
    } else if !blocks::are_short(text) {
        Some(StatementError::LongBlock)
    } else {
        None
    }
}

fn cleaned(html: &str, images: Images, most: u64) -> Result<String, StatementError> {
    if !nesting::is_html_flat(html) {
        return Err(StatementError::TooDeep);
    }
    let safe = clean::clean(html, &images.at, images.paths, &images.folder);
    if safe.len() as u64 > most { Err(StatementError::TooLong(most)) } else { Ok(safe) }
}

/// The permitted images of a statement: those in its folder. SVG is excluded, since it can contain scripts.
fn images(tree: &Tree, folder: &str) -> Result<BTreeSet<String>, TreeError> {
    const ENDINGS: [&str; 5] = ["png", "jpg", "jpeg", "gif", "webp"];
    let folder = tree.folder(folder)?.unwrap_or_default();
    let is_image = |file: &&File| {
        let ending = file.name().rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
        ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str()))
    };
    // The statement of a lesson lies at the top, where tests and submissions must not be shown.
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
    use std::time::Duration;

    use super::*;

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
            let html = renderer.hint(hostile).unwrap();
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
        let html = Renderer::default().hint("If $a^2 \\le b$ then\n\n$$\\frac{1}{2}$$").unwrap();
        assert!(html.contains("<span class=\"math math-inline\"><math"), "{html}");
        assert!(html.contains("<msup>"), "{html}");
        assert!(html.contains("class=\"math math-display\""), "{html}");
        assert!(html.contains("<mfrac>"), "{html}");
    }

    #[test]
    fn a_formula_that_cannot_be_read_keeps_its_source() {
        let bomb = format!("${}x{}$", "{".repeat(5_000), "}".repeat(5_000));
        for formula in ["$\\nosuchcommand{x}$", "$\\def\\x{\\x\\x}\\x$", bomb.as_str()] {
            let html = Renderer::default().hint(formula).unwrap();
            assert!(html.contains("math-source"), "{formula:.40}: {html:.200}");
        }
    }

    #[test]
    fn tables_links_and_code_stay() {
        let html = Renderer::default()
            .hint("|a|b|\n|-|-|\n|1|2|\n\n`x<y` [site](https://example.org) <b>bold</b>")
            .unwrap();
        for part in
            ["<table>", "<code>x&lt;y</code>", "href=\"https://example.org\"", "<b>bold</b>", "noopener"]
        {
            assert!(html.contains(part), "{part} in {html}");
        }
    }

    fn hint(text: &str) -> Result<String, StatementError> {
        Renderer::default().hint(text)
    }

    #[test]
    fn a_statement_of_nothing_but_levels_took_minutes_of_processor_time() {
        let began = std::time::Instant::now();
        for unit in [
            ">",
            "> ",
            "- ",
            "1. ",
            "<div>",
            "<b>",
            "<b id=x>",
            "<table>",
            "<div><!--</div>-->",
            "<svg><style>",
            "<math><mrow>",
            "<p><b>x",
        ] {
            let text = unit.repeat(100_000 / unit.len());
            let refused = matches!(hint(&text), Err(StatementError::TooDeep | StatementError::LongBlock));
            assert!(refused, "{unit}");
        }
        let attributes = format!("<a {}>", "x ".repeat(50_000));
        assert!(matches!(hint(&attributes), Err(StatementError::TooDeep)));
        assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    }

    #[test]
    fn what_is_long_and_strange_is_read_in_seconds() {
        for unit in [
            "[",
            "![",
            "[]",
            "[a](",
            "[a]: ",
            "*_",
            "**",
            "_a*",
            "`",
            "``a",
            "$",
            "$$",
            "$a",
            "~~",
            "\\",
            "<",
            "&",
            "&amp;",
            "|",
            "|-",
            "a|b\n",
            "[^1]",
            "[^1]: a\n",
            "<!--",
            "<![CDATA[",
            "<?",
            "- a\n",
            "- a\n\n",
            "> a\n\n",
            "    a\n",
            "```\n",
            "#",
            "=\n",
            "<a href=x>",
            "\u{1b}",
            "é",
            "$\\sqrt",
            "${",
            "*a **b ",
            "[a][b]",
            "<p></p>",
            "<br>",
            "[a](<b",
        ] {
            let began = std::time::Instant::now();
            let text = unit.repeat(20_000 / unit.len());
            // Shown or refused: what counts is the time.
            drop(hint(&text));
            assert!(began.elapsed() < Duration::from_secs(9), "{unit}: {:?}", began.elapsed());
        }
    }

    #[test]
    fn links_that_do_not_end_took_seconds_of_processor_time() {
        let began = std::time::Instant::now();
        for unit in ["[a](", "![a](<", "[a](b \"", "[", "*a_", "`", "$", "<a ", "&", "~~a"] {
            let long = hint(&unit.repeat(50_000));
            assert!(
                matches!(long, Err(StatementError::LongBlock | StatementError::TooDeep)),
                "{unit}: {long:?}"
            );
        }
        assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    }

    #[test]
    fn a_statement_that_was_given_up_is_read_no_further() {
        let asked = std::cell::Cell::new(0);
        let goes_on = || {
            asked.set(asked.get() + 1);
            asked.get() < 3
        };
        let images = Images { at: String::new(), paths: BTreeSet::new(), folder: String::new() };
        let text = Markup::Markdown("a *b* c\n\n".repeat(10_000));
        assert!(convert(text, images, 1 << 22, &goes_on).is_none());
        assert!(asked.get() < 10, "{}", asked.get());
    }

    #[test]
    fn a_table_that_grows_with_each_row_is_refused() {
        let columns = "|a".repeat(2_000);
        let table = format!("{columns}|\n{}|\n{}", "|:-".repeat(2_000), "|b|\n".repeat(2_000));
        assert!(matches!(hint(&table), Err(StatementError::TooLong(_))), "{} bytes", table.len());
    }

    #[test]
    fn a_statement_that_takes_too_long_is_left_alone() {
        let caps = Caps { statement_time: Duration::ZERO, ..Caps::default() };
        let images = Images { at: String::new(), paths: BTreeSet::new(), folder: String::new() };
        let slow = safe_html(Markup::Markdown("a ".repeat(100_000)), images, &caps);
        assert!(matches!(slow, Err(StatementError::TooSlow(_))), "{slow:?}");
    }
}
