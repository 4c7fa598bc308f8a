//! Content: the bytes of a file, an input or an output, stored as text where they are UTF-8.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// The bytes of a source file, an input or an output.
///
/// Stored as `{"utf8": "…"}` when they are valid UTF-8 and as `{"base64": "…"}` otherwise, so that a stored job stays
/// readable and nothing is lost.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Content(Vec<u8>);

impl Content {
    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Returns the bytes.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// The text, if the bytes are valid UTF-8.
    pub fn as_text(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }

    /// Number of bytes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl From<String> for Content {
    fn from(text: String) -> Self {
        Self(text.into_bytes())
    }
}

impl From<&str> for Content {
    fn from(text: &str) -> Self {
        Self(text.as_bytes().to_vec())
    }
}

/// The first `max` bytes, or up to three less so that no UTF-8 character is split. Other bytes than text are cut anywhere.
pub fn utf8_prefix(bytes: &[u8], max: usize) -> &[u8] {
    let cut = &bytes[..bytes.len().min(max)];
    match std::str::from_utf8(cut) {
        // Only the last character is split, and the rest is valid.
        Err(error) if error.error_len().is_none() && cut.len() < bytes.len() => &cut[..error.valid_up_to()],
        Err(_) | Ok(_) => cut,
    }
}

/// The last `max` bytes, or up to three less so that no UTF-8 character is split.
pub fn utf8_suffix(bytes: &[u8], max: usize) -> &[u8] {
    let cut = &bytes[bytes.len().saturating_sub(max)..];
    let is_continuation = |byte: &u8| byte & 0xc0 == 0x80;
    let is_cut = cut.len() < bytes.len();
    let skipped =
        if is_cut { cut.iter().take(3).take_while(|byte| is_continuation(byte)).count() } else { 0 };
    &cut[skipped..]
}

/// The stored form of [`Content`].
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum StoredContent {
    Utf8(String),
    Base64(String),
}

impl Serialize for Content {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.as_text() {
            Some(text) => StoredContent::Utf8(text.to_owned()),
            None => StoredContent::Base64(STANDARD.encode(&self.0)),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match StoredContent::deserialize(deserializer)? {
            StoredContent::Utf8(text) => Ok(text.into()),
            StoredContent::Base64(text) => STANDARD.decode(text).map(Self).map_err(D::Error::custom),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], stored: &str) {
        let content = Content::from(bytes.to_vec());
        assert_eq!(serde_json::to_string(&content).expect("serializes"), stored);
        assert_eq!(serde_json::from_str::<Content>(stored).expect("reads back"), content);
    }

    #[test]
    fn text_is_cut_between_characters_and_other_bytes_anywhere() {
        let (text, bytes) = ("a€b".as_bytes(), &b"\xff\xe2\x82\xac"[..]);
        for (most, first, last) in
            [(1, "a", "b"), (2, "a", "b"), (3, "a", "b"), (4, "a€", "€b"), (9, "a€b", "a€b")]
        {
            assert_eq!(
                (utf8_prefix(text, most), utf8_suffix(text, most)),
                (first.as_bytes(), last.as_bytes()),
                "{most}"
            );
        }
        assert_eq!(utf8_prefix(bytes, 2), b"\xff\xe2");
        assert_eq!(utf8_prefix(b"a\xe2", 2), b"a\xe2", "the whole is not cut");
    }

    #[test]
    fn text_is_stored_as_text_and_other_bytes_as_base64() {
        check(b"", r#"{"utf8":""}"#);
        check("héllo\n".as_bytes(), r#"{"utf8":"héllo\n"}"#);
        check(b"\xff\x00", r#"{"base64":"/wA="}"#);
    }
}
