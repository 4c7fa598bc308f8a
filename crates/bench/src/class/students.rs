//! Students: open-loop load of program runs on a server.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio::{task::JoinSet, time::sleep_until};
use wire::ResultBody;

use super::lesson::{LessonProgram, program};
use crate::{arrivals::Arrivals, client::Connection, measurement::Tally};

/// The load of a class.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lesson {
    pub(super) server: SocketAddr,
    pub(super) students: u32,
    /// Runs of each student per minute.
    pub(super) per_minute: f64,
    pub(super) cpp_percent: u64,
    pub(super) length: Duration,
}

/// Idle connections. A browser keeps one, too.
#[derive(Clone, Default)]
struct Idle(Arc<Mutex<Vec<Connection>>>);

impl Lesson {
    /// Sends all runs of the lesson. Each is timed from its scheduled time, so that a delay of one run does
    /// not hide that of the next. Many students with random times are one stream of runs with random times.
    pub(super) async fn run_lesson(&self) -> Tally {
        let per_second = f64::from(self.students) * self.per_minute / 60.0;
        let (start, idle) = (Instant::now(), Idle::default());
        let (mut tally, mut running) = (Tally::new(), JoinSet::new());
        let moments = Arrivals::new(per_second, 1).take_while(|after| *after < self.length);
        for (number, after) in (0..).zip(moments) {
            let meant = start + after;
            sleep_until(meant.into()).await;
            let (idle, server, program) = (idle.clone(), self.server, program(number, self.cpp_percent));
            running.spawn(async move { run(program, number, server, &idle).await.map(|()| meant.elapsed()) });
            while let Some(one) = running.try_join_next() {
                tally.count(one.unwrap_or_else(|error| Err(error.to_string())));
            }
        }
        while let Some(one) = running.join_next().await {
            tally.count(one.unwrap_or_else(|error| Err(error.to_string())));
        }
        tally.elapsed = start.elapsed();
        tally
    }
}

impl Idle {
    async fn take_connection(&self, server: SocketAddr) -> Result<Connection, String> {
        let idle = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        match idle {
            Some(connection) => Ok(connection),
            None => Connection::open(server).await.map_err(|error| format!("{error:#}")),
        }
    }

    fn put_back(&self, connection: Connection) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
    }
}

/// Runs a program and checks its output.
async fn run(program: &LessonProgram, number: u64, server: SocketAddr, idle: &Idle) -> Result<(), String> {
    let mut connection = idle.take_connection(server).await?;
    let answer = connection.ask(&program.request(number)).await?;
    if answer.status != 200 {
        return Err(format!("status {}", answer.status));
    }
    let result: ResultBody =
        serde_json::from_slice(answer.body).map_err(|error| format!("not a result: {error}"))?;
    idle.put_back(connection);
    match result.run {
        Some(run) if run.stdout == program.stdout => Ok(()),
        Some(run) => Err(format!("{:?} with wrong output", run.reason)),
        None => Err(format!("{:?} without a run", result.status)),
    }
}
