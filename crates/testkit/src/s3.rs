//! S3 of a test: moto's in-memory server.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

use crate::daemon::Daemon;

/// A running server with an empty bucket.
#[derive(Debug)]
pub struct S3 {
    life: Daemon,
    _folder: TempDir,
}

impl S3 {
    /// The bucket that exists from the start.
    pub const BUCKET: &str = "files";

    /// Starts one, and makes its bucket.
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let life = Daemon::start(folder.path(), |port| command(folder.path(), port)).await;
        let made = reqwest::Client::new().put(format!("http://{}/{}", life.at(), Self::BUCKET)).send().await;
        made.and_then(reqwest::Response::error_for_status).expect("the bucket is made");
        Self { life, _folder: folder }
    }

    /// Environment variables that direct S3 clients to it.
    pub fn environment(&self) -> Vec<(String, String)> {
        let endpoint = format!("http://{}", self.life.at());
        [
            ("AWS_ENDPOINT", endpoint.as_str()),
            ("AWS_ALLOW_HTTP", "true"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "somebody"),
            ("AWS_SECRET_ACCESS_KEY", "a secret"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
    }
}

fn command(folder: &Path, port: u16) -> Command {
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let mut command = Command::new(home.join(".cache/coderunner/moto/bin/moto_server"));
    command.args(["-H", "127.0.0.1", "-p", &port.to_string()]).current_dir(folder);
    command
}
