//! Mounted folders of the host, including folders that are added while programs run.

mod common;

use std::{fs, os::unix::fs::PermissionsExt as _};

use sandbox::{FolderMount, Lease, Pool, SandboxFile};

const TARGET: &str = "/opt/added";

/// Folders that a program sees, in the sandbox of this lease.
async fn listed_folders(pool: &Pool, lease: Lease) -> String {
    let argv = ["/bin/sh", "-c", "ls /opt/added 2>/dev/null || echo nothing"];
    common::run_and_read_output(pool, lease, &argv, SandboxFile::plain("unused", "")).await
}

#[tokio::test]
async fn a_folder_that_is_added_is_shown_in_every_sandbox_that_is_leased_from_then_on() {
    let folder = tempfile::Builder::new().prefix("added").tempdir_in("/var/tmp").expect("a folder");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("mine");
    fs::write(folder.path().join("file"), "").expect("a file");
    let pool = common::pool_of(2).await;
    let memory = model::Bytes::mib(128);
    let before = pool.lease(None, memory).await.expect("a lease");
    pool.add_folder(FolderMount { source: folder.path().to_owned(), target: TARGET.into() });
    // Both slots, the one that made a sandbox ahead and the one that made none.
    for _ in 0..2 {
        let lease = pool.lease(None, memory).await.expect("a lease");
        assert_eq!(listed_folders(&pool, lease).await, "file\n");
    }
    assert_eq!(listed_folders(&pool, before).await, "nothing\n", "what runs already goes on as it was");
    for _ in 0..4 {
        let lease = pool.lease(None, memory).await.expect("a lease");
        assert_eq!(listed_folders(&pool, lease).await, "file\n");
    }
}
