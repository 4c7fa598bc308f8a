//! Degraded hosts: without control groups, capabilities, ids, or parts of `/proc`. Each is simulated in namespaces of its own, which needs
//! root.
//!
//! The report of `coderunner doctor` is checked on each, and that it is true: a program runs, or is refused.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use serde_json::Value;
use tempfile::TempDir;
use testkit::{CommandOutput, Invocation, binary};

/// A host, as the command that starts a program there. `{folder}` is a world-readable one.
type Host = &'static [&'static str];

const THIS: Host = &[];

const WITHOUT_CGROUPS: Host =
    &["unshare", "--mount", "sh", "-c", "umount --recursive /sys/fs/cgroup; exec \"$@\"", "sh"];

/// As an ordinary user, with these further words.
macro_rules! as_nobody {
    ($($words:literal),*) => {
        &["setpriv", "--reuid=65534", "--regid=65534", $($words),*]
    };
}

const UNPRIVILEGED: Host = as_nobody!("--clear-groups");

const IN_GROUPS: Host = as_nobody!("--groups=4,27");

const WITH_LENT_IDS: Host = &[
    "unshare",
    "--mount",
    "sh",
    "-c",
    "mount --bind {folder}/lent /etc/subuid && mount --bind {folder}/lent /etc/subgid && exec \"$@\"",
    "sh",
    "setpriv",
    "--reuid=65534",
    "--regid=65534",
    "--groups=4,27",
];

/// As Docker starts root, by default.
const ROOT_WITHOUT_SYS_ADMIN: Host = &["setpriv", "--bounding-set=-sys_admin", "--inh-caps=-all"];

const ROOT_WITHOUT_RIGHTS: Host = &["setpriv", "--bounding-set=-all", "--inh-caps=-all"];

/// As an unprivileged container with the required settings.
const CONTAINER: Host = as_nobody!(
    "--clear-groups",
    "unshare",
    "--user",
    "--map-root-user",
    "--mount",
    "--pid",
    "--fork",
    "--mount-proc",
    "sh",
    "-c",
    "mount -t tmpfs -o ro tmpfs /sys/fs/cgroup && exec \"$@\"",
    "sh"
);

/// Likewise, with a `/proc` of which parts are covered, as most are by default.
const CONTAINER_WITH_MASKED_PROC: Host = as_nobody!(
    "--clear-groups",
    "unshare",
    "--user",
    "--map-root-user",
    "--mount",
    "--pid",
    "--fork",
    "--mount-proc",
    "sh",
    "-c",
    "mount -t tmpfs -o ro tmpfs /sys/fs/cgroup && mount --bind /dev/null /proc/timer_list && \
     mount -t tmpfs -o ro tmpfs /proc/irq && exec \"$@\"",
    "sh"
);

const CONTAINER_WITHOUT_USER_NAMESPACES: Host = as_nobody!(
    "--clear-groups",
    "unshare",
    "--user",
    "--map-root-user",
    "--mount",
    "--pid",
    "--fork",
    "--mount-proc",
    "sh",
    "-c",
    "echo 0 > /proc/sys/user/max_user_namespaces && exec \"$@\"",
    "sh"
);

/// World-readable files: the program, and an id map for the user `nobody`.
struct Public(TempDir);

impl Public {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let open = |path: &Path| fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("mine");
        open(folder.path());
        fs::copy(binary(), folder.path().join("coderunner")).expect("a copy");
        fs::write(folder.path().join("lent"), "nobody:100000:65536\n").expect("a file");
        Self(folder)
    }

    async fn run_on(&self, host: Host, args: &[&str]) -> CommandOutput {
        let folder = self.0.path();
        let words = host.iter().map(|word| word.replace("{folder}", &folder.to_string_lossy()));
        let invocation = Invocation::new(args).env("container", "test").env("HOME", "/nowhere");
        invocation.in_folder(folder).through_wrapper(words, folder.join("coderunner")).output().await
    }

    async fn run(&self, host: Host, code: &str) -> CommandOutput {
        fs::write(self.0.path().join("main.py"), code).expect("a program");
        self.run_on(host, &["run", "--memory-mib", "64", "main.py"]).await
    }

    /// Checks the findings of the doctor, as `id status words-of-the-detail-or-the-fix`.
    async fn check_doctor(&self, host: Host, can_run: bool, expected: &[(&str, &str, &str)]) {
        let ended = self.run_on(host, &["doctor", "--json"]).await;
        assert_eq!(ended.code, Some(i32::from(!can_run)), "{ended:?}");
        let findings = ended.json();
        for (id, status, words) in expected {
            let found = check_of(&findings, id).unwrap_or_else(|| panic!("no {id}: {findings:#}"));
            let text = format!("{} {}", found["detail"], found["fix"]);
            assert!(found["status"] == *status && text.contains(words), "{id}: {found:#}");
        }
    }

    async fn check_output(&self, host: Host, code: &str, expected: &str) {
        let ended = self.run(host, code).await;
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), expected), "{ended:?}");
    }
}

