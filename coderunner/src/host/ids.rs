//! The ids of a worker's sandboxes, told apart from those of other workers on the same host.
//!
//! Two sandboxes with the same ids could signal each other's processes and share their limits. Workers are separate processes
//! that may know nothing of each other, so each binds a name that stands for its ids; the kernel gives it to one, and takes it
//! back when that ends, however it ends.

use std::{
    io,
    os::{
        linux::net::SocketAddrExt as _,
        unix::net::{SocketAddr, UnixListener},
    },
};

use anyhow::Context;

/// How many ids lie between those of two workers: as many as the most slots take, and some.
const APART: u32 = 2048;
/// How many workers there may be on a host, unless they are told where their ids begin. All lie below those of commands.
const MOST_WORKERS: u32 = 32;

/// Ids that no other worker of this host uses, until this is dropped.
#[derive(Debug)]
pub(crate) struct Ids {
    first: u32,
    _claim: UnixListener,
}

impl Ids {
    /// Those from `sandbox.first_id` on, or the next ones that no other worker has.
    pub(crate) fn claim(first_id: u32) -> anyhow::Result<Self> {
        for number in 0..MOST_WORKERS {
            let first = first_id + number * APART;
            match bind(first) {
                Ok(claim) => {
                    if number > 0 {
                        tracing::info!(first, "other workers of this host have the ids before these");
                    }
                    return Ok(Self { first, _claim: claim });
                }
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
                Err(error) => return Err(error).context("the ids of sandboxes cannot be claimed"),
            }
        }
        anyhow::bail!(
            "the ids from {first_id} on belong to {MOST_WORKERS} other workers of this host already: set sandbox.first_id to one \
             that is {} higher",
            MOST_WORKERS * APART
        )
    }

    /// The first of them.
    pub(crate) const fn first(&self) -> u32 {
        self.first
    }
}

fn bind(first: u32) -> io::Result<UnixListener> {
    UnixListener::bind_addr(&SocketAddr::from_abstract_name(format!("coderunner-ids-{first}"))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_workers_of_a_host_have_different_ids_and_those_of_one_that_ended_are_free() {
        // Of nobody else's: this process's own.
        let first_id = 2_000_000_000 + std::process::id();
        let [one, two] = [(); 2].map(|()| Ids::claim(first_id).expect("free"));
        assert_eq!((one.first(), two.first()), (first_id, first_id + APART));
        drop(one);
        assert_eq!(Ids::claim(first_id).expect("free again").first(), first_id);
    }

    #[test]
    fn where_too_many_workers_are_the_next_is_told_what_to_set() {
        let first_id = 2_100_000_000 + std::process::id();
        let _all: Vec<_> = (0..MOST_WORKERS).map(|_| Ids::claim(first_id).expect("free")).collect();
        let error = Ids::claim(first_id).expect_err("none is left").to_string();
        assert!(error.ends_with("set sandbox.first_id to one that is 65536 higher"), "{error}");
    }
}
