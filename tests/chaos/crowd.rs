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

/// How many submit at once.
const LANES: usize = 8;
/// How many jobs each of them has open, at most.
const OPEN: usize = 4;
/// What becomes of a job is known by then, whatever happens in a scenario.
const PATIENCE: Duration = Duration::from_mins(4);
/// Within this time of a fault's end a new job is answered.
const RECOVERY: Duration = Duration::from_secs(30);
/// Nobody waits longer for one answer: the other end may be gone without saying so.
const ANSWER: Duration = Duration::from_secs(10);
/// Not now, for one who asks too often. It is asked again.
const TOO_MANY: u16 = 429;
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(100);

/// Everybody who submits in one scenario.
pub(crate) struct Crowd {
    scenario: &'static str,
    /// Ways to the API, any as good as the others.
    entrances: Vec<Client>,
    jobs: usize,
    ledger: Mutex<Ledger>,
    /// Requests that were not answered, or with a 5xx.
    unanswered: AtomicUsize,
    probes: AtomicUsize,
    /// Dead letters of before.
    dead_before: AtomicU64,
    /// Those that failed to be submitted.
    unsure: Mutex<Vec<Number>>,
    longest_recovery: Mutex<Duration>,
    began: Instant,
}

impl Crowd {
    /// A crowd with so many jobs, before these ways to the API, such as `http://127.0.0.1:8080`.
    pub(crate) fn new(scenario: &'static str, jobs: usize, entrances: &[String]) -> Self {
        Self {
            scenario,
            entrances: entrances.iter().map(|base| Client::with_timeout(base, ANSWER)).collect(),
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
    pub(crate) async fn works(&self, faults: impl Future<Output = ()>) {
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
            totals.ended() * 100 >= self.jobs * percent
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
        // Perhaps it is there all the same. Whoever sends it again finds out.
        self.unsure.lock().unwrap_or_else(PoisonError::into_inner).push(refused);
    }

    /// Submits jobs that take long until so many of them run at once. They are among those that are summed up.
    pub(crate) async fn occupies(&self, slots: usize) {
        let mut jobs: Vec<Number> = Vec::new();
        eventually("so many run", PATIENCE, async || {
            while jobs.len() < slots {
                let number = Number::long(self.probes.fetch_add(1, Ordering::Relaxed));
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

    /// What a job is; queued, as far as nobody says otherwise.
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
            self.ledger().wrong(format!("{number:?} was submitted after the fault and took {took:?}"));
        }
        let mut longest = self.longest_recovery.lock().unwrap_or_else(PoisonError::into_inner);
        *longest = took.max(*longest);
    }

    /// Sees that all fits together in the end, and adds a line to the report. `done` says what was done to the system.
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
        assert_eq!(totals.accepted, totals.ended(), "{line:?}");
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

    /// Submits a job until it is acknowledged, and does with it what is done with this one.
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

    /// Submits once, and notes what is answered; none if that is a failure of the system's.
    async fn try_submit(&self, number: Number, turn: usize) -> Option<()> {
        let key = format!("{}-{}", self.scenario.replace(' ', "-"), number.0);
        let fill = |request: RequestBuilder| request.header("idempotency-key", &key).json(&number.program());
        let answer = self.ask(turn, Method::POST, "/api/execution/submit", fill).await?;
        match id_in(&answer) {
            Some(id) => self.ledger().accepted(number, &id),
            None => self.ledger().wrong(format!("{number:?} was refused: {}", answer.text())),
        }
        Some(())
    }

    async fn cancel(&self, number: Number) {
        let Some(id) = self.ledger().id(number) else { return };
        self.ledger().cancellation(number, Cancellation::Asked);
        let path = format!("/api/execution/{id}");
        let answer = self.ask(number.0, Method::DELETE, &path, |request| request).await;
        // 200 says what it is now; of a job that has ended, its result.
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
                    return self.ledger().unknown(number, &answer.text());
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
        let client = &self.entrances[turn % self.entrances.len()];
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
