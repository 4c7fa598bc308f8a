//! Compile cache: the same program is compiled once, with the same results.

use futures_util::future::join_all;
use testkit::{Server, Setup, program};
use wire::{FileBody, JobStatusName, ResultBody, RunBody, SubmitBody};

/// Tells all that it can see of its folder; the compiler warns of it.
const CPP: &str = r#"
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <vector>

int main() {
    int unused;
    std::vector<std::string> seen;
    for (const auto &entry : std::filesystem::recursive_directory_iterator(".")) {
        auto mode = static_cast<unsigned>(entry.status().permissions());
        auto size = entry.is_regular_file() ? entry.file_size() : 0;
        seen.push_back(entry.path().string() + " " + std::to_string(mode) + " " + std::to_string(size));
    }
    std::sort(seen.begin(), seen.end());
    for (const auto &line : seen) std::cout << line << '\n';
    return 3;
}
"#;

/// Numbers of hits and misses of the cache.
async fn lookups(server: &Server) -> (u64, u64) {
    let page = server.admin().get("/metrics").await.text();
    let count = |result: &str| {
        let series = format!("coderunner_compile_cache_lookups_total{{result=\"{result}\"}} ");
        let line = page.lines().find_map(|line| line.strip_prefix(&series));
        line.map_or(0, |count| count.parse().expect("a number"))
    };
    (count("hit"), count("miss"))
}

/// The deterministic part of a result.
fn comparable_result(job: &ResultBody) -> (String, Option<RunBody>) {
    let mut run = job.run.clone();
    if let Some(run) = &mut run {
        (run.cpu_ms, run.wall_ms, run.memory_bytes) = (0, 0, 0);
    }
    (job.output.clone(), run)
}

#[track_caller]
fn check_same(first: &ResultBody, second: &ResultBody) {
    assert_eq!(first.compile, second.compile);
    assert_eq!((first.status, &first.toolchain), (second.status, &second.toolchain));
    assert_eq!(comparable_result(first), comparable_result(second));
}

#[tokio::test]
async fn the_second_of_two_programs_that_are_the_same_is_not_compiled_again() {
    let server = Server::start().await;
    let first = server.client().run(&program("cpp", CPP)).await;
    assert_eq!(lookups(&server).await, (0, 1));
    let second = server.client().run(&SubmitBody { stdin: Some("x".into()), ..program("c++", CPP) }).await;
    assert_eq!(lookups(&server).await, (1, 1));
    check_same(&first, &second);
    let compile = first.compile.expect("it is compiled");
    assert!(compile.ok && compile.output.contains("unused variable"), "{compile:?}");
    let run = second.run.expect("it is run");
    assert_eq!(run.exit_code, Some(3), "{run:?}");
    assert!(run.stdout.contains("./main 493 ") && run.stdout.contains("./main.cpp 420 "), "{}", run.stdout);
}

fn of_files(language: &str, files: &[(&str, &str)]) -> SubmitBody {
    let file = |&(name, content): &(&str, &str)| FileBody {
        name: name.to_owned(),
        content: content.to_owned(),
        encoding: None,
    };
    SubmitBody {
        language: language.to_owned(),
        files: Some(files.iter().map(file).collect()),
        ..SubmitBody::default()
    }
}

#[tokio::test]
async fn another_source_or_another_name_is_another_program() {
    let server = Server::start().await;
    let main =
        "#include <stdio.h>\n#include \"said.h\"\nint main(void) { printf(\"%s %s\", SAID, __FILE__); }";
    let programs = [
        (of_files("c", &[("a.c", main), ("said.h", "#define SAID \"1\"")]), "1 a.c"),
        (of_files("c", &[("a.c", main), ("said.h", "#define SAID \"2\"")]), "2 a.c"),
        (of_files("c", &[("b.c", main), ("said.h", "#define SAID \"1\"")]), "1 b.c"),
    ];
    for (program, said) in &programs {
        assert_eq!(&server.client().run(program).await.output, said);
    }
    assert_eq!(lookups(&server).await, (0, 3));
}

#[tokio::test]
async fn a_program_that_does_not_compile_is_refused_in_the_same_words() {
    let server = Server::start().await;
    let broken = program("cpp", "int main() { return missing; }");
    let first = server.client().run(&broken).await;
    check_same(&first, &server.client().run(&broken).await);
    assert!(first.output.contains("was not declared in this scope") && first.run.is_none(), "{first:?}");
    assert_eq!(lookups(&server).await, (1, 1));
}

#[tokio::test]
async fn what_a_compiler_leaves_in_folders_is_kept_too() {
    let server = Server::start().await;
    let main = "public class Main { public static void main(String[] args) { \
                System.out.print(new deep.down.Said(\"hi\").what()); } }";
    let said = "package deep.down;\npublic record Said(String what) {}";
    let run = of_files("java", &[("Main.java", main), ("Said.java", said)]);
    let first = server.client().run(&run).await;
    assert_eq!(first.output, "hi");
    check_same(&first, &server.client().run(&run).await);
    assert_eq!(lookups(&server).await, (1, 1));
}

#[tokio::test]
async fn of_eight_at_once_one_is_compiled() {
    let server = Setup::with_slots(4).start().await;
    let program = program("cpp", CPP);
    let jobs = join_all((0..8).map(|_| server.client().run(&program))).await;
    for job in &jobs {
        check_same(&jobs[0], job);
    }
    assert_eq!(jobs[0].run.as_ref().and_then(|run| run.exit_code), Some(3));
    assert_eq!(lookups(&server).await, (7, 1));
}

#[tokio::test]
async fn a_cancelled_compilation_leaves_the_next_one_to_be_done() {
    let server = Setup::with_slots(1).start().await;
    // Something for the compiler to think about.
    let code = "constexpr long slow() {\n\
                long sum = 0;\n\
                for (int i = 0; i < 40; i++) for (int j = 0; j < 20000; j++) sum += j;\n\
                return sum;\n\
                }\n\
                int main() { static_assert(slow() > 0); }";
    let id = server.client().submit(&program("cpp", code)).await;
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    server.client().cancel(&id).await;
    assert_eq!(server.client().wait_for_result(&id).await.status, JobStatusName::Cancelled);
    let again = server.client().run(&program("cpp", code)).await;
    assert!(again.compile.is_some_and(|compile| compile.ok), "the compiler got to its end");
    assert_eq!(lookups(&server).await, (0, 2));
}

#[tokio::test]
async fn it_can_be_switched_off() {
    let server = Setup::default().config("[compile_cache]\nbytes = 0\n").start().await;
    let program = program("c", "int main(void) { return 3; }");
    for _ in 0..2 {
        let run = server.client().run(&program).await.run.expect("it is run");
        assert_eq!(run.exit_code, Some(3));
    }
    assert_eq!(lookups(&server).await, (0, 0));
}
