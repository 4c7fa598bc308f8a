//! Bytes as text in JSON: as they are where they are UTF-8, in base64 where they are not.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How bytes are written in a JSON string.
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
    /// The bytes that `text` stands for; `None` if it is not base64 although it should be.
    pub fn decode(self, text: String) -> Option<Vec<u8>> {
        match self {
            Self::Utf8 => Some(text.into_bytes()),
            Self::Base64 => STANDARD.decode(text).ok(),
        }
    }
}

/// The bytes as text, with the encoding named only where it is not plain UTF-8.
pub fn written(bytes: &[u8]) -> (String, Option<Encoding>) {
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
        assert_eq!(written("hé\0".as_bytes()), ("hé\0".into(), None));
        assert_eq!(written(b"\xff\xfe"), ("//4=".into(), Some(Encoding::Base64)));
    }

    #[test]
    fn what_is_written_reads_back() {
        assert_eq!(Encoding::Base64.decode("//4=".into()), Some(b"\xff\xfe".to_vec()));
        assert_eq!(Encoding::Utf8.decode("//4=".into()), Some(b"//4=".to_vec()));
        assert_eq!(Encoding::Base64.decode("not base64".into()), None);
    }
}
