//! Function calls: a harness that runs in place of the submission's program.
//!
//! A harness is a few lines in the language, from its language file. It reads the call from standard input,
//! loads the submission, calls the function, and writes the result to standard output between two copies of a
//! nonce. It knows neither the expected result nor the comparison; these stay outside, where no submission
//! can reach them.

use model::{Bytes, Call, SourceFile};
use serde::Serialize;

use crate::{Command, Language, source_name::unused_name};

/// The run of a harness: a command to run after the submission has been compiled, if its language is
/// compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HarnessRun {
    /// The command line, for the submission's limits.
    pub command: Command,
    /// Files to put beside the submission's, replacing files of the same name. The first is the harness, so
    /// [`Language::can_prestart`] must be called with these files.
    pub files: Vec<SourceFile>,
    /// Standard input of the harness.
    pub stdin: Vec<u8>,
}

/// Input of a harness, as JSON.
#[derive(Serialize)]
struct HarnessInput<'a> {
    /// Written before and after the result.
    nonce: &'a str,
    /// The submission's main file.
    main: &'a str,
    /// The submission's file with the harness's name: the name under which it was stored, and its own name.
    /// The harness first restores it, so that messages with files and lines refer to the submission's.
    #[serde(skip_serializing_if = "Option::is_none")]
    aside: Option<(&'a str, &'a str)>,
    call: &'a Call,
}

impl Language {
    /// Whether functions can be called in this language.
    pub fn can_call(&self) -> bool {
        self.harness.is_some()
    }

    /// The harness run for a function of these files, the first being the main one; `None` if the language
    /// has no harness. `nonce` must be new for each call and unlikely in a program's output; `memory` is the
    /// memory limit of the run.
    ///
    /// # Panics
    ///
    /// Never: names, numbers and text always have a JSON form.
    pub fn harness_run(
        &self,
        files: &[SourceFile],
        call: &Call,
        nonce: &str,
        memory: Bytes,
    ) -> Option<HarnessRun> {
        let harness = self.harness.as_ref()?;
        let mut beside =
            vec![SourceFile { name: harness.file.clone(), content: harness.text.as_str().into() }];
        let conflicting = files.iter().find(|file| file.name == harness.file);
        beside.extend(
            conflicting.map(|file| SourceFile { name: unused_name(files, &file.name), ..file.clone() }),
        );
        let input = HarnessInput {
            nonce,
            main: files.first().map_or(&self.main_file, |file| &file.name),
            aside: beside.get(1).map(|aside| (aside.name.as_str(), harness.file.as_str())),
            call,
        };
        let stdin = serde_json::to_vec(&input).expect("a call is JSON");
        Some(HarnessRun { command: self.run(&beside, &[], memory), files: beside, stdin })
    }
}
