//! Folders and options: programs of several files, and language options, over HTTP in every installed language.

use testkit::{Server, Setup, grade_request, program};
use wire::{FileBody, GradeBody, JobStatusName, OptionValue, SubmitBody, VerdictName};

fn of_files(language: &str, files: &[(&str, &str)]) -> SubmitBody {
    SubmitBody { language: language.to_owned(), files: Some(bodies(files)), ..SubmitBody::default() }
}

fn bodies(files: &[(&str, &str)]) -> Vec<FileBody> {
    let file = |&(name, content): &(&str, &str)| FileBody {
        name: name.to_owned(),
        content: content.to_owned(),
        encoding: None,
    };
    files.iter().map(file).collect()
}

fn choosing(program: SubmitBody, options: &[(&str, &str)]) -> SubmitBody {
    let options =
        options.iter().map(|(name, value)| ((*name).to_owned(), OptionValue::One((*value).to_owned())));
    SubmitBody { options: Some(options.collect()), ..program }
}

/// Runs it and checks its output.
async fn check(server: &Server, program: SubmitBody, stdout: &str) {
    let job = server.client().run(&program).await;
    let run = job.run.as_ref().unwrap_or_else(|| panic!("not run: {job:#?}"));
    assert_eq!((run.exit_code, run.stdout.as_str()), (Some(0), stdout), "{job:#?}");
}

#[expect(clippy::too_many_lines, reason = "a program for each language")]
#[tokio::test]
async fn files_in_folders_are_imported_as_their_language_does_it() {
    let server = Server::start().await;
    let python: &[_] = &[
        (
            "main.py",
            "from pkg.inner.b import b\nimport pkg.a\nprint(pkg.a.a(), b(), open('data/in.txt').read())",
        ),
        ("pkg/__init__.py", ""),
        ("pkg/a.py", "from .inner import b as other\ndef a(): return 'a' + other.b()"),
        ("pkg/inner/b.py", "def b(): return 'b'"),
        ("data/in.txt", "data"),
    ];
    let from_a_folder: &[_] =
        &[("src/start.py", "import near\nprint(near.said)"), ("src/near.py", "said = 'near'")];
    let c: &[_] = &[
        (
            "main.c",
            "#include <stdio.h>\n#include \"shapes/square.h\"\nint main(void) { printf(\"%d\\n\", square(3)); }",
        ),
        ("shapes/square.h", "#include \"math/times.h\"\nint square(int);"),
        ("shapes/square.c", "#include \"square.h\"\nint square(int n) { return times(n, n); }"),
        ("math/times.h", "int times(int, int);"),
        ("math/times.c", "#include \"math/times.h\"\nint times(int a, int b) { return a * b; }"),
        // Beside the program, it is not found in place of the system's own.
        ("string.h", "#error not this one"),
    ];
    let cpp: &[_] = &[
        (
            "main.cpp",
            "#include <bits/stdc++.h>\n#include \"sub/x.h\"\nint main() { std::cout << x() << std::endl; }",
        ),
        ("sub/x.h", "int x();"),
        ("sub/x.cpp", "#include \"sub/x.h\"\nint x() { return 7; }"),
    ];
    let java: &[_] = &[
        (
            "app/Main.java",
            "package app;\nimport app.util.Greeting;\npublic class Main { public static void main(String[] a) { System.out.println(Greeting.of(\"you\")); } }",
        ),
        (
            "app/util/Greeting.java",
            "package app.util;\npublic class Greeting { public static String of(String name) { return \"hi \" + name; } }",
        ),
    ];
    let rust: &[_] = &[
        ("main.rs", "mod shapes;\nfn main() { println!(\"{}\", shapes::round::area(2)); }"),
        ("shapes/mod.rs", "pub mod round;"),
        ("shapes/round.rs", "pub fn area(r: i32) -> i32 { 3 * r * r }"),
    ];
    let go: &[_] = &[
        (
            "main.go",
            "package main\nimport (\n\t\"fmt\"\n\t\"./shapes\"\n)\nfunc main() { fmt.Println(shapes.Area(2), near()) }",
        ),
        ("near.go", "package main\nfunc near() string { return \"near\" }"),
        ("shapes/round.go", "package shapes\nfunc Area(r int) int { return 3 * r * r }"),
    ];
    let go_module: &[_] = &[
        (
            "cmd/shop/main.go",
            "package main\nimport (\n\t\"fmt\"\n\t\"example.com/shop/prices\"\n)\nfunc main() { fmt.Println(prices.Of(\"tea\")) }",
        ),
        ("go.mod", "module example.com/shop\n\ngo 1.19\n"),
        ("prices/prices.go", "package prices\nfunc Of(what string) int { return len(what) }"),
    ];
    let javascript: &[_] = &[
        ("main.js", "const { x } = require('./lib/x');\nconsole.log(x());"),
        ("lib/x.js", "exports.x = () => require('./inner/y').y;"),
        ("lib/inner/y.js", "exports.y = 'y';"),
    ];
    let typescript: &[_] = &[
        ("main.ts", "import { x } from './lib/x';\nconsole.log(x(2));"),
        ("lib/x.ts", "export function x(n: number): number { return n * 2; }"),
    ];
    let ruby: &[_] = &[
        ("main.rb", "require_relative 'lib/x'\nrequire './lib/y'\nputs x + y"),
        ("lib/x.rb", "def x = 'x'"),
        ("lib/y.rb", "def y = 'y'"),
    ];
    let php: &[_] = &[
        ("main.php", "<?php require 'lib/x.php'; echo x(), \"\\n\";"),
        ("lib/x.php", "<?php function x() { return 'x'; }"),
    ];
    let lua: &[_] =
        &[("main.lua", "local x = require('lib.x')\nprint(x.y)"), ("lib/x.lua", "return { y = 'y' }")];
    let perl: &[_] = &[
        ("main.pl", "use Shop::Prices; print Shop::Prices::of('tea'), \"\\n\";"),
        ("Shop/Prices.pm", "package Shop::Prices; sub of { length $_[0] } 1;"),
    ];
    let bash: &[_] = &[("main.sh", "source lib/x.sh\nx"), ("lib/x.sh", "x() { echo x; }")];
    for (language, files, stdout) in [
        ("python", python, "ab b data\n"),
        ("python", from_a_folder, "near\n"),
        ("c", c, "9\n"),
        ("cpp", cpp, "7\n"),
        ("java", java, "hi you\n"),
        ("rust", rust, "12\n"),
        ("go", go, "12 near\n"),
        ("go", go_module, "3\n"),
        ("javascript", javascript, "y\n"),
        ("ruby", ruby, "xy\n"),
        ("php", php, "x\n"),
        ("lua", lua, "y\n"),
        ("perl", perl, "3\n"),
        ("bash", bash, "x\n"),
    ] {
        check(&server, of_files(language, files), stdout).await;
    }
    // Not on every machine.
    let listed = server.client().get("/api/languages").await.json();
    let has_typescript = listed["languages"]
        .as_array()
        .expect("a list")
        .iter()
        .any(|one| one["id"] == "typescript" && one["available"] == true);
    if has_typescript {
        check(&server, of_files("typescript", typescript), "4\n").await;
    }
}

