//! Caller of a request, for rate limits: an authenticated one, a device behind an address, or an address.

use std::net::{IpAddr, SocketAddr};

use axum::{
    extract::{ConnectInfo, Request},
    http::Extensions,
};
use ipnet::IpNet;
use model::{PlanName, Principal};
use traffic::{Plans, caller_key};

use crate::device_cookie::Device;

/// The caller that a request is counted for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Caller {
    /// An account or a key, with its plan.
    Known { key: String, plan: PlanName },
    /// A browser with a device cookie, behind an address.
    Device { device: Device, address: String },
    /// A client without a cookie.
    Address(String),
    /// All browsers behind an address together.
    Network(String),
}

impl Caller {
    /// `None` for exempt callers.
    pub(crate) fn of_request(request: &Request, exempt: &[IpNet], device: Option<Device>) -> Option<Self> {
        let extensions = request.extensions();
        let plan = extensions.get::<PlanName>().cloned();
        match extensions.get::<Principal>() {
            Some(principal @ (Principal::Account(_) | Principal::Key(_))) => {
                let plan = plan.unwrap_or_else(|| PlanName::new(Plans::STANDARD));
                Some(Self::Known { key: principal.key(), plan })
            }
            Some(Principal::Anonymous(address)) => Some(Self::anonymous(address.clone(), device)),
            None => Some(Self::anonymous(address(extensions, exempt)?, device)),
        }
    }

    fn anonymous(address: String, device: Option<Device>) -> Self {
        match device {
            Some(device) => Self::Device { device, address },
            None => Self::Address(address),
        }
    }

    /// Its names in the limiter with their plans, in the order in which they are checked.
    pub(crate) fn plans(&self) -> Vec<(String, PlanName)> {
        let network = |address: &str| (format!("network:{address}"), PlanName::new(Plans::NETWORK));
        match self {
            Self::Known { key, plan } => vec![(key.clone(), plan.clone())],
            Self::Device { device, address } => {
                vec![(device.caller_key(), PlanName::new(Plans::DEVICE)), network(address)]
            }
            Self::Address(address) => {
                let key = Principal::Anonymous(address.clone()).key();
                vec![(key, PlanName::new(Plans::ANONYMOUS))]
            }
            Self::Network(address) => vec![network(address)],
        }
    }

    pub(crate) const fn device(&self) -> Option<&Device> {
        match self {
            Self::Device { device, .. } => Some(device),
            Self::Known { .. } | Self::Address(_) | Self::Network(_) => None,
        }
    }

    /// The address of an anonymous caller.
    pub(crate) fn anonymous_address(&self) -> Option<&str> {
        match self {
            Self::Device { address, .. } | Self::Address(address) | Self::Network(address) => Some(address),
            Self::Known { .. } => None,
        }
    }
}

/// The name of the address that a request comes from; `None` if it is exempt.
fn address(extensions: &Extensions, exempt: &[IpNet]) -> Option<String> {
    let Some(ConnectInfo(peer)) = extensions.get::<ConnectInfo<SocketAddr>>() else {
        return Some("unknown".to_owned());
    };
    let address: IpAddr = peer.ip().to_canonical();
    let is_exempt = exempt.iter().any(|network| network.contains(&address));
    (!is_exempt).then(|| caller_key(address))
}
