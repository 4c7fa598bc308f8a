//! `GET /api/languages`.

use ::languages::{Availability, Language};
use axum::{Json, extract::State};
use wire::{LanguageBody, LanguagesBody};

use crate::Execution;

/// Languages.
///
/// Every language that this installation knows, with the version found here and a first program. One whose toolchain is
/// missing is listed as unavailable, with the reason.
#[utoipa::path(
    get, path = "/api/languages", tag = "Running code", operation_id = "languages",
    responses((status = 200, description = "The languages, in the order of their ids.", body = LanguagesBody))
)]
pub(super) async fn list(State(execution): State<Execution>) -> Json<LanguagesBody> {
    Json(LanguagesBody { languages: execution.languages.all().map(shown).collect() })
}

fn shown(language: &Language) -> LanguageBody {
    let toolchain = language.toolchain();
    let reason = match &language.availability {
        Availability::Available(_) => None,
        Availability::Unavailable { reason } => Some(reason.clone()),
    };
    LanguageBody {
        id: language.id.to_string(),
        name: language.name.clone(),
        version: toolchain.map(|toolchain| toolchain.version.clone()),
        toolchain: toolchain.map(|toolchain| toolchain.description.clone()),
        available: toolchain.is_some(),
        reason,
        aliases: language.aliases.clone(),
        extensions: language.extensions.clone(),
        main_file: language.main_file.clone(),
        hello: language.hello.code.clone(),
    }
}
