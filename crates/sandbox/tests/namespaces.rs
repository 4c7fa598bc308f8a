//! Namespaces: no file in `/proc/self/ns` of a guest is shared with the host or another sandbox, because a shared file can be
//! locked.

mod common;

use std::{collections::BTreeSet, process::Command};

use common::settings;
use kernel::cgroup::Layout;
use model::{Bytes, Ending, Limits, Network, Stream};
use sandbox::{DiskQuota, Pool, PoolSettings, Program};
use tokio_util::sync::CancellationToken;

const PYTHON: &str = "/usr/bin/python3";

/// All namespaces of a process: `time:[4026531834]` and so on, one per line.
const NAMESPACES: &str = "import os, time\nfor name in sorted(os.listdir('/proc/self/ns')): print(name, os.readlink('/proc/self/ns/' + name))\n\
    print('all', flush=True)\ntime.sleep(2)";

fn namespaces(listed: &str) -> BTreeSet<String> {
    let of = |line: &str| line.split_once(' ').map(|(_, namespace)| namespace.to_owned());
    listed.lines().filter_map(of).collect()
}

/// Two sandboxes at once and this process have no namespace in common, whose file would be one for all of them.
async fn check_namespaces(settings: PoolSettings, network: Network) {
    let pool = Pool::start(PoolSettings { slots: 2, ..settings }).await.expect("the pool starts");
    let listed = async || {
        let lease = pool.lease(None, Bytes::mib(200)).await.expect("a lease");
        let mut sandbox = lease.open(&[], DiskQuota::STANDARD).expect("a sandbox");
        let argv = [PYTHON, "-c", NAMESPACES].map(str::to_owned).to_vec();
        let program = Program { network, ..Program::new(argv, vec![], Limits::STUDENT) };
        let outcome = sandbox.run(&program, &CancellationToken::new(), &mut |_, _| {}).await.expect("a run");
        pool.take_back(sandbox.finish());
        let text = String::from_utf8_lossy(&outcome.transcript.of(Stream::Stdout)).into_owned();
        assert!(outcome.ending == Ending::Exited(0) && text.ends_with("all\n"), "{outcome:?}");
        namespaces(&text)
    };
    let own = Command::new(PYTHON).args(["-c", NAMESPACES]).output().expect("it runs");
    let host = namespaces(&String::from_utf8_lossy(&own.stdout));
    let (one, other) = tokio::join!(listed(), listed());
    // That of processes is there twice, as is that of time where there is one.
    assert!(host.len() >= 7 && one.len() == host.len(), "{host:?} {one:?}");
    for (a, b) in [(&one, &other), (&one, &host), (&other, &host)] {
        let common: Vec<_> = a.intersection(b).collect();
        assert!(common.is_empty(), "{common:?}");
    }
}

#[tokio::test]
async fn two_sandboxes_and_the_host_have_no_namespace_in_common() {
    for network in [Network::None, Network::Loopback] {
        check_namespaces(settings(Layout::of_this_process(), None), network).await;
    }
}

#[tokio::test]
async fn nor_have_they_without_cgroups() {
    check_namespaces(settings(Layout::None { reason: "a test".to_owned() }, None), Network::None).await;
}
