//! Diagnosis: the status and the advice of each check, on invented machines.

use std::time::Duration;

use host::{
    MemoryBudget,
    diagnosis::{
        Account, Accounting, Cgroups, CoreDumps, Environment, Facts, Features, HostReadiness, IdSource,
        LanguageFact, Machine, Namespaces, Peak, Rights, Status, Swap, Trial, TrialFailure, evaluate,
    },
};
use kernel::{Step, SubidError, UserLimits, cgroup::CgroupVersion};
use model::{Bytes, PoolKind};
use sandbox::Inodes;

/// A machine with everything.
fn complete_host() -> Facts {
    let accounting =
        Accounting { limits_swap: true, tells_refused_forks: true, holds_shares: true, peak: Peak::Counted };
    Facts {
        machine: Machine {
            kernel: "Linux 6.12.0".to_owned(),
            cores: 2,
            memory: 4 << 30,
            budget: MemoryBudget { total: Bytes::mib(4096), programs: Bytes::mib(3072), waiting: Bytes(0) },
            slots: 8,
            waiting_sessions: 0,
            swap: Swap::InUse,
        },
        account: Account {
            rights: Rights::Root,
            uid: 0,
            ids: IdSource::Own,
            not_lent: Some(SubidError::NoIds),
            groups: vec![],
            limits: UserLimits {
                signals: 31_000,
                queue_bytes: 819_200,
                locked_memory: 8 << 20,
                processes: 31_000,
            },
        },
        environment: Environment::default(),
        namespaces: Namespaces::default(),
        features: Features { seccomp: true, landlock: None, kvm: false, sets_process_numbers: true },
        core_dumps: CoreDumps { pattern: "|/usr/lib/systemd/systemd-coredump %P".to_owned(), limit: 1 },
        cgroups: Cgroups::Made(CgroupVersion::V2, accounting),
        trial: Ok(Trial { language: "Bash".to_owned(), wall: Duration::from_millis(2), inodes: Inodes::Own }),
        languages: vec![
            LanguageFact {
                id: "bash".to_owned(),
                name: "Bash".to_owned(),
                pool: PoolKind::Container,
                toolchain: Ok("GNU bash 5.2".to_owned()),
            },
            LanguageFact {
                id: "c".to_owned(),
                name: "C".to_owned(),
                pool: PoolKind::Microvm,
                toolchain: Ok("gcc 12".to_owned()),
            },
        ],
        pools: vec![PoolKind::Container],
    }
}

fn successful_trial() -> Facts {
    let account =
        Account { rights: Rights::Ordinary, uid: 1000, ids: IdSource::Shared, ..complete_host().account };
    Facts { account, ..complete_host() }
}

fn failed_trial(step: Option<Step>) -> Result<Trial, TrialFailure> {
    Err(TrialFailure { reason: "could not do it".to_owned(), step })
}

/// Checks how `id` came out, what follows for all, and that the advice contains `fix`.
#[track_caller]
fn check(facts: &Facts, id: &str, status: Status, fix: &str) {
    let report = evaluate(facts);
    let found = report.checks.iter().find(|check| check.id == id).expect("such a check");
    let verdict = match status {
        Status::Ok => HostReadiness::AllHere,
        Status::Weaker => HostReadiness::Weaker,
        Status::Missing => HostReadiness::CannotRun,
    };
    assert_eq!((found.status, report.verdict), (status, verdict), "{found:?}");
    assert!(found.fix.clone().unwrap_or_default().contains(fix), "{found:?}");
}

#[test]
fn a_machine_with_everything_lacks_nothing() {
    let report = evaluate(&complete_host());
    assert_eq!(report.verdict, HostReadiness::AllHere);
    assert!(report.checks.iter().all(|check| check.status == Status::Ok && check.fix.is_none()));
}

#[test]
fn whatever_is_not_as_it_should_be_comes_with_a_fix() {
    let bad = Facts {
        trial: failed_trial(Some(Step::UnshareNamespaces)),
        cgroups: Cgroups::Absent("none".to_owned()),
        features: Features { seccomp: false, landlock: None, kvm: false, sets_process_numbers: true },
        ..successful_trial()
    };
    let report = evaluate(&bad);
    assert!(
        report.checks.iter().all(|check| (check.status == Status::Ok) == check.fix.is_none()),
        "{report:#?}"
    );
}

#[test]
fn the_doctor_names_user_limits_that_programs_can_exhaust() {
    let limits = UserLimits { signals: 200, ..complete_host().account.limits };
    let facts = Facts { account: Account { limits, ..complete_host().account }, ..complete_host() };
    check(&facts, "userLimits", Status::Weaker, "LimitSIGPENDING=");
}

