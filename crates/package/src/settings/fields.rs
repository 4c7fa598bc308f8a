//! Typed access to YAML maps. A wrong type is an error with file, line and key; an unused key is a warning
//! with the nearest known key.

use std::{collections::BTreeSet, time::Duration};

use model::Bytes;
use serde_json::Number;

use super::{Value, Yaml};
use crate::{PackageError, Warning};

/// The entries of a map.
#[derive(Debug)]
pub(crate) struct Fields<'a> {
    file: &'a str,
    /// Parent keys of this map with a trailing dot, or empty.
    above: String,
    entries: &'a [(String, Yaml)],
    asked: BTreeSet<&'static str>,
    /// Free keys, chosen by the author.
    free: BTreeSet<String>,
}

impl<'a> Fields<'a> {
    /// An empty map, as if it were absent.
    pub(crate) fn none(file: &'a str) -> Self {
        Self { file, above: String::new(), entries: &[], asked: BTreeSet::new(), free: BTreeSet::new() }
    }

    /// A whole file; an empty one has no fields.
    pub(crate) fn of_file(file: &'a str, yaml: &'a Yaml) -> Result<Self, PackageError> {
        Field { file, key: String::new(), yaml }.fields()
    }

    /// The value of a key, unless it is absent or nothing.
    pub(crate) fn get(&mut self, key: &'static str) -> Option<Field<'a>> {
        self.asked.insert(key);
        let (_, yaml) = self.entries.iter().find(|(name, _)| name == key)?;
        (!yaml.is_nothing()).then(|| Field { file: self.file, key: format!("{}{key}", self.above), yaml })
    }

    /// Whether the key is there.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|(name, yaml)| name == key && !yaml.is_nothing())
    }

    /// Every entry, for maps whose keys are free.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&'a str, Field<'a>)> + '_ {
        self.entries.iter().map(|(name, yaml)| {
            (name.as_str(), Field { file: self.file, key: format!("{}{name}", self.above), yaml })
        })
    }

    /// Whether the key was read.
    pub(crate) fn is_used(&self, key: &str) -> bool {
        self.asked.contains(key)
    }

    /// Marks a key as a free one.
    pub(crate) fn mark_free(&mut self, key: &str) {
        self.free.insert(key.to_owned());
    }

    /// Warns of each unused key.
    pub(crate) fn warn_of_unused(&self, warnings: &mut Vec<Warning>) {
        for (key, yaml) in self
            .entries
            .iter()
            .filter(|(key, _)| !self.asked.contains(key.as_str()) && !self.free.contains(key))
        {
            let meant = guess(key, self.asked.iter().copied());
            let hint = meant.map_or(String::new(), |meant| format!(": did you mean {}{meant}?", self.above));
            let message =
                format!("has a key that is not known, {}{key} (line {}){hint}", self.above, yaml.line);
            warnings.push(Warning::new(self.file, &message));
        }
    }
}

/// The nearest name, if it is near enough to be meant.
fn guess<'k>(name: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    const MAX_NAME_LENGTH: usize = 64;
    if name.len() > MAX_NAME_LENGTH {
        return None;
    }
    let allowed = (name.chars().count() / 3).max(1);
    let measured = known.map(|known| (strsim::osa_distance(&name.to_lowercase(), known), known));
    measured.filter(|(distance, _)| *distance <= allowed).min().map(|(_, known)| known)
}

/// One value, with its name for messages.
#[derive(Debug, Clone)]
pub(crate) struct Field<'a> {
    file: &'a str,
    pub(crate) key: String,
    pub(crate) yaml: &'a Yaml,
}

impl<'a> Field<'a> {
    /// An error about this value.
    pub(crate) fn wrong(&self, message: impl Into<String>) -> PackageError {
        PackageError::Setting {
            file: self.file.to_owned(),
            line: self.yaml.line,
            key: if self.key.is_empty() { "the whole file".to_owned() } else { self.key.clone() },
            message: message.into(),
        }
    }

    /// A warning about this value, which is used all the same.
    pub(crate) fn odd(&self, message: &str) -> Warning {
        Warning::new(self.file, &format!("has {} in line {}, which {message}", self.key, self.yaml.line))
    }

