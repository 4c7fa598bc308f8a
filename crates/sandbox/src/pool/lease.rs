//! Lease of a slot: from the right to use a sandbox, over the sandbox in use, to the spent one.

use std::sync::Arc;

use model::{Bytes, Ending, Limits, Network, Outcome, Stream, SystemCall, TerminalSize, Usage};
use tokio_util::sync::CancellationToken;

use super::{
    holdings::{Holdings, Residency},
    inner::PoolInner,
};
use crate::{
    Collect, CollectedFiles, DiskQuota, LiveIo, Program, SandboxError, SandboxFile, SyntaxCheck,
    capture::{Capture, Completeness},
    ending::{StopReason, ending},
    gauges::{self, StartKind},
    monitor::RunMonitor,
    protocol::{
        LaunchMode, LauncherRequest, LauncherResponse, RunFacts, RunRequest, StartRequest, TemplateReuse,
    },
    slot::{Slot, SlotState},
};

/// `TERM` of a program with a terminal: the type that browsers and most terminal windows emulate.
const TERMINAL_KIND: &str = "xterm-256color";

/// A lease: the right to use one sandbox for one submission.
#[derive(Debug)]
pub struct Lease {
    pub(super) guard: SlotGuard,
}

/// A sandbox in use. Programs run in it one after another. Each gets a clean process tree; all share the work folder until
/// [`OpenSandbox::reset`].
#[derive(Debug)]
pub struct OpenSandbox {
    pub(super) guard: SlotGuard,
}

/// A used sandbox. It can only be returned to the pool.
#[derive(Debug)]
#[must_use = "only the pool can make the slot usable again: Pool::take_back"]
pub struct UsedSandbox {
    pub(super) guard: SlotGuard,
}

/// Guard of a slot that is out of the pool, with what the lease holds. If it is dropped, the slot returns without its launcher.
#[derive(Debug)]
pub(super) struct SlotGuard {
    pub(super) slot: Option<Slot>,
    pub(super) pool: Arc<PoolInner>,
    pub(super) holdings: Holdings,
    /// The index of the prestart that ran a program here, or could have.
    pub(super) used_prestart: Option<usize>,
}

impl SlotGuard {
    pub(super) fn slot_mut(&mut self) -> Result<&mut Slot, SandboxError> {
        self.slot.as_mut().ok_or(SandboxError::Closed)
    }

    /// Destroys the used sandbox, and prepares the next one if the slot should have one.
    pub(super) async fn recycle(&mut self) -> Result<(), SandboxError> {
        let pool = self.pool.clone();
        let used = self.used_prestart.take();
        let slot = self.slot.as_mut().ok_or(SandboxError::Closed)?;
        slot.destroy()?;
        slot.wait_acknowledged().await?;
        slot.note_success();
        // The memory has been returned.
        self.holdings.reservation = None;
        // One that has no place has no need to be quick either.
        match pool.next_kind(slot, used).filter(|_| self.holdings.permit.is_some()) {
            Some(kind) => pool.prepare_slot(slot, kind, TemplateReuse::Shared).await,
            None => Ok(()),
        }
    }

    /// Returns the slot to the pool in a clean state.
    pub(super) fn release_clean(mut self) {
        self.release();
    }

    fn release(&mut self) {
        if let Some(slot) = self.slot.take() {
            match self.holdings.permit {
                Some(_) => self.pool.lock_free_slots().push(slot),
                // Another slot has its place.
                None => self.pool.spare.put(slot),
            }
        }
        // After the slot, so that the next owner of the permit finds one.
        self.holdings = Holdings::default();
        self.pool.update_slot_gauges();
        self.pool.returned.notify_one();
    }
}

impl Drop for SlotGuard {
    fn drop(&mut self) {
        if let Some(slot) = &mut self.slot {
            slot.discard_launcher();
        }
        self.release();
    }
}

impl Lease {
    /// Puts `files` into the work folder. Makes the sandbox first, if none was prepared.
    pub fn open(mut self, files: &[SandboxFile], space: DiskQuota) -> Result<OpenSandbox, SandboxError> {
        let slot = self.guard.slot_mut()?;
        let made = slot.state();
        if made == SlotState::Empty {
            slot.prepare(space)?;
        }
        gauges::count_start(match made {
            SlotState::Empty => StartKind::Cold,
            SlotState::Sandbox => StartKind::Warm,
            SlotState::Prestarted(_) => StartKind::Started,
        });
        // Not waited for: the start of the first program follows immediately.
        slot.fill(space, files)?;
        Ok(OpenSandbox { guard: self.guard })
    }
}

