//! Package features: verification of packages with input descriptions, scripts, several validators, constants, generators, graders,
//! static validators and answers.

use std::{fs, path::Path};

use serde_json::Value;
use tempfile::TempDir;
use testkit::{CommandOutput, Invocation};

/// A folder with one package, called `p`.
struct Folder(TempDir);

const LEGACY: &[(&str, &str)] = &[
    ("problem.yaml", "name: Sum\n"),
    ("problem_statement/problem.en.md", "Add.\n"),
    (".timelimit", "2\n"),
    ("data/secret/1.in", "1 2\n"),
    ("data/secret/1.ans", "3\n"),
    ("data/secret/2.in", "20 22\n"),
    ("data/secret/2.ans", "42\n"),
    ("submissions/accepted/sum.py", "print(sum(map(int, input().split())))\n"),
    ("submissions/wrong_answer/three.py", "print(3)\n"),
];

const V2025: &str = "problem_format_version: 2025-09\nname: Sum\nuuid: 3a0c7c0e-3b57-4a4c-8f8a-0f3a6f0b7d11\nlimits: { time_limit: 2 }\n";

impl Folder {
    /// The legacy package with these files beside or in place of its own; an empty content takes a file out.
    fn legacy(more: &[(&str, &str)]) -> Self {
        let folder = Self(tempfile::tempdir().expect("a folder"));
        for (name, content) in LEGACY.iter().chain(more) {
            folder.write(name, content);
        }
        folder
    }

    fn v2025(yaml: &str, more: &[(&str, &str)]) -> Self {
        let folder = Self::legacy(more);
        folder.write(".timelimit", "");
        folder.write("problem.yaml", &format!("{V2025}{yaml}"));
        folder.write("problem_statement/problem.en.md", "");
        folder.write("statement/problem.en.md", "Add.\n");
        folder
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, content: &str) {
        let path = self.path().join("p").join(name);
        if content.is_empty() {
            fs::remove_file(&path).expect("was there");
            return;
        }
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, content).expect("written");
    }

    async fn verify(&self, code: i32) -> Value {
        let CommandOutput { code: found, stdout, stderr, .. } =
            Invocation::new(["verify", "--json", "p"]).in_folder(self.path()).output().await;
        assert_eq!(found, Some(code), "{stdout}\n{stderr}");
        serde_json::from_str::<Value>(&stdout).expect("JSON")["packages"][0].clone()
    }
}

/// Checks the verdict of a submission.
#[track_caller]
fn check_verdict(package: &Value, path: &str, verdict: &str) {
    let all = package["submissions"].as_array().expect("a list");
    let one =
        all.iter().find(|one| one["path"] == path).unwrap_or_else(|| panic!("{path} is not in {package:#}"));
    assert_eq!(one["got"], verdict, "{one:#}");
}

fn warnings(package: &Value) -> String {
    package["warnings"].to_string()
}

#[tokio::test]
async fn inputs_are_held_against_descriptions_in_checktestdatas_language() {
    let description = "INT(-100, 100, a) SPACE INT(-100, 100, b) NEWLINE ASSERT(a < b)\n";
    let folder = Folder::legacy(&[("input_validators/sum.ctd", description)]);
    let package = folder.verify(0).await;
    assert_eq!(package["inputs"]["checked"], 2, "{package:#}");
    assert_eq!(package["inputs"]["validators"], serde_json::json!(["sum.ctd"]));
    folder.write("data/secret/2.in", "22  20\n");
    let package = folder.verify(1).await;
    let rejected = &package["inputs"]["rejected"][0];
    assert_eq!((&rejected["test"], &rejected["validator"]), (&"secret/2".into(), &"sum.ctd".into()));
    let reason = rejected["reason"].as_str().expect("a sentence");
    assert!(reason.contains("line 1, column 4: a space is there instead of a whole number"), "{reason}");
    // Unreadable parts are named, and the package is not counted as valid.
    folder.write("input_validators/sum.ctd", "INT(1\n");
    let package = folder.verify(1).await;
    assert!(package["inputs"]["broken"][0]["reason"].as_str().expect("a sentence").contains("line 1"));
}

