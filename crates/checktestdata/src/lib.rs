//! The checktestdata language of <https://github.com/DOMjudge/checktestdata>: a program in it describes what an input looks
//! like, and an input is valid if it is exactly that.
//!
//! ```
//! use checktestdata::{Limits, Program};
//!
//! let program = Program::parse(b"INT(1, 100, n) NEWLINE REP(n, SPACE) INT(0, 9) END NEWLINE")?;
//! assert_eq!(program.check(b"2\n3 4\n", &Limits::default(), &|| false), Ok(()));
//! let wrong = program.check(b"2\n3 44\n", &Limits::default(), &|| false).unwrap_err();
//! assert_eq!(wrong.to_string(), "line 2, column 3: 44 is not in 0..9, as INT(0, 9) (line 1 of the program) asks");
//! # Ok::<(), checktestdata::SyntaxError>(())
//! ```
//!
//! Both the program and the input may come from anybody, and nothing is executed: it is an interpreter over bytes, without
//! files, clock or network. What it may take is in [`Limits`]; how deep a program may be nested is fixed. It follows the
//! specification's second edition (`FLOATP`, `STRLEN`, `SET` of several variables); what older programs do otherwise, such
//! as character classes in regular expressions, is accepted too.

mod error;
mod lexer;
mod limits;
mod number;
mod parser;
mod pattern;
mod reader;
mod runner;
mod syntax;
mod value;
mod variables;

pub use error::{CheckError, SyntaxError};
pub use limits::Limits;
pub use syntax::Program;
