//! Route `GET /api/languages`: languages with their toolchains, options and limits.

use axum::extract::State;
use languages::{Capability, Fleet, Language, LanguageOption};
use model::{Library, ToolchainInfo};
use wire::{Json, LanguageBody, LanguagesBody, LibraryBody, OptionBody};

use crate::{Execution, Settings, submit::validation};

/// Languages.
///
/// Every language that this installation knows, with the versions that its workers have, a first program, its options, and the
/// limits of a run in it. One that no
/// worker has is listed as unavailable, with the reason.
#[utoipa::path(
    get, path = "/api/languages", tag = "Running code", operation_id = "languages",
    responses((status = 200, description = "The languages, in the order of their ids.", body = LanguagesBody))
)]
pub(super) async fn list(State(execution): State<Execution>) -> Json<LanguagesBody> {
    Json(LanguagesBody {
        languages: execution
            .fleet()
            .registry()
            .all()
            .map(|language| language_body(language, execution.fleet(), execution.settings()))
            .collect(),
    })
}

fn language_body(language: &Language, fleet: &Fleet, settings: &Settings) -> LanguageBody {
    let offers = fleet.toolchains(&language.id);
    let newest = offers.first();
    let reason = match fleet.can_run(language, None) {
        Capability::Runnable => None,
        Capability::NotRunnable { reason, .. } => Some(reason),
    };
    LanguageBody {
        id: language.id.to_string(),
        name: language.name.clone(),
        version: newest.map(|offer| offer.version.clone()),
        toolchain: newest.map(|offer| offer.description.clone()),
        libraries: newest.map(|offer| offer.libraries.iter().map(library_body).collect()).unwrap_or_default(),
        available: reason.is_none(),
        reason,
        versions: versions(&offers),
        aliases: language.aliases.clone(),
        extensions: language.extensions.clone(),
        main_file: language.main_file.clone(),
        hello: language.hello.code.clone(),
        options: language.options().iter().map(option_body).collect(),
        default_limits: (&validation::usual_limits(language, settings)).into(),
        maximum_limits: (&validation::max_limits(language, settings)).into(),
    }
}

fn option_body(option: &LanguageOption) -> OptionBody {
    OptionBody {
        name: option.name.clone(),
        about: option.about.clone(),
        values: option.values.clone(),
        default: option.default.clone(),
        several: option.several,
    }
}

/// The versions without duplicates: workers may have the same version with different libraries.
fn versions(offers: &[ToolchainInfo]) -> Vec<String> {
    let mut versions: Vec<String> = offers.iter().map(|offer| offer.version.clone()).collect();
    versions.dedup();
    versions
}

fn library_body(library: &Library) -> LibraryBody {
    LibraryBody { name: library.name.clone(), version: library.version.clone() }
}
