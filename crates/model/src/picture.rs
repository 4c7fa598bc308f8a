//! Pictures that a running program shows: draw commands and images in escape sequences of its output.
//!
//! The sequences are those of iTerm2 (`ESC ] 1337 ; … BEL`): `File=…` for an image, and `Custom=id=coderunner-draw:…` with draw
//! commands in JSON. Finding them in a stream is left to the crate `sandbox`; here is their content, checked completely: a
//! command that a client receives has a known name and arguments of the right kinds.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Bytes, is_all_visible};

/// Variable in the environment of programs whose pictures are shown while they run.
pub const PICTURES_VARIABLE: &str = "CODERUNNER_PICTURES";

/// Largest coordinate and size.
const MAX_NUMBER: f64 = 1e9;
/// Longest name of an image, in bytes.
const MAX_NAME: usize = 100;
/// Name of an image without one.
const DEFAULT_NAME: &str = "picture";

/// Limits of the pictures of one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PictureLimits {
    /// Bytes of all draw commands.
    pub draw_bytes: Bytes,
    /// Draw commands in a second.
    pub draws_per_second: u32,
    /// Bytes of all images, as encoded in the output.
    pub image_bytes: Bytes,
}

impl Default for PictureLimits {
    fn default() -> Self {
        Self { draw_bytes: Bytes::mib(16), draws_per_second: 20_000, image_bytes: Bytes::mib(8) }
    }
}

/// A limit of [`PictureLimits`] that a run reached. What is beyond it is not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PictureLimit {
    /// [`PictureLimits::draw_bytes`].
    DrawBytes,
    /// [`PictureLimits::draws_per_second`].
    DrawRate,
    /// [`PictureLimits::image_bytes`].
    ImageBytes,
}

impl PictureLimit {
    /// Its name in the command `limit`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::DrawBytes => "drawBytes",
            Self::DrawRate => "drawRate",
            Self::ImageBytes => "pictureBytes",
        }
    }
}

/// A change of a drawing, or an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Picture {
    /// Draw commands, in their order.
    Drawing(Vec<DrawCommand>),
    /// An image.
    Image(InlineImage),
}

/// A draw command: an array of its name and its arguments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Value>", into = "Vec<Value>")]
pub struct DrawCommand(Vec<Value>);

/// An image that the program shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InlineImage {
    /// Its file name, without folders.
    pub name: String,
    /// Its media type, from its first bytes.
    pub media_type: String,
    /// Its bytes in base64.
    pub content: String,
}

/// Kind of a command's argument.
#[derive(Debug, Clone, Copy)]
enum Argument {
    Id,
    Number,
    /// A number that is not negative.
    Size,
    /// Coordinates in pairs: at least this many numbers.
    Points(usize),
    /// `#rrggbb`, or empty for none.
    Colour,
    /// `sw`, `s` or `se`.
    Anchor,
    Text,
    Texts,
    Flag,
}

/// Each command with its arguments.
const COMMANDS: [(&str, &[Argument]); 14] = {
    use Argument::{Anchor, Colour, Flag, Id, Number, Points, Size, Text, Texts};
    [
        ("size", &[Size, Size]),
        ("bg", &[Colour]),
        ("line", &[Id, Points(4), Colour, Size]),
        ("dot", &[Id, Number, Number, Size, Colour]),
        ("polygon", &[Id, Points(2), Colour, Colour, Size]),
        ("text", &[Id, Number, Number, Text, Colour, Anchor, Text, Size, Text]),
        ("image", &[Id, Number, Number, Text, Size, Size]),
        ("top", &[Id]),
        ("delete", &[Id]),
        ("clear", &[]),
        ("title", &[Text]),
        ("time", &[Size]),
        ("limit", &[Text]),
        ("listen", &[Texts, Flag]),
    ]
};

