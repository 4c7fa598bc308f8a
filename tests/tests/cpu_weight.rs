//! CPU weight: a run that has used much CPU time yields to others.

use std::{fs, path::PathBuf, time::Duration};

use testkit::{Server, Setup, bash, eventually, host};

const SOON: Duration = Duration::from_secs(20);

/// Current CPU weight of the only slot, relative to the default weight.
fn weight(server: &Server) -> Option<f64> {
    let slots: Vec<PathBuf> =
        host::cgroups_of(server.pid()).iter().map(|parent| parent.join("slot-0")).collect();
    [("cpu.shares", 1024.0), ("cpu.weight", 100.0)].into_iter().find_map(|(file, usual)| {
        let told = slots.iter().find_map(|slot| fs::read_to_string(slot.join(file)).ok())?;
        Some(told.trim().parse::<f64>().expect("a number") / usual)
    })
}

async fn until_it_weighs(server: &Server, condition: &str, is_right: impl Fn(f64) -> bool) {
    eventually(condition, SOON, async || {
        let weight = weight(server).expect("a cgroup with the controller cpu");
        is_right(weight).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_run_that_goes_on_weighs_less_and_the_next_one_weighs_as_much_as_any() {
    let server = Setup::with_slots(1).start().await;
    let busy = server.client().submit(&bash("while :; do :; done")).await;
    until_it_weighs(&server, "it has used much", |weight| weight < 0.1).await;
    server.client().cancel(&busy).await.expect(202);
    until_it_weighs(&server, "the slot is ready for another", |weight| weight > 0.99).await;
}
