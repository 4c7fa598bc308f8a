//! The binary of this build, as the tests of the whole system find it.
//!
//! Cargo builds a binary for the integration tests of its own package only. This file is the reason why
//! `cargo nextest run --workspace` builds `coderunner` at all, so it must stay.

use std::path::Path;

#[test]
fn tests_start_the_binary_that_cargo_built_for_them() {
    assert_eq!(testkit::binary(), Path::new(env!("CARGO_BIN_EXE_coderunner")));
}
