//! Layers: allowed dependencies between crates, and `unsafe` in the crate `kernel` only.
//!
//! The rules are pure functions over a list of crates, tested on invented ones first; the last two tests read the real workspace from
//! `cargo metadata` and its sources. Dev-dependencies are not restricted.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

/// A crate of the workspace, as far as the rules look at it.
struct Crate {
    name: String,
    /// Its folder, seen from the workspace's.
    folder: PathBuf,
    /// The crates of the workspace that it is built from, dev-dependencies left out.
    uses: Vec<String>,
}

/// The tiers from the bottom up. A crate uses only tiers below its own, never its neighbours.
const TIERS: [&[&str]; 8] = [
    &["model"],
    &["checktestdata", "diagnostics", "kernel", "languages", "wire", "judge", "traffic"],
    &["sandbox", "store", "broker", "package"],
    &["worker", SERVICES],
    &["host"],
    &["verifier"],
    &["coderunner"],
    &["bench"],
];
/// All crates in `services/`, in the lists of tiers.
const SERVICES: &str = "services/*";

/// For tests only: no crate is built from these, and these are built from any.
const OUTSIDE: [&str; 3] = ["fuzzkit", "testkit", "system-tests"];

/// Crates that no service uses, though they are in a lower tier: the worker runs programs, and is reached through the broker.
const NOT_FOR_SERVICES: [&str; 2] = ["kernel", "sandbox"];

/// Crates whose mechanisms the binary leaves to other crates: it reads configuration, connects parts, and talks to a terminal.
const NOT_FOR_THE_BINARY: [&str; 4] = ["kernel", "judge", "sandbox", "checktestdata"];

/// The most lines of Rust in the binary crate. Raise it only for commands, options and settings; everything else has a crate.
const MAX_BINARY_LINES: usize = 8_400;

/// All that the gateway uses: it is nothing but middleware and routing.
const FOR_THE_GATEWAY: [&str; 3] = ["model", "wire", "traffic"];

/// Every breach of the rules, as a sentence with advice.
fn breaches(crates: &[Crate]) -> Vec<String> {
    crates.iter().flat_map(|own| breaches_of(own, crates)).collect()
}

fn breaches_of(own: &Crate, crates: &[Crate]) -> Vec<String> {
    if is_outside(own) {
        return Vec::new();
    }
    let Some(tier) = tier(own) else {
        return vec![format!("{} has no tier: give it one in TIERS in tests/tests/layers.rs", own.name)];
    };
    let used = own.uses.iter().filter_map(|name| crates.iter().find(|other| other.name == *name));
    used.filter_map(|other| breach(own, tier, other)).collect()
}

fn breach(own: &Crate, own_tier: usize, other: &Crate) -> Option<String> {
    let pair = format!("{} uses {}", own.name, other.name);
    if is_outside(other) {
        return Some(format!("{pair}, which is for tests: make it a dev-dependency"));
    }
    if is_service(own) && is_service(other) {
        return Some(format!("{pair}, but services never use each other: meet in model, store or broker"));
    }
    if own.name == "gateway" && !FOR_THE_GATEWAY.contains(&other.name.as_str()) {
        return Some(format!("{pair}, but the gateway is middleware and routing over {FOR_THE_GATEWAY:?}"));
    }
    if is_service(own) && NOT_FOR_SERVICES.contains(&other.name.as_str()) {
        return Some(format!("{pair}, but only the worker runs programs: enqueue a job at the broker"));
    }
    if own.name == "coderunner" && NOT_FOR_THE_BINARY.contains(&other.name.as_str()) {
        return Some(format!(
            "{pair}, but the binary has no domain logic: move it to host, verifier, worker or package"
        ));
    }
    match tier(other) {
        Some(other_tier) if other_tier == own_tier => Some(format!(
            "{pair}, its neighbour in tier {own_tier}: move what both need to a lower tier, or merge the two"
        )),
        Some(other_tier) if other_tier > own_tier => Some(format!(
            "{pair}, which is above it (tier {other_tier} over {own_tier}): turn the dependency round"
        )),
        // A crate without a tier is reported once, as itself.
        Some(_) | None => None,
    }
}

fn tier(of: &Crate) -> Option<usize> {
    let name = if is_service(of) { SERVICES } else { of.name.as_str() };
    TIERS.iter().position(|tier| tier.contains(&name))
}

