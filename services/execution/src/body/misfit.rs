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

use super::json::Json;

/// A value that does not match its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Misfit {
    /// The path of the value, such as `files[0]`; empty for the whole document.
    pub(super) path: String,
    pub(super) flaw: Flaw,
}

/// The kind of mismatch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Flaw {
    /// The type has no field of this name.
    UnknownField { name: String, known: &'static [&'static str] },
    /// A required field is missing.
    MissingField(&'static str),
    /// A field occurs twice.
    TwiceGiven(&'static str),
    /// The value must be one of these texts.
    NotOneOf(&'static [&'static str]),
    /// The value has another type.
    Kind { wanted: Wanted, found: String },
    /// The message of a `Deserialize` implementation of ours.
    Said(String),
}

/// The expected type of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    WholeNumber,
    Number,
    TrueOrFalse,
    Text,
    List,
    Object,
    /// The name that a `Deserialize` implementation of ours gives.
    Called(String),
}

/// Deserializes a document as this type.
pub(super) fn fit<T: DeserializeOwned>(json: &Json) -> Result<T, Misfit> {
    T::deserialize(Value(json))
}

impl Misfit {
    fn of(flaw: Flaw) -> Self {
        Self { path: String::new(), flaw }
    }

    fn within_field(self, name: &str) -> Self {
        let path = match self.path.as_str() {
            "" => name.to_owned(),
            path if path.starts_with('[') => format!("{name}{path}"),
            path => format!("{name}.{path}"),
        };
        Self { path, ..self }
    }

    fn within_list(self, place: usize) -> Self {
        let path = match self.path.as_str() {
            path if path.is_empty() || path.starts_with('[') => format!("[{place}]{path}"),
            path => format!("[{place}].{path}"),
        };
        Self { path, ..self }
    }

    /// The same error with this expected type, if the value itself has the wrong type.
    fn wanting(self, wanted: Wanted) -> Self {
        match self.flaw {
            Flaw::Kind { found, .. } if self.path.is_empty() => Self::of(Flaw::Kind { wanted, found }),
            _ => self,
        }
    }
}

impl Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:?}", self.path, self.flaw)
    }
}

impl std::error::Error for Misfit {}

impl Error for Misfit {
    fn custom<T: Display>(message: T) -> Self {
        Self::of(Flaw::Said(message.to_string()))
    }

    fn invalid_type(found: Unexpected<'_>, wanted: &dyn Expected) -> Self {
        Self::of(Flaw::Kind { wanted: Wanted::Called(wanted.to_string()), found: found.to_string() })
    }

    fn invalid_value(found: Unexpected<'_>, wanted: &dyn Expected) -> Self {
        Self::invalid_type(found, wanted)
    }

    fn unknown_variant(_: &str, known: &'static [&'static str]) -> Self {
        Self::of(Flaw::NotOneOf(known))
    }

    fn unknown_field(name: &str, known: &'static [&'static str]) -> Self {
        Self::of(Flaw::UnknownField { name: name.to_owned(), known })
    }

    fn missing_field(name: &'static str) -> Self {
        Self::of(Flaw::MissingField(name))
    }

    fn duplicate_field(name: &'static str) -> Self {
        Self::of(Flaw::TwiceGiven(name))
    }
}

/// Deserializer of one value.
#[derive(Clone, Copy)]
struct Value<'de>(&'de Json);

