//! Rate-limit headers: `RateLimit-Policy` and `RateLimit` as in draft-ietf-httpapi-ratelimit-headers-11, lists
//! of structured fields (RFC 9651).
//!
//! Each rule is an item with its name. In a policy, `q` is the quota and `w` the window, or the time to fill a
//! bucket. In the status, `r` is the remaining number and `t` the time until it grows; if nothing remains, it
//! ends with `Retry-After`.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use traffic::{Decision, Quota};

/// The limits.
pub(crate) const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
/// The caller's status.
pub(crate) const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// Inserts both headers.
pub(crate) fn insert(headers: &mut HeaderMap, quota: &Quota, decision: &Decision) {
    let rules = quota.rules();
    let policies = rules.iter().map(|rule| item(&rule.name(), ('q', rule.limit()), ('w', rule.span())));
    let statuses = rules.iter().zip(&decision.limits);
    let statuses =
        statuses.map(|(rule, status)| item(&rule.name(), ('r', status.remaining), ('t', status.reset)));
    for (name, items) in [(POLICY, policies.collect::<Vec<_>>()), (RATE_LIMIT, statuses.collect())] {
        // Names of rules and numbers are visible ASCII, so the value is always valid.
        if let Ok(value) = HeaderValue::from_str(&items.join(", ")) {
            headers.insert(name, value);
        }
    }
}

fn item(name: &str, count: (char, u32), time: (char, Duration)) -> String {
    format!("\"{name}\";{}={};{}={}", count.0, count.1, time.0, whole_seconds(time.1))
}

/// Rounded up: a retry before the time would fail.
pub(crate) fn whole_seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use sfv::{BareItem, Item, ListEntry, Parser};
    use traffic::LocalLimiter;

    use super::*;

    /// The items of a list as a client reads them: `burst q=10 w=4`.
    fn items(headers: &HeaderMap, name: &HeaderName) -> Vec<String> {
        let list: sfv::List = Parser::new(headers[name].as_bytes()).parse().expect("a structured field");
        let read = |entry: &ListEntry| {
            let ListEntry::Item(Item { bare_item: BareItem::String(name), params }) = entry else {
                panic!("{entry:?} is not a string with parameters")
            };
            let number = |value: &BareItem| i64::from(value.as_integer().expect("an integer"));
            let params: Vec<_> =
                params.iter().map(|(key, value)| format!(" {key}={}", number(value))).collect();
            format!("{}{}", name.as_str(), params.concat())
        };
        list.iter().map(read).collect()
    }

    #[test]
    fn the_headers_are_structured_fields_with_policy_and_status() {
        let quota: Quota = "burst 10 at 3/s, 30/min, 7/15s".parse().expect("a quota");
        let limiter = LocalLimiter::new(10);
        let now = model::Timestamp::from_millis(1_795_000_000_000);
        let mut headers = HeaderMap::new();
        insert(&mut headers, &quota, &limiter.check("it", &quota, now));
        assert_eq!(items(&headers, &POLICY), ["burst q=10 w=4", "minute q=30 w=60", "15s q=7 w=15"]);
        assert_eq!(items(&headers, &RATE_LIMIT), ["burst r=9 t=1", "minute r=29 t=62", "15s r=6 t=16"]);
    }

    #[test]
    fn seconds_are_rounded_up() {
        for (ms, seconds) in [(0, 0), (1, 1), (999, 1), (1000, 1), (1001, 2)] {
            assert_eq!(whole_seconds(Duration::from_millis(ms)), seconds);
        }
    }
}
