//! The disk with the data folder is full for a while: nothing is acknowledged that cannot be kept, and all goes on when there
//! is room again.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use testkit::{FaultProxy, Setup, SmallDisk};

use crate::{Crowd, jobs, setup};

/// Room for the records of all jobs; full soon enough.
const SIZE: u64 = 24 << 20;
/// How long there is no room.
const FULL: Duration = Duration::from_secs(2);

#[tokio::test]
async fn a_full_disk_acknowledges_nothing_and_loses_nothing() {
    let disk = Arc::new(SmallDisk::of(SIZE));
    let mut server = Setup { disk: Some(disk.clone()), ..setup() }.start().await;
    let door = FaultProxy::before(server.address());
    let crowd = Crowd::new("disk full", jobs(), &[format!("http://{}", door.at())]);
    crowd
        .works(async {
            for percent in [10, 40, 70] {
                crowd.until_ended(percent).await;
                disk.fill();
                crowd.until_failing().await;
                tokio::time::sleep(FULL).await;
                disk.empty();
                crowd.recovers_from(Instant::now()).await;
            }
            // And killed with nothing left to write to.
            disk.fill();
            crowd.until_failing().await;
            server.kill().await;
            disk.empty();
            let over = Instant::now();
            server.begin_again().await;
            door.lead_to(server.address());
            crowd.recovers_from(over).await;
        })
        .await;
    crowd.sums_up("filled 4 times, killed once while full").await;
}
