//! Full disk: nothing is acknowledged that cannot be stored, and the server continues when there is space again.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use testkit::{FaultProxy, Setup, SmallDisk};

use crate::{ChaosClients, jobs, setup};

/// Room for the records of all jobs; full soon enough.
const SIZE: u64 = 24 << 20;
/// Time during which the disk is full.
const FULL: Duration = Duration::from_secs(2);

#[tokio::test]
async fn a_full_disk_acknowledges_nothing_and_loses_nothing() {
    let disk = Arc::new(SmallDisk::with_size(SIZE));
    let mut server = Setup { disk: Some(disk.clone()), ..setup() }.start().await;
    let door = FaultProxy::in_front_of(server.address());
    let crowd = ChaosClients::new("disk full", jobs(), &[format!("http://{}", door.address())]);
    crowd
        .run_during(async {
            for percent in [10, 40, 70] {
                crowd.until_ended(percent).await;
                disk.fill();
                crowd.until_failing().await;
                tokio::time::sleep(FULL).await;
                disk.clear();
                crowd.recovers_from(Instant::now()).await;
            }
            // And killed with nothing left to write to.
            disk.fill();
            crowd.until_failing().await;
            server.kill().await;
            disk.clear();
            let over = Instant::now();
            server.relaunch().await;
            door.set_upstream(server.address());
            crowd.recovers_from(over).await;
        })
        .await;
    crowd.sums_up("filled 4 times, killed once while full").await;
}
