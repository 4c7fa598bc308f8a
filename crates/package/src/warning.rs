//! What is odd about a package and does not keep it from being used.

use std::fmt;

/// Something to tell the package's author.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Warning {
    /// The file or folder inside the package.
    pub place: String,
    /// What is odd, as the rest of a sentence that begins with the place.
    pub message: String,
}

impl Warning {
    /// A warning about this file or folder; the message goes on after its name.
    pub fn new(place: &str, message: &str) -> Self {
        Self { place: place.to_owned(), message: message.to_owned() }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.place, self.message)
    }
}
