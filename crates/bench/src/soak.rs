//! Soak bench (`coderunner-bench soak`): thousands of programs, hostile ones among them, and the growth of
//! the server.
//!
//! First hello worlds alone; then all programs of the [mix] in batches, with a [footprint] of the server
//! after each; at last hello worlds again, one after another, while hostile programs occupy all other slots.
//! Every outcome is checked.

mod footprint;
mod mix;
mod report;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use reqwest::Client;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use self::{
    footprint::Footprint,
    mix::{Kind, MIX, MixProgram},
    report::{Growth, MixResults},
};
use super::{
    goal::{Ratio, Target},
    machine::MeasurementContext,
    measurement::Tally,
    server::Server,
};
use crate::cli::SoakArgs;

pub(super) use self::report::SoakReport;

/// Number of footprints.
const FOOTPRINTS: u64 = 40;

/// Time for an idle server to refill its slots; the pool renews used templates after a second.
const SETTLE_TIME: Duration = Duration::from_millis(2500);

/// A compile cache that is full before the first footprint that counts: otherwise its growth looks like a
/// leak.
const SMALL_COMPILE_CACHE: (&str, &str) = ("CODERUNNER_COMPILE_CACHE__BYTES", "1000000");

/// One submission in this many is cancelled while it runs.
const CANCEL_EVERY: u64 = 50;

/// Measures a server that it starts and stops.
pub(super) async fn measure(args: &SoakArgs) -> anyhow::Result<SoakReport> {
    let mut circumstances = MeasurementContext::now();
    let server = Server::start_with(&[SMALL_COMPILE_CACHE]).await?;
    let soak = Soak { client: Client::new(), server: server.address.clone(), sent: Arc::default() };
    let quiet = soak.hellos(args.hellos, None).await;
    let began = Instant::now();
    let (outcomes, looks) = soak.all(args, server.pid()).await?;
    let mixed = MixResults { outcomes, footprints: looks, duration: began.elapsed() };
    let beside = soak.hellos_beside_hostile(args.hellos, args.clients).await;
    drop(server);
    circumstances.end();
    let growth = Growth::of(&mixed.footprints);
    let ratios = ratios(&quiet, &beside, &growth);
    Ok(SoakReport::new(circumstances, [quiet, beside], mixed, ratios))
}

/// The client side of a soak.
#[derive(Debug, Clone)]
struct Soak {
    client: Client,
    server: String,
    sent: Arc<AtomicU64>,
}

impl Soak {
    /// Runs the mix in batches, with a footprint after each.
    async fn all(&self, args: &SoakArgs, pid: u32) -> anyhow::Result<(mix::Outcomes, Vec<Footprint>)> {
        let mut outcomes = mix::Outcomes::default();
        let mut looks = Vec::new();
        let batch = (args.runs / FOOTPRINTS).max(1);
        let mut left = args.runs;
        while left > 0 {
            outcomes.merge(self.batch(batch.min(left), args.clients).await);
            left = left.saturating_sub(batch);
            tokio::time::sleep(SETTLE_TIME).await;
            looks.push(Footprint::of(pid)?);
            eprintln!("{} of {} programs; {}", args.runs - left, args.runs, looks[looks.len() - 1]);
        }
        Ok((outcomes, looks))
    }

    /// Runs a number of programs with this many clients.
    async fn batch(&self, programs: u64, clients: u32) -> mix::Outcomes {
        let left = Arc::new(AtomicU64::new(programs));
        let client = || {
            let (soak, left) = (self.clone(), left.clone());
            async move {
                let mut outcomes = mix::Outcomes::default();
                let take = |left: u64| left.checked_sub(1);
                while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok() {
                    soak.run_next(&mut outcomes).await;
                }
                outcomes
            }
        };
        let mut running: JoinSet<_> = (0..clients).map(|_| client()).collect();
        let mut all = mix::Outcomes::default();
        while let Some(one) = running.join_next().await {
            match one {
                Ok(outcomes) => all.merge(outcomes),
                Err(error) => all.count("a client", Err(error.to_string())),
            }
        }
        all
    }

