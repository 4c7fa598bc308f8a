//! A launcher's process and its end.
//!
//! A process ends when the kernel lets it, which can be never. Nobody who serves others waits for that: a thread does.

use std::{process::Child, thread};

use metrics::gauge;
use tokio::sync::oneshot;

/// Of launchers that have been killed and have not ended yet.
pub(crate) const ENDING: &str = "coderunner_sandbox_launchers_ending";

/// A running launcher.
#[derive(Debug)]
pub(crate) struct Process(Option<Child>);

/// A launcher that has been killed.
#[derive(Debug)]
pub(crate) struct Ending(oneshot::Receiver<()>);

impl Process {
    pub(crate) const fn of(child: Child) -> Self {
        Self(Some(child))
    }

    /// Its number; none once it is being ended.
    pub(crate) fn id(&self) -> Option<u32> {
        self.0.as_ref().map(Child::id)
    }

    /// Kills it. Only when it has ended can its slot's cgroup be removed or joined by another.
    pub(crate) fn end(mut self) -> Ending {
        let (tell, told) = oneshot::channel();
        if let Some(child) = self.0.take() {
            end(child, tell);
        }
        Ending(told)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(child) = self.0.take() {
            end(child, oneshot::channel().0);
        }
    }
}

impl Ending {
    /// Waits until it has ended. Cancel-safe.
    pub(crate) async fn over(&mut self) {
        // A thread that could not be started says so by its silence: then nobody waits.
        let _ended = (&mut self.0).await;
    }
}

fn end(mut child: Child, tell: oneshot::Sender<()>) {
    if let Err(error) = child.kill() {
        tracing::warn!(%error, "a launcher could not be killed");
    }
    gauge!(ENDING).increment(1.0);
    let wait = move || {
        if let Err(error) = child.wait() {
            tracing::warn!(%error, "a launcher could not be waited for");
        }
        gauge!(ENDING).decrement(1.0);
        let _nobody_asks = tell.send(());
    };
    if let Err(error) = thread::Builder::new().name("launcher-end".to_owned()).spawn(wait) {
        tracing::warn!(%error, "nobody waits for the end of a launcher: there can be no more threads");
    }
}
