//! Pool routing: chooses the pool of a job from its requirements, the caller's trust and the configured pools. Pure.

use model::{Bytes, Cpus, PoolKind, Trust};
use serde::{Deserialize, Serialize};

/// A job with more memory than this goes to the trusted pool, for verified callers.
const MIN_TRUSTED_MEMORY: Bytes = Bytes::mib(1024);
/// Maximum memory of a job in the container pool.
const MAX_CONTAINER_MEMORY: Bytes = Bytes::mib(256);
/// Maximum CPU share of a job in the container pool.
const MAX_CONTAINER_CPUS: Cpus = Cpus::HALF;

/// The properties of a job that decide on its pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PoolRequirements {
    /// The caller's trust level.
    pub(crate) trust: Trust,
    /// The pool of its language: [`PoolKind::Microvm`] for compiled languages.
    pub(crate) language: PoolKind,
    /// Its memory limit.
    pub(crate) memory: Bytes,
    /// Its CPU share.
    pub(crate) cpus: Cpus,
}

/// The configured pools.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pools {
    /// Pools that exist.
    pub configured: Vec<PoolKind>,
    /// Policy for jobs whose pool does not exist.
    pub missing: MissingPoolPolicy,
}

/// Policy for a job whose pool is not configured.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MissingPoolPolicy {
    /// The job runs in the next stronger configured pool, or else in the container pool.
    #[default]
    Substitute,
    /// The job is rejected.
    Refuse,
}

/// The pool of a job is not configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PoolUnavailable(pub(crate) PoolKind);

impl Default for Pools {
    fn default() -> Self {
        Self { configured: vec![PoolKind::Container], missing: MissingPoolPolicy::default() }
    }
}

impl Pools {
    /// The pool for a job with these requirements.
    pub(crate) fn route(&self, requirements: PoolRequirements) -> Result<PoolKind, PoolUnavailable> {
        let preferred = preferred_pool(requirements);
        if self.configured.contains(&preferred) {
            return Ok(preferred);
        }
        match self.missing {
            MissingPoolPolicy::Refuse => Err(PoolUnavailable(preferred)),
            MissingPoolPolicy::Substitute => {
                let has = |pool: &PoolKind| self.configured.contains(pool);
                Ok(substitutes_for(preferred).iter().copied().find(has).unwrap_or(PoolKind::Container))
            }
        }
    }
}

/// The pool by the first matching rule, whether configured or not.
fn preferred_pool(requirements: PoolRequirements) -> PoolKind {
    if requirements.trust == Trust::Verified && requirements.memory > MIN_TRUSTED_MEMORY {
        PoolKind::Trusted
    } else if requirements.language == PoolKind::Microvm
        || requirements.memory > MAX_CONTAINER_MEMORY
        || requirements.cpus > MAX_CONTAINER_CPUS
    {
        PoolKind::Microvm
    } else {
        PoolKind::Container
    }
}

/// The pools that isolate better than this one, the nearest first; where room is what is wanted, the roomier. The trusted pool
/// isolates least, and is never a substitute.
const fn substitutes_for(of: PoolKind) -> &'static [PoolKind] {
    match of {
        PoolKind::Trusted | PoolKind::Container => &[PoolKind::Microvm],
        PoolKind::Microvm => &[],
    }
}

#[cfg(test)]
mod tests {
    use PoolKind::{Container, Microvm, Trusted};
    use Trust::{Standard, Verified};

    use super::*;

    #[test]
    fn the_table_of_routes() {
        for (trust, language, mebibytes, millicpus, expected) in [
            // The first rule wins, whatever the others would say.
            (Verified, Container, 1025, 500, Trusted),
            (Verified, Microvm, 2048, 4000, Trusted),
            (Verified, Container, 1024, 500, Microvm),
            (Verified, Microvm, 1024, 500, Microvm),
            (Verified, Container, 128, 500, Container),
            // Callers that are not verified never reach the trusted pool.
            (Standard, Container, 4096, 500, Microvm),
            (Standard, Microvm, 4096, 500, Microvm),
            // Compiled languages, much memory, much of a processor.
            (Standard, Microvm, 16, 100, Microvm),
            (Standard, Container, 257, 500, Microvm),
            (Standard, Container, 128, 501, Microvm),
            (Standard, Container, 256, 500, Container),
            (Standard, Container, 4, 1, Container),
        ] {
            let cpus = Cpus::thousandths(millicpus);
            let requirements = PoolRequirements { trust, language, memory: Bytes::mib(mebibytes), cpus };
            assert_eq!(preferred_pool(requirements), expected, "{requirements:?}");
        }
    }

    /// A wish that is meant for this pool.
    fn wish_for(pool: PoolKind) -> PoolRequirements {
        let memory = Bytes::mib(if pool == Trusted { 2048 } else { 128 });
        PoolRequirements { trust: Verified, language: pool, memory, cpus: Cpus::HALF }
    }

    #[test]
    fn a_job_goes_to_its_pool_or_a_stronger_one_or_the_container_pool() {
        for (preferred, configured, chosen) in [
            (Container, &[Container, Microvm, Trusted][..], Container),
            (Microvm, &[Container, Microvm], Microvm),
            (Microvm, &[Container, Trusted], Container),
            (Container, &[Microvm], Microvm),
            (Container, &[Trusted], Container),
            (Trusted, &[Container], Container),
            (Trusted, &[Container, Microvm], Microvm),
            (Trusted, &[Container, Trusted], Trusted),
            (Container, &[], Container),
        ] {
            let pools = Pools { configured: configured.to_vec(), missing: MissingPoolPolicy::Substitute };
            assert_eq!(pools.route(wish_for(preferred)), Ok(chosen), "{preferred:?} {configured:?}");
        }
    }

    #[test]
    fn an_installation_may_refuse_submissions_for_a_missing_pool() {
        let pools = Pools { configured: vec![Container], missing: MissingPoolPolicy::Refuse };
        assert_eq!(pools.route(wish_for(Container)), Ok(Container));
        assert_eq!(pools.route(wish_for(Microvm)), Err(PoolUnavailable(Microvm)));
        assert_eq!(pools.route(wish_for(Trusted)), Err(PoolUnavailable(Trusted)));
    }
}
