//! Job results: the JSON of runs, gradings and failures.

use std::time::Duration;

use model::{
    Artifact, Artifacts, Bytes, Completion, Ending, Fault, Job, JobId, JobRecord, JobStatus, Limits,
    OmissionReason, OmittedFiles, Outcome, Report, SessionOptions, Stream, Timestamp, Transcript, Usage,
};
use serde_json::{Value, json};
use wire::ResultBody;

fn record(status: JobStatus, completion: Option<Completion>) -> JobRecord {
    let at = Timestamp::from_millis(1_772_357_400_250);
    let job = Job { submitted_at: at, attempt: 1, ..testkit::job(JobId::from_u128(7), "python") };
    let started_at = Some(at.plus(Duration::from_millis(2)));
    let finished_at = completion.as_ref().map(|_| at.plus(Duration::from_millis(9)));
    JobRecord { job, status, started_at, finished_at, worker: None, completion }
}

fn outcome(ending: Ending, written: &[(Stream, &[u8])]) -> Outcome {
    let mut transcript = Transcript::default();
    for (stream, bytes) in written {
        transcript.push(*stream, bytes);
    }
    let usage = Usage {
        cpu: Duration::from_millis(3),
        wall: Duration::from_millis(4),
        memory: Bytes(9_437_184),
        ..Usage::default()
    };
    Outcome {
        ending,
        forbidden_call: None,
        usage,
        transcript,
        stdout_truncated: false,
        stderr_truncated: false,
    }
}

fn job_json(status: JobStatus, completion: Option<Completion>) -> Value {
    serde_json::to_value(ResultBody::from(&record(status, completion))).expect("serializes")
}

fn completed_job_json(compile: Option<Outcome>, run: Option<Outcome>) -> Value {
    let report = Report {
        toolchain: "CPython 3.11.2".into(),
        compile,
        run,
        artifacts: Artifacts::default(),
        grading: None,
    };
    job_json(JobStatus::Completed, Some(Completion::Completed(report)))
}

#[test]
fn a_finished_run_has_the_promised_shape() {
    let run = outcome(Ending::Exited(0), &[(Stream::Stdout, b"hi\n")]);
    assert_eq!(
        completed_job_json(None, Some(run)),
        json!({
            "jobId": "00000000-0000-0000-0000-000000000007", "kind": "run", "status": "completed",
            "language": "python", "toolchain": "CPython 3.11.2",
            "submittedAt": "2026-03-01T09:30:00.250Z", "startedAt": "2026-03-01T09:30:00.252Z",
            "finishedAt": "2026-03-01T09:30:00.259Z", "attempt": 1, "pool": "container",
            "compile": null,
            "run": {"reason": "exited", "exitCode": 0, "signal": null, "stdout": "hi\n", "stderr": "",
                "stdoutTruncated": false, "stderrTruncated": false, "cpuMs": 3, "wallMs": 4, "throttledMs": 0,
                "memoryBytes": 9_437_184},
            "output": "hi\n", "time": 4, "explanation": null, "help": null, "notices": [], "artifacts": [], "error": null
        })
    );
}

#[test]
fn a_waiting_job_has_the_same_fields_with_nothing_in_them() {
    let body = job_json(JobStatus::Queued, None);
    for field in ["toolchain", "finishedAt", "compile", "run", "time", "error"] {
        assert_eq!(body.get(field), Some(&Value::Null), "{field}");
    }
    assert_eq!(body["output"], "");
}

#[test]
fn each_ending_has_its_reason() {
    for (ending, reason, code, signal) in [
        (Ending::Exited(3), "exited", json!(3), json!(null)),
        (Ending::Signalled(11), "signalled", json!(null), json!("SIGSEGV")),
        (Ending::Cancelled, "signalled", json!(null), json!("SIGKILL")),
        (Ending::CpuLimit, "cpuLimit", json!(null), json!(null)),
        (Ending::WallLimit, "wallLimit", json!(null), json!(null)),
        (Ending::MemoryLimit, "memoryLimit", json!(null), json!(null)),
        (Ending::OutputLimit, "outputLimit", json!(null), json!(null)),
        (Ending::ProcessLimit, "processLimit", json!(null), json!(null)),
        (Ending::DiskLimit, "diskLimit", json!(null), json!(null)),
        (Ending::ForbiddenCall, "forbiddenCall", json!(null), json!(null)),
        (Ending::IdleLimit, "wallLimit", json!(null), json!(null)),
        (Ending::InputLimit, "signalled", json!(null), json!("SIGKILL")),
    ] {
        let run = &completed_job_json(None, Some(outcome(ending, &[])))["run"];
        assert_eq!((&run["reason"], &run["exitCode"], &run["signal"]), (&json!(reason), &code, &signal));
    }
}

