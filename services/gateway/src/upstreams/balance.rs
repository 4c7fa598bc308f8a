//! Which server gets the next request. Pure: the time comes from outside.

use std::time::{Duration, Instant};

/// What is known of each server.
#[derive(Debug)]
pub(super) struct Balance {
    servers: Vec<Server>,
    max_fails: u32,
    fail_time: Duration,
    /// Where the last choice was: of equals the one after it is next.
    last: usize,
}

#[derive(Debug, Clone, Default)]
struct Server {
    /// How many requests are open.
    open: usize,
    /// How many failures there were since the first of them, and when that was.
    fails: u32,
    since: Option<Instant>,
    /// Until when it is left out.
    out_until: Option<Instant>,
}

/// Whether a server is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    In,
    Out,
}

impl Balance {
    pub(super) fn new(servers: usize, max_fails: u32, fail_time: Duration) -> Self {
        let last = servers.saturating_sub(1);
        Self { servers: vec![Server::default(); servers], max_fails, fail_time, last }
    }

    /// The server with the fewest open requests that was not tried, counted as one more there. One that is left out comes
    /// only after all others.
    pub(super) fn choose(&mut self, tried: &[usize], now: Instant) -> Option<usize> {
        let count = self.servers.len();
        let in_turn = (1..=count).map(|step| (self.last + step) % count);
        let free = in_turn.filter(|server| !tried.contains(server));
        let chosen = free.min_by_key(|&server| {
            let Server { open, out_until, .. } = &self.servers[server];
            (out_until.is_some_and(|until| now < until), *open)
        })?;
        self.servers[chosen].open += 1;
        self.last = chosen;
        Some(chosen)
    }

    /// A request there is over, however.
    pub(super) fn ended(&mut self, server: usize) {
        self.servers[server].open -= 1;
    }

    /// It has begun to answer one.
    pub(super) fn answered(&mut self, server: usize) {
        let Server { fails, since, out_until, .. } = &mut self.servers[server];
        (*fails, *since, *out_until) = (0, None, None);
    }

    /// It has not. One that was let back in is left out again at once.
    pub(super) fn failed(&mut self, server: usize, now: Instant) -> Standing {
        let (fail_time, max_fails) = (self.fail_time, self.max_fails);
        let server = &mut self.servers[server];
        let is_old = server.since.is_none_or(|since| now.duration_since(since) > fail_time);
        if is_old && server.out_until.is_none() {
            (server.fails, server.since) = (0, Some(now));
        }
        server.fails += 1;
        if server.fails < max_fails {
            return Standing::In;
        }
        server.out_until = Some(now + fail_time);
        Standing::Out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIME: Duration = Duration::from_secs(30);

    fn three() -> (Balance, Instant) {
        (Balance::new(3, 2, TIME), Instant::now())
    }

    #[test]
    fn the_server_with_the_fewest_open_requests_is_next_and_equals_take_turns() {
        let (mut balance, now) = three();
        let chosen: Vec<_> = (0..6).filter_map(|_| balance.choose(&[], now)).collect();
        assert_eq!(chosen, [0, 1, 2, 0, 1, 2]);
        balance.ended(1);
        assert_eq!(balance.choose(&[], now), Some(1));
        assert_eq!(balance.choose(&[0, 1], now), Some(2));
        assert_eq!(balance.choose(&[0, 1, 2], now), None);
    }

    #[test]
    fn a_server_that_fails_is_left_out_for_a_while_and_let_in_again() {
        let (mut balance, now) = three();
        assert_eq!(balance.failed(0, now), Standing::In);
        assert_eq!(balance.failed(0, now), Standing::Out);
        let chosen: Vec<_> = (0..4).filter_map(|_| balance.choose(&[], now)).collect();
        assert_eq!(chosen, [1, 2, 1, 2]);
        let later = now + TIME;
        assert_eq!(balance.choose(&[], later), Some(0));
        assert_eq!(balance.failed(0, later), Standing::Out, "one failure is enough for one that was out");
        assert_eq!(balance.choose(&[1], later), Some(2));
        balance.answered(0);
        assert_eq!(balance.choose(&[], later), Some(0), "an answer makes it as good as the others");
    }

    #[test]
    fn failures_far_apart_do_not_add_up() {
        let (mut balance, now) = three();
        assert_eq!(balance.failed(0, now), Standing::In);
        assert_eq!(balance.failed(0, now + TIME + Duration::from_secs(1)), Standing::In);
    }

    #[test]
    fn where_all_are_left_out_all_are_asked() {
        let (mut balance, now) = three();
        for server in [0, 0, 1, 1, 2, 2] {
            balance.failed(server, now);
        }
        assert_eq!(balance.choose(&[], now), Some(0));
        assert_eq!(balance.choose(&[0, 1], now), Some(2));
    }

    #[test]
    fn where_there_is_none_none_is_chosen() {
        assert_eq!(Balance::new(0, 1, TIME).choose(&[], Instant::now()), None);
    }
}
