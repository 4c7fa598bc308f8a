//! Locks, watches and leases of a guest on files of the toolchain: neither the host nor another sandbox notices, and the guest
//! notices nothing of theirs.

mod common;

use std::{fs::File, path::Path};

use model::{Ending, Limits, Stream};
use rustix::fs::{FlockOperation, flock};
use sandbox::{DiskQuota, FolderMount, LauncherCommand, Pool, PoolSettings, Program, SandboxFile};
use tokio_util::sync::CancellationToken;

/// A file that all sandboxes and the host have.
const FILE: &str = "/usr/bin/true";
/// The same, and a device: a server that root started makes nodes for each slot.
const FILES: [&str; 2] = [FILE, "/dev/null"];

/// Runs Python code, calls `at_line` with each line that it prints, and gives all that it printed.
async fn run(pool: &Pool, code: &str, mut at_line: impl FnMut(&str) + Send) -> String {
    let argv = ["/usr/bin/python3", "-IS", "main"].map(str::to_owned).into();
    let program = Program::new(argv, vec![], Limits::STUDENT);
    let lease = pool.lease(None, common::MEMORY).await.expect("a lease");
    let files = [SandboxFile::plain("main", code)];
    let mut sandbox = lease.open(&files, DiskQuota::STANDARD).expect("a sandbox");
    let mut sink = |_, piece: &[u8]| String::from_utf8_lossy(piece).lines().for_each(&mut at_line);
    let outcome = sandbox.run(&program, &CancellationToken::new(), &mut sink).await.expect("a run");
    pool.take_back(sandbox.finish());
    assert_eq!(outcome.ending, Ending::Exited(0), "{outcome:?}");
    String::from_utf8(outcome.transcript.of(Stream::Stdout)).expect("text")
}

fn may_lock(file: &File) -> bool {
    flock(file, FlockOperation::NonBlockingLockExclusive).is_ok()
}

#[tokio::test]
async fn a_lock_of_a_guests_is_not_in_the_way_of_the_host() {
    let pool = common::pool(None).await;
    for file in FILES {
        let code = format!(
            "import fcntl, time\nf = open('{file}')\nfcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)\n\
         fcntl.lockf(f, fcntl.LOCK_SH)\nprint('locked', flush=True)\ntime.sleep(0.5)"
        );
        let mut host_may_lock = None;
        run(&pool, &code, |_| host_may_lock = Some(may_lock(&File::open(file).expect("a file")))).await;
        assert_eq!(host_may_lock, Some(true), "{file}");
    }
}

#[tokio::test]
async fn a_lock_of_the_hosts_is_not_in_the_way_of_a_guest() {
    let pool = common::pool(None).await;
    let file = File::open(FILE).expect("a file");
    assert!(may_lock(&file), "nobody else locks it");
    let code =
        format!("import fcntl\nfcntl.flock(open('{FILE}'), fcntl.LOCK_EX | fcntl.LOCK_NB)\nprint('mine')");
    assert_eq!(run(&pool, &code, |_| ()).await, "mine\n");
}

#[tokio::test]
async fn a_guest_observes_only_its_own_use_of_the_toolchain() {
    let pool = common::pool(None).await;
    let code = format!(
        "import ctypes, os, time\nlibc = ctypes.CDLL(None)\nwatch = libc.inotify_init1(os.O_NONBLOCK)\n\
         for path in (b'/usr/bin', b'{FILE}'): assert libc.inotify_add_watch(watch, path, 0xfff) > 0\n\
         def heard():\n  try: return len(os.read(watch, 65536)) > 0\n  except BlockingIOError: return False\n\
         print('watching', flush=True)\ntime.sleep(0.5)\nprint('of others', heard())\nopen('{FILE}').close()\nprint('of its own', heard())"
    );
    let used_by_the_host = |line: &str| {
        if line == "watching" {
            std::fs::read(FILE).expect("it is read");
            std::fs::read_dir("/usr/bin").expect("it is listed").for_each(drop);
            std::process::Command::new(FILE).status().expect("it is executed");
        }
    };
    assert_eq!(run(&pool, &code, used_by_the_host).await, "watching\nof others False\nof its own True\n");
}

#[tokio::test]
async fn what_a_guest_reads_of_the_toolchain_does_not_change_when_it_was_read() {
    let pool = common::pool(None).await;
    let code = "import os, glob\nfiles = [f for f in glob.glob('/usr/bin/*') if os.path.isfile(f)][:300]\n\
                before = [os.stat(f).st_atime_ns for f in files]\nfor f in files: open(f, 'rb').read(1)\nos.listdir('/usr/bin')\n\
                print(len(files) > 50, before == [os.stat(f).st_atime_ns for f in files])";
    assert_eq!(run(&pool, code, |_| ()).await, "True True\n");
}

#[tokio::test]
async fn mounts_name_no_device_and_no_folder_that_toolchains_come_from() {
    let pool = common::pool(None).await;
    let code = "rows = [line.split() for line in open('/proc/self/mountinfo')]\n\
                print({row[row.index('-') + 1] for row in rows if row[4].startswith('/usr')}, {row[3] for row in rows if row[4].startswith('/usr')})";
    assert_eq!(run(&pool, code, |_| ()).await, "{'overlay'} {'/'}\n");
}

/// A pool whose launchers find a file system mounted below a folder with toolchains, which they may not uncover.
async fn pool_with_a_mount_below(folder: &Path) -> Pool {
    let script = "mount -t tmpfs none \"$0\" && exec \"$1\"";
    let arguments = ["--mount".as_ref(), "sh".as_ref(), "-c".as_ref(), script.as_ref()];
    let mut args: Vec<_> = arguments.map(std::ffi::OsStr::to_owned).into();
    args.push(folder.join("below").into());
    args.push(env!("CARGO_BIN_EXE_launcher").into());
    let settings = PoolSettings {
        slots: 1,
        memory: common::MEMORY,
        waiting: sandbox::WaitingLimits::default(),
        warm: vec![],
        first_id: PoolSettings::DEFAULT_FIRST_ID + std::process::id() % 1_000_000 * 4,
        folders: vec![FolderMount::same_path(folder.to_owned())],
        files: Vec::new(),
        launcher: LauncherCommand { program: "unshare".into(), args },
        cgroups: kernel::cgroup::Layout::of_this_process(),
        launcher_timeout: PoolSettings::DEFAULT_LAUNCHER_TIMEOUT,
    };
    Pool::start(settings).await.expect("the pool starts")
}

#[tokio::test]
async fn watches_and_locks_are_refused_on_inodes_shared_with_the_host() {
    let folder = tempfile::Builder::new().prefix("toolchain").tempdir_in("/var/tmp").expect("a folder");
    std::fs::create_dir(folder.path().join("below")).expect("a folder");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(folder.path(), mode).expect("mine");
    let pool = pool_with_a_mount_below(folder.path()).await;
    let code = "import ctypes, errno, fcntl, os\nlibc = ctypes.CDLL(None, use_errno=True)\n\
                print(libc.inotify_init1(0), errno.errorcode[ctypes.get_errno()])\n\
                try: fcntl.flock(open('/usr/bin/true'), fcntl.LOCK_EX)\nexcept OSError as error: print(errno.errorcode[error.errno])\n\
                fcntl.lockf(open('/tmp/own', 'w'), fcntl.LOCK_EX)\nprint('its own')";
    assert_eq!(run(&pool, code, |_| ()).await, "-1 ENOSYS\nENOSYS\nits own\n");
}
