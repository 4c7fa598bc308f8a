//! Watching a run: the limits that the kernel does not enforce by itself, and the counters that say what happened.

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

use super::{Sandbox, meter::Meter, out_of_turn, share, weight};
use crate::protocol::{InitFacts, Note, Order, RunFacts, StopCause, Task};

/// How often the counters are looked at, at least.
const SLOWEST_LOOK: Duration = Duration::from_millis(20);
/// And at most: looking costs some microseconds.
const FASTEST_LOOK: Duration = Duration::from_millis(1);
/// How soon the first look after the beginning is.
const YOUNG: Duration = Duration::from_millis(4);
/// How long init may take to end a run before the whole sandbox is killed.
const STOP_GRACE: Duration = Duration::from_secs(2);

/// Sets the tree's limits and starts its peak of memory anew.
pub(super) fn put_limits_in_force(controls: &mut CgroupControls, limits: &Limits) -> Result<(), KernelError> {
    controls.set_limits(CgroupLimits { memory: limits.memory.get(), processes: limits.processes })?;
    controls.set_cpu_weight(weight::after(Duration::ZERO))?;
    // Nobody has waited but whoever was there before.
    controls.lift_cpu_quota()?;
    controls.reset_peak()
}

/// Waits for the run to end, ending it at its limits or when the worker says so.
pub(super) fn until_the_end(
    sandbox: &Sandbox,
    worker: &Channel,
    meter: Meter<'_>,
    limits: &Limits,
) -> Result<RunFacts, KernelError> {
    let mut watch = Watch {
        sandbox,
        worker,
        meter,
        limits,
        start: Instant::now(),
        throttled: Duration::ZERO,
        stopped: None,
    };
    let seen = watch.wait()?;
    watch.facts(seen)
}

struct Watch<'a> {
    sandbox: &'a Sandbox,
    worker: &'a Channel,
    meter: Meter<'a>,
    limits: &'a Limits,
    start: Instant,
    /// For how long its share has held it back.
    throttled: Duration,
    stopped: Option<Stopped>,
}

/// The program was told to stop.
#[derive(Clone, Copy)]
struct Stopped {
    cause: StopCause,
    /// By [`kernel::uptime`].
    at: Duration,
}

/// What woke the launcher.
enum Woken {
    Init,
    Worker,
    Nobody,
}

impl Watch<'_> {
    fn wait(&mut self) -> Result<InitFacts, KernelError> {
        loop {
            let look = self.look()?;
            match self.sleep(look)? {
                Woken::Init => match self.sandbox.note() {
                    Ok(Note::Ended(facts)) => return Ok(facts),
                    Ok(Note::Done | Note::Open | Note::Checked(_) | Note::Started | Note::Collected(_)) => {
                        return Err(out_of_turn());
                    }
                    Ok(Note::Failed(error)) | Err(error) => return self.killed_with_its_guest().ok_or(error),
                },
                Woken::Worker => match self.worker.receive::<Order>()? {
                    Some((Order::Stop, _)) => self.stop(StopCause::Asked)?,
                    Some((Order::Signal(signal), _)) => self.tell(&Task::Signal(signal))?,
                    Some(_) => return Err(out_of_turn()),
                    // The worker is gone, and with this process all of the sandbox goes too.
                    None => kernel::exit_now(0),
                },
                Woken::Nobody => {}
            }
        }
    }

    /// When memory runs out the kernel may take init after the guest, and with it all of the sandbox: then that is how the
    /// run ended, and not a fault.
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

    /// Looks at clock and counters, stops what is over its limit, and says when to look again.
    fn look(&mut self) -> Result<Duration, KernelError> {
        if let Some(Stopped { at, .. }) = self.stopped {
            if kernel::uptime().saturating_sub(at) > STOP_GRACE {
                return Err(KernelError { step: Step::WatchInit, errno: Errno::TIMEDOUT.raw_os_error() });
            }
            return Ok(SLOWEST_LOOK);
        }
        let wall_left = self.limits.wall.saturating_sub(self.start.elapsed());
        let now = self.meter.read(self.limits)?;
        let cpu_left = self.limits.cpu.saturating_sub(now.cpu);
        self.meter.weigh(weight::after(now.cpu))?;
        self.meter.hold(share::after(now.cpu, self.limits.cpus))?;
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
            return self.stop(cause).map(|()| SLOWEST_LOOK);
        }
        // A run that has just begun is weighed anew soon.
        let young = (self.start.elapsed() / 2).max(YOUNG);
        let patience = self.meter.patience(SLOWEST_LOOK);
        // A tree with one busy thread per core could be at its limit this soon; looking a little late costs it nothing.
        Ok((cpu_left / 2).min(wall_left).min(young).clamp(FASTEST_LOOK, patience))
    }

    fn stop(&mut self, cause: StopCause) -> Result<(), KernelError> {
        if self.stopped.is_none() {
            self.stopped = Some(Stopped { cause, at: kernel::uptime() });
            // Whoever waits for the processor cannot end.
            self.release()?;
            self.tell(&Task::Stop)?;
        }
        Ok(())
    }

    fn release(&mut self) -> Result<(), KernelError> {
        self.throttled += self.meter.release()?;
        Ok(())
    }

    fn tell(&self, task: &Task) -> Result<(), KernelError> {
        match self.sandbox.init.send(task, &[]) {
            // An init that is gone has stopped, too; that it is shows on its channel.
            Err(error) if error.errno == Errno::PIPE.raw_os_error() => Ok(()),
            sent => sent,
        }
    }

    fn sleep(&self, at_most: Duration) -> Result<Woken, KernelError> {
        let timeout = Timespec::try_from(at_most).map_err(|_| Errno::INVAL).at(Step::Poll)?;
        let mut waiting = [
            PollFd::new(&self.sandbox.init, PollFlags::IN),
            PollFd::new(self.worker, PollFlags::IN),
            PollFd::from_borrowed_fd(self.sandbox.pidfd.as_fd(), PollFlags::IN),
        ];
        match poll(&mut waiting, Some(&timeout)) {
            Err(Errno::INTR) => return Ok(Woken::Nobody),
            other => other.at(Step::Poll)?,
        };
        let woken = |index: usize| !waiting[index].revents().is_empty();
        // A dead init shows on its channel too, as its end.
        if woken(0) || woken(2) {
            return Ok(Woken::Init);
        }
        Ok(if woken(1) { Woken::Worker } else { Woken::Nobody })
    }

    fn facts(mut self, seen: InitFacts) -> Result<RunFacts, KernelError> {
        // What is left to do is ours: others wait for the slot.
        self.meter.weigh(weight::after(Duration::ZERO))?;
        self.release()?;
        let total = self.meter.total(&seen, self.limits)?;
        Ok(RunFacts {
            exit: seen.exit,
            forbidden_call: seen.forbidden_call,
            wall: seen.wall,
            // What ends because it is stopped has ended when that was decided, however long it took.
            ended_at: self.stopped.map_or(seen.ended_at, |stopped| stopped.at.min(seen.ended_at)),
            cpu: total.cpu,
            throttled: self.throttled,
            memory: total.memory,
            disk_full: seen.disk_full,
            out_of_memory: total.out_of_memory,
            fork_refused: total.fork_refused,
            stopped_for: self.stopped.map(|stopped| stopped.cause),
        })
    }
}
