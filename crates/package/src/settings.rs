//! Settings files: YAML parser whose values keep their line and spelling.
//!
//! No type is guessed before the reader asks for one, so that a name may be `2048` and flags may be `1e-6`.
//! Repeated values (`*alias`) count each time, so that a small file cannot expand to a large one.

mod fields;

use std::collections::HashMap;

pub(crate) use fields::{Field, Fields};
use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};

use crate::{Caps, PackageError, Warning};

/// A value with its first line, from 1.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Yaml {
    pub(crate) line: usize,
    pub(crate) value: Value,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// Text as written; `plain` without quotes, so that it may stand for a number, a truth value or nothing.
    Scalar {
        text: String,
        plain: bool,
    },
    List(Vec<Yaml>),
    Map(Vec<(String, Yaml)>),
}

impl Yaml {
    pub(crate) fn is_nothing(&self) -> bool {
        matches!(&self.value, Value::Scalar { text, plain: true } if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }

    fn size(&self) -> usize {
        1 + match &self.value {
            Value::Scalar { .. } => 0,
            Value::List(items) => items.iter().map(Self::size).sum(),
            Value::Map(entries) => entries.iter().map(|(_, value)| value.size()).sum(),
        }
    }
}

/// Reads the first document of `text`. `file` is its name in messages.
pub(crate) fn parse(
    file: &str,
    text: &str,
    caps: &Caps,
    warnings: &mut Vec<Warning>,
) -> Result<Yaml, PackageError> {
    let mut reader = Reader {
        parser: Parser::new_from_str(text),
        file,
        anchors: HashMap::new(),
        values_left: caps.settings_values,
        depth_left: caps.settings_depth,
        warnings,
    };
    loop {
        match reader.next()? {
            (Event::StreamStart | Event::DocumentStart(_) | Event::Nothing, _) => {}
            (Event::StreamEnd | Event::DocumentEnd, at) => return Ok(nothing(line(&at))),
            (event, at) => return reader.value(event, &at),
        }
    }
}

struct Reader<'a> {
    parser: Parser<'a, StrInput<'a>>,
    file: &'a str,
    anchors: HashMap<usize, Yaml>,
    values_left: usize,
    depth_left: usize,
    warnings: &'a mut Vec<Warning>,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<(Event<'a>, Span), PackageError> {
        match self.parser.next_event() {
            Some(Ok(next)) => Ok(next),
            Some(Err(error)) => Err(self.syntax(&error)),
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn syntax(&self, error: &ScanError) -> PackageError {
        PackageError::Syntax {
            file: self.file.to_owned(),
            line: error.marker().line(),
            message: error.info().to_owned(),
        }
    }

    fn too_much(&self, at: &Span, what: &str) -> PackageError {
        PackageError::Syntax { file: self.file.to_owned(), line: line(at), message: what.to_owned() }
    }

    fn spend(&mut self, values: usize, at: &Span) -> Result<(), PackageError> {
        match self.values_left.checked_sub(values) {
            Some(left) => self.values_left = left,
            None => return Err(self.too_much(at, "more values than are allowed, aliases counted each time")),
        }
        Ok(())
    }

    fn value(&mut self, event: Event<'a>, at: &Span) -> Result<Yaml, PackageError> {
        self.spend(1, at)?;
        let (anchor, value) = match event {
            Event::Scalar(text, style, anchor, tag) => (anchor, scalar(&text, style, tag.as_deref())),
            Event::SequenceStart(anchor, _) => (anchor, self.deeper(at, Self::list)?),
            Event::MappingStart(anchor, _) => (anchor, self.deeper(at, Self::map)?),
            Event::Alias(id) => {
                let Some(known) = self.anchors.get(&id) else {
                    return Err(self.too_much(at, "an alias inside of what it stands for"));
                };
                let known = known.clone();
                self.spend(known.size(), at)?;
                return Ok(known);
            }
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd
            | Event::SequenceEnd
            | Event::MappingEnd => return Err(self.too_much(at, "the file ends in the middle of a value")),
        };
        let yaml = Yaml { line: line(at), value };
        if anchor != 0 {
            self.spend(yaml.size(), at)?;
            self.anchors.insert(anchor, yaml.clone());
        }
        Ok(yaml)
    }

    fn deeper(
        &mut self,
        at: &Span,
        read: impl FnOnce(&mut Self) -> Result<Value, PackageError>,
    ) -> Result<Value, PackageError> {
        let Some(left) = self.depth_left.checked_sub(1) else {
            return Err(self.too_much(at, "more lists and maps within each other than are allowed"));
        };
        self.depth_left = left;
        let value = read(self)?;
        self.depth_left += 1;
        Ok(value)
    }

    fn list(&mut self) -> Result<Value, PackageError> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Value::List(items)),
                (event, at) => items.push(self.value(event, &at)?),
            }
        }
    }

    fn map(&mut self) -> Result<Value, PackageError> {
        let mut entries: Vec<(String, Yaml)> = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        loop {
            let (event, at) = self.next()?;
            if event == Event::MappingEnd {
                return Ok(Value::Map(entries));
            }
            let Value::Scalar { text: key, .. } = self.value(event, &at)?.value else {
                return Err(self.too_much(&at, "a key that is a list or a map"));
            };
            let (event, value_at) = self.next()?;
            let value = self.value(event, &value_at)?;
            // The last one counts, as in other readers of these formats.
            if let Some(&place) = places.get(&key) {
                let message = format!("has the key {key} twice (line {}); the later one counts", line(&at));
                self.warnings.push(Warning::new(self.file, &message));
                entries[place].1 = value;
            } else {
                places.insert(key.clone(), entries.len());
                entries.push((key, value));
            }
        }
    }
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Value {
    let is_text = tag.is_some_and(|tag| tag.is_yaml_core_schema() && tag.suffix == "str");
    Value::Scalar { text: text.to_owned(), plain: style == ScalarStyle::Plain && !is_text }
}

