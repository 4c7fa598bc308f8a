//! Serde attributes: only those that utoipa interprets too. It ignores others, such as `rename_all_fields`, and its description would then
//! differ from the JSON.

use std::{fs, path::Path};

const KNOWN_TO_BOTH: [&str; 11] = [
    "content",
    "default",
    "deny_unknown_fields",
    // Concerns error messages only.
    "expecting",
    "flatten",
    "rename",
    "rename_all",
    "skip",
    "skip_serializing_if",
    "tag",
    "untagged",
];

/// The serde attributes in a source, each with the text after it.
fn attributes(source: &str) -> impl Iterator<Item = (&str, &str)> {
    source.split("#[serde(").skip(1).filter_map(|rest| rest.split_once(")]"))
}

/// The names in an attribute: `tag` and `rename_all` of `tag = "type", rename_all = "camelCase"`.
fn names(attribute: &str) -> impl Iterator<Item = &str> {
    let outside_quotes = attribute.split('"').step_by(2);
    outside_quotes.flat_map(|part| part.split(',')).filter_map(|part| {
        let name = part.trim().trim_end_matches('=').trim_end();
        (!name.is_empty()).then_some(name)
    })
}

fn sources() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = fs::read_dir(folder).expect("sources").map(|entry| entry.expect("a file").path());
    let read =
        |path: std::path::PathBuf| (path.display().to_string(), fs::read_to_string(&path).expect("text"));
    files.map(read).filter(|(_, text)| text.contains("ToSchema")).collect()
}

#[test]
fn every_serde_attribute_is_known_to_utoipa() {
    let mut checked = 0;
    for (path, text) in sources() {
        for (attribute, _) in attributes(&text) {
            for name in names(attribute) {
                checked += 1;
                assert!(
                    KNOWN_TO_BOTH.contains(&name),
                    "{path}: serde({name}) is not known to utoipa: give each variant a struct of its own, or name the fields as they are sent"
                );
            }
        }
    }
    assert!(checked > 50, "{checked}");
}

#[test]
fn an_optional_field_is_described_as_never_null() {
    let mut checked = 0;
    for (path, text) in sources() {
        for (attribute, rest) in attributes(&text) {
            if !attribute.contains("\"Option::is_none\"") {
                continue;
            }
            checked += 1;
            let field = rest.split("pub ").next().unwrap_or_default();
            let name = rest.split("pub ").nth(1).and_then(|rest| rest.split(':').next()).unwrap_or_default();
            assert!(field.contains("nullable = false"), "{path}: {name} needs #[schema(nullable = false)]");
        }
    }
    assert!(checked > 10, "{checked}");
}

#[test]
fn names_are_found_among_values() {
    let found: Vec<&str> = names("tag = \"type\", rename_all = \"camelCase\", flatten").collect();
    assert_eq!(found, ["tag", "rename_all", "flatten"]);
}
