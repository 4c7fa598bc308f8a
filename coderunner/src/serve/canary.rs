//! The canary: a hello world through the same path that every job takes. Until it passes, no job is claimed.

use std::time::Duration;

use gateway::Readiness;
use kernel::{Identity, cgroup::Layout};
use model::{PoolKind, Stream};
use sandbox::PoolSettings;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use worker::Runner;

use crate::{config::Config, host, memory::Memory};

const DEADLINE: Duration = Duration::from_secs(10);
const RETRY: Duration = Duration::from_secs(5);

/// Tries until a hello world comes out right, and says at each turn how it stands.
pub(crate) async fn until_it_passes(
    runner: &Runner,
    readiness: &watch::Sender<Readiness>,
    notes: Vec<String>,
) {
    loop {
        match sing(runner).await {
            Ok(language) => {
                tracing::info!(language, "the test run passed; ready");
                for note in &notes {
                    tracing::warn!("{note}");
                }
                readiness.send_replace(Readiness::Ready { notes });
                return;
            }
            Err(reason) => {
                tracing::error!(reason, "the test run failed; no job is taken until it passes");
                readiness.send_replace(Readiness::NotReady { reason });
                tokio::time::sleep(RETRY).await;
            }
        }
    }
}

/// What works less well here than it could.
pub(crate) fn notes(runner: &Runner, pools: &[PoolKind], config: &Config) -> Vec<String> {
    let mut notes = Vec::new();
    if !pools.contains(&PoolKind::Microvm) {
        notes.push("The pool microvm is not configured: its jobs run in the pool container.".to_owned());
    }
    notes.extend(note_on_counting(&Layout::of_this_process()));
    notes.extend(Memory::here(config).note(config.worker.slots));
    if !Identity::choose(PoolSettings::DEFAULT_FIRST_ID).is_ok_and(|one| one.tells_init_from_guest()) {
        notes.push("All sandboxes share one user id: none are lent to the user who started this.".to_owned());
    }
    let missing: Vec<&str> = runner
        .languages()
        .all()
        .filter(|one| one.toolchain().is_none())
        .map(|one| one.name.as_str())
        .collect();
    if !missing.is_empty() {
        notes.push(format!("Languages that cannot be run here: {}.", missing.join(", ")));
    }
    notes
}

/// What is weaker where the kernel does not count.
fn note_on_counting(cgroups: &Layout) -> Option<String> {
    let Layout::None { reason } = cgroups else { return None };
    Some(format!(
        "Memory, processes and CPU time are counted every few milliseconds, and a quick burst may exceed its limits, for want \
         of cgroups: {reason}."
    ))
}

async fn sing(runner: &Runner) -> Result<&str, String> {
    let language = host::quickest(runner.languages())
        .ok_or("No language can be run here; `coderunner doctor` says what to install.")?;
    let submission = host::hello(language);
    let ran = runner.run(&submission, DEADLINE, &CancellationToken::new(), &mut |_, _| {}).await;
    let run = ran.map_err(|error| format!("The test run failed: {error}."))?.report.run;
    let run = run.ok_or("The test program did not compile.")?;
    if run.is_success() && run.transcript.of(Stream::Stdout) == language.hello.stdout.as_bytes() {
        Ok(language.id.as_str())
    } else {
        Err(format!("The test program did not say hello but ended with {:?}.", run.ending))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readiness_says_what_is_weaker_without_cgroups() {
        let note = note_on_counting(&Layout::None { reason: "none is mounted".to_owned() });
        let note = note.expect("something is weaker");
        assert!(
            note.contains("a quick burst may exceed its limits") && note.ends_with("none is mounted."),
            "{note}"
        );
        assert_eq!(note_on_counting(&Layout::V2 { own: "/sys/fs/cgroup".into() }), None);
    }
}
