//! Where a job runs. Pure.

use model::PoolKind;

/// The pool for a language that would like to run in `wanted`: that one if this installation has it, else the next
/// stronger one that it has, else the container pool.
///
/// `trusted` is weaker than the others and never a substitute.
pub(crate) fn choose(wanted: PoolKind, configured: &[PoolKind]) -> PoolKind {
    let stronger: &[PoolKind] = match wanted {
        PoolKind::Trusted => &[PoolKind::Trusted],
        PoolKind::Container => &[PoolKind::Container, PoolKind::Microvm],
        PoolKind::Microvm => &[PoolKind::Microvm],
    };
    stronger.iter().copied().find(|pool| configured.contains(pool)).unwrap_or(PoolKind::Container)
}

#[cfg(test)]
mod tests {
    use PoolKind::{Container, Microvm, Trusted};

    use super::*;

    #[test]
    fn a_job_goes_to_its_pool_or_a_stronger_one_or_the_container_pool() {
        for (wanted, configured, chosen) in [
            (Container, &[Container, Microvm, Trusted][..], Container),
            (Microvm, &[Container, Microvm], Microvm),
            (Microvm, &[Container, Trusted], Container),
            (Container, &[Microvm], Microvm),
            (Container, &[Trusted], Container),
            (Trusted, &[Container], Container),
            (Trusted, &[Container, Trusted], Trusted),
            (Container, &[], Container),
        ] {
            assert_eq!(choose(wanted, configured), chosen, "{wanted:?} {configured:?}");
        }
    }
}
