//! Publisher of job events: decodes output to text and publishes it, and pictures, while the program runs.

use std::sync::Arc;

use broker::Broker;
use model::{DrawCommand, Event, JobEvent, JobId, Picture, Seq, Stream};
use tokio::sync::mpsc;

/// Most draw commands in an event.
const MAX_DRAWS: usize = 1000;
/// Most memory of the draw commands in an event that were sent separately. The log of a job drops an event that exceeds it alone.
const MAX_MERGED_BYTES: usize = 256 * 1024;

/// Something that a program wrote, drew or showed.
pub(crate) enum ProgramOutput {
    /// Bytes on a stream.
    Bytes(Stream, Vec<u8>),
    /// A picture.
    Picture(Picture),
}

/// Publishes the events of one attempt, in order.
pub(crate) struct Publisher {
    broker: Arc<dyn Broker>,
    job: JobId,
    attempt: u32,
    published_bytes: u64,
}

impl Publisher {
    pub(crate) fn new(broker: Arc<dyn Broker>, job: JobId, attempt: u32) -> Self {
        Self { broker, job, attempt, published_bytes: 0 }
    }

    pub(crate) async fn publish(&mut self, event: JobEvent) {
        let seq = Seq::of(self.attempt, self.published_bytes);
        self.published_bytes += 1;
        self.broker.publish(self.job, Event { seq, event }).await;
    }

    /// Publishes each of these until no more come.
    pub(crate) async fn publish_each(mut self, mut events: mpsc::UnboundedReceiver<JobEvent>) -> Self {
        while let Some(event) = events.recv().await {
            self.publish(event).await;
        }
        self
    }

    /// Publishes pieces until no more come; pieces of one stream that wait together go out together, and so do draw commands.
    pub(crate) async fn publish_output(mut self, mut pieces: mpsc::UnboundedReceiver<ProgramOutput>) -> Self {
        let mut decoders = [Decoder::default(), Decoder::default()];
        while let Some(mut piece) = pieces.recv().await {
            while let Ok(next) = pieces.try_recv() {
                let (merged, rest) = merge(piece, next);
                piece = match rest {
                    None => merged,
                    Some(next) => {
                        self.publish_piece(merged, &mut decoders).await;
                        next
                    }
                };
            }
            self.publish_piece(piece, &mut decoders).await;
        }
        for stream in [Stream::Stdout, Stream::Stderr] {
            let rest = decoders[index(stream)].finish();
            self.publish_text(stream, rest).await;
        }
        self
    }

    async fn publish_piece(&mut self, piece: ProgramOutput, decoders: &mut [Decoder; 2]) {
        match piece {
            ProgramOutput::Bytes(stream, bytes) => {
                self.publish_text(stream, decoders[index(stream)].push(&bytes)).await;
            }
            ProgramOutput::Picture(Picture::Drawing(commands)) => {
                self.publish(JobEvent::Draw { commands }).await;
            }
            ProgramOutput::Picture(Picture::Image(image)) => self.publish(JobEvent::Image(image)).await,
        }
    }

    async fn publish_text(&mut self, stream: Stream, text: String) {
        if !text.is_empty() {
            self.publish(JobEvent::Output { stream, text }).await;
        }
    }
}

/// Both in one if they are of the same kind, else both as they are.
fn merge(first: ProgramOutput, second: ProgramOutput) -> (ProgramOutput, Option<ProgramOutput>) {
    use ProgramOutput::{Bytes, Picture as Shown};
    match (first, second) {
        (Bytes(stream, mut bytes), Bytes(next, more)) if stream == next => {
            bytes.extend_from_slice(&more);
            (Bytes(stream, bytes), None)
        }
        (Shown(Picture::Drawing(mut commands)), Shown(Picture::Drawing(more)))
            if commands.len() + more.len() <= MAX_DRAWS
                && commands.iter().chain(&more).map(DrawCommand::size).sum::<usize>() <= MAX_MERGED_BYTES =>
        {
            commands.extend(more);
            (Shown(Picture::Drawing(commands)), None)
        }
        (first, second) => (first, Some(second)),
    }
}

