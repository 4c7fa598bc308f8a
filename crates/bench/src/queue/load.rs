//! Load on the job pipeline: closed loop at full speed, or open loop at a fixed rate.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use model::JobId;
use tokio::{
    sync::{Semaphore, mpsc},
    task::JoinSet,
    time::sleep_until,
};

use super::{
    count::Count,
    jobs::{CompletedJob, Engine, job},
};
use crate::{arrivals::Arrivals, samples::Samples};

/// Jobs in flight in the closed loop.
const IN_FLIGHT: usize = 512;
/// Tasks that submit jobs.
const SENDERS: usize = 64;
/// Timeout for the jobs in flight at the end.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(30);

/// Closed loop: each settled job is followed by another. Returns the count.
pub(super) async fn closed_loop(engine: &Engine, length: Duration) -> Count {
    let start = Instant::now();
    let room = Arc::new(Semaphore::new(IN_FLIGHT));
    let (tell, mut gone) = mpsc::unbounded_channel();
    let mut tasks: JoinSet<Result<(), String>> =
        (0..SENDERS).map(|_| send(engine.clone(), room.clone())).collect();
    let worker = engine.clone();
    tasks.spawn(async move { worker.work(tell).await });
    let mut count = Count::default();
    let deadline = tokio::time::Instant::from_std(start + length);
    loop {
        tokio::select! {
            biased;
            () = sleep_until(deadline) => break,
            Some(CompletedJob { end, .. }) = gone.recv() => {
                count.add(end);
                room.add_permits(1);
            }
            Some(ended) = tasks.join_next() => count.add(ended.unwrap_or_else(|error| Err(error.to_string()))),
        }
    }
    let elapsed = start.elapsed();
    room.close();
    drain(gone, IN_FLIGHT - room.available_permits().min(IN_FLIGHT)).await;
    count.with_elapsed(elapsed)
}

/// Submits one job after another, as long as there are permits.
async fn send(engine: Engine, room: Arc<Semaphore>) -> Result<(), String> {
    while let Ok(permit) = room.acquire().await {
        permit.forget();
        engine.submit(&job()).await?;
    }
    // The semaphore is closed; errors matter only after that.
    std::future::pending().await
}

/// Waits for the jobs in flight, so that they do not affect the next measurement.
async fn drain(mut gone: mpsc::UnboundedReceiver<CompletedJob>, left: usize) {
    let all = async {
        for _ in 0..left {
            if gone.recv().await.is_none() {
                return;
            }
        }
    };
    // Jobs left after the timeout affect the next figure, and nothing else.
    let _late = tokio::time::timeout(Duration::from_secs(2), all).await;
}

/// Waiting times of jobs at a fixed rate.
pub(super) struct Latencies {
    /// From the scheduled submission to the claim.
    pub(super) claimed: Samples,
    /// From the scheduled submission to the settlement.
    pub(super) settled: Samples,
    pub(super) count: Count,
}

/// Open loop at random times with this average rate: a late submission counts as late.
pub(super) async fn open_loop(engine: &Engine, per_second: f64, length: Duration) -> Latencies {
    let sent: Arc<Mutex<HashMap<JobId, Instant>>> = Arc::default();
    let (tell, mut gone) = mpsc::unbounded_channel();
    let (fail, mut failed) = mpsc::unbounded_channel();
    let worker = engine.clone();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move { worker.work(tell).await });
    let sender =
        tokio::spawn(send_at_rate(engine.clone(), sent.clone(), fail, Arrivals::new(per_second, 1), length));
    let start = Instant::now();
    let mut waits = Latencies { claimed: Samples::new(), settled: Samples::new(), count: Count::default() };
    let give_up = tokio::time::Instant::from_std(start + length + DRAIN_TIMEOUT);
    loop {
        tokio::select! {
            Some(one) = gone.recv() => waits.add(one, &sent),
            Some(error) = failed.recv() => waits.count.add(Err(error)),
            () = tokio::time::sleep(Duration::from_millis(50)), if sender.is_finished() => {
                if lock(&sent).is_empty() {
                    break;
                }
            }
            () = sleep_until(give_up) => break,
        }
    }
    for _ in 0..lock(&sent).len() {
        waits.count.add(Err("never settled".to_owned()));
    }
    waits.count = waits.count.with_elapsed(start.elapsed());
    waits
}

impl Latencies {
    fn add(
        &mut self,
        CompletedJob { job, claimed, end }: CompletedJob,
        sent: &Mutex<HashMap<JobId, Instant>>,
    ) {
        // A job of the previous measurement, still in flight at its end.
        let Some(meant) = lock(sent).remove(&job) else { return };
        self.claimed.add(claimed.saturating_duration_since(meant));
        self.settled.add(meant.elapsed());
        self.count.add(end);
    }
}

async fn send_at_rate(
    engine: Engine,
    sent: Arc<Mutex<HashMap<JobId, Instant>>>,
    fail: mpsc::UnboundedSender<String>,
    arrivals: Arrivals,
    length: Duration,
) {
    let start = Instant::now();
    let mut sending = JoinSet::new();
    for after in arrivals.take_while(|after| *after < length) {
        let meant = start + after;
        sleep_until(meant.into()).await;
        let job = job();
        lock(&sent).insert(job.id, meant);
        let (engine, fail, sent) = (engine.clone(), fail.clone(), sent.clone());
        sending.spawn(async move {
            if let Err(error) = engine.submit(&job).await {
                lock(&sent).remove(&job.id);
                let _nobody = fail.send(error);
            }
        });
        while sending.try_join_next().is_some() {}
    }
    sending.join_all().await;
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