    /// Runs the next program of the mix.
    async fn run_next(&self, outcomes: &mut mix::Outcomes) {
        let number = self.sent.fetch_add(1, Ordering::Relaxed);
        let piece = mix::piece(number);
        if number % CANCEL_EVERY == CANCEL_EVERY - 1 {
            outcomes.count("cancelled", self.submit_and_cancel(piece, number).await);
        } else {
            outcomes.count(piece.name, self.run(piece, number).await.map(drop));
        }
    }

    /// Submits it, waits, and checks the outcome.
    async fn run(&self, piece: &MixProgram, number: u64) -> Result<Duration, String> {
        let start = Instant::now();
        let address = format!("{}/api/execution/submit?wait=60", self.server);
        let answer = send(self.client.post(address).json(&piece.body(number))).await?;
        let took = start.elapsed();
        piece.check(&answer).map(|()| took)
    }

    /// Submits and cancels it. It may have ended before.
    async fn submit_and_cancel(&self, piece: &MixProgram, number: u64) -> Result<(), String> {
        let address = format!("{}/api/execution", self.server);
        let queued = send(self.client.post(format!("{address}/submit")).json(&piece.body(number))).await?;
        let id = queued.get("jobId").and_then(|id| id.as_str()).ok_or("no job id")?;
        tokio::time::sleep(Duration::from_millis(number % 40)).await;
        let asked = self.client.delete(format!("{address}/{id}")).send().await;
        asked.map_err(|error| error.without_url().to_string())?;
        let result = send(self.client.get(format!("{address}/result/{id}?wait=60"))).await?;
        match result.get("status").and_then(|status| status.as_str()) {
            Some("cancelled" | "completed") => Ok(()),
            other => Err(format!("{other:?} after it was cancelled")),
        }
    }

    /// Hello worlds one after another: a number of them, or until stopped.
    async fn hellos(&self, hellos: u32, stop: Option<&CancellationToken>) -> Tally {
        let mut tally = Tally::new();
        let start = Instant::now();
        for _ in 0..hellos {
            if stop.is_some_and(CancellationToken::is_cancelled) {
                break;
            }
            let number = self.sent.fetch_add(1, Ordering::Relaxed);
            tally.count(self.run(&MIX[0], number).await);
        }
        tally.elapsed = start.elapsed();
        tally
    }

    /// Hello worlds while hostile programs occupy all slots but one.
    async fn hellos_beside_hostile(&self, hellos: u32, clients: u32) -> Tally {
        let stop = CancellationToken::new();
        let hostile = |first: u64| {
            let (soak, stop) = (self.clone(), stop.clone());
            async move {
                let pieces = MIX.iter().filter(|piece| piece.kind == Kind::Hostile);
                for (number, piece) in (first..).zip(pieces.cycle().skip(usize::try_from(first).unwrap_or(0)))
                {
                    if stop.is_cancelled() {
                        return;
                    }
                    // Their outcomes were checked in the batches.
                    let _outcome = soak.run(piece, number).await;
                }
            }
        };
        let neighbours: JoinSet<()> = (1..u64::from(clients)).map(hostile).collect();
        // Wait until all of them run.
        tokio::time::sleep(SETTLE_TIME).await;
        let tally = self.hellos(hellos, None).await;
        stop.cancel();
        neighbours.join_all().await;
        tally
    }
}

async fn send(request: reqwest::RequestBuilder) -> Result<serde_json::Value, String> {
    let error_text = |error: reqwest::Error| error.without_url().to_string();
    let response = request.send().await.map_err(error_text)?;
    let status = response.status();
    if !status.is_success() {
        return Err(format!("status {status}"));
    }
    response.json().await.map_err(error_text)
}

fn ratios(quiet: &Tally, beside: &Tally, growth: &[Growth]) -> Vec<Ratio> {
    let p99 = |tally: &Tally| tally.samples.quantiles().map(|times| times.p99);
    let latency =
        Ratio::new("helloP99BesideHostileToQuiet", p99(beside), p99(quiet)).with(Target::AtMost(3.0));
    growth.iter().map(Growth::ratio).chain([latency]).collect()
}
