//! Caller of a request: principal, trust and plan from the request's extensions, and its access to jobs.
//!
//! Authentication is the gateway's: it puts a [`Principal`] and a [`Trust`] into the extensions. Without them the caller is
//! anonymous, identified by network address.

use std::{convert::Infallible, net::SocketAddr};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::request::Parts,
};
use model::{PlanName, Principal, RequestId, Tenant, Trust};
use traffic::{Plans, caller_key};

/// The sender of a request.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    /// The principal.
    pub(crate) principal: Principal,
    /// Its trust level.
    pub(crate) trust: Trust,
    /// Its plan, if the gateway set one.
    pub(crate) plan: Option<PlanName>,
    /// The request id, if the gateway set one.
    pub(crate) request_id: Option<RequestId>,
    /// The W3C trace context of the request.
    pub(crate) trace: Option<String>,
}

impl Caller {
    /// The tenant of the caller's jobs in the queue.
    pub(crate) fn tenant(&self) -> Tenant {
        Tenant::new(self.principal.key())
    }

    /// The plan of the caller's jobs.
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
    peer.map_or_else(|| "unknown".to_owned(), |ConnectInfo(peer)| caller_key(peer.ip()))
}

/// Whether the caller may read and cancel a job of this owner: for anonymous jobs everybody who has the id, for others the owner.
pub(crate) fn can_access(caller: &Principal, owner: &Principal) -> bool {
    match owner {
        Principal::Anonymous(_) => true,
        Principal::Account(_) | Principal::Key(_) => owner == caller,
    }
}
