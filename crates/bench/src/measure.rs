//! Measurement loop: alternates contenders, so that noise of the machine affects all alike.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::task::JoinSet;

use super::{
    contender::Contender,
    measurement::{Measurement, Program, RunMethod, Tally},
};

/// A row of the comparison: one contender per client.
pub(super) struct ContenderGroup {
    pub(super) program: Program,
    pub(super) method: RunMethod,
    pub(super) clients: Vec<Arc<Contender>>,
    tally: Tally,
}

/// Rounds that do not count: they load files into the page cache.
const WARM_UP_ROUNDS: usize = 5;

/// Length of a turn.
const TURN: Duration = Duration::from_secs(1);

/// Length of the first turn, which does not count.
const WARM_UP_TURN: Duration = Duration::from_millis(500);

impl ContenderGroup {
    pub(super) fn new(program: Program, way: RunMethod, clients: Vec<Contender>) -> Self {
        Self {
            program: program,
            method: way,
            clients: clients.into_iter().map(Arc::new).collect(),
            tally: Tally::new(),
        }
    }

    /// Runs all clients concurrently, each one run after another, until the time is up; started runs still
    /// count, with their time.
    async fn measure_turn(&self, length: Duration) -> Tally {
        let start = Instant::now();
        let mut running: JoinSet<Tally> =
            self.clients.iter().map(|client| run_repeatedly(client.clone(), start + length)).collect();
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
        Measurement::new(self.program, self.method, clients, &self.tally)
    }
}

async fn run_repeatedly(client: Arc<Contender>, end: Instant) -> Tally {
    let mut tally = Tally::new();
    while Instant::now() < end {
        tally.count(client.run_once().await);
    }
    tally
}

/// Runs each once per round, A B C A B C …, one at a time. Cleanup of a run ends before the next starts.
pub(super) async fn measure_rounds(rounds: usize, mut entrants: Vec<ContenderGroup>) -> Vec<Measurement> {
    for round in 0..WARM_UP_ROUNDS + rounds {
        for entrant in &mut entrants {
            for client in &entrant.clients {
                let run = client.run_once().await;
                client.settle();
                if round >= WARM_UP_ROUNDS {
                    entrant.tally.count(run);
                }
            }
        }
    }
    entrants.into_iter().map(ContenderGroup::into_row).collect()
}

/// Gives each `seconds` turns of one second, A B C A B C …, with all its clients at once.
pub(super) async fn measure_turns(seconds: u64, mut entrants: Vec<ContenderGroup>) -> Vec<Measurement> {
    for entrant in &entrants {
        entrant.measure_turn(WARM_UP_TURN).await;
        entrant.settle();
    }
    for _ in 0..seconds {
        for entrant in &mut entrants {
            let turn = entrant.measure_turn(TURN).await;
            entrant.tally.merge(&turn);
            entrant.tally.elapsed += turn.elapsed;
            entrant.settle();
        }
    }
    entrants.into_iter().map(ContenderGroup::into_row).collect()
}
