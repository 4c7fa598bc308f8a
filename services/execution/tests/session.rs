//! Live sessions from the side of the worker: messages that arrive, and disconnected clients.

mod common;

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use broker::{Control, EmbeddedSettings};
use common::{Running, World};
use execution::{SessionSettings, Settings};
use futures_util::{SinkExt as _, StreamExt as _};
use model::{JobStatus, SessionOptions, SessionSignal, TerminalSize};
use serde_json::{Value, json};
use tokio::{
    net::{TcpListener, TcpStream},
    task::AbortHandle,
    time::timeout,
};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};

const PATIENCE: Duration = Duration::from_secs(20);

/// A service that listens, until this is dropped.
struct ListeningService {
    world: World,
    address: SocketAddr,
    serving: AbortHandle,
}

impl Drop for ListeningService {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl ListeningService {
    async fn new() -> Self {
        let sessions = SessionSettings {
            wall: Duration::from_mins(3),
            idle: Duration::from_secs(7),
            ..SessionSettings::default()
        };
        let settings =
            Settings { sessions, recheck_interval: Duration::from_millis(100), ..Settings::default() };
        let world = World::with(settings, EmbeddedSettings::default()).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let service = world.router.clone().into_make_service_with_connect_info::<SocketAddr>();
        let serving = tokio::spawn(async move { axum::serve(listener, service).await }).abort_handle();
        Self { world, address, serving }
    }

    async fn connect(&self) -> Client {
        let address = format!("ws://{}/api/execution/session", self.address);
        Client(connect_async(address).await.expect("a session").0)
    }

