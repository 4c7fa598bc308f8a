//! Source files: arbitrary class and file names, byte-order marks, and unchanged text.

use testkit::{Server, bash, program, python};
use wire::{Encoding, FileBody, LimitsBody, ResultBody, RunReason, SubmitBody};

fn file(name: &str, content: &str) -> FileBody {
    FileBody { name: name.to_owned(), content: content.to_owned(), encoding: None }
}

fn java(files: &[(&str, &str)]) -> SubmitBody {
    let files = files.iter().map(|(name, content)| file(name, content)).collect();
    SubmitBody { language: "java".to_owned(), files: Some(files), ..SubmitBody::default() }
}

async fn check_output(server: &Server, program: &SubmitBody, expected: &str) {
    let job = server.client().run(program).await;
    let run = job.run.as_ref().unwrap_or_else(|| panic!("not run: {job:#?}"));
    assert_eq!((run.exit_code, run.stdout.as_str()), (Some(0), expected), "{job:#?}");
}

const MAIN: &str = "public static void main(String[] a) { System.out.println(\"hi\"); }";

#[tokio::test]
async fn java_starts_with_any_names_of_files_and_classes() {
    let server = Server::start().await;
    for code in [
        format!("public class HelloWorld {{ {MAIN} }}"),
        format!("class HelloWorld {{ {MAIN} }}"),
        format!("package com.example;\npublic class Main {{ {MAIN} }}"),
        format!("class Helper<T extends Comparable<T>> {{ }}\r\nclass Solution {{ {MAIN} }}\r\n"),
        format!("\u{feff}import java.util.*; // class No {{\npublic enum Start {{ A; {MAIN} }}"),
        format!("interface Begin {{ {MAIN} }}"),
        format!("record Point(int x, int y) {{ {MAIN} }}"),
    ] {
        check_output(&server, &program("java", &code), "hi\n").await;
    }
    let main = format!("public class Main {{ {MAIN} }}");
    let other = format!("package p.q; public class Other {{ {MAIN} }}");
    check_output(&server, &java(&[("Util.java", "class Util { }"), ("Main.java", &main)]), "hi\n").await;
    check_output(&server, &java(&[("a.java", &main)]), "hi\n").await;
    check_output(&server, &java(&[("solution", &main)]), "hi\n").await;
    check_output(&server, &java(&[("x.java", "package p.q; class X { }"), ("y.java", &other)]), "hi\n").await;
}

#[tokio::test]
async fn a_java_program_without_an_entry_point_gets_advice() {
    let server = Server::start().await;
    let two = format!("public class A {{ }} public class B {{ {MAIN} }}");
    for (code, advice) in [
        (two.as_str(), "take `public` away from all but one"),
        ("void main() { System.out.println(1); }", "is outside of all classes"),
    ] {
        let job = server.client().run(&program("java", code)).await;
        let compile = job.compile.expect("it is compiled");
        assert!(!compile.ok && compile.output.contains(advice), "{}", compile.output);
    }
    let job = server.client().run(&program("java", "public class A { void run() { } }")).await;
    let said = job.run.expect("it runs").stderr;
    assert!(said.contains("Main method not found in class A"), "{said}");
}

#[tokio::test]
async fn a_byte_order_mark_before_code_makes_no_difference() {
    let server = Server::start().await;
    for (language, code) in [
        ("bash", "\u{feff}echo hi"),
        ("php", "\u{feff}<?php echo \"hi\\n\";"),
        (
            "java",
            "\u{feff}public class Main { public static void main(String[] a) { System.out.println(\"hi\"); } }",
        ),
        ("python", "\u{feff}print('hi')"),
        ("javascript", "\u{feff}console.log('hi')"),
        ("typescript", "\u{feff}console.log('hi')"),
        ("ruby", "\u{feff}puts 'hi'"),
        ("perl", "\u{feff}print \"hi\\n\""),
        ("lua", "\u{feff}print('hi')"),
        ("c", "\u{feff}#include <stdio.h>\nint main(void) { puts(\"hi\"); }"),
        ("cpp", "\u{feff}#include <iostream>\nint main() { std::cout << \"hi\\n\"; }"),
        (
            "go",
            "\u{feff}package main\n\nfunc main() { println2() }\n\nfunc println2() { os.Stdout.WriteString(\"hi\\n\") }\n",
        ),
        ("rust", "\u{feff}fn main() { println!(\"hi\"); }"),
    ] {
        let code = code.replace("package main\n", "package main\n\nimport \"os\"\n");
        check_output(&server, &program(language, &code), "hi\n").await;
    }
}

