//! Control message codec: one letter for the kind, then its content.

use model::{SessionSignal, TerminalSize};
use serde::{Serialize, de::DeserializeOwned};

use crate::Control;

/// Encodes a message.
pub(super) fn encode(message: &Control) -> Vec<u8> {
    match message {
        Control::Cancel => b"c".to_vec(),
        Control::Stdin(bytes) => [b"i", bytes.as_slice()].concat(),
        Control::Eof => b"e".to_vec(),
        Control::Resize(size) => with_json(b'r', size),
        Control::Signal(signal) => with_json(b's', signal),
        Control::KeepAlive => b"k".to_vec(),
    }
}

/// Decodes a message; `None` for kinds of a later version.
pub(super) fn decode(bytes: &[u8]) -> Option<Control> {
    let (letter, rest) = bytes.split_first()?;
    Some(match letter {
        b'c' => Control::Cancel,
        b'i' => Control::Stdin(rest.to_vec()),
        b'e' => Control::Eof,
        b'r' => Control::Resize(from_json::<TerminalSize>(rest)?),
        b's' => Control::Signal(from_json::<SessionSignal>(rest)?),
        b'k' => Control::KeepAlive,
        _ => return None,
    })
}

fn with_json(letter: u8, value: &impl Serialize) -> Vec<u8> {
    let json = serde_json::to_vec(value).expect("numbers and names always have a JSON form");
    [&[letter], json.as_slice()].concat()
}

fn from_json<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    serde_json::from_slice(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_round_trip() {
        for message in [
            Control::Cancel,
            Control::Stdin(vec![0xff, 0, b'c']),
            Control::Stdin(Vec::new()),
            Control::Eof,
            Control::Resize(TerminalSize { cols: 80, rows: 24 }),
            Control::Signal(SessionSignal::Int),
            Control::KeepAlive,
        ] {
            assert_eq!(decode(&encode(&message)), Some(message));
        }
    }

    #[test]
    fn unknown_messages_are_ignored() {
        for bytes in [&b""[..], b"x", b"r{}", b"s\"STOP\""] {
            assert_eq!(decode(bytes), None, "{bytes:?}");
        }
    }
}
