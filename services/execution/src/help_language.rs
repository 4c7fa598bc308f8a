//! Language of the help with mistakes in an answer: `?lang=`, or else what the header `Accept-Language` prefers, or else English.

use axum::{
    extract::{FromRequestParts, Query},
    http::{HeaderMap, Uri, header, request::Parts},
};
use diagnostics::Language;
use wire::{HelpLanguageName, LanguageQuery, ProblemType};

use crate::ApiError;

/// The language of help in the answer to a request.
pub(crate) struct HelpLanguage(pub(crate) Language);

impl<S: Send + Sync> FromRequestParts<S> for HelpLanguage {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        help_language(&parts.uri, &parts.headers).map(Self)
    }
}

/// The language that a request asks for.
///
/// # Errors
///
/// The parameter names no language of the help.
pub(crate) fn help_language(uri: &Uri, headers: &HeaderMap) -> Result<Language, ApiError> {
    let Ok(Query(LanguageQuery { lang })) = Query::try_from_uri(uri) else {
        let detail = "The query parameter lang is the language of help with mistakes: en or de.";
        return Err(ApiError::new(ProblemType::BadParameter, detail));
    };
    Ok(match lang {
        Some(HelpLanguageName::En) => Language::English,
        Some(HelpLanguageName::De) => Language::German,
        None => headers
            .get(header::ACCEPT_LANGUAGE)
            .and_then(|value| value.to_str().ok())
            .map_or_else(Language::default, Language::preferred),
    })
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue, Uri, header};
    use diagnostics::Language;

    use super::help_language;

    fn asked(uri: &'static str, accepted: &'static str) -> Option<Language> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_static(accepted));
        help_language(&Uri::from_static(uri), &headers).ok()
    }

    #[test]
    fn the_parameter_counts_before_the_header() {
        assert_eq!(asked("/x?wait=1&lang=de", "en"), Some(Language::German));
        assert_eq!(asked("/x?lang=en", "de-DE,de;q=0.9"), Some(Language::English));
        assert_eq!(asked("/x", "de-DE,de;q=0.9"), Some(Language::German));
        assert_eq!(asked("/x", "fr"), Some(Language::English));
        assert_eq!(asked("/x?lang=fr", "de"), None);
    }
}