#[tokio::test]
async fn every_ending_of_a_language_is_run() {
    let server = Server::start().await;
    let import = "import { word } from \"./word.mjs\";\nconsole.log(word as string);";
    for (language, files) in [
        ("python", vec![("main.pyw", "print('hi')")]),
        ("ruby", vec![("main.rbw", "puts 'hi'")]),
        ("typescript", vec![("main.ts", "console.log('hi' as string);")]),
        ("typescript", vec![("main.cts", "console.log('hi' as string);")]),
        ("typescript", vec![("main.mts", import), ("word.mts", "export const word: string = 'hi';")]),
        ("typescript", vec![("app/main.mts", "console.log('hi' as string);")]),
    ] {
        let files = files.iter().map(|(name, content)| file(name, content)).collect();
        let body = SubmitBody { language: language.to_owned(), files: Some(files), ..SubmitBody::default() };
        check_output(&server, &body, "hi\n").await;
    }
}

fn is_text(job: &ResultBody) -> bool {
    let run = job.run.as_ref().expect("a run");
    [job.output_encoding, run.stdout_encoding, run.stderr_encoding].iter().all(Option::is_none)
}

#[tokio::test]
async fn text_that_we_cut_or_mix_stays_text() {
    let server = Server::start().await;
    let cut = server.client().run(&python("print('€' * 400000)")).await;
    let run = cut.run.as_ref().expect("a run");
    assert!(is_text(&cut) && run.reason == RunReason::OutputLimit, "{:?}", run.reason);
    assert_eq!(run.stdout.chars().count(), (1 << 20) / 3);
    let errors = server.client().run(&python("import sys\nsys.stderr.write('€' * 400000)")).await;
    assert!(is_text(&errors));
    let halves = bash("printf 'a\\xe2'; sleep .2; echo err >&2; sleep .2; printf '\\x89\\xa4\\n'");
    let halves = server.client().run(&halves).await;
    assert_eq!((halves.output.as_str(), is_text(&halves)), ("aerr\n≤\n", true));
    let limits = LimitsBody { wall_ms: Some(1000), ..LimitsBody::default() };
    let stopped = SubmitBody { limits: Some(limits), ..bash("printf 'ok \\xe2\\x89'; sleep 9") };
    let stopped = server.client().run(&stopped).await;
    assert_eq!((stopped.output.as_str(), is_text(&stopped)), ("ok ", true));
    let both = "console.log('x' + '€'.repeat(60000)); console.error('y' + '€'.repeat(60000))";
    assert!(is_text(&server.client().run(&program("javascript", both)).await));
    let own = server.client().run(&bash("printf 'ok \\xe2\\x89'")).await;
    assert_eq!(own.run.expect("a run").stdout_encoding, Some(Encoding::Base64), "the program's own doing");
}

#[tokio::test]
async fn input_may_be_any_bytes() {
    let server = Server::start().await;
    let reads = |stdin: &str| SubmitBody {
        stdin: Some(stdin.to_owned()),
        stdin_encoding: Some(Encoding::Base64),
        ..bash("od -An -tx1")
    };
    check_output(&server, &reads("AP9hgA=="), " 00 ff 61 80\n").await;
    let answer = server.client().try_submit("", &reads("?")).await.expect("an answer");
    assert!(answer.text().contains("must be base64"), "{}", answer.text());
}

#[tokio::test]
async fn memory_that_runs_out_is_named_in_plain_runs() {
    let server = Server::start().await;
    let heap = "import java.util.*; public class Main { public static void main(String[] a) { List<byte[]> l = new ArrayList<>(); while (true) l.add(new byte[1 << 20]); } }";
    for (language, code) in [
        ("java", heap),
        ("python", "bytearray(10 ** 15)"),
        ("php", "<?php ini_set('memory_limit', '16M'); $a = []; for (;;) $a[] = str_repeat('x', 1 << 20);"),
    ] {
        let job = server.client().run(&program(language, code)).await;
        assert_eq!(job.run.as_ref().map(|run| run.reason), Some(RunReason::MemoryLimit), "{job:#?}");
    }
}