impl OpenSandbox {
    /// Runs a program to its end, and passes each chunk of output to `sink`. Cancelling `stop` stops the run.
    pub async fn run(
        &mut self,
        program: &Program,
        stop: &CancellationToken,
        sink: &mut (dyn FnMut(Stream, &[u8]) + Send),
    ) -> Result<Outcome, SandboxError> {
        self.run_with(program, None, stop, sink).await
    }

    /// Runs a program with live input. With a terminal, all output is standard output.
    pub async fn run_live(
        &mut self,
        program: &Program,
        live: LiveIo,
        stop: &CancellationToken,
        sink: &mut (dyn FnMut(Stream, &[u8]) + Send),
    ) -> Result<Outcome, SandboxError> {
        self.run_with(program, Some(live), stop, sink).await
    }

    /// Checks the syntax of sources, given by paths below the work folder, in the prestarted program that would run this
    /// program. Runs no code of theirs. If they are sound, that program keeps waiting and can run this program next. If nothing
    /// was decided, the sandbox should be returned.
    pub async fn check_syntax(
        &mut self,
        program: &Program,
        sources: &[String],
    ) -> Result<SyntaxCheck, SandboxError> {
        let pool = self.guard.pool.clone();
        self.check_memory(&program.limits)?;
        let slot = self.guard.slot_mut()?;
        let number = pool.prestart_for(program).map(|(number, _)| number);
        let number = number.filter(|number| {
            let checks = pool.prestart(*number).is_some_and(|prestart| prestart.checks_syntax);
            let waits = slot.state() == SlotState::Prestarted(*number) || slot.has_template(*number);
            checks && waits && program.network == Network::None
        });
        let Some(number) = number else { return Ok(SyntaxCheck::Undecided) };
        let waiting = slot.take_state();
        if !matches!(waiting, SlotState::Prestarted(other) if other != number) {
            slot.request(&LauncherRequest::CheckSyntax(Box::new(program.limits), sources.to_vec()), &[])?;
            slot.wait_acknowledged().await?;
            let (LauncherResponse::Checked(checked), _) = slot.response_in_time().await? else {
                return Err(slot.unexpected_response());
            };
            if checked == SyntaxCheck::Sound {
                slot.note_waiting(number);
            }
            return Ok(checked);
        }
        Ok(SyntaxCheck::Undecided)
    }

    async fn run_with(
        &mut self,
        program: &Program,
        live: Option<LiveIo>,
        stop: &CancellationToken,
        sink: &mut (dyn FnMut(Stream, &[u8]) + Send),
    ) -> Result<Outcome, SandboxError> {
        self.check_memory(&program.limits)?;
        let terminal = live.as_ref().and_then(|live| live.terminal);
        let request = self.launch_mode(program, terminal)?;
        let SlotGuard { slot, pool, holdings, .. } = &mut self.guard;
        let slot = slot.as_mut().ok_or(SandboxError::Closed)?;
        slot.request(
            &LauncherRequest::Run(Box::new(RunRequest {
                mode: request,
                limits: program.limits,
                network: program.network,
                terminal,
                processors: program.processors.clone(),
            })),
            &[],
        )?;
        slot.wait_acknowledged().await?;
        let (LauncherResponse::Started, ends) = slot.response_in_time().await? else {
            return Err(slot.unexpected_response());
        };
        let mut watch = RunMonitor::new(ends, program, live, slot.launcher_timeout())
            .map_err(SandboxError::Connection)?
            .ok_or_else(|| slot.unexpected_response())?;
        let residency = Residency { pool, holdings };
        // On the heap: with what it knows of a session it is large, and everything that runs programs would be.
        let (facts, asked) = Box::pin(watch.wait((slot, residency), program, stop, sink)).await?;
        Ok(outcome(&facts, &program.limits, asked, watch.capture))
    }

