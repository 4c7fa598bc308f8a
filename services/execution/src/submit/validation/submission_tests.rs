use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use languages::{Fleet, Host, ProbeError, Registry, builtin_files};
use model::{Bytes, Catalogue, Digest, Limits, LimitsRequest, Network, Problem, ProblemId, TestStyle};
use serde_json::{Value, json};

use super::*;
use crate::{Pools, SubmissionLimits};

/// A machine that has Python and gcc, and nothing else.
struct SmallHost;

impl Host for SmallHost {
    fn executable(&self, path: &Path) -> Option<PathBuf> {
        let name = path.file_name()?.to_str()?;
        ["python3", "gcc"].contains(&name).then(|| path.to_owned())
    }

    fn exists(&self, _path: &Path) -> bool {
        true
    }

    fn output(&self, program: &Path, _args: &[String]) -> Result<String, ProbeError> {
        let version = if program.ends_with("gcc") { "12.2.0" } else { "Python 3.11.2" };
        Ok(version.to_owned())
    }
}

pub(super) fn fleet() -> Fleet {
    Fleet::with_local_toolchains(Registry::load(builtin_files(), &SmallHost).expect("built-in languages"))
}

fn validate_json(body: Value, caller: &Principal) -> Result<ValidSubmission, Vec<FieldError>> {
    let body = serde_json::from_value(body).expect("a body of the right shape");
    check(
        body,
        &ValidationContext {
            fleet: &fleet(),
            settings: &Settings::default(),
            caller,
            trust: Trust::Standard,
        },
    )
}

/// A problem of one test that says nothing.
pub(super) fn problem(number: u64, slug: &str) -> Problem {
    Problem {
        id: ProblemId::from_u128(u128::from(number)),
        number,
        slug: slug.to_owned(),
        title: slug.to_owned(),
        difficulty: None,
        tags: Vec::new(),
        age_group: None,
        statement_html: String::new(),
        starters: BTreeMap::new(),
        hints: Vec::new(),
        languages: None,
        limits: LimitsRequest::default(),
        style: TestStyle::Streams,
        public_tests: Vec::new(),
        hidden_tests: 1,
        runs: 1,
        validator_limits: None,
        suite: Digest::of(slug.as_bytes()),
    }
}

pub(super) fn catalogue() -> Catalogue {
    Catalogue::new(vec![problem(1, "add-two"), problem(2, "fizz")])
}

fn anonymous() -> Principal {
    Principal::Anonymous("192.0.2.1".into())
}

/// A Python program with these fields added or replaced.
fn python(changes: &Value) -> Value {
    let mut body = json!({"language": "python", "code": "print(1)"});
    for (field, value) in changes.as_object().expect("an object") {
        body[field] = value.clone();
    }
    body
}

fn check_accepted(changes: &Value) -> ValidSubmission {
    validate_json(python(changes), &anonymous())
        .unwrap_or_else(|errors| panic!("{changes} was refused: {errors:?}"))
}

/// Checks that exactly `field` is refused, in words that contain `says`.
#[track_caller]
fn check_refused(body: Value, field: &str, says: &str) {
    let shown: String = body.to_string().chars().take(200).collect();
    let errors = validate_json(body, &anonymous()).expect_err(&shown);
    let fields: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
    assert_eq!(fields, [field], "{shown}: {errors:?}");
    assert!(errors[0].message.contains(says), "{shown}: {:?} does not say {says:?}", errors[0].message);
}

fn files(names: &[&str]) -> Value {
    names.iter().map(|name| json!({"name": name, "content": "x"})).collect()
}

#[test]
fn the_smallest_submission_gets_all_defaults() {
    let checked = check_accepted(&json!({}));
    assert_eq!((checked.pool, checked.priority), (PoolKind::Container, Priority::Normal));
    let submission = checked.submission;
    assert_eq!(submission.language.as_str(), "python");
    assert_eq!(submission.files.len(), 1);
    assert_eq!(submission.files[0].name, "main.py");
    assert!(submission.stdin.is_empty() && submission.args.is_empty() && !submission.artifacts);
}