#[tokio::test]
async fn a_validator_is_built_and_run_by_its_own_scripts() {
    let build = "#!/bin/sh\nc++ -O1 -o run src/check.cc\n";
    let check = r#"
#include <fstream>
#include <iostream>
int main(int argc, char **argv) {
    std::ifstream answer(argv[2]);
    long got, expected;
    if (!(std::cin >> got) || !(answer >> expected)) return 43;
    return got == expected && argc == 5 && argv[4] == std::string("extra") ? 42 : 43;
}
"#;
    let folder = Folder::legacy(&[
        ("problem.yaml", "name: Sum\nvalidation: custom\nvalidator_flags: extra\n"),
        ("output_validators/check/build", build),
        ("output_validators/check/src/check.cc", check),
    ]);
    let package = folder.verify(0).await;
    check_verdict(&package, "accepted/sum.py", "accepted");
    check_verdict(&package, "wrong_answer/three.py", "wrongAnswer");
    folder.write("output_validators/check/build", "#!/bin/sh\nexit 0\n");
    let package = folder.verify(1).await;
    check_verdict(&package, "accepted/sum.py", "judgeError");
    assert!(package.to_string().contains("build has made no file called run"), "{package:#}");
}

#[tokio::test]
async fn of_several_validators_all_must_accept() {
    let first = "import sys\nsys.exit(42 if sys.stdin.read().strip().lstrip('-').isdigit() else 43)\n";
    let second = "#include <stdio.h>\nint main(int c, char **v) { long a, b; FILE *f = fopen(v[2], \"r\"); return fscanf(f, \"%ld\", &a) == 1 && scanf(\"%ld\", &b) == 1 && a == b ? 42 : 43; }\n";
    let folder = Folder::legacy(&[
        ("problem.yaml", "name: Sum\nvalidation: custom\n"),
        ("output_validators/a.py", first),
        ("output_validators/b/b.c", second),
        ("submissions/wrong_answer/words.py", "print('three')\n"),
    ]);
    let package = folder.verify(0).await;
    check_verdict(&package, "accepted/sum.py", "accepted");
    check_verdict(&package, "wrong_answer/three.py", "wrongAnswer");
    check_verdict(&package, "wrong_answer/words.py", "wrongAnswer");
}

#[tokio::test]
async fn constants_are_put_into_validators_and_submissions() {
    let folder = Folder::v2025(
        "constants:\n  k: 5\n",
        &[
            (
                "output_validator/v.py",
                "import sys\nx = {{k}}\nsys.exit(42 if x == 5 and input() == '5' else 43)\n",
            ),
            ("submissions/accepted/sum.py", "print({{k}})\n"),
        ],
    );
    let package = folder.verify(0).await;
    check_verdict(&package, "accepted/sum.py", "accepted");
    check_verdict(&package, "wrong_answer/three.py", "wrongAnswer");
}

