//! The caller of a request, and what it may see.
//!
//! Recognising people is not done here: whoever stands in front (the gateway) puts a [`Principal`] and a [`Trust`] into the
//! request's extensions. Without one, the caller is anonymous, by network address.

use std::{convert::Infallible, net::SocketAddr};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::request::Parts,
};
use model::{PlanName, Principal, RequestId, Tenant, Trust};
use traffic::{Plans, caller_at};

/// Who sent a request.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    /// The principal.
    pub(crate) principal: Principal,
    /// How far it is trusted.
    pub(crate) trust: Trust,
    /// Under whose limits it comes, if somebody in front said so.
    pub(crate) plan: Option<PlanName>,
    /// The id of the request, if somebody in front gave it one.
    pub(crate) request_id: Option<RequestId>,
    /// The W3C trace context it came with.
    pub(crate) trace: Option<String>,
}

impl Caller {
    /// On whose account the caller's jobs queue.
    pub(crate) fn tenant(&self) -> Tenant {
        Tenant::new(self.principal.key())
    }

    /// Under whose limits they run.
    pub(crate) fn plan(&self) -> PlanName {
        let usual = || match self.principal {
            Principal::Anonymous(_) => Plans::ANONYMOUS,
            Principal::Account(_) | Principal::Key(_) => Plans::STANDARD,
        };
        self.plan.clone().unwrap_or_else(|| PlanName::new(usual()))
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let principal = parts.extensions.get::<Principal>().cloned();
        let trace = parts.headers.get("traceparent").and_then(|value| value.to_str().ok());
        Ok(Self {
            principal: principal.unwrap_or_else(|| Principal::Anonymous(address(parts))),
            trust: parts.extensions.get::<Trust>().copied().unwrap_or_default(),
            plan: parts.extensions.get::<PlanName>().cloned(),
            request_id: parts.extensions.get::<RequestId>().cloned(),
            trace: trace.filter(|trace| trace.len() <= 64).map(str::to_owned),
        })
    }
}

fn address(parts: &Parts) -> String {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    peer.map_or_else(|| "unknown".to_owned(), |ConnectInfo(peer)| caller_at(peer.ip()))
}

/// Whether the caller may see a job of this owner and stop it: anybody who holds the id of an anonymous one, the owner of any
/// other.
pub(crate) fn may_read(caller: &Principal, owner: &Principal) -> bool {
    match owner {
        Principal::Anonymous(_) => true,
        Principal::Account(_) | Principal::Key(_) => owner == caller,
    }
}
