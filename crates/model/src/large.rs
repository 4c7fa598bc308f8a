//! Large code and input: in a record they are named by their digests, and their bytes are objects beside it.
//!
//! A job is recorded, listed and handed on many times, and its code is needed once, by the worker that runs it. So a record has
//! only what is short in it.

use serde::{Deserialize, Serialize};

use crate::{Bytes, Content, Digest, Submission};

/// Content of a submission that is an object of its job; in its place in the submission there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LargeContent {
    /// Where it belongs.
    pub place: ContentPlace,
    /// What it is.
    pub digest: Digest,
    /// Its size.
    pub size: Bytes,
}

/// Where in a submission content belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ContentPlace {
    /// It is standard input.
    Stdin,
    /// It is the file with this place in the list, from 0.
    File(usize),
}

impl Submission {
    /// Takes out all content that is larger than `most`, leaving its digest: each with its bytes, which are the caller's to keep.
    pub fn take_large(&mut self, most: Bytes) -> Vec<(LargeContent, Content)> {
        let files = self.files.iter_mut().enumerate();
        let files = files.map(|(place, file)| (ContentPlace::File(place), &mut file.content));
        let all = files.chain([(ContentPlace::Stdin, &mut self.stdin)]);
        let large = all.filter(|(_, content)| content.len() as u64 > most.get());
        let taken: Vec<_> = large
            .map(|(place, content)| {
                let content = std::mem::take(content);
                let (digest, size) = (Digest::of(content.as_bytes()), Bytes(content.len() as u64));
                (LargeContent { place, digest, size }, content)
            })
            .collect();
        self.large.extend(taken.iter().map(|(large, _)| *large));
        taken
    }

    /// Puts content back where it belongs. Returns whether there was such a place.
    pub fn put_back(&mut self, large: &LargeContent, content: Content) -> bool {
        let place = match large.place {
            ContentPlace::Stdin => Some(&mut self.stdin),
            ContentPlace::File(place) => self.files.get_mut(place).map(|file| &mut file.content),
        };
        let Some(place) = place else { return false };
        *place = content;
        self.large.retain(|other| other != large);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{LanguageId, Limits, Options, SourceFile};

    fn submission() -> Submission {
        let file = |name: &str, size| SourceFile { name: name.to_owned(), content: vec![b'x'; size].into() };
        Submission {
            language: LanguageId::new("python"),
            version: None,
            options: Options::default(),
            files: vec![file("main.py", 11), file("short", 10), file("same", 11)],
            stdin: "a long input".into(),
            args: Vec::new(),
            limits: Limits::STUDENT,
            network: None,
            artifacts: false,
            large: Vec::new(),
        }
    }

    #[test]
    fn what_is_larger_is_taken_out_and_can_be_put_back() {
        let (whole, mut short) = (submission(), submission());
        let taken = short.take_large(Bytes(10));
        let places: Vec<_> = taken.iter().map(|(large, _)| large.place).collect();
        assert_eq!(places, [ContentPlace::File(0), ContentPlace::File(2), ContentPlace::Stdin]);
        assert_eq!(taken[0].0.digest, taken[1].0.digest, "they are the same bytes");
        assert_eq!((short.large.len(), short.files[0].content.len(), short.stdin.len()), (3, 0, 0));
        assert_eq!(short.files[1].content, whole.files[1].content);
        let stored = serde_json::to_string(&short).expect("has a form");
        assert_eq!(serde_json::from_str::<Submission>(&stored).expect("reads back"), short);
        for (large, content) in taken {
            assert!(short.put_back(&large, content));
        }
        assert_eq!(short, whole);
    }

    #[test]
    fn a_submission_without_large_content_is_stored_as_ever() {
        let mut short = submission();
        assert_eq!(short.take_large(Bytes(12)), []);
        assert_eq!(short, submission());
        let stored = serde_json::to_value(&short).expect("has a form");
        assert!(stored.get("large").is_none() && stored.get("options").is_none(), "{stored}");
    }

    #[test]
    fn content_without_a_place_is_not_put_anywhere() {
        let mut short = submission();
        let nowhere = LargeContent { place: ContentPlace::File(3), digest: Digest::of(b""), size: Bytes(0) };
        assert!(!short.put_back(&nowhere, Content::default()));
    }
}
