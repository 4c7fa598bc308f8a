//! Embedded engines: a single process on files, killed repeatedly.

use std::time::{Duration, Instant};

use testkit::{FaultProxy, Server};

use crate::{ChaosClients, jobs, setup};

/// Minimum number of kills of the server.
const KILLS: usize = 6;
/// And for so many jobs once.
const JOBS_PER_KILL: usize = 40;

/// Kills the server and starts it again, where clients expect it; ready or not, as a supervisor does. Returns when the fault
/// was over: there was no server any more that could fail.
async fn kill(server: &mut Server, door: &FaultProxy) -> Instant {
    server.kill().await;
    let over = Instant::now();
    server.relaunch().await;
    door.set_upstream(server.address());
    over
}

#[tokio::test]
async fn a_server_killed_again_and_again_loses_nothing() {
    let mut server = setup().start().await;
    let door = FaultProxy::in_front_of(server.address());
    let crowd = ChaosClients::new("server killed", jobs(), &[format!("http://{}", door.address())]);
    let kills = KILLS.max(jobs() / JOBS_PER_KILL);
    let mut killed = 0;
    crowd
        .run_during(async {
            for turn in 1..=kills {
                crowd.until_ended(turn * 80 / kills).await;
                // Not always when a job has just ended.
                tokio::time::sleep(Duration::from_millis(turn as u64 * 97 % 400)).await;
                let mut over = kill(&mut server, &door).await;
                if turn % 3 == 0 {
                    // Killed while it rebuilds its queue, or before it is ready.
                    over = kill(&mut server, &door).await;
                    killed += 1;
                }
                killed += 1;
                crowd.recovers_from(over).await;
            }
        })
        .await;
    crowd.sums_up(&format!("killed {killed} times")).await;
}
