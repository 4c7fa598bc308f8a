//! Small disk: size-limited file system of a test, which can be filled.

use std::{
    fs::{self, File},
    io::{ErrorKind, Read as _, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;

/// Mounts it at the second argument, reports this, and keeps running.
const HOLD: &str = r#"mount -t tmpfs -o "size=$1,mode=0755" tmpfs "$2" && echo ready && exec sleep infinity"#;

/// A file system in memory, in a mount namespace held by a process of its own: other processes do not see it, and it
/// disappears with this value. Needs root.
#[derive(Debug)]
pub struct SmallDisk {
    folder: TempDir,
    holder: Child,
}

impl SmallDisk {
    /// Creates a file system of this size in bytes.
    pub fn with_size(bytes: u64) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut holder = Command::new("unshare")
            .args(["--mount", "--propagation", "private", "sh", "-c", HOLD, "sh", &bytes.to_string()])
            .arg(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("unshare is installed");
        let mut said = [0; 5];
        let read = holder.stdout.take().expect("it is piped").read_exact(&mut said);
        read.expect("a file system can be mounted, which takes root");
        Self { folder, holder }
    }

    /// Its path for processes started inside it.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Prefix of a command that runs in its mount namespace.
    pub fn files(&self) -> Vec<String> {
        vec!["nsenter".to_owned(), format!("--mount=/proc/{}/ns/mnt", self.holder.id())]
    }

    /// Fills it to the last byte.
    pub fn fill(&self) {
        let mut ballast = File::options().create(true).append(true).open(self.ballast()).expect("a file");
        // Whole pages, as the file system counts.
        let page = [0; 4096];
        loop {
            match ballast.write_all(&page) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::StorageFull => return,
                Err(error) => panic!("it cannot be filled: {error}"),
            }
        }
    }

    /// Frees the space that [`SmallDisk::fill`] took.
    pub fn clear(&self) {
        fs::remove_file(self.ballast()).expect("it was filled");
    }

    fn ballast(&self) -> PathBuf {
        let inside = self.path().strip_prefix("/").expect("it is absolute");
        Path::new(&format!("/proc/{}/root", self.holder.id())).join(inside).join("ballast")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ended_already = self.holder.kill();
        let _reaped = self.holder.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_disk_is_full_until_emptied_and_invisible_to_other_processes() {
        let disk = SmallDisk::with_size(1 << 20);
        let write = || {
            let [program, args @ ..] = &disk.files()[..] else { panic!("a command") };
            let file = disk.path().join("file");
            let status = Command::new(program).args(args).args(["cp", "/proc/self/maps"]).arg(file).status();
            status.expect("it starts").success()
        };
        assert!(write());
        disk.fill();
        fs::remove_file(disk.ballast().with_file_name("file")).expect("it was written");
        disk.fill();
        assert!(!write());
        disk.clear();
        assert!(write());
        assert_eq!(fs::read_dir(disk.path()).expect("a folder").count(), 0);
    }
}
