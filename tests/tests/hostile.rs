//! Hostile programs: exhaustion of resources does not affect parallel programs. The ending of each is in `attacks/`.

use std::time::{Duration, Instant};

use testkit::{Server, bash, python, with_limits};
use wire::{JobStatusName, LimitsBody, RunReason};

/// Low limits, so that each is met soon.
const SHORT: LimitsBody = LimitsBody {
    cpu_ms: Some(2000),
    cpus: None,
    wall_ms: Some(10_000),
    memory_bytes: Some(64 << 20),
    output_bytes: Some(10_000),
    processes: Some(20),
};

#[tokio::test]
async fn an_innocent_program_runs_beside_a_bomb() {
    let server = Server::start().await;
    let client = server.client();
    for bomb in [
        "import os\nprint('on', flush=True)\nwhile True:\n  try: os.fork()\n  except OSError: pass",
        "import sys\nprint('on', flush=True)\nx = []\nwhile True: x.append(bytearray(1 << 20))",
        "print('on', flush=True)\nwhile True: pass",
    ] {
        // Again and again, for as long as the innocent ones run.
        let bombing = async {
            loop {
                let job = client.run(&with_limits(SHORT, python(bomb))).await;
                assert_ne!(job.run.map(|run| run.reason), Some(RunReason::Exited));
            }
        };
        let innocents = async {
            for _ in 0..5 {
                let began = Instant::now();
                let job = client.run(&bash("for n in 1 2 3; do echo $n | cat; done")).await;
                assert_eq!(
                    (job.status, job.output.as_str()),
                    (JobStatusName::Completed, "1\n2\n3\n"),
                    "{job:#?}"
                );
                assert!(began.elapsed() < Duration::from_secs(2), "it took {:?}", began.elapsed());
            }
        };
        tokio::select! {
            () = bombing => {}
            () = innocents => {}
        }
    }
}
