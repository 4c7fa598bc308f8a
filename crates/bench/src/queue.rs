//! Queue bench (`coderunner-bench queue`): job throughput of store and queue, and pickup latency.
//!
//! Submissions go over HTTP to a server whose only slot is occupied, so that only their acceptance is
//! measured. Jobs pass through store and queue in this process, without sandbox and HTTP. References are
//! measured alternately with them: disk flushes, empty requests, records alone.

mod count;
mod flush;
mod jobs;
mod load;
mod redis;
mod report;
mod submits;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context;
use broker::{Broker, EmbeddedBroker, EmbeddedSettings, RedisBroker, RedisSettings};
use futures_util::{StreamExt as _, stream::FuturesUnordered};
use store::Store;
use tempfile::TempDir;

use self::{
    count::Count,
    jobs::{Engine, job},
    redis::Redis,
    report::{Rate, WaitTimes},
    submits::{Clients, RequestSpec},
};
use super::{
    cpu_time,
    goal::{Ratio, Target},
    machine::MeasurementContext,
    server::Server,
};
use crate::cli::{QueueArgs, QueueEngine};

pub(super) use self::report::QueueReport;

/// Settings of a server with one slot, which stops without draining.
const ONE_SLOT: [(&str, &str); 2] = [("CODERUNNER_WORKER__SLOTS", "1"), ("CODERUNNER_DRAIN_SECONDS", "1")];

/// Duration of a sleeper, with a margin.
const SLEEP: Duration = Duration::from_secs(25);

/// Concurrent writers in the measurement of records alone, as many as clients of a server.
const RECORDERS: usize = 128;

/// Measures a server that it starts, then a store and queue of its own; with Redis, only the latter.
pub(super) async fn measure(args: &QueueArgs) -> anyhow::Result<QueueReport> {
    let mut circumstances = MeasurementContext::now();
    let folder = tempfile::tempdir().context("cannot make a folder for records and queue")?;
    let (engine, rates, waits) = match args.engine {
        QueueEngine::Embedded => {
            let over_http = over_http(args).await?;
            let (alone, waits) = measure_stages(args, &embedded(&folder).await?, None).await?;
            ("embedded", over_http.into_iter().chain(alone).collect(), waits)
        }
        QueueEngine::Redis => {
            let redis = Redis::at(args.redis.as_deref()).await?;
            let (rates, waits) =
                measure_stages(args, &on_redis(&folder, &redis).await?, Some(&redis)).await?;
            ("redis", rates, waits)
        }
    };
    circumstances.end();
    let ratios = ratios(args.engine, &rates, &waits);
    Ok(QueueReport {
        bench: "queue",
        circumstances,
        engine,
        records: "SQLite",
        rates,
        waits: waits.into(),
        ratios,
    })
}

const FLUSHES: &str = "flushes of the disk";
const EMPTY_REQUESTS: &str = "HTTP requests for nothing";
const SUBMITS: &str = "submissions over HTTP";
const RECORDS: &str = "records";
const JOBS: &str = "jobs to their end";
const SETS: &str = "SETs of Redis";

/// Alternates flushes, empty requests and submissions.
async fn over_http(args: &QueueArgs) -> anyhow::Result<Vec<Rate>> {
    let folder = tempfile::tempdir().context("cannot make a folder for a file to flush")?;
    let server = Server::start_with(&ONE_SLOT).await?;
    let mut clients = Clients::connect(&server.address, args.clients).await?;
    let mut rows = [Vec::new(), Vec::new(), Vec::new()];
    for _ in 0..sleepers(args) {
        clients.ask_once(&RequestSpec::sleeper()).await?;
    }
    for round in 0..=args.rounds {
        let flushed = tokio::task::block_in_place(|| flush::flushes(folder.path(), window(args) / 4))?;
        let pid = server.pid();
        let counts = [
            flushed,
            with_cpu_time(pid, clients.ask(&RequestSpec::empty_request(), window(args) / 2)).await?,
            with_cpu_time(pid, clients.ask(&RequestSpec::submit(), window(args))).await?,
        ];
        record_round(&mut rows, counts, round);
    }
    drop(server);
    Ok([FLUSHES, EMPTY_REQUESTS, SUBMITS]
        .into_iter()
        .zip(&rows)
        .map(|(name, counts)| Rate::of(name, counts))
        .collect())
}

/// Number of sleepers that occupy the slot for the whole measurement; they are submitted first.
fn sleepers(args: &QueueArgs) -> u64 {
    let all = 2 * window(args) * (args.rounds + 1);
    1 + all.as_secs() / SLEEP.as_secs()
}

