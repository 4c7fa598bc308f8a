//! What the gateway lets in. Defaults here, values from the installation's configuration.

use model::Bytes;

/// The settings of the gateway.
#[derive(Debug, Clone)]
pub struct GatewaySettings {
    /// How large the body of any request may be.
    pub body: Bytes,
    /// Origins of other sites whose pages may call this API, such as `https://school.example`; `*` for any. None by
    /// default.
    pub cors_origins: Vec<String>,
}

impl Default for GatewaySettings {
    fn default() -> Self {
        Self { body: Bytes::mib(4), cors_origins: Vec::new() }
    }
}
