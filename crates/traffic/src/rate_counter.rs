//! Rate counter: counts of one caller and the decision about its next request. Pure, with the time as an
//! argument.
//!
//! A window is divided into [`WINDOW_PARTS`] parts, aligned to the clock, with a count for each part. The
//! current part and as many parts before it as a window has are added up. They cover at least the length of the
//! window, so no interval of that length ever sees more requests than the rule allows, wherever it begins. The
//! price: a request is counted up to a thirtieth of the length too long. Fixed windows would admit twice as
//! many around their boundaries, and a log of requests would grow with the limit.
//!
//! Invariants: a request that one rule rejects is counted by none. A clock step back removes nothing from the
//! counts, and makes no caller wait longer than the rule's own time: requests from the future are treated as
//! requests of this moment.
//!
//! `rate_counter.lua` is the same in Redis; `tests/limiters.rs` compares the two.

use std::time::Duration;

use model::Timestamp;

use crate::{Quota, Rule};

/// Number of parts of a window.
pub(crate) const WINDOW_PARTS: i64 = 30;

/// Status of a caller with one rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitStatus {
    /// Number of requests that would be admitted now.
    pub remaining: u32,
    /// Time until `remaining` grows; the rule's whole time for an idle caller.
    pub reset: Duration,
}

/// Decision about a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Whether it is admitted.
    pub admission: Admission,
    /// Status with each rule of the quota, in order, after this request.
    pub limits: Vec<LimitStatus>,
}

/// Whether a request is admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// Admitted and counted.
    Admitted,
    /// Rejected and not counted.
    Refused {
        /// Time until it would be admitted, without other requests.
        retry_after: Duration,
    },
}

impl Decision {
    /// The decision for the status of each rule before the request.
    pub(crate) fn of(before: &[LimitStatus]) -> Admission {
        let empty = before.iter().filter(|status| status.remaining == 0);
        match empty.map(|status| status.reset).max() {
            Some(retry_after) => Admission::Refused { retry_after },
            None => Admission::Admitted,
        }
    }
}

/// Counts of one caller by rule.
#[derive(Debug, Clone, Default)]
pub(crate) struct RateCounter(Vec<(RuleKey, RuleState)>);

/// Key of a rule's state; it stays when the limit of the rule is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RuleKey {
    Window(Duration),
    Burst,
}

#[derive(Debug, Clone)]
enum RuleState {
    /// Parts with requests in ascending order: number of the part, and count.
    Window(Vec<(i64, u32)>),
    /// Time at which the bucket is full again, in microseconds ("theoretical arrival time").
    Burst(i64),
}

impl RateCounter {
    /// Decides about a request, and counts it if it is admitted.
    pub(crate) fn decide(&mut self, quota: &Quota, now: Timestamp) -> Decision {
        let now = now.as_millis();
        let rules = quota.rules();
        self.0.retain(|(key, _)| rules.iter().any(|rule| RuleKey::of(rule) == *key));
        let status = |count: &mut Self, rule| count.of(rule).status(rule, now);
        let mut limits: Vec<_> = rules.iter().map(|rule| status(self, rule)).collect();
        let admission = Decision::of(&limits);
        if admission == Admission::Admitted {
            for rule in rules {
                self.of(rule).charge(rule, now);
            }
            limits = rules.iter().map(|rule| status(self, rule)).collect();
        }
        Decision { admission, limits }
    }

    /// Time at which all counts up to `now` have expired, in milliseconds.
    pub(crate) fn expires_at(quota: &Quota, now: Timestamp) -> i64 {
        let longest = quota.rules().iter().map(Rule::span).max().unwrap_or_default();
        // A window expires up to a part late, and the current part counts, too.
        now.plus(longest + longest / 15).as_millis()
    }

    fn of(&mut self, rule: &Rule) -> &mut RuleState {
        let key = RuleKey::of(rule);
        let at = self.0.iter().position(|(of, _)| *of == key).unwrap_or_else(|| {
            self.0.push((key, RuleState::empty(rule)));
            self.0.len() - 1
        });
        &mut self.0[at].1
    }
}

