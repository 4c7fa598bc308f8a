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
        Value::Scalar { text, plain: true } => write_plain(text, out),
        Value::Scalar { text, plain: false } => write_quoted(text, out),
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
                write_quoted(key, out);
                out.push_str(": ");
                write_value(value, out);
                out.push_str(", ");
            }
            out.push('}');
        }
    }
}

/// Text without quotes, if that is possible; nothing is null.
fn write_plain(text: &str, out: &mut String) {
    let is_simple = text.chars().all(|c| c.is_ascii_alphanumeric() || "+-._".contains(c));
    match (text.is_empty(), is_simple) {
        (true, _) => out.push_str("null"),
        (false, true) => out.push_str(text),
        (false, false) => write_quoted(text, out),
    }
}

fn write_quoted(text: &str, out: &mut String) {
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
