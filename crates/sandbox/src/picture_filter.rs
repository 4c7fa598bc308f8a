//! Filter of pictures: takes escape sequences with pictures out of a stream of output, however it is cut into reads.
//!
//! What is not a complete and valid sequence stays output, byte for byte. Any control character ends a sequence, so text after
//! the start of one is held back to the end of its line at most. The content of sequences is checked by [`model::Picture`].

use std::time::{Duration, Instant};

use model::{DrawCommand, Picture, PictureLimit, PictureLimits};

const ESCAPE: u8 = 0x1b;
const BELL: u8 = 0x07;
/// Start of each sequence: `ESC ] 1337 ;`.
const START: &[u8] = b"\x1b]1337;";
/// Longest sequence with draw commands, in bytes.
const MAX_DRAWING: usize = 64 * 1024;
/// Longest sequence with an image, in bytes.
const MAX_IMAGE: usize = 4 * 1024 * 1024;

/// Part of a stream.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum StreamPart {
    /// Plain output.
    Output(Vec<u8>),
    /// A picture.
    Picture(Picture),
    /// A picture of this many bytes, beyond a limit of pictures. They count as output.
    Dropped(usize),
}

/// Filter of one stream.
pub(crate) struct PictureFilter {
    /// The start of a sequence whose end has not come yet.
    held: Vec<u8>,
    budget: Budget,
}

/// Effect of a byte on the sequence that is held.
enum Step {
    /// It may become one.
    Continues,
    /// It is complete; this many bytes at its end are not content.
    Complete(usize),
    /// It is none.
    Invalid,
}

impl PictureFilter {
    pub(crate) fn new(limits: PictureLimits) -> Self {
        Self { held: Vec::new(), budget: Budget::new(limits) }
    }

    /// The parts of the stream up to these bytes, in order.
    pub(crate) fn push(&mut self, mut bytes: &[u8], now: Instant) -> Vec<StreamPart> {
        let mut parts = Vec::new();
        while let Some(&first) = bytes.first() {
            if self.held.is_empty() {
                let plain = bytes.iter().position(|&byte| byte == ESCAPE).unwrap_or(bytes.len());
                push_output(&mut parts, &bytes[..plain]);
                bytes = &bytes[plain..];
                self.held.extend(bytes.first());
                bytes = bytes.get(1..).unwrap_or_default();
                continue;
            }
            match self.step(first) {
                Step::Continues => self.held.push(first),
                Step::Complete(end) => {
                    self.held.push(first);
                    let sequence = std::mem::take(&mut self.held);
                    self.take(&sequence, end, now, &mut parts);
                }
                Step::Invalid => {
                    self.reject(&mut parts);
                    // It may be the start of another sequence.
                    continue;
                }
            }
            bytes = &bytes[1..];
        }
        parts
    }

    /// The rest of a stream that has ended.
    pub(crate) fn finish(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.held)
    }

    fn step(&self, byte: u8) -> Step {
        let held = self.held.len();
        if let Some(&expected) = START.get(held) {
            return if byte == expected { Step::Continues } else { Step::Invalid };
        }
        let content = &self.held[START.len()..];
        match byte {
            b'\\' if content.last() == Some(&ESCAPE) => Step::Complete(2),
            _ if content.last() == Some(&ESCAPE) => Step::Invalid,
            BELL => Step::Complete(1),
            ESCAPE => Step::Continues,
            b' '..=b'~' if is_start_of_picture(content, byte) => Step::Continues,
            _ => Step::Invalid,
        }
    }

    /// Gives back what is held, which is no sequence, except an escape at its end: it may start one.
    fn reject(&mut self, parts: &mut Vec<StreamPart>) {
        let mut rejected = std::mem::take(&mut self.held);
        if rejected.len() > START.len() && rejected.last() == Some(&ESCAPE) {
            rejected.pop();
            self.held.push(ESCAPE);
        }
        push_output(parts, &rejected);
    }

    fn take(&mut self, sequence: &[u8], end: usize, now: Instant, parts: &mut Vec<StreamPart>) {
        let content = &sequence[START.len()..sequence.len() - end];
        let Some(picture) = std::str::from_utf8(content).ok().and_then(Picture::parse) else {
            return push_output(parts, sequence);
        };
        match self.budget.take(&picture, sequence.len(), now) {
            Ok(()) => parts.push(StreamPart::Picture(picture)),
            Err(excess) => {
                if let Some(limit) = excess.first_of {
                    let notice = Picture::Drawing(vec![DrawCommand::limit(limit)]);
                    parts.push(StreamPart::Picture(notice));
                }
                parts.push(StreamPart::Dropped(sequence.len()));
            }
        }
    }
}