#[tokio::test]
async fn a_file_that_a_class_would_be_named_over_a_folder_keeps_its_name() {
    let server = Server::start().await;
    let hello = "public class Hello { public static void main(String[] a) { System.out.println(1); } }";
    let job =
        server.client().run(&of_files("java", &[("Main.java", hello), ("Hello.java/x.txt", "x")])).await;
    // A class in a file of another name is a compile error of the program.
    assert_eq!((job.status, job.run), (JobStatusName::Completed, None), "{:?}", job.output);
    assert!(job.output.contains("should be declared in a file named Hello.java"), "{}", job.output);
}

const ADD: &str = "title: Add two numbers\ntests:\n  - input: 1 2\n    output: '3'\nhidden_tests:\n  - input: 5 5\n    output: '10'\n";

#[tokio::test]
async fn a_program_that_is_judged_may_have_folders_and_options_too() {
    let server = Setup::default().with_content("problems/add/problem.yaml", ADD).start().await;
    let files = [
        ("main.py", "from lib.adding import add\nassert False\nprint(add(*map(int, input().split())))"),
        ("lib/adding.py", "def add(a, b): return a + b"),
    ];
    let options = [("optimize".to_owned(), OptionValue::One("1".to_owned()))].into();
    let solution = GradeBody {
        code: None,
        files: Some(bodies(&files)),
        options: Some(options),
        ..grade_request("add", "python", "")
    };
    let job = server.client().grade(&solution).await;
    let grading = job.grading.as_ref().unwrap_or_else(|| panic!("not judged: {job:#?}"));
    assert_eq!((grading.verdict, grading.passed), (VerdictName::Accepted, 2), "{job:#?}");
}

#[tokio::test]
async fn what_is_left_behind_in_folders_comes_back_with_them() {
    let server = Server::start().await;
    let program = "import os\nos.makedirs('out/deep')\nopen('out/deep/x.txt', 'w').write('x')\nopen('data/in.txt', 'a').write('!')";
    let files = bodies(&[("data/in.txt", "in"), ("data/same.txt", "same")]);
    let program =
        SubmitBody { files: Some(files), artifacts: Some(true), ..testkit::program("python", program) };
    let job = server.client().run(&program).await;
    let mut names: Vec<_> = job.artifacts.iter().map(|artifact| artifact.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["data/in.txt", "out/deep/x.txt"], "{job:#?}");
    let changed = job.artifacts.iter().find(|artifact| artifact.name == "data/in.txt").expect("is there");
    assert_eq!(server.client().get(&changed.url).await.text(), "in!");
}