impl RuleKey {
    const fn of(rule: &Rule) -> Self {
        match *rule {
            Rule::Window { length, .. } => Self::Window(length),
            Rule::Burst { .. } => Self::Burst,
        }
    }
}

impl RuleState {
    const fn empty(rule: &Rule) -> Self {
        match rule {
            Rule::Window { .. } => Self::Window(Vec::new()),
            Rule::Burst { .. } => Self::Burst(0),
        }
    }

    fn status(&mut self, rule: &Rule, now: i64) -> LimitStatus {
        match self {
            Self::Window(parts) => {
                prune_window(parts, now.div_euclid(part_length(rule)));
                window_status(parts, rule, now)
            }
            Self::Burst(full_at) => {
                let now = now.saturating_mul(1000);
                *full_at = (*full_at).min(now.saturating_add(fill_time(rule)));
                burst_status((*full_at - now).max(0), rule)
            }
        }
    }

    /// Counts a request. Call it after [`RuleState::status`] with the same time.
    fn charge(&mut self, rule: &Rule, now: i64) {
        match self {
            Self::Window(parts) => {
                let current = now.div_euclid(part_length(rule));
                match parts.last_mut() {
                    Some((index, count)) if *index == current => *count += 1,
                    _ => parts.push((current, 1)),
                }
            }
            Self::Burst(full_at) => *full_at = (*full_at).max(now.saturating_mul(1000)) + interval(rule),
        }
    }
}

/// Drops old parts, and moves parts in the future to the current part.
fn prune_window(parts: &mut Vec<(i64, u32)>, current: i64) {
    parts.retain(|(index, _)| *index >= current - WINDOW_PARTS);
    let ahead = parts.iter().position(|(index, _)| *index > current);
    if let Some(at) = ahead {
        let count: u32 = parts.drain(at..).map(|(_, count)| count).sum();
        match parts.last_mut() {
            Some((index, before)) if *index == current => *before += count,
            _ => parts.push((current, count)),
        }
    }
}

fn window_status(parts: &[(i64, u32)], rule: &Rule, now: i64) -> LimitStatus {
    let used: u32 = parts.iter().map(|(_, count)| count).sum();
    let (limit, part) = (rule.limit(), part_length(rule));
    // The count exceeds the limit if the limit was lowered.
    let over = used.saturating_sub(limit);
    let mut expired = 0;
    let next = parts.iter().find(|(_, count)| {
        expired += count;
        expired > over
    });
    let reset = next.map_or_else(
        || rule.span(),
        |(index, _)| millis((index + WINDOW_PARTS + 1).saturating_mul(part) - now),
    );
    LimitStatus { remaining: limit.saturating_sub(used), reset }
}

/// The status of a bucket that is full after `missing` microseconds.
fn burst_status(missing: i64, rule: &Rule) -> LimitStatus {
    let interval = interval(rule);
    let remaining = (fill_time(rule) - missing) / interval;
    let until_next = if missing == 0 { fill_time(rule) } else { (missing - 1) % interval + 1 };
    // Rounded up to a millisecond, the resolution of the result.
    let reset = millis((until_next + 999) / 1000);
    LimitStatus { remaining: u32::try_from(remaining).unwrap_or(0), reset }
}

/// The length of a window's parts in milliseconds, rounded up, so that together they are not too short.
pub(crate) fn part_length(rule: &Rule) -> i64 {
    let length = i64::try_from(rule.span().as_millis()).unwrap_or(i64::MAX);
    (length.saturating_add(WINDOW_PARTS - 1) / WINDOW_PARTS).max(1)
}

fn interval(rule: &Rule) -> i64 {
    i64::try_from(rule.interval()).unwrap_or(i64::MAX)
}

fn fill_time(rule: &Rule) -> i64 {
    interval(rule).saturating_mul(rule.limit().into())
}

pub(crate) fn millis(count: i64) -> Duration {
    Duration::from_millis(u64::try_from(count).unwrap_or(0))
}