    async fn start(&self, changes: Value) -> Client {
        let mut frame = json!({"type": "start", "language": "python", "code": "input()"});
        for (field, value) in changes.as_object().expect("an object") {
            frame[field] = value.clone();
        }
        let mut client = self.connect().await;
        client.send_frame(frame).await;
        client
    }
}

struct Client(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Client {
    async fn send_frame(&mut self, frame: Value) {
        self.0.send(Message::text(frame.to_string())).await.expect("says it");
    }

    /// The next frame; none when the server has said goodbye.
    async fn next_frame(&mut self) -> Option<Value> {
        loop {
            match timeout(PATIENCE, self.0.next()).await.expect("more in time") {
                Some(Ok(Message::Text(text))) => return Some(serde_json::from_str(&text).expect("JSON")),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                Some(Ok(_)) => {}
            }
        }
    }
}

/// The next thing that the attempt is told, but for beats.
async fn next_control(running: &mut Running<'_>) -> Control {
    loop {
        match running.next_control().await.expect("is told something") {
            Control::KeepAlive => {}
            other => return other,
        }
    }
}

#[tokio::test]
async fn what_a_client_says_reaches_its_attempt_in_order() {
    let service = ListeningService::new().await;
    let mut client = service.start(json!({"pty": {"cols": 80, "rows": 24}, "stdin": "given"})).await;
    assert_eq!(client.next_frame().await.expect("a frame")["type"], "queued");
    // Before its turn, and after.
    client.send_frame(json!({"type": "stdin", "text": "early"})).await;
    client.send_frame(json!({"type": "resize", "cols": 132, "rows": 50})).await;
    let mut running = service.world.begin().await;
    assert_eq!(client.next_frame().await.expect("a frame")["type"], "started");
    client.send_frame(json!({"type": "stdin", "text": "h\u{e9}\n"})).await;
    client.send_frame(json!({"type": "signal", "name": "USR1"})).await;
    client.send_frame(json!({"type": "eof"})).await;
    for expected in [
        Control::Stdin(b"early".to_vec()),
        Control::Resize(TerminalSize { cols: 132, rows: 50 }),
        Control::Stdin("h\u{e9}\n".as_bytes().to_vec()),
        Control::Signal(SessionSignal::Usr1),
        Control::Eof,
    ] {
        assert_eq!(next_control(&mut running).await, expected);
    }
    running.write("hi\n").await;
    let output = json!({"type": "output", "stream": "stdout", "text": "hi\n"});
    assert_eq!(client.next_frame().await, Some(output));
    running.finish("hi\n").await;
    let finished = client.next_frame().await.expect("a frame");
    assert_eq!((&finished["type"], &finished["result"]["output"]), (&"finished".into(), &"hi\n".into()));
    assert_eq!(client.next_frame().await, None);
}

#[tokio::test]
async fn a_sessions_job_says_how_it_is_to_be_held() {
    let service = ListeningService::new().await;
    let mut client =
        service.start(json!({"pty": {"cols": 80, "rows": 24}, "stdin": "given", "args": ["a"]})).await;
    let id =
        client.next_frame().await.expect("a frame")["jobId"].as_str().expect("an id").parse().expect("an id");
    let record = service.world.execution.store().record(id).await.expect("reads").expect("a record");
    let terminal = Some(TerminalSize { cols: 80, rows: 24 });
    assert_eq!(record.job.session, Some(SessionOptions { terminal, idle_timeout: Duration::from_secs(7) }));
    let submission = &record.job.submission;
    assert_eq!(
        (submission.stdin.as_text(), submission.args.as_slice()),
        (Some("given"), &["a".to_owned()][..])
    );
    assert_eq!(submission.limits.wall, Duration::from_mins(3));
    assert!(record.job.deadline > submission.limits.wall, "compiling is not counted");
    let plain = service.world.submit_job().await.parse().expect("an id");
    let plain = service.world.execution.store().record(plain).await.expect("reads").expect("a record");
    assert_eq!(plain.job.session, None);
}

#[tokio::test]
async fn an_attempt_receives_keep_alives_while_its_client_is_connected() {
    let service = ListeningService::new().await;
    let _client = service.start(json!({})).await;
    let mut running = service.world.begin().await;
    assert_eq!(running.next_control().await, Some(Control::KeepAlive));
    let began = Instant::now();
    assert_eq!(running.next_control().await, Some(Control::KeepAlive));
    assert!(began.elapsed() < Control::HEARTBEAT * 2, "{:?}", began.elapsed());
}

#[tokio::test]
async fn an_attempt_is_stopped_when_its_client_disconnects() {
    let service = ListeningService::new().await;
    let mut client = service.start(json!({})).await;
    let mut running = service.world.begin().await;
    while client.next_frame().await.expect("a frame")["type"] != "started" {}
    drop(client);
    assert_eq!(next_control(&mut running).await, Control::Cancel);
    let job = running.claim.attempt.job;
    // And is not told any more that somebody is there.
    let silence = timeout(Control::HEARTBEAT + Duration::from_secs(1), running.claim.control.recv()).await;
    assert!(!matches!(silence, Ok(Some(_))), "{silence:?}");
    let record = service.world.execution.store().record(job).await.expect("reads").expect("a record");
    assert_eq!(record.status, JobStatus::Processing, "it is the attempt that ends it");
}

#[tokio::test]
async fn stopping_a_session_that_waits_tells_its_end() {
    let service = ListeningService::new().await;
    let mut client = service.start(json!({})).await;
    client.send_frame(json!({"type": "stop"})).await;
    let finished = loop {
        let frame = client.next_frame().await.expect("a frame");
        if frame["type"] != "queued" {
            break frame;
        }
    };
    assert_eq!((&finished["type"], &finished["result"]["status"]), (&"finished".into(), &"cancelled".into()));
    assert_eq!(client.next_frame().await, None);
}

#[tokio::test]
async fn an_end_of_which_no_event_tells_is_found_in_the_record() {
    let service = ListeningService::new().await;
    let mut client = service.start(json!({})).await;
    let running = service.world.begin().await;
    let attempt = &running.claim.attempt;
    let completion = model::Completion::Failed(model::Fault::new("It broke."));
    let store = service.world.execution.store();
    store
        .complete(attempt.job, attempt.number, &completion, model::Timestamp::now())
        .await
        .expect("completes");
    while client.next_frame().await.expect("a frame")["type"] != "finished" {}
}

#[tokio::test]
async fn not_everything_that_is_typed_too_early_is_kept() {
    let service = ListeningService::new().await;
    let mut client = service.start(json!({})).await;
    assert_eq!(client.next_frame().await.expect("a frame")["type"], "queued");
    for _ in 0..17 {
        client.send_frame(json!({"type": "stdin", "text": "x".repeat(65_536)})).await;
    }
    let error = client.next_frame().await.expect("a frame");
    assert_eq!(error["problem"]["type"], "urn:coderunner:body-too-large", "{error}");
    let mut running = service.world.begin().await;
    for _ in 0..16 {
        assert!(matches!(next_control(&mut running).await, Control::Stdin(text) if text.len() == 65_536));
    }
}

#[tokio::test]
async fn a_session_did_not_report_that_its_toolchain_is_being_prepared() {
    let service = ListeningService::new().await;
    service.world.prepare_python();
    let mut client = service.start(json!({})).await;
    let queued = client.next_frame().await.expect("a frame");
    assert_eq!((&queued["type"], &queued["waitingFor"]), (&"queued".into(), &"toolchain".into()), "{queued}");
    service.world.python_is_prepared();
    let queued = client.next_frame().await.expect("a frame");
    assert_eq!((&queued["type"], queued.get("waitingFor")), (&"queued".into(), None), "{queued}");
}