#[tokio::test]
async fn tests_are_made_by_the_packages_generators_and_solution() {
    let yaml = "\
solution: /submissions/accepted/sum.py
generators: { pair: [pair.py, lib.py] }
data:
  sample: { data: { '1': { in: 1 2, ans: '3' } } }
  secret:
    data:
      - hand: { copy: manual/hand }
      - random: { generate: 'pair {seed:1} {count}', count: 3 }
      - file: two.py
";
    let gone = [
        ("data/secret/1.in", ""),
        ("data/secret/1.ans", ""),
        ("data/secret/2.in", ""),
        ("data/secret/2.ans", ""),
    ];
    let made = [
        ("generators/generators.yaml", yaml),
        ("generators/pair.py", "import lib, sys\nprint(*lib.pair(int(sys.argv[1]), int(sys.argv[2])))\n"),
        ("generators/lib.py", "def pair(seed, count):\n    return seed, count\n"),
        ("generators/two.py", "open('testcase.in', 'w').write('40 2\\n')\nprint('not the input')\n"),
        ("generators/manual/hand.in", "5 6\n"),
        ("input_validators/pair.ctd", "INT(0, 2^31) SPACE INT(0, 100) NEWLINE\n"),
    ];
    let folder = Folder::legacy(&[&gone[..], &made[..]].concat());
    let package = folder.verify(0).await;
    assert_eq!(package["tests"], 6, "{package:#}");
    assert_eq!(package["inputs"]["checked"], 6);
    let notes = package["notes"].to_string();
    assert!(notes.contains("5 tests of generators/generators.yaml made by running programs"), "{package:#}");
    check_verdict(&package, "accepted/sum.py", "accepted");
    check_verdict(&package, "wrong_answer/three.py", "wrongAnswer");
    let judged = Invocation::new(["judge", "p", "accepted/sum.py"]).in_folder(folder.path()).output().await;
    assert_eq!(judged.code, Some(0), "{judged:?}");
    folder.write("generators/two.py", "raise SystemExit('no such test')\n");
    let package = folder.verify(2).await;
    let error = package["error"].as_str().expect("a sentence");
    assert!(
        error.contains("the test secret/3-file cannot be made: two.py") && error.contains("no such test"),
        "{error}"
    );
}

#[tokio::test]
async fn a_grader_of_the_packages_own_has_the_last_word() {
    let grader = "import sys\nlines = [line.split() for line in sys.stdin]\nbest = max(float(score) for _, score in lines)\nprint('AC', best * int(sys.argv[1]))\n";
    let folder = Folder::legacy(&[
        ("problem.yaml", "name: Sum\ntype: scoring\n"),
        ("data/testdata.yaml", "on_reject: continue\nrange: 0 100\n"),
        ("data/secret/testdata.yaml", "grading: custom\ngrader_flags: '100'\n"),
        ("graders/best.py", grader),
        ("submissions/wrong_answer/three.py", ""),
        ("submissions/partially_accepted/three.py", "print(3)\n"),
    ]);
    let package = folder.verify(1).await;
    let score = |path: &str| {
        let all = package["submissions"].as_array().expect("a list");
        all.iter().find(|one| one["path"] == path).expect("there")["score"].clone()
    };
    assert_eq!(score("accepted/sum.py"), 100.0, "{package:#}");
    // The best test counts, so it has all points, and that is not as its folder says.
    assert_eq!(score("partially_accepted/three.py"), 100.0, "{package:#}");
    folder.write("graders/best.py", "print('nothing')\n");
    let package = folder.verify(1).await;
    check_verdict(&package, "accepted/sum.py", "judgeError");
}

#[tokio::test]
async fn a_static_validator_looks_at_sources() {
    let validator = "import sys, pathlib\nlanguage, entry, feedback, most = sys.argv[1:5]\nassert feedback.endswith('/')\nsource = pathlib.Path(entry).read_text()\nopen(feedback + 'judgemessage.txt', 'w').write(f'{language} {len(source)}')\nsys.exit(42 if len(source) <= int(most) else 43)\n";
    let folder = Folder::v2025(
        "",
        &[
            (
                "data/secret/test_group.yaml",
                "static_validation_score: pass-fail\nstatic_validator_args: ['40']\n",
            ),
            ("static_validator/v.py", validator),
            (
                "submissions/wrong_answer/long.py",
                "# This comment makes it too long for the validator.\nprint(sum(map(int, input().split())))\n",
            ),
        ],
    );
    let package = folder.verify(0).await;
    assert_eq!(package["tests"], 3, "{package:#}");
    check_verdict(&package, "accepted/sum.py", "accepted");
    check_verdict(&package, "wrong_answer/long.py", "wrongAnswer");
}

/// A package whose static validator is this, with one more submission.
fn with_static_validator(validator: &str, submission: &[(&str, &str)]) -> Folder {
    let group = (
        "data/secret/test_group.yaml",
        "static_validation_score: pass-fail\nstatic_validator_args: ['40']\n",
    );
    let own = [group, ("static_validator/v.py", validator)];
    Folder::v2025("", &[&own, submission].concat())
}

