//! Build of the pages: copies `web/dist` to where `site.rs` embeds it; an empty folder if there is no build.
//!
//! Cargo alone must build the workspace, so this runs no npm: `scripts/build-web` does.

use std::{env, fs, io, path::Path};

fn main() -> io::Result<()> {
    let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web");
    let built = web.join("dist");
    let copy = Path::new(&env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?).join("dist");
    if copy.exists() {
        fs::remove_dir_all(&copy)?;
    }
    fs::create_dir_all(&copy)?;
    println!("cargo::rerun-if-changed=build.rs");
    if built.is_dir() {
        println!("cargo::rerun-if-changed={}", built.display());
        return copy_folder(&built, &copy);
    }
    // A path that does not exist would make Cargo run this every time.
    let existing = if web.is_dir() { &web } else { Path::new("build.rs") };
    println!("cargo::rerun-if-changed={}", existing.display());
    Ok(())
}

fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
