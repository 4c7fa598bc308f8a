//! Generated client: TypeScript client generated from the OpenAPI description, which uses every route and every kind of frame.
//!
//! It is written in TypeScript (`tests/client`), so that the compiler checks it against the types that were generated, and it judges
//! all that it receives by the description, fields that are not described being errors. ADR 0069 has the reasons.

use std::{
    env, fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Stdio,
};

use testkit::Setup;
use tokio::process::Command;

const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/client");

const ADD_TWO: &str = "title: Add two numbers\nhints: [Read both numbers.]\ntests:\n  - input: 1 2\n    output: \"3\"\nhidden_tests:\n  - input: 20 22\n    output: \"42\"\n";

/// Where `scripts/install-deps test` puts the generator, the compiler and the libraries.
fn modules() -> PathBuf {
    let home = env::var_os("HOME").expect("a home folder");
    let folder = Path::new(&home).join(".cache/coderunner/api-client");
    let lock = |folder: &Path| fs::read(folder.join("package-lock.json")).ok();
    assert!(
        lock(&folder).is_some() && lock(&folder) == lock(Path::new(SOURCES)),
        "{} is not what tests/client wants: run scripts/install-deps test",
        folder.display()
    );
    folder.join("node_modules")
}

/// A folder with the sources and their dependencies, for new files.
fn workshop() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let sources = folder.path().join("src");
    fs::create_dir(&sources).expect("a folder");
    for entry in fs::read_dir(Path::new(SOURCES).join("src")).expect("the client's sources") {
        let file = entry.expect("a file");
        fs::copy(file.path(), sources.join(file.file_name())).expect("a copy");
    }
    for name in ["package.json", "tsconfig.json"] {
        fs::copy(Path::new(SOURCES).join(name), folder.path().join(name)).expect("a copy");
    }
    symlink(modules(), folder.path().join("node_modules")).expect("a link");
    folder
}

/// Runs a script with Node, and returns what it printed.
async fn node(folder: &Path, script: &str, arguments: &[&str]) -> String {
    let node = Command::new("node")
        .arg(script)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let ended = node.await.expect("node starts");
    let printed = String::from_utf8_lossy(&ended.stdout).into_owned();
    let complaints = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{script}: {}\n{printed}\n{complaints}", ended.status);
    printed
}

#[tokio::test]
async fn a_generated_client_drives_every_route_and_every_kind_of_frame() {
    let setup =
        Setup::with_slots(1).config("[session]\nmost = 2\n").with_content("add-two/problem.yaml", ADD_TWO);
    let server = setup.start().await;
    let folder = workshop();
    let document = server.client().get("/openapi.json").await.expect(200).body;
    fs::write(folder.path().join("openapi.json"), document).expect("a file");
    let generator = "node_modules/openapi-typescript/bin/cli.js";
    node(folder.path(), generator, &["openapi.json", "--output", "src/api.d.ts"]).await;
    node(folder.path(), "node_modules/typescript/bin/tsc", &["--project", "."]).await;
    let printed = node(folder.path(), "built/main.js", &[server.client().base(), "openapi.json"]).await;
    assert!(printed.contains("routes and kinds of frames were driven"), "{printed}");
}
