//! Host resolver for the HTTP client: resolves a name and drops the addresses that may not be called.
//!
//! A name is resolved once for each connection, and the client connects to one of the checked addresses. This prevents DNS
//! rebinding: a second, different DNS answer is never used.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use async_trait::async_trait;
use model::AddressRule;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Resolves host names.
#[async_trait]
pub trait Lookup: Send + Sync {
    /// All addresses of a host.
    async fn addresses(&self, host: &str) -> io::Result<Vec<IpAddr>>;
}

/// The resolver of the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemLookup;

#[async_trait]
impl Lookup for SystemLookup {
    async fn addresses(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        Ok(tokio::net::lookup_host((host, 0)).await?.map(|address| address.ip()).collect())
    }
}

/// None of the addresses of a name may be called.
#[derive(Debug, thiserror::Error)]
#[error("its name leads to no public address")]
pub(crate) struct NotPublic;

/// A resolver that returns permitted addresses only.
pub(crate) struct PublicOnly {
    lookup: Arc<dyn Lookup>,
    addresses: AddressRule,
}

impl PublicOnly {
    pub(crate) fn new(lookup: Arc<dyn Lookup>, addresses: AddressRule) -> Self {
        Self { lookup, addresses }
    }
}

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        let (lookup, rule) = (self.lookup.clone(), self.addresses.clone());
        Box::pin(async move {
            let mut found = lookup.addresses(name.as_str()).await?;
            found.retain(|address| rule.permits(*address));
            if found.is_empty() {
                return Err(NotPublic.into());
            }
            // The client replaces the port with that of the URL.
            let found: Addrs = Box::new(found.into_iter().map(|address| SocketAddr::new(address, 0)));
            Ok(found)
        })
    }
}
