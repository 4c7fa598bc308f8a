//! Running contenders so that they can be compared: by turns, so that noise of the machine hits all of them alike.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::task::JoinSet;

use super::{
    contender::Contender,
    measurement::{Measurement, Tally, Way, What},
};

/// One that takes part, in the shape of its row: as many contenders as there are clients.
pub(super) struct Entrant {
    pub(super) what: What,
    pub(super) way: Way,
    pub(super) clients: Vec<Arc<Contender>>,
    tally: Tally,
}

/// Rounds before the first that counts: what is read from disk once and kept is then in memory.
const WARM_UP_ROUNDS: usize = 5;

/// How long an entrant runs before the next has its turn.
const TURN: Duration = Duration::from_secs(1);

/// A shorter turn at the start, which does not count.
const WARM_UP_TURN: Duration = Duration::from_millis(500);

impl Entrant {
    pub(super) fn new(what: What, way: Way, clients: Vec<Contender>) -> Self {
        Self { what, way, clients: clients.into_iter().map(Arc::new).collect(), tally: Tally::new() }
    }

    /// Lets all its clients run, each one run after another, until the time is up; runs that have begun then still count,
    /// with their time.
    async fn turn(&self, length: Duration) -> Tally {
        let start = Instant::now();
        let mut running: JoinSet<Tally> =
            self.clients.iter().map(|client| runs(client.clone(), start + length)).collect();
        let mut all = Tally::new();
        while let Some(one) = running.join_next().await {
            match one {
                Ok(tally) => all.merge(&tally),
                Err(error) => all.count(Err(error.to_string())),
            }
        }
        all.elapsed = start.elapsed();
        all
    }

    fn settle(&self) {
        self.clients.iter().for_each(|client| client.settle());
    }

    fn into_row(self) -> Measurement {
        let clients = u32::try_from(self.clients.len()).unwrap_or(u32::MAX);
        Measurement::new(self.what, self.way, clients, &self.tally)
    }
}

async fn runs(client: Arc<Contender>, end: Instant) -> Tally {
    let mut tally = Tally::new();
    while Instant::now() < end {
        tally.count(client.once().await);
    }
    tally
}

/// Runs each once a round, A B C A B C …, one at a time. What a run leaves to do is done before the next begins.
pub(super) async fn in_rounds(rounds: usize, mut entrants: Vec<Entrant>) -> Vec<Measurement> {
    for round in 0..WARM_UP_ROUNDS + rounds {
        for entrant in &mut entrants {
            for client in &entrant.clients {
                let run = client.once().await;
                client.settle();
                if round >= WARM_UP_ROUNDS {
                    entrant.tally.count(run);
                }
            }
        }
    }
    entrants.into_iter().map(Entrant::into_row).collect()
}

/// Gives each `seconds` turns of a second, A B C A B C …, in which all its clients run at once.
pub(super) async fn in_turns(seconds: u64, mut entrants: Vec<Entrant>) -> Vec<Measurement> {
    for entrant in &entrants {
        entrant.turn(WARM_UP_TURN).await;
        entrant.settle();
    }
    for _ in 0..seconds {
        for entrant in &mut entrants {
            let turn = entrant.turn(TURN).await;
            entrant.tally.merge(&turn);
            entrant.tally.elapsed += turn.elapsed;
            entrant.settle();
        }
    }
    entrants.into_iter().map(Entrant::into_row).collect()
}
