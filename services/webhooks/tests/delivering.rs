//! Delivery from the store, on SQLite and PostgreSQL: sending, retries, giving up, several processes.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use model::{AddressRule, Artifacts, Completion, Job, JobId, Principal, Report, Timestamp, WorkerName};
use store::{PostgresSettings, Store, SubmitOutcome};
use tempfile::TempDir;
use testkit::{Postgres, Reply, WebhookReceiver, eventually};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};
use webhooks::{Deliverer, Secret, Sender, Settings, SystemResolver};

const PATIENCE: Duration = Duration::from_secs(20);
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// An engine of records.
#[async_trait]
trait Engine: Send + Sync {
    /// Opens them, as a process does.
    async fn open(&self) -> Store;
}

#[async_trait]
impl Engine for Postgres {
    async fn open(&self) -> Store {
        Store::connect(&self.url(), PostgresSettings::default()).await.expect("connects")
    }
}

/// Records in a file, which one process has.
struct Sqlite {
    store: Store,
    _folder: TempDir,
}

impl Sqlite {
    async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self { store: Store::open(folder.path()).await.expect("opens"), _folder: folder }
    }
}

#[async_trait]
impl Engine for Sqlite {
    async fn open(&self) -> Store {
        self.store.clone()
    }
}

/// One test for each engine.
macro_rules! on_each_engine {
    ($($name:ident),* $(,)?) => {
        mod on_sqlite {
            $(
                #[tokio::test]
                async fn $name() {
                    super::$name(&super::Sqlite::start().await).await;
                }
            )*
        }

        mod on_postgres {
            $(
                #[tokio::test]
                async fn $name() {
                    super::$name(&super::Postgres::start().await).await;
                }
            )*
        }
    };
}

on_each_engine!(
    the_end_of_a_job_is_notified_once,
    a_message_is_repeated_until_it_arrives_or_is_given_up,
    of_many_processes_one_sends,
    an_unresponsive_receiver_delays_only_its_own_submitter,
    a_deleted_job_sends_no_notification,
);

fn settings() -> Settings {
    let here = "127.0.0.0/8".parse().expect("a network");
    Settings {
        addresses: AddressRule::allowing(&[here]),
        attempts: 3,
        first_delay: Duration::from_millis(50),
        timeout: Duration::from_secs(1),
        poll_interval: Duration::from_millis(20),
        ..Settings::signed_with(Secret::parse(SECRET).expect("a secret"))
    }
}

/// A process that sends, until this is dropped.
fn deliver(store: Store, settings: Settings) -> AbortOnDropHandle<()> {
    let sender = Sender::new(&settings, Arc::new(SystemResolver)).expect("a client");
    let deliverer = Deliverer::new(store, sender, settings);
    AbortOnDropHandle::new(tokio::spawn(deliverer.run(CancellationToken::new())))
}

/// A job of this account that has ended, and whose end this address is to be told.
async fn finished_job(store: &Store, account: &str, url: &str) -> JobId {
    let id = JobId::generate();
    let job = Job { principal: Principal::Account(account.to_owned()), ..testkit::job(id, "python") };
    store.add_webhook(id, url, job.submitted_at).await.expect("is noted");
    assert_eq!(store.submit(&job, "print").await.expect("submits"), SubmitOutcome::New);
    store.begin_attempt(id, 1, &WorkerName::new("ada"), Timestamp::now()).await.expect("begins");
    let report = Report {
        toolchain: "CPython 3.11.2".into(),
        compile: None,
        run: None,
        artifacts: Artifacts::default(),
        grading: None,
    };
    let completion = Completion::Completed(report);
    store.complete(id, 1, &completion, Timestamp::now()).await.expect("completes");
    id
}

/// Whether no webhook is left, due or not.
async fn is_nothing_left(store: &Store) -> bool {
    let later = Timestamp::now().plus(Duration::from_hours(24));
    store.lease_webhooks(later, Duration::ZERO, 100).await.expect("looks").is_empty()
}

