//! Pending input: the bounds on messages that wait for the program of a session to start.

use broker::Control;
use wire::ProblemType;

use crate::ApiError;

/// Maximum bytes of input that wait: as much as may be buffered for a running program.
const MAX_BYTES: usize = 1 << 20;
/// Maximum number of messages that wait.
const MAX_MESSAGES: usize = 1024;

/// The messages of one session that wait.
#[derive(Debug, Default)]
pub(crate) struct PendingInput {
    bytes: usize,
    messages: usize,
}

impl PendingInput {
    /// Counts one more message, or rejects it.
    pub(crate) fn add(&mut self, message: &Control) -> Result<(), ApiError> {
        let bytes = self.bytes + length(message);
        if bytes > MAX_BYTES || self.messages >= MAX_MESSAGES {
            let detail = "More was typed than may wait for the program to start. Wait for started.";
            return Err(ApiError::new(ProblemType::BodyTooLarge, detail));
        }
        *self = Self { bytes, messages: self.messages + 1 };
        Ok(())
    }

    /// A message that was counted waits no longer.
    pub(crate) fn remove(&mut self, message: &Control) {
        self.bytes -= length(message);
        self.messages -= 1;
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.messages == 0
    }
}

fn length(message: &Control) -> usize {
    if let Control::Stdin(typed) = message { typed.len() } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_and_messages_are_limited_until_some_are_gone() {
        let mut pending = PendingInput::default();
        let half = Control::Stdin(vec![b'x'; MAX_BYTES / 2]);
        pending.add(&half).expect("fits");
        pending.add(&half).expect("fits");
        assert!(pending.add(&Control::Stdin(vec![b'x'])).is_err(), "more bytes than may wait");
        pending.remove(&half);
        for _ in 1..MAX_MESSAGES {
            pending.add(&Control::Eof).expect("fits");
        }
        assert!(pending.add(&Control::Eof).is_err(), "more messages than may wait");
    }
}
