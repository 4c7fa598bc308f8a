//! The registry as others see it, on an invented machine.

use std::{
    collections::BTreeMap,
    error::Error,
    fs,
    path::{Path, PathBuf},
};

use languages::{Availability, Host, Language, LanguageError, ProbeError, Registry};
use model::{Bytes, Limits, SourceFile};

/// A machine with these programs: path, where its symlinks lead, and what it writes.
#[derive(Default)]
struct Machine {
    programs: BTreeMap<PathBuf, (PathBuf, Option<String>)>,
    files: Vec<PathBuf>,
}

impl Machine {
    fn with(mut self, path: &str, resolved: &str, writes: &str) -> Self {
        self.programs.insert(path.into(), (resolved.into(), Some(writes.to_owned())));
        self
    }

    fn with_broken(mut self, path: &str) -> Self {
        self.programs.insert(path.into(), (path.into(), None));
        self
    }

    fn with_file(mut self, path: &str) -> Self {
        self.files.push(path.into());
        self
    }

    fn with_gcc() -> Self {
        Self::default().with("/usr/bin/gcc", "/usr/bin/gcc-12", "12.2.0\n").with_file("/usr/include/stdio.h")
    }
}

impl Host for Machine {
    fn executable(&self, path: &Path) -> Option<PathBuf> {
        self.programs.get(path).map(|(resolved, _)| resolved.clone())
    }

    fn exists(&self, path: &Path) -> bool {
        self.files.iter().any(|file| file == path)
    }

    fn output(&self, program: &Path, _args: &[String]) -> Result<String, ProbeError> {
        let found = self.programs.values().find(|(resolved, _)| resolved == program);
        let (_, writes) = found.expect("only programs that exist are run");
        writes.clone().ok_or_else(|| ProbeError::Failed("exit status: 1".to_owned()))
    }
}

const TOY: &str = r#"
id = "toy"
name = "Toy"
aliases = ["plaything"]
extensions = ["toy"]
main_file = "main.toy"
pool = "container"

[toolchain]
candidates = ["toy", "/opt/toy/bin/toy"]
debian = "toybox"
folders = ["/opt/toy"]
version = { args = ["-V"], after = "toy ", label = "Toy" }

[compile]
argv = ["{tool}", "build", "{sources}"]
cpu_ms = 1000
wall_ms = 2000
memory_mib = 100
processes = 4
disk_mib = 10

[run]
argv = ["{tool}", "{source}", "{args}"]

[env]
TOY = "1"
LANG = "C"

[limits]
memory_mib = 200

[hello]
code = "hello"
stdout = "hello"
"#;

fn load(files: &[(&str, &str)], host: &Machine) -> Result<Registry, LanguageError> {
    Registry::load(files.iter().map(|&(name, text)| (name, text.to_owned())), host)
}

fn toy(host: &Machine) -> Language {
    let registry = load(&[("toy.toml", TOY)], host).expect("a good file");
    registry.find("toy").expect("loaded").clone()
}

fn file(name: &str) -> SourceFile {
    SourceFile { name: name.to_owned(), content: "".into() }
}

fn working_toy() -> Language {
    toy(&Machine::default().with("/usr/bin/toy", "/usr/bin/toy-2", "toy 2.1").with_file("/opt/toy"))
}

fn reason(language: &Language) -> &str {
    match &language.availability {
        Availability::Available(toolchain) => panic!("available: {toolchain:?}"),
        Availability::Unavailable { reason } => reason,
    }
}

#[test]
fn the_built_in_files_are_valid_and_each_has_its_examples() {
    let registry = Registry::builtin(&Machine::default()).expect("valid");
    let ids: Vec<_> = registry.all().map(|language| language.id.as_str()).collect();
    assert_eq!(ids, ["bash", "c", "cpp", "javascript", "python"]);
    for language in registry.all() {
        assert_eq!(language.hello.stdout, "Hello, world!\n", "{}", language.id);
        assert!(language.examples.iter().any(|example| !example.stdin.is_empty()), "{}", language.id);
        assert!(language.examples.iter().any(|example| example.stdout.is_empty()), "{}", language.id);
    }
}

