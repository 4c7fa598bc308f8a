//! Share of the processors that a run gets.

mod common;

/// Tests that measure time: nothing runs beside them.
mod measured {
    use std::time::{Duration, Instant};

    use model::{Cpus, Ending, Limits, Outcome, Usage};
    use sandbox::{DiskQuota, Pool, Program};
    use tokio_util::sync::CancellationToken;

    use super::common::{MEMORY, pool};

    const WALL: Duration = Duration::from_secs(3);

    fn limits(cpus: Cpus) -> Limits {
        Limits { cpu: Duration::from_secs(10), cpus, wall: WALL, ..Limits::STUDENT }
    }

    async fn run(pool: &Pool, code: &str, limits: Limits) -> Outcome {
        let lease = pool.lease(None, MEMORY).await.expect("a lease");
        let mut sandbox = lease.open(&[], DiskQuota::for_limits(&limits)).expect("a sandbox");
        let argv = ["/usr/bin/python3", "-c", code].map(str::to_owned).to_vec();
        let program = Program::new(argv, vec![], limits);
        let outcome = sandbox.run(&program, &CancellationToken::new(), &mut |_, _| {}).await.expect("a run");
        pool.take_back(sandbox.finish());
        outcome
    }

    /// A program that never has enough gets its share over some seconds, and the head start of a short one.
    async fn check(code: &str, cpus: Cpus) {
        let outcome = run(&pool(None).await, code, limits(cpus)).await;
        let Usage { cpu, wall, throttled, .. } = outcome.usage;
        assert_eq!(outcome.ending, Ending::WallLimit, "{outcome:?}");
        let most = Duration::from_millis(250) + cpus.cpu_time_in(WALL) + WALL / 10;
        assert!(cpu < most, "{cpu:?} of {most:?}");
        // Elsewhere others may have left it less than its share.
        assert!(cpus > Cpus::MIN || throttled > WALL / 10, "it was held back for {throttled:?}");
        assert!(
            wall < WALL + Duration::from_millis(500),
            "who waits for a turn is ended all the same: {wall:?}"
        );
    }

    #[tokio::test]
    async fn a_busy_loop_alone_on_the_machine_gets_its_share_and_no_more() {
        check("while True: pass", Cpus::HALF).await;
        check("while True: pass", Cpus::MIN).await;
    }

    #[tokio::test]
    async fn children_share_their_parents_share() {
        for cpus in [Cpus::HALF, Cpus::MIN] {
            check("import os\nos.fork(); os.fork()\nwhile True: pass", cpus).await;
        }
    }

    #[tokio::test]
    async fn a_program_with_a_whole_processor_is_hardly_held_back() {
        let outcome = run(&pool(None).await, "while True: pass", limits(Cpus::ONE)).await;
        assert!(outcome.usage.throttled < WALL / 10, "{:?}", outcome.usage);
    }

    const SHORT: &str = "import time\nwhile time.process_time() < 0.15: pass";

    #[tokio::test]
    async fn a_short_program_is_not_held_back_also_after_a_long_one_in_the_same_slot() {
        let pool = pool(None).await;
        for code in [SHORT, "while True: pass", SHORT, SHORT] {
            let long = code != SHORT;
            let outcome = run(&pool, code, limits(Cpus::MIN)).await;
            assert_eq!(outcome.usage.throttled.is_zero(), !long, "{code}: {:?}", outcome.usage);
        }
    }

    #[tokio::test]
    async fn a_program_that_is_held_back_is_stopped_at_once() {
        let pool = pool(None).await;
        let stop = CancellationToken::new();
        let limits = Limits { wall: Duration::from_secs(20), ..limits(Cpus::MIN) };
        let lease = pool.lease(None, MEMORY).await.expect("a lease");
        let mut sandbox = lease.open(&[], DiskQuota::for_limits(&limits)).expect("a sandbox");
        let argv = ["/bin/bash", "-c", "while :; do :; done"].map(str::to_owned).to_vec();
        let program = Program::new(argv, vec![], limits);
        let stopper = stop.clone();
        let stopped = tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(1)).await;
            stopper.cancel();
            Instant::now()
        });
        let outcome = sandbox.run(&program, &stop, &mut |_, _| {}).await.expect("a run");
        let took = stopped.await.expect("no panic").elapsed();
        assert_eq!(outcome.ending, Ending::Cancelled);
        assert!(took < Duration::from_millis(300), "{took:?}");
    }
}