impl Argument {
    fn matches(self, value: &Value) -> bool {
        match self {
            Self::Id => value.as_u64().is_some_and(|id| (1..=1 << 53).contains(&id)),
            Self::Number => value.as_f64().is_some_and(|number| number.abs() <= MAX_NUMBER),
            Self::Size => value.as_f64().is_some_and(|size| (0.0..=MAX_NUMBER).contains(&size)),
            Self::Points(least) => value.as_array().is_some_and(|numbers| {
                numbers.len() >= least
                    && numbers.len() % 2 == 0
                    && numbers.iter().all(|number| Self::Number.matches(number))
            }),
            Self::Colour => value.as_str().is_some_and(is_colour),
            Self::Anchor => matches!(value.as_str(), Some("sw" | "s" | "se")),
            Self::Text => value.is_string(),
            Self::Texts => value.as_array().is_some_and(|texts| texts.iter().all(Value::is_string)),
            Self::Flag => value.is_boolean(),
        }
    }
}

fn size_of_value(value: &Value) -> usize {
    size_of::<Value>()
        + match value {
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => 0,
            Value::String(text) => text.len(),
            Value::Array(values) => values.iter().map(size_of_value).sum(),
        }
}

fn is_colour(text: &str) -> bool {
    let Some(digits) = text.strip_prefix('#') else { return text.is_empty() };
    digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
}

/// Not a command: its name is unknown, or its arguments do not fit it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a draw command")]
pub struct InvalidDrawCommand;

impl TryFrom<Vec<Value>> for DrawCommand {
    type Error = InvalidDrawCommand;

    fn try_from(parts: Vec<Value>) -> Result<Self, InvalidDrawCommand> {
        let (name, arguments) = parts.split_first().ok_or(InvalidDrawCommand)?;
        let (_, kinds) =
            COMMANDS.iter().find(|(known, _)| name.as_str() == Some(known)).ok_or(InvalidDrawCommand)?;
        let fits = kinds.len() == arguments.len()
            && kinds.iter().zip(arguments).all(|(kind, value)| kind.matches(value));
        if fits { Ok(Self(parts)) } else { Err(InvalidDrawCommand) }
    }
}

impl From<DrawCommand> for Vec<Value> {
    fn from(command: DrawCommand) -> Self {
        command.0
    }
}

impl DrawCommand {
    /// The command that tells that a limit was reached.
    pub fn limit(limit: PictureLimit) -> Self {
        Self(vec!["limit".into(), limit.name().into()])
    }

    /// Approximate memory in bytes.
    pub fn size(&self) -> usize {
        self.0.iter().map(size_of_value).sum()
    }
}

impl Picture {
    /// How the content of a sequence with draw commands begins.
    pub const DRAWING: &str = "Custom=id=coderunner-draw:";
    /// How the content of a sequence with an image begins.
    pub const IMAGE: &str = "File=";

    /// The picture in a sequence with this content; `None` if it is not a valid one.
    pub fn parse(content: &str) -> Option<Self> {
        if let Some(json) = content.strip_prefix(Self::DRAWING) {
            let commands: Vec<DrawCommand> = serde_json::from_str(json).ok()?;
            return (!commands.is_empty()).then_some(Self::Drawing(commands));
        }
        InlineImage::parse(content.strip_prefix(Self::IMAGE)?).map(Self::Image)
    }
}

impl InlineImage {
    /// Parses `name=…;inline=1:…`, both the name and the image in base64.
    fn parse(text: &str) -> Option<Self> {
        let (arguments, content) = text.split_once(':')?;
        let argument = |wanted| {
            let pairs = arguments.split(';').filter_map(|argument| argument.split_once('='));
            pairs.into_iter().find_map(|(name, value)| (name == wanted).then_some(value))
        };
        if argument("inline") != Some("1") {
            return None;
        }
        let media_type = media_type(&STANDARD.decode(content).ok()?)?.to_owned();
        let name = argument("name").and_then(file_name).unwrap_or_else(|| DEFAULT_NAME.to_owned());
        Some(Self { name, media_type, content: content.to_owned() })
    }
}

/// The last part of an encoded path, if it can be shown.
fn file_name(encoded: &str) -> Option<String> {
    let path = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    let name = path.rsplit('/').next()?;
    let is_good = !name.is_empty() && name.len() <= MAX_NAME && is_all_visible(name);
    is_good.then(|| name.to_owned())
}

/// The media type of an image that browsers show.
fn media_type(image: &[u8]) -> Option<&'static str> {
    match image {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ if is_svg(image) => Some("image/svg+xml"),
        _ => None,
    }
}

