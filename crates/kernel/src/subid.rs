//! Subordinate ids of an ordinary user: `subuid(5)`, `subgid(5)`, and the set-user-id programs that map them.

use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{KernelError, Step, StepContext};

/// Which ids, or which map: of users or of groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IdKind {
    Users,
    Groups,
}

impl IdKind {
    const fn file(self) -> &'static str {
        match self {
            Self::Users => "/etc/subuid",
            Self::Groups => "/etc/subgid",
        }
    }

    const fn program(self) -> &'static str {
        match self {
            Self::Users => "newuidmap",
            Self::Groups => "newgidmap",
        }
    }
}

/// The reason why subordinate ids cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubidError {
    /// `newuidmap` or `newgidmap` is not there, or not with the right to map ids.
    NoPrograms,
    /// The user has no subordinate ids, or too few.
    NoIds,
    /// This process may start nothing that has more rights than itself.
    NoNewPrivileges,
}

/// The subordinate uids and gids of this user: the first id and the length of each range.
pub(crate) fn ranges(uid: u32) -> Result<[(u32, u32); 2], SubidError> {
    if [IdKind::Users, IdKind::Groups].iter().any(|kind| program(*kind).is_none()) {
        return Err(SubidError::NoPrograms);
    }
    if rustix::thread::no_new_privs().unwrap_or(true) {
        return Err(SubidError::NoNewPrivileges);
    }
    let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let range = |kind: IdKind| {
        let table = fs::read_to_string(kind.file()).unwrap_or_default();
        largest_range(&table, &[name_of(&passwd, uid).unwrap_or_default(), &uid.to_string()])
    };
    match (range(IdKind::Users), range(IdKind::Groups)) {
        (Some(uids), Some(gids)) => Ok([uids, gids]),
        _ => Err(SubidError::NoIds),
    }
}

/// The largest range in `table` of one of these names: the first id and its length.
fn largest_range(table: &str, names: &[&str]) -> Option<(u32, u32)> {
    let range = |line: &str| {
        let fields: Vec<&str> = line.trim().split(':').collect();
        let [name, first, count] = fields.as_slice() else { return None };
        let named = !name.is_empty() && names.contains(name);
        named.then_some((first.parse::<u32>().ok()?, count.parse::<u32>().ok()?))
    };
    table.lines().filter_map(range).max_by_key(|(_, count)| *count)
}

fn name_of(passwd: &str, uid: u32) -> Option<&str> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(uid)).then_some(name)
    })
}

/// The program that maps ids of this kind, if it has the right to.
fn program(kind: IdKind) -> Option<PathBuf> {
    let folders = ["/usr/bin", "/usr/local/bin", "/bin"];
    folders.into_iter().map(|folder| Path::new(folder).join(kind.program())).find(|path| has_rights(path))
}

/// Debian marks it set-user-id, others give it file capabilities.
fn has_rights(path: &Path) -> bool {
    const SET_USER_ID: u32 = 0o4000;
    let Ok(metadata) = fs::metadata(path) else { return false };
    let capable = rustix::fs::getxattr(path, c"security.capability", &mut [0u8; 64]).is_ok();
    let flags = rustix::fs::statvfs(path).map(|stat| stat.f_flag);
    let honoured = flags.is_ok_and(|flags| !flags.contains(rustix::fs::StatVfsMountFlags::NOSUID));
    honoured && (capable || metadata.uid() == 0 && metadata.mode() & SET_USER_ID != 0)
}

/// Has these programs write the uid map and the gid map of a process that has just created a user namespace.
pub(crate) fn write_maps(process: u32, uid_map: &str, gid_map: &str) -> Result<(), KernelError> {
    for (kind, map) in [(IdKind::Groups, gid_map), (IdKind::Users, uid_map)] {
        let refused = KernelError { step: Step::WriteIdMap, errno: libc::EPERM };
        let mut command = Command::new(program(kind).ok_or(refused)?);
        command.arg(process.to_string()).args(map.split_whitespace()).env_clear();
        if !command.status().at(Step::WriteIdMap)?.success() {
            return Err(refused);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_lent_to_a_user_by_name_or_by_number() {
        let table = "# lent\nalice:100000:65536\n1001:200000:1000\n\nalice:300000:70000\nbob:x:5\n:1:2\n";
        assert_eq!(largest_range(table, &["alice", "1000"]), Some((300_000, 70_000)));
        assert_eq!(largest_range(table, &["carol", "1001"]), Some((200_000, 1000)));
        assert_eq!(largest_range(table, &["bob", "1002"]), None);
        assert_eq!(largest_range(table, &["", "1003"]), None, "whoever has no name");
    }

    #[test]
    fn a_name_is_found_by_its_number() {
        let passwd = "root:x:0:0:root:/root:/bin/sh\nalice:x:1000:100::/home/alice:/bin/sh\n";
        assert_eq!(name_of(passwd, 1000), Some("alice"));
        assert_eq!(name_of(passwd, 100), None);
    }
}