/// Whether a picture's content may begin with these bytes and this one, and be that long.
fn is_start_of_picture(content: &[u8], next: u8) -> bool {
    [(Picture::DRAWING, MAX_DRAWING), (Picture::IMAGE, MAX_IMAGE)].iter().any(|(start, max)| {
        let start = start.as_bytes();
        let common = start.len().min(content.len());
        content.len() < *max
            && content[..common] == start[..common]
            && start.get(content.len()).is_none_or(|&expected| expected == next)
    })
}

fn push_output(parts: &mut Vec<StreamPart>, bytes: &[u8]) {
    match parts.last_mut() {
        _ if bytes.is_empty() => {}
        Some(StreamPart::Output(output)) => output.extend_from_slice(bytes),
        Some(StreamPart::Picture(_) | StreamPart::Dropped(_)) | None => {
            parts.push(StreamPart::Output(bytes.to_vec()));
        }
    }
}

/// What a run may still show.
struct Budget {
    limits: PictureLimits,
    draw_bytes: u64,
    image_bytes: u64,
    /// The current second, and the draw commands in it.
    second: Option<Instant>,
    draws: u32,
    /// Limits of which the run was told.
    told: Vec<PictureLimit>,
}

/// A picture beyond a limit.
struct Excess {
    /// The limit, if this is the first picture beyond it.
    first_of: Option<PictureLimit>,
}

impl Budget {
    const fn new(limits: PictureLimits) -> Self {
        let told = Vec::new();
        Self { limits, draw_bytes: 0, image_bytes: 0, second: None, draws: 0, told }
    }

    fn take(&mut self, picture: &Picture, bytes: usize, now: Instant) -> Result<(), Excess> {
        let Some(limit) = self.exceeded(picture, bytes as u64, now) else { return Ok(()) };
        let first_of = (!self.told.contains(&limit)).then_some(limit);
        self.told.extend(first_of);
        Err(Excess { first_of })
    }