fn is_svg(image: &[u8]) -> bool {
    let text = image.trim_ascii_start();
    let is_xml = text.starts_with(b"<?xml") || text.starts_with(b"<!DOCTYPE svg");
    text.starts_with(b"<svg") || (is_xml && text.windows(4).any(|window| window == b"<svg"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIXEL: &str = "iVBORw0KGgo=";

    fn drawing(json: &str) -> Option<Picture> {
        Picture::parse(&format!("{}{json}", Picture::DRAWING))
    }

    #[test]
    fn each_command_is_read_and_written_as_it_is() {
        let all = concat!(
            r##"[["size",400,300],["bg",""],["line",1,[0,0,1.5,-2],"#ff0000",3],["dot",2,0,0,5,"#00ff00"],"##,
            r##"["polygon",3,[0,0,1,1,2,0],"#0000ff","",1],["text",4,1,2,"hi","#000000","sw","Arial",11,"bold"],"##,
            r##"["image",5,0,0,"a.gif",10,20],["top",3],["delete",1],["clear"],["title","t"],["time",33],"##,
            r##"["limit","drawRate"],["listen",["Up","a"],true]]"##
        );
        let Some(Picture::Drawing(commands)) = drawing(all) else { panic!("is a drawing") };
        assert_eq!(commands.len(), COMMANDS.len());
        assert_eq!(serde_json::to_string(&commands).expect("serializes"), all);
    }

    #[test]
    fn a_sequence_with_an_unknown_command_or_a_wrong_argument_is_none() {
        for json in [
            "",
            "[]",
            "{}",
            r#"["clear"]"#,
            "[[]]",
            r#"[["explode"]]"#,
            r#"[["clear",1]]"#,
            r#"[["size",1]]"#,
            r#"[["size",-1,1]]"#,
            r#"[["top",0]]"#,
            r#"[["top",1.5]]"#,
            r##"[["line",1,[0,0],"#000000",1]]"##,
            r##"[["line",1,[0,0,1],"#000000",1]]"##,
            r##"[["line",1,[0,0,1,"2"],"#000000",1]]"##,
            r##"[["line",1,[0,0,1,1e99],"#000000",1]]"##,
            r#"[["line",1,[0,0,1,1],"red",1]]"#,
            r#"[["bg","url(https://example.com)"]]"#,
            r##"[["text",4,1,2,"hi","#000000","n","Arial",11,""]]"##,
            r#"[["clear"],["explode"]]"#,
        ] {
            assert_eq!(drawing(json), None, "{json}");
        }
    }

    #[test]
    fn an_image_has_a_name_and_the_type_of_its_bytes() {
        let check = |arguments: &str, content: &str, expected: Option<(&str, &str)>| {
            let image = match Picture::parse(&format!("File={arguments}:{content}")) {
                Some(Picture::Image(image)) => Some(image),
                Some(Picture::Drawing(_)) => panic!("is no drawing"),
                None => None,
            };
            let found = image.as_ref().map(|image| (image.name.as_str(), image.media_type.as_str()));
            assert_eq!(found, expected, "{arguments} {content}");
        };
        let encoded = |text: &str| STANDARD.encode(text);
        check(&format!("name={};inline=1", encoded("a.png")), PIXEL, Some(("a.png", "image/png")));
        check(&format!("inline=1;name={}", encoded("/etc/../b.png")), PIXEL, Some(("b.png", "image/png")));
        check("inline=1", PIXEL, Some(("picture", "image/png")));
        check(&format!("inline=1;name={}", encoded("a\nb")), PIXEL, Some(("picture", "image/png")));
        check("inline=1", &encoded("GIF89a"), Some(("picture", "image/gif")));
        check("inline=1", &encoded("<svg/>"), Some(("picture", "image/svg+xml")));
        check("inline=1", &encoded("<?xml version='1.0'?>\n<svg/>"), Some(("picture", "image/svg+xml")));
        check("inline=1", &encoded("<html/>"), None);
        check("inline=1", "!", None);
        check("inline=0", PIXEL, None);
        check("", PIXEL, None);
    }
}