#[test]
fn the_doctor_names_the_core_dump_setting_of_the_host() {
    let with = |pattern: &str, limit| {
        let core_dumps = CoreDumps { pattern: pattern.to_owned(), limit };
        Facts { core_dumps, ..complete_host() }
    };
    for (pattern, limit) in [("core", 0), ("core", 1), ("|/usr/bin/handler", 1), ("", 0)] {
        check(&with(pattern, limit), "coreDumps", Status::Ok, "");
    }
    check(&with("|/usr/bin/handler", 0), "coreDumps", Status::Weaker, "LimitCORE=1");
    check(&with("@/run/handler", 1), "coreDumps", Status::Weaker, "kernel.core_pattern=core");
}

#[test]
fn a_kernel_that_cannot_set_process_numbers_is_weaker() {
    let facts = Facts {
        features: Features { sets_process_numbers: false, ..complete_host().features },
        ..complete_host()
    };
    check(&facts, "processNumbers", Status::Weaker, "CONFIG_CHECKPOINT_RESTORE");
}

#[test]
fn a_kernel_is_judged_by_its_first_two_numbers() {
    let with = |kernel: &str| {
        let machine = Machine { kernel: kernel.to_owned(), ..complete_host().machine };
        Facts { machine, ..complete_host() }
    };
    for kernel in ["Linux 5.12.0", "Linux 5.15.0-91-generic", "Linux 10.0", "Linux 6.1-rc1", "Darwin"] {
        check(&with(kernel), "kernel", Status::Ok, "");
    }
    for kernel in ["Linux 5.11.22", "Linux 5.4.0-1-amd64", "Linux 4.19.0"] {
        check(&with(kernel), "kernel", Status::Missing, "newer kernel");
    }
}

#[test]
fn a_user_without_subordinate_ids_shares_one_and_gets_advice() {
    let kept_by =
        |not_lent| Facts { account: Account { not_lent, ..successful_trial().account }, ..complete_host() };
    check(&successful_trial(), "userIds", Status::Weaker, "run as root");
    check(&kept_by(Some(SubidError::NoIds)), "userIds", Status::Weaker, "1000:100000:65536 in /etc/subuid");
    check(&kept_by(Some(SubidError::NoPrograms)), "userIds", Status::Weaker, "uidmap");
    check(&kept_by(Some(SubidError::NoNewPrivileges)), "userIds", Status::Weaker, "NoNewPrivileges=no");
    let root_of_a_container = Account { uid: 0, ..successful_trial().account };
    check(
        &Facts { account: root_of_a_container, ..complete_host() },
        "userIds",
        Status::Weaker,
        "hostUsers: false",
    );
    let lent = Account { ids: IdSource::Lent, not_lent: None, ..successful_trial().account };
    check(&Facts { account: lent, ..complete_host() }, "userIds", Status::Ok, "");
}

#[test]
fn groups_that_programs_are_in_are_named() {
    let account = |ids| Account { groups: vec![4, 27], ids, ..successful_trial().account };
    check(
        &Facts { account: account(IdSource::Shared), ..complete_host() },
        "groups",
        Status::Weaker,
        "setpriv --clear-groups",
    );
    let report = evaluate(&Facts { account: account(IdSource::Lent), ..complete_host() });
    assert!(report.checks.iter().all(|check| check.id != "groups"), "given up");
}

/// For writes below `/proc/sys` the kernel checks root's id, not root's capabilities.
#[test]
fn root_that_could_only_give_its_own_id_runs_nothing() {
    let account = Account { uid: 0, ids: IdSource::Refused, ..successful_trial().account };
    check(&Facts { account, ..complete_host() }, "userIds", Status::Missing, "CAP_SETUID");
}

#[test]
fn namespaces_that_settings_forbid_are_named_with_the_setting() {
    let failing = |namespaces| Facts {
        trial: failed_trial(Some(Step::UnshareNamespaces)),
        namespaces,
        ..successful_trial()
    };
    let none = Namespaces { none_allowed: vec!["max_user_namespaces"], ..Namespaces::default() };
    check(&failing(none), "namespaces", Status::Missing, "sysctl -w user.max_user_namespaces=16384");
    let debian = Namespaces { unprivileged: Some("0".to_owned()), ..Namespaces::default() };
    check(&failing(debian), "namespaces", Status::Missing, "kernel.unprivileged_userns_clone=1");
    let ubuntu = Namespaces { apparmor: Some("1".to_owned()), ..Namespaces::default() };
    check(&failing(ubuntu.clone()), "namespaces", Status::Missing, "apparmor_restrict_unprivileged_userns=0");
    let allowed_all_the_same = Facts { namespaces: ubuntu, ..complete_host() };
    check(&allowed_all_the_same, "namespaces", Status::Ok, "");
}

#[test]
fn the_doctor_lists_the_permissions_that_a_container_lacks() {
    let environment = Environment { container: true, systemd: false };
    let inside = |step| Facts { trial: failed_trial(Some(step)), environment, ..complete_host() };
    check(&inside(Step::UnshareNamespaces), "sandbox", Status::Missing, "seccomp=unconfined");
    check(&inside(Step::MountProc), "sandbox", Status::Missing, "procMount: Unmasked");
    let absent = Facts { cgroups: Cgroups::Absent("read-only".to_owned()), environment, ..complete_host() };
    check(&absent, "cgroups", Status::Weaker, "--privileged");
}

