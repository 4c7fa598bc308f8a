//! PostgreSQL engine: the suite, and guarantees of this engine alone, for several processes and server
//! failures.

mod suite;

use std::{collections::BTreeMap, time::Duration};

use async_trait::async_trait;
use futures_util::future::join_all;
use model::{JobId, JobStatus, Principal};
use sqlx::{Connection as _, PgConnection, raw_sql};
use store::{BeginOutcome, CompleteOutcome, PackageKey, PostgresSettings, Store, StoreError, SubmitOutcome};
use testkit::{Postgres, eventually};

use suite::{Engine, Harness, ID, at, completion, job, keyed, suite, worker_name};

const PATIENCE: Duration = Duration::from_secs(20);

/// Settings with short timeouts.
const SOON: PostgresSettings = PostgresSettings {
    writers: 2,
    readers: 2,
    acquire_timeout: Duration::from_millis(500),
    statement_timeout: Duration::from_millis(500),
};

async fn connect(server: &Postgres) -> Store {
    Store::connect(&server.url(), PostgresSettings::default()).await.expect("connects")
}

#[async_trait]
impl Engine for Postgres {
    async fn open(&self) -> Store {
        connect(self).await
    }

    async fn execute(&self, statement: &str) {
        self.sql(statement);
    }

    async fn make_job_13_fail(&self) {
        self.sql(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
                 BEGIN RAISE EXCEPTION 'unlucky'; END $$;
             CREATE TRIGGER unlucky BEFORE INSERT ON jobs FOR EACH ROW WHEN (NEW.id LIKE '%00000d')
                 EXECUTE FUNCTION refuse()",
        );
    }
}

suite!(Postgres::start().await);

// Several processes

#[tokio::test]
async fn processes_that_start_concurrently_share_new_tables() {
    let server = Postgres::start().await;
    let stores = join_all((0..4).map(|_| connect(&server))).await;
    let packages: Vec<_> = (0..10).map(|n| PackageKey::Folder(format!("p{n}"))).collect();
    // All processes number each package at the same time.
    let numbered =
        stores.iter().flat_map(|store| packages.iter().map(|package| store.number_problem(package)));
    let numbered: Vec<_> =
        join_all(numbered).await.into_iter().map(|numbered| numbered.expect("is")).collect();
    let mut numbers: BTreeMap<u64, usize> = BTreeMap::new();
    for one in &numbered {
        *numbers.entry(one.number).or_default() += 1;
    }
    let each_told_to_four: BTreeMap<u64, usize> = (1..=10).map(|number| (number, 4)).collect();
    assert_eq!(numbers, each_told_to_four);
}

#[tokio::test]
async fn only_one_of_two_processes_begins_completes_and_submits() {
    let server = Postgres::start().await;
    let stores = join_all((0..2).map(|_| connect(&server))).await;
    let me = Principal::Account("me".into());
    for round in 0..30_u128 {
        let (one, two) = (round * 2 + 1, round * 2 + 2);
        let key = format!("k{round}");
        let (left, right) = (keyed(one, &me, &key), keyed(two, &me, &key));
        let (first, second) = tokio::join!(stores[0].submit(&left, "same"), stores[1].submit(&right, "same"));
        let id = match (first.expect("submits"), second.expect("submits")) {
            (SubmitOutcome::New, SubmitOutcome::Existing(id))
            | (SubmitOutcome::Existing(id), SubmitOutcome::New) => id,
            other => panic!("{other:?}"),
        };
        let begin =
            async |store: &Store| store.begin_attempt(id, 1, &worker_name(), at(2)).await.expect("begins");
        let begun = join_all(stores.iter().map(begin)).await;
        assert_eq!(
            begun.iter().filter(|begun| matches!(begun, BeginOutcome::Run(_))).count(),
            1,
            "{begun:?}"
        );
        let completion = completion();
        let complete =
            async |store: &Store| store.complete(id, 1, &completion, at(3)).await.expect("completes");
        let done = join_all(stores.iter().map(complete)).await;
        assert_eq!(done.iter().filter(|done| **done == CompleteOutcome::Recorded).count(), 1, "{done:?}");
    }
}

#[tokio::test]
async fn an_aborted_transaction_is_retried() {
    let server = Postgres::start().await;
    // The server checks for a deadlock after this time and aborts the transaction that waited. Our own
    // transaction waits longer.
    server.sql("ALTER DATABASE coderunner SET deadlock_timeout = '3s'");
    let harness = Harness::with_an_attempt(&server).await;
    let second = harness.with_another_job(2).await;
    second.begin(1).await;
    let mut other = PgConnection::connect(&server.url()).await.expect("connects");
    let lock = |id: u128| format!("SELECT 1 FROM jobs WHERE id = '{}' FOR UPDATE", JobId::from_u128(id));
    let run = async |db: &mut PgConnection, text: String| {
        raw_sql(sqlx::AssertSqlSafe(text)).execute(db).await.expect("runs");
    };
    // It has locked 2 and will lock 1, while our transaction has locked 1 and will lock 2.
    run(&mut other, format!("BEGIN; SET LOCAL deadlock_timeout = '1min'; {}", lock(2))).await;
    let both = tokio::spawn(async move { tokio::join!(harness.complete(1), second.complete(1)) });
    eventually("our transaction waits", PATIENCE, async || {
        let waiting = server.sql("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'");
        (waiting != "0").then_some(())
    })
    .await;
    run(&mut other, lock(1)).await;
    run(&mut other, "COMMIT".to_owned()).await;
    assert_eq!(both.await.expect("runs"), (CompleteOutcome::Recorded, CompleteOutcome::Recorded));
    eventually("the server has counted it", PATIENCE, async || {
        let counted = server.sql("SELECT deadlocks FROM pg_stat_database WHERE datname = 'coderunner'");
        (counted == "1").then_some(())
    })
    .await;
}

