//! What the gateway lets in. Defaults here, values from the installation's configuration.

use ipnet::IpNet;
use model::Bytes;

use crate::{Authorization, Hosts, RequestLimits};

/// The settings of the gateway.
#[derive(Debug, Clone)]
pub struct GatewaySettings {
    /// How large the body of any request may be.
    pub body: Bytes,
    /// How many submissions a batch may have. The service that takes batches has a limit of its own: the smaller one holds.
    pub max_batch: usize,
    /// Origins of other sites whose pages may call this API, such as `https://school.example`; `*` for any. None by
    /// default.
    pub cors_origins: Vec<String>,
    /// The networks of proxies in front, whose word on a client's address is taken: `X-Forwarded-For`, `X-Real-IP`. None by
    /// default.
    pub trusted_proxies: Vec<IpNet>,
    /// The names that the listener answers to. Any by default.
    pub hosts: Hosts,
    /// What becomes of requests with credentials, while nobody has an account.
    pub authorization: Authorization,
    /// How much callers may ask. Without, as much as they like.
    pub limits: Option<RequestLimits>,
}

impl Default for GatewaySettings {
    fn default() -> Self {
        Self {
            body: Bytes::mib(4),
            max_batch: 100,
            cors_origins: Vec::new(),
            trusted_proxies: Vec::new(),
            hosts: Hosts::any(),
            authorization: Authorization::default(),
            limits: None,
        }
    }
}
