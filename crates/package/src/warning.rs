//! Warnings: oddities of a package that do not prevent its use.

use std::fmt;

/// A warning for the package's author.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Warning {
    /// The file or folder inside the package.
    pub place: String,
    /// The oddity, as the rest of a sentence that starts with the place.
    pub message: String,
}

impl Warning {
    /// Creates a warning about this file or folder; the message continues after its name.
    pub fn new(place: &str, message: &str) -> Self {
        Self { place: place.to_owned(), message: message.to_owned() }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.place, self.message)
    }
}