// Server failures

#[tokio::test]
async fn operations_are_unavailable_while_the_server_is_down() {
    let mut server = Postgres::start().await;
    let store = Store::connect(&server.url(), SOON).await.expect("connects");
    assert_eq!(store.submit(&job(1), "a").await.expect("submits"), SubmitOutcome::New);
    server.kill();
    let refused = store.submit(&job(2), "a").await.expect_err("is down");
    assert!(matches!(refused, StoreError::Unavailable(_)) && refused.is_transient(), "{refused:?}");
    let refused = store.record(ID).await.expect_err("is down");
    assert!(refused.is_transient(), "{refused:?}");
    server.restart().await;
    assert_eq!(store.submit(&job(2), "a").await.expect("submits"), SubmitOutcome::New);
    assert_eq!(store.record(ID).await.expect("reads").expect("is there").status, JobStatus::Queued);
}

#[tokio::test]
async fn broken_idle_connections_are_replaced() {
    let server = Postgres::start().await;
    let store = connect(&server).await;
    for round in 1..=5 {
        assert_eq!(store.submit(&job(round), "a").await.expect("submits"), SubmitOutcome::New);
        assert!(store.record(JobId::from_u128(round)).await.expect("reads").is_some());
        server.terminate_backends();
    }
}

#[tokio::test]
async fn acknowledged_writes_survive_broken_connections() {
    let mut server = Postgres::start().await;
    let store = Store::connect(&server.url(), SOON).await.expect("connects");
    let mut answered = Vec::new();
    for round in 0..6_u128 {
        let sent: Vec<_> = (1..=200)
            .map(|n| {
                let (store, id) = (store.clone(), round * 1_000 + n);
                tokio::spawn(async move { (id, store.submit(&job(id), "a").await) })
            })
            .collect();
        tokio::task::yield_now().await;
        if round % 2 == 0 {
            server.terminate_backends();
        } else {
            server.kill();
            server.restart().await;
        }
        for answer in join_all(sent).await {
            match answer.expect("runs") {
                (id, Ok(_)) => answered.push(id),
                (_, Err(error)) => assert!(error.is_transient(), "{error:?}"),
            }
        }
    }
    let there = store.unfinished(None, 10_000).await.expect("reads");
    let there: Vec<_> = there.iter().map(|job| job.id).collect();
    for id in &answered {
        assert!(
            there.binary_search(&JobId::from_u128(*id)).is_ok(),
            "job {id} was answered for, and is lost"
        );
    }
}

#[tokio::test]
async fn a_server_that_does_not_answer_causes_a_timeout() {
    let server = Postgres::start().await;
    let store = Store::connect(&server.url(), SOON).await.expect("connects");
    store.submit(&job(1), "a").await.expect("submits");
    server.freeze();
    let jobs: Vec<_> = (2..=20).map(job).collect();
    let written = jobs.iter().map(|job| store.submit(job, "a"));
    let read = (0..10).map(|_| store.record(ID));
    let (written, read) =
        tokio::time::timeout(PATIENCE, async { tokio::join!(join_all(written), join_all(read)) })
            .await
            .expect("each is told something in time");
    assert!(written.iter().all(|answer| answer.as_ref().is_err_and(StoreError::is_transient)), "{written:?}");
    assert!(read.iter().all(|answer| answer.as_ref().is_err_and(StoreError::is_transient)), "{read:?}");
    server.thaw();
    eventually("the records are back", PATIENCE, async || store.record(ID).await.ok().flatten()).await;
    eventually("and can be written", PATIENCE, async || store.submit(&job(99), "a").await.ok()).await;
}

#[tokio::test]
async fn an_unreachable_address_is_named_without_the_password() {
    let settings = SOON;
    let url = "postgres://me:hunter2@127.0.0.1:1/records";
    let Err(error) = Store::connect(url, settings).await else { panic!("connected") };
    assert!(error.to_string().contains("127.0.0.1:1/records"), "{error}");
    assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    let Err(error) = Store::connect("records.example.org", settings).await else { panic!("connected") };
    assert!(matches!(error, StoreError::Url(_)) && error.to_string().contains("postgres://"), "{error}");
}

#[tokio::test]
async fn a_server_that_is_down_is_transient_and_a_rejected_login_is_not() {
    let mut server = Postgres::start().await;
    let connect = async |url: &str| Store::connect(url, SOON).await.err().expect("cannot be used");
    let error = connect(&server.url().replace("/coderunner?", "/another?")).await;
    assert!(matches!(error, StoreError::Connect { .. }) && !error.is_transient(), "{error:?}");
    server.kill();
    let error = connect(&server.url()).await;
    assert!(matches!(error, StoreError::Connect { .. }) && error.is_transient(), "{error:?}");
    server.restart().await;
    Store::connect(&server.url(), PostgresSettings::default()).await.expect("is back");
}
