//! Loading a folder of packages, and the catalogue over HTTP.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use axum::{Router, body::Body, http::Request};
use futures_util::TryStreamExt as _;
use http_body_util::BodyExt as _;
use languages::{Fleet, Host, ProbeError, Registry, builtin_files};
use model::{Bytes, Digest, Suite, TestStyle};
use problems::{LoadedProblems, Problems, Settings, load, router};
use serde_json::{Value, json};
use store::{ContentKey, Objects, Store};
use tempfile::TempDir;
use tower::ServiceExt as _;

const ADD: &str = "title: Add two numbers\nage_group: 11-14\ndifficulty: easy\ntags: [sums]\nlanguages: [python, cpp]\n\
    statement: |\n  Add **them**.\nhints: [one, two]\nstarter:\n  python: pass\nlimits: {time: 3, memory: 64}\n\
    tests:\n  - input: 1 2\n    output: '3'\nhidden_tests:\n  - input: s3cr3t 1\n    output: s3cr3t 2\n  - input: s3cr3t 3\n    output: s3cr3t 4\n";
const CALL: &str = "title: Double\ntests:\n  - call: double(2)\n    returns: 4\n";

/// A machine that has Python and nothing else.
struct SmallHost;

impl Host for SmallHost {
    fn executable(&self, path: &Path) -> Option<PathBuf> {
        path.ends_with("python3").then(|| path.to_owned())
    }

    fn exists(&self, _path: &Path) -> bool {
        true
    }

    fn output(&self, _program: &Path, _args: &[String]) -> Result<String, ProbeError> {
        Ok("Python 3.11.2".to_owned())
    }
}

struct World {
    folder: TempDir,
    store: Store,
    objects: Objects,
    settings: Settings,
}

impl World {
    async fn new(packages: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&folder.path().join("data")).await.expect("a store");
        let objects = Objects::open_folder(&folder.path().join("objects")).expect("objects");
        let world = Self { folder, store, objects, settings: Settings::default() };
        fs::create_dir(world.content()).expect("a folder");
        for (name, problem) in packages {
            world.write(&format!("{name}/problem.yaml"), problem.as_bytes());
        }
        world
    }

    fn content(&self) -> PathBuf {
        self.folder.path().join("content")
    }

    fn write(&self, path: &str, bytes: &[u8]) {
        let path = self.content().join(path);
        fs::create_dir_all(path.parent().expect("is in a folder")).expect("a folder");
        fs::write(path, bytes).expect("a file");
    }

    async fn load(&self) -> LoadedProblems {
        load(&self.content(), &self.store, &self.objects, self.settings).await
    }

    /// Slugs and numbers of what is loaded.
    async fn numbers(&self) -> Vec<(String, u64)> {
        let loaded = self.load().await;
        loaded.catalogue.all().iter().map(|problem| (problem.slug.clone(), problem.number)).collect()
    }

    async fn read(&self, key: ContentKey) -> Vec<u8> {
        let found = self.objects.get_content(key).await.expect("looks").expect("is there");
        found.pieces.try_collect::<Vec<_>>().await.expect("is sound").concat()
    }
}

fn app(loaded: LoadedProblems) -> Router {
    let registry = Registry::load(builtin_files(), &SmallHost).expect("languages");
    let fleet = Arc::new(Fleet::with_local_toolchains(registry));
    router(Problems { catalogue: Arc::new(loaded.catalogue), fleet }).into()
}

async fn get(loaded: LoadedProblems, path: &str) -> (u16, String) {
    let response = app(loaded).oneshot(Request::get(path).body(Body::empty()).expect("a request")).await;
    let (head, body) = response.expect("infallible").into_parts();
    let bytes = body.collect().await.expect("a body").to_bytes();
    (head.status.as_u16(), String::from_utf8(bytes.to_vec()).expect("text"))
}