#[test]
fn a_language_without_its_toolchain_is_listed_with_the_reason() {
    let registry = Registry::builtin(&Machine::default()).expect("valid");
    let cpp = registry.find("cpp").expect("listed");
    assert_eq!(cpp.toolchain(), None);
    assert_eq!(
        reason(cpp),
        "no g++ found in /usr/bin, /usr/local/bin, /bin; on Debian or Ubuntu: apt install g++"
    );
}

#[test]
fn detection_follows_symlinks_and_reads_the_version() {
    let registry = Registry::builtin(&Machine::with_gcc()).expect("valid");
    let toolchain = registry.find("c").and_then(Language::toolchain).expect("found");
    assert_eq!(toolchain.program, Path::new("/usr/bin/gcc-12"));
    assert_eq!(toolchain.version, "12.2.0");
    assert_eq!(toolchain.description, "gcc 12.2.0");
}

#[test]
fn the_system_folder_wins_over_a_local_one() {
    let both = Machine::default()
        .with("/usr/local/bin/python3", "/usr/local/bin/python3", "Python 3.9.0")
        .with("/usr/bin/python3", "/usr/bin/python3.11", "Python 3.11.2");
    let registry = Registry::builtin(&both).expect("valid");
    let python = registry.find("python").and_then(Language::toolchain).expect("found");
    assert_eq!(python.description, "CPython 3.11.2");
}

#[test]
fn a_broken_candidate_gives_way_to_the_next_place() {
    let language = toy(&Machine::default()
        .with_broken("/usr/bin/toy")
        .with("/opt/toy/bin/toy", "/opt/toy/bin/toy", "This is toy 3.0")
        .with_file("/opt/toy"));
    let toolchain = language.toolchain().expect("found");
    assert_eq!(toolchain.description, "Toy 3.0");
    assert_eq!(toolchain.folders, [Path::new("/opt/toy")]);
}

#[test]
fn what_is_wrong_with_a_toolchain_is_said() {
    let broken = Machine::default().with_broken("/usr/bin/toy").with_file("/opt/toy");
    assert_eq!(
        reason(&toy(&broken)),
        "/usr/bin/toy: it ended with exit status: 1; on Debian or Ubuntu: apt install toybox"
    );
    let mute = Machine::default().with("/usr/bin/toy", "/usr/bin/toy", "hm").with_file("/opt/toy");
    assert!(reason(&toy(&mute)).contains("its version cannot be found"));
    let bare = Machine::default().with("/usr/bin/toy", "/usr/bin/toy", "toy 1");
    assert!(reason(&toy(&bare)).contains("/opt/toy is missing"));
    let shim = Machine::default().with("/usr/bin/toy", "/home/me/toy", "toy 1").with_file("/opt/toy");
    assert!(reason(&toy(&shim)).contains("leads to /home/me/toy, which a sandbox does not show"));
}

#[test]
fn gcc_without_the_headers_of_the_c_library_is_unavailable() {
    let machine = Machine::default().with("/usr/bin/gcc", "/usr/bin/gcc-12", "12.2.0");
    let registry = Registry::builtin(&machine).expect("valid");
    let reason = reason(registry.find("c").expect("listed"));
    assert!(reason.contains("/usr/include/stdio.h is missing"), "{reason}");
    assert!(reason.contains("apt install gcc libc6-dev"), "{reason}");
}

#[test]
fn a_run_is_the_tool_the_main_file_and_the_arguments() {
    let run = working_toy().run(&[file("a.toy"), file("b.toy")], &["x y".to_owned()]);
    assert_eq!(run.argv, ["/usr/bin/toy-2", "a.toy", "x y"]);
    assert_eq!(run.limits, None);
}

