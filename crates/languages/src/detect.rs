//! Finding a language's toolchain and asking for its version.
//!
//! The caller's `PATH` is never looked at: what stands first in it may be a shim in somebody's home folder, which a
//! sandbox cannot see.

use std::{
    iter,
    path::{Path, PathBuf},
};

use crate::{
    Availability, Host, Toolchain,
    file::{ToolchainTable, VersionTable},
};

/// Where programs given by name are looked for, in this order.
pub const SEARCH_FOLDERS: [&str; 3] = ["/usr/bin", "/usr/local/bin", "/bin"];

/// The folders that every sandbox shows, read-only, where the host has them.
pub const SYSTEM_FOLDERS: [&str; 5] = ["/usr", "/bin", "/sbin", "/lib", "/lib64"];

/// Looks for the toolchain of one language.
pub(crate) fn detect(table: &ToolchainTable, host: &dyn Host) -> Availability {
    let mut rejected = Vec::new();
    for path in table.candidates.iter().flat_map(|candidate| places(candidate)) {
        let Some(program) = host.executable(&path) else { continue };
        match examine(table, program, host) {
            Ok(toolchain) => return Availability::Available(toolchain),
            Err(problem) => rejected.push(format!("{}: {problem}", path.display())),
        }
    }
    Availability::Unavailable { reason: reason(table, &rejected) }
}

/// Where a candidate may be.
fn places(candidate: &str) -> Box<dyn Iterator<Item = PathBuf> + '_> {
    if candidate.starts_with('/') {
        return Box::new(iter::once(PathBuf::from(candidate)));
    }
    Box::new(SEARCH_FOLDERS.iter().map(move |folder| Path::new(folder).join(candidate)))
}

/// The toolchain around a program that exists, or what is wrong with it.
fn examine(table: &ToolchainTable, program: PathBuf, host: &dyn Host) -> Result<Toolchain, String> {
    if !is_shown(&program, &table.folders) {
        return Err(format!(
            "leads to {}, which a sandbox does not show unless toolchain.folders names its folder",
            program.display()
        ));
    }
    if let Some(missing) = table.needs.iter().chain(&table.folders).find(|path| !host.exists(path)) {
        return Err(format!("{} is missing", missing.display()));
    }
    let told = host.output(&program, &table.version.args).map_err(|problem| problem.to_string())?;
    let version = version(&table.version, &told).ok_or("its version cannot be found in what it writes")?;
    let description = format!("{} {version}", table.version.label);
    Ok(Toolchain { program, version, description, folders: table.folders.clone() })
}

fn is_shown(program: &Path, folders: &[PathBuf]) -> bool {
    SYSTEM_FOLDERS.iter().any(|folder| program.starts_with(folder))
        || folders.iter().any(|folder| program.starts_with(folder))
}

/// The version: from the first digit that comes right after the marker, for as long as there are letters, digits and
/// dots.
fn version(table: &VersionTable, told: &str) -> Option<String> {
    let after = if table.after.is_empty() { vec![told] } else { told.split(&table.after).skip(1).collect() };
    let found = after.into_iter().find(|text| text.starts_with(|c: char| c.is_ascii_digit()))?;
    let end = found.find(|c: char| !c.is_ascii_alphanumeric() && c != '.').unwrap_or(found.len());
    Some(found[..end].trim_end_matches('.').to_owned())
}

/// Why there is no toolchain, and what to do.
fn reason(table: &ToolchainTable, rejected: &[String]) -> String {
    let found = if rejected.is_empty() {
        format!("no {} found in {}", table.candidates.join(" or "), SEARCH_FOLDERS.join(", "))
    } else {
        rejected.join("; ")
    };
    format!("{found}; on Debian or Ubuntu: apt install {}", table.debian)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(after: &str, told: &str, expected: Option<&str>) {
        let table = VersionTable { args: Vec::new(), after: after.to_owned(), label: String::new() };
        assert_eq!(version(&table, told).as_deref(), expected, "{told}");
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