fn check_of<'a>(findings: &'a Value, id: &str) -> Option<&'a Value> {
    findings["checks"].as_array()?.iter().find(|check| check["id"] == id)
}

/// Its ids inside; the host's ids in its user namespace; whether it can limit process 1.
const WHO: &str = "import os, resource\nprint(os.getuid(), os.getgid(), len(os.getgroups()))\n\
    print([line.split()[0] for line in open('/proc/self/uid_map')])\n\
    try: resource.prlimit(1, resource.RLIMIT_CPU)\nexcept OSError: print('refused')\n";

const TWO_IDS: &str = "1000 1000 0\n['0', '1000']\nrefused\n";
const ONE_ID: &str = "1000 1000 0\n['1000']\nrefused\n";

const EATER: &str = "x = []\nwhile True: x.append(b'x' * (1 << 20))";

#[tokio::test]
async fn root_has_everything() {
    let public = Public::new();
    let checks = [("sandbox", "ok", "hello world"), ("userIds", "ok", "two of its own")];
    public.check_doctor(THIS, true, &checks).await;
    public.check_output(THIS, WHO, TWO_IDS).await;
}

#[tokio::test]
async fn without_cgroups_limits_are_kept_by_looking() {
    let public = Public::new();
    let checks = [("sandbox", "ok", "hello world"), ("cgroups", "weaker", "a quick burst may exceed")];
    public.check_doctor(WITHOUT_CGROUPS, true, &checks).await;
    let eater = public.run(WITHOUT_CGROUPS, EATER).await;
    assert!(eater.code == Some(124) && eater.stderr.contains("memory"), "{eater:?}");
}

#[tokio::test]
async fn an_unprivileged_user_runs_programs_under_one_id() {
    let public = Public::new();
    let checks = [
        ("sandbox", "ok", "hello world"),
        ("userIds", "weaker", "65534:100000:65536 in /etc/subuid"),
        ("cgroups", "weaker", "may not be written"),
    ];
    public.check_doctor(UNPRIVILEGED, true, &checks).await;
    public.check_output(UNPRIVILEGED, WHO, ONE_ID).await;
    let eater = public.run(UNPRIVILEGED, EATER).await;
    assert!(eater.code == Some(124) && eater.stderr.contains("memory"), "{eater:?}");
}

#[tokio::test]
async fn groups_that_a_user_cannot_give_up_are_named() {
    let public = Public::new();
    public.check_doctor(IN_GROUPS, true, &[("groups", "weaker", "4, 27")]).await;
    public.check_output(IN_GROUPS, "import os\nprint(len(os.getgroups()))", "2\n").await;
}

#[tokio::test]
async fn a_user_with_lent_ids_gives_each_slot_two_and_no_groups() {
    let public = Public::new();
    public.check_doctor(WITH_LENT_IDS, true, &[("userIds", "ok", "lent to this user")]).await;
    public.check_output(WITH_LENT_IDS, WHO, TWO_IDS).await;
}

#[tokio::test]
async fn root_without_the_right_to_mount_gives_ids_all_the_same() {
    let public = Public::new();
    public.check_doctor(ROOT_WITHOUT_SYS_ADMIN, true, &[("userIds", "ok", "two of its own")]).await;
    public.check_output(ROOT_WITHOUT_SYS_ADMIN, WHO, TWO_IDS).await;
}

