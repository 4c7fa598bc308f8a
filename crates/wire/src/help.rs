//! Help with a mistake, as answers carry it.

use model::{Help, Place};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Help with a mistake in a program, written for learners. It stands beside the original message and never replaces it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HelpBody {
    /// The kind of mistake, the same in every language. New kinds may be added.
    #[schema(example = "missing-colon")]
    pub code: String,
    /// The file of the submission that the places are in, without its folders.
    #[schema(example = "main.py")]
    pub file: String,
    /// The place to mark.
    #[serde(flatten)]
    pub place: PlaceBody,
    /// Other places that belong to the mistake.
    pub related: Vec<PlaceBody>,
    /// The mistake in a few words. Code stands in backticks, here and in the next two.
    #[schema(example = "The colon is missing")]
    pub title: String,
    /// One to three sentences on the cause.
    #[schema(example = "The line with `if` must end with a colon `:`.")]
    pub text: String,
    /// The step to try next.
    #[schema(example = "Write `:` at the end of the line.")]
    pub next: String,
    /// The language of the three texts (BCP 47).
    #[schema(example = "en")]
    pub lang: String,
}

/// A language that help with mistakes is written in (BCP 47).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum HelpLanguageName {
    /// English.
    En,
    /// German.
    De,
}

/// The language of help in an answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LanguageQuery {
    /// The language of help with mistakes; by default what `Accept-Language` prefers.
    #[param(inline)]
    pub lang: Option<HelpLanguageName>,
}

/// A place in a source file; lines and columns are counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlaceBody {
    /// The line.
    #[schema(example = 2, minimum = 1)]
    pub line: u32,
    /// The first character that is meant; null if the whole line is.
    #[schema(example = 12, minimum = 1)]
    pub column: Option<u32>,
    /// The character after the last one that is meant; null if the whole line is.
    #[schema(example = 14, minimum = 1)]
    pub end_column: Option<u32>,
}

impl From<Help> for HelpBody {
    fn from(help: Help) -> Self {
        Self {
            code: help.code.to_owned(),
            file: help.file,
            place: help.place.into(),
            related: help.related.into_iter().map(Into::into).collect(),
            title: help.title,
            text: help.text,
            next: help.next,
            lang: help.lang.to_owned(),
        }
    }
}

impl From<Place> for PlaceBody {
    fn from(place: Place) -> Self {
        Self { line: place.line, column: place.column, end_column: place.end_column }
    }
}
