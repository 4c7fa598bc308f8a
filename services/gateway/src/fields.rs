//! The header fields that tell callers how they stand: `RateLimit-Policy` and `RateLimit`, as in
//! draft-ietf-httpapi-ratelimit-headers-11, lists of structured fields (RFC 9651).
//!
//! Each rule is an item by its name. Of a policy, `q` is how many, `w` the window, or the time in which a bucket fills. Of the
//! standing, `r` is what remains, and `t` the time in which no more than that will be admitted: where nothing remains, it
//! ends when `Retry-After` does.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use traffic::{Decision, Quota};

/// What holds.
pub(crate) const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
/// How the caller stands.
pub(crate) const STANDING: HeaderName = HeaderName::from_static("ratelimit");

/// Adds both fields.
pub(crate) fn tell(headers: &mut HeaderMap, quota: &Quota, decision: &Decision) {
    let rules = quota.rules();
    let policies = rules.iter().map(|rule| item(&rule.name(), ('q', rule.limit()), ('w', rule.span())));
    let standings = rules.iter().zip(&decision.limits);
    let standings = standings
        .map(|(rule, standing)| item(&rule.name(), ('r', standing.remaining), ('t', standing.reset)));
    for (name, items) in [(POLICY, policies.collect::<Vec<_>>()), (STANDING, standings.collect())] {
        // Names of rules and numbers are visible ASCII, so there is always a value.
        if let Ok(value) = HeaderValue::from_str(&items.join(", ")) {
            headers.insert(name, value);
        }
    }
}

fn item(name: &str, count: (char, u32), time: (char, Duration)) -> String {
    format!("\"{name}\";{}={};{}={}", count.0, count.1, time.0, whole_seconds(time.1))
}

/// Rounded up: who comes back earlier than needed comes in vain.
pub(crate) fn whole_seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use sfv::{BareItem, Item, ListEntry, Parser};
    use traffic::LocalLimiter;

    use super::*;

    /// The items of a list, read as any client would: `burst q=10 w=4`.
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
    fn the_fields_are_structured_and_say_what_holds_and_what_is_left() {
        let quota: Quota = "burst 10 at 3/s, 30/min, 7/15s".parse().expect("a quota");
        let limiter = LocalLimiter::new(10);
        let now = model::Timestamp::from_millis(1_795_000_000_000);
        let mut headers = HeaderMap::new();
        tell(&mut headers, &quota, &limiter.check("it", &quota, now));
        assert_eq!(items(&headers, &POLICY), ["burst q=10 w=4", "minute q=30 w=60", "15s q=7 w=15"]);
        assert_eq!(items(&headers, &STANDING), ["burst r=9 t=1", "minute r=29 t=62", "15s r=6 t=16"]);
    }

    #[test]
    fn seconds_are_rounded_up() {
        for (ms, seconds) in [(0, 0), (1, 1), (999, 1), (1000, 1), (1001, 2)] {
            assert_eq!(whole_seconds(Duration::from_millis(ms)), seconds);
        }
    }
}