#[test]
fn what_is_asked_for_is_in_the_submission() {
    let limits = json!({"cpuMs": 5000, "wallMs": 10_000, "memoryBytes": 67_108_864, "outputBytes": 100, "processes": 3});
    let checked = check_accepted(&json!({
        "version": ">=3.10", "files": [{"name": "data.txt", "content": "aGk=", "encoding": "base64"}],
        "stdin": "hi\n", "args": ["a"], "limits": limits, "problemId": 42, "priority": "low", "artifacts": true,
    }));
    assert_eq!(checked.priority, Priority::Low);
    let submission = checked.submission;
    let names: Vec<_> = submission.files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["main.py", "data.txt"]);
    assert_eq!(submission.files[1].content.as_bytes(), b"hi");
    assert_eq!(submission.stdin.as_text(), Some("hi\n"));
    assert_eq!(submission.args, ["a"]);
    assert!(submission.artifacts);
    let Limits { cpu, wall, memory, output, processes, .. } = submission.limits;
    assert_eq!((cpu.as_millis(), wall.as_millis()), (5000, 10_000));
    assert_eq!((memory, output, processes), (Bytes::mib(64), Bytes(100), 3));
}

#[test]
fn a_network_is_none_loopback_or_left_to_the_sources() {
    let network = |changes: Value| check_accepted(&changes).submission.network;
    assert_eq!(network(json!({"network": "loopback"})), Some(Network::Loopback));
    assert_eq!(network(json!({"network": "none"})), Some(Network::None));
    assert_eq!((network(json!({"network": null})), network(json!({}))), (None, None));
}

#[test]
fn unusual_but_fine() {
    for changes in [
        json!({"language": "py"}),
        json!({"language": "PYTHON"}),
        json!({"version": "3.11"}),
        json!({"version": "*"}),
        json!({"version": ">=3.8, <4"}),
        json!({"priority": "low"}),
        json!({"problemId": "add-two"}),
        json!({"stdin": null, "args": null, "limits": null, "files": null, "artifacts": null}),
        json!({"stdin": "\u{0}"}),
        json!({"stdin": "x".repeat(1024 * 1024)}),
        json!({"args": ["", "ü", "two words"]}),
        json!({"args": vec!["x".repeat(4095); 24]}),
        json!({"code": "#".repeat(256 * 1024)}),
        json!({"files": files(&["Ünïcode name.txt"])}),
        json!({"files": files(&["-x.py", "@args", "a.b.c"])}),
        json!({"files": files(&["x".repeat(255).as_str()])}),
        json!({"files": files(&["pkg/a.py", "pkg/sub/b.py", "data/in.txt", "1/2/3/4/5/6/7/8/x"])}),
        json!({"options": {}}),
        json!({"options": null}),
        json!({"options": {"optimize": "2", "warnings": ["error"], "flags": ["-b", "-Xdev"]}}),
        json!({"files": [{"name": "nul.bin", "content": "AAA=", "encoding": "base64"}]}),
        json!({"files": [{"name": "empty", "content": ""}]}),
        json!({"limits": {"cpuMs": 1, "wallMs": 1, "outputBytes": 1, "processes": 1}}),
        json!({"limits": {"cpuMs": 10_000, "wallMs": 30_000, "memoryBytes": 268_435_456, "processes": 50}}),
    ] {
        check_accepted(&changes);
    }
}

#[test]
fn languages_and_versions_that_are_not_here() {
    for (changes, field, says) in [
        (json!({"language": "pyhton"}), "language", "did you mean \"python\"?"),
        (json!({"language": "cobol"}), "language", "there are bash, c, cpp, "),
        (json!({"language": ""}), "language", "no language"),
        (json!({"language": "x".repeat(100_000)}), "language", "xxx\"…"),
        (json!({"language": "javascript"}), "language", "JavaScript, which cannot run here: "),
        (json!({"version": ">=3.12"}), "version", "of Python there is 3.11.2 (CPython 3.11.2)"),
        (json!({"version": "2"}), "version", "cannot be met"),
        (json!({"version": "newest"}), "version", "must be a version requirement such as \">=3.10\""),
        (json!({"version": ""}), "version", "not \"\""),
        (json!({"version": format!(">=3.10.0-{}", "a".repeat(92))}), "version", "may have at most 100 bytes"),
    ] {
        check_refused(python(&changes), field, says);
    }
}

