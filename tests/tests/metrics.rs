//! Metrics: valid Prometheus format, and every metric is documented in the guide.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use reqwest::Method;
use testkit::{Server, bash, eventually, program};

/// A metric as the guide has it, or as a page shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Metric {
    kind: String,
    labels: BTreeSet<String>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The rows of the guide's tables: name, kind, labels, meaning.
fn in_the_guide() -> BTreeMap<String, Metric> {
    let guide = fs::read_to_string(root().join("docs/guides/metrics.md")).expect("the guide");
    let rows = guide.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let [_, name, kind, labels, meaning, _] = cells[..] else { panic!("not four cells: {row}") };
        assert!(!meaning.is_empty(), "{row}");
        let labels = labels.split(", ").filter(|label| !label.is_empty()).map(str::to_owned).collect();
        (name.trim_matches('`').to_owned(), Metric { kind: kind.to_owned(), labels })
    })
    .collect()
}

/// The metrics of a page.
fn parse_page(page: &str) -> BTreeMap<String, Metric> {
    let mut shown = BTreeMap::<String, Metric>::new();
    for line in page.lines().filter(|line| !line.is_empty() && !line.starts_with("# HELP")) {
        if let Some((name, kind)) = line.strip_prefix("# TYPE ").and_then(|rest| rest.split_once(' ')) {
            kind.clone_into(&mut shown.entry(name.to_owned()).or_default().kind);
            continue;
        }
        let (series, _) = line.rsplit_once(' ').expect("a value");
        let (name, labels) = series.split_once('{').unwrap_or((series, ""));
        let of_histogram = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end));
        let base = of_histogram.filter(|base| shown.contains_key(*base)).unwrap_or(name);
        let metric = shown.get_mut(base).unwrap_or_else(|| panic!("{line} before its type"));
        let names = labels.split("\",").filter_map(|label| label.split_once("=\"")).map(|(name, _)| name);
        metric.labels.extend(names.filter(|name| *name != "le").map(str::to_owned));
    }
    shown
}

/// Every name of a metric that is written anywhere in the program.
fn in_the_source() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for folder in ["crates", "services", "coderunner"] {
        collect(&root().join(folder), &mut names);
    }
    names
}

fn collect(folder: &Path, names: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        if entry.is_dir() && !entry.ends_with("tests") {
            collect(&entry, names);
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&entry).expect("a source file");
            let literals = text.split('"').filter(|literal| literal.starts_with("coderunner_"));
            let is_name = |name: &&str| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
            names.extend(literals.filter(is_name).map(str::to_owned));
        }
    }
}

/// The page of a server that has seen all sorts of traffic.
async fn page(server: &Server) -> String {
    let client = server.client();
    client.run(&bash("echo hello > file")).await;
    client.run(&program("c", "int main(void) { return 0; }")).await;
    let id = client.submit(&bash("sleep 60")).await;
    client.follow(&id, None).await.next_named("started").await;
    client.cancel(&id).await;
    client.wait_for_result(&id).await;
    client.get("/api/no/such/thing").await;
    client.send(client.request(Method::PUT, "/api/execution/submit").body("?")).await;
    client.try_submit("", &program("none", "")).await.expect("an answer").expect(422);
    eventually("the queue is measured", Duration::from_secs(10), async || {
        let page = server.admin().get("/metrics").await.text();
        page.contains("coderunner_queue_running_jobs{").then_some(page)
    })
    .await
}

#[tokio::test]
async fn promtool_finds_nothing_to_complain_about_and_the_guide_has_all_that_is_shown() {
    let server = Server::start().await;
    let page = page(&server).await;
    let mut promtool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool is installed by scripts/install-deps test");
    promtool.stdin.take().expect("it is piped").write_all(page.as_bytes()).expect("it reads");
    let said = promtool.wait_with_output().expect("it ends");
    let complaints =
        [said.stdout, said.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(said.status.success() && complaints.is_empty(), "{complaints}\n{page}");

    let guide = in_the_guide();
    for (name, shown) in parse_page(&page) {
        let told = guide.get(&name).unwrap_or_else(|| panic!("docs/guides/metrics.md does not have {name}"));
        assert_eq!(*told, shown, "{name}: the guide, then what is shown");
    }
}

#[test]
fn the_guide_has_every_metric_that_there_is_and_no_other() {
    let own = |name: &String| name.starts_with("coderunner_");
    let guide: BTreeSet<String> = in_the_guide().into_keys().filter(own).collect();
    assert_eq!(guide, in_the_source(), "docs/guides/metrics.md, then the source");
}
