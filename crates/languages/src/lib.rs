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
mod calls;
mod check_settings;
mod command;
mod compile;
mod driver;
mod entry;
mod error;
mod example;
mod file;
mod fleet;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
mod harness;
mod host;
mod imports;
mod language;
mod language_option;
mod library_query;
mod limits_override;
mod memory;
mod network;
mod options;
mod preparation;
mod prepared;
mod prestart;
mod registry;
mod scripts;
mod source_name;
mod suggest;
mod syntax_check;
mod template;
mod toolchain;
mod toolchain_detection;

pub use builtin::builtin_files;
pub use calls::HarnessRun;
pub use command::{Command, ENVIRONMENT, WORK_FOLDER};
pub use error::LanguageError;
pub use example::{Example, ExpectedEnding};
pub use fleet::{ANNOUNCEMENT_TTL, Capability, Fleet};
pub use host::{Host, NoToolchains, ProbeError, SystemHost};
pub use language::Language;
pub use language_option::{LanguageOption, OptionError};
pub use preparation::{PREPARED_FOLDER, Preparation};
pub use prestart::{Prestart, Warmup};
pub use registry::Registry;
pub use syntax_check::SyntaxCheck;
pub use toolchain::{Availability, Toolchain};
pub use toolchain_detection::{SEARCH_FOLDERS, SYSTEM_FOLDERS};
