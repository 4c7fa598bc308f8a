//! Waiting clients: their cost to the server, and their notification latency.
//!
//! The server has one slot, which a sleeper occupies, so that later jobs wait. A cancelled job ends at once,
//! and its waiting client must be notified.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use serde::Deserialize;
use tokio::{sync::mpsc, task::JoinSet};

use crate::{
    client::{Connection, address, request},
    samples::Samples,
    server::Server,
};

/// Settings of a server with one slot that stops without draining.
const ONE_SLOT: [(&str, &str); 2] = [("CODERUNNER_WORKER__SLOTS", "1"), ("CODERUNNER_DRAIN_SECONDS", "1")];

const SLEEPER: &str = r#"{"language":"python","code":"import time\ntime.sleep(29)"}"#;
const PROGRAM: &str = r#"{"language":"python","code":"print('never run')"}"#;

/// Enough sleepers for the whole measurement.
const SLEEPERS: u32 = 5;

/// Delay until sent requests wait in the server and its memory is stable.
const SETTLE_TIME: Duration = Duration::from_secs(3);

/// Duration of the measurement of the waiting cost.
const MEASUREMENT: Duration = Duration::from_secs(5);

/// Maximum `wait` of a request.
const MAX_WAIT: Duration = Duration::from_mins(1);

/// The measurements.
pub(super) struct WaitingMeasurements {
    /// Server memory per waiting client.
    pub(super) kib_each: f64,
    /// CPU use of the server while nothing happens, in percent of one core.
    pub(super) cpu_percent: f64,
    /// Latency from the end of a job to its waiting client, one job after another.
    pub(super) one_by_one: Samples,
    /// Latency from the end of one job to each of its waiting clients.
    pub(super) at_once: Samples,
    pub(super) errors: Vec<String>,
}

/// Measures with clients that wait for a job each, then all for the same one.
pub(super) async fn measure(clients: u32) -> anyhow::Result<WaitingMeasurements> {
    let server = Server::start_with(&ONE_SLOT).await?;
    let at = address(&server.address)?;
    let mut teacher = Connection::open(at).await?;
    for _ in 0..SLEEPERS {
        submit(&mut teacher, SLEEPER).await?;
    }
    let jobs = submit_all(&mut teacher, clients).await?;
    let before = server.memory_kib()?;
    let mut waiters = WaitingClients::new(at, &jobs).await;
    tokio::time::sleep(SETTLE_TIME).await;
    let kib_each = (server.memory_kib()? - before) / f64::from(clients);
    let cpu_percent = cpu_percent(&server).await?;
    let one_by_one = waiters.end_one_by_one(&mut teacher, &jobs).await?;

    let shared = submit(&mut teacher, PROGRAM).await?;
    let mut together = WaitingClients::new(at, &vec![shared.clone(); jobs.len()]).await;
    tokio::time::sleep(SETTLE_TIME).await;
    let at_once = together.end_together(&mut teacher, &shared).await?;
    let errors = waiters.errors.into_iter().chain(together.errors).collect();
    Ok(WaitingMeasurements { kib_each, cpu_percent, one_by_one, at_once, errors })
}