#[tokio::test]
async fn options_change_how_a_program_is_compiled_and_run() {
    let server = Server::start().await;
    let standard = |language: &str, value: &str| {
        let code = "#include <stdio.h>\nint main() { printf(\"%ld\\n\", (long)STANDARD); }";
        let name = if language == "c" { "__STDC_VERSION__" } else { "__cplusplus" };
        choosing(program(language, &code.replace("STANDARD", name)), &[("std", value)])
    };
    check(&server, standard("c", "c99"), "199901\n").await;
    check(&server, standard("c", "c11"), "201112\n").await;
    check(&server, standard("cpp", "c++17"), "201703\n").await;
    check(&server, standard("cpp", "gnu++20"), "202002\n").await;
    let with_header = "#include <bits/stdc++.h>\nint main() { std::cout << __cplusplus << std::endl; }";
    check(&server, choosing(program("cpp", with_header), &[("std", "c++14")]), "201402\n").await;
    let wraps = "fn main() { let n = std::env::args().count() as u8; println!(\"{}\", n * 255 + n); }";
    check(&server, choosing(program("rust", wraps), &[("overflow-checks", "off")]), "0\n").await;
    let old = "fn main() { let async = 1; println!(\"{}\", async); }";
    check(&server, choosing(program("rust", old), &[("edition", "2015")]), "1\n").await;
    let asserts = "assert False\nprint(__debug__)";
    check(&server, choosing(program("python", asserts), &[("optimize", "1")]), "False\n").await;
    let asserting = "public class Main { public static void main(String[] a) { boolean on = false; assert on = true; System.out.println(on); } }";
    check(&server, program("java", asserting), "false\n").await;
    check(
        &server,
        choosing(program("java", asserting), &[("assertions", "on"), ("release", "11")]),
        "true\n",
    )
    .await;
    let undefined = "#include <limits.h>\n#include <stdio.h>\nint main(int argc, char **argv) { (void)argv; printf(\"%d\\n\", INT_MAX - 1 + argc + argc - argc); return 0; }";
    let job =
        server.client().run(&choosing(program("c", undefined), &[("flags", "-fsanitize=undefined")])).await;
    assert_eq!(job.run.as_ref().and_then(|run| run.exit_code), Some(0), "{job:#?}");
}

#[tokio::test]
async fn another_choice_is_another_compilation() {
    let server = Server::start().await;
    let code = "#include <stdio.h>\nint main(void) {\n#ifdef __OPTIMIZE__\nputs(\"fast\");\n#else\nputs(\"slow\");\n#endif\n}";
    for (optimize, says) in [("2", "fast\n"), ("0", "slow\n"), ("2", "fast\n"), ("0", "slow\n")] {
        check(&server, choosing(program("c", code), &[("optimize", optimize)]), says).await;
    }
    let page = server.admin().get("/metrics").await.text();
    assert!(
        page.contains("coderunner_compile_cache_lookups_total{result=\"miss\"} 2\n"),
        "two, and each once more"
    );
}

#[tokio::test]
async fn options_are_listed_and_unknown_ones_refused_with_the_list() {
    let server = Server::start().await;
    let listed = server.client().get("/api/languages").await.json();
    let languages = listed["languages"].as_array().expect("a list");
    let cpp = languages.iter().find(|one| one["id"] == "cpp").expect("is listed");
    let std = cpp["options"]
        .as_array()
        .expect("a list")
        .iter()
        .find(|one| one["name"] == "std")
        .expect("is listed");
    assert_eq!((&std["default"], &std["several"]), (&"gnu++20".into(), &false.into()), "{std}");
    assert!(std["values"].as_array().expect("a list").contains(&"c++20".into()), "{std}");
    assert!(std["about"].as_str().expect("a sentence").contains("standard of C++"), "{std}");
    for limits in ["defaultLimits", "maximumLimits"] {
        for limit in ["cpuMs", "cpus", "wallMs", "memoryBytes", "outputBytes", "processes"] {
            assert!(cpp[limits][limit].is_number(), "{limits} {limit}: {cpp}");
        }
    }
    let body = serde_json::json!({"language": "cpp", "code": "int main() {}", "options": {"std": "c++99", "speed": "1"}});
    let request = server.client().request(reqwest::Method::POST, "/api/execution/submit").json(&body);
    let problem = server.client().send(request).await.problem(422, "invalid-request");
    let told = format!("{:?}", problem.errors);
    assert!(told.contains("options.std") && told.contains("c++17, c++20"), "{told}");
    assert!(
        told.contains("options.speed") && told.contains("there are std, optimize, warnings, flags"),
        "{told}"
    );
}
