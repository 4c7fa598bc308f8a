//! Retry policy: number and delays of retries after platform faults. Pure; the jitter is computed from the job.

use std::time::Duration;

use model::JobId;

/// Limits and delays of retries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Number of failed attempts after which the job is given up.
    pub max_attempts: u32,
    /// Upper bound of the delay after the first failure; it doubles with each further failure.
    pub first_delay: Duration,
    /// Upper bound of every delay.
    pub max_delay: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { max_attempts: 3, first_delay: Duration::from_secs(1), max_delay: Duration::from_secs(30) }
    }
}

/// Decision after a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryDecision {
    /// Retry after this delay.
    RetryAfter(Duration),
    /// Give up; the job becomes a dead letter.
    GiveUp,
}

impl RetryPolicy {
    /// Decision after the job has failed `failures` times.
    ///
    /// The delay lies between half and all of `first_delay · 2^(failures − 1)`, capped by `max_delay`. The
    /// jitter depends on the job alone. It spreads the jobs of a dead worker as well as a random number would,
    /// and keeps this function pure.
    pub fn after(&self, job: JobId, failures: u32) -> RetryDecision {
        if failures >= self.max_attempts {
            return RetryDecision::GiveUp;
        }
        let doubled = 2_u32.saturating_pow(failures.saturating_sub(1));
        let delay = self.first_delay.saturating_mul(doubled).min(self.max_delay);
        RetryDecision::RetryAfter(delay / 2 + delay / 2 * parts(job, failures) / 1024)
    }
}

/// Hash of a job and its failures below 1024, the same in every process of every release: FNV-1a with 32 bits
/// (RFC 9923).
fn parts(job: JobId, failures: u32) -> u32 {
    const OFFSET_BASIS: u32 = 0x811c_9dc5;
    const PRIME: u32 = 0x0100_0193;
    let bytes = job.as_u128().to_be_bytes().into_iter().chain(failures.to_be_bytes());
    let hash = bytes.fold(OFFSET_BASIS, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(PRIME));
    (hash >> 16 ^ hash) % 1024
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: RetryPolicy = RetryPolicy {
        max_attempts: 10,
        first_delay: Duration::from_secs(1),
        max_delay: Duration::from_secs(30),
    };

    fn check(failures: u32, longest: Duration) {
        for job in (0..200).map(JobId::from_u128) {
            let RetryDecision::RetryAfter(delay) = POLICY.after(job, failures) else {
                panic!("given up after {failures}")
            };
            assert!(delay >= longest / 2 && delay <= longest, "{delay:?} after {failures} failures");
        }
    }

    #[test]
    fn delays_double_up_to_the_longest() {
        check(1, Duration::from_secs(1));
        check(2, Duration::from_secs(2));
        check(4, Duration::from_secs(8));
        check(9, Duration::from_secs(30));
    }

    #[test]
    fn jobs_that_fail_together_are_not_retried_together() {
        let delay = |job| match POLICY.after(JobId::from_u128(job), 3) {
            RetryDecision::RetryAfter(delay) => delay,
            RetryDecision::GiveUp => panic!("given up"),
        };
        let mut delays: Vec<_> = (0..100).map(delay).collect();
        delays.sort();
        delays.dedup();
        assert!(delays.len() > 50, "only {} different delays", delays.len());
    }

    #[test]
    fn the_last_attempt_is_not_retried() {
        assert_eq!(POLICY.after(JobId::from_u128(1), 10), RetryDecision::GiveUp);
        assert_eq!(POLICY.after(JobId::from_u128(1), u32::MAX), RetryDecision::GiveUp);
    }
}
