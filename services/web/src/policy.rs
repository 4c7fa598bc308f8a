//! Content Security Policy of a page: own files only, and inline code and style only with the nonce of the response.

use axum::http::HeaderValue;
use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::origin::Origin;

/// A number that is used once: 128 random bits in base64.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Nonce(String);

impl Nonce {
    /// # Errors
    /// The kernel has no randomness, which happens only before a machine has completely started.
    pub(crate) fn generate() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes)?;
        Ok(Self(STANDARD.encode(bytes)))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// The policy of a page with this nonce.
///
/// `'self'` includes web sockets only in newer browsers (Safari from 15.4), so their schemes are named, too.
pub(crate) fn policy(nonce: &Nonce, origin: Option<&Origin>) -> HeaderValue {
    let sockets = origin.map(|origin| format!(" ws://{0} wss://{0}", origin.host())).unwrap_or_default();
    let nonce = nonce.as_str();
    let policy = format!(
        "default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; \
         img-src 'self' blob: data:; connect-src 'self'{sockets}; object-src 'none'; base-uri 'none'; \
         form-action 'self'; frame-ancestors 'none'"
    );
    HeaderValue::try_from(policy).expect("a nonce and a plain host are visible ASCII")
}
