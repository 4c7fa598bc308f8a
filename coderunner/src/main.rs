//! The `coderunner` binary. Its code is in the library, which `coderunner-bench` uses, too.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// Serving thousands of requests a second means allocating all the time; glibc's allocator takes a quarter of that
/// (bench/where-the-time-goes.md).
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    coderunner::main()
}
