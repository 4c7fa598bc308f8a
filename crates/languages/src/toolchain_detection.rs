//! Toolchain detection: search of the candidates of a language file, and version query.
//!
//! The caller's `PATH` is ignored: its first entry may be a shim in somebody's home folder, which a sandbox
//! cannot see. A toolchain in a home folder is found if its language file names the folder, or a command that
//! prints it.

use std::path::{Path, PathBuf};

use crate::{
    Availability, Host, Toolchain,
    file::{Candidate, Folder, ProgramInFolder, ToolchainTable, VersionTable},
};

/// Search folders for programs given by name, in this order.
pub const SEARCH_FOLDERS: [&str; 3] = ["/usr/bin", "/usr/local/bin", "/bin"];

/// Host folders that every sandbox shows, read-only, if they exist.
pub const SYSTEM_FOLDERS: [&str; 5] = ["/usr", "/bin", "/sbin", "/lib", "/lib64"];

/// Folders that are private to a sandbox, and hide the host's.
const OWN_FOLDERS: [&str; 4] = ["/box", "/dev", "/proc", "/tmp"];

/// Detects the toolchain of one language.
pub(crate) fn detect(table: &ToolchainTable, host: &dyn Host) -> Availability {
    let mut rejected = Vec::new();
    for place in table.candidates.iter().flat_map(|candidate| locations(candidate, host)) {
        let Some(program) = host.executable(&place.path) else { continue };
        match probe(table, program, place.folder, host) {
            Ok(toolchain) => return Availability::Available(toolchain),
            Err(problem) => rejected.push(format!("{}: {problem}", place.path.display())),
        }
    }
    Availability::Unavailable { reason: unavailable_reason(table, &rejected) }
}

/// A possible location of the toolchain's program.
struct Location {
    path: PathBuf,
    /// Folder of the candidate, if it names one.
    folder: Option<PathBuf>,
}

/// The possible locations of a candidate.
fn locations(candidate: &Candidate, host: &dyn Host) -> Vec<Location> {
    let of_the_system = |path| Location { path, folder: None };
    match candidate {
        Candidate::Program(path) if path.starts_with('/') => vec![of_the_system(PathBuf::from(path))],
        Candidate::Program(name) => {
            SEARCH_FOLDERS.map(|folder| of_the_system(Path::new(folder).join(name))).into()
        }
        Candidate::InFolder(ProgramInFolder { folder, program }) => {
            let Some(folder) = resolve_folder(host, folder) else { return Vec::new() };
            let paths = host.glob(&folder.join(program));
            paths.into_iter().map(|path| Location { path, folder: Some(folder.clone()) }).collect()
        }
    }
}

/// The folder with symlinks resolved, since the program's path will be compared with it.
fn resolve_folder(host: &dyn Host, folder: &Folder) -> Option<PathBuf> {
    let path = expand_home(host, folder.path())?;
    match folder {
        Folder::Fixed(_) => host.folder(&path),
        Folder::FromCommand(command) => {
            let output = host.output_as_user(&path, command.get(1..).unwrap_or_default()).ok()?;
            // Warnings come first, if there are any.
            host.folder(Path::new(output.lines().map(str::trim).find(|line| line.starts_with('/'))?))
        }
    }
}

/// The path with `~` expanded.
fn expand_home(host: &dyn Host, path: &str) -> Option<PathBuf> {
    match path.strip_prefix("~/") {
        Some(below) => Some(host.home()?.join(below)),
        None => Some(PathBuf::from(path)),
    }
}

