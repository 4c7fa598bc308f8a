//! Session job: the job of a start request, validated like any submission.

use model::{Job, SessionOptions};
use wire::{FieldError, ProblemDetails};

use crate::{
    ApiError, Execution,
    caller::Caller,
    live_sessions::frame::StartRequest,
    submit::{
        run,
        validation::{self, ValidationContext},
    },
};

/// The job of a start request; its fingerprint stays with the caller.
pub(crate) fn session_job(
    execution: &Execution,
    caller: Caller,
    start: StartRequest,
) -> Result<Job, ApiError> {
    let settings = execution.settings().for_sessions();
    let names_wall = start.body.limits.is_some_and(|limits| limits.wall_ms.is_some());
    let rules = ValidationContext {
        fleet: execution.fleet(),
        settings: &settings,
        caller: &caller.principal,
        trust: caller.trust,
    };
    let mut checked = validation::check(start.body, &rules)
        .map_err(|errors| ApiError::from(ProblemDetails::fields(errors)))
        .inspect_err(|_| run::count_submission("unknown", "refused"))?;
    if !names_wall {
        // The wall time limit of a language is meant for programs without interactive input.
        checked.submission.limits.wall = settings.sessions.wall;
    }
    if checked.webhook.is_some() {
        let message = "is not taken in a session: whoever holds it hears of its end";
        return Err(ProblemDetails::fields(vec![FieldError::new("webhook", message)]).into());
    }
    let session = SessionOptions { terminal: start.terminal, idle_timeout: settings.sessions.idle };
    Ok(Job { session: Some(session), ..run::new_job(checked, caller, None, &settings) })
}
