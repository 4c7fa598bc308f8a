//! Watchdog of a run: enforces the limits that the kernel does not enforce, and reads the counters that explain the ending.

use std::{
    os::fd::AsFd,
    time::{Duration, Instant},
};

use kernel::{
    Channel, ExitStatus, KernelError, Step, StepContext,
    cgroup::{CgroupControls, CgroupLimits},
};
use model::Limits;
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
    process::Signal,
};

use super::{
    cpu_share, cpu_weight,
    sandbox::{Sandbox, unexpected_message},
    usage_meter::UsageMeter,
};
use crate::protocol::{InitFacts, InitRequest, InitResponse, LauncherRequest, RunFacts, StopCause};

/// Maximum interval between two checks.
const MAX_CHECK_INTERVAL: Duration = Duration::from_millis(20);
/// Minimum interval: a check takes some microseconds.
const MIN_CHECK_INTERVAL: Duration = Duration::from_millis(1);
/// Delay of the first check.
const FIRST_CHECK: Duration = Duration::from_millis(4);
/// Timeout for init to stop a run, after which the sandbox is killed.
const STOP_TIMEOUT: Duration = Duration::from_secs(2);

/// Sets the limits of the tree and resets its peak of memory.
pub(super) fn apply_limits(controls: &mut CgroupControls, limits: &Limits) -> Result<(), KernelError> {
    controls.set_limits(CgroupLimits { memory: limits.memory.get(), processes: limits.processes })?;
    controls.set_cpu_weight(cpu_weight::weight_after(Duration::ZERO))?;
    // No process of this run has been throttled yet.
    controls.lift_cpu_quota()?;
    controls.reset_peak()
}

/// Waits for the end of the run. Stops it at its limits or on request of the worker.
pub(super) fn run_to_end(
    sandbox: &Sandbox,
    worker: &Channel,
    meter: UsageMeter<'_>,
    limits: &Limits,
) -> Result<RunFacts, KernelError> {
    let mut watch = Watchdog {
        sandbox,
        worker,
        meter,
        limits,
        start: Instant::now(),
        throttled: Duration::ZERO,
        stop: None,
    };
    let seen = watch.wait()?;
    watch.facts(seen)
}

struct Watchdog<'a> {
    sandbox: &'a Sandbox,
    worker: &'a Channel,
    meter: UsageMeter<'a>,
    limits: &'a Limits,
    start: Instant,
    /// Time during which the run was throttled.
    throttled: Duration,
    stop: Option<StopRecord>,
}

/// A stop request that was sent to init.
#[derive(Clone, Copy)]
struct StopRecord {
    cause: StopCause,
    /// Time by [`kernel::uptime`].
    at: Duration,
}

/// Reason of a wake-up.
enum WakeReason {
    Init,
    Worker,
    Nobody,
}

