//! Where the program under test is.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
    time::SystemTime,
};

/// The `coderunner` that was built beside the running test; built now, if a source of it has changed since.
///
/// Running the tests of the workspace builds it with everything else. Running those of one package does not, and Cargo
/// on stable cannot be told that a test needs another package's binary. `TESTKIT_BINARY` names another one to test.
pub fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        if let Some(chosen) = env::var_os("TESTKIT_BINARY") {
            return chosen.into();
        }
        let folder = output_folder();
        let binary = folder.join("coderunner");
        if !is_fresh(&binary) {
            build(&folder);
        }
        binary
    })
}

/// The folder of this profile's binaries: the test itself is in `deps/` below it.
fn output_folder() -> PathBuf {
    let test = env::current_exe().expect("a test knows where it is");
    let folder = test.ancestors().nth(2).expect("Cargo puts tests into a folder below that of binaries");
    folder.to_owned()
}

/// Whether it is newer than all that it was built from, as Cargo noted it beside the binary.
fn is_fresh(binary: &Path) -> bool {
    let Some(built) = modified(binary) else { return false };
    let Ok(note) = fs::read_to_string(binary.with_extension("d")) else { return false };
    let Some((_, sources)) = note.split_once(": ") else { return false };
    // Make's notation: a space in a path has a backslash before it.
    let sources = sources.trim().replace("\\ ", "\0");
    sources
        .split(' ')
        .all(|source| modified(Path::new(&source.replace('\0', " "))).is_some_and(|changed| changed <= built))
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|metadata| metadata.modified()).ok()
}

fn build(folder: &Path) {
    let profile = match folder.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => "dev",
        Some(name) => name,
    };
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["build", "--quiet", "--package", "coderunner", "--profile", profile, "--target-dir"])
        .arg(folder.parent().expect("a profile's folder is in the target folder"))
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
        .status()
        .expect("cargo starts");
    assert!(status.success(), "coderunner does not build");
}
