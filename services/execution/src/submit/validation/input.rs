//! Input of a program: standard input, arguments, priority and the reference to a problem.

use model::{Content, Principal, Priority};
use wire::{Encoding, FieldError, PriorityName, ProblemRef};

use crate::{settings::Settings, submit::validation::quoted};

/// Maximum length of a reference to a problem.
const MAX_PROBLEM_ID: usize = 255;

/// Standard input: any bytes up to the limit.
pub(super) fn stdin(text: String, encoding: Encoding, settings: &Settings) -> Result<Content, FieldError> {
    let Some(bytes) = encoding.decode(text) else {
        return Err(FieldError::new("stdin", "must be base64, as stdinEncoding says"));
    };
    if bytes.len() > settings.submissions.max_stdin.as_usize() {
        let message =
            format!("must be at most {}; it has {} bytes", settings.submissions.max_stdin, bytes.len());
        return Err(FieldError::new("stdin", message));
    }
    Ok(bytes.into())
}

/// Command-line arguments. They cannot contain NUL, which ends an argument.
pub(super) fn args(args: Vec<String>, settings: &Settings) -> Result<Vec<String>, Vec<FieldError>> {
    if args.len() > settings.submissions.max_args {
        let message =
            format!("must be at most {} arguments; there are {}", settings.submissions.max_args, args.len());
        return Err(vec![FieldError::new("args", message)]);
    }
    let total: usize = args.iter().map(|arg| arg.len() + 1).sum();
    let max_total = settings.submissions.max_args_total;
    if total > max_total.as_usize() {
        let message = format!(
            "must be at most {max_total} together, each with a byte at its end; there are {total} bytes"
        );
        return Err(vec![FieldError::new("args", message)]);
    }
    let checked = |(index, arg): (usize, &String)| {
        let message = if arg.len() > settings.submissions.max_arg.as_usize() {
            format!("must be at most {}; it has {} bytes", settings.submissions.max_arg, arg.len())
        } else if arg.contains('\0') {
            "must not contain NUL characters".to_owned()
        } else {
            return None;
        };
        Some(FieldError::new(format!("args[{index}]"), message))
    };
    let errors: Vec<_> = args.iter().enumerate().filter_map(checked).collect();
    if errors.is_empty() { Ok(args) } else { Err(errors) }
}

/// The problem that a run is for; it has no effect on the run.
pub(super) fn problem_id(requested: Option<&ProblemRef>) -> Result<(), FieldError> {
    let Some(ProblemRef::Name(name)) = requested else { return Ok(()) };
    let message = if !(1..=MAX_PROBLEM_ID).contains(&name.len()) {
        format!("must have between 1 and {MAX_PROBLEM_ID} bytes")
    } else if !model::is_all_visible(name) {
        format!("must not contain characters that cannot be seen, as {} does", quoted(name))
    } else {
        return Ok(());
    };
    Err(FieldError::new("problemId", message))
}

/// The priority. High priority is exempt from load shedding, so anonymous callers may not use it.
pub(super) fn priority(requested: PriorityName, caller: &Principal) -> Result<Priority, FieldError> {
    match (requested, caller) {
        (PriorityName::High, Principal::Anonymous(_)) => {
            Err(FieldError::new("priority", "must be \"normal\" or \"low\" unless you are signed in"))
        }
        _ => Ok(requested.into()),
    }
}
