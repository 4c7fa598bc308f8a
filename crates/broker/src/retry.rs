//! Whether and when a job whose attempt failed through our fault is tried again. Pure: even the jitter is computed.

use std::time::Duration;

use model::JobId;

/// How often and how soon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Attempts that may fail before the job is given up on.
    pub most_attempts: u32,
    /// The longest delay after the first failure; it doubles with each further one.
    pub first_delay: Duration,
    /// No delay is longer.
    pub longest_delay: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { most_attempts: 3, first_delay: Duration::from_secs(1), longest_delay: Duration::from_secs(30) }
    }
}

/// What follows a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// The job is tried again this much later.
    After(Duration),
    /// It is a dead letter.
    Never,
}

impl RetryPolicy {
    /// What follows when this job has failed this often.
    ///
    /// The delay lies between half and all of `first_delay · 2^(failures − 1)`, capped. Where exactly depends on the job
    /// alone, which spreads the jobs of a dead worker as well as chance would and keeps this a function.
    pub fn after(&self, job: JobId, failures: u32) -> Retry {
        if failures >= self.most_attempts {
            return Retry::Never;
        }
        let doubled = 2_u32.saturating_pow(failures.saturating_sub(1));
        let delay = self.first_delay.saturating_mul(doubled).min(self.longest_delay);
        Retry::After(delay / 2 + delay / 2 * parts(job, failures) / 1024)
    }
}

/// A number below 1024 by a job and its failures, the same in every process of every release: FNV-1a with 32 bits (RFC 9923).
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
        most_attempts: 10,
        first_delay: Duration::from_secs(1),
        longest_delay: Duration::from_secs(30),
    };

    fn check(failures: u32, longest: Duration) {
        for job in (0..200).map(JobId::from_u128) {
            let Retry::After(delay) = POLICY.after(job, failures) else {
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
            Retry::After(delay) => delay,
            Retry::Never => panic!("given up"),
        };
        let mut delays: Vec<_> = (0..100).map(delay).collect();
        delays.sort();
        delays.dedup();
        assert!(delays.len() > 50, "only {} different delays", delays.len());
    }

    #[test]
    fn nothing_follows_the_last_attempt() {
        assert_eq!(POLICY.after(JobId::from_u128(1), 10), Retry::Never);
        assert_eq!(POLICY.after(JobId::from_u128(1), u32::MAX), Retry::Never);
    }
}