#[tokio::test]
async fn a_static_validator_takes_no_module_from_the_submission_that_it_looks_at() {
    let validator = "import sys, pathlib\nsource = pathlib.Path(sys.argv[2]).read_text()\nsys.exit(42 if len(source) <= int(sys.argv[4]) else 43)\n";
    let long = "# This comment makes it too long for the validator.\nprint(sum(map(int, input().split())))\n";
    let hijack = "import sys\nsys.exit(42)\n";
    // One like a module of the validator's, and one like the validator itself.
    let submission = [
        ("submissions/wrong_answer/module/a.py", long),
        ("submissions/wrong_answer/module/pathlib.py", hijack),
        ("submissions/wrong_answer/itself/v.py", long),
    ];
    let package = with_static_validator(validator, &submission).verify(0).await;
    check_verdict(&package, "wrong_answer/module", "wrongAnswer");
    check_verdict(&package, "wrong_answer/itself", "wrongAnswer");
}

#[tokio::test]
async fn what_a_static_validator_leaves_is_taken_whole_or_the_test_is_a_judge_error() {
    // As many notes as the source has lines, followed by the relevant one.
    let validator = "import sys\nlines = len(open(sys.argv[2]).readlines())\nfor line in range(lines): open(sys.argv[3] + f'a{line}', 'w').close()\nopen(sys.argv[3] + 'judgemessage.txt', 'w').write('looked')\nsys.exit(42)\n";
    let code = format!("print(sum(map(int, input().split())))\n{}", "#\n".repeat(1_100));
    let package =
        with_static_validator(validator, &[("submissions/accepted/long.py", &code)]).verify(1).await;
    check_verdict(&package, "accepted/sum.py", "accepted");
    check_verdict(&package, "accepted/long.py", "judgeError");
}

#[tokio::test]
async fn answers_are_judged_where_a_problem_asks_for_them() {
    let folder = Folder::v2025(
        "type: submit-answer\n",
        &[
            ("submissions/accepted/sum.py", ""),
            ("submissions/wrong_answer/three.py", ""),
            ("submissions/accepted/all/1.out", "3\n"),
            ("submissions/accepted/all/secret/2.ans", "42\n"),
            ("submissions/wrong_answer/one/1.out", "3\n"),
            ("submissions/wrong_answer/same.txt", "3\n"),
        ],
    );
    let package = folder.verify(0).await;
    check_verdict(&package, "accepted/all", "accepted");
    check_verdict(&package, "wrong_answer/one", "wrongAnswer");
    check_verdict(&package, "wrong_answer/same.txt", "wrongAnswer");
    fs::write(folder.path().join("mine.txt"), "3\n").expect("written");
    let judged = Invocation::new(["judge", "p", "mine.txt"]).in_folder(folder.path()).output().await;
    assert_eq!(judged.code, Some(1), "{judged:?}");
}

#[tokio::test]
async fn left_overs_and_odd_text_spoil_nothing() {
    let folder = Folder::legacy(&[
        ("problem.yaml", "name: Sum\nvalidation: custom\n"),
        (
            "output_validators/v.py",
            "import sys\nsys.exit(42 if input() == open(sys.argv[2]).read().strip() else 43)\n",
        ),
        ("output_validators/__pycache__/v.pyc", "\0"),
        ("submissions/accepted/build/a.o", "\0"),
        ("submissions/accepted/build/Makefile", "x"),
        ("submissions/accepted/sum.bash", "read a b; echo $((a+b))\n"),
        ("data/secret/1.ans", "\u{feff}3\n"),
    ]);
    std::os::unix::fs::symlink("/etc/passwd", folder.path().join("p/submissions/accepted/x.py"))
        .expect("a link");
    let package = folder.verify(0).await;
    assert_eq!(package["counts"]["ok"], 3, "{package:#}");
    let said = warnings(&package);
    for part in ["is left over", "byte-order mark", "leaves the package"] {
        assert!(said.contains(part), "{said} does not say {part}");
    }
}
