//! Binary under test: its path, built on demand.

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

/// Whether it is newer than its sources, which Cargo lists beside the binary, and built from the sources of this clone:
/// several clones may share a target folder.
fn is_fresh(binary: &Path) -> bool {
    let Some(built) = modified(binary) else { return false };
    let Ok(note) = fs::read_to_string(binary.with_extension("d")) else { return false };
    let sources = sources(&note);
    sources.iter().any(|source| source.starts_with(workspace()))
        && sources.iter().all(|source| modified(source).is_some_and(|changed| changed <= built))
}

/// The sources in Cargo's note, which is a rule of a makefile: `binary: source source ...`.
fn sources(note: &str) -> Vec<PathBuf> {
    let Some((_, sources)) = note.split_once(": ") else { return Vec::new() };
    // A space in a path has a backslash before it.
    let sources = sources.trim().replace("\\ ", "\0");
    sources.split(' ').map(|source| source.replace('\0', " ").into()).collect()
}

fn workspace() -> &'static Path {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
    folder.expect("this crate is two folders below the root of the workspace")
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
        .current_dir(workspace())
        .status()
        .expect("cargo starts");
    assert!(status.success(), "coderunner does not build");
}

#[cfg(test)]
mod tests {
    use std::{fs, path::PathBuf};

    use super::{is_fresh, sources, workspace};

    #[test]
    fn sources_are_read_from_the_note_of_cargo() {
        assert_eq!(
            sources("/t/coderunner: /a/main.rs /a\\ b/lib.rs\n"),
            ["/a/main.rs", "/a b/lib.rs"].map(PathBuf::from)
        );
        assert!(sources("").is_empty());
    }

    #[test]
    fn a_binary_of_another_clone_is_not_fresh() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let (binary, elsewhere) = (folder.path().join("coderunner"), folder.path().join("main.rs"));
        fs::write(&elsewhere, "").expect("a file can be written");
        fs::write(&binary, "").expect("a file can be written");
        for (source, expected) in [(elsewhere, false), (workspace().join("Cargo.toml"), true)] {
            let note = format!("{}: {}\n", binary.display(), source.display());
            fs::write(binary.with_extension("d"), note).expect("a file can be written");
            assert_eq!(is_fresh(&binary), expected, "built from {}", source.display());
        }
    }
}