    /// Another value with this one's name, for a part of it.
    pub(crate) fn with<'b>(&self, yaml: &'b Yaml) -> Field<'b>
    where
        'a: 'b,
    {
        Field { file: self.file, key: self.key.clone(), yaml }
    }

    fn must_be(&self, expected: &str) -> PackageError {
        let found = match &self.yaml.value {
            Value::Scalar { text, .. } => format!("{text:?}"),
            Value::List(_) => "a list".to_owned(),
            Value::Map(_) => "a map".to_owned(),
        };
        self.wrong(format!("must be {expected}, not {found}"))
    }

    pub(crate) fn is_map(&self) -> bool {
        matches!(self.yaml.value, Value::Map(_))
    }

    pub(crate) fn is_list(&self) -> bool {
        matches!(self.yaml.value, Value::List(_))
    }

    pub(crate) fn text(&self) -> Result<&'a str, PackageError> {
        self.scalar("text")
    }

    fn scalar(&self, expected: &str) -> Result<&'a str, PackageError> {
        match &self.yaml.value {
            Value::Scalar { text, .. } => Ok(text),
            Value::List(_) | Value::Map(_) => Err(self.must_be(expected)),
        }
    }

    pub(crate) fn flag(&self) -> Result<bool, PackageError> {
        match self.scalar("true or false")?.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" => Ok(true),
            "false" | "no" | "off" => Ok(false),
            _ => Err(self.must_be("true or false")),
        }
    }

    /// A finite number.
    pub(crate) fn number(&self) -> Result<f64, PackageError> {
        let number = self.scalar("a number")?.trim().parse::<f64>().ok().filter(|number| number.is_finite());
        number.ok_or_else(|| self.must_be("a number"))
    }

    pub(crate) fn positive(&self) -> Result<f64, PackageError> {
        Some(self.number()?).filter(|number| *number > 0.0).ok_or_else(|| self.must_be("a number above 0"))
    }

    /// Whole and not negative; `64.0` will do.
    pub(crate) fn whole(&self) -> Result<u64, PackageError> {
        let number = self.number()?;
        let whole = number.fract() == 0.0 && (0.0..9e15).contains(&number);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "checked in the line above"
        )]
        whole.then_some(number as u64).ok_or_else(|| self.must_be("a whole number that is not negative"))
    }

    /// Not zero, in units of `unit` bytes.
    pub(crate) fn bytes(&self, unit: u64) -> Result<Bytes, PackageError> {
        let number = self.positive()?;
        let bytes = number * unit_as_f64(unit);
        if bytes > 9e15 {
            return Err(self.must_be("a smaller number"));
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive and bounded")]
        Ok(Bytes(bytes.ceil() as u64))
    }

    /// Seconds, at most a year of them.
    pub(crate) fn seconds(&self) -> Result<Duration, PackageError> {
        const YEAR: f64 = 31_536_000.0;
        let seconds = Some(self.positive()?).filter(|seconds| *seconds <= YEAR);
        seconds.map(Duration::from_secs_f64).ok_or_else(|| self.must_be("a smaller number of seconds"))
    }

    /// The items of a list.
    pub(crate) fn items(&self) -> Result<Vec<Field<'a>>, PackageError> {
        let Value::List(items) = &self.yaml.value else { return Err(self.must_be("a list")) };
        let numbered = items.iter().enumerate();
        Ok(numbered
            .map(|(n, yaml)| Field { file: self.file, key: format!("{}[{n}]", self.key), yaml })
            .collect())
    }

    /// The items of a list, or the one value that stands for a list of one.
    pub(crate) fn one_or_more(&self) -> Result<Vec<Field<'a>>, PackageError> {
        if self.is_list() { self.items() } else { Ok(vec![self.clone()]) }
    }

    /// A list of texts, or one text.
    pub(crate) fn texts(&self) -> Result<Vec<String>, PackageError> {
        self.one_or_more()?.iter().map(|item| item.text().map(str::to_owned)).collect()
    }

    /// Arguments: a list, or one text that is split at white space.
    pub(crate) fn words(&self) -> Result<Vec<String>, PackageError> {
        if self.is_list() {
            return self.texts();
        }
        Ok(self.text()?.split_whitespace().map(str::to_owned).collect())
    }

    /// Arguments that must be a list; one text is taken as [`Field::words`] does, with a warning.
    pub(crate) fn arguments(&self, warnings: &mut Vec<Warning>) -> Result<Vec<String>, PackageError> {
        let words = self.words()?;
        if !self.is_list() {
            warnings.push(self.odd(&format!("must be a list of arguments, as in [{}]", words.join(", "))));
        }
        Ok(words)
    }

    /// One of the names that are known, matched without regard to case.
    pub(crate) fn one_of<T: Copy>(&self, known: &[(&str, T)]) -> Result<T, PackageError> {
        let text = self.text()?.trim().to_ascii_lowercase();
        let found = known.iter().find(|(name, _)| *name == text).map(|(_, value)| *value);
        let names = || known.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        found.ok_or_else(|| self.must_be(&format!("one of {}", names())))
    }

    /// The entries of a map; nothing has none.
    pub(crate) fn fields(&self) -> Result<Fields<'a>, PackageError> {
        let entries: &[_] = match &self.yaml.value {
            Value::Map(entries) => entries,
            _ if self.yaml.is_nothing() => &[],
            Value::Scalar { .. } | Value::List(_) => {
                return Err(self.must_be("a map (lines of `key: value`)"));
            }
        };
        let above = if self.key.is_empty() { String::new() } else { format!("{}.", self.key) };
        Ok(Fields { file: self.file, above, entries, asked: BTreeSet::new(), free: BTreeSet::new() })
    }

    /// The value as data: numbers, booleans and null by YAML's core schema.
    pub(crate) fn data(&self) -> Result<serde_json::Value, PackageError> {
        match &self.yaml.value {
            Value::Scalar { text, plain: false } => Ok(text.clone().into()),
            Value::Scalar { text, plain: true } => self.plain_data(text),
            Value::List(_) => self.items()?.iter().map(Field::data).collect(),
            Value::Map(_) => {
                let fields = self.fields()?;
                fields.all().map(|(key, value)| Ok((key.to_owned(), value.data()?))).collect()
            }
        }
    }

    fn plain_data(&self, text: &str) -> Result<serde_json::Value, PackageError> {
        if self.yaml.is_nothing() {
            return Ok(serde_json::Value::Null);
        }
        if let "true" | "True" | "TRUE" | "false" | "False" | "FALSE" = text {
            return Ok(text.eq_ignore_ascii_case("true").into());
        }
        if let Ok(number) = text.parse::<i64>() {
            return Ok(number.into());
        }
        let digits = text.trim_start_matches(['+', '-']);
        if !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit()) {
            return Err(self.must_be("a number that fits 64 bits, or text in quotes"));
        }
        let looks_like_number = text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
        match text.parse::<f64>().ok().and_then(Number::from_f64) {
            Some(number) if looks_like_number => Ok(number.into()),
            _ if matches!(text, ".inf" | "-.inf" | ".nan" | ".NaN" | ".Inf" | "-.Inf") => {
                Err(self.must_be("a finite number"))
            }
            _ => Ok(text.into()),
        }
    }
}

