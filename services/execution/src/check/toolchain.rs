//! Language and version of a submission: looks them up in the fleet.

use languages::{Ability, Fleet, Language, Registry};
use model::{Bytes, ToolchainInfo, VersionRequirement};
use wire::FieldError;

use super::quoted;

/// The language with this id or alias and the version requirement, of at most `longest` bytes, if a live worker satisfies it.
pub(super) fn find<'a>(
    name: &str,
    wanted: Option<&str>,
    fleet: &'a Fleet,
    longest: Bytes,
) -> Result<(&'a Language, Option<VersionRequirement>), FieldError> {
    let registry = fleet.registry();
    let language = registry.find(name).ok_or_else(|| unknown(name, registry))?;
    let version = wanted.map(|wanted| requirement(wanted, longest)).transpose();
    match fleet.can_run(language, version.as_ref().ok().and_then(Option::as_ref)) {
        Ability::Able => Ok((language, version?)),
        Ability::Unable { instead, reason } if instead.is_empty() => {
            let message = format!("names {}, which cannot run here: {reason}", language.name);
            Err(FieldError::new("language", message))
        }
        Ability::Unable { instead, .. } => Err(not_of_this_version(language, &instead)),
    }
}

fn requirement(wanted: &str, longest: Bytes) -> Result<VersionRequirement, FieldError> {
    // It is part of the ticket in the queue.
    if wanted.len() as u64 > longest.get() {
        return Err(FieldError::new("version", format!("may have at most {longest}")));
    }
    wanted.parse().map_err(|_| {
        let quoted = quoted(wanted);
        let message = format!("must be a version requirement such as \">=3.10\" or \"3.11\", not {quoted}");
        FieldError::new("version", message)
    })
}

fn not_of_this_version(language: &Language, instead: &[ToolchainInfo]) -> FieldError {
    let there: Vec<String> =
        instead.iter().map(|offer| format!("{} ({})", offer.version, offer.description)).collect();
    let message = format!("cannot be met: of {} there is {}", language.name, there.join(", "));
    FieldError::new("version", message)
}

fn unknown(name: &str, registry: &Registry) -> FieldError {
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
