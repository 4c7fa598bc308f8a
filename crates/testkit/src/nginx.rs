//! Nginx of a test, with the configuration of `deploy/nginx` except for the addresses.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

use crate::{Client, Server, daemon::Daemon, host};

/// A running nginx in front of some servers.
#[derive(Debug)]
pub struct Nginx {
    life: Daemon,
    _folder: TempDir,
}

impl Nginx {
    /// Starts it in front of these servers, at their current addresses.
    pub async fn in_front_of(servers: &[&Server]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let addresses: Vec<&str> =
            servers.iter().map(|server| server.client().base().trim_start_matches("http://")).collect();
        let life = Daemon::start(folder.path(), |port| {
            set_up(folder.path(), port, &addresses);
            command(folder.path())
        })
        .await;
        Self { life, _folder: folder }
    }

    /// A client of its address.
    pub fn client(&self) -> Client {
        Client::new(&format!("http://{}", self.life.at()))
    }

    /// Its log: a line for each request.
    pub fn log(&self) -> String {
        self.life.log()
    }
}

/// The files of `deploy/nginx`, with these addresses in place of the ones that an operator changes.
fn set_up(folder: &Path, port: u16, servers: &[&str]) {
    let shipped = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/nginx"));
    for entry in fs::read_dir(&shipped).expect("deploy/nginx").flatten() {
        fs::copy(entry.path(), folder.join(entry.file_name())).expect("a copy");
    }
    let upstreams = fs::read_to_string(shipped.join("upstreams.conf")).expect("deploy/nginx/upstreams.conf");
    let (mut written, mut told) = (String::new(), false);
    for line in upstreams.lines() {
        let is_server = line.trim_start().starts_with("server ");
        if is_server && !told {
            let rest = line.split_once(" max_fails").expect("a server with its limits").1;
            for server in servers {
                written.extend(["  server ", server, " max_fails", rest, "\n"]);
            }
        } else if !is_server {
            written.extend([line, "\n"]);
        }
        told = is_server;
    }
    fs::write(folder.join("upstreams.conf"), written).expect("a file");
    fs::write(folder.join("listen.conf"), format!("listen 127.0.0.1:{port};\nserver_name _;\n"))
        .expect("a file");
}

fn command(folder: &Path) -> Command {
    let mut command = Command::new("/usr/sbin/nginx");
    // Its workers must read the test's folder, which belongs to the user of the test.
    let more = if host::is_root() { "daemon off; user root;" } else { "daemon off;" };
    command
        .arg("-p")
        .arg(folder)
        .arg("-c")
        .arg(folder.join("nginx.conf"))
        .args(["-g", more])
        .current_dir(folder);
    command
}
