//! Language support: registry over language files, toolchain detection, command lines and harnesses.
//!
//! A language is data: a file in `languages/` that describes how its toolchain is found and queried for its
//! version, how a program is compiled and run, and which example programs show that it works. This crate
//! parses and checks these files, detects the toolchains, and fills in command lines. It never runs a
//! submission; the sandbox does.
//!
//! Access to the machine goes through [`Host`], so that everything here can be tested without a toolchain. A
//! language without a toolchain stays in the [`Registry`], with the reason.

mod arrange;
mod builtin;
mod command;
mod driver;
mod entry;
mod error;
mod file;
mod fleet;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
mod harness;
mod host;
mod language;
mod libraries;
mod memory;
mod network;
mod options;
mod prepared;
mod registry;
mod scripts;
mod suggest;
mod syntax_check;
mod template;
mod toolchain_detection;

pub use builtin::builtin_files;
pub use command::{Command, ENVIRONMENT, WORK_FOLDER};
pub use error::LanguageError;
pub use fleet::{ANNOUNCEMENT_TTL, Capability, Fleet};
pub use harness::HarnessRun;
pub use host::{Host, NoToolchains, ProbeError, SystemHost};
pub use language::{
    Availability, Example, ExpectedEnding, Language, Preparation, Prestart, Toolchain, Warmup,
};
pub use options::{LanguageOption, OptionError};
pub use registry::Registry;
pub use syntax_check::SyntaxCheck;
pub use toolchain_detection::{PREPARED_FOLDER, SEARCH_FOLDERS, SYSTEM_FOLDERS};