#[test]
fn programs_that_are_none() {
    for (changes, field, says) in [
        (json!({"code": null}), "code", "is required, unless"),
        (json!({"code": null, "files": []}), "code", "is required, unless"),
        (json!({"code": ""}), "code", "must not be empty"),
        (json!({"code": " \n\t"}), "code", "must not be empty"),
        (json!({"code": "a\nb\u{0}c"}), "code", "NUL characters; there is one in line 2"),
        (json!({"code": "x".repeat(256 * 1024 + 1)}), "code", "at most 256 KiB; it has 262145 bytes"),
        (json!({"code": null, "files": [{"name": "a.py", "content": ""}]}), "files[0].content", "empty"),
        (json!({"code": null, "files": [{"name": "a.py", "content": "\u{0}"}]}), "files[0].content", "NUL"),
    ] {
        check_refused(python(&changes), field, says);
    }
}

#[test]
fn file_names_that_could_leave_their_folder_or_confuse() {
    for (name, says) in [
        ("", "must not be empty"),
        (".", "begins with a dot"),
        ("..", "begins with a dot"),
        (".hidden", "begins with a dot"),
        ("../up.txt", "begins with a dot, as \"../up.txt\" has"),
        ("a/../../up.txt", "begins with a dot"),
        ("/etc/passwd", "not an absolute one as \"/etc/passwd\" is"),
        ("a//b", "an empty part"),
        ("a/", "an empty part"),
        ("1/2/3/4/5/6/7/8/9/x", "at most 8 folders; it is in 9"),
        ("a\\b", "/ between folders and no \\"),
        ("..\\up", "/ between folders and no \\"),
        ("a\u{0}b", "characters that cannot be seen"),
        ("a\nb", "characters that cannot be seen"),
        ("a\u{7f}", "characters that cannot be seen"),
        ("a\u{85}", "characters that cannot be seen"),
        ("gpj\u{202e}exe", "characters that cannot be seen"),
        ("a\u{2028}b", "characters that cannot be seen"),
        ("a\u{200b}b", "characters that cannot be seen"),
        ("x".repeat(256).as_str(), "at most 255 bytes with its folders; it has 256"),
        ("ü".repeat(128).as_str(), "at most 255 bytes with its folders; it has 256"),
    ] {
        check_refused(python(&json!({"files": files(&[name])})), "files[0].name", says);
    }
}

