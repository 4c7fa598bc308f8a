//! Settings of the gateway, with defaults.

use ipnet::IpNet;
use model::Bytes;

use crate::{AllowedHosts, Authorization, RequestLimits};

/// The settings of the gateway.
#[derive(Debug, Clone)]
pub struct GatewaySettings {
    /// Maximum size of a request body.
    pub max_body: Bytes,
    /// Maximum number of submissions in a batch. The service has a limit of its own; the smaller one applies.
    pub max_batch: usize,
    /// Origins of other sites whose pages may call this API, such as `https://school.example`; `*` for any.
    /// Default: none.
    pub cors_origins: Vec<String>,
    /// Networks of trusted proxies, whose `X-Forwarded-For` and `X-Real-IP` headers are used. Default: none.
    pub trusted_proxies: Vec<IpNet>,
    /// The hosts that the listener accepts. Default: any.
    pub hosts: AllowedHosts,
    /// Handling of credentials, because there are no accounts.
    pub authorization: Authorization,
    /// Rate limits; `None`: unlimited.
    pub limits: Option<RequestLimits>,
}

impl Default for GatewaySettings {
    fn default() -> Self {
        Self {
            max_body: Bytes::mib(4),
            max_batch: 100,
            cors_origins: Vec::new(),
            trusted_proxies: Vec::new(),
            hosts: AllowedHosts::any(),
            authorization: Authorization::default(),
            limits: None,
        }
    }
}