/// On whatever host: a loopback interface is up, numbers of processes are those of a new sandbox, and no more than a share of what
/// the kernel counts for each user can be had.
const OWN: &str = "import os, resource, socket\ns = socket.create_server(('127.0.0.1', 0))\n\
    socket.create_connection(s.getsockname()).sendall(b'own')\nprint(s.accept()[0].recv(3).decode())\n\
    print(os.getpid(), os.fork() and 'parent' or os._exit(0))\n\
    print(resource.getrlimit(11)[1] <= 256, resource.getrlimit(resource.RLIMIT_MEMLOCK)[1] <= 65536)";

#[tokio::test]
async fn each_host_gives_a_program_a_loopback_interface_numbers_and_a_share_of_its_own() {
    let public = Public::new();
    for host in [THIS, WITHOUT_CGROUPS, UNPRIVILEGED, WITH_LENT_IDS, ROOT_WITHOUT_SYS_ADMIN, CONTAINER] {
        public.check_output(host, OWN, "own\n2 parent\nTrue True\n").await;
    }
}

/// An ordinary user of a small machine.
const WITH_FEW_SIGNALS: Host =
    &["prlimit", "--sigpending=1000:1000", "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];

const QUEUE_SIGNALS: &str = "import ctypes, os, signal, time\nsignal.pthread_sigmask(signal.SIG_BLOCK, [40])\n\
    libc = ctypes.CDLL(None)\nn = 0\n\
    while n < 24000 and libc.syscall(129, os.getpid(), 40, (ctypes.c_int * 32)(40, 0, -1)) == 0: n += 1\n";

#[tokio::test]
async fn signals_that_a_program_queues_are_not_taken_from_other_processes_of_its_user() {
    let public = Public::new();
    let hold = format!("{QUEUE_SIGNALS}print(0 < n < 600)\ntime.sleep(4)");
    let held = public.run(WITH_FEW_SIGNALS, &hold);
    let probe = async {
        tokio::time::sleep(std::time::Duration::from_secs(3)).await;
        let words = WITH_FEW_SIGNALS[1..].iter().chain(&["/usr/bin/python3", "-c"]);
        let code = format!("{QUEUE_SIGNALS}print(n > 0)");
        tokio::process::Command::new(WITH_FEW_SIGNALS[0])
            .args(words)
            .arg(code)
            .output()
            .await
            .expect("it runs")
    };
    let (held, probe) = tokio::join!(held, probe);
    assert_eq!((held.code, held.stdout.as_str()), (Some(0), "True\n"), "{held:?}");
    assert_eq!(String::from_utf8_lossy(&probe.stdout), "True\n", "{probe:?}");
}

#[tokio::test]
async fn root_without_other_ids_gets_an_error() {
    let public = Public::new();
    public.check_doctor(ROOT_WITHOUT_RIGHTS, false, &[("userIds", "missing", "--cap-add SETUID")]).await;
    let ended = public.run(ROOT_WITHOUT_RIGHTS, WHO).await;
    assert!(ended.code == Some(70) && ended.stderr.contains("`coderunner doctor`"), "{ended:?}");
}

#[tokio::test]
async fn an_unprivileged_container_that_leaves_proc_alone_runs_programs() {
    let public = Public::new();
    let checks = [
        ("sandbox", "ok", "hello world"),
        ("userIds", "weaker", "hostUsers: false"),
        ("cgroups", "weaker", "/sys/fs/cgroup"),
    ];
    public.check_doctor(CONTAINER, true, &checks).await;
    public.check_output(CONTAINER, WHO, ONE_ID).await;
}

#[tokio::test]
async fn the_doctor_names_the_setting_that_unmasks_proc_in_a_container() {
    let public = Public::new();
    let checks = [("sandbox", "missing", "procMount: Unmasked"), ("namespaces", "ok", "")];
    public.check_doctor(CONTAINER_WITH_MASKED_PROC, false, &checks).await;
    let ended = public.run(CONTAINER_WITH_MASKED_PROC, WHO).await;
    assert!(ended.code == Some(70) && ended.stderr.contains("could not mount proc"), "{ended:?}");
}

#[tokio::test]
async fn the_doctor_names_the_setting_that_permits_namespaces_in_a_container() {
    let public = Public::new();
    let checks = [("namespaces", "missing", "sysctl -w user.max_user_namespaces")];
    public.check_doctor(CONTAINER_WITHOUT_USER_NAMESPACES, false, &checks).await;
}
