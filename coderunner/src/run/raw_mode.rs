//! Raw mode of this terminal: keys go to the program unchanged. One key ends the program.

use anyhow::Context as _;
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};

/// Ctrl-], as telnet has it: hardly any program wants it twice.
const ESCAPE_KEY: u8 = 0x1d;

/// Raw mode, until it is dropped: also by a panic.
pub(super) struct RawMode {
    saved: Termios,
}

impl RawMode {
    pub(super) fn enter() -> anyhow::Result<Self> {
        let before = tcgetattr(std::io::stdin()).context("the terminal cannot be asked how it is set")?;
        let mut raw = before.clone();
        raw.make_raw();
        tcsetattr(std::io::stdin(), OptionalActions::Now, &raw).context("the terminal cannot be set")?;
        Ok(Self { saved: before })
    }
}

impl Drop for RawMode {
    fn drop(&mut self) {
        // A terminal that is gone needs nothing restored.
        let _gone = tcsetattr(std::io::stdin(), OptionalActions::Now, &self.saved);
    }
}

/// Looks out for Ctrl-] pressed twice in a row. The first goes to the program like any other key.
#[derive(Debug, Default)]
pub(super) struct EscapeDetector {
    is_pressed: bool,
}

impl EscapeDetector {
    /// Whether it has been pressed for the second time somewhere in these keys.
    pub(super) fn is_in(&mut self, keys: &[u8]) -> bool {
        keys.iter().any(|key| {
            let before = std::mem::replace(&mut self.is_pressed, *key == ESCAPE_KEY);
            before && self.is_pressed
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pieces: &[&[u8]], out: bool) {
        let mut escape = EscapeDetector::default();
        assert_eq!(pieces.iter().any(|piece| escape.is_in(piece)), out, "{pieces:?}");
    }

    #[test]
    fn two_in_a_row_are_the_way_out_and_one_is_a_key() {
        check(&[b"\x1d\x1d"], true);
        check(&[b"abc\x1d", b"\x1dabc"], true);
        check(&[b"\x1d\x1d\x1d"], true);
        check(&[b"\x1d", b"", b"\x1d"], true);
        check(&[b"\x1d"], false);
        check(&[b"\x1da\x1d"], false);
        check(&[b"\x03\x04\x1c]]"], false);
    }
}