fn nothing(line: usize) -> Yaml {
    Yaml { line, value: Value::Scalar { text: String::new(), plain: true } }
}

fn line(at: &Span) -> usize {
    at.start.line()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Yaml, PackageError> {
        parse("problem.yaml", text, &Caps::default(), &mut Vec::new())
    }

    #[test]
    fn an_alias_bomb_ends_at_the_cap() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let before = vec![format!("*a{}", level - 1); 9].join(", ");
            text.extend([format!("a{level}: &a{level} [{before}]\n")]);
        }
        let error = read(&text).unwrap_err().to_string();
        assert!(error.contains("more values than are allowed"), "{error}");
    }

    #[test]
    fn deep_nesting_ends_at_the_cap() {
        let error = read(&"[".repeat(5_000)).unwrap_err().to_string();
        assert!(error.contains("within each other") || error.contains("recursion"), "{error}");
    }

    #[test]
    fn an_alias_inside_of_itself_is_refused() {
        assert!(read("a: &x [1, *x]").is_err());
    }

    #[test]
    fn a_mistake_is_told_with_its_line() {
        let error = read("name: x\nlimits: [1\n").unwrap_err().to_string();
        assert!(error.starts_with("problem.yaml, line "), "{error}");
    }

    #[test]
    fn the_later_of_two_equal_keys_counts_and_is_told() {
        let mut warnings = Vec::new();
        let yaml = parse("p.yaml", "a: 1\na: 2\n", &Caps::default(), &mut warnings).unwrap();
        let Value::Map(entries) = yaml.value else { panic!("{yaml:?}") };
        assert_eq!(entries.len(), 1);
        assert_eq!(entries[0].1.value, Value::Scalar { text: "2".to_owned(), plain: true });
        assert_eq!(warnings.len(), 1);
    }

    #[test]
    fn an_empty_file_is_nothing() {
        for text in ["", "# only a comment\n", "---\n", "~"] {
            assert!(read(text).unwrap().is_nothing(), "{text:?}");
        }
    }
}
