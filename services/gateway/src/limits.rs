//! How much a caller may ask: counts each request of the API by its class, tells the caller how it stands, and refuses what is
//! too much.
//!
//! Every request counts that is let through, whatever becomes of it: one that turns out to be invalid, one that repeats an
//! earlier one by its idempotency key, one that finds the queue full. To find that out is work, and the limit is on the
//! work. One that is refused here is not counted, so that waiting as long as told is always enough.

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

use crate::{batch, body_limit, classes::class_of, fields};

/// How long the rest of a refused request is read before its client is told.
const PATIENCE: Duration = Duration::from_secs(1);

/// Who may ask how much. A handle: cheap to clone.
#[derive(Debug, Clone)]
pub struct RequestLimits {
    /// What counts.
    pub limiter: Arc<Limiter>,
    /// What is allowed.
    pub plans: Arc<Plans>,
    /// Networks whose addresses are not counted; whoever is known is, wherever it is.
    pub exempt: Arc<[IpNet]>,
}

/// Who asks, and under which plan.
struct Asking {
    key: String,
    plan: PlanName,
}

/// What a caller's requests of one class are counted by.
#[derive(Clone)]
pub(crate) struct Account {
    limiter: Arc<Limiter>,
    key: String,
    class: Class,
    quota: Quota,
}

impl Account {
    /// Counts one more, if there is room.
    pub(crate) async fn check(&self) -> Decision {
        self.limiter.check(&self.key, self.class, &self.quota, Timestamp::now()).await
    }
}

impl RequestLimits {
    /// None for whoever is exempt.
    fn asking(&self, request: &Request) -> Option<Asking> {
        let extensions = request.extensions();
        let principal = match extensions.get::<Principal>() {
            Some(known) => known.clone(),
            None => self.anonymous(extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip()))?,
        };
        let usual = match principal {
            Principal::Anonymous(_) => Plans::ANONYMOUS,
            Principal::Account(_) | Principal::Key(_) => Plans::STANDARD,
        };
        let plan = extensions.get::<PlanName>().cloned().unwrap_or_else(|| PlanName::new(usual));
        Some(Asking { key: principal.key(), plan })
    }

    fn anonymous(&self, address: Option<IpAddr>) -> Option<Principal> {
        let Some(address) = address.map(|address| address.to_canonical()) else {
            return Some(Principal::Anonymous("unknown".to_owned()));
        };
        let is_exempt = self.exempt.iter().any(|network| network.contains(&address));
        (!is_exempt).then(|| Principal::Anonymous(caller_key(address)))
    }
}

/// The middleware. Wants the client's address, not a proxy's, as `ConnectInfo`.
///
/// Of a batch each submission counts: those beyond the first are counted by [`batch::count`].
pub(crate) async fn limit(State(limits): State<RequestLimits>, mut request: Request, next: Next) -> Response {
    // What has no route is counted like the rest of the API.
    let class = class_of(request.method(), request.uri().path()).unwrap_or(Class::Api);
    let Some(Asking { key, plan }) = limits.asking(&request) else {
        count(class, "exempt");
        return next.run(request).await;
    };
    let Some(quota) = limits.plans.get(&plan).get(class).filter(|quota| !quota.is_unlimited()) else {
        return next.run(request).await;
    };
    let decision = limits.limiter.check(&key, class, quota, Timestamp::now()).await;
    if batch::is_one(&request) {
        let (limiter, quota) = (limits.limiter.clone(), quota.clone());
        request.extensions_mut().insert(Account { limiter, key, class, quota });
    }
    let mut response = match decision.admission {
        Admission::Admitted => {
            count(class, "admitted");
            next.run(request).await
        }
        Admission::Refused { retry_after } => {
            count(class, "refused");
            throw_away(request.into_body()).await;
            refused(class, quota, &decision, retry_after).into_response()
        }
    };
    let decision = response.extensions_mut().remove::<Decision>().unwrap_or(decision);
    fields::tell(response.headers_mut(), quota, &decision);
    response
}

/// A client that is still sending when it is refused often sees only a broken connection. What it sends is capped outside of
/// here.
async fn throw_away(body: Body) {
    // Late or not, the answer is the same.
    let _ = timeout(PATIENCE, body_limit::throw_away(body)).await;
}

/// Says which limit it was: of several the one that keeps the caller waiting longest.
fn refused(class: Class, quota: &Quota, decision: &Decision, retry_after: Duration) -> ProblemDetails {
    let rules = quota.rules().iter().zip(&decision.limits);
    let broken =
        rules.filter(|(_, standing)| standing.remaining == 0).max_by_key(|(_, standing)| standing.reset);
    let much = broken.map_or_else(|| "only so much".to_owned(), |(rule, _)| allowed(class, rule));
    let seconds = fields::whole_seconds(retry_after).max(1);
    let detail = format!("You may {much}; try again in {seconds} s.");
    let problem = ProblemDetails::new(ProblemType::LimitExceeded, detail).retry_after(seconds);
    match class {
        Class::Submission => ProblemDetails { title: "Too many runs".to_owned(), ..problem },
        Class::Read | Class::Api | Class::Page => problem,
    }
}

/// `run 10 programs a minute`
fn allowed(class: Class, rule: &Rule) -> String {
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

fn count(class: Class, outcome: &'static str) {
    metrics::counter!("coderunner_limited_requests_total", "class" => class.as_str(), "outcome" => outcome)
        .increment(1);
}

/// Tells what the metrics mean to whoever collects them.
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
    fn a_limit_is_told_in_words() {
        for (class, rule, words) in [
            (Class::Submission, "10/min", "run 10 programs a minute"),
            (Class::Submission, "1/h", "run 1 program an hour"),
            (Class::Submission, "burst 10 at 2/s", "run 10 programs at once, and then 2/s"),
            (Class::Read, "600/min", "make 600 requests for results a minute"),
            (Class::Api, "60/15s", "make 60 requests in 15s"),
        ] {
            assert_eq!(allowed(class, &rule.parse().expect("a rule")), words);
        }
    }
}