#[test]
fn an_idle_session_has_its_own_explanation() {
    let explained = |ending| {
        let run = Some(outcome(ending, &[]));
        let report = Report {
            toolchain: "CPython 3.11.2".into(),
            compile: None,
            run,
            artifacts: Artifacts::default(),
            grading: None,
        };
        let mut record = record(JobStatus::Completed, Some(Completion::Completed(report)));
        record.job.session =
            Some(SessionOptions { terminal: None, idle_timeout: Duration::from_millis(1500) });
        ResultBody::from(&record).explanation
    };
    let idle = explained(Ending::IdleLimit).expect("it is explained");
    assert!(idle.contains("nothing was typed and nothing written for 1.5 s"), "{idle}");
    let input = explained(Ending::InputLimit).expect("it is explained");
    assert!(input.contains("more was typed than may wait"), "{input}");
    assert_eq!(explained(Ending::Exited(1)), None);
}

#[test]
fn each_ending_except_an_exit_is_explained_with_its_limit() {
    let explanation = |ending| {
        let body = completed_job_json(None, Some(outcome(ending, &[])));
        body["explanation"].as_str().map(str::to_owned)
    };
    for ending in [
        Ending::CpuLimit,
        Ending::WallLimit,
        Ending::MemoryLimit,
        Ending::OutputLimit,
        Ending::ProcessLimit,
        Ending::DiskLimit,
        Ending::ForbiddenCall,
        Ending::Signalled(11),
        Ending::Cancelled,
    ] {
        assert_eq!(explanation(ending), model::explain_ending(ending, None, &Limits::STUDENT), "{ending:?}");
        assert!(explanation(ending).is_some(), "{ending:?}");
    }
    assert_eq!((explanation(Ending::Exited(0)), explanation(Ending::Exited(3))), (None, None));
}

#[test]
fn a_missing_module_is_explained() {
    let errors = b"Traceback (most recent call last):\nModuleNotFoundError: No module named 'numpy'\n";
    let body = completed_job_json(None, Some(outcome(Ending::Exited(1), &[(Stream::Stderr, errors)])));
    let said = body["explanation"].as_str().unwrap_or_default();
    assert!(
        said.starts_with("The Python module \"numpy\" was not found: it is not installed here"),
        "{said}"
    );
    let header = b"main.c:1:10: fatal error: ncurses.h: No such file or directory\n";
    let body = completed_job_json(Some(outcome(Ending::Exited(1), &[(Stream::Stderr, header)])), None);
    let said = body["explanation"].as_str().unwrap_or_default();
    assert!(said.starts_with("The header \"ncurses.h\" was not found"), "{said}");
}

#[test]
fn a_limit_and_omitted_files_are_both_explained() {
    let left_out = vec![OmittedFiles {
        reason: OmissionReason::TooLarge(Bytes::mib(4)),
        count: 1,
        names: vec!["big".into()],
    }];
    let report = Report {
        toolchain: "CPython 3.11.2".into(),
        compile: None,
        run: Some(outcome(Ending::CpuLimit, &[])),
        artifacts: Artifacts { kept: Vec::new(), omitted: left_out },
        grading: None,
    };
    let body = job_json(JobStatus::Completed, Some(Completion::Completed(report)));
    let said = body["explanation"].as_str().unwrap_or_default();
    assert!(
        said.starts_with("The program was stopped") && said.contains("Not every file was kept"),
        "{said}"
    );
}

#[test]
fn bytes_that_are_not_text_come_in_base64_stream_by_stream() {
    let run = outcome(Ending::Exited(0), &[(Stream::Stdout, b"\xff"), (Stream::Stderr, b"fine")]);
    let body = completed_job_json(None, Some(run));
    assert_eq!((&body["run"]["stdout"], &body["run"]["stdoutEncoding"]), (&json!("/w=="), &json!("base64")));
    assert_eq!((&body["run"]["stderr"], body["run"].get("stderrEncoding")), (&json!("fine"), None));
    assert_eq!((&body["output"], &body["outputEncoding"]), (&json!("/2ZpbmU="), &json!("base64")));
}

#[test]
fn output_keeps_the_order_of_both_streams() {
    let run =
        outcome(Ending::Exited(1), &[(Stream::Stdout, b"a"), (Stream::Stderr, b"b"), (Stream::Stdout, b"c")]);
    let body = completed_job_json(None, Some(run));
    assert_eq!((&body["output"], &body["run"]["stdout"]), (&json!("abc"), &json!("ac")));
}

