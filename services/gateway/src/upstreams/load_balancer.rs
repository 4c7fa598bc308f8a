//! Load balancer: fewest open requests first, with exclusion of failing servers. Pure, with the time as an
//! argument.

use std::time::{Duration, Instant};

/// State of all servers.
#[derive(Debug)]
pub(super) struct LoadBalancer {
    servers: Vec<Server>,
    max_failures: u32,
    failure_window: Duration,
    /// The last choice; ties go round robin.
    last: usize,
}

#[derive(Debug, Clone, Default)]
struct Server {
    /// Number of open requests.
    open: usize,
    /// Number of failures, and the time of the first one.
    failures: u32,
    first_failure: Option<Instant>,
    /// End of the exclusion.
    excluded_until: Option<Instant>,
}

/// State of a server after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ServerState {
    Available,
    Excluded,
}

impl LoadBalancer {
    pub(super) fn new(servers: usize, max_failures: u32, failure_window: Duration) -> Self {
        let last = servers.saturating_sub(1);
        Self { servers: vec![Server::default(); servers], max_failures, failure_window, last }
    }

    /// The untried server with the fewest open requests, and counts a request there. Excluded servers come
    /// after all others.
    pub(super) fn choose(&mut self, tried: &[usize], now: Instant) -> Option<usize> {
        let count = self.servers.len();
        let in_turn = (1..=count).map(|step| (self.last + step) % count);
        let free = in_turn.filter(|server| !tried.contains(server));
        let chosen = free.min_by_key(|&server| {
            let Server { open, excluded_until, .. } = &self.servers[server];
            (excluded_until.is_some_and(|until| now < until), *open)
        })?;
        self.servers[chosen].open += 1;
        self.last = chosen;
        Some(chosen)
    }

    /// A request has ended.
    pub(super) fn request_ended(&mut self, server: usize) {
        self.servers[server].open -= 1;
    }

    /// The server has begun to answer.
    pub(super) fn record_success(&mut self, server: usize) {
        let Server { failures, first_failure, excluded_until, .. } = &mut self.servers[server];
        (*failures, *first_failure, *excluded_until) = (0, None, None);
    }

    /// The server has failed. After an exclusion, one failure is enough for another one.
    pub(super) fn record_failure(&mut self, server: usize, now: Instant) -> ServerState {
        let (failure_window, max_failures) = (self.failure_window, self.max_failures);
        let server = &mut self.servers[server];
        let is_old = server
            .first_failure
            .is_none_or(|first_failure| now.duration_since(first_failure) > failure_window);
        if is_old && server.excluded_until.is_none() {
            (server.failures, server.first_failure) = (0, Some(now));
        }
        server.failures += 1;
        if server.failures < max_failures {
            return ServerState::Available;
        }
        server.excluded_until = Some(now + failure_window);
        ServerState::Excluded
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIME: Duration = Duration::from_secs(30);

    fn three_servers() -> (LoadBalancer, Instant) {
        (LoadBalancer::new(3, 2, TIME), Instant::now())
    }

    #[test]
    fn the_server_with_the_fewest_open_requests_is_next_with_round_robin_ties() {
        let (mut load_balancer, now) = three_servers();
        let chosen: Vec<_> = (0..6).filter_map(|_| load_balancer.choose(&[], now)).collect();
        assert_eq!(chosen, [0, 1, 2, 0, 1, 2]);
        load_balancer.request_ended(1);
        assert_eq!(load_balancer.choose(&[], now), Some(1));
        assert_eq!(load_balancer.choose(&[0, 1], now), Some(2));
        assert_eq!(load_balancer.choose(&[0, 1, 2], now), None);
    }

    #[test]
    fn a_failing_server_is_excluded_for_a_while() {
        let (mut load_balancer, now) = three_servers();
        assert_eq!(load_balancer.record_failure(0, now), ServerState::Available);
        assert_eq!(load_balancer.record_failure(0, now), ServerState::Excluded);
        let chosen: Vec<_> = (0..4).filter_map(|_| load_balancer.choose(&[], now)).collect();
        assert_eq!(chosen, [1, 2, 1, 2]);
        let later = now + TIME;
        assert_eq!(load_balancer.choose(&[], later), Some(0));
        assert_eq!(
            load_balancer.record_failure(0, later),
            ServerState::Excluded,
            "one failure is enough for a server that was excluded"
        );
        assert_eq!(load_balancer.choose(&[1], later), Some(2));
        load_balancer.record_success(0);
        assert_eq!(load_balancer.choose(&[], later), Some(0), "an answer makes it as good as the others");
    }

    #[test]
    fn old_failures_do_not_add_up() {
        let (mut load_balancer, now) = three_servers();
        assert_eq!(load_balancer.record_failure(0, now), ServerState::Available);
        assert_eq!(
            load_balancer.record_failure(0, now + TIME + Duration::from_secs(1)),
            ServerState::Available
        );
    }

    #[test]
    fn if_all_servers_are_excluded_all_are_used() {
        let (mut load_balancer, now) = three_servers();
        for server in [0, 0, 1, 1, 2, 2] {
            load_balancer.record_failure(server, now);
        }
        assert_eq!(load_balancer.choose(&[], now), Some(0));
        assert_eq!(load_balancer.choose(&[0, 1], now), Some(2));
    }

    #[test]
    fn without_servers_none_is_chosen() {
        assert_eq!(LoadBalancer::new(0, 1, TIME).choose(&[], Instant::now()), None);
    }
}