#[tokio::test]
async fn a_package_becomes_a_problem_with_its_suite_stored_under_its_digest() {
    let world = World::new(&[("add-two", ADD), ("deep/double", CALL)]).await;
    let loaded = world.load().await;
    assert_eq!((loaded.catalogue.all().len(), loaded.rejected), (2, 0));
    let add = loaded.catalogue.by_name("add-two").expect("is there");
    assert_eq!(
        (add.title.as_str(), add.hints.len(), add.hidden_tests, add.runs),
        ("Add two numbers", 2, 2, 3)
    );
    assert_eq!(add.limits.memory, Some(Bytes::mib(64)));
    let suite = Suite::from_bytes(&world.read(ContentKey::Suite(add.suite)).await).expect("is a suite");
    assert_eq!((suite.tests().count(), suite.digest()), (3, add.suite));
    let double = loaded.catalogue.by_name("double").expect("is there");
    assert_eq!(double.style, TestStyle::Calls);
    assert_eq!(double.public_tests[0].input.as_text(), Some("double(2)"));
}

#[tokio::test]
async fn a_large_test_is_an_object_of_its_own_and_shown_by_its_beginning() {
    let world = World::new(&[("long", "title: Long\n")]).await;
    let input = "é1234567\n".repeat(5_000);
    world.write("long/tests/1.in", input.as_bytes());
    world.write("long/tests/1.out", b"5000\n");
    for _ in 0..2 {
        let loaded = world.load().await;
        let problem = loaded.catalogue.by_name("long").expect("is there");
        let shown = problem.public_tests[0].input.as_text().expect("is cut between characters");
        assert!(input.starts_with(shown) && (4_000..=4_096).contains(&shown.len()), "{}", shown.len());
        let key = ContentKey::TestData(Digest::of(input.as_bytes()));
        assert!(world.read(key).await == input.as_bytes());
    }
}

#[tokio::test]
async fn numbers_stay_when_packages_come_and_go() {
    let world = World::new(&[("b", CALL), ("c", CALL)]).await;
    let named = |pairs: &[(&str, u64)]| {
        pairs.iter().map(|(slug, number)| ((*slug).to_owned(), *number)).collect::<Vec<_>>()
    };
    assert_eq!(world.numbers().await, named(&[("b", 1), ("c", 2)]));
    world.write("a/problem.yaml", CALL.as_bytes());
    fs::remove_dir_all(world.content().join("b")).expect("is removed");
    assert_eq!(world.numbers().await, named(&[("c", 2), ("a", 3)]));
    world.write("b/problem.yaml", CALL.as_bytes());
    assert_eq!(world.numbers().await, named(&[("b", 1), ("c", 2), ("a", 3)]));
}

#[tokio::test]
async fn a_problem_with_a_uuid_keeps_its_number_under_another_name() {
    let with_id = format!("uuid: 3a0c7c0e-3b57-4a4c-8f8a-0f3a6f0b7d11\n{CALL}");
    let world = World::new(&[("old-name", &with_id), ("other", CALL)]).await;
    assert_eq!(world.numbers().await[0], ("old-name".to_owned(), 1));
    fs::rename(world.content().join("old-name"), world.content().join("z-new-name")).expect("is renamed");
    let loaded = world.load().await;
    let problem = loaded.catalogue.by_name("z-new-name").expect("is there");
    assert_eq!(problem.number, 1);
    assert_eq!(problem.id.to_string(), "3a0c7c0e-3b57-4a4c-8f8a-0f3a6f0b7d11");
}

#[tokio::test]
async fn a_changed_package_has_another_suite_and_the_old_one_stays() {
    let world = World::new(&[("double", CALL)]).await;
    let suite = async || world.load().await.catalogue.by_number(1).expect("is there").suite;
    let before = suite().await;
    world.write("double/problem.yaml", CALL.replace("returns: 4", "returns: 5").as_bytes());
    let after = suite().await;
    assert_ne!(before, after);
    for digest in [before, after] {
        assert!(Suite::from_bytes(&world.read(ContentKey::Suite(digest)).await).is_ok());
    }
}

#[tokio::test]
async fn a_suite_that_was_damaged_is_written_again() {
    let world = World::new(&[("double", CALL)]).await;
    let digest = world.load().await.catalogue.by_number(1).expect("is there").suite;
    let file = world.folder.path().join("objects/suites").join(digest.to_string());
    let sound = fs::read(&file).expect("is there");
    fs::write(&file, vec![b'x'; sound.len()]).expect("is damaged");
    world.load().await;
    assert_eq!(fs::read(&file).expect("is there"), sound);
}

