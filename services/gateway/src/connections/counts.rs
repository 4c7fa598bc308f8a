//! Places for connections: so many in all, so many for each client. Free again when what holds them is dropped.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use traffic::subscriber_network;

/// Why there is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Full {
    /// As many connections are open as may be.
    Total,
    /// This client has as many as it may, which is so many.
    Client(usize),
}

#[derive(Debug)]
pub(super) struct Counts {
    most: usize,
    most_per_client: Option<usize>,
    open: AtomicUsize,
    clients: Mutex<HashMap<IpAddr, usize>>,
}

/// A place among all.
#[derive(Debug)]
pub(super) struct Place(Arc<Counts>);

/// A place among those of one client.
#[derive(Debug)]
pub(crate) struct ClientPlace {
    counts: Arc<Counts>,
    client: IpAddr,
}

impl Counts {
    pub(super) fn new(most: usize, most_per_client: Option<usize>) -> Self {
        Self { most, most_per_client, open: AtomicUsize::new(0), clients: Mutex::default() }
    }

    pub(super) fn take(self: &Arc<Self>) -> Result<Place, Full> {
        // Dropped, it gives back what was counted here.
        let place = Place(self.clone());
        let before = self.open.fetch_add(1, Ordering::Relaxed);
        if before < self.most { Ok(place) } else { Err(Full::Total) }
    }

    /// Nothing where clients are not counted.
    pub(super) fn take_client(self: &Arc<Self>, address: IpAddr) -> Result<Option<ClientPlace>, Full> {
        let Some(most) = self.most_per_client else { return Ok(None) };
        let client = subscriber_network(address);
        let mut clients = self.clients();
        let open = clients.entry(client).or_default();
        if *open >= most {
            return Err(Full::Client(most));
        }
        *open += 1;
        drop(clients);
        Ok(Some(ClientPlace { counts: self.clone(), client }))
    }

    fn clients(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        // A count is whole at any time.
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Drop for ClientPlace {
    fn drop(&mut self) {
        let mut clients = self.counts.clients();
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
    fn a_place_that_is_given_back_can_be_taken_again() {
        let counts = Arc::new(Counts::new(2, None));
        let places = [counts.take().expect("the first"), counts.take().expect("the second")];
        assert_eq!(counts.take().expect_err("there are two"), Full::Total);
        assert_eq!(counts.take().expect_err("a refusal takes no place, and gives none back"), Full::Total);
        drop(places);
        assert!(counts.take().is_ok());
        assert!(counts.take_client(address("192.0.2.1")).expect("not counted").is_none());
    }

    #[test]
    fn each_client_has_places_of_its_own() {
        let counts = Arc::new(Counts::new(100, Some(2)));
        let take = |text: &str| counts.take_client(address(text));
        let held = [take("192.0.2.1").expect("one"), take("192.0.2.1").expect("two")];
        assert_eq!(take("192.0.2.1").expect_err("three"), Full::Client(2));
        let _other = take("192.0.2.2").expect("another client");
        let _first = take("2001:db8::1").expect("of another network");
        let _second = take("2001:db8::2").expect("the same client");
        assert_eq!(take("2001:db8::3").expect_err("the same client"), Full::Client(2));
        drop(held);
        assert!(take("192.0.2.1").is_ok());
    }

    #[test]
    fn clients_that_have_gone_are_forgotten() {
        let counts = Arc::new(Counts::new(100, Some(2)));
        drop(counts.take_client(address("192.0.2.1")).expect("one"));
        assert!(counts.clients().is_empty());
    }
}
