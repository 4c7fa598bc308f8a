//! Text encoding: bytes in JSON strings, as UTF-8 if valid, otherwise in base64.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Encoding of bytes in a JSON string.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    /// As text.
    #[default]
    Utf8,
    /// In base64 (RFC 4648, with padding).
    Base64,
}

impl Encoding {
    /// Decodes `text`; `None` if it is not valid base64.
    pub fn decode(self, text: String) -> Option<Vec<u8>> {
        match self {
            Self::Utf8 => Some(text.into_bytes()),
            Self::Base64 => STANDARD.decode(text).ok(),
        }
    }
}

/// The bytes as text, with the encoding if it is not plain UTF-8.
pub fn encode_text(bytes: &[u8]) -> (String, Option<Encoding>) {
    match std::str::from_utf8(bytes) {
        Ok(text) => (text.to_owned(), None),
        Err(_) => (STANDARD.encode(bytes), Some(Encoding::Base64)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_text_and_other_bytes_become_base64() {
        assert_eq!(encode_text("hé\0".as_bytes()), ("hé\0".into(), None));
        assert_eq!(encode_text(b"\xff\xfe"), ("//4=".into(), Some(Encoding::Base64)));
    }

    #[test]
    fn encoded_text_is_decoded() {
        assert_eq!(Encoding::Base64.decode("//4=".into()), Some(b"\xff\xfe".to_vec()));
        assert_eq!(Encoding::Utf8.decode("//4=".into()), Some(b"//4=".to_vec()));
        assert_eq!(Encoding::Base64.decode("not base64".into()), None);
    }
}
