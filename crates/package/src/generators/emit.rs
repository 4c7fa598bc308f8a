//! YAML writer: group settings of `generators.yaml`, written as the settings file that they represent.

use std::fmt::Write as _;

use crate::settings::{Value, Yaml};

/// The value as YAML in one line.
pub(super) fn text(yaml: &Yaml) -> String {
    let mut out = String::new();
    write_value(yaml, &mut out);
    out.push('\n');
    out
}

fn write_value(yaml: &Yaml, out: &mut String) {
    match &yaml.value {
        Value::Scalar { text, plain } => write_scalar(text, *plain, out),
        Value::List(items) => {
            out.push('[');
            for item in items {
                write_value(item, out);
                out.push_str(", ");
            }
            out.push(']');
        }
        Value::Map(entries) => {
            out.push('{');
            for (key, value) in entries {
                write_scalar(key, false, out);
                out.push_str(": ");
                write_value(value, out);
                out.push_str(", ");
            }
            out.push('}');
        }
    }
}

fn write_scalar(text: &str, plain: bool, out: &mut String) {
    let is_simple = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "+-._".contains(c));
    if plain && (is_simple || text.is_empty()) {
        out.push_str(if text.is_empty() { "null" } else { text });
        return;
    }
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            '\n' => out.push_str("\\n"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use crate::{Caps, settings};

    #[test]
    fn what_is_written_reads_back_as_the_same() {
        let source = "a: 1e-6\nb: 'a \"quoted\"\\ \n\n  text'\nc: [x, '1', {d: null}]\ne:\n  f g: true\n";
        let read = |text: &str| settings::parse("x", text, &Caps::default(), &mut Vec::new()).unwrap();
        let first = read(source);
        let again = read(&super::text(&first));
        assert_eq!(super::text(&first), super::text(&again));
        assert!(super::text(&first).contains("\"1\"") && super::text(&first).contains("1e-6"));
    }
}
