//! `GET /api/languages`.

use axum::{Json, extract::State};
use languages::{Ability, Fleet, Language, LanguageOption};
use wire::{LanguageBody, LanguagesBody, OptionBody};

use crate::{Execution, Settings, check};

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
            .fleet
            .registry()
            .all()
            .map(|language| shown(language, &execution.fleet, &execution.settings))
            .collect(),
    })
}

fn shown(language: &Language, fleet: &Fleet, settings: &Settings) -> LanguageBody {
    let offers = fleet.offers(&language.id);
    let newest = offers.first();
    let reason = match fleet.can_run(language, None) {
        Ability::Able => None,
        Ability::Unable { reason, .. } => Some(reason),
    };
    LanguageBody {
        id: language.id.to_string(),
        name: language.name.clone(),
        version: newest.map(|offer| offer.version.clone()),
        toolchain: newest.map(|offer| offer.description.clone()),
        available: reason.is_none(),
        reason,
        versions: offers.into_iter().map(|offer| offer.version).collect(),
        aliases: language.aliases.clone(),
        extensions: language.extensions.clone(),
        main_file: language.main_file.clone(),
        hello: language.hello.code.clone(),
        options: language.options().iter().map(option).collect(),
        default_limits: (&check::usual_limits(language, settings)).into(),
        maximum_limits: (&check::most_limits(language, settings)).into(),
    }
}

fn option(option: &LanguageOption) -> OptionBody {
    OptionBody {
        name: option.name.clone(),
        about: option.about.clone(),
        values: option.values.clone(),
        default: option.default.clone(),
        several: option.several,
    }
}
