//! Python: mistakes found from the traceback, the source and the output.

mod builtins;
mod kinds;
mod limits;
mod mistake;
mod notices;
mod runtime;
mod source;
mod syntax;
mod token;
mod traceback;

use mistake::Mistake;
use source::Source;

use crate::{
    finding::Finding,
    run::{Ending, Run},
};

/// Sources above this size get no help: rules look at each line several times.
const MAX_SOURCE_BYTES: usize = 64 * 1024;

pub(crate) fn explain(run: &Run<'_>) -> Option<Finding> {
    if run.ending == Ending::Success || run.source.len() > MAX_SOURCE_BYTES {
        return None;
    }
    let source = Source::new(run.source);
    match run.ending {
        Ending::TimeLimit | Ending::WallLimit | Ending::OutputLimit => limits::explain(&source, run.ending),
        Ending::Success
        | Ending::ProcessLimit
        | Ending::DiskLimit
        | Ending::IdleLimit
        | Ending::ForbiddenCall
        | Ending::CompilerLimit => None,
        Ending::MemoryLimit | Ending::Failure => {
            explain_error(run, &source).or_else(|| limits::explain(&source, run.ending))
        }
    }
}

fn explain_error(run: &Run<'_>, source: &Source<'_>) -> Option<Finding> {
    let report = traceback::read(run.stderr, run.file, run.source)?;
    let mistake = Mistake { source, report };
    match mistake.report.kind {
        "SyntaxError" | "IndentationError" | "TabError" => syntax::explain(&mistake),
        _ => runtime::explain(&mistake),
    }
}

pub(crate) fn notices(run: &Run<'_>) -> Vec<Finding> {
    if run.ending != Ending::Success || run.source.len() > MAX_SOURCE_BYTES {
        return Vec::new();
    }
    notices::notices(&Source::new(run.source), run.stdout)
}