    fn exceeded(&mut self, picture: &Picture, bytes: u64, now: Instant) -> Option<PictureLimit> {
        match picture {
            Picture::Image(_) => {
                self.image_bytes += bytes;
                (self.image_bytes > self.limits.image_bytes.get()).then_some(PictureLimit::ImageBytes)
            }
            Picture::Drawing(commands) => {
                if self.second.is_none_or(|start| now.duration_since(start) >= Duration::from_secs(1)) {
                    (self.second, self.draws) = (Some(now), 0);
                }
                self.draws = self.draws.saturating_add(u32::try_from(commands.len()).unwrap_or(u32::MAX));
                self.draw_bytes += bytes;
                let is_too_much = self.draw_bytes > self.limits.draw_bytes.get();
                let is_too_fast = self.draws > self.limits.draws_per_second;
                if is_too_much {
                    Some(PictureLimit::DrawBytes)
                } else {
                    is_too_fast.then_some(PictureLimit::DrawRate)
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use model::Bytes;

    use super::*;

    const CLEAR: &str = "\x1b]1337;Custom=id=coderunner-draw:[[\"clear\"]]\x07";
    const IMAGE: &str = "\x1b]1337;File=inline=1:iVBORw0KGgo=\x07";

    /// The output, and the number of pictures.
    fn read(filter: &mut PictureFilter, pieces: &[&[u8]]) -> (String, usize) {
        let (mut output, mut pictures) = (Vec::new(), 0);
        for piece in pieces {
            for part in filter.push(piece, Instant::now()) {
                match part {
                    StreamPart::Output(bytes) => output.extend(bytes),
                    StreamPart::Picture(_) => pictures += 1,
                    StreamPart::Dropped(_) => panic!("is within the limits"),
                }
            }
        }
        output.extend(filter.finish());
        (String::from_utf8_lossy(&output).into_owned(), pictures)
    }

    fn check(text: &str, output: &str, pictures: usize) {
        let bytes = text.as_bytes();
        let expected = (output.to_owned(), pictures);
        let filter = || PictureFilter::new(PictureLimits::default());
        assert_eq!(read(&mut filter(), &[bytes]), expected, "{text:?}");
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(read(&mut filter(), &single), expected, "{text:?} byte by byte");
        for at in 0..bytes.len() {
            let (start, end) = bytes.split_at(at);
            assert_eq!(read(&mut filter(), &[start, end]), expected, "{text:?} cut at {at}");
        }
    }

    #[test]
    fn pictures_are_taken_out_of_the_output_around_them() {
        check("", "", 0);
        check("plain\n", "plain\n", 0);
        check(&format!("a{CLEAR}b{IMAGE}{IMAGE}c"), "abc", 3);
        check(&CLEAR.replace('\x07', "\x1b\\"), "", 1);
        check(&format!("n\u{e9}{IMAGE}\u{1f40d}"), "n\u{e9}\u{1f40d}", 1);
    }

    #[test]
    fn every_other_sequence_stays_output() {
        for text in [
            "\x1b[31mred\x1b[0m",
            "\x1b",
            "\x1b\x1b\x1b]",
            "\x1b]0;title\x07",
            "\x1b]1337;CurrentDir=/\x07",
            "\x1b]1337;\x07",
            "\x1b]1337;File=inline=1:iVBORw0KGgo=",
            "\x1b]1337;File=inline=1:iVBORw0KGgo=\x1b",
            "\x1b]1337;File=inline=1:iVBORw0KGgo=\x1b[0m",
            "\x1b]1337;File=inline=1:iVBOR\nw0KGgo=\x07",
            "\x1b]1337;File=inline=1:AAAA\x07",
            "\x1b]1337;Custom=id=coderunner-draw:[[\"explode\"]]\x07",
            "\x1b]1337;Custom=id=coderunner-draw:[[\"title\",\"\u{e9}\"]]\x07",
            "\x1b]1337;Custom=id=other:[[\"clear\"]]\x07",
        ] {
            check(text, text, 0);
            check(&format!("{text}\n{CLEAR}"), &format!("{text}\n"), 1);
        }
        check(&format!("\x1b{CLEAR}"), "\x1b", 1);
        check(&format!("\x1b]1337;File={CLEAR}"), "\x1b]1337;File=", 1);
    }

    #[test]
    fn an_endless_sequence_is_given_back_at_its_longest() {
        let mut filter = PictureFilter::new(PictureLimits::default());
        let start = format!("\x1b]1337;{}", Picture::DRAWING);
        let endless = format!("{start}{}", "x".repeat(2 * MAX_DRAWING));
        let parts = filter.push(endless.as_bytes(), Instant::now());
        assert_eq!(parts, [StreamPart::Output(endless.into_bytes())]);
        assert!(filter.held.is_empty());
    }

    fn names(parts: Vec<StreamPart>) -> Vec<String> {
        let name = |part| match part {
            StreamPart::Output(_) => "output".to_owned(),
            StreamPart::Dropped(bytes) => format!("dropped {bytes}"),
            StreamPart::Picture(Picture::Image(_)) => "image".to_owned(),
            StreamPart::Picture(Picture::Drawing(commands)) => {
                serde_json::to_string(&commands).expect("serializes")
            }
        };
        parts.into_iter().map(name).collect()
    }

    #[test]
    fn pictures_beyond_a_limit_are_dropped_and_the_limit_is_named_once() {
        let limits = PictureLimits {
            draw_bytes: Bytes(2 * CLEAR.len() as u64),
            image_bytes: Bytes(IMAGE.len() as u64),
            ..PictureLimits::default()
        };
        let mut filter = PictureFilter::new(limits);
        let all = format!("{}{}", CLEAR.repeat(4), IMAGE.repeat(2));
        let (drawing, image) = (format!("dropped {}", CLEAR.len()), format!("dropped {}", IMAGE.len()));
        assert_eq!(
            names(filter.push(all.as_bytes(), Instant::now())),
            [
                r#"[["clear"]]"#,
                r#"[["clear"]]"#,
                r#"[["limit","drawBytes"]]"#,
                &drawing,
                &drawing,
                "image",
                r#"[["limit","pictureBytes"]]"#,
                &image
            ]
        );
    }

    #[test]
    fn commands_beyond_the_rate_are_dropped_until_the_next_second() {
        let mut filter =
            PictureFilter::new(PictureLimits { draws_per_second: 2, ..PictureLimits::default() });
        let start = Instant::now();
        let dropped = format!("dropped {}", CLEAR.len());
        assert_eq!(
            names(filter.push(CLEAR.repeat(3).as_bytes(), start)),
            [r#"[["clear"]]"#, r#"[["clear"]]"#, r#"[["limit","drawRate"]]"#, &dropped]
        );
        let later = start + Duration::from_millis(999);
        assert_eq!(names(filter.push(CLEAR.as_bytes(), later)), [dropped]);
        let next = start + Duration::from_secs(1);
        assert_eq!(names(filter.push(CLEAR.as_bytes(), next)), [r#"[["clear"]]"#]);
    }
}
