//! Calling a function of a submission instead of running it as a program.
//!
//! A harness, a few lines in the language that its file has, becomes the program: it reads the call from standard input, loads
//! the submission, calls, and writes what came of it to standard output, between two copies of a word that is new each time.
//! It knows neither what is expected nor how it is compared: that stays outside, where no submission can reach.

use model::{Bytes, Call, SourceFile, names_clash};
use serde::Serialize;

use crate::{Command, Language};

/// The harness of a language.
#[derive(Debug, Clone)]
pub(crate) struct Harness {
    /// What its file is called in the work folder.
    pub(crate) file: String,
    /// Its text.
    pub(crate) text: String,
}

/// How to call a function of a submission: a command that is run after the submission has been compiled, if it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calling {
    /// The command line, for the submission's limits.
    pub command: Command,
    /// To be put beside the submission's files; where one of these has the same name, this one takes its place. The first is
    /// the harness, so [`Language::can_run_ahead`] is to be asked with these.
    pub files: Vec<SourceFile>,
    /// What the harness reads.
    pub stdin: Vec<u8>,
}

/// What a harness is told, as JSON.
#[derive(Serialize)]
struct Told<'a> {
    /// Goes before and after what it says.
    nonce: &'a str,
    /// The submission's main file.
    main: &'a str,
    /// The file of the submission that is called as the harness is: where it was put instead, and its name. The first thing
    /// that a harness does is to put it back, so that all that names files and lines names the submission's.
    #[serde(skip_serializing_if = "Option::is_none")]
    aside: Option<(&'a str, &'a str)>,
    call: &'a Call,
}

impl Language {
    /// Whether functions can be called in it.
    pub fn can_call(&self) -> bool {
        self.harness.is_some()
    }

    /// How to call a function of these files, the first being the main one; `None` where functions cannot be called in this
    /// language. `nonce` must be new for each call and nothing that a program would write; `memory` is what the run may use.
    ///
    /// # Panics
    /// Never: a call is JSON.
    pub fn calling(&self, files: &[SourceFile], call: &Call, nonce: &str, memory: Bytes) -> Option<Calling> {
        let harness = self.harness.as_ref()?;
        let mut beside =
            vec![SourceFile { name: harness.file.clone(), content: harness.text.as_str().into() }];
        let in_the_way = files.iter().find(|file| file.name == harness.file);
        beside
            .extend(in_the_way.map(|file| SourceFile { name: free_name(files, &file.name), ..file.clone() }));
        let told = Told {
            nonce,
            main: files.first().map_or(&self.main_file, |file| &file.name),
            aside: beside.get(1).map(|aside| (aside.name.as_str(), harness.file.as_str())),
            call,
        };
        let stdin = serde_json::to_vec(&told).expect("a call is JSON");
        Some(Calling { command: self.run(&beside, &[], memory), files: beside, stdin })
    }
}

/// The name with something after it, so that no file has it.
pub(crate) fn free_name(files: &[SourceFile], name: &str) -> String {
    let mut free = format!("{name}.submitted");
    while files.iter().any(|file| names_clash(&file.name, &free)) {
        free.push('_');
    }
    free
}
