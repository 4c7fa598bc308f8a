//! Pictures of a running program: data of the events and frames `draw` and `artifact`.

use model::{DrawCommand, InlineImage};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Data of `draw`: the program changed its drawing, a stack of items with ids.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DrawData {
    /// The commands, to be applied in this order. Each is an array of a name and arguments: `["line", id, [x, y, …], colour, width]`,
    /// `["dot", id, x, y, diameter, colour]`, `["polygon", id, [x, y, …], fill, outline, width]`, `["text", id, x, y, text, colour,
    /// anchor, family, size, style]`, `["image", id, x, y, name, width, height]`, `["top", id]`, `["delete", id]`, `["clear"]`,
    /// `["size", width, height]`, `["bg", colour]`, `["title", text]`, `["time", ms]`, `["limit", name]` or `["listen", keys,
    /// clicks]`. Coordinates are pixels from the centre, y downwards; colours are `#rrggbb`, or empty for none.
    #[schema(value_type = Vec<Vec<serde_json::Value>>, example = json!([["line", 1, [0, 0, 100, 0], "#000000", 1]]))]
    pub commands: Vec<DrawCommand>,
}

/// Data of `artifact`: the program shows an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImageData {
    /// Its file name. Untrusted: never use it as a local path without validation.
    #[schema(example = "figure-1.png")]
    pub name: String,
    /// Its media type, from its first bytes.
    #[schema(example = "image/png")]
    pub content_type: String,
    /// Its bytes in base64.
    #[schema(example = "iVBORw0KGgo=")]
    pub content: String,
}

impl From<InlineImage> for ImageData {
    fn from(InlineImage { name, media_type, content }: InlineImage) -> Self {
        Self { name, content_type: media_type, content }
    }
}
