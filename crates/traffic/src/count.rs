//! What has come from one caller, and whether one more may: pure, on a given clock.
//!
//! A window is cut into [`PARTS`] parts, aligned to the clock, and each part that something came in is kept with how much.
//! The part that is now and as many before it as a window has are added up, which is at least the window's length: so no
//! stretch of that length ever sees more than the rule allows, wherever it begins. The price is that what came is forgotten up
//! to a thirtieth of the length too late. Fixed windows would let through twice as many around their ends, and a log of each
//! request would grow with the limit.
//!
//! Invariants: a request that one rule refuses is charged to none. A clock that steps back takes nothing from what has
//! been counted, and keeps nobody waiting longer than the rule's own time: what seems to come from the future came just now.
//!
//! `count.lua` does the same in Redis; `tests/limiters.rs` compares the two.

use std::time::Duration;

use model::Timestamp;

use crate::{Quota, Rule};

/// Into how many parts a window is cut.
pub(crate) const PARTS: i64 = 30;

/// How a caller stands with one rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// How many more may come now.
    pub remaining: u32,
    /// How long nothing is added to that; the rule's whole time if nothing has come for so long.
    pub reset: Duration,
}

/// Whether a request may be served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// It may.
    pub verdict: Admission,
    /// How the caller stands with each rule of the quota, in order, after this request.
    pub standings: Vec<Standing>,
}

/// Whether something may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// It may, and has been counted.
    Admitted,
    /// It may not, and has not been counted.
    Refused {
        /// When it would be admitted, if nothing else comes until then.
        retry_after: Duration,
    },
}

impl Decision {
    /// What follows from how a caller stands with each rule before the request, and after it if it is counted.
    pub(crate) fn of(before: &[Standing]) -> Admission {
        let empty = before.iter().filter(|standing| standing.remaining == 0);
        match empty.map(|standing| standing.reset).max() {
            Some(retry_after) => Admission::Refused { retry_after },
            None => Admission::Admitted,
        }
    }
}

/// What has come from one caller, by rule.
#[derive(Debug, Clone, Default)]
pub(crate) struct Count(Vec<(Which, Counted)>);

/// By what a rule finds again what it has counted, whatever its numbers are by then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Which {
    Window(Duration),
    Burst,
}

#[derive(Debug, Clone)]
enum Counted {
    /// Numbers of parts in which something came, rising, with how much.
    Window(Vec<(i64, u32)>),
    /// When the bucket is full again, in microseconds ("theoretical arrival time").
    Burst(i64),
}

impl Count {
    /// Decides about one request, and counts it if it is admitted.
    pub(crate) fn decide(&mut self, quota: &Quota, now: Timestamp) -> Decision {
        let now = now.as_millis();
        let rules = quota.rules();
        self.0.retain(|(which, _)| rules.iter().any(|rule| Which::of(rule) == *which));
        let standing = |count: &mut Self, rule| count.of(rule).standing(rule, now);
        let mut standings: Vec<_> = rules.iter().map(|rule| standing(self, rule)).collect();
        let verdict = Decision::of(&standings);
        if verdict == Admission::Admitted {
            for rule in rules {
                self.of(rule).charge(rule, now);
            }
            standings = rules.iter().map(|rule| standing(self, rule)).collect();
        }
        Decision { verdict, standings }
    }

    /// When nothing that was counted up to now matters any more, in milliseconds.
    pub(crate) fn forgotten_at(quota: &Quota, now: Timestamp) -> i64 {
        let longest = quota.rules().iter().map(Rule::span).max().unwrap_or_default();
        // A window forgets up to a part late, and the part that is now counts too.
        now.plus(longest + longest / 15).as_millis()
    }

    fn of(&mut self, rule: &Rule) -> &mut Counted {
        let which = Which::of(rule);
        let at = self.0.iter().position(|(of, _)| *of == which).unwrap_or_else(|| {
            self.0.push((which, Counted::nothing(rule)));
            self.0.len() - 1
        });
        &mut self.0[at].1
    }
}

