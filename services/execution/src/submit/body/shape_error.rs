//! Shape error: path and kind of the first JSON value that does not match a type, found by a serde deserializer of our own.
//!
//! It is data, so that the messages for clients do not depend on the wording of serde's messages.

use std::fmt::{self, Display};

use serde::{
    Deserializer,
    de::{
        DeserializeOwned, DeserializeSeed, EnumAccess, Error, Expected, MapAccess, SeqAccess, Unexpected,
        VariantAccess, Visitor, value::StrDeserializer,
    },
    forward_to_deserialize_any,
};

use crate::submit::body::json::Json;

/// A value that does not match its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ShapeError {
    /// The path of the value, such as `files[0]`; empty for the whole document.
    pub(super) path: String,
    pub(super) kind: ShapeErrorKind,
}

/// The kind of mismatch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ShapeErrorKind {
    /// The type has no field of this name.
    UnknownField { name: String, known: &'static [&'static str] },
    /// A required field is missing.
    MissingField(&'static str),
    /// A field occurs twice.
    DuplicateField(&'static str),
    /// The value must be one of these texts.
    NotOneOf(&'static [&'static str]),
    /// The value has another type.
    WrongType { expected: ExpectedType, actual: String },
    /// The message of a `Deserialize` implementation of ours.
    Custom(String),
}

/// The expected type of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ExpectedType {
    WholeNumber,
    Number,
    TrueOrFalse,
    Text,
    List,
    Object,
    /// The name that a `Deserialize` implementation of ours gives.
    Named(String),
}

/// Deserializes a document as this type.
pub(super) fn from_json<T: DeserializeOwned>(json: &Json) -> Result<T, ShapeError> {
    T::deserialize(ValueDeserializer(json))
}

impl ShapeError {
    fn of(flaw: ShapeErrorKind) -> Self {
        Self { path: String::new(), kind: flaw }
    }

    fn within_field(self, name: &str) -> Self {
        let path = match self.path.as_str() {
            "" => name.to_owned(),
            path if path.starts_with('[') => format!("{name}{path}"),
            path => format!("{name}.{path}"),
        };
        Self { path, ..self }
    }

    fn within_list(self, index: usize) -> Self {
        let path = match self.path.as_str() {
            path if path.is_empty() || path.starts_with('[') => format!("[{index}]{path}"),
            path => format!("[{index}].{path}"),
        };
        Self { path, ..self }
    }

    /// The same error with this expected type, if the value itself has the wrong type.
    fn expecting(self, expected: ExpectedType) -> Self {
        match self.kind {
            ShapeErrorKind::WrongType { actual, .. } if self.path.is_empty() => {
                Self::of(ShapeErrorKind::WrongType { expected, actual })
            }
            _ => self,
        }
    }
}

impl Display for ShapeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:?}", self.path, self.kind)
    }
}

impl std::error::Error for ShapeError {}

impl Error for ShapeError {
    fn custom<T: Display>(message: T) -> Self {
        Self::of(ShapeErrorKind::Custom(message.to_string()))
    }

    fn invalid_type(actual: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::of(ShapeErrorKind::WrongType {
            expected: ExpectedType::Named(expected.to_string()),
            actual: actual.to_string(),
        })
    }

    fn invalid_value(actual: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid_type(actual, expected)
    }

    fn unknown_variant(_: &str, known: &'static [&'static str]) -> Self {
        Self::of(ShapeErrorKind::NotOneOf(known))
    }

    fn unknown_field(name: &str, known: &'static [&'static str]) -> Self {
        Self::of(ShapeErrorKind::UnknownField { name: name.to_owned(), known })
    }

    fn missing_field(name: &'static str) -> Self {
        Self::of(ShapeErrorKind::MissingField(name))
    }

    fn duplicate_field(name: &'static str) -> Self {
        Self::of(ShapeErrorKind::DuplicateField(name))
    }
}

/// Deserializer of one value.
#[derive(Clone, Copy)]
struct ValueDeserializer<'de>(&'de Json);

impl<'de> ValueDeserializer<'de> {
    /// Deserializes the value with this expected type.
    fn deserialize_as<V: Visitor<'de>>(
        self,
        expected: ExpectedType,
        visitor: V,
    ) -> Result<V::Value, ShapeError> {
        self.deserialize_any(visitor).map_err(|error| self.describe(error).expecting(expected))
    }

    /// The error of this value with our description of its actual type.
    fn describe(self, error: ShapeError) -> ShapeError {
        match error.kind {
            ShapeErrorKind::WrongType { expected, .. } if error.path.is_empty() => {
                ShapeError::of(ShapeErrorKind::WrongType { expected, actual: description(self.0) })
            }
            _ => error,
        }
    }
}

