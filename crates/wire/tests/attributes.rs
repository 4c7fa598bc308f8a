//! The attributes of types that are described: only those that mean the same to serde, which writes a type, and to utoipa, which
//! describes it. Utoipa passes over what it does not know, such as `rename_all_fields`, and then describes what is never sent.

use std::{fs, path::Path};

const KNOWN_TO_BOTH: [&str; 11] = [
    "content",
    "default",
    "deny_unknown_fields",
    // Only of errors.
    "expecting",
    "flatten",
    "rename",
    "rename_all",
    "skip",
    "skip_serializing_if",
    "tag",
    "untagged",
];

/// The attributes for serde in a source, each with all that follows it.
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
fn no_type_has_an_attribute_that_its_description_does_not_know() {
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
fn a_field_that_is_left_out_is_described_as_never_null() {
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
