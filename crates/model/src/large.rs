//! Large content: source files and input above a size limit, kept as objects beside the job record and named by digest.
//!
//! A job record is written, listed and copied many times, and its code is needed once, by the worker that runs it. So records hold
//! short content only.

use crate::{Bytes, Content, Digest, LargeContent, Submission, SubmissionPart};

impl Submission {
    /// Removes all content that is larger than `max` and records its digests in [`Submission::large`]. Returns the removed content,
    /// which the caller stores.
    pub fn extract_large(&mut self, max: Bytes) -> Vec<(LargeContent, Content)> {
        let files = self.files.iter_mut().enumerate();
        let files = files.map(|(index, file)| (SubmissionPart::File(index), &mut file.content));
        let all = files.chain([(SubmissionPart::Stdin, &mut self.stdin)]);
        let large = all.filter(|(_, content)| content.len() as u64 > max.get());
        let extracted: Vec<_> = large
            .map(|(part, content)| {
                let content = std::mem::take(content);
                let (digest, size) = (Digest::of(content.as_bytes()), Bytes(content.len() as u64));
                (LargeContent { part, digest, size }, content)
            })
            .collect();
        self.large.extend(extracted.iter().map(|(large, _)| *large));
        extracted
    }

    /// Restores extracted content. Returns whether the submission has such a part.
    pub fn restore(&mut self, large: &LargeContent, content: Content) -> bool {
        let part = match large.part {
            SubmissionPart::Stdin => Some(&mut self.stdin),
            SubmissionPart::File(index) => self.files.get_mut(index).map(|file| &mut file.content),
        };
        let Some(part) = part else { return false };
        *part = content;
        self.large.retain(|other| other != large);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{LanguageId, Limits, SourceFile};

    fn submission() -> Submission {
        let file = |name: &str, size| SourceFile { name: name.to_owned(), content: vec![b'x'; size].into() };
        let files = vec![file("main.py", 11), file("short", 10), file("same", 11)];
        let submission = Submission::new(LanguageId::new("python"), files, Limits::STUDENT);
        Submission { stdin: "a long input".into(), ..submission }
    }

    #[test]
    fn larger_content_is_extracted_and_can_be_restored() {
        let (whole, mut short) = (submission(), submission());
        let taken = short.extract_large(Bytes(10));
        let places: Vec<_> = taken.iter().map(|(large, _)| large.part).collect();
        assert_eq!(places, [SubmissionPart::File(0), SubmissionPart::File(2), SubmissionPart::Stdin]);
        assert_eq!(taken[0].0.digest, taken[1].0.digest, "they are the same bytes");
        assert_eq!((short.large.len(), short.files[0].content.len(), short.stdin.len()), (3, 0, 0));
        assert_eq!(short.files[1].content, whole.files[1].content);
        let stored = serde_json::to_string(&short).expect("has a form");
        assert_eq!(serde_json::from_str::<Submission>(&stored).expect("reads back"), short);
        for (large, content) in taken {
            assert!(short.restore(&large, content));
        }
        assert_eq!(short, whole);
    }

    #[test]
    fn a_submission_without_large_content_is_stored_as_ever() {
        let mut short = submission();
        assert_eq!(short.extract_large(Bytes(12)), []);
        assert_eq!(short, submission());
        let stored = serde_json::to_value(&short).expect("has a form");
        assert!(stored.get("large").is_none() && stored.get("options").is_none(), "{stored}");
    }

    #[test]
    fn content_of_a_part_that_does_not_exist_is_not_restored() {
        let mut short = submission();
        let nowhere = LargeContent { part: SubmissionPart::File(3), digest: Digest::of(b""), size: Bytes(0) };
        assert!(!short.restore(&nowhere, Content::default()));
    }
}