impl<'de> Value<'de> {
    /// Deserializes the value with this expected type.
    fn give<V: Visitor<'de>>(self, wanted: Wanted, visitor: V) -> Result<V::Value, Misfit> {
        self.deserialize_any(visitor).map_err(|misfit| self.described(misfit).wanting(wanted))
    }

    /// The error of this value with our description of its actual type.
    fn described(self, misfit: Misfit) -> Misfit {
        match misfit.flaw {
            Flaw::Kind { wanted, .. } if misfit.path.is_empty() => {
                Misfit::of(Flaw::Kind { wanted, found: description(self.0) })
            }
            _ => misfit,
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
macro_rules! wanted {
    ($wanted:expr => $($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
            self.give($wanted, visitor)
        })*
    };
}

impl<'de> Deserializer<'de> for Value<'de> {
    type Error = Misfit;

    wanted!(Wanted::WholeNumber => deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128);
    wanted!(Wanted::Number => deserialize_f32 deserialize_f64);
    wanted!(Wanted::TrueOrFalse => deserialize_bool);
    wanted!(Wanted::Text => deserialize_char deserialize_str deserialize_string);
    wanted!(Wanted::List => deserialize_seq deserialize_bytes deserialize_byte_buf);
    wanted!(Wanted::Object => deserialize_map);
    forward_to_deserialize_any! { unit unit_struct identifier ignored_any }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        let done = match self.0 {
            Json::Null => visitor.visit_unit(),
            Json::Bool(value) => visitor.visit_bool(*value),
            Json::Number(value) => match (value.as_u64(), value.as_i64(), value.as_f64()) {
                (Some(value), ..) => visitor.visit_u64(value),
                (None, Some(value), _) => visitor.visit_i64(value),
                (None, None, value) => visitor.visit_f64(value.unwrap_or(f64::NAN)),
            },
            Json::Text(value) => visitor.visit_borrowed_str(value),
            Json::List(values) => visitor.visit_seq(List { values: values.iter(), place: 0 }),
            Json::Object(fields) => visitor.visit_map(Object { fields: fields.iter(), value: None }),
        };
        done.map_err(|misfit| self.described(misfit))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.0 {
            Json::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Misfit> {
        self.give(Wanted::List, visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        self.give(Wanted::List, visitor)
    }

    /// A list is none, although its values could be taken for the fields in their order: nobody means that here.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        match self.0 {
            Json::List(_) => {
                Err(Misfit::of(Flaw::Kind { wanted: Wanted::Object, found: description(self.0) }))
            }
            _ => self.give(Wanted::Object, visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        match self.0 {
            Json::Text(name) => visitor.visit_enum(Choice(name)),
            other => Err(Misfit::of(Flaw::Kind { wanted: Wanted::Text, found: description(other) })),
        }
    }
}

/// The values of a list.
struct List<'de> {
    values: std::slice::Iter<'de, Json>,
    place: usize,
}

impl<'de> SeqAccess<'de> for List<'de> {
    type Error = Misfit;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Misfit> {
        let Some(value) = self.values.next() else { return Ok(None) };
        let place = self.place;
        self.place += 1;
        seed.deserialize(Value(value)).map(Some).map_err(|misfit| misfit.within_list(place))
    }
}

/// The fields of an object.
struct Object<'de> {
    fields: std::slice::Iter<'de, (String, Json)>,
    /// The field whose name was read and whose value was not.
    value: Option<&'de (String, Json)>,
}

impl<'de> MapAccess<'de> for Object<'de> {
    type Error = Misfit;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Misfit> {
        self.value = self.fields.next();
        let Some((name, _)) = self.value else { return Ok(None) };
        seed.deserialize(StrDeserializer::new(name)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Misfit> {
        let (name, value) = self.value.take().ok_or_else(|| Misfit::custom("a value was read twice"))?;
        seed.deserialize(Value(value)).map_err(|misfit| misfit.within_field(name))
    }
}

/// The name of a variant that has no content.
struct Choice<'de>(&'de str);

impl<'de> EnumAccess<'de> for Choice<'de> {
    type Error = Misfit;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Misfit> {
        Ok((seed.deserialize(StrDeserializer::new(self.0))?, self))
    }
}

impl<'de> VariantAccess<'de> for Choice<'de> {
    type Error = Misfit;

    fn unit_variant(self) -> Result<(), Misfit> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, _: T) -> Result<T::Value, Misfit> {
        Err(self.has_no_content())
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Misfit> {
        Err(self.has_no_content())
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], _: V) -> Result<V::Value, Misfit> {
        Err(self.has_no_content())
    }
}

impl Choice<'_> {
    fn has_no_content(&self) -> Misfit {
        Misfit::of(Flaw::Kind { wanted: Wanted::Object, found: format!("string {:?}", self.0) })
    }
}
