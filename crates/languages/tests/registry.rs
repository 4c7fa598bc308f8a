//! Registry tests: the public interface, on a fake host.

use std::{
    collections::BTreeMap,
    error::Error,
    fs,
    path::{Path, PathBuf},
};

use languages::{Availability, ExpectedEnding, Host, Language, LanguageError, ProbeError, Registry};
use model::{Bytes, Limits, Network, SourceFile};

const MEMORY: Bytes = Bytes::mib(128);

/// A machine with these programs: path, where its symlinks lead, and what it writes.
#[derive(Default)]
struct Machine {
    programs: BTreeMap<PathBuf, (PathBuf, Option<String>)>,
    files: Vec<PathBuf>,
    /// What commands tell that are asked for a folder.
    tells: BTreeMap<PathBuf, String>,
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

    fn with_teller(mut self, path: &str, tells: &str) -> Self {
        self.tells.insert(path.into(), tells.to_owned());
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

    fn home(&self) -> Option<PathBuf> {
        Some("/home/me".into())
    }

    fn folder(&self, path: &Path) -> Option<PathBuf> {
        let resolved = if path == Path::new("/opt/link") { "/opt/real".into() } else { path.to_owned() };
        self.exists(&resolved).then_some(resolved)
    }

    fn glob(&self, pattern: &Path) -> Vec<PathBuf> {
        let fixed = pattern.to_string_lossy().replace('*', "");
        let all = self.files.iter().chain(self.programs.keys());
        all.filter(|file| file.to_string_lossy().starts_with(&fixed)).cloned().collect()
    }

    fn output_as_user(&self, program: &Path, args: &[String]) -> Result<String, ProbeError> {
        let tells = self.tells.get(program).filter(|_| args == ["where"]);
        tells.cloned().ok_or_else(|| ProbeError::Failed("exit status: 1".to_owned()))
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
inodes = 2000
open_files = 300

[run]
argv = ["{tool}", "{source}", "{args}"]

[env]
TOY = "1"
LANG = "C"

[limits]
memory_mib = 200
inodes = 3000

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
    assert_eq!(
        ids,
        [
            "bash",
            "c",
            "cpp",
            "go",
            "java",
            "javascript",
            "lua",
            "perl",
            "php",
            "python",
            "ruby",
            "rust",
            "typescript"
        ]
    );
    for language in registry.all() {
        assert_eq!(language.hello.stdout, "Hello, world!\n", "{}", language.id);
        assert!(language.examples.iter().any(|example| !example.stdin.is_empty()), "{}", language.id);
        assert!(language.examples.iter().any(|example| !example.args.is_empty()), "{}", language.id);
        assert!(language.examples.iter().any(|example| example.stderr_has.is_some()), "{}", language.id);
        let refused = language.examples.iter().any(|example| example.ending == ExpectedEnding::CompileError);
        assert_eq!(refused, language.compile(&[]).is_some(), "{}", language.id);
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
    let temporary = Machine::default().with("/usr/bin/toy", "/tmp/toy", "toy 1").with_file("/opt/toy");
    assert!(reason(&toy(&temporary)).contains("leads to /tmp/toy, but a sandbox has a /tmp of its own"));
}

/// The toy, with its candidates replaced.
fn toy_at(candidates: &str, host: &Machine) -> Language {
    let text =
        TOY.replace("[\"toy\", \"/opt/toy/bin/toy\"]", candidates).replace("folders = [\"/opt/toy\"]\n", "");
    load(&[("toy.toml", &text)], host).expect("a good file").find("toy").expect("loaded").clone()
}

#[test]
fn a_toolchain_below_a_folder_is_found_and_its_folder_shown() {
    let check = |folder: &str, real: &str| {
        let program = format!("{real}/bin/toy");
        let host = Machine::default().with(&program, &program, "toy 1.0").with_file(real);
        let candidates = format!(r#"[{{ folder = "{folder}", program = "bin/toy" }}, "toy"]"#);
        let language = toy_at(&candidates, &host);
        let toolchain = language.toolchain().unwrap_or_else(|| panic!("{folder}: {}", reason(&language)));
        assert_eq!(toolchain.program, Path::new(&program));
        assert_eq!(toolchain.folder.as_deref(), Some(Path::new(real)));
        assert_eq!(toolchain.folders, [Path::new(real)]);
    };
    check("/opt/toy", "/opt/toy");
    check("/opt/link", "/opt/real");
    check("~/.toys", "/home/me/.toys");
}

const ASKED: &str = r#"[{ folder = { told_by = ["~/bin/toy", "where"] }, program = "bin/toy" }, "toy"]"#;

#[test]
fn a_shim_in_a_home_folder_tells_where_the_toolchain_is() {
    let host = Machine::default()
        .with_teller("/home/me/bin/toy", "info: something else\n/home/me/.toys/2\n")
        .with("/home/me/.toys/2/bin/toy", "/home/me/.toys/2/bin/toy", "toy 2.0")
        .with("/usr/bin/toy", "/usr/bin/toy", "toy 1.0")
        .with_file("/home/me/.toys/2");
    let language = toy_at(ASKED, &host);
    let toolchain = language.toolchain().expect("found");
    assert_eq!(toolchain.description, "Toy 2.0");
    assert_eq!(toolchain.folders, [Path::new("/home/me/.toys/2")]);
}

#[test]
fn a_shim_that_tells_nothing_useful_gives_way() {
    let system = || Machine::default().with("/usr/bin/toy", "/usr/bin/toy", "toy 1.0");
    for host in [
        system(),
        system().with_teller("/home/me/bin/toy", ""),
        system().with_teller("/home/me/bin/toy", "not/absolute"),
        system().with_teller("/home/me/bin/toy", "/not/there"),
    ] {
        assert_eq!(toy_at(ASKED, &host).toolchain().expect("found").description, "Toy 1.0");
    }
    assert_eq!(
        reason(&toy_at(ASKED, &Machine::default())),
        "no toy found in /usr/bin, /usr/local/bin, /bin, and no ~/bin/toy; on Debian or Ubuntu: apt install toybox"
    );
}

#[test]
fn a_language_that_debian_lacks_says_how_else_to_install_it() {
    let text = TOY.replace("debian = \"toybox\"", "install = \"see https://toy.example\"");
    let language = load(&[("toy.toml", &text)], &Machine::default()).expect("valid");
    let reason = reason(language.find("toy").expect("loaded")).to_owned();
    assert!(reason.ends_with("and no /opt/toy/bin/toy; see https://toy.example"), "{reason}");
}

#[test]
fn folders_of_settings_are_shown_where_they_are_there() {
    let text = TOY.replace("folders = [", "folders_if_there = [\"/etc/toy-*\", \"/etc/none\"]\nfolders = [");
    let host = Machine::default().with("/usr/bin/toy", "/usr/bin/toy", "toy 1");
    let host = host.with_file("/opt/toy").with_file("/etc/toy-1");
    let registry = load(&[("toy.toml", &text)], &host).expect("valid");
    let toolchain = registry.find("toy").and_then(Language::toolchain).expect("found");
    assert_eq!(toolchain.folders, [Path::new("/opt/toy"), Path::new("/etc/toy-1")]);
}

#[test]
fn a_command_can_name_the_toolchains_folder() {
    let host = Machine::default().with("/opt/toy/bin/toy", "/opt/toy/bin/toy", "toy 1").with_file("/opt/toy");
    let text = TOY
        .replace("[\"toy\", \"/opt/toy/bin/toy\"]", "[{ folder = \"/opt/toy\", program = \"bin/toy\" }]")
        .replace("\"{sources}\"", "\"{folder}/lib\", \"{stem}\"");
    let registry = load(&[("toy.toml", &text)], &host).expect("valid");
    let compile = registry.find("toy").and_then(|toy| toy.compile(&[file("a.toy")])).expect("compiled");
    assert_eq!(compile.argv, ["/opt/toy/bin/toy", "build", "/opt/toy/lib", "a"]);
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
    let run = working_toy().run(&[file("a.toy"), file("b.toy")], &["x y".to_owned()], MEMORY);
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
    assert_eq!((limits.inodes, limits.open_files), (2000, 300));
}

const PREPARE: &str = r#"
[prepare]
files = { "a.toy" = "hello" }
commands = [["{tool}", "make", "a.toy"]]
keep = ["made"]
cpu_ms = 1000
wall_ms = 2000
memory_mib = 100
processes = 4
disk_mib = 10

[run]
"#;

#[test]
fn what_can_be_prepared_is_made_with_the_toolchain_and_used_once_it_is_there() {
    let text = TOY.replace("[run]\n", PREPARE).replace("\"build\"", "\"-I{prepared}\", \"build\"");
    let host = Machine::default().with("/usr/bin/toy", "/usr/bin/toy-2", "toy 2.1").with_file("/opt/toy");
    let registry = load(&[("toy.toml", &text)], &host).expect("valid");
    let toy = registry.find("toy").expect("loaded").clone();
    let preparation = toy.preparation().expect("something to prepare");
    assert_eq!(preparation.commands[0].argv, ["/usr/bin/toy-2", "make", "a.toy"]);
    assert_eq!(preparation.files, [("a.toy".to_owned(), "hello".to_owned())]);
    assert_eq!(preparation.dependencies, [Path::new("/usr/bin/toy-2")]);
    assert_eq!((preparation.limits.disk, preparation.limits.file_size), (Bytes::mib(10), Bytes::mib(10)));
    assert_eq!(toy.compile(&[]).expect("compiled").argv, ["/usr/bin/toy-2", "build", "main.toy"]);
    registry.set_prepared(&toy.id, Some("/data/toy".into()));
    let toy = registry.find("toy").expect("loaded");
    let compile = toy.compile(&[]).expect("compiled");
    assert_eq!(compile.argv, ["/usr/bin/toy-2", "-I/opt/coderunner/prepared/toy", "build", "main.toy"]);
    assert_eq!(toy.prepared().as_deref(), Some(Path::new("/data/toy")));
}

#[test]
fn a_language_without_its_toolchain_has_nothing_to_prepare() {
    let registry = Registry::builtin(&Machine::default()).expect("valid");
    assert_eq!(registry.find("cpp").expect("listed").preparation(), None);
}

#[test]
fn an_interpreted_language_has_no_compile_command() {
    let registry = Registry::builtin(&Machine::default()).expect("valid");
    assert_eq!(registry.find("python").expect("listed").compile(&[file("main.py")]), None);
}

#[test]
fn the_environment_is_everybodys_and_then_the_languages_own() {
    let env = working_toy().run(&[], &[], MEMORY).env;
    let value = |name: &str| env.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str());
    assert_eq!(value("HOME"), Some("/tmp"));
    assert_eq!(value("MPLBACKEND"), Some("Agg"));
    assert_eq!(value("PATH"), Some("/usr/local/bin:/usr/bin:/bin"));
    assert_eq!(value("PYTHONUNBUFFERED"), Some("1"));
    assert_eq!(value("LANG"), Some("C"));
    assert_eq!(value("TOY"), Some("1"));
}

#[test]
fn a_language_changes_only_the_limits_that_it_names() {
    let expected = Limits { memory: Bytes::mib(200), inodes: 3000, ..Limits::STUDENT };
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
    for (file, expected) in [
        ("main.py", "python"),
        ("a.b.cpp", "cpp"),
        ("folder/x.CC", "cpp"),
        ("x.mjs", "javascript"),
        ("x.C", "cpp"),
        ("x.c", "c"),
        ("x.c++", "cpp"),
        ("x.py3", "python"),
        ("x.PY", "python"),
    ] {
        assert_eq!(id(registry.detect_language(file)).as_deref(), Some(expected), "{file}");
    }
    for file in ["py", "main.h", "Makefile", "main."] {
        assert_eq!(id(registry.detect_language(file)), None, "{file}");
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
    refused("[\"toy\",", "[3,", &["a program's name or path, or { folder"]);
    refused("[\"toy\",", "[{ folder = \"/opt\" },", &["missing field `program`"]);
    refused("[\"toy\",", "[{ folder = \"/a\", program = \"b\", colour = 1 },", &["unknown field `colour`"]);
    refused("[\"toy\",", "[{ folder = 3, program = \"b\" },", &["a folder's path, or { told_by"]);
    for (folder, program) in
        [("\"opt\"", "b"), ("\"~me\"", "b"), ("{ told_by = [] }", "b"), ("{ told_by = [\"rustc\"] }", "b")]
    {
        let table = format!("[{{ folder = {folder}, program = \"{program}\" }},");
        refused("[\"toy\",", &table, &["`toolchain.candidates`", "begins with '/' or \"~/\""]);
    }
    for program in ["", "/usr/bin/toy", "../toy"] {
        let table = format!("[{{ folder = \"/opt\", program = \"{program}\" }},");
        refused("[\"toy\",", &table, &["`toolchain.candidates`", "below its folder"]);
    }
    refused("debian = \"toybox\"\n", "", &["`toolchain.debian`", "what to install"]);
    refused("debian =", "install = \"x\"\ndebian =", &["`toolchain.debian`", "not both"]);
    refused("\"{sources}\"", "\"{folder}\"", &["`toolchain.candidates`", "{folder}"]);
    refused("folders = [\"/opt/toy\"]", "folders_if_there = [\"opt\"]", &["`toolchain.folders`", "absolute"]);
    refused("folders = [\"/opt/toy\"]", "folders = [\"opt\"]", &["`toolchain.folders`", "absolute"]);
    refused("\"{sources}\"", "\"{args}\"", &["`compile.argv`", "{args}"]);
    refused("\"{source}\"", "\"{src}\"", &["`run.argv`", "the placeholders are"]);
    refused("\"build\"", "\"-I{prepared}\"", &["`prepare`", "is missing"]);
    let prepare = |from: &str, to: &str| PREPARE.replace(from, to);
    refused("[run]\n", &prepare("\"make\"", "\"{args}\""), &["`prepare.commands`", "{args}"]);
    refused("[run]\n", &prepare("\"made\"", ""), &["`prepare.commands`", "at least one"]);
    refused("[run]\n", &prepare("keep", "colour = 1\nkeep"), &["unknown field `colour`"]);
    refused("memory_mib = 100", "memory_mib = 0", &["nonzero u32"]);
    refused("TOY = \"1\"", "\"A=B\" = \"1\"", &["`env`", "="]);
}

#[test]
fn a_nul_in_a_language_file_failed_each_run_instead_of_the_file() {
    refused("\"{sources}\"", "\"{sources}\", \"a\\u0000\"", &["`compile.argv`", "NUL"]);
    refused("\"{source}\"", "\"{source}\", \"\\u0000\"", &["`run.argv`", "NUL"]);
    refused("TOY = \"1\"", "TOY = \"1\\u0000\"", &["`env`", "NUL"]);
    refused("args = [\"-V\"]", "args = [\"\\u0000\"]", &["`toolchain.version.args`", "NUL"]);
    refused("main.toy", "\\u0000.toy", &["`main_file`", "NUL"]);
}

#[test]
fn what_is_prepared_could_be_outside_of_the_work_folder() {
    for path in ["../made", "/made", "a/../../made", ""] {
        let prepare = PREPARE.replace("\"made\"", &format!("\"{path}\""));
        refused("[run]\n", &prepare, &["`prepare.files`", "without \"..\""]);
    }
}

#[test]
fn a_hook_could_be_anywhere_by_way_of_the_folder_where_it_must_be() {
    let hook = |path: &str| {
        let python = languages::builtin_files().into_iter().find(|(name, _)| name == "python.toml");
        let (_, python) = python.expect("built in");
        let text = python.replace("/opt/coderunner/python/sitecustomize.py", path);
        load(&[("python.toml", &text)], &Machine::default()).map(drop).map_err(|error| error.to_string())
    };
    assert_eq!(hook("/opt/coderunner/elsewhere.py"), Ok(()));
    for path in ["/opt/coderunner/../../usr/lib/x.py", "/opt/coderunner/toolchains/x.py"] {
        let error = hook(path).expect_err(path);
        assert!(error.contains("`prestart.hook_path`"), "{error}");
    }
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
fn a_word_that_would_give_every_program_a_network_is_refused() {
    refused(
        "[hello]",
        "[network]\nwords = [\"net\", \" \"]\n[hello]",
        &["`network.words`", "must not be empty"],
    );
    refused("[hello]", "[network]\nwords = []\ncolour = \"red\"\n[hello]", &["unknown field `colour`"]);
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
    assert_eq!(registry.all().count(), languages::builtin_files().len() + 1);
    assert_eq!(registry.find("python").expect("there").name, "Our Python");
    assert!(registry.find("toy").is_some());
}

#[test]
fn of_the_examples_only_those_with_sockets_ask_for_a_network() {
    let registry = Registry::builtin(&Machine::default()).expect("sound language files");
    for language in registry.all() {
        for example in std::iter::once(&language.hello).chain(&language.examples) {
            let files =
                [SourceFile { name: language.main_file.clone(), content: example.code.as_str().into() }];
            let expected =
                if example.name.ends_with("over loopback") { Network::Loopback } else { Network::None };
            assert_eq!(language.network_for(&files), expected, "{}: {}", language.name, example.name);
        }
    }
    let with_sockets =
        |language: &&Language| language.examples.iter().any(|one| one.name.ends_with("over loopback"));
    assert!(registry.all().filter(with_sockets).count() >= 10);
}

#[test]
fn the_guides_language_is_added_by_its_file_alone() {
    let guide = include_str!("../../../docs/guides/add-a-language.md");
    let (_, text) = guide.split_once("```toml\n").expect("a file");
    let (text, _) = text.split_once("```").expect("its end");
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("awk.toml"), text).expect("written");
    let machine = Machine::default().with("/usr/bin/mawk", "/usr/bin/mawk", "mawk 1.3.4 20200120\n");
    let registry = Registry::load_dir(folder.path(), &machine).expect("valid");
    let awk = registry.detect_language("sum.awk").expect("added");
    assert_eq!(awk.toolchain().expect("found").description, "mawk 1.3.4");
    assert_eq!(awk.run(&[file("sum.awk")], &[], MEMORY).argv, ["/usr/bin/mawk", "-f", "sum.awk", "--"]);
}

#[test]
fn a_missing_folder_is_an_error_that_names_it() {
    let error = Registry::load_dir(Path::new("/no/such/folder"), &Machine::default()).expect_err("missing");
    assert_eq!(error.to_string(), "cannot read /no/such/folder");
}