/// Checks an existing program; returns the toolchain, or the reason why it cannot be used.
fn probe(
    table: &ToolchainTable,
    program: PathBuf,
    folder: Option<PathBuf>,
    host: &dyn Host,
) -> Result<Toolchain, String> {
    let if_there = table.folders_if_there.iter().flat_map(|pattern| host.glob(pattern));
    // A link to one of the system's programs needs only the system folders.
    let own = folder.iter().filter(|_| !is_visible(&program, &[]));
    let folders: Vec<_> = own.chain(&table.folders).cloned().chain(if_there).collect();
    if let Some(own) = OWN_FOLDERS.iter().find(|own| program.starts_with(own)) {
        return Err(format!("leads to {}, but a sandbox has a {own} of its own", program.display()));
    }
    if !is_visible(&program, &folders) {
        return Err(format!(
            "leads to {}, which a sandbox does not show unless toolchain.folders names its folder",
            program.display()
        ));
    }
    if let Some(missing) = table.needs.iter().chain(&table.folders).find(|path| !host.exists(path)) {
        return Err(format!("{} is missing", missing.display()));
    }
    let output = host.output(&program, &table.version.args).map_err(|problem| problem.to_string())?;
    let version = version(&table.version, &output).ok_or("its version cannot be found in what it writes")?;
    let description = format!("{} {version}", table.version.label);
    Ok(Toolchain { program, version, description, folder, folders })
}

fn is_visible(program: &Path, folders: &[PathBuf]) -> bool {
    SYSTEM_FOLDERS.iter().any(|folder| program.starts_with(folder))
        || folders.iter().any(|folder| program.starts_with(folder))
}

/// The version: from the first digit that comes right after the marker, for as long as there are letters, digits and
/// dots.
fn version(table: &VersionTable, output: &str) -> Option<String> {
    let after =
        if table.after.is_empty() { vec![output] } else { output.split(&table.after).skip(1).collect() };
    let found = after.into_iter().find(|text| text.starts_with(|c: char| c.is_ascii_digit()))?;
    let end = found.find(|c: char| !c.is_ascii_alphanumeric() && c != '.').unwrap_or(found.len());
    Some(found[..end].trim_end_matches('.').to_owned())
}

/// Message about a missing toolchain, with the fix.
fn unavailable_reason(table: &ToolchainTable, rejected: &[String]) -> String {
    let found = if rejected.is_empty() { not_found(table) } else { rejected.join("; ") };
    if table.debian.is_empty() {
        format!("{found}; {}", table.install)
    } else {
        format!("{found}; on Debian or Ubuntu: apt install {}", table.debian)
    }
}

/// Message with the searched locations.
fn not_found(table: &ToolchainTable) -> String {
    let (names, paths): (Vec<_>, Vec<_>) =
        table.candidates.iter().map(display_candidate).partition(|it| !it.contains('/'));
    let names = names.join(" or ");
    let by_name = (!names.is_empty()).then(|| format!("no {names} found in {}", SEARCH_FOLDERS.join(", ")));
    let by_path = (!paths.is_empty()).then(|| format!("no {}", paths.join(" or ")));
    by_name.into_iter().chain(by_path).collect::<Vec<_>>().join(", and ")
}

/// A candidate as written in its file.
fn display_candidate(candidate: &Candidate) -> String {
    match candidate {
        Candidate::Program(program) => program.clone(),
        Candidate::InFolder(ProgramInFolder { folder: Folder::Fixed(folder), program }) => {
            format!("{folder}/{}", program.display())
        }
        Candidate::InFolder(ProgramInFolder { folder: folder @ Folder::FromCommand(_), .. }) => {
            folder.path().to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(after: &str, output: &str, expected: Option<&str>) {
        let table = VersionTable { args: Vec::new(), after: after.to_owned(), label: String::new() };
        assert_eq!(version(&table, output).as_deref(), expected, "{output}");
    }

    #[test]
    fn versions_are_found_in_what_toolchains_write() {
        check("Python ", "Python 3.11.2\n", Some("3.11.2"));
        check("Python ", "Python 3.14.0rc1+\n", Some("3.14.0rc1"));
        check("", "12.2.0\n", Some("12.2.0"));
        check("v", "v20.20.2\n", Some("20.20.2"));
        check("version ", "GNU bash, version 5.2.15(1)-release (x86_64-pc-linux-gnu)\n", Some("5.2.15"));
        check("version \"", "openjdk version \"17.0.9\" 2023-10-17\n", Some("17.0.9"));
        check("(v", "This is perl 5, version 36, subversion 0 (v5.36.0) built for x86_64\n", Some("5.36.0"));
        check("Version ", "Version 5.", Some("5"));
    }

    #[test]
    fn what_is_no_version_is_none() {
        check("Python ", "", None);
        check("", "gcc: error: unrecognized option", None);
        check("Python ", "Python three", None);
    }
}