#[test]
fn files_that_are_too_many_too_large_or_the_same() {
    let many: Vec<String> = (0..20).map(|n| format!("f{n}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let large = "x".repeat(1024 * 1024 + 1);
    for (changes, field, says) in [
        (json!({"files": files(&many)}), "files", "at most 20 together with the code; there are 21"),
        (json!({"files": files(&["a", "b", "a"])}), "files", "different names; \"a\" comes twice"),
        (json!({"files": files(&["main.py"])}), "files", "\"main.py\" comes twice"),
        (json!({"files": files(&["pkg/a", "pkg/a"])}), "files", "\"pkg/a\" comes twice"),
        (
            json!({"files": files(&["pkg/a", "pkg"])}),
            "files",
            "\"pkg\" is a file, and \"pkg/a\" is in a folder",
        ),
        (json!({"files": files(&["main.py/a"])}), "files", "\"main.py\" is a file"),
        (json!({"files": [{"name": "a", "content": large}]}), "files[0].content", "at most 1 MiB"),
        (
            json!({"files": [{"name": "a", "content": "?", "encoding": "base64"}]}),
            "files[0].content",
            "must be base64",
        ),
    ] {
        check_refused(python(&changes), field, says);
    }
    let body = json!({"language": "python", "files": files(&many)});
    assert!(validate_json(body, &anonymous()).is_ok(), "twenty files without code are fine");
}

#[test]
fn names_of_files_are_as_long_and_deep_as_the_settings_allow() {
    let names = model::FileNameLimits { max_length: Bytes(9), max_folders: 1 };
    let submissions = SubmissionLimits { names, ..SubmissionLimits::default() };
    let settings = Settings { submissions, ..Settings::default() };
    let (fleet, caller) = (fleet(), anonymous());
    let rules =
        ValidationContext { fleet: &fleet, settings: &settings, caller: &caller, trust: Trust::Standard };
    for (name, message) in [
        ("a/2345678", None),
        ("a/23456789", Some("must be at most 9 bytes with its folders; it has 10")),
        ("a/b/c", Some("must be in at most 1 folders; it is in 2")),
    ] {
        let body = serde_json::from_value(python(&json!({"files": files(&[name])}))).expect("a body");
        let errors = check(body, &rules).err().map(|errors| errors[0].message.clone());
        assert_eq!(errors.as_deref(), message, "{name}");
    }
}

#[test]
fn unknown_options_are_refused_with_those_of_the_language() {
    let c = |options: Value| json!({"language": "c", "code": "int main(void) {}", "options": options});
    for (options, field, says) in [
        (json!({"std": "c++20"}), "options.std", "must be one of c89, c99, c11, c17, c2x, "),
        (json!({"std": ""}), "options.std", "not \"\""),
        (json!({"std": []}), "options.std", "takes one value, and there are 0"),
        (json!({"std": ["c99", "c11"]}), "options.std", "takes one value, and there are 2"),
        (
            json!({"edition": "2021"}),
            "options.edition",
            "no option of C; there are std, optimize, warnings, flags",
        ),
        (json!({"flags": ["-g", "-g"]}), "options.flags", "\"-g\" comes twice"),
        (json!({"flags": ["-o", "x"]}), "options.flags", "must be some of -g, "),
        (json!({"flags": "-fplugin=./x.so"}), "options.flags", "not \"-fplugin=./x.so\""),
        (json!({"a\nb": "x"}), "options.\"a\\u{a}b\"", "no option of C"),
    ] {
        check_refused(c(options), field, says);
    }
    // Each had a sentence in the answer, which was ten times as long as the request.
    let many: serde_json::Map<_, _> = (0..1000).map(|n| (format!("o{n}"), json!("x"))).collect();
    let errors = validate_json(c(Value::Object(many)), &anonymous()).expect_err("too many");
    assert_eq!(
        (errors.len(), errors[0].field.as_str(), errors[0].message.as_str()),
        (1, "options", "must be at most 50; there are 1000")
    );
    let both = validate_json(c(json!({"std": "x", "flags": "y"})), &anonymous()).expect_err("two are wrong");
    assert_eq!(both.len(), 2, "{both:?}");
}

#[test]
fn chosen_options_are_in_the_submission() {
    let body = json!({"language": "c", "code": "int main(void) {}", "options": {"std": "c99", "flags": ["-g", "-Wvla"]}});
    let options = validate_json(body, &anonymous()).expect("are there").submission.options;
    assert_eq!(options.get("std"), Some(&["c99".to_owned()][..]));
    assert_eq!(options.get("flags"), Some(&["-g".to_owned(), "-Wvla".to_owned()][..]));
    assert_eq!(options.get("optimize"), None);
}

#[test]
fn the_defaults_of_a_language_can_be_requested() {
    let (fleet, settings) = (fleet(), Settings::default());
    for name in ["python", "c"] {
        let language = fleet.registry().find(name).expect("is known");
        let (defaults, max) = (usual_limits(language, &settings), max_limits(language, &settings));
        let body = |limits: Value| json!({"language": name, "code": "x", "limits": limits});
        let given =
            |limits| validate_json(body(limits), &anonymous()).map(|checked| checked.submission.limits);
        assert_eq!(given(json!({})).expect("accepted"), defaults, "{name}");
        let millis = |time: std::time::Duration| u64::try_from(time.as_millis()).expect("fits");
        for (field, value) in [
            ("cpuMs", millis(max.cpu)),
            ("wallMs", millis(max.wall)),
            ("memoryBytes", max.memory.get()),
            ("outputBytes", max.output.get()),
            ("processes", max.processes.into()),
        ] {
            assert!(given(json!({field: value})).is_ok(), "{name} {field}");
            assert!(given(json!({field: value + 1})).is_err(), "{name} {field}");
        }
    }
}

#[test]
fn input_that_is_too_large_or_cannot_be_passed() {
    for (changes, field, says) in [
        (json!({"stdin": "x".repeat(1024 * 1024 + 1)}), "stdin", "at most 1 MiB; it has 1048577 bytes"),
        (json!({"args": vec!["a"; 65]}), "args", "at most 64 arguments; there are 65"),
        (json!({"args": ["ok", "x".repeat(4097)]}), "args[1]", "at most 4 KiB; it has 4097 bytes"),
        (json!({"args": ["a\u{0}b"]}), "args[0]", "NUL"),
        (
            json!({"args": vec!["x".repeat(4096); 24]}),
            "args",
            "at most 96 KiB together, each with a byte at its end; there are 98328",
        ),
        (json!({"priority": "high"}), "priority", "unless you are signed in"),
    ] {
        check_refused(python(&changes), field, says);
    }
}

#[test]
fn memory_that_no_run_can_ever_have_is_refused_and_the_usual_is_cut_to_it() {
    let settings = Settings { memory: Bytes::mib(96), ..Settings::default() };
    let (fleet, caller) = (fleet(), anonymous());
    let rules =
        ValidationContext { fleet: &fleet, settings: &settings, caller: &caller, trust: Trust::Standard };
    let check = |changes| check(serde_json::from_value(python(&changes)).expect("a body"), &rules);
    let defaults = check(json!({})).expect("nothing was asked for");
    assert_eq!(defaults.submission.limits.memory, Bytes::mib(96));
    let errors = check(json!({"limits": {"memoryBytes": 134_217_728}})).expect_err("more than there is");
    let message = "must be between 4194304 and 100663296";
    assert_eq!(errors, [FieldError::new("limits.memoryBytes", message)]);
}

#[test]
fn limits_out_of_range() {
    for (limits, field, says) in [
        (json!({"cpuMs": 0}), "limits.cpuMs", "must be between 1 and 10000"),
        (json!({"cpuMs": 10_001}), "limits.cpuMs", "must be between 1 and 10000"),
        (json!({"cpuMs": u64::MAX}), "limits.cpuMs", "must be between 1 and 10000"),
        (json!({"wallMs": 0}), "limits.wallMs", "must be between 1 and 30000"),
        (json!({"wallMs": 30_001}), "limits.wallMs", "must be between 1 and 30000"),
        (json!({"memoryBytes": 1}), "limits.memoryBytes", "must be between 4194304 and 268435456"),
        (json!({"memoryBytes": 268_435_457}), "limits.memoryBytes", "between 4194304 and 268435456"),
        (json!({"outputBytes": 0}), "limits.outputBytes", "must be between 1 and 1048576"),
        (json!({"outputBytes": 1_048_577}), "limits.outputBytes", "must be between 1 and 1048576"),
        (json!({"processes": 0}), "limits.processes", "must be between 1 and 50"),
        (json!({"cpus": 0}), "limits.cpus", "must be between 0.1 and 1"),
        (json!({"cpus": 0.09}), "limits.cpus", "must be between 0.1 and 1"),
        (json!({"cpus": -0.5}), "limits.cpus", "must be between 0.1 and 1"),
        (json!({"cpus": 1.01}), "limits.cpus", "must be between 0.1 and 1"),
        (json!({"cpus": 1e300}), "limits.cpus", "must be between 0.1 and 1"),
        (json!({"processes": 1_000_000_000_000_u64}), "limits.processes", "must be between 1 and 50"),
    ] {
        check_refused(python(&json!({"limits": limits})), field, says);
    }
}

#[test]
fn a_run_has_half_a_processor_or_its_requested_share() {
    let share = |limits: Value| check_accepted(&json!({"limits": limits})).submission.limits.cpus;
    assert_eq!(share(json!({})), Cpus::HALF);
    assert_eq!(share(json!({"cpus": 0.25})), Cpus::thousandths(250));
    assert_eq!(share(json!({"cpus": 1})), Cpus::ONE);
}

#[test]
fn more_than_half_a_processor_is_for_a_stronger_pool() {
    let configured = vec![PoolKind::Container, PoolKind::Microvm];
    let settings = Settings { pools: Pools { configured, ..Pools::default() }, ..Settings::default() };
    let rules = ValidationContext {
        fleet: &fleet(),
        settings: &settings,
        caller: &anonymous(),
        trust: Trust::Standard,
    };
    for (cpus, pool) in [(0.5, PoolKind::Container), (0.501, PoolKind::Microvm), (2.0, PoolKind::Microvm)] {
        let body = python(&json!({"limits": {"cpus": cpus}}));
        let checked = check(serde_json::from_value(body).expect("a body"), &rules).expect("may run");
        assert_eq!(checked.pool, pool, "{cpus}");
    }
}

#[test]
fn a_stronger_pool_allows_more() {
    let body = json!({"language": "c", "code": "int main(){}", "limits": {"memoryBytes": 1_073_741_824, "cpuMs": 30_000}});
    let errors = validate_json(body.clone(), &anonymous()).expect_err("the container pool allows less");
    assert_eq!(errors.len(), 2, "{errors:?}");
    let configured = vec![PoolKind::Container, PoolKind::Microvm];
    let both = Pools { configured, ..Pools::default() };
    let settings = Settings { pools: both, ..Settings::default() };
    let rules = ValidationContext {
        fleet: &fleet(),
        settings: &settings,
        caller: &anonymous(),
        trust: Trust::Standard,
    };
    let checked =
        check(serde_json::from_value(body).expect("a body"), &rules).expect("a microvm may have 1 GiB");
    assert_eq!(checked.pool, PoolKind::Microvm);
}

#[test]
fn what_there_is_no_pool_for_may_be_refused() {
    let pools = Pools { missing: crate::MissingPoolPolicy::Refuse, ..Pools::default() };
    let settings = Settings { pools, ..Settings::default() };
    let (fleet, caller) = (fleet(), anonymous());
    let rules =
        ValidationContext { fleet: &fleet, settings: &settings, caller: &caller, trust: Trust::Standard };
    let body = json!({"language": "c", "code": "int main(){}"});
    let errors = check(serde_json::from_value(body).expect("a body"), &rules).expect_err("it has no microvm");
    let message = "names C, meant for the pool microvm, which is not there";
    assert_eq!(errors, [FieldError::new("language", message)]);
    check(serde_json::from_value(python(&json!({}))).expect("a body"), &rules).expect("Python needs none");
}

#[test]
fn everything_wrong_is_reported_at_once() {
    let body = json!({"language": "cobol", "code": "", "args": ["\u{0}"], "priority": "high",
        "limits": {"cpuMs": 0, "processes": 0}, "files": files(&["../x"])});
    let errors = validate_json(body, &anonymous()).expect_err("nothing in it is right");
    let mut fields: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
    fields.sort_unstable();
    assert_eq!(
        fields,
        ["args[0]", "code", "files[0].name", "language", "limits.cpuMs", "limits.processes", "priority"]
    );
}

#[test]
fn high_priority_is_for_those_we_know() {
    let body = python(&json!({"priority": "high"}));
    let checked = validate_json(body, &Principal::Account("ada".into())).expect("accounts may");
    assert_eq!(checked.priority, Priority::High);
}

/// An installation that gives a language more than its pool allows has said so in the language's file.
#[test]
fn a_language_that_needs_more_than_its_pool_allows_gets_it() {
    let files = builtin_files().into_iter().map(|(name, text)| {
        let text = if name == "python.toml" { format!("{text}\n[limits]\nmemory_mib = 512\n") } else { text };
        (name, text)
    });
    let registry = Registry::load(files, &SmallHost).expect("python.toml names no limits of its own");
    let fleet = Fleet::with_local_toolchains(registry);
    let settings = Settings::default();
    let rules = ValidationContext {
        fleet: &fleet,
        settings: &settings,
        caller: &anonymous(),
        trust: Trust::Standard,
    };
    let body = serde_json::from_value(python(&json!({}))).expect("a body");
    let checked = check(body, &rules).expect("accepted");
    assert_eq!(checked.submission.limits.memory, Bytes::mib(512));
}
