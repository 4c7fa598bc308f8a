//! Record locks: number of POSIX locks of a sandbox, counted in `/proc`. The kernel needs some 200 bytes for each and charges them to no
//! cgroup.
//!
//! The locks are listed with the open files of each process. The list of all locks of the host (`/proc/locks`) would be easier to read,
//! but reading it blocks all other lock operations for some milliseconds.

use std::{io::Read, os::fd::OwnedFd};

use rustix::{
    fs::{Dir, Mode, OFlags, open, openat},
    io::Errno,
};

use crate::{KernelError, Step, StepContext};

/// Opens the descriptor for [`RecordLocks`]: to be called by process 1 of the sandbox.
pub fn open_for_record_locks() -> Result<OwnedFd, KernelError> {
    open(c"/proc", OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()).at(Step::OpenFile)
}

/// The record locks of one sandbox.
#[derive(Debug)]
pub struct RecordLocks {
    proc: OwnedFd,
}

impl RecordLocks {
    /// From the descriptor of [`open_for_record_locks`].
    pub const fn new(proc: OwnedFd) -> Self {
        Self { proc }
    }

    /// Number of held locks; stops counting soon after `most`. One that is held through a descriptor that has been duplicated counts for
    /// each. Processes that execute a file which they may not read are not seen.
    pub fn count(&self, most: u64) -> Result<u64, KernelError> {
        let mut held = 0;
        for process in names(&self.proc, ".")?.into_iter().filter(|name| is_number(name) && name != "1") {
            held += self.count_of_process(&process, most - held)?;
            if held >= most {
                break;
            }
        }
        Ok(held)
    }

    fn count_of_process(&self, process: &str, most: u64) -> Result<u64, KernelError> {
        let tasks = format!("{process}/task");
        // All threads have the same descriptors, but ended threads have none, and the first one may have ended.
        for thread in names(&self.proc, &tasks)?.into_iter().filter(|name| is_number(name)) {
            let folder = format!("{tasks}/{thread}/fdinfo");
            let descriptors = names(&self.proc, &folder)?;
            if descriptors.iter().any(|name| is_number(name)) {
                return self.count_in_folder(&folder, &descriptors, most);
            }
        }
        Ok(0)
    }

    fn count_in_folder(&self, folder: &str, descriptors: &[String], most: u64) -> Result<u64, KernelError> {
        let mut held = 0;
        for descriptor in descriptors.iter().filter(|name| is_number(name)) {
            held += self.count_in_file(&format!("{folder}/{descriptor}"), most - held)?;
            if held >= most {
                break;
            }
        }
        Ok(held)
    }

    fn count_in_file(&self, file: &str, most: u64) -> Result<u64, KernelError> {
        let Some(file) =
            unless_gone(openat(&self.proc, file, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()))?
        else {
            return Ok(0);
        };
        let mut file = std::fs::File::from(file);
        let (mut held, mut piece, mut rest) = (0, vec![0; CHUNK], Vec::new());
        while held < most {
            match file.read(&mut piece) {
                // The process has gone meanwhile.
                Ok(0) | Err(_) => break,
                Ok(length) => rest.extend_from_slice(&piece[..length]),
            }
            let whole = rest.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
            held += rest
                .drain(..whole)
                .collect::<Vec<_>>()
                .split(|byte| *byte == b'\n')
                .filter(is_record_lock)
                .count() as u64;
        }
        Ok(held)
    }
}

/// Bytes read at once.
const CHUNK: usize = 4096;

/// `lock:\t1: POSIX  ADVISORY  WRITE 7 00:2a:3 0 EOF`, of `proc_pid_fdinfo(5)`.
fn is_record_lock(line: &&[u8]) -> bool {
    line.starts_with(b"lock:") && line.windows(7).any(|word| word == b" POSIX ")
}

fn is_number(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_digit())
}

/// Entries of a folder; empty if it no longer exists.
fn names(proc: &OwnedFd, folder: &str) -> Result<Vec<String>, KernelError> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let Some(folder) = unless_gone(openat(proc, folder, flags, Mode::empty()))? else {
        return Ok(Vec::new());
    };
    let entries = Dir::new(folder).at(Step::ListFolder)?;
    // A process that ends meanwhile ends its list.
    Ok(entries.map_while(Result::ok).map(|entry| entry.file_name().to_string_lossy().into_owned()).collect())
}

/// Nothing for a process that has gone, or of which this one may see nothing.
fn unless_gone<T>(opened: rustix::io::Result<T>) -> Result<Option<T>, KernelError> {
    match opened {
        Ok(opened) => Ok(Some(opened)),
        Err(Errno::NOENT | Errno::SRCH | Errno::ACCESS | Errno::PERM) => Ok(None),
        Err(errno) => Err(errno).at(Step::OpenFile),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn record_locks_are_distinguished_from_other_locks_and_from_names() {
        for (line, expected) in [
            ("lock:\t1: POSIX  ADVISORY  WRITE 7 00:2a:3 0 EOF", true),
            ("lock:\t2: FLOCK  ADVISORY  WRITE 7 00:2a:3 0 EOF", false),
            ("flags:\t0100002", false),
            ("inotify wd:1 POSIX ", false),
        ] {
            assert_eq!(is_record_lock(&line.as_bytes()), expected, "{line}");
        }
    }

    #[test]
    fn locks_of_a_process_are_counted_up_to_the_most_that_is_asked_for() {
        let file = tempfile::tempfile().expect("a file");
        // Locks of a child: those of this process would be released when another thread closes the file.
        let code = "import fcntl, sys\nfor i in range(100): fcntl.lockf(0, fcntl.LOCK_EX, 1, 2 * i)\nprint(flush=True)\nsys.stdout.close()\nimport time; time.sleep(60)";
        let mut child = std::process::Command::new("python3")
            .args(["-c", code])
            .stdin(file)
            .stdout(std::process::Stdio::piped())
            .spawn()
            .expect("python");
        child.stdout.take().expect("piped").read_exact(&mut [0]).expect("it has them");
        let locks = RecordLocks::new(open_for_record_locks().expect("proc"));
        let name = child.id().to_string();
        let counted = [1000, 100, 30].map(|most| locks.count_of_process(&name, most).expect("counts"));
        child.kill().and_then(|()| child.wait()).expect("is mine");
        assert_eq!(counted[..2], [100, 100]);
        assert!((30..=100).contains(&counted[2]), "{counted:?}");
        assert_eq!(locks.count_of_process(&name, 10).expect("it is gone"), 0);
    }
}
