//! The `coderunner` binary.

fn main() {}