fn unit_as_f64(unit: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "units are 1024 and its square")]
    let unit = unit as f64;
    unit
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Caps, settings};

    fn with<T>(text: &str, look: impl FnOnce(Field<'_>) -> T) -> T {
        let yaml = settings::parse("problem.yaml", text, &Caps::default(), &mut Vec::new()).unwrap();
        let mut fields = Fields::of_file("problem.yaml", &yaml).unwrap();
        look(fields.get("key").unwrap())
    }

    #[test]
    fn a_value_is_taken_as_what_it_is_asked_for() {
        assert_eq!(with("key: 2048", |field| field.text().unwrap().to_owned()), "2048");
        assert_eq!(with("key: float_tolerance 1e-6", |field| field.words().unwrap().len()), 2);
        assert_eq!(with("key: '12'", |field| field.whole().unwrap()), 12);
        assert_eq!(with("key: 64.0", |field| field.bytes(1024).unwrap()), Bytes::kib(64));
        assert!(with("key: yes", |field| field.flag().unwrap()));
        assert_eq!(with("key: 1.5", |field| field.seconds().unwrap()), Duration::from_millis(1500));
    }

    #[test]
    fn the_wrong_type_is_told_with_file_line_and_key() {
        for (text, expected) in [
            ("\nkey: [1]", "problem.yaml, line 2: key must be a number, not a list"),
            ("key: many", "problem.yaml, line 1: key must be a number, not \"many\""),
            ("key: nan", "problem.yaml, line 1: key must be a number, not \"nan\""),
        ] {
            assert_eq!(with(text, |field| field.number().unwrap_err().to_string()), expected);
        }
        assert!(with("key: -1", |field| field.whole()).is_err());
        assert!(with("key: 0", |field| field.seconds()).is_err());
        assert!(with("key: 1e300", |field| field.seconds()).is_err());
        assert!(with("key: 1e300", |field| field.bytes(1024)).is_err());
        assert!(with("key: x", |field| field.fields().map(|_| ())).is_err());
    }

    #[test]
    fn data_keeps_its_types() {
        let text = "key: [1, -2.5, '3', true, null, {a: [x]}, 1e3, 007a, +]";
        let expected = serde_json::json!([1, -2.5, "3", true, null, {"a": ["x"]}, 1000.0, "007a", "+"]);
        let found = with(text, |field| field.data());
        // A lone sign is text; everything else is by its look.
        assert_eq!(found.unwrap_or_default(), expected);
        assert!(with("key: 99999999999999999999", |field| field.data()).is_err());
        assert!(with("key: .inf", |field| field.data()).is_err());
    }

    #[test]
    fn a_key_that_is_not_known_is_guessed() {
        let yaml =
            settings::parse("p.yaml", "limts: 1\nxyzzy: 2", &Caps::default(), &mut Vec::new()).unwrap();
        let mut fields = Fields::of_file("p.yaml", &yaml).unwrap();
        fields.get("limits");
        fields.get("name");
        let mut warnings = Vec::new();
        fields.warn_of_unused(&mut warnings);
        let said: Vec<_> = warnings.iter().map(ToString::to_string).collect();
        assert_eq!(
            said,
            [
                "p.yaml has a key that is not known, limts (line 1): did you mean limits?",
                "p.yaml has a key that is not known, xyzzy (line 2)",
            ]
        );
    }
}