#[test]
fn what_is_missing_elsewhere_is_not_explained_twice() {
    let features = Features { seccomp: false, ..complete_host().features };
    let facts = Facts { trial: failed_trial(Some(Step::InstallFilter)), features, ..complete_host() };
    check(&facts, "sandbox", Status::Missing, "see what else is missing");
    check(&facts, "seccomp", Status::Missing, "CONFIG_SECCOMP_FILTER");
}

#[test]
fn programs_that_see_the_hosts_own_files_are_said_to_be_held_back() {
    let trial = complete_host().trial.map(|trial| Trial { inodes: Inodes::Shared, ..trial });
    check(&Facts { trial, ..complete_host() }, "toolchains", Status::Weaker, "modprobe overlay");
    check(&complete_host(), "toolchains", Status::Ok, "");
}

#[test]
fn without_cgroups_the_place_says_how_to_get_them() {
    let absent = || Cgroups::Absent("/x may not be written (denied); run as root or delegate it".to_owned());
    let systemd = Environment { container: false, systemd: true };
    check(&Facts { cgroups: absent(), ..complete_host() }, "cgroups", Status::Weaker, "mount cgroups");
    check(&Facts { cgroups: absent(), ..successful_trial() }, "cgroups", Status::Weaker, "run as root");
    let delegated = Facts { cgroups: absent(), environment: systemd, ..successful_trial() };
    check(&delegated, "cgroups", Status::Weaker, "systemd-run --user --scope -p Delegate=yes");
    let refused = Facts {
        cgroups: Cgroups::Refused(CgroupVersion::V2, "no".to_owned()),
        environment: systemd,
        ..complete_host()
    };
    check(&refused, "cgroups", Status::Missing, "Delegate=yes");
}

#[test]
fn what_a_kernels_cgroups_lack_is_named() {
    let with =
        |accounting| Facts { cgroups: Cgroups::Made(CgroupVersion::V2, accounting), ..complete_host() };
    let all =
        Accounting { limits_swap: true, tells_refused_forks: true, holds_shares: true, peak: Peak::Counted };
    check(&with(Accounting { limits_swap: false, ..all }), "swap", Status::Weaker, "swapoff");
    check(&with(Accounting { holds_shares: false, ..all }), "cpuShare", Status::Weaker, "controller cpu");
    check(&with(Accounting { peak: Peak::Sampled, ..all }), "memoryPeak", Status::Weaker, "Linux 6.12");
    check(
        &with(Accounting { tells_refused_forks: false, ..all }),
        "processes",
        Status::Weaker,
        "pids.events",
    );
}

#[test]
fn a_missing_language_is_weaker_and_no_language_is_the_end() {
    let mut facts = complete_host();
    facts.languages[0].toolchain = Err("apt install bash".to_owned());
    assert_eq!(evaluate(&facts).verdict, HostReadiness::Weaker);
    facts.languages[1].toolchain = Err("apt install gcc".to_owned());
    check(&Facts { trial: failed_trial(None), ..facts }, "sandbox", Status::Missing, "languages below");
}

#[test]
fn pools_say_where_their_languages_run() {
    let pools = evaluate(&complete_host()).pools;
    assert_eq!(pools[1].detail, "not configured; what is meant for it runs in container: C");
    assert_eq!(pools.iter().map(|pool| pool.configured).collect::<Vec<_>>(), [true, false, false]);
}

#[test]
fn what_programs_read_keeps_its_shape() {
    let told = serde_json::to_value(evaluate(&successful_trial())).expect("plain data");
    assert_eq!(told["verdict"], "weaker");
    let ids = told["checks"].as_array().expect("a list").iter().find(|check| check["id"] == "userIds");
    let expected = serde_json::json!({"id": "userIds", "group": "isolation", "status": "weaker",
        "detail": "all sandboxes share that of the user who started this",
        "fix": "run as root, or lend this user ids: a line 1000:100000:65536 in /etc/subuid and in /etc/subgid: each slot then gets ids of its own"});
    assert_eq!(ids, Some(&expected));
    let expected =
        serde_json::json!({"id": "bash", "name": "Bash", "available": true, "detail": "GNU bash 5.2"});
    assert_eq!(told["languages"][0], expected);
    assert_eq!(told["pools"][1]["pool"], "microvm");
}

#[test]
fn a_memory_budget_that_is_too_small_or_too_large_is_reported() {
    let with = |programs| {
        let budget = MemoryBudget { programs: Bytes::mib(programs), ..complete_host().machine.budget };
        Facts { machine: Machine { budget, ..complete_host().machine }, ..complete_host() }
    };
    check(&with(1024), "memoryForPrograms", Status::Ok, "");
    check(&with(1000), "memoryForPrograms", Status::Weaker, "worker.slots");
    check(&with(5000), "memoryForPrograms", Status::Weaker, "sandbox.memory_mib");
}