impl Which {
    const fn of(rule: &Rule) -> Self {
        match *rule {
            Rule::Window { length, .. } => Self::Window(length),
            Rule::Burst { .. } => Self::Burst,
        }
    }
}

impl Counted {
    const fn nothing(rule: &Rule) -> Self {
        match rule {
            Rule::Window { .. } => Self::Window(Vec::new()),
            Rule::Burst { .. } => Self::Burst(0),
        }
    }

    fn standing(&mut self, rule: &Rule, now: i64) -> Standing {
        match self {
            Self::Window(parts) => {
                settle_window(parts, now.div_euclid(part(rule)));
                window_standing(parts, rule, now)
            }
            Self::Burst(full_at) => {
                let now = now.saturating_mul(1000);
                *full_at = (*full_at).min(now.saturating_add(fill(rule)));
                burst_standing((*full_at - now).max(0), rule)
            }
        }
    }

    /// After [`Counted::standing`] at the same time.
    fn charge(&mut self, rule: &Rule, now: i64) {
        match self {
            Self::Window(parts) => {
                let current = now.div_euclid(part(rule));
                match parts.last_mut() {
                    Some((index, count)) if *index == current => *count += 1,
                    _ => parts.push((current, 1)),
                }
            }
            Self::Burst(full_at) => *full_at = (*full_at).max(now.saturating_mul(1000)) + interval(rule),
        }
    }
}

/// Drops what is too old, and takes what seems to come from the future for what came just now.
fn settle_window(parts: &mut Vec<(i64, u32)>, current: i64) {
    parts.retain(|(index, _)| *index >= current - PARTS);
    let ahead = parts.iter().position(|(index, _)| *index > current);
    if let Some(at) = ahead {
        let count: u32 = parts.drain(at..).map(|(_, count)| count).sum();
        match parts.last_mut() {
            Some((index, before)) if *index == current => *before += count,
            _ => parts.push((current, count)),
        }
    }
}

fn window_standing(parts: &[(i64, u32)], rule: &Rule, now: i64) -> Standing {
    let used: u32 = parts.iter().map(|(_, count)| count).sum();
    let (most, part) = (rule.most(), part(rule));
    // More than the rule allows were counted if it allowed more before.
    let over = used.saturating_sub(most);
    let mut forgotten = 0;
    let next = parts.iter().find(|(_, count)| {
        forgotten += count;
        forgotten > over
    });
    let reset =
        next.map_or_else(|| rule.span(), |(index, _)| millis((index + PARTS + 1).saturating_mul(part) - now));
    Standing { remaining: most.saturating_sub(used), reset }
}

/// With this much missing until the bucket is full, in microseconds.
fn burst_standing(missing: i64, rule: &Rule) -> Standing {
    let interval = interval(rule);
    let remaining = (fill(rule) - missing) / interval;
    let until_next = if missing == 0 { fill(rule) } else { (missing - 1) % interval + 1 };
    // A millisecond is the finest that anybody can wait here.
    let reset = millis((until_next + 999) / 1000);
    Standing { remaining: u32::try_from(remaining).unwrap_or(0), reset }
}

/// The length of a window's parts in milliseconds, rounded up, so that they are never too short together.
pub(crate) fn part(rule: &Rule) -> i64 {
    let length = i64::try_from(rule.span().as_millis()).unwrap_or(i64::MAX);
    (length.saturating_add(PARTS - 1) / PARTS).max(1)
}

fn interval(rule: &Rule) -> i64 {
    i64::try_from(rule.interval()).unwrap_or(i64::MAX)
}

fn fill(rule: &Rule) -> i64 {
    interval(rule).saturating_mul(rule.most().into())
}

pub(crate) fn millis(count: i64) -> Duration {
    Duration::from_millis(u64::try_from(count).unwrap_or(0))
}