fn ids(receiver: &WebhookReceiver) -> Vec<String> {
    receiver.requests().iter().map(|one| one.headers["webhook-id"].clone()).collect()
}

async fn the_end_of_a_job_is_notified_once(engine: &dyn Engine) {
    let (store, receiver) = (engine.open().await, WebhookReceiver::with_replies([]).await);
    let sending = deliver(store.clone(), settings());
    let job = finished_job(&store, "ada", &receiver.url("/hook")).await;
    receiver.wait_for(1, PATIENCE).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(ids(&receiver), [format!("msg_{job}")]);
    drop(sending);
    assert!(is_nothing_left(&store).await);
}

async fn a_message_is_repeated_until_it_arrives_or_is_given_up(engine: &dyn Engine) {
    let store = engine.open().await;
    let failing = [Reply::Status(500), Reply::Status(302), Reply::Status(429), Reply::Status(500)];
    let (third, never) = (
        WebhookReceiver::with_replies(failing.iter().take(2).cloned()).await,
        WebhookReceiver::with_replies(failing.iter().cloned()).await,
    );
    let sending = deliver(store.clone(), settings());
    finished_job(&store, "ada", &third.url("/")).await;
    finished_job(&store, "ada", &never.url("/")).await;
    for receiver in [&third, &never] {
        receiver.wait_for(3, PATIENCE).await;
    }
    // Longer than the third pause would be.
    tokio::time::sleep(Duration::from_millis(2500)).await;
    assert_eq!((ids(&third).len(), ids(&never).len()), (3, 3));
    drop(sending);
    assert!(is_nothing_left(&store).await, "one has arrived, the other is given up");
}

async fn of_many_processes_one_sends(engine: &dyn Engine) {
    let receiver = WebhookReceiver::with_replies([]).await;
    let store = engine.open().await;
    let mut jobs = Vec::new();
    for _ in 0..40 {
        jobs.push(format!("msg_{}", finished_job(&store, "ada", &receiver.url("/")).await));
    }
    let mut sending = Vec::new();
    for _ in 0..3 {
        sending.push(deliver(engine.open().await, settings()));
    }
    receiver.wait_for(40, PATIENCE).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let mut told = ids(&receiver);
    told.sort();
    jobs.sort();
    assert_eq!(told, jobs, "each once");
}

/// Regression: one submitter's messages to a receiver that does not answer held up all others for hours.
async fn an_unresponsive_receiver_delays_only_its_own_submitter(engine: &dyn Engine) {
    let store = engine.open().await;
    let silent = WebhookReceiver::with_replies(vec![Reply::Silence; 1000]).await;
    for _ in 0..100 {
        finished_job(&store, "mallory", &silent.url("/")).await;
    }
    let _sending = deliver(store.clone(), Settings { concurrent: 2, ..settings() });
    eventually("all places are taken", PATIENCE, async || (silent.connections() >= 2).then_some(())).await;
    let receiver = WebhookReceiver::with_replies([]).await;
    finished_job(&store, "ada", &receiver.url("/")).await;
    // One place is free after a second, and it is for another submitter then; 100 tries of a second each were before.
    receiver.wait_for(1, Duration::from_secs(6)).await;
}

async fn a_deleted_job_sends_no_notification(engine: &dyn Engine) {
    let (store, receiver) = (engine.open().await, WebhookReceiver::with_replies([]).await);
    let job = finished_job(&store, "ada", &receiver.url("/deleted")).await;
    store.delete_finished(job).await.expect("is deleted");
    let _sending = deliver(store.clone(), settings());
    finished_job(&store, "ada", &receiver.url("/kept")).await;
    receiver.wait_for(1, PATIENCE).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let lines: Vec<_> = receiver.requests().into_iter().map(|one| one.line).collect();
    assert_eq!(lines, ["POST /kept"]);
}