#[test]
fn compiling_takes_all_sources_and_has_limits_of_its_own() {
    let files = [file("a.toy"), file("b.toy"), file("a.h")];
    let compile = working_toy().compile(&files).expect("compiled");
    assert_eq!(compile.argv, ["/usr/bin/toy-2", "build", "a.toy", "b.toy"]);
    let limits = compile.limits.expect("its own");
    assert_eq!((limits.memory, limits.processes), (Bytes::mib(100), 4));
}

#[test]
fn an_interpreted_language_has_no_compile_command() {
    let registry = Registry::builtin(&Machine::default()).expect("valid");
    assert_eq!(registry.find("python").expect("listed").compile(&[file("main.py")]), None);
}

#[test]
fn the_environment_is_everybodys_and_then_the_languages_own() {
    let env = working_toy().run(&[], &[]).env;
    let value = |name: &str| env.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str());
    assert_eq!(value("HOME"), Some("/box"));
    assert_eq!(value("PATH"), Some("/usr/local/bin:/usr/bin:/bin"));
    assert_eq!(value("PYTHONUNBUFFERED"), Some("1"));
    assert_eq!(value("LANG"), Some("C"));
    assert_eq!(value("TOY"), Some("1"));
}

#[test]
fn a_language_changes_only_the_limits_that_it_names() {
    let expected = Limits { memory: Bytes::mib(200), ..Limits::STUDENT };
    assert_eq!(working_toy().limits(Limits::STUDENT), expected);
}

#[test]
fn languages_are_found_by_id_alias_and_file_name() {
    let registry = Registry::builtin(&Machine::default()).expect("valid");
    let id = |language: Option<&Language>| language.map(|language| language.id.to_string());
    for (name, expected) in
        [("python", "python"), ("PY", "python"), ("C++", "cpp"), ("c", "c"), ("js", "javascript")]
    {
        assert_eq!(id(registry.find(name)).as_deref(), Some(expected), "{name}");
    }
    assert_eq!(id(registry.find("cobol")), None);
    for (file, expected) in
        [("main.py", "python"), ("a.b.cpp", "cpp"), ("folder/x.CC", "cpp"), ("x.mjs", "javascript")]
    {
        assert_eq!(id(registry.by_file_name(file)).as_deref(), Some(expected), "{file}");
    }
    for file in ["py", "main.h", "Makefile", "main."] {
        assert_eq!(id(registry.by_file_name(file)), None, "{file}");
    }
    assert_eq!(registry.nearest("pyhton"), Some("python"));
    assert_eq!(registry.nearest("fortran"), None);
}

/// Checks that a change to the toy file is refused with a message, sources included, that has all these parts.
fn refused(from: &str, to: &str, because: &[&str]) {
    let text = TOY.replacen(from, to, 1);
    assert_ne!(text, TOY, "nothing was changed");
    let error = load(&[("toy.toml", &text)], &Machine::default()).expect_err("refused");
    let mut message = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        message = format!("{message}: {cause}");
        source = cause.source();
    }
    for part in because.iter().chain(&["toy.toml"]) {
        assert!(message.contains(part), "{message:?} lacks {part:?}");
    }
}

#[test]
fn a_wrong_file_is_refused_with_the_field_and_what_to_change() {
    refused("[hello]", "[hello", &["cannot be understood", "TOML parse error"]);
    refused("name = \"Toy\"", "", &["missing field `name`"]);
    refused("name = \"Toy\"", "name = 3", &["expected a string"]);
    refused("\"toy\"\nname", "\"toys\"\nname", &["`id`", "must be the file's name"]);
    refused("\"plaything\"", "\"Plaything\"", &["`aliases`", "lower case"]);
    refused("[\"toy\"]", "[\".toy\"]", &["`extensions`", "without the dot"]);
    refused("[\"toy\"]", "[]", &["`extensions`", "at least one"]);
    refused("main.toy", "main.txt", &["`main_file`", "one of the extensions"]);
    refused("main.toy", "src/main.toy", &["`main_file`", "plain file name"]);
    refused("\"container\"", "\"cloud\"", &["unknown variant `cloud`", "microvm"]);
    refused("candidates = [\"toy\"", "candidates = [\"bin/toy\"", &["`toolchain.candidates`", "absolute"]);
    refused("folders = [\"/opt/toy\"]", "folders = [\"opt\"]", &["`toolchain.folders`", "absolute"]);
    refused("\"{sources}\"", "\"{args}\"", &["`compile.argv`", "{args}"]);
    refused("\"{source}\"", "\"{src}\"", &["`run.argv`", "the placeholders are"]);
    refused("memory_mib = 100", "memory_mib = 0", &["nonzero u32"]);
    refused("TOY = \"1\"", "\"A=B\" = \"1\"", &["`env`", "="]);
}