#[test]
fn a_compile_error_shows_the_compilers_output() {
    let body =
        completed_job_json(Some(outcome(Ending::Exited(1), &[(Stream::Stderr, b"main.c:1: error")])), None);
    assert_eq!(body["compile"]["ok"], false);
    assert_eq!((&body["output"], &body["run"]), (&json!("main.c:1: error"), &Value::Null));
}

#[test]
fn a_failure_for_lack_of_a_network_is_explained_with_a_remedy() {
    let explanation = |ending, errors: &[u8]| {
        let body = completed_job_json(None, Some(outcome(ending, &[(Stream::Stderr, errors)])));
        body["explanation"].as_str().unwrap_or_default().to_owned()
    };
    let refused = [
        &b"OSError: [Errno 97] Address family not supported by protocol\n"[..],
        b"Error: listen EAFNOSUPPORT: address family not supported 127.0.0.1\n",
        b"panic: listen tcp 127.0.0.1:0: socket: address family not supported by protocol\n",
    ];
    for errors in refused {
        let said = explanation(Ending::Exited(1), errors);
        assert!(said.contains("no network") && said.contains("\"network\": \"loopback\""), "{said}");
        assert_eq!(explanation(Ending::Exited(0), errors), "");
    }
    for errors in
        [&b"OSError: [Errno 101] Network is unreachable"[..], b"Error: getaddrinfo ENOTFOUND example.org"]
    {
        assert!(explanation(Ending::Exited(1), errors).contains("127.0.0.1"));
    }
    assert_eq!(explanation(Ending::Exited(1), b"ZeroDivisionError: division by zero"), "");
}

#[test]
fn a_stopped_compiler_is_explained() {
    let explanation = |ending| {
        let body = completed_job_json(Some(outcome(ending, &[])), None);
        assert_eq!(body["compile"]["ok"], false);
        body["explanation"].as_str().map(str::to_owned)
    };
    let memory = "The compiler was stopped, for it used up its memory. The program was not run.";
    assert_eq!(explanation(Ending::MemoryLimit).as_deref(), Some(memory));
    for stopped in [Ending::CpuLimit, Ending::WallLimit, Ending::OutputLimit, Ending::Signalled(11)] {
        assert!(explanation(stopped).is_some(), "{stopped:?}");
    }
    assert_eq!(explanation(Ending::Exited(1)), None);
}

#[test]
fn warnings_of_a_compiler_are_not_output_of_the_program() {
    let compile = outcome(Ending::Exited(0), &[(Stream::Stderr, b"warning")]);
    let body = completed_job_json(Some(compile), Some(outcome(Ending::Exited(0), &[])));
    assert_eq!((&body["output"], &body["compile"]["output"]), (&json!(""), &json!("warning")));
}

#[test]
fn a_failure_of_the_platform_has_a_message_and_no_run() {
    let body = job_json(JobStatus::Failed, Some(Completion::Failed(Fault::new("The worker died."))));
    assert_eq!((&body["status"], &body["error"]), (&json!("failed"), &json!("The worker died.")));
    assert_eq!(body["run"], Value::Null);
}

#[test]
fn a_cancelled_run_has_its_partial_output() {
    let report = Report {
        toolchain: "CPython 3.11.2".into(),
        compile: None,
        run: Some(outcome(Ending::Cancelled, &[(Stream::Stdout, b"so far")])),
        artifacts: Artifacts::default(),
        grading: None,
    };
    let body = job_json(JobStatus::Cancelled, Some(Completion::Cancelled(Some(report))));
    assert_eq!((&body["status"], &body["output"]), (&json!("cancelled"), &json!("so far")));
}

#[test]
fn kept_files_have_urls_and_omitted_files_are_explained() {
    let kept =
        vec![Artifact { name: "sub/a plot.png".into(), size: Bytes(1234), media_type: "image/png".into() }];
    let left_out = vec![OmittedFiles {
        reason: OmissionReason::TooLarge(Bytes::mib(4)),
        count: 1,
        names: vec!["big".into()],
    }];
    let report = Report {
        toolchain: "CPython 3.11.2".into(),
        compile: None,
        run: Some(outcome(Ending::Exited(0), &[])),
        artifacts: Artifacts { kept, omitted: left_out },
        grading: None,
    };
    let body = job_json(JobStatus::Completed, Some(Completion::Completed(report)));
    assert_eq!(
        body["artifacts"],
        json!([{"name": "sub/a plot.png", "bytes": 1234, "type": "image/png",
            "url": "/api/execution/artifacts/00000000-0000-0000-0000-000000000007/sub/a%20plot.png"}])
    );
    assert_eq!(body["explanation"], "Not every file was kept: big is larger than 4 MiB.");
}
