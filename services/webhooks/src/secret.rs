//! Signing secret: parsing of `whsec_…` and HMAC-SHA256 signatures of the Standard Webhooks specification.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2_of_hmac::Sha256;

/// Prefix of every secret, so that secret scanners recognise it.
const PREFIX: &str = "whsec_";
/// Length of the key in bytes, as the specification requires.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// A secret shared with the receivers: `whsec_` and 24 to 64 random bytes in base64. `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

/// The text is not a secret of this form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be whsec_ and then 24 to 64 random bytes in base64: make one with \
     `printf 'whsec_%s\\n' \"$(head -c 32 /dev/urandom | base64)\"`"
)]
pub struct InvalidSecret;

impl Secret {
    /// Reads a secret.
    pub fn parse(text: &str) -> Result<Self, InvalidSecret> {
        let encoded = text.strip_prefix(PREFIX).ok_or(InvalidSecret)?;
        let bytes = STANDARD.decode(encoded).map_err(|_| InvalidSecret)?;
        if KEY_BYTES.contains(&bytes.len()) { Ok(Self(bytes)) } else { Err(InvalidSecret) }
    }

    /// The value of the header `webhook-signature` for a message with this id and body, sent at this Unix time in seconds.
    ///
    /// # Panics
    /// Never: a key may have any length.
    pub fn sign(&self, id: &str, seconds: i64, body: &[u8]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        mac.update(format!("{id}.{seconds}.").as_bytes());
        mac.update(body);
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the Standard Webhooks specification, which its libraries are tested with.
    const EXAMPLE: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    #[test]
    fn a_signature_is_that_of_the_specification() {
        let secret = Secret::parse(EXAMPLE).expect("a secret");
        let body = br#"{"test": 2432232314}"#;
        let signature = secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn id_moment_and_body_are_all_signed() {
        let secret = Secret::parse(EXAMPLE).expect("a secret");
        let signature = secret.sign("a", 1, b"x");
        for other in [secret.sign("b", 1, b"x"), secret.sign("a", 2, b"x"), secret.sign("a", 1, b"y")] {
            assert_ne!(signature, other);
        }
    }

    #[test]
    fn what_is_too_short_or_no_base64_is_no_secret_and_none_is_shown() {
        for text in ["", "whsec_", "whsec_MTIz", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_%%%%"] {
            assert_eq!(Secret::parse(text), Err(InvalidSecret), "{text}");
        }
        assert_eq!(format!("{:?}", Secret::parse(EXAMPLE).expect("a secret")), "Secret(hidden)");
    }
}
