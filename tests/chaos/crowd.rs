//! Crowd: well-behaved clients that send each job with an idempotency key, retry until they get a response, and record the responses.

use std::{
    collections::VecDeque,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use reqwest::{Method, RequestBuilder};
use testkit::{ApiResponse, Client, eventually};
use wire::{AcceptedBody, JobStatusName, QueueBody, ResultBody};

use crate::{
    job::Number,
    ledger::{Cancellation, Ledger, Totals},
    report::Line,
};

/// Number of concurrent clients.
const LANES: usize = 8;
/// Maximum number of open jobs per client.
const OPEN: usize = 4;
/// Timeout for the result of a job, in every scenario.
const PATIENCE: Duration = Duration::from_mins(4);
/// Within this time of a fault's end a new job is answered.
const RECOVERY: Duration = Duration::from_secs(30);
/// Timeout of one request: the peer may have disappeared without a reset.
const ANSWER: Duration = Duration::from_secs(10);
/// Rate limited; the request is repeated.
const TOO_MANY: u16 = 429;
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(100);

/// All clients of one scenario.
pub(crate) struct ChaosClients {
    scenario: &'static str,
    /// Ways to the API, any as good as the others.
    gateways: Vec<Client>,
    jobs: usize,
    ledger: Mutex<Ledger>,
    /// Requests that were not answered, or with a 5xx.
    unanswered: AtomicUsize,
    probes: AtomicUsize,
    /// Dead letters of before.
    dead_before: AtomicU64,
    /// Jobs whose submission has failed.
    unsure: Mutex<Vec<Number>>,
    longest_recovery: Mutex<Duration>,
    began: Instant,
}

impl ChaosClients {
    /// A crowd with so many jobs, before these ways to the API, such as `http://127.0.0.1:8080`.
    pub(crate) fn new(scenario: &'static str, jobs: usize, entrances: &[String]) -> Self {
        Self {
            scenario,
            gateways: entrances.iter().map(|base| Client::with_timeout(base, ANSWER)).collect(),
            jobs,
            ledger: Mutex::default(),
            unanswered: AtomicUsize::new(0),
            probes: AtomicUsize::new(0),
            dead_before: AtomicU64::new(0),
            unsure: Mutex::default(),
            longest_recovery: Mutex::default(),
            began: Instant::now(),
        }
    }

    /// Submits all jobs and follows each to its end, while `faults` happen.
    pub(crate) async fn run_during(&self, faults: impl Future<Output = ()>) {
        self.dead_before.store(self.until_empty().await.dead_letters, Ordering::Relaxed);
        let lane = async |lane: usize| {
            let mut open = VecDeque::new();
            for number in (lane..self.jobs).step_by(LANES).map(Number) {
                if open.len() >= OPEN {
                    self.follow(open.pop_front()).await;
                }
                self.begin(number).await;
                open.push_back(number);
            }
            while !open.is_empty() {
                self.follow(open.pop_front()).await;
            }
        };
        tokio::join!(join_all((0..LANES).map(lane)), faults);
    }

    /// Waits until this part of all jobs has ended, in hundredths.
    pub(crate) async fn until_ended(&self, percent: usize) {
        let enough = || {
            let ledger = self.ledger();
            let (totals, _, wrong) = ledger.summary();
            assert!(wrong.is_empty(), "{}", wrong.join("\n"));
            totals.count_ended() * 100 >= self.jobs * percent
        };
        eventually("some jobs end", PATIENCE, async || enough().then_some(())).await;
    }

    /// Submits until that fails through a fault of the system's.
    pub(crate) async fn until_failing(&self) {
        let refused = eventually("a submission fails", PATIENCE, async || {
            let number = self.new_probe();
            let answer = self.try_submit(number, number.0).await;
            answer.is_none().then_some(number)
        });
        let refused = refused.await;
        // It may have been stored nevertheless; a repeated submission will show it.
        self.unsure.lock().unwrap_or_else(PoisonError::into_inner).push(refused);
    }

    /// Submits long jobs until this number of them runs at once. The totals include them.
    pub(crate) async fn occupies(&self, slots: usize) {
        let mut jobs: Vec<Number> = Vec::new();
        eventually("so many run", PATIENCE, async || {
            while jobs.len() < slots {
                let number = Number::long_running(self.probes.fetch_add(1, Ordering::Relaxed));
                self.submit(number).await;
                jobs.push(number);
            }
            let states = join_all(jobs.iter().map(|number| self.status(*number))).await;
            // Where a machine is slow, the first is over before the last begins.
            let is_open =
                |status: &JobStatusName| matches!(status, JobStatusName::Queued | JobStatusName::Processing);
            jobs =
                jobs.iter().zip(&states).filter(|(_, status)| is_open(status)).map(|(job, _)| *job).collect();
            states.iter().all(|status| *status == JobStatusName::Processing).then_some(())
        })
        .await;
    }

    /// Status of a job; queued by default.
    async fn status(&self, number: Number) -> JobStatusName {
        let id = self.ledger().id(number).unwrap_or_default();
        let path = format!("/api/execution/result/{id}");
        let answer = self.ask(number.0, Method::GET, &path, |request| request).await;
        answer.map_or(JobStatusName::Queued, |answer| answer.expect(200).parse::<ResultBody>().status)
    }

    /// A fault ended at this moment: a new job is answered in time.
    pub(crate) async fn recovers_from(&self, end: Instant) {
        let number = self.new_probe();
        self.begin(number).await;
        self.follow(Some(number)).await;
        let took = end.elapsed();
        if took > RECOVERY {
            self.ledger()
                .record_violation(format!("{number:?} was submitted after the fault and took {took:?}"));
        }
        let mut longest = self.longest_recovery.lock().unwrap_or_else(PoisonError::into_inner);
        *longest = took.max(*longest);
    }

    /// Checks the final state, and adds a line to the report. `done` describes the fault.
    pub(crate) async fn sums_up(&self, done: &str) -> Totals {
        let unsure = std::mem::take(&mut *self.unsure.lock().unwrap_or_else(PoisonError::into_inner));
        join_all(unsure.into_iter().map(|number| self.submit(number))).await;
        let all = self.ledger().all();
        join_all(all.into_iter().map(|number| self.follow(Some(number)))).await;
        let queue = self.until_empty().await;
        let (totals, repeats, wrong) = {
            let mut ledger = self.ledger();
            ledger.close();
            let (totals, repeats, wrong) = ledger.summary();
            (totals, repeats, wrong.join("\n"))
        };
        let line = Line {
            scenario: self.scenario,
            done,
            unanswered: self.unanswered.load(Ordering::Relaxed),
            repeats,
            totals,
            recovery: *self.longest_recovery.lock().unwrap_or_else(PoisonError::into_inner),
            took: self.began.elapsed(),
        };
        line.publish();
        assert!(wrong.is_empty(), "{line:?}:\n{wrong}");
        assert_eq!(totals.accepted, totals.count_ended(), "{line:?}");
        let dead = queue.dead_letters - self.dead_before.load(Ordering::Relaxed);
        assert_eq!(dead, totals.dead as u64, "{line:?}: {queue:?}");
        assert!(totals.accepted >= self.jobs && totals.completed > self.jobs / 2, "{line:?}");
        totals
    }

    /// Waits until nothing waits and nothing runs.
    async fn until_empty(&self) -> QueueBody {
        eventually("nothing is left in the queue", PATIENCE, async || {
            let answer = self.ask(0, Method::GET, "/api/execution/queue/stats", |request| request).await?;
            let queue: QueueBody = answer.expect(200).parse();
            let left = |pool: &wire::PoolBody| {
                pool.running + pool.waiting.high + pool.waiting.normal + pool.waiting.low
            };
            (queue.pools.iter().map(left).sum::<u64>() == 0).then_some(queue)
        })
        .await
    }

    fn new_probe(&self) -> Number {
        Number::probe(self.probes.fetch_add(1, Ordering::Relaxed))
    }

    /// Submits a job until it is acknowledged, and then cancels or repeats it according to its number.
    async fn begin(&self, number: Number) {
        self.submit(number).await;
        if number.is_repeated() {
            self.submit(number).await;
        }
        if number.is_cancelled() {
            self.cancel(number).await;
        }
    }

    /// Submits until there is an answer.
    async fn submit(&self, number: Number) {
        let began = Instant::now();
        for turn in number.0.. {
            if self.try_submit(number, turn).await.is_some() {
                return;
            }
            assert!(began.elapsed() < PATIENCE, "{number:?} was not answered within {PATIENCE:?}");
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Submits once, and records the answer; `None` for a failure of the system.
    async fn try_submit(&self, number: Number, turn: usize) -> Option<()> {
        let key = format!("{}-{}", self.scenario.replace(' ', "-"), number.0);
        let fill = |request: RequestBuilder| request.header("idempotency-key", &key).json(&number.program());
        let answer = self.ask(turn, Method::POST, "/api/execution/submit", fill).await?;
        match id_in(&answer) {
            Some(id) => self.ledger().record_accepted(number, &id),
            None => self.ledger().record_violation(format!("{number:?} was refused: {}", answer.text())),
        }
        Some(())
    }

    async fn cancel(&self, number: Number) {
        let Some(id) = self.ledger().id(number) else { return };
        self.ledger().cancellation(number, Cancellation::Asked);
        let path = format!("/api/execution/{id}");
        let answer = self.ask(number.0, Method::DELETE, &path, |request| request).await;
        // A 200 contains the current status, or the result of a finished job.
        if let Some(answer) = answer.filter(|answer| answer.status == 200) {
            let result: ResultBody = answer.parse();
            if result.status == JobStatusName::Cancelled {
                self.ledger().cancellation(number, Cancellation::Promised);
            }
        }
    }

    /// Reads a job until it has ended, and once if it has.
    async fn follow(&self, number: Option<Number>) {
        let Some(number) = number else { return };
        let Some(id) = self.ledger().id(number) else { return };
        let path = format!("/api/execution/result/{id}?wait=5");
        let began = Instant::now();
        for turn in number.0.. {
            match self.ask(turn, Method::GET, &path, |request| request).await {
                Some(answer) if answer.status != 200 => {
                    return self.ledger().record_unknown(number, &answer.text());
                }
                Some(answer) if self.ledger().record_result(number, answer.parse()) => return,
                Some(_) => {}
                None => tokio::time::sleep(PAUSE).await,
            }
            // A job without a result is noted in the end.
            if began.elapsed() > PATIENCE {
                return;
            }
        }
    }

    /// Asks once; none if that failed through no fault of the client's.
    async fn ask(
        &self,
        turn: usize,
        method: Method,
        path: &str,
        fill: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Option<ApiResponse> {
        let client = &self.gateways[turn % self.gateways.len()];
        let answer = client.try_send(fill(client.request(method, path))).await.ok();
        let answer = answer.filter(|answer| answer.status < 500 && answer.status != TOO_MANY);
        if answer.is_none() {
            self.unanswered.fetch_add(1, Ordering::Relaxed);
        }
        answer
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The id in the answer to a submission: of a job that waits or runs, or of one that has ended.
fn id_in(answer: &ApiResponse) -> Option<String> {
    match answer.status {
        202 => Some(answer.parse::<AcceptedBody>().job_id),
        200 => Some(answer.parse::<ResultBody>().job_id),
        _ => None,
    }
}
