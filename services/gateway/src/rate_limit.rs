//! Rate limit of requests: counts each API request by class, adds rate-limit headers, and rejects requests
//! above the limit.
//!
//! Every admitted request counts, whatever its result: an invalid one, a repetition with an idempotency key,
//! one that finds the queue full. Finding this out is work, and the limit is on the work. A rejected request
//! does not count, so that waiting for `Retry-After` is always enough.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::{
    body::Body,
    extract::{ConnectInfo, Request, State},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use ipnet::IpNet;
use model::{PlanName, Principal, Timestamp};
use tokio::time::timeout;
use traffic::{Admission, Class, Decision, Limiter, Plans, Quota, Rule, caller_key};
use wire::{ProblemDetails, ProblemType};

use crate::{account::Account, batch, body_limit, rate_limit_headers, request_class::class_of};

/// Timeout for reading the rest of a rejected request.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(1);

/// The rate limits of all callers. A handle: cheap to clone.
#[derive(Debug, Clone)]
pub struct RequestLimits {
    /// The limiter.
    pub limiter: Arc<Limiter>,
    /// The plans.
    pub plans: Arc<Plans>,
    /// Networks whose addresses are exempt; authenticated callers are counted everywhere.
    pub exempt: Arc<[IpNet]>,
}

/// A caller with its plan.
struct CallerPlan {
    key: String,
    plan: PlanName,
}

impl RequestLimits {
    /// `None` for exempt callers.
    fn caller_plan(&self, request: &Request) -> Option<CallerPlan> {
        let extensions = request.extensions();
        let principal = match extensions.get::<Principal>() {
            Some(known) => known.clone(),
            None => self.anonymous(extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip()))?,
        };
        let default_plan = match principal {
            Principal::Anonymous(_) => Plans::ANONYMOUS,
            Principal::Account(_) | Principal::Key(_) => Plans::STANDARD,
        };
        let plan = extensions.get::<PlanName>().cloned().unwrap_or_else(|| PlanName::new(default_plan));
        Some(CallerPlan { key: principal.key(), plan })
    }

    fn anonymous(&self, address: Option<IpAddr>) -> Option<Principal> {
        let Some(address) = address.map(|address| address.to_canonical()) else {
            return Some(Principal::Anonymous("unknown".to_owned()));
        };
        let is_exempt = self.exempt.iter().any(|network| network.contains(&address));
        (!is_exempt).then(|| Principal::Anonymous(caller_key(address)))
    }
}

/// Middleware. Needs the client's address, not a proxy's, as `ConnectInfo`.
///
/// Each submission of a batch counts; those after the first are counted by [`batch::count_submissions`].
pub(crate) async fn limit(State(limits): State<RequestLimits>, mut request: Request, next: Next) -> Response {
    // Requests without a route are counted like the rest of the API.
    let class = class_of(request.method(), request.uri().path()).unwrap_or(Class::Api);
    let Some(CallerPlan { key, plan }) = limits.caller_plan(&request) else {
        count_request(class, "exempt");
        return next.run(request).await;
    };
    let Some(quota) = limits.plans.get(&plan).get(class).filter(|quota| !quota.is_unlimited()) else {
        return next.run(request).await;
    };
    let decision = limits.limiter.check(&key, class, quota, Timestamp::now()).await;
    if batch::is_batch(&request) {
        let (limiter, quota) = (limits.limiter.clone(), quota.clone());
        request.extensions_mut().insert(Account { limiter, key, class, quota });
    }
    let mut response = match decision.admission {
        Admission::Admitted => {
            count_request(class, "admitted");
            next.run(request).await
        }
        Admission::Refused { retry_after } => {
            count_request(class, "refused");
            drain(request.into_body()).await;
            limit_exceeded(class, quota, &decision, retry_after).into_response()
        }
    };
    let decision = response.extensions_mut().remove::<Decision>().unwrap_or(decision);
    rate_limit_headers::insert(response.headers_mut(), quota, &decision);
    response
}

/// A client that is still sending when it is rejected often sees only a broken connection. An outer layer
/// limits the size.
async fn drain(body: Body) {
    // The response is the same after a timeout.
    let _ = timeout(DRAIN_TIMEOUT, body_limit::drain(body)).await;
}

/// Error with the exceeded rule; of several, the one with the longest wait.
fn limit_exceeded(class: Class, quota: &Quota, decision: &Decision, retry_after: Duration) -> ProblemDetails {
    let rules = quota.rules().iter().zip(&decision.limits);
    let exceeded = rules.filter(|(_, status)| status.remaining == 0).max_by_key(|(_, status)| status.reset);
    let allowance =
        exceeded.map_or_else(|| "only so much".to_owned(), |(rule, _)| describe_rule(class, rule));
    let seconds = rate_limit_headers::whole_seconds(retry_after).max(1);
    let detail = format!("You may {allowance}; try again in {seconds} s.");
    let problem = ProblemDetails::new(ProblemType::LimitExceeded, detail).retry_after(seconds);
    match class {
        Class::Submission => ProblemDetails { title: "Too many runs".to_owned(), ..problem },
        Class::Read | Class::Api | Class::Page => problem,
    }
}

/// Describes a rule: `run 10 programs a minute`.
fn describe_rule(class: Class, rule: &Rule) -> String {
    let (verb, thing) = match class {
        Class::Submission => ("run", "program"),
        Class::Read => ("make", "request for results"),
        Class::Api | Class::Page => ("make", "request"),
    };
    let (first, rest) = thing.split_once(' ').map_or((thing, String::new()), |(a, b)| (a, format!(" {b}")));
    let things = |count: u32| format!("{count} {first}{}{rest}", if count == 1 { "" } else { "s" });
    match rule {
        Rule::Window { limit, .. } => {
            let per = match rule.name().as_str() {
                "hour" => "an hour".to_owned(),
                unit @ ("second" | "minute" | "day") => format!("a {unit}"),
                length => format!("in {length}"),
            };
            format!("{verb} {} {per}", things(*limit))
        }
        Rule::Burst { capacity, refill, per } => {
            let flow = Rule::Window { limit: *refill, length: *per }.to_string();
            format!("{verb} {} at once, and then {flow}", things(*capacity))
        }
    }
}

fn count_request(class: Class, outcome: &'static str) {
    metrics::counter!("coderunner_limited_requests_total", "class" => class.as_str(), "outcome" => outcome)
        .increment(1);
}

/// Registers the metrics with their descriptions.
pub(crate) fn describe() {
    metrics::describe_counter!(
        "coderunner_limited_requests_total",
        "Requests that limits were looked up for, by class and by what was decided."
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_described_in_words() {
        for (class, rule, words) in [
            (Class::Submission, "10/min", "run 10 programs a minute"),
            (Class::Submission, "1/h", "run 1 program an hour"),
            (Class::Submission, "burst 10 at 2/s", "run 10 programs at once, and then 2/s"),
            (Class::Read, "600/min", "make 600 requests for results a minute"),
            (Class::Api, "60/15s", "make 60 requests in 15s"),
        ] {
            assert_eq!(describe_rule(class, &rule.parse().expect("a rule")), words);
        }
    }
}
