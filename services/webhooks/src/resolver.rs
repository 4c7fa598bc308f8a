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
pub trait HostResolver: Send + Sync {
    /// All addresses of a host.
    async fn addresses(&self, host: &str) -> io::Result<Vec<IpAddr>>;
}

/// The resolver of the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemResolver;

#[async_trait]
impl HostResolver for SystemResolver {
    async fn addresses(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        Ok(tokio::net::lookup_host((host, 0)).await?.map(|address| address.ip()).collect())
    }
}

/// None of the addresses of a name may be called.
#[derive(Debug, thiserror::Error)]
#[error("its name leads to no public address")]
pub(crate) struct AddressNotAllowed;

/// A resolver that returns permitted addresses only.
pub(crate) struct FilteringResolver {
    resolver: Arc<dyn HostResolver>,
    addresses: AddressRule,
}

impl FilteringResolver {
    pub(crate) fn new(resolver: Arc<dyn HostResolver>, addresses: AddressRule) -> Self {
        Self { resolver, addresses }
    }
}

impl Resolve for FilteringResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (resolver, rule) = (self.resolver.clone(), self.addresses.clone());
        Box::pin(async move {
            let mut addresses = resolver.addresses(name.as_str()).await?;
            addresses.retain(|address| rule.permits(*address));
            if addresses.is_empty() {
                return Err(AddressNotAllowed.into());
            }
            // The client replaces the port with that of the URL.
            let addresses: Addrs = Box::new(addresses.into_iter().map(|address| SocketAddr::new(address, 0)));
            Ok(addresses)
        })
    }
}