impl Watchdog<'_> {
    fn wait(&mut self) -> Result<InitFacts, KernelError> {
        loop {
            let look = self.check_limits()?;
            match self.sleep(look)? {
                WakeReason::Init => match self.sandbox.response() {
                    Ok(InitResponse::Ended(facts)) => return Ok(facts),
                    Ok(
                        InitResponse::Done
                        | InitResponse::Namespaces
                        | InitResponse::Checked(_)
                        | InitResponse::Started
                        | InitResponse::Collected(_),
                    ) => {
                        return Err(unexpected_message());
                    }
                    Ok(InitResponse::Failed(error)) | Err(error) => {
                        return self.killed_with_its_guest().ok_or(error);
                    }
                },
                WakeReason::Worker => match self.worker.receive::<LauncherRequest>()? {
                    Some((LauncherRequest::Stop, _)) => self.stop(StopCause::Asked)?,
                    Some((LauncherRequest::Signal(signal), _)) => self.send(&InitRequest::Signal(signal))?,
                    Some(_) => return Err(unexpected_message()),
                    // The worker is gone. The sandbox ends with this process.
                    None => kernel::exit_now(0),
                },
                WakeReason::Nobody => {}
            }
        }
    }

    /// When memory runs out, the kernel may kill init after the guest, and the whole sandbox with it. Then this is the end of
    /// the run, and no fault.
    fn killed_with_its_guest(&mut self) -> Option<InitFacts> {
        self.meter.read(self.limits).ok()?.out_of_memory.then(|| InitFacts {
            exit: ExitStatus::Signal(Signal::KILL.as_raw()),
            forbidden_call: None,
            wall: self.start.elapsed(),
            ended_at: kernel::uptime(),
            reaped_cpu: Duration::ZERO,
            disk_full: false,
        })
    }

    /// Checks clock and counters, stops a run that is over a limit, and returns the time until the next check.
    fn check_limits(&mut self) -> Result<Duration, KernelError> {
        if let Some(StopRecord { at, .. }) = self.stop {
            if kernel::uptime().saturating_sub(at) > STOP_TIMEOUT {
                return Err(KernelError { step: Step::WatchInit, errno: Errno::TIMEDOUT.raw_os_error() });
            }
            return Ok(MAX_CHECK_INTERVAL);
        }
        let wall_left = self.limits.wall.saturating_sub(self.start.elapsed());
        let now = self.meter.read(self.limits)?;
        let cpu_left = self.limits.cpu.saturating_sub(now.cpu);
        self.meter.set_weight(cpu_weight::weight_after(now.cpu))?;
        self.meter.throttle(cpu_share::share_after(now.cpu, self.limits.cpus))?;
        let over = if now.out_of_memory {
            Some(StopCause::Memory)
        } else if now.too_many_processes {
            Some(StopCause::Processes)
        } else if cpu_left.is_zero() {
            Some(StopCause::Cpu)
        } else if wall_left.is_zero() {
            Some(StopCause::Wall)
        } else {
            None
        };
        if let Some(cause) = over {
            return self.stop(cause).map(|()| MAX_CHECK_INTERVAL);
        }
        // The weight of a young run is updated soon.
        let young = (self.start.elapsed() / 2).max(FIRST_CHECK);
        let patience = self.meter.max_interval(MAX_CHECK_INTERVAL);
        // A tree with one busy thread per core could reach its limit by then. A check that is a little late costs it nothing.
        Ok((cpu_left / 2).min(wall_left).min(young).clamp(MIN_CHECK_INTERVAL, patience))
    }

    fn stop(&mut self, cause: StopCause) -> Result<(), KernelError> {
        if self.stop.is_none() {
            self.stop = Some(StopRecord { cause, at: kernel::uptime() });
            // A throttled process cannot end.
            self.release()?;
            self.send(&InitRequest::Stop)?;
        }
        Ok(())
    }

    fn release(&mut self) -> Result<(), KernelError> {
        self.throttled += self.meter.unthrottle()?;
        Ok(())
    }

    fn send(&self, task: &InitRequest) -> Result<(), KernelError> {
        match self.sandbox.init.send(task, &[]) {
            // An init that is gone has stopped, too. Its end shows on its channel.
            Err(error) if error.errno == Errno::PIPE.raw_os_error() => Ok(()),
            sent => sent,
        }
    }

    fn sleep(&self, at_most: Duration) -> Result<WakeReason, KernelError> {
        let timeout = Timespec::try_from(at_most).map_err(|_| Errno::INVAL).at(Step::Poll)?;
        let mut waiting = [
            PollFd::new(&self.sandbox.init, PollFlags::IN),
            PollFd::new(self.worker, PollFlags::IN),
            PollFd::from_borrowed_fd(self.sandbox.pidfd.as_fd(), PollFlags::IN),
        ];
        match poll(&mut waiting, Some(&timeout)) {
            Err(Errno::INTR) => return Ok(WakeReason::Nobody),
            other => other.at(Step::Poll)?,
        };
        let woken = |index: usize| !waiting[index].revents().is_empty();
        // The end of init shows on its channel, too.
        if woken(0) || woken(2) {
            return Ok(WakeReason::Init);
        }
        Ok(if woken(1) { WakeReason::Worker } else { WakeReason::Nobody })
    }

    fn facts(mut self, seen: InitFacts) -> Result<RunFacts, KernelError> {
        // The remaining work is the launcher's, and other submissions wait for the slot.
        self.meter.set_weight(cpu_weight::weight_after(Duration::ZERO))?;
        self.release()?;
        let total = self.meter.total(&seen, self.limits)?;
        Ok(RunFacts {
            exit: seen.exit,
            forbidden_call: seen.forbidden_call,
            wall: seen.wall,
            // A stopped run has ended when it was decided to stop it, however long that took.
            ended_at: self.stop.map_or(seen.ended_at, |stopped| stopped.at.min(seen.ended_at)),
            cpu: total.cpu,
            throttled: self.throttled,
            memory: total.memory,
            disk_full: seen.disk_full,
            out_of_memory: total.out_of_memory,
            fork_refused: total.fork_refused,
            stopped_for: self.stop.map(|stopped| stopped.cause),
        })
    }
}
