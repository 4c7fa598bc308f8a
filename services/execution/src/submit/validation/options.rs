//! Options of a language that a submission chooses.

use languages::Language;
use model::LanguageOptions;
use wire::{FieldError, OptionsBody};

/// Maximum number of options; no language has as many. Each invalid option adds an error to the response, so the number is bounded.
const MAX_OPTIONS: usize = 50;

/// The options, if all are valid for the language. Without a language, which is an error of its own, they are not checked.
pub(super) fn check(
    requested: OptionsBody,
    language: Option<&Language>,
) -> Result<LanguageOptions, Vec<FieldError>> {
    if requested.len() > MAX_OPTIONS {
        let message = format!("must be at most {MAX_OPTIONS}; there are {}", requested.len());
        return Err(vec![FieldError::new("options", message)]);
    }
    let options: LanguageOptions =
        requested.into_iter().map(|(name, value)| (name, value.into_values())).collect();
    let Some(language) = language else { return Ok(options) };
    match language.check_options(&options) {
        Ok(()) => Ok(options),
        Err(errors) => Err(errors.into_iter().map(field_error).collect()),
    }
}

fn field_error((name, error): (String, languages::OptionError)) -> FieldError {
    FieldError::new(format!("options.{}", printable_name(&name)), error.to_string())
}

/// A client's option name in a form that is safe in an error message.
fn printable_name(name: &str) -> String {
    const MAX_PRINTED_NAME: usize = 40;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.len() <= MAX_PRINTED_NAME && name.chars().all(is_plain) {
        name.to_owned()
    } else {
        model::quoted(name)
    }
}