const fn index(stream: Stream) -> usize {
    match stream {
        Stream::Stdout => 0,
        Stream::Stderr => 1,
    }
}

/// Turns bytes into text without cutting a character in two; bytes that are no text become U+FFFD.
#[derive(Debug, Default)]
struct Decoder {
    /// The beginning of a character whose rest has not come yet.
    incomplete: Vec<u8>,
}

impl Decoder {
    fn push(&mut self, bytes: &[u8]) -> String {
        self.incomplete.extend_from_slice(bytes);
        let incomplete = self.incomplete.utf8_chunks().last().map_or(0, |chunk| {
            match std::str::from_utf8(chunk.invalid()) {
                // No error length: the bytes could still become a character.
                Err(error) if error.error_len().is_none() => chunk.invalid().len(),
                _ => 0,
            }
        });
        let rest = self.incomplete.split_off(self.incomplete.len() - incomplete);
        let whole = std::mem::replace(&mut self.incomplete, rest);
        String::from_utf8_lossy(&whole).into_owned()
    }

    fn finish(&mut self) -> String {
        String::from_utf8_lossy(&std::mem::take(&mut self.incomplete)).into_owned()
    }
}

/// For `crate::fuzzing`: however bytes are cut into pieces, the text is the same.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn fuzz<'a>(pieces: impl Iterator<Item = &'a [u8]> + Clone) {
    let mut decoder = Decoder::default();
    let mut text: String = pieces.clone().map(|piece| decoder.push(piece)).collect();
    text.push_str(&decoder.finish());
    assert_eq!(text, String::from_utf8_lossy(&pieces.collect::<Vec<_>>().concat()));
}

#[cfg(test)]
mod tests {
    use model::PictureLimit;

    use super::*;

    fn check(pieces: &[&[u8]], expected: &[&str]) {
        let mut decoder = Decoder::default();
        let mut texts: Vec<String> = pieces.iter().map(|piece| decoder.push(piece)).collect();
        texts.push(decoder.finish());
        assert_eq!(texts, expected);
    }

    #[test]
    fn a_character_cut_in_two_waits_for_its_rest() {
        check(&[b"a\xc3", b"\xa9b"], &["a", "\u{e9}b", ""]);
        check(&[b"\xe2", b"\x82", b"\xac"], &["", "", "\u{20ac}", ""]);
    }

    #[test]
    fn draw_commands_that_wait_together_go_out_together_up_to_a_maximum() {
        let drawing = |count| {
            let commands = vec![DrawCommand::limit(PictureLimit::DrawRate); count];
            ProgramOutput::Picture(Picture::Drawing(commands))
        };
        let counts = |(first, second): (ProgramOutput, Option<ProgramOutput>)| {
            [Some(first), second].into_iter().flatten().map(|piece| match piece {
                ProgramOutput::Picture(Picture::Drawing(commands)) => commands.len(),
                ProgramOutput::Picture(Picture::Image(_)) | ProgramOutput::Bytes(..) => 0,
            })
        };
        let merged = |first, second| counts(merge(first, second)).collect::<Vec<_>>();
        assert_eq!(merged(drawing(1), drawing(2)), [3]);
        assert_eq!(merged(drawing(MAX_DRAWS), drawing(1)), [MAX_DRAWS, 1]);
        let title = format!("{}[[\"title\",\"{}\"]]", Picture::DRAWING, "x".repeat(MAX_MERGED_BYTES));
        let long = || ProgramOutput::Picture(Picture::parse(&title).expect("is a drawing"));
        assert_eq!(merged(long(), drawing(1)), [1, 1], "a large event is not made larger");
        assert_eq!(merged(drawing(1), ProgramOutput::Bytes(Stream::Stdout, vec![b'x'])), [1, 0]);
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced_at_once() {
        check(&[b"\xff\xfea"], &["\u{fffd}\u{fffd}a", ""]);
        check(&[b"a\xc3", b"b"], &["a", "\u{fffd}b", ""]);
    }

    #[test]
    fn a_character_that_never_ends_comes_at_the_end() {
        check(&[b"a\xe2\x82"], &["a", "\u{fffd}"]);
    }
}
