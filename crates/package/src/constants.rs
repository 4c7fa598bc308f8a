//! Constants of format 2025-09: substitution of `{{name}}` in statements, sources and settings by values of
//! `problem.yaml`.
//!
//! A constant that is a map has a `value`, and variants: `{{name.variant}}`.

use std::collections::BTreeMap;

/// Values by name; variants as `name.variant`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Constants(pub(crate) BTreeMap<String, String>);

impl Constants {
    /// The value of this name, or variant of a name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Replaces the known names between `{{` and `}}`. Unknown names stay, and values are not scanned again.
    /// `None` if the result would be longer than `most` bytes.
    pub fn put_into(&self, text: Vec<u8>, most: u64) -> Option<Vec<u8>> {
        self.replace(text, (b"{{", b"}}"), most)
    }

    /// As [`put_into`](Self::put_into), for a statement, where `\constant{name}` is replaced too, as in TeX.
    pub(crate) fn put_into_statement(&self, text: String, most: u64) -> Option<String> {
        if self.is_empty() {
            return Some(text);
        }
        let filled = self.put_into(text.into_bytes(), most)?;
        let filled = self.replace(filled, (b"\\constant{", b"}"), most)?;
        Some(String::from_utf8_lossy(&filled).into_owned())
    }

    fn replace(&self, text: Vec<u8>, (open, close): (&[u8], &[u8]), most: u64) -> Option<Vec<u8>> {
        if self.is_empty() {
            return Some(text);
        }
        let mut out = Vec::with_capacity(text.len());
        let mut rest = &text[..];
        while let Some(&next) = rest.first() {
            let found = rest.strip_prefix(open).and_then(|behind| self.value(behind, close));
            if let Some((value, behind)) = found {
                out.extend_from_slice(value.as_bytes());
                rest = behind;
            } else {
                out.push(next);
                rest = &rest[1..];
            }
            if out.len() as u64 > most {
                return None;
            }
        }
        Some(out)
    }

    /// The value of the next name, and the text behind it.
    fn value<'a>(&self, text: &'a [u8], close: &[u8]) -> Option<(&str, &'a [u8])> {
        let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.-".contains(byte);
        let length = text.iter().take_while(|byte| is_name(byte)).count();
        let behind = text[length..].strip_prefix(close)?;
        Some((self.get(std::str::from_utf8(&text[..length]).ok()?)?, behind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let values = [("k", "5"), ("k.word", "five"), ("long_name", "{{k}}"), ("empty", "")];
        let constants =
            Constants(values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect());
        let found = constants.put_into(text.as_bytes().to_vec(), 1024).expect("short");
        assert_eq!(String::from_utf8_lossy(&found), expected, "{text}");
    }

    #[test]
    fn names_between_braces_stand_for_their_values() {
        check("x = {{k}}, {{k}}{{k}}", "x = 5, 55");
        check("{{k.word}} is {{k}}{{empty}}.", "five is 5.");
        check("{{{k}}}", "{5}");
    }

    #[test]
    fn what_is_no_constant_stays_as_it_is() {
        for text in
            ["{{other}}", "{{k", "{{k}", "{ {k}}", "{{ k }}", "{{k.other}}", "int a[] = {{1}};", "{{}}"]
        {
            check(text, text);
        }
        // A value is not looked through again.
        check("{{long_name}}", "{{k}}");
    }

    #[test]
    fn tex_has_a_command_for_it() {
        let constants = Constants(BTreeMap::from([("k".to_owned(), "5".to_owned())]));
        let found = constants.put_into_statement("$n \\le \\constant{k}$, {{k}}".to_owned(), 1024);
        assert_eq!(found.as_deref(), Some("$n \\le 5$, 5"));
    }

    #[test]
    fn a_text_that_grows_beyond_its_limit_is_given_up() {
        let constants = Constants(BTreeMap::from([("k".to_owned(), "x".repeat(100))]));
        let text = "{{k}}".repeat(10).into_bytes();
        assert_eq!(constants.put_into(text.clone(), 1_000).map(|text| text.len()), Some(1_000));
        assert_eq!(constants.put_into(text, 999), None);
    }
}
