//! Call parser: `add(1, [2, 3])`, as a teacher writes it. Arguments are data, never an expression.

use serde_json::Value as Data;

use crate::{
    Caps, PackageError,
    settings::{self, Field, Value, Yaml},
};

/// Parses the function's name and its arguments.
pub(super) fn parse(field: &Field<'_>, caps: &Caps) -> Result<(String, Vec<Data>), PackageError> {
    let text = field.text()?.trim();
    let not_a_call = || field.wrong(format!("must be a call such as add(1, 2), not {text:?}"));
    let inside = text.strip_suffix(')').and_then(|text| text.split_once('('));
    let (name, inside) = inside.ok_or_else(not_a_call)?;
    if !is_name(name.trim()) {
        return Err(not_a_call());
    }
    let list = format!("[{inside}\n]");
    let yaml = settings::parse(&field.key, &list, caps, &mut Vec::new());
    let yaml = yaml.map_err(|_| field.wrong(format!("has arguments that cannot be read: {inside:?}")))?;
    if let Some(word) = bare_word(&yaml) {
        let message =
            format!("has the argument {word}, which is no value: write text in quotes, as in \"{word}\"");
        return Err(field.wrong(message));
    }
    let arguments = field.with(&yaml).data()?;
    let Data::Array(arguments) = arguments else { return Err(not_a_call()) };
    Ok((name.trim().to_owned(), arguments.into_iter().map(none_as_null).collect()))
}

fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && chars.all(|c| c.is_alphanumeric() || c == '_' || c == '.')
}

const NULL_WORDS: [&str; 3] = ["None", "nil", "undefined"];

/// The first unquoted word that is no number, boolean or null.
fn bare_word(yaml: &Yaml) -> Option<&str> {
    match &yaml.value {
        Value::List(items) => items.iter().find_map(bare_word),
        Value::Map(entries) => entries.iter().find_map(|(_, value)| bare_word(value)),
        Value::Scalar { plain: false, .. } => None,
        Value::Scalar { text, plain: true } => {
            let known = yaml.is_nothing()
                || NULL_WORDS.contains(&text.as_str())
                || matches!(text.as_str(), "true" | "True" | "TRUE" | "false" | "False" | "FALSE")
                || text.parse::<f64>().is_ok_and(f64::is_finite);
            (!known).then_some(text)
        }
    }
}

/// Converts `None` and `nil` to null; only unquoted words, since quoted text is recognised before.
fn none_as_null(data: Data) -> Data {
    match data {
        Data::String(text) if NULL_WORDS.contains(&text.as_str()) => Data::Null,
        Data::Array(items) => Data::Array(items.into_iter().map(none_as_null).collect()),
        other => other,
    }
}
