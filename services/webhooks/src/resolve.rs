//! Names to addresses, those that may be called.
//!
//! A name is resolved once for a connection, and the connection is made to one of the very addresses that were looked at: a name that
//! is public at one moment and private at the next gains nothing by that.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use async_trait::async_trait;
use model::AddressRule;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Who knows the addresses of names.
#[async_trait]
pub trait Lookup: Send + Sync {
    /// The addresses of a host.
    async fn addresses(&self, host: &str) -> io::Result<Vec<IpAddr>>;
}

/// The system's resolver.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemLookup;

#[async_trait]
impl Lookup for SystemLookup {
    async fn addresses(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        Ok(tokio::net::lookup_host((host, 0)).await?.map(|address| address.ip()).collect())
    }
}

/// The addresses of a name may not be called.
#[derive(Debug, thiserror::Error)]
#[error("its name leads to no public address")]
pub(crate) struct NotPublic;

/// A resolver for an HTTP client, which gives away no address that may not be called.
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
            // The client puts the port of the address that is called in.
            let found: Addrs = Box::new(found.into_iter().map(|address| SocketAddr::new(address, 0)));
            Ok(found)
        })
    }
}
