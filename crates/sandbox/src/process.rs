//! Launcher process: start, kill, and wait for its end.
//!
//! The kernel may take arbitrarily long to end a process. A thread of its own waits for that, so that no other slot does.

use std::{process::Child, thread};

use tokio::sync::oneshot;

use crate::gauges;

/// A running launcher.
#[derive(Debug)]
pub(crate) struct LauncherProcess(Option<Child>);

/// A launcher that was killed and may not have ended yet.
#[derive(Debug)]
pub(crate) struct PendingExit(oneshot::Receiver<()>);

impl LauncherProcess {
    pub(crate) const fn of(child: Child) -> Self {
        Self(Some(child))
    }

    /// Its process id; none after it was killed.
    pub(crate) fn id(&self) -> Option<u32> {
        self.0.as_ref().map(Child::id)
    }

    /// Kills it. Only after its end, the slot's cgroup can be removed or used by another launcher.
    pub(crate) fn kill(mut self) -> PendingExit {
        let (tell, told) = oneshot::channel();
        if let Some(child) = self.0.take() {
            kill_in_background(child, tell);
        }
        PendingExit(told)
    }
}

impl Drop for LauncherProcess {
    fn drop(&mut self) {
        if let Some(child) = self.0.take() {
            kill_in_background(child, oneshot::channel().0);
        }
    }
}

impl PendingExit {
    /// Waits until it has ended. Cancel-safe.
    pub(crate) async fn wait(&mut self) {
        // Without a thread the channel is closed, which ends the wait.
        let _ended = (&mut self.0).await;
    }
}

fn kill_in_background(mut child: Child, tell: oneshot::Sender<()>) {
    if let Err(error) = child.kill() {
        tracing::warn!(%error, "a launcher could not be killed");
    }
    gauges::ending_launchers().increment(1.0);
    let wait = move || {
        if let Err(error) = child.wait() {
            tracing::warn!(%error, "a launcher could not be waited for");
        }
        gauges::ending_launchers().decrement(1.0);
        let _nobody_asks = tell.send(());
    };
    if let Err(error) = thread::Builder::new().name("launcher-end".to_owned()).spawn(wait) {
        tracing::warn!(%error, "nobody waits for the end of a launcher: there can be no more threads");
    }
}
