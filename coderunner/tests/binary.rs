//! The binary of this build, as the tests of the whole system find it.
//!
//! Cargo builds a binary for the integration tests of its own package only: without this file,
//! `cargo nextest run --workspace` would not build `coderunner` at all.

use std::path::Path;

#[test]
fn tests_start_the_binary_that_cargo_built_for_them() {
    assert_eq!(testkit::binary(), Path::new(env!("CARGO_BIN_EXE_coderunner")));
}
