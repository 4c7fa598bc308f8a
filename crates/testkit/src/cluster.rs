//! Cluster: several server processes on this machine that share a Redis, a PostgreSQL and an object store.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt as _,
    time::Duration,
};

use futures_util::future::join_all;
use tempfile::TempDir;

use crate::{Postgres, Redis, Server, Setup, eventually};

/// Workers announce their toolchains when they claim, and services read them every second.
const INTRODUCTION: Duration = Duration::from_secs(30);

/// A Redis, a PostgreSQL, a folder of objects, and servers that share them. All end with it.
#[derive(Debug)]
pub struct Cluster {
    /// The processes, in the order in which their roles were given; killed first.
    pub servers: Vec<Server>,
    /// Their queue.
    pub redis: Redis,
    /// Their records.
    pub postgres: Postgres,
    objects: TempDir,
}

impl Cluster {
    /// Starts the engines, and a process for each of these roles (`"gateway,execution,problems"`, `"worker"`), all at once;
    /// returns when all are ready, and the processes that accept submissions know the workers.
    pub async fn start(roles: &[&str]) -> Self {
        Self::start_as(&Setup::default(), roles).await
    }

    /// The same, with each process set up like this one.
    pub async fn start_as(setup: &Setup, roles: &[&str]) -> Self {
        let mut cluster = Self::engines().await;
        let setups = roles.iter().map(|roles| cluster.process(setup.clone(), roles));
        let setups: Vec<Setup> = setups.collect();
        cluster.servers = join_all(setups.into_iter().map(Setup::start)).await;
        if roles.iter().any(|roles| roles.contains("worker")) {
            join_all(cluster.servers.iter().map(knows_workers)).await;
        }
        cluster
    }

    /// Starts the engines only; [`Cluster::process`] prepares processes that share them.
    pub async fn engines() -> Self {
        let (redis, postgres) = tokio::join!(Redis::start(), Postgres::start());
        let objects = tempfile::tempdir().expect("a temporary folder");
        // The processes of several users share the folder.
        fs::set_permissions(objects.path(), Permissions::from_mode(0o777)).expect("its own folder");
        Self { servers: Vec::new(), redis, postgres, objects }
    }

    /// Setup of another process with these roles. It keeps its address when it is restarted.
    pub fn process(&self, mut setup: Setup, roles: &str) -> Setup {
        setup.env.extend([
            ("CODERUNNER_ROLES", roles.to_owned()),
            ("CODERUNNER_BROKER__URL", self.redis.url()),
            ("CODERUNNER_RECORDS__URL", self.postgres.url()),
            ("CODERUNNER_OBJECTS__URL", format!("file://{}", self.objects.path().display())),
        ]);
        Setup { keep_address: true, ..setup }
    }
}

async fn knows_workers(server: &Server) {
    if !server.takes_submissions() {
        return;
    }
    eventually("a server hears of a worker", INTRODUCTION, async || {
        let languages = server.client().get("/api/languages").await.expect(200).json();
        let list = languages["languages"].as_array().expect("a list").clone();
        list.iter().any(|language| language["version"].is_string()).then_some(())
    })
    .await;
}