#[tokio::test]
async fn what_cannot_be_used_is_counted_and_keeps_nothing_else_from_being_served() {
    let same_id = format!("uuid: 3a0c7c0e-3b57-4a4c-8f8a-0f3a6f0b7d11\n{CALL}");
    let world = World::new(&[
        ("good", CALL),
        ("broken", "title: [\n"),
        ("without-tests", "title: Nothing\n"),
        ("42", CALL),
        ("twice/good", CALL),
        ("one-id", &same_id),
        ("same-id", &same_id),
        ("bad-id", &format!("uuid: none\n{CALL}")),
    ])
    .await;
    let loaded = world.load().await;
    let slugs: Vec<&str> = loaded.catalogue.all().iter().map(|problem| problem.slug.as_str()).collect();
    assert_eq!((slugs, loaded.rejected), (vec!["good", "one-id"], 6));
    let missing = world.content().join("missing");
    let loaded = load(&missing, &world.store, &world.objects, world.settings).await;
    assert_eq!((loaded.catalogue.all().len(), loaded.rejected), (0, 1));
}

#[tokio::test]
async fn each_cap_has_a_default_and_holds() {
    let defaults = Settings::default();
    assert_eq!(
        (defaults.max_problems, defaults.max_tests, defaults.max_suite),
        (5_000, 1_000, Bytes::mib(16))
    );
    assert_eq!(defaults.time_limit.as_secs(), 2);
    for (settings, served) in [
        (defaults, 2),
        (Settings { max_tests: 2, ..defaults }, 1),
        (Settings { max_suite: Bytes(700), ..defaults }, 1),
        (Settings { max_problems: 1, ..defaults }, 1),
    ] {
        let world = World { settings, ..World::new(&[("add-two", ADD), ("double", CALL)]).await };
        let loaded = world.load().await;
        assert_eq!((loaded.catalogue.all().len(), loaded.rejected), (served, 2 - served), "{settings:?}");
    }
}

#[tokio::test]
async fn a_time_limit_that_no_package_fixes_is_the_settings() {
    let world = World::new(&[(
        "sum",
        "problem_format_version: 2025-09\nname: Sum\nuuid: 3a0c7c0e-3b57-4a4c-8f8a-0f3a6f0b7d11\n",
    )])
    .await;
    world.write("sum/data/secret/1.in", b"1 2\n");
    world.write("sum/data/secret/1.ans", b"3\n");
    let loaded = world.load().await;
    assert_eq!(loaded.catalogue.by_number(1).and_then(|one| one.limits.cpu), Some(world.settings.time_limit));
}

#[tokio::test]
async fn a_problem_is_shown_with_all_but_its_hidden_tests() {
    let world = World::new(&[("add-two", ADD), ("double", CALL)]).await;
    for name in ["add-two", "1"] {
        let (status, text) = get(world.load().await, &format!("/api/problems/{name}")).await;
        assert_eq!(status, 200, "{text}");
        let body: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(body["statementHtml"], "<p>Add <strong>them</strong>.</p>\n");
        assert_eq!(body["publicTests"], json!([{"name": "1", "input": "1 2\n", "expected": "3\n"}]));
        assert_eq!((&body["publicTestCount"], &body["hiddenTestCount"]), (&json!(1), &json!(2)));
        assert_eq!(body["starterCode"], json!({"python": "pass"}));
        assert_eq!(body["limits"], json!({"cpuMs": 3000, "memoryBytes": 67_108_864, "outputBytes": null}));
        assert_eq!((&body["languages"], &body["hintCount"]), (&json!(["python"]), &json!(2)));
        let digest = world.load().await.catalogue.by_number(1).expect("is there").suite.to_string();
        assert!(!text.contains("s3cr3t") && !text.contains(&digest), "{text}");
    }
    let (status, text) = get(world.load().await, "/api/problems/nothing").await;
    assert!(status == 404 && text.contains("problem-not-found"), "{text}");
}

