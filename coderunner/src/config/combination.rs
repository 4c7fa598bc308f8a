//! Combinations of settings: the error of those that do not fit, and checks that make it.

use super::secret::SecretUrl;

/// A setting whose value does not fit to other settings, or to this machine.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct InvalidCombination {
    /// The name of the setting, to say where its value comes from.
    pub(super) setting: &'static str,
    /// The whole sentence.
    pub(super) problem: String,
}

/// Refuses the value of a setting, with a sentence about it, unless this is true.
pub(super) fn ensure(
    is_fit: bool,
    setting: &'static str,
    problem: impl FnOnce() -> String,
) -> Result<(), InvalidCombination> {
    if is_fit { Ok(()) } else { Err(InvalidCombination { setting, problem: problem() }) }
}

/// Whether an address has one of these schemes. One that has not is not shown: it may have a password in it.
pub(super) fn check_scheme(
    setting: &'static str,
    url: Option<&SecretUrl>,
    schemes: &[&str],
) -> Result<(), InvalidCombination> {
    ensure(url.is_none_or(|url| url.has_scheme(schemes)), setting, || {
        format!("{setting} must be an address that begins with {}://", schemes.join(":// or "))
    })
}
