//! CPU bandwidth limit of programs: over HTTP, in sessions and on the command line.

/// Tests that measure time: nothing runs beside them.
mod measured {
    use serde_json::{Value, json};
    use testkit::{Invocation, LiveSession, Server, program, python, with_limits};
    use wire::{LimitsBody, RunBody, RunReason, SubmitBody};

    const WALL_MS: u64 = 3000;
    /// CPU time of a run before throttling, and a tolerance for the interval of the check.
    const HEAD_START_MS: u64 = 250 + 100;
    const LOOP: &str = "while True: pass";

    fn limits(cpus: Option<f64>) -> LimitsBody {
        LimitsBody { cpus, wall_ms: Some(WALL_MS), ..LimitsBody::default() }
    }

    /// A run that never has enough had no more than its share.
    fn check(run: &RunBody, cpus: f64) {
        assert_eq!(run.reason, RunReason::WallLimit, "{run:?}");
        #[allow(clippy::cast_precision_loss, reason = "some seconds")]
        let most = HEAD_START_MS as f64 + cpus * WALL_MS as f64;
        #[allow(clippy::cast_precision_loss, reason = "some seconds")]
        let used = run.cpu_ms as f64;
        assert!(used < most, "{used} of {most}: {run:?}");
        // Where others take most of the processors, a program may get no more anyway.
        assert!(cpus > 0.1 || run.throttled_ms > 100, "{run:?}");
    }

    async fn run(server: &Server, program: SubmitBody) -> RunBody {
        server.client().run(&program).await.run.expect("it ran")
    }

    #[tokio::test]
    async fn a_run_gets_half_a_processor_or_its_requested_share_in_every_start_mode() {
        let server = Server::start().await;
        // Forked ahead, then perhaps not; started by itself; compiled.
        for _ in 0..2 {
            check(&run(&server, with_limits(limits(None), python(LOOP))).await, 0.5);
            check(&run(&server, with_limits(limits(Some(0.1)), python(LOOP))).await, 0.1);
        }
        check(
            &run(&server, with_limits(limits(Some(0.1)), program("bash", "while :; do :; done"))).await,
            0.1,
        );
        let c = with_limits(limits(Some(0.1)), program("c", "int main(void) { for (;;) ; }"));
        check(&run(&server, c).await, 0.1);
        let short = run(&server, with_limits(limits(Some(0.1)), python("print('hello')"))).await;
        assert_eq!((short.throttled_ms, short.stdout.as_str()), (0, "hello\n"), "after all these");
    }

    #[tokio::test]
    async fn a_session_has_its_share_too() {
        let server = Server::start().await;
        let start = json!({"type": "start", "language": "python", "code": LOOP, "pty": Value::Null,
            "limits": {"cpus": 0.1, "wallMs": WALL_MS}});
        let mut session = LiveSession::connect(server.client()).await;
        session.send(start).await;
        check(&session.wait_for_result().await.run.expect("it ran"), 0.1);
    }

    #[tokio::test]
    async fn the_command_line_has_it_as_a_flag() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("a.py"), LOOP).expect("a file");
        let wall = WALL_MS.to_string();
        let args = ["run", "--json", "--cpus", "0.1", "--wall-ms", &wall, "a.py"];
        let ended = Invocation::new(args).in_folder(folder.path()).output().await;
        let run: RunBody = serde_json::from_value(ended.json()["run"].clone()).expect("a run");
        check(&run, 0.1);
        for wrong in ["0", "0.05", "2000", "much"] {
            let ended =
                Invocation::new(["run", "--cpus", wrong, "a.py"]).in_folder(folder.path()).output().await;
            assert_eq!(ended.code, Some(2), "{ended:?}");
            assert!(ended.stderr.contains("a number of processors between 0.1 and 1000"), "{ended:?}");
        }
        let args = ["run", "--json", "--cpus", "0.1", "--cpu-ms", "600", "a.py"];
        let ended = Invocation::new(args).in_folder(folder.path()).output().await;
        assert_eq!(ended.json()["run"]["reason"], "cpuLimit", "there is time for it: {ended:?}");
    }
}
