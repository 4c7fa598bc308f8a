//! Privileges: descriptors, files, variables and capabilities of each process of a sandbox, seen from the host.
//!
//! A launcher, an init, a template and a guest hold their connections and pipes, and nothing else of the server's: no
//! descriptor, no file, no variable, no secret in memory, and no right that the architecture does not promise.

mod held;

use std::{collections::BTreeSet, fs, process::Command, time::Duration};

use held::{Kind, ProcessPrivileges};
use testkit::{Server, Setup, bash, eventually, host, python, with_limits};
use wire::LimitsBody;

/// In the server's environment and configuration, and nowhere else.
const SECRET: &str = "a-secret-of-the-servers-0c3f9d";

async fn server() -> Server {
    let env = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "DATABASE_URL"];
    let env = env.map(|name| (name, SECRET.to_owned())).into();
    let config = format!("cors_origins = [\"https://{SECRET}.example\"]\n");
    // Whichever slot the program gets, a runtime waits in the other.
    let server =
        Setup { env, prestarted: vec![("python", 2)], ..Setup::default() }.config(&config).start().await;
    let limits = LimitsBody { wall_ms: Some(30_000), ..LimitsBody::default() };
    server.client().submit(&with_limits(limits, bash("sleep 60; true"))).await;
    server
}

/// The processes of a server's sandboxes, once there is one of each kind, and a guest of each origin.
async fn sandbox_processes(server: &Server) -> Vec<ProcessPrivileges> {
    eventually("a launcher, an init, a template and two guests", Duration::from_secs(20), async || {
        let below = host::descendants(server.pid());
        let found: Vec<ProcessPrivileges> = below
            .iter()
            .filter_map(|process| ProcessPrivileges::of_sandbox(process.pid, server.pid()))
            .collect();
        let kinds: BTreeSet<Kind> = found.iter().map(|held| held.kind).collect();
        let waits = found.iter().any(|held| held.kind == Kind::Guest && held.name.starts_with("python"));
        let sleeps = found.iter().any(|held| held.kind == Kind::Guest && held.name == "sleep");
        (kinds.len() == 4 && waits && sleeps).then_some(found)
    })
    .await
}

/// Each kind has its documented privileges: `proc_pid_status(5)`.
#[tokio::test]
async fn each_holds_the_rights_that_it_is_promised() {
    let server = server().await;
    for held in sandbox_processes(&server).await {
        held.check_rights(server.ids());
    }
}

#[tokio::test]
async fn none_holds_a_descriptor_of_the_servers() {
    let server = server().await;
    let own: BTreeSet<String> = held::sockets_of(server.pid());
    assert!(own.len() > 2, "the server listens: {own:?}");
    for held in sandbox_processes(&server).await {
        held.check_descriptors(&own);
    }
}

#[tokio::test]
async fn none_has_the_servers_environment_arguments_or_secrets() {
    let server = server().await;
    assert!(held::memory_contains(server.pid(), SECRET), "where they are, they are found");
    let all = sandbox_processes(&server).await;
    for held in &all {
        held.check_environment();
        let arguments = held.file("cmdline");
        assert!(!arguments.contains(SECRET) && !arguments.contains("config"), "{held:?}: {arguments}");
    }
    for held in &all {
        assert!(!held::memory_contains(held.pid, SECRET), "{held:?} has a secret in its memory");
    }
}

#[tokio::test]
async fn none_maps_or_sees_a_file_of_the_servers() {
    let server = server().await;
    let folder = server.folder().to_string_lossy().into_owned();
    for held in sandbox_processes(&server).await {
        held.check_files(&folder);
    }
}

#[tokio::test]
async fn each_is_in_namespaces_of_its_own() {
    let server = server().await;
    for held in sandbox_processes(&server).await {
        held.check_namespaces(server.pid());
    }
}

/// Documented setting for operators who want different address layouts for all Python processes.
#[tokio::test]
async fn without_python_made_ahead_nothing_is_forked() {
    let server = Setup::with_slots(2).start().await;
    let code = "import os, time\nprint(os.getpid(), flush=True)\ntime.sleep(20)";
    server.client().submit(&python(code)).await;
    let kinds = eventually("a Python runs", Duration::from_secs(20), async || {
        let below = host::descendants(server.pid());
        let found =
            || below.iter().filter_map(|process| ProcessPrivileges::of_sandbox(process.pid, server.pid()));
        let runs = found().any(|held| held.kind == Kind::Guest && held.name.starts_with("python"));
        runs.then(|| found().map(|held| held.kind).collect::<BTreeSet<_>>())
    })
    .await;
    assert_eq!(kinds, [Kind::Launcher, Kind::Init, Kind::Guest].into());
}

/// Checks the output of `coderunner run` with this command as prefix.
fn check_run_by(wrapper: &[&str]) {
    let folder = tempfile::tempdir().expect("a folder");
    let program = folder.path().join("hello.sh");
    fs::write(&program, "echo hello").expect("a program");
    let mut command = Command::new(wrapper[0]);
    command.args(&wrapper[1..]).arg(testkit::binary()).arg("run").arg(&program);
    let output = command.output().expect("it starts");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "hello\n", "{output:?}");
    assert!(output.status.success(), "{output:?}");
}

/// As root, mounting and mapping ids are all that it takes: an operator may take the rest away.
#[test]
fn three_capabilities_are_enough_to_make_sandboxes() {
    check_run_by(&["setpriv", "--bounding-set=-all,+sys_admin,+setuid,+setgid", "--inh-caps=-all"]);
}

/// Without `CAP_SYS_NICE` a guest cannot be brought up to the usual priority.
#[test]
fn sandboxes_are_made_at_a_low_priority_too() {
    let keep = "--bounding-set=-all,+sys_admin,+setuid,+setgid";
    check_run_by(&["nice", "-n", "5", "setpriv", keep, "--inh-caps=-all"]);
}
