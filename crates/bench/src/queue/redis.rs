//! Redis for the queue: a given server, or one started for the bench.

use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use redis::{Client, aio::MultiplexedConnection};
use tempfile::TempDir;

use super::count::Count;
use futures_util::{StreamExt as _, stream::FuturesUnordered};

/// Timeout for its first response.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Concurrent clients in the measurement of Redis alone.
const CONCURRENCY: usize = 128;

/// A Redis server, stopped on drop if it was started here.
pub(super) struct Redis {
    pub(super) url: String,
    life: Option<Child>,
    _folder: Option<TempDir>,
}

impl Redis {
    /// The server at this address, or a new one with production settings: an append-only file that is flushed
    /// every second.
    pub(super) async fn at(url: Option<&str>) -> anyhow::Result<Self> {
        let redis = match url {
            Some(url) => Self { url: url.to_owned(), life: None, _folder: None },
            None => Self::start()?,
        };
        redis.until_it_answers().await?;
        Ok(redis)
    }

    fn start() -> anyhow::Result<Self> {
        let folder = tempfile::tempdir().context("cannot make a folder for Redis")?;
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let port = free.context("there is no free port for Redis")?.port();
        let life = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--port", &port.to_string(), "--save", ""])
            .args(["--appendonly", "yes", "--appendfsync", "everysec", "--dir"])
            .arg(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .context("redis-server does not start; install it, or name a Redis that runs with --redis")?;
        Ok(Self { url: format!("redis://127.0.0.1:{port}"), life: Some(life), _folder: Some(folder) })
    }

    async fn connect(&self) -> anyhow::Result<MultiplexedConnection> {
        let client = Client::open(self.url.as_str()).context("this is no address of a Redis")?;
        Ok(client.get_multiplexed_async_connection().await?)
    }

    async fn until_it_answers(&self) -> anyhow::Result<()> {
        let deadline = Instant::now() + TIMEOUT;
        while let Err(error) = self.connect().await {
            if Instant::now() > deadline {
                bail!("the Redis at {} does not answer: {error:#}", self.url);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// `SET`s at full speed for this time, on one shared connection.
    pub(super) async fn sets(&self, length: Duration) -> anyhow::Result<Count> {
        let connection = self.connect().await?;
        let start = Instant::now();
        let one = |asker: usize| {
            let mut connection = connection.clone();
            async move {
                let mut count = Count::default();
                let key = format!("bench:{asker}");
                while start.elapsed() < length && count.is_clean() {
                    let set: redis::RedisResult<()> =
                        redis::cmd("SET").arg(&key).arg("value").query_async(&mut connection).await;
                    count.add(set.map_err(|error| error.to_string()));
                }
                count
            }
        };
        let all: FuturesUnordered<_> = (0..CONCURRENCY).map(one).collect();
        let count = all.fold(Count::default(), |sum, one| async move { sum.with(one) }).await;
        Ok(count.with_elapsed(start.elapsed()))
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        if let Some(mut life) = self.life.take() {
            // Both fail if it has ended already.
            let _gone = life.kill().and_then(|()| life.wait());
        }
    }
}