fn description(json: &Json) -> String {
    match json {
        Json::Null => "null".to_owned(),
        Json::Bool(value) => format!("boolean `{value}`"),
        Json::Number(value) if value.is_f64() => format!("floating point `{value}`"),
        Json::Number(value) => format!("integer `{value}`"),
        Json::Text(value) => format!("string {value:?}"),
        Json::List(_) => "sequence".to_owned(),
        Json::Object(_) => "map".to_owned(),
    }
}

/// Methods that all want the same kind of value.
macro_rules! expected {
    ($expected:expr => $($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
            self.deserialize_as($expected, visitor)
        })*
    };
}

impl<'de> Deserializer<'de> for ValueDeserializer<'de> {
    type Error = ShapeError;

    expected!(ExpectedType::WholeNumber => deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128);
    expected!(ExpectedType::Number => deserialize_f32 deserialize_f64);
    expected!(ExpectedType::TrueOrFalse => deserialize_bool);
    expected!(ExpectedType::Text => deserialize_char deserialize_str deserialize_string);
    expected!(ExpectedType::List => deserialize_seq deserialize_bytes deserialize_byte_buf);
    expected!(ExpectedType::Object => deserialize_map);
    forward_to_deserialize_any! { unit unit_struct identifier ignored_any }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
        let done = match self.0 {
            Json::Null => visitor.visit_unit(),
            Json::Bool(value) => visitor.visit_bool(*value),
            Json::Number(value) => match (value.as_u64(), value.as_i64(), value.as_f64()) {
                (Some(value), ..) => visitor.visit_u64(value),
                (None, Some(value), _) => visitor.visit_i64(value),
                (None, None, value) => visitor.visit_f64(value.unwrap_or(f64::NAN)),
            },
            Json::Text(value) => visitor.visit_borrowed_str(value),
            Json::List(values) => visitor.visit_seq(ListDeserializer { values: values.iter(), index: 0 }),
            Json::Object(fields) => {
                visitor.visit_map(ObjectDeserializer { fields: fields.iter(), value: None })
            }
        };
        done.map_err(|error| self.describe(error))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
        match self.0 {
            Json::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, ShapeError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, ShapeError> {
        self.deserialize_as(ExpectedType::List, visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, ShapeError> {
        self.deserialize_as(ExpectedType::List, visitor)
    }

    /// A list is none, although its values could be taken for the fields in their order: nobody means that here.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ShapeError> {
        match self.0 {
            Json::List(_) => Err(ShapeError::of(ShapeErrorKind::WrongType {
                expected: ExpectedType::Object,
                actual: description(self.0),
            })),
            _ => self.deserialize_as(ExpectedType::Object, visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ShapeError> {
        match self.0 {
            Json::Text(name) => visitor.visit_enum(EnumDeserializer(name)),
            other => Err(ShapeError::of(ShapeErrorKind::WrongType {
                expected: ExpectedType::Text,
                actual: description(other),
            })),
        }
    }
}

/// The values of a list.
struct ListDeserializer<'de> {
    values: std::slice::Iter<'de, Json>,
    index: usize,
}

impl<'de> SeqAccess<'de> for ListDeserializer<'de> {
    type Error = ShapeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, ShapeError> {
        let Some(value) = self.values.next() else { return Ok(None) };
        let index = self.index;
        self.index += 1;
        seed.deserialize(ValueDeserializer(value)).map(Some).map_err(|error| error.within_list(index))
    }
}

/// The fields of an object.
struct ObjectDeserializer<'de> {
    fields: std::slice::Iter<'de, (String, Json)>,
    /// The field whose name was read and whose value was not.
    value: Option<&'de (String, Json)>,
}

impl<'de> MapAccess<'de> for ObjectDeserializer<'de> {
    type Error = ShapeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, ShapeError> {
        self.value = self.fields.next();
        let Some((name, _)) = self.value else { return Ok(None) };
        seed.deserialize(StrDeserializer::new(name)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, ShapeError> {
        let (name, value) = self.value.take().ok_or_else(|| ShapeError::custom("a value was read twice"))?;
        seed.deserialize(ValueDeserializer(value)).map_err(|error| error.within_field(name))
    }
}

/// The name of a variant that has no content.
struct EnumDeserializer<'de>(&'de str);

impl<'de> EnumAccess<'de> for EnumDeserializer<'de> {
    type Error = ShapeError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), ShapeError> {
        Ok((seed.deserialize(StrDeserializer::new(self.0))?, self))
    }
}

impl<'de> VariantAccess<'de> for EnumDeserializer<'de> {
    type Error = ShapeError;

    fn unit_variant(self) -> Result<(), ShapeError> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, _: T) -> Result<T::Value, ShapeError> {
        Err(self.has_no_content())
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, ShapeError> {
        Err(self.has_no_content())
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, ShapeError> {
        Err(self.has_no_content())
    }
}

impl EnumDeserializer<'_> {
    fn has_no_content(&self) -> ShapeError {
        ShapeError::of(ShapeErrorKind::WrongType {
            expected: ExpectedType::Object,
            actual: format!("string {:?}", self.0),
        })
    }
}