    fn check_memory(&self, limits: &Limits) -> Result<(), SandboxError> {
        let leased = self.guard.holdings.memory();
        if limits.memory > leased {
            return Err(SandboxError::ExceedsLease { wanted: limits.memory, leased });
        }
        Ok(())
    }

    /// Chooses how to start the program: the waiting one, which works once; a fork; or a new process, which is always used with
    /// a terminal or a network.
    fn launch_mode(
        &mut self,
        program: &Program,
        terminal: Option<TerminalSize>,
    ) -> Result<LaunchMode, SandboxError> {
        let pool = self.guard.pool.clone();
        let slot = self.guard.slot_mut()?;
        let waiting = slot.take_state();
        let fresh = || LaunchMode::Fresh(start_request(program, terminal));
        let can_be_ahead = terminal.is_none() && program.network == Network::None;
        let Some((number, release)) = pool.prestart_for(program).filter(|_| can_be_ahead) else {
            return Ok(fresh());
        };
        let has_template = slot.has_template(number);
        self.guard.used_prestart = Some(number);
        Ok(if waiting == SlotState::Prestarted(number) {
            LaunchMode::Waiting(release)
        } else if has_template {
            LaunchMode::Forked(release)
        } else {
            fresh()
        })
    }

    /// Resets the sandbox for the next program: files, processes and everything else that earlier programs left are removed.
    /// Does not wait; the next program runs after it.
    pub fn reset(&mut self, files: &[SandboxFile], space: DiskQuota) -> Result<(), SandboxError> {
        self.guard.slot_mut()?.reset(space, files)
    }

    /// Collects files of the work folder, between programs or after the last.
    pub async fn collect(&mut self, request: &Collect) -> Result<CollectedFiles, SandboxError> {
        let slot = self.guard.slot_mut()?;
        slot.request(&LauncherRequest::Collect(request.clone()), &[])?;
        slot.wait_acknowledged().await?;
        let (LauncherResponse::Collected(listing), mut fds) = slot.response_in_time().await? else {
            return Err(slot.unexpected_response());
        };
        let bytes = fds.pop().ok_or_else(|| slot.unexpected_response())?;
        listing.unpack(bytes, request).await
    }

    /// Discards the sandbox with its launcher and all namespaces, and starts again in the same slot; with a waiting runtime, if
    /// programs were run by one.
    pub async fn replace(self) -> Result<Lease, SandboxError> {
        let mut guard = self.guard;
        let pool = guard.pool.clone();
        let used = guard.used_prestart.take();
        let slot = guard.slot_mut()?;
        slot.discard_launcher();
        slot.ensure_launcher(&pool.settings, &pool.folders()).await?;
        if let Some(kind) = used {
            pool.prepare_slot(slot, kind, TemplateReuse::Shared).await?;
        }
        Ok(Lease { guard })
    }

    /// Ends the use of the sandbox.
    pub fn finish(self) -> UsedSandbox {
        UsedSandbox { guard: self.guard }
    }
}

/// Command to start the program as a new process.
fn start_request(program: &Program, terminal: Option<TerminalSize>) -> StartRequest {
    let mut env = program.env.clone();
    if terminal.is_some() {
        env.retain(|(name, _)| name != "TERM");
        env.push(("TERM".to_owned(), TERMINAL_KIND.to_owned()));
    }
    StartRequest { argv: program.argv.clone(), env }
}

fn outcome(facts: &RunFacts, limits: &Limits, asked: Option<StopReason>, capture: Capture) -> Outcome {
    let ending = ending(facts, limits, asked);
    let ended_by_itself = matches!(ending, Ending::Exited(_) | Ending::Signalled(_));
    let written = if ended_by_itself { Completeness::Complete } else { Completeness::CutOff };
    let forbidden_call = facts.forbidden_call.filter(|_| ending == Ending::ForbiddenCall);
    Outcome {
        ending,
        forbidden_call: forbidden_call.map(|call| SystemCall(call.name())),
        usage: Usage {
            cpu: facts.cpu,
            wall: facts.wall,
            memory: Bytes(facts.memory),
            throttled: facts.throttled,
        },
        stdout_truncated: capture.truncated(Stream::Stdout),
        stderr_truncated: capture.truncated(Stream::Stderr),
        transcript: capture.into_transcript(written),
    }
}
