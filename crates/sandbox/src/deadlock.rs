//! Deadlock of two live programs: found when all threads of both wait for input and every byte between them has arrived.
//!
//! Both are looked at twice. `StepContext` each look their threads only wait ([`kernel::input_wait`]), and none of them runs between the looks, so
//! both programs stand still in that time. In that time, too, each has as much in its standard input as the other wrote, and nothing is
//! left in a pipe. So neither can go on, however long one waits. What cannot be seen, such as a program with timers or threads of its own,
//! is not a deadlock: the limit on the clock ends it.

use std::time::Duration;

use kernel::{InputSource, InputWait, PipeId, RuntimeThreads};
use tokio::{
    sync::{mpsc, oneshot},
    time::sleep,
};

/// Interval between two observations.
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

/// Request of a probe.
#[derive(Debug)]
pub(crate) enum Request {
    /// Report the state of the run.
    Report(oneshot::Sender<Report>),
    /// End the run as idle.
    EndAsIdle,
}

/// State of a run: where its threads are, and how many bytes have passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Report {
    /// Process id of the launcher.
    pub(crate) launcher: u32,
    /// Its standard input.
    pub(crate) input: PipeId,
    /// Bytes that were written to its standard input.
    pub(crate) received: u64,
    /// Bytes of its standard output that have been read.
    pub(crate) sent: u64,
    /// Whether its standard output is open and empty.
    pub(crate) is_drained: bool,
}

/// Probe of a live run, to observe and end it.
#[derive(Debug)]
pub struct Probe(mpsc::UnboundedSender<Request>);

impl Probe {
    pub(crate) fn new() -> (Self, mpsc::UnboundedReceiver<Request>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (Self(sender), receiver)
    }

    /// The state of the run; none before its start and after its end.
    async fn report(&self) -> Option<Report> {
        let (sender, receiver) = oneshot::channel();
        self.0.send(Request::Report(sender)).ok()?;
        receiver.await.ok()
    }
}

/// An observation of one program.
#[derive(Debug, PartialEq, Eq)]
struct Observation {
    report: Report,
    threads: InputWait,
}

async fn look(probe: &Probe) -> Option<Observation> {
    let report = probe.report().await.filter(|report| report.is_drained)?;
    let Report { launcher, input, .. } = report;
    let threads = tokio::task::spawn_blocking(move || {
        kernel::input_wait(launcher, InputSource::Pipe(input), RuntimeThreads::Ignored)
    })
    .await
    .ok()??;
    Some(Observation { report, threads })
}

/// Observes both programs. Returns a result if both wait and no byte is on its way between them.
async fn look_at_both(first: &Probe, second: &Probe) -> Option<(Observation, Observation)> {
    let (first, second) = (look(first).await?, look(second).await?);
    let has_arrived = |from: &Observation, to: &Observation| from.report.sent == to.report.received;
    (has_arrived(&first, &second) && has_arrived(&second, &first)).then_some((first, second))
}

/// Watches two programs, each of which writes to the other. When both wait for each other, ends the first one as idle
/// ([`model::Ending::IdleLimit`]) and returns. Never returns otherwise.
pub async fn end_when_deadlocked(first: &Probe, second: &Probe) {
    let mut before = None;
    loop {
        sleep(BETWEEN_LOOKS).await;
        let now = look_at_both(first, second).await;
        if now.is_some() && now == before {
            // The run may have ended.
            let _ended = first.0.send(Request::EndAsIdle);
            return;
        }
        before = now;
    }
}
