//! Network: none or a private loopback interface, per program.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The network of one program. None reaches beyond the program.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Network {
    /// No internet sockets: `socket` fails with `EAFNOSUPPORT`. Sockets between the program's own processes (`AF_UNIX`) work.
    #[default]
    None,
    /// A private loopback interface (`127.0.0.1`, `::1`) that connects the processes and threads of the program.
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