fn is_service(of: &Crate) -> bool {
    of.folder.starts_with("services")
}

fn is_outside(of: &Crate) -> bool {
    OUTSIDE.contains(&of.name.as_str())
}

/// The lint that keeps `unsafe` out; in two parts, so that this file does not find itself.
const UNSAFE_LINT: &str = concat!("unsafe", "_code");

/// The lines of a source file that would let `unsafe` in, from 1.
fn lines_that_allow_unsafe(source: &str) -> Vec<usize> {
    let lets_in = |line: &str| {
        let code = line.split("//").next().unwrap_or_default();
        code.contains(UNSAFE_LINT) && !code.contains("deny(") && !code.contains("forbid(")
    };
    source.lines().enumerate().filter(|(_, line)| lets_in(line)).map(|(n, _)| n + 1).collect()
}

/// Whether a manifest takes the lints of the workspace, all of them and nothing else.
fn takes_workspace_lints(manifest: &str) -> bool {
    let lines: Vec<_> = manifest.lines().map(str::trim).collect();
    lines.windows(2).any(|pair| pair == ["[lints]", "workspace = true"])
}

fn test_crate(name: &str, folder: &str, uses: &[&str]) -> Crate {
    let uses = uses.iter().map(|&name| name.to_owned()).collect();
    Crate { name: name.to_owned(), folder: folder.into(), uses }
}

/// Adds `own` to a valid workspace and checks that the only breach contains `expected`; `None` for no breach.
fn check(own: Crate, expected: Option<&str>) {
    let mut crates = vec![own];
    for sound in [
        test_crate("model", "crates/model", &["serde"]),
        test_crate("kernel", "crates/kernel", &["model", "libc"]),
        test_crate("wire", "crates/wire", &["model"]),
        test_crate("sandbox", "crates/sandbox", &["kernel", "model"]),
        test_crate("store", "crates/store", &["model"]),
        test_crate("broker", "crates/broker", &["model"]),
        test_crate("execution", "services/execution", &["wire", "store", "broker"]),
        test_crate("worker", "crates/worker", &["sandbox", "store", "broker"]),
        test_crate("coderunner", "coderunner", &["worker", "execution", "host"]),
        test_crate("host", "crates/host", &["worker", "kernel"]),
        test_crate("testkit", "crates/testkit", &["coderunner", "model"]),
    ] {
        if sound.name != crates[0].name {
            crates.push(sound);
        }
    }
    let found = breaches(&crates);
    match expected {
        None => assert_eq!(found, [""; 0]),
        Some(part) => assert!(found.len() == 1 && found[0].contains(part), "{found:?} is not one {part:?}"),
    }
}

#[test]
fn using_lower_tiers_is_sound() {
    check(test_crate("worker", "crates/worker", &["model", "kernel", "sandbox", "tokio"]), None);
    check(test_crate("gateway", "services/gateway", &["model", "wire"]), None);
    check(test_crate("system-tests", "tests", &["coderunner", "testkit"]), None);
}

#[test]
fn each_kind_of_breach_is_found() {
    for (own, expected) in [
        (test_crate("kernel", "crates/kernel", &["sandbox"]), "which is above it (tier 2 over 1)"),
        (test_crate("model", "crates/model", &["coderunner"]), "turn the dependency round"),
        (test_crate("store", "crates/store", &["broker"]), "store uses broker, its neighbour"),
        (test_crate("worker", "crates/worker", &["execution"]), "its neighbour in tier 3"),
        (test_crate("auth", "services/auth", &["execution"]), "services never use each other"),
        (test_crate("auth", "services/auth", &["sandbox"]), "only the worker runs programs"),
        (test_crate("coderunner", "coderunner", &["kernel"]), "the binary has no domain logic"),
        (test_crate("auth", "services/auth", &["host"]), "turn the dependency round"),
        (test_crate("gateway", "services/gateway", &["store"]), "the gateway is middleware and routing"),
        (test_crate("broker", "crates/broker", &["testkit"]), "make it a dev-dependency"),
        (test_crate("helpers", "crates/helpers", &[]), "helpers has no tier"),
    ] {
        check(own, Some(expected));
    }
}

#[test]
fn letting_unsafe_in_is_found() {
    let lint = UNSAFE_LINT;
    let source =
        format!("//! {lint}\n#![deny({lint})]\n#[allow({lint})]\n#[expect(\n    {lint},\n)]\nfn f() {{}}");
    assert_eq!(lines_that_allow_unsafe(&source), [3, 5]);
    assert!(takes_workspace_lints("[package]\n\n[lints]\nworkspace = true\n"));
    assert!(!takes_workspace_lints("[lints.rust]\nmissing_docs = \"allow\"\n"));
}

