//! Uids and gids of sandboxes: a range for each worker of a host, claimed by an abstract socket.
//!
//! Two sandboxes with the same ids could signal each other's processes and share their limits. Workers are separate processes
//! that may not know of each other. Each binds a socket name that stands for its range: the kernel gives the name to one
//! process, and frees it when that process ends, however it ends.

use std::{
    io,
    os::{
        linux::net::SocketAddrExt as _,
        unix::net::{SocketAddr, UnixListener},
    },
};

use crate::HostError;

/// The distance between the first ids of two workers: more than two for each of the most slots.
const IDS_OF_WORKER: u32 = 2048;
/// The most slots of a worker, those of waiting sessions included.
pub(crate) const MOST_SLOTS: u32 = IDS_OF_WORKER / 2;
/// The most workers on a host, unless each is configured with a first id. Their ranges lie below those of commands.
const MAX_WORKERS: u32 = 32;

/// The ids of all workers of a host, which commands leave alone.
const IDS_OF_WORKERS: u32 = 100_000;
/// The most processes of a host: the kernel's `PID_MAX_LIMIT`.
const MAX_PROCESSES: u32 = 4_194_304;

/// A range of ids that no other worker of this host uses until this is dropped.
#[derive(Debug)]
pub struct IdClaim {
    first: u32,
    _socket: UnixListener,
}

impl IdClaim {
    /// The range from `first_id` (`sandbox.first_id`) on, or the next one that no other worker has.
    ///
    /// # Errors
    ///
    /// All ranges are claimed, or the kernel refuses the socket.
    pub fn claim(first_id: u32) -> Result<Self, HostError> {
        for number in 0..MAX_WORKERS {
            let first = first_id + number * IDS_OF_WORKER;
            match bind(first) {
                Ok(socket) => {
                    if number > 0 {
                        tracing::info!(first, "other workers of this host have the ids before these");
                    }
                    return Ok(Self { first, _socket: socket });
                }
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
                Err(error) => return Err(HostError::ClaimIds(error)),
            }
        }
        Err(HostError::AllIdsClaimed { first_id, workers: MAX_WORKERS, ids: MAX_WORKERS * IDS_OF_WORKER })
    }

    /// The first id of the range.
    pub const fn first(&self) -> u32 {
        self.first
    }
}

/// The first id for a pool of one slot that may exist beside a server's: above those of all workers, and different for
/// processes that run at the same time.
pub fn first_id_beside_server(first_id: u32) -> u32 {
    first_id + IDS_OF_WORKERS + 2 * (std::process::id() % MAX_PROCESSES)
}

/// The same for a pool of many slots: above those of one.
pub fn first_id_of_many_slots(first_id: u32) -> u32 {
    const EACH: u32 = 128;
    first_id + IDS_OF_WORKERS + 2 * MAX_PROCESSES + EACH * (std::process::id() % 1_048_576)
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
        let [one, two] = [(); 2].map(|()| IdClaim::claim(first_id).expect("free"));
        assert_eq!((one.first(), two.first()), (first_id, first_id + IDS_OF_WORKER));
        drop(one);
        assert_eq!(IdClaim::claim(first_id).expect("free again").first(), first_id);
    }

    #[test]
    fn a_worker_beyond_the_maximum_of_a_host_is_refused_with_advice() {
        let first_id = 2_100_000_000 + std::process::id();
        let _all: Vec<_> = (0..MAX_WORKERS).map(|_| IdClaim::claim(first_id).expect("free")).collect();
        let error = IdClaim::claim(first_id).expect_err("none is left").to_string();
        assert!(error.ends_with("set sandbox.first_id to one that is 65536 higher"), "{error}");
    }
}
