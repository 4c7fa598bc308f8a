//! The network that a program has.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The network of one program. None reaches beyond the program.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Network {
    /// No sockets of the internet: to make one fails with `EAFNOSUPPORT`. Those of the program's own processes (`AF_UNIX`) work.
    #[default]
    None,
    /// A loopback interface (`127.0.0.1`, `::1`) of the program's own, over which its processes and threads reach each other.
    Loopback,
}

impl Network {
    /// Its name on the wire and in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Loopback => "loopback",
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
