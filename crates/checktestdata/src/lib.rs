//! Checktestdata interpreter: checks whether an input has the form that a program describes.
//!
//! The language is that of <https://github.com/DOMjudge/checktestdata>. An input is valid if it matches the
//! program exactly.
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
//! Program and input are untrusted, and nothing is executed: this is an interpreter over bytes, without
//! files, clock or network. [`Limits`] bounds its time and memory; the nesting depth of programs is fixed. It
//! follows the second edition of the specification (`FLOATP`, `STRLEN`, `SET` of several variables), and
//! accepts deviating constructs of older programs, such as character classes in regular expressions.
//!
//! A program is parsed (`lexer`, `parser`) into a tree (`syntax`), and `interpreter` walks the tree along the
//! input (`reader`), with exact numbers (`number`) and counted memory (`variables`).

mod error;
mod interpreter;
mod lexer;
mod limits;
mod number;
mod parser;
mod pattern;
mod reader;
mod syntax;
mod value;
mod variables;

pub use error::{CheckError, SyntaxError};
pub use limits::Limits;
pub use syntax::Program;
