//! Connection limits: counted slots in total and per client, released on drop.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use traffic::subscriber_network;

/// The limit that was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ConnectionLimitError {
    /// The total limit.
    Total,
    /// The limit of this client.
    Client(usize),
}

#[derive(Debug)]
pub(super) struct ConnectionLimits {
    max: usize,
    max_per_client: Option<usize>,
    open: AtomicUsize,
    clients: Mutex<HashMap<IpAddr, usize>>,
}

/// A slot of the total.
#[derive(Debug)]
pub(super) struct ConnectionSlot(Arc<ConnectionLimits>);

/// A slot of a client.
#[derive(Debug)]
pub(crate) struct ClientSlot {
    limits: Arc<ConnectionLimits>,
    client: IpAddr,
}

impl ConnectionLimits {
    pub(super) fn new(max: usize, max_per_client: Option<usize>) -> Self {
        Self { max, max_per_client, open: AtomicUsize::new(0), clients: Mutex::default() }
    }

    pub(super) fn acquire(self: &Arc<Self>) -> Result<ConnectionSlot, ConnectionLimitError> {
        // Dropped on an error, it releases its count.
        let slot = ConnectionSlot(self.clone());
        let before = self.open.fetch_add(1, Ordering::Relaxed);
        if before < self.max { Ok(slot) } else { Err(ConnectionLimitError::Total) }
    }

    /// `None` if clients are not limited.
    pub(super) fn acquire_client(
        self: &Arc<Self>,
        address: IpAddr,
    ) -> Result<Option<ClientSlot>, ConnectionLimitError> {
        let Some(max) = self.max_per_client else { return Ok(None) };
        let client = subscriber_network(address);
        let mut clients = self.clients();
        let open = clients.entry(client).or_default();
        if *open >= max {
            return Err(ConnectionLimitError::Client(max));
        }
        *open += 1;
        drop(clients);
        Ok(Some(ClientSlot { limits: self.clone(), client }))
    }

    fn clients(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        // The counts are consistent at any time.
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for ConnectionSlot {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Drop for ClientSlot {
    fn drop(&mut self) {
        let mut clients = self.limits.clients();
        let Some(open) = clients.get_mut(&self.client) else { return };
        *open -= 1;
        if *open == 0 {
            clients.remove(&self.client);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn a_released_slot_can_be_acquired_again() {
        let limits = Arc::new(ConnectionLimits::new(2, None));
        let slots = [limits.acquire().expect("the first"), limits.acquire().expect("the second")];
        assert_eq!(limits.acquire().expect_err("there are two"), ConnectionLimitError::Total);
        assert_eq!(
            limits.acquire().expect_err("a refusal takes no slot, and gives none back"),
            ConnectionLimitError::Total
        );
        drop(slots);
        assert!(limits.acquire().is_ok());
        assert!(limits.acquire_client(address("192.0.2.1")).expect("not counted").is_none());
    }

    #[test]
    fn each_client_has_its_own_limit() {
        let limits = Arc::new(ConnectionLimits::new(100, Some(2)));
        let take = |text: &str| limits.acquire_client(address(text));
        let slots = [take("192.0.2.1").expect("one"), take("192.0.2.1").expect("two")];
        assert_eq!(take("192.0.2.1").expect_err("three"), ConnectionLimitError::Client(2));
        let _other = take("192.0.2.2").expect("another client");
        let _first = take("2001:db8::1").expect("of another network");
        let _second = take("2001:db8::2").expect("the same client");
        assert_eq!(take("2001:db8::3").expect_err("the same client"), ConnectionLimitError::Client(2));
        drop(slots);
        assert!(take("192.0.2.1").is_ok());
    }

    #[test]
    fn clients_without_connections_are_removed() {
        let limits = Arc::new(ConnectionLimits::new(100, Some(2)));
        drop(limits.acquire_client(address("192.0.2.1")).expect("one"));
        assert!(limits.clients().is_empty());
    }
}
