//! Advice on programs that a compiler refused, after its messages.

use languages::Language;
use model::{Ending, Outcome, SourceFile, Stream};

/// The outcome of compiling, with what to change where that is known.
pub(crate) fn with_advice(mut outcome: Outcome, language: &Language, files: &[SourceFile]) -> Outcome {
    let was_refused = matches!(outcome.ending, Ending::Exited(code) if code != 0);
    if let Some(advice) = was_refused.then(|| language.advice(files)).flatten() {
        outcome.transcript.push(Stream::Stderr, format!("{advice}\n").as_bytes());
    }
    outcome
}
