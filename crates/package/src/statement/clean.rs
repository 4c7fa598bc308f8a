//! HTML sanitizer: the single allow list for HTML of packages.

use std::{
    borrow::Cow,
    collections::{BTreeSet, HashMap, HashSet},
};

use ammonia::{Builder, UrlRelative};

const MATH_TAGS: &[&str] = &[
    "math",
    "mrow",
    "mi",
    "mo",
    "mn",
    "ms",
    "mtext",
    "mspace",
    "mfrac",
    "msqrt",
    "mroot",
    "mstyle",
    "merror",
    "mpadded",
    "mphantom",
    "msub",
    "msup",
    "msubsup",
    "munder",
    "mover",
    "munderover",
    "mmultiscripts",
    "mprescripts",
    "mtable",
    "mtr",
    "mtd",
];

/// Presentation attributes of formulas; none contains a URL or runs code.
const MATH_ATTRIBUTES: &[&str] = &[
    "display",
    "mathvariant",
    "stretchy",
    "fence",
    "separator",
    "accent",
    "accentunder",
    "form",
    "lspace",
    "rspace",
    "width",
    "height",
    "depth",
    "voffset",
    "minsize",
    "maxsize",
    "linethickness",
    "largeop",
    "movablelimits",
    "symmetric",
    "columnalign",
    "rowspacing",
    "columnspacing",
    "displaystyle",
    "scriptlevel",
];

/// Removes everything that is not allowed from `html`. Images must be in `images`, with names relative to
/// `folder`.
pub(super) fn clean(html: &str, images_at: &str, images: BTreeSet<String>, folder: &str) -> String {
    let (images_at, folder) = (images_at.to_owned(), folder.to_owned());
    let classes = HashMap::from([
        ("span", HashSet::from(["math", "math-inline", "math-display", "math-source"])),
        (
            "code",
            HashSet::from(["language-python", "language-text", "language-js", "language-c", "language-cpp"]),
        ),
    ]);
    let mut builder = Builder::default();
    builder
        .add_tags(MATH_TAGS)
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(UrlRelative::PassThrough)
        .link_rel(Some("noopener noreferrer nofollow"))
        .allowed_classes(classes)
        // An id of a statement must not clash with one of the page.
        .id_prefix(Some("statement-"))
        .attribute_filter(move |tag, attribute, value| match (tag, attribute) {
            ("img", "src") => {
                let path = image_path(value, &folder)?;
                images.contains(&path).then(|| Cow::Owned(format!("{images_at}{path}")))
            }
            (_, "href") if !is_outside(value) && !value.starts_with('#') => None,
            _ => Some(Cow::Borrowed(value)),
        });
    for tag in MATH_TAGS {
        builder.add_tag_attributes(*tag, MATH_ATTRIBUTES);
    }
    without_empty_images(&builder.clean(html).to_string())
}

/// Links may lead to other sites or within the statement, never to a route of the server.
fn is_outside(href: &str) -> bool {
    ["http://", "https://", "mailto:"].iter().any(|scheme| href.starts_with(scheme))
}

/// The path in the package of an image address; `None` if it is not one.
fn image_path(src: &str, folder: &str) -> Option<String> {
    if src.starts_with('/') || src.contains([':', '\\', '?', '#', '%']) {
        return None;
    }
    let mut path: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in src.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                path.pop()?;
            }
            _ => path.push(part),
        }
    }
    Some(path.join("/"))
}

/// Replaces an image without an address, which would show as broken, by its text.
fn without_empty_images(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find("<img") {
        let (before, tag) = rest.split_at(at);
        let end = tag.find('>').map_or(tag.len(), |end| end + 1);
        let (tag, after) = tag.split_at(end);
        out.push_str(before);
        if tag.contains(" src=\"") {
            out.push_str(tag);
        } else if let Some((_, text)) = tag.split_once(" alt=\"") {
            out.push_str(text.split('"').next().unwrap_or_default());
        }
        rest = after;
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(html: &str, expected: &str) {
        let images = BTreeSet::from(["statement/a.png".to_owned()]);
        assert_eq!(clean(html, "/files/", images, "statement"), expected);
    }

    #[test]
    fn images_are_the_packages_own() {
        check("<img src=\"a.png\" alt=\"A\">", "<img src=\"/files/statement/a.png\" alt=\"A\">");
        check("<img src=\"./a.png\">", "<img src=\"/files/statement/a.png\">");
        for elsewhere in [
            "b.png",
            "../data/secret/1.png",
            "https://evil.example/a.png",
            "//evil.example/a.png",
            "/a.png",
            "data:image/png;base64,AA",
            "../../a.png",
            "a.png?x",
        ] {
            check(&format!("<img src=\"{elsewhere}\" alt=\"A &gt; B\">"), "A &gt; B");
        }
    }

    #[test]
    fn links_lead_out_or_within() {
        check("<a href=\"/api/auth/logout\">x</a>", "<a rel=\"noopener noreferrer nofollow\">x</a>");
        check("<a href=\"#x\">x</a>", "<a href=\"#x\" rel=\"noopener noreferrer nofollow\">x</a>");
    }
}