#[test]
fn dependencies_point_downwards() {
    let found = breaches(&crates(&workspace()));
    assert!(found.is_empty(), "the layers of ARCHITECTURE.md are broken:\n{}", list(&found));
}

/// The tiers in the first code block of a document that begins with `model ←`.
fn documented_tiers(document: &str) -> Vec<Vec<String>> {
    let block = document.split("```").find(|block| block.trim_start().starts_with("model ←"));
    let tiers = block.expect("a list of the tiers").split('←');
    let names = |tier: &str| tier.split(',').map(|name| name.trim().to_owned()).collect();
    tiers.map(names).collect()
}

#[test]
fn the_documents_name_the_same_tiers() {
    let root = workspace().workspace_root;
    for document in ["ARCHITECTURE.md", "STYLE.md"] {
        let tiers = documented_tiers(&read(root.join(document).as_std_path()));
        assert_eq!(tiers, TIERS, "{document} and TIERS in tests/tests/layers.rs differ");
    }
}

#[test]
fn every_crate_of_a_tier_exists() {
    let crates = crates(&workspace());
    let exists = |name: &str| name == SERVICES || crates.iter().any(|own| own.name == name);
    let missing: Vec<&str> = TIERS.iter().copied().flatten().copied().filter(|name| !exists(name)).collect();
    assert_eq!(missing, [""; 0], "TIERS in tests/tests/layers.rs names crates that do not exist");
}

#[test]
fn the_binary_crate_stays_thin() {
    let metadata = workspace();
    let binary = metadata.workspace_packages().into_iter().find(|package| package.name == "coderunner");
    let folder = folder(binary.expect("the binary")).join("src");
    let lines: usize = sources(&folder).iter().map(|source| read(source).lines().count()).sum();
    assert!(
        lines <= MAX_BINARY_LINES,
        "coderunner/src has {lines} lines, more than {MAX_BINARY_LINES}: move domain logic to host, verifier, worker or package"
    );
}

#[test]
fn only_the_kernel_crate_lets_unsafe_in() {
    let mut found = Vec::new();
    for package in workspace().workspace_packages().into_iter().filter(|package| package.name != "kernel") {
        let manifest = package.manifest_path.as_std_path();
        if !takes_workspace_lints(&read(manifest)) {
            found.push(format!("{}: add [lints] with workspace = true", manifest.display()));
        }
        for source in sources(folder(package)) {
            let lines = lines_that_allow_unsafe(&read(&source));
            found.extend(lines.iter().map(|line| format!("{}:{line}", source.display())));
        }
    }
    assert!(found.is_empty(), "unsafe code belongs in crates/kernel alone:\n{}", list(&found));
}

fn workspace() -> Metadata {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml");
    MetadataCommand::new().manifest_path(manifest).no_deps().exec().expect("cargo reads the workspace")
}

fn crates(metadata: &Metadata) -> Vec<Crate> {
    let root = metadata.workspace_root.as_std_path();
    let packages = metadata.workspace_packages().into_iter();
    packages.map(|package| as_crate(package, root)).collect()
}

fn as_crate(package: &Package, root: &Path) -> Crate {
    let uses =
        package.dependencies.iter().filter(|dependency| dependency.kind != DependencyKind::Development);
    Crate {
        name: package.name.to_string(),
        folder: folder(package).strip_prefix(root).expect("members are in the workspace").to_owned(),
        uses: uses.map(|dependency| dependency.name.clone()).collect(),
    }
}

fn folder(package: &Package) -> &Path {
    package.manifest_path.parent().expect("a manifest is in a folder").as_std_path()
}

/// Every Rust file below the folder.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder of the workspace");
    let paths = entries.map(|entry| entry.expect("a readable entry").path());
    paths
        .flat_map(|path| match path.extension() {
            _ if path.is_dir() => sources(&path),
            Some(extension) if extension == "rs" => vec![path],
            _ => Vec::new(),
        })
        .collect()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn list(lines: &[String]) -> String {
    lines.iter().fold(String::new(), |mut text, line| {
        writeln!(text, "  - {line}").expect("a string takes all");
        text
    })
}