async fn cpu_percent(server: &Server) -> anyhow::Result<f64> {
    let (start, before) = (Instant::now(), server.cpu()?);
    tokio::time::sleep(MEASUREMENT).await;
    Ok(100.0 * server.cpu()?.saturating_sub(before).as_secs_f64() / start.elapsed().as_secs_f64())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Accepted {
    job_id: String,
}

async fn submit(connection: &mut Connection, body: &str) -> anyhow::Result<String> {
    let answer =
        connection.ask(&request("POST", "/api/execution/submit", body)).await.map_err(anyhow::Error::msg)?;
    ensure!(answer.status == 202, "a submission was answered with status {}", answer.status);
    let accepted: Accepted =
        serde_json::from_slice(answer.body).context("a submission was not answered with its id")?;
    Ok(accepted.job_id)
}

async fn submit_all(connection: &mut Connection, jobs: u32) -> anyhow::Result<Vec<String>> {
    let mut ids = Vec::new();
    for _ in 0..jobs {
        ids.push(submit(connection, PROGRAM).await?);
    }
    Ok(ids)
}

async fn cancel(connection: &mut Connection, id: &str) -> anyhow::Result<()> {
    let asked = request("DELETE", &format!("/api/execution/{id}"), "");
    let answer = connection.ask(&asked).await.map_err(anyhow::Error::msg)?;
    ensure!(answer.status == 200, "a cancellation was answered with status {}", answer.status);
    Ok(())
}

/// Clients, each with a connection that waits for a job.
struct WaitingClients {
    /// Keeps the tasks alive: they are aborted when it is dropped.
    _waiting: JoinSet<()>,
    /// Index of each client with an answer, and the time of it.
    answers: mpsc::UnboundedReceiver<(usize, Result<Instant, String>)>,
    errors: Vec<String>,
}

impl WaitingClients {
    async fn new(server: SocketAddr, jobs: &[String]) -> Self {
        let (tell, heard) = mpsc::unbounded_channel();
        let (mut waiting, mut errors) = (JoinSet::new(), Vec::new());
        for (place, job) in jobs.iter().enumerate() {
            // One after another: the listener's backlog is not measured here.
            match Connection::open(server).await {
                Ok(connection) => {
                    let (job, tell) = (job.clone(), tell.clone());
                    waiting.spawn(async move {
                        // The receiver is gone when the measurement is over.
                        let _late = tell.send((place, wait(connection, &job).await));
                    });
                }
                Err(error) => errors.push(format!("{error:#}")),
            }
        }
        Self { _waiting: waiting, answers: heard, errors }
    }

    /// Ends one job after another, each after the notification of the last.
    async fn end_one_by_one(&mut self, teacher: &mut Connection, jobs: &[String]) -> anyhow::Result<Samples> {
        let mut samples = Samples::new();
        for (place, job) in jobs.iter().enumerate() {
            let ended = Instant::now();
            cancel(teacher, job).await?;
            match self.next().await {
                Some((client, Ok(at))) if client == place => samples.add(at.saturating_duration_since(ended)),
                Some((_, Ok(_))) => {
                    self.errors.push("somebody heard of an end that was not theirs".to_owned());
                }
                Some((_, Err(error))) => self.errors.push(error),
                None => break,
            }
        }
        Ok(samples)
    }

    /// Ends the job for which all clients wait.
    async fn end_together(&mut self, teacher: &mut Connection, job: &str) -> anyhow::Result<Samples> {
        let mut samples = Samples::new();
        let ended = Instant::now();
        cancel(teacher, job).await?;
        while let Some((_, heard)) = self.next().await {
            match heard {
                Ok(at) => samples.add(at.saturating_duration_since(ended)),
                Err(error) => self.errors.push(error),
            }
        }
        Ok(samples)
    }

    /// The next notified client; `None` after the last.
    async fn next(&mut self) -> Option<(usize, Result<Instant, String>)> {
        tokio::time::timeout(MAX_WAIT, self.answers.recv()).await.unwrap_or_else(|_| {
            self.errors.push("somebody never heard of an end".to_owned());
            None
        })
    }
}

/// Waits for the end of a job, which must be its cancellation.
async fn wait(mut connection: Connection, job: &str) -> Result<Instant, String> {
    let asked = request("GET", &format!("/api/execution/result/{job}?wait=60"), "");
    let answer = connection.ask(&asked).await?;
    let heard = Instant::now();
    let result: wire::ResultBody = serde_json::from_slice(answer.body)
        .map_err(|_| format!("an answer with status {}", answer.status))?;
    if result.status == wire::JobStatusName::Cancelled {
        Ok(heard)
    } else {
        Err(format!("{:?} instead of cancelled", result.status))
    }
}
