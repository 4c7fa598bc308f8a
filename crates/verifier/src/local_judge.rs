//! Local judge: judges several submissions at once in sandboxes of this machine, each within a deadline.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use host::{HostError, PoolBudget};
use languages::{Language, Registry};
use model::{Bytes, Submission, Suite};
use sandbox::PreparedKind;
use tokio_util::sync::CancellationToken;
use worker::{
    CompileCache, GradeError, GradeOrder, GradeOutput, Grader, RunControl, RunError, Runner, TestSelection,
};

use crate::{
    console::{Console, Progress},
    loaded_package::LoadedPackage,
    program_limits::Ceilings,
    settings::Settings,
};

/// Judges submissions on this machine.
pub struct LocalJudge {
    grader: Grader,
    languages: Arc<Registry>,
    /// Number of submissions that are judged at once.
    concurrency: u32,
    /// Time for one submission: all its tests and compiling together.
    timeout: Duration,
    /// The most memory and output that a submission may ask for.
    ceilings: Ceilings,
    /// The most memory of any program: half of what there is.
    most_memory: Bytes,
    stop: CancellationToken,
    console: Arc<dyn Console>,
}

impl LocalJudge {
    /// The most that are judged at once, however many processors there are.
    const MAX_CONCURRENT: u32 = 8;

    /// Makes sandboxes. From now on an interruption ends what runs in them.
    ///
    /// # Errors
    ///
    /// If sandboxes cannot be made here.
    pub async fn start(
        settings: &Settings,
        languages: Arc<Registry>,
        timeout: Duration,
        console: Arc<dyn Console>,
    ) -> Result<Self, HostError> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let concurrency = u32::try_from(cores).unwrap_or(u32::MAX).min(Self::MAX_CONCURRENT);
        // A validator has a sandbox of its own beside its submission's.
        let slots = 2 * concurrency;
        let first_id = host::first_id_of_many_slots(settings.host.first_id);
        let budget = PoolBudget { slots, first_id, ..PoolBudget::beside_server(&settings.host) };
        let pool = host::start_pool(budget, warm(slots, &languages)?, &languages).await?;
        let cache = CompileCache::new(settings.compile_cache);
        let runner = Runner::new(pool, languages.clone()).with_compile_cache(cache);
        let stop = CancellationToken::new();
        stop_at_interruption(&*console, stop.clone());
        // The other half is for a validator beside it.
        let most_memory = Bytes(budget.memory.get() / 2);
        let grader = Grader::new(runner).with_validators(settings.validators);
        let ceilings =
            Ceilings { memory: settings.problem_memory.min(most_memory), output: settings.problem_output };
        Ok(Self { grader, languages, concurrency, timeout, ceilings, most_memory, stop, console })
    }

    /// The languages of this machine.
    pub fn languages(&self) -> &Registry {
        &self.languages
    }

    /// Number of submissions that are judged at once.
    pub(crate) const fn concurrency(&self) -> usize {
        self.concurrency as usize
    }

    /// Begins to show the progress of work on these items.
    pub(crate) fn progress(&self, items: &str) -> Box<dyn Progress> {
        self.console.progress(items)
    }

    /// Time for one submission: all its tests and compiling together.
    pub(crate) const fn timeout(&self) -> Duration {
        self.timeout
    }

    /// The most memory and output that a submission may ask for.
    pub(crate) const fn ceilings(&self) -> Ceilings {
        self.ceilings
    }

    /// The most memory that any program may ask for on this machine.
    pub(crate) const fn most_memory(&self) -> Bytes {
        self.most_memory
    }

    /// Whether the user interrupted.
    pub fn is_stopped(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// Cancelled when the user interrupts.
    pub(crate) fn stop(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Judges a submission by these tests of all, which `progress` expects.
    pub(crate) async fn grade(
        &self,
        loaded: &LoadedPackage,
        submission: &Submission,
        (extent, progress): (TestSelection, &dyn Progress),
    ) -> Result<GradeOutput, GradeError> {
        let end = Instant::now() + self.timeout;
        self.grade_until(&loaded.suite, loaded, (submission, end), (extent, progress)).await
    }

    /// Compiles a submission, so that judging it finds that done. Says nothing: judging it does.
    pub(crate) async fn compile_ahead(&self, loaded: &LoadedPackage, submission: &Submission) {
        let order = GradeOrder {
            suite: &loaded.suite,
            submission,
            data: &loaded.large,
            extent: TestSelection::Deciding,
        };
        let control = RunControl { deadline: self.timeout, stop: &self.stop };
        let _told_by_judging = self.grader.compile_ahead(&order, control).await;
    }

    /// The same by a suite that is made of the subject's, until then.
    pub(crate) async fn grade_until(
        &self,
        suite: &Suite,
        loaded: &LoadedPackage,
        (submission, end): (&Submission, Instant),
        (extent, progress): (TestSelection, &dyn Progress),
    ) -> Result<GradeOutput, GradeError> {
        let order = GradeOrder { suite, submission, data: &loaded.large, extent };
        let total = suite.tests().count();
        let mut told = 0;
        let deadline = end.saturating_duration_since(Instant::now());
        let control = RunControl { deadline, stop: &self.stop };
        let graded = self
            .grader
            .grade(&order, control, &mut |_, _, _| {
                told += 1;
                progress.done(1);
            })
            .await;
        // Tests that the result no longer needs are done, too.
        progress.done(total.saturating_sub(told));
        graded
    }

    /// Runs a program that is no submission, to its end, but no longer than until then.
    pub(crate) async fn run_until(
        &self,
        submission: &Submission,
        end: Instant,
    ) -> Result<worker::RunResult, RunError> {
        let deadline = (submission.limits.wall + Duration::from_mins(2))
            .min(end.saturating_duration_since(Instant::now()));
        self.grader.runner().run(submission, deadline, &self.stop, &mut |_, _| {}).await
    }
}

/// Half of the sandboxes have Python waiting, which most packages have a program in.
fn warm(slots: u32, languages: &Registry) -> Result<Vec<PreparedKind>, HostError> {
    let is_known = languages.find("python").and_then(Language::prestart).is_some();
    let python = if is_known { host::warm_runtime("python", slots.div_ceil(2), languages)? } else { None };
    Ok(python.into_iter().chain([PreparedKind { prestart: None, count: slots / 2 }]).collect())
}

fn stop_at_interruption(console: &dyn Console, stop: CancellationToken) {
    let interruption = console.interruption();
    tokio::spawn(async move {
        interruption.await;
        stop.cancel();
    });
}