/// Alternates records alone, complete jobs, and Redis alone if there is one; then jobs at half of that rate.
async fn measure_stages(
    args: &QueueArgs,
    engine: &Engine,
    redis: Option<&Redis>,
) -> anyhow::Result<(Vec<Rate>, [WaitTimes; 2])> {
    let mut rows = [Vec::new(), Vec::new(), Vec::new()];
    let pid = std::process::id();
    for round in 0..=args.rounds {
        let sets = async {
            match redis {
                Some(redis) => redis.sets(window(args) / 2).await,
                None => Ok(Count::default()),
            }
        };
        let counts = [
            with_cpu_time(pid, records(engine, window(args) / 2)).await?,
            with_cpu_time(pid, load::closed_loop(engine, window(args))).await?,
            sets.await?,
        ];
        record_round(&mut rows, counts, round);
    }
    let [records, jobs, sets] = rows;
    let jobs = Rate::of(JOBS, &jobs);
    let half = jobs.per_second / 2.0;
    let waits = load::open_loop(engine, half, window(args) * args.rounds).await;
    let mut rates = vec![Rate::of(RECORDS, &records), jobs];
    rates.extend(redis.map(|_| Rate::of(SETS, &sets)));
    Ok((rates, WaitTimes::of(&waits, half)))
}

/// The count, with the CPU time of the process meanwhile.
async fn with_cpu_time(pid: u32, work: impl Future<Output = Count>) -> anyhow::Result<Count> {
    let before = cpu_time::time_of(pid)?;
    let count = work.await;
    Ok(count.with_cpu(cpu_time::time_of(pid)?.saturating_sub(before)))
}

/// The first round is a warm-up.
fn record_round<const N: usize>(rows: &mut [Vec<Count>; N], counts: [Count; N], round: u32) {
    if round > 0 {
        rows.iter_mut().zip(counts).for_each(|(row, count)| row.push(count));
    }
}

fn window(args: &QueueArgs) -> Duration {
    Duration::from_millis(args.window_ms)
}

/// Writes records at full speed for this time.
async fn records(engine: &Engine, length: Duration) -> Count {
    let start = Instant::now();
    let one = |_| async move {
        let mut count = Count::default();
        while start.elapsed() < length && count.is_clean() {
            count.add(engine.record(&job()).await);
        }
        count
    };
    let all: FuturesUnordered<_> = (0..RECORDERS).map(one).collect();
    let count = all.fold(Count::default(), |sum, one| async move { sum.with(one) }).await;
    count.with_elapsed(start.elapsed())
}

/// Store and queue in this folder, without a capacity limit.
async fn embedded(folder: &TempDir) -> anyhow::Result<Engine> {
    let settings = EmbeddedSettings { max_waiting: None, ..EmbeddedSettings::default() };
    let broker = EmbeddedBroker::open(folder.path(), settings).await?;
    engine(folder, Arc::new(broker)).await
}

/// Store in this folder, and a queue of its own on this Redis.
async fn on_redis(folder: &TempDir, redis: &Redis) -> anyhow::Result<Engine> {
    let namespace = format!("bench-{}", uuid::Uuid::now_v7());
    let settings = RedisSettings { namespace, max_waiting: None, ..RedisSettings::default() };
    engine(folder, Arc::new(RedisBroker::connect(&redis.url, settings)?)).await
}

async fn engine(folder: &TempDir, broker: Arc<dyn Broker>) -> anyhow::Result<Engine> {
    Ok(Engine { store: Store::open(folder.path()).await?, broker })
}

fn ratios(engine: QueueEngine, rates: &[Rate], waits: &[WaitTimes]) -> Vec<Ratio> {
    let rate = |name| rates.iter().find(|rate| rate.name == name).map(|rate| rate.per_second);
    let plain = |name, figure| Ratio::new(name, figure, Some(1.0));
    let jobs = |least| plain("jobsPerSecond", rate(JOBS)).with(Target::AtLeast(least));
    let pickup = plain("pickupP99Ms", waits.first().and_then(WaitTimes::p99)).with(Target::AtMost(10.0));
    match engine {
        QueueEngine::Embedded => vec![
            plain("submitsPerSecond", rate(SUBMITS)).with(Target::AtLeast(20_000.0)),
            jobs(10_000.0),
            pickup,
            Ratio::new("submitsToHttp", rate(SUBMITS), rate(EMPTY_REQUESTS)),
            Ratio::new("submitsToRecords", rate(SUBMITS), rate(RECORDS)),
            Ratio::new("recordsToFlushes", rate(RECORDS), rate(FLUSHES)),
        ],
        QueueEngine::Redis => vec![jobs(8_000.0), pickup, Ratio::new("jobsToSets", rate(JOBS), rate(SETS))],
    }
}