#[test]
fn unknown_fields_are_refused_in_every_table() {
    for table in ["[toolchain]", "[compile]", "[run]", "[limits]", "[hello]"] {
        refused(table, &format!("{table}\ncolour = \"red\""), &["unknown field `colour`"]);
    }
    refused("pool =", "colour = \"red\"\npool =", &["unknown field `colour`"]);
    refused("args = [\"-V\"]", "args = [\"-V\"], colour = \"red\"", &["unknown field `colour`"]);
    let example = "[[examples]]\nname = \"x\"\ncode = \"x\"\ncolour = \"red\"\n\n[hello]";
    refused("[hello]", example, &["unknown field `colour`"]);
}

#[test]
fn examples_must_make_sense() {
    let example = "[[examples]]\nname = \"x\"\ncode = \"x\"\n";
    refused("[hello]", &format!("{example}{example}[hello]"), &["`examples.name`", "must differ"]);
    let compile = &TOY[TOY.find("[compile]").expect("there")..TOY.find("[run]").expect("there")];
    let text = format!("{}\n{example}ending = \"compile-error\"", TOY.replace(compile, ""));
    let error = load(&[("toy.toml", &text)], &Machine::default()).expect_err("refused");
    assert!(error.to_string().contains("without [compile]"), "{error}");
}

#[test]
fn two_languages_cannot_claim_the_same() {
    let other = |alias: &str, extension: &str| {
        TOY.replace("\"toy\"\nname", "\"other\"\nname")
            .replace("[\"toy\"]", &format!("[\"{extension}\"]"))
            .replace("plaything", alias)
            .replace("main.toy", &format!("main.{extension}"))
    };
    for (alias, extension, claim) in [
        ("plaything", "oth", "`aliases` has \"plaything\""),
        ("toy", "oth", "`aliases` has \"toy\""),
        ("o", "toy", "`extensions` has \"toy\""),
    ] {
        let files = [("toy.toml", TOY), ("other.toml", &other(alias, extension))];
        let message = load(&files, &Machine::default()).expect_err("refused").to_string();
        assert!(message.contains(claim) && message.contains("which toy has already"), "{message}");
    }
    let message = load(&[("toy.toml", TOY), ("toy.toml", TOY)], &Machine::default()).expect_err("refused");
    assert!(message.to_string().contains("`id` has \"toy\""), "{message}");
}

#[test]
fn a_folder_adds_languages_and_replaces_built_in_ones() {
    let folder = tempfile::tempdir().expect("a folder");
    let python = languages::builtin_files().into_iter().find(|(name, _)| name == "python.toml");
    let (_, python) = python.expect("built in");
    let replaced = python.replace("name = \"Python\"", "name = \"Our Python\"");
    for (name, text) in [("toy.toml", TOY), ("python.toml", &replaced), ("notes.md", "no language")] {
        fs::write(folder.path().join(name), text).expect("written");
    }
    let registry = Registry::load_dir(folder.path(), &Machine::default()).expect("valid");
    assert_eq!(registry.all().count(), 6);
    assert_eq!(registry.find("python").expect("there").name, "Our Python");
    assert!(registry.find("toy").is_some());
}

#[test]
fn a_missing_folder_is_an_error_that_names_it() {
    let error = Registry::load_dir(Path::new("/no/such/folder"), &Machine::default()).expect_err("missing");
    assert_eq!(error.to_string(), "cannot read /no/such/folder");
}
