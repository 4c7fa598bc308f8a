//! Rate limit of requests: counts each API request by class, adds rate-limit headers, and rejects requests
//! above the limit.
//!
//! Every admitted request counts, whatever its result: an invalid one, a repetition with an idempotency key,
//! one that finds the queue full. Finding this out is work, and the limit is on the work. A rejected request
//! does not count, so that waiting for `Retry-After` is always enough.

use std::{sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, Method, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use ipnet::IpNet;
use model::Timestamp;
use tokio::time::timeout;
use traffic::{Admission, Class, Limiter, Plans, Rule};
use wire::{ProblemDetails, ProblemType};

use crate::{
    account::{Account, AccountDecision, Charge},
    batch, body_limit,
    caller::Caller,
    device_cookie::{Device, DeviceKey},
    rate_limit_headers,
    request_class::class_of,
};

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
    /// The key of device cookies; `None`: browsers are counted by address, like other clients.
    pub device_key: Option<DeviceKey>,
}

impl RequestLimits {
    /// The device that a request's cookie identifies.
    fn device(&self, request: &HeaderMap) -> Option<Device> {
        let key = self.device_key.as_ref()?;
        Device::of_request(request, key, Timestamp::now())
    }

    /// The account of a caller's requests of this class; `None` if nothing limits them.
    fn account(&self, caller: &Caller, class: Class) -> Option<Account> {
        let charges = caller.plans().into_iter().filter_map(|(key, plan)| {
            let quota = self.plans.get(&plan).get(class).filter(|quota| !quota.is_unlimited())?;
            Some(Charge { caller: key, quota: quota.clone() })
        });
        let charges: Vec<Charge> = charges.collect();
        (!charges.is_empty()).then(|| Account { limiter: self.limiter.clone(), class, charges })
    }

    /// Identifies the browser of an opened page for its next requests: a new device, if its address may have one more,
    /// or the device of an old cookie.
    async fn set_device_cookie(&self, caller: &Caller, request: &HeaderMap, response: &mut Response) {
        let (Some(key), Some(address)) = (&self.device_key, caller.anonymous_address()) else { return };
        let now = Timestamp::now();
        let device = match caller.device() {
            Some(known) => known.renewed(now),
            None => self.new_device(address, now).await,
        };
        if let Some(device) = device {
            response.headers_mut().append(header::SET_COOKIE, device.set_cookie(key, request));
        }
    }

    async fn new_device(&self, address: &str, now: Timestamp) -> Option<Device> {
        let network = Caller::Network(address.to_owned());
        if let Some(account) = self.account(&network, Class::Device)
            && let Some(AccountDecision { decision, .. }) = account.check().await
            && matches!(decision.admission, Admission::Refused { .. })
        {
            count_request(Class::Device, "refused");
            return None;
        }
        count_request(Class::Device, "admitted");
        // Without randomness the browser is counted by its address.
        Device::generate(now)
            .inspect_err(|error| tracing::error!(%error, "no device cookie can be made"))
            .ok()
    }
}

/// Middleware. Needs the client's address, not a proxy's, as `ConnectInfo`.
///
/// Each submission of a batch counts; those after the first are counted by [`batch::count_submissions`].
pub(crate) async fn limit(State(limits): State<RequestLimits>, mut request: Request, next: Next) -> Response {
    // Requests without a route are counted like the rest of the API.
    let class = class_of(request.method(), request.uri().path()).unwrap_or(Class::Api);
    let device = limits.device(request.headers());
    let Some(caller) = Caller::of_request(&request, &limits.exempt, device) else {
        count_request(class, "exempt");
        return next.run(request).await;
    };
    if class == Class::Page && request.method() == Method::GET {
        let headers = request.headers().clone();
        let mut response = next.run(request).await;
        if is_page(&response) {
            limits.set_device_cookie(&caller, &headers, &mut response).await;
        }
        return response;
    }
    let Some(account) = limits.account(&caller, class) else {
        return next.run(request).await;
    };
    let Some(decision) = account.check().await else {
        return next.run(request).await;
    };
    let mut response = match decision.decision.admission {
        Admission::Admitted => {
            count_request(class, "admitted");
            if batch::is_batch(&request) {
                request.extensions_mut().insert(account);
            }
            next.run(request).await
        }
        Admission::Refused { retry_after } => {
            count_request(class, "refused");
            drain(request.into_body()).await;
            limit_exceeded(class, &decision, retry_after).into_response()
        }
    };
    let AccountDecision { quota, decision } =
        response.extensions_mut().remove::<AccountDecision>().unwrap_or(decision);
    rate_limit_headers::insert(response.headers_mut(), &quota, &decision);
    response
}

/// Whether a browser shows it, and may send further requests from it.
fn is_page(response: &Response) -> bool {
    let media_type = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    media_type.is_some_and(|media_type| media_type.starts_with("text/html"))
}

/// A client that is still sending when it is rejected often sees only a broken connection. An outer layer
/// limits the size.
async fn drain(body: Body) {
    // The response is the same after a timeout.
    let _ = timeout(DRAIN_TIMEOUT, body_limit::drain(body)).await;
}

/// Error with the exceeded rule; of several, the one with the longest wait.
fn limit_exceeded(class: Class, refusal: &AccountDecision, retry_after: Duration) -> ProblemDetails {
    let AccountDecision { quota, decision } = refusal;
    let rules = quota.rules().iter().zip(&decision.limits);
    let exceeded = rules.filter(|(_, status)| status.remaining == 0).max_by_key(|(_, status)| status.reset);
    let allowance =
        exceeded.map_or_else(|| "only so much".to_owned(), |(rule, _)| describe_rule(class, rule));
    let seconds = rate_limit_headers::whole_seconds(retry_after).max(1);
    let detail = format!("You may {allowance}; try again in {seconds} s.");
    let problem = ProblemDetails::new(ProblemType::LimitExceeded, detail).retry_after(seconds);
    match class {
        Class::Submission => ProblemDetails { title: "Too many runs".to_owned(), ..problem },
        Class::Read
        | Class::Input
        | Class::Draft
        | Class::Share
        | Class::Device
        | Class::Api
        | Class::Page => problem,
    }
}

/// Describes a rule: `run 10 programs a minute`.
fn describe_rule(class: Class, rule: &Rule) -> String {
    let (verb, thing) = match class {
        Class::Submission => ("run", "program"),
        Class::Read => ("make", "request for results"),
        Class::Input => ("send", "line of input"),
        Class::Draft => ("save or read", "draft"),
        Class::Share => ("share", "program"),
        Class::Api | Class::Device | Class::Page => ("make", "request"),
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
            (Class::Input, "600/min", "send 600 lines of input a minute"),
            (Class::Share, "20/h", "share 20 programs an hour"),
            (Class::Draft, "60/min", "save or read 60 drafts a minute"),
            (Class::Read, "600/min", "make 600 requests for results a minute"),
            (Class::Api, "60/15s", "make 60 requests in 15s"),
        ] {
            assert_eq!(describe_rule(class, &rule.parse().expect("a rule")), words);
        }
    }
}