#[tokio::test]
async fn hints_come_one_at_a_time_as_html_that_is_safe_to_show() {
    let hostile = ADD.replace("[one, two]", "['Use **both** numbers.', '<script>alert(1)</script>two']");
    let world = World::new(&[("add-two", &hostile), ("double", CALL)]).await;
    let hint = async |path: &str| {
        let app = app(world.load().await);
        let request = Request::post(format!("/api/problems/{path}")).body(Body::empty()).expect("a request");
        let response = app.oneshot(request).await.expect("infallible");
        let cached = response.headers()["cache-control"].to_str().expect("text").to_owned();
        assert_eq!(cached, "no-store");
        let status = response.status().as_u16();
        let bytes = response.into_body().collect().await.expect("a body").to_bytes();
        (status, String::from_utf8(bytes.to_vec()).expect("text"))
    };
    for name in ["add-two", "1"] {
        let (status, text) = hint(&format!("{name}/hints/1")).await;
        assert_eq!(status, 200, "{text}");
        let body: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(
            body,
            json!({"number": 1, "count": 2, "html": "<p>Use <strong>both</strong> numbers.</p>\n"})
        );
    }
    let (_, second) = hint("add-two/hints/2").await;
    assert!(second.contains("two") && !second.contains("script"), "{second}");
    for (path, says) in [
        ("add-two/hints/0", "the hints of this problem have the numbers 1 to 2"),
        ("add-two/hints/3", "There is no hint 3"),
        ("add-two/hints/-1", "There is no hint -1"),
        ("add-two/hints/99999999999999999999999", "There is no hint 99999999999999999999"),
        ("add-two/hints/one", "There is no hint one"),
        ("double/hints/1", "this problem has no hints"),
    ] {
        let (status, text) = hint(path).await;
        assert!(status == 404 && text.contains("hint-not-found") && text.contains(says), "{path}: {text}");
    }
    let (status, text) = hint("nothing/hints/1").await;
    assert!(status == 404 && text.contains("problem-not-found"), "{text}");
}

#[tokio::test]
async fn the_list_comes_in_pages() {
    let packages: Vec<String> = (0..5).map(|n| format!("p{n}")).collect();
    let packages: Vec<(&str, &str)> = packages.iter().map(|name| (name.as_str(), CALL)).collect();
    let world = World::new(&packages).await;
    let mut path = "/api/problems?limit=2".to_owned();
    let mut slugs = Vec::new();
    loop {
        let (status, text) = get(world.load().await, &path).await;
        assert_eq!(status, 200, "{text}");
        let body: Value = serde_json::from_str(&text).expect("JSON");
        let listed = body["problems"].as_array().expect("a list");
        assert!(listed.len() <= 2 && listed.iter().all(|one| one.get("statementHtml").is_none()));
        slugs.extend(listed.iter().map(|one| one["slug"].as_str().expect("text").to_owned()));
        match body["next"].as_u64() {
            Some(after) => path = format!("/api/problems?limit=2&after={after}"),
            None => break,
        }
    }
    assert_eq!(slugs, ["p0", "p1", "p2", "p3", "p4"]);
    for query in ["limit=0", "limit=501", "after=-1", "after=9223372036854775808", "page=2"] {
        let (status, text) = get(world.load().await, &format!("/api/problems?{query}")).await;
        assert!(status == 400 && text.contains("from 1 to 500"), "{query}: {text}");
    }
}

#[tokio::test]
async fn every_problem_that_is_shipped_is_served() {
    let world = World::new(&[]).await;
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content");
    let loaded = load(&shipped, &world.store, &world.objects, world.settings).await;
    assert_eq!(loaded.rejected, 0);
    let problems = loaded.catalogue.all();
    assert!(problems.iter().any(|problem| problem.hidden_tests > 0), "{} problems", problems.len());
    let without = problems.iter().find(|problem| problem.statement_html.is_empty());
    assert_eq!(without.map(|problem| &problem.slug), None, "has no statement that can be shown");
}

#[tokio::test]
async fn a_problem_that_is_not_to_be_shown_yet_is_not_served() {
    let dated = |date: &str| {
        format!(
            "problem_format_version: 2025-09\nname: Sum\nuuid: 3a0c7c0e-3b57-4a4c-8f8a-0f3a6f0b7d11\nembargo_until: {date}\n"
        )
    };
    for (date, served) in [("2020-01-01", 1), ("2999-01-01", 0), ("2999-01-01T00:00:00", 0)] {
        let world = World::new(&[("sum", &dated(date))]).await;
        world.write("sum/data/secret/1.in", b"1 2\n");
        world.write("sum/data/secret/1.ans", b"3\n");
        let loaded = world.load().await;
        assert_eq!((loaded.catalogue.all().len(), loaded.rejected), (served, 1 - served), "{date}");
    }
}
