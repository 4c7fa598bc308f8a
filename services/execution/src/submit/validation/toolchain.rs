//! Language and version of a submission: looks them up in the fleet.

use languages::{Capability, Fleet, Language, Registry};
use model::{Bytes, ToolchainInfo, VersionRequirement};
use wire::FieldError;

use crate::submit::validation::quoted;

/// The language with this id or alias and the version requirement, of at most `max_length` bytes, if a live worker satisfies it.
pub(super) fn find<'a>(
    name: &str,
    requirement: Option<&str>,
    fleet: &'a Fleet,
    max_length: Bytes,
) -> Result<(&'a Language, Option<VersionRequirement>), FieldError> {
    let registry = fleet.registry();
    let language = registry.find(name).ok_or_else(|| unknown_language(name, registry))?;
    let version = requirement.map(|requirement| parse_requirement(requirement, max_length)).transpose();
    match fleet.can_run(language, version.as_ref().ok().and_then(Option::as_ref)) {
        Capability::Runnable => Ok((language, version?)),
        Capability::NotRunnable { alternatives: instead, reason } if instead.is_empty() => {
            let message = format!("names {}, which cannot run here: {reason}", language.name);
            Err(FieldError::new("language", message))
        }
        Capability::NotRunnable { alternatives: instead, .. } => Err(no_such_version(language, &instead)),
    }
}

fn parse_requirement(requirement: &str, max_length: Bytes) -> Result<VersionRequirement, FieldError> {
    // It is part of the ticket in the queue.
    if requirement.len() as u64 > max_length.get() {
        return Err(FieldError::new("version", format!("may have at most {max_length}")));
    }
    requirement.parse().map_err(|_| {
        let quoted = quoted(requirement);
        let message = format!("must be a version requirement such as \">=3.10\" or \"3.11\", not {quoted}");
        FieldError::new("version", message)
    })
}

fn no_such_version(language: &Language, instead: &[ToolchainInfo]) -> FieldError {
    let there: Vec<String> =
        instead.iter().map(|offer| format!("{} ({})", offer.version, offer.description)).collect();
    let message = format!("cannot be met: of {} there is {}", language.name, there.join(", "));
    FieldError::new("version", message)
}

fn unknown_language(name: &str, registry: &Registry) -> FieldError {
    let known = registry.all().map(|language| language.id.as_str()).collect::<Vec<_>>().join(", ");
    let hint = match registry.nearest(name) {
        Some(nearest) => format!("did you mean {nearest:?}? "),
        None => String::new(),
    };
    FieldError::new(
        "language",
        format!("names no language known here ({}); {hint}there are {known}", quoted(name)),
    )
}
