//! What a submission chooses of its language.

use languages::Language;
use model::LanguageOptions;
use wire::{FieldError, OptionsBody};

/// The options, if the language has them all. Without a language, which is told elsewhere, nothing can be said of them.
pub(super) fn chosen(
    asked: OptionsBody,
    language: Option<&Language>,
) -> Result<LanguageOptions, Vec<FieldError>> {
    let options: LanguageOptions =
        asked.into_iter().map(|(name, value)| (name, value.into_values())).collect();
    let Some(language) = language else { return Ok(options) };
    match language.check_options(&options) {
        Ok(()) => Ok(options),
        Err(wrong) => Err(wrong.into_iter().map(error).collect()),
    }
}

fn error((name, error): (String, languages::OptionError)) -> FieldError {
    FieldError::new(format!("options.{}", told(&name)), error.to_string())
}

/// A name of the client's, as it may stand in an answer.
fn told(name: &str) -> String {
    const LONGEST: usize = 40;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.len() <= LONGEST && name.chars().all(is_plain) { name.to_owned() } else { model::quoted(name) }
}
