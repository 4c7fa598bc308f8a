//! Prepared toolchains: files created once by the server in a sandbox, and used read-only by programs.

use std::{fs, time::Duration};

use languages::{Registry, SystemHost};
use testkit::{Server, Setup, bash, eventually, program, with_limits};
use wire::{AcceptedBody, JobStatusName, LimitsBody, SubmitBody, WaitReason};

/// Prints the prepared content.
const SHOUT: &str = r#"
id = "shout"
name = "Shout"
extensions = ["shout"]
main_file = "main.shout"
pool = "container"

[toolchain]
candidates = ["bash"]
debian = "bash"
version = { args = ["--version"], after = "version ", label = "bash" }

[prepare]
files = { "words/quiet" = "prepared" }
commands = [["{tool}", "-c", "tr a-z A-Z <words/quiet >words/loud"], ["/bin/chmod", "600", "words/loud"]]
keep = ["words/loud"]
cpu_ms = 1000
wall_ms = 2000
memory_mib = 64
processes = 4
disk_mib = 1

[run]
argv = ["/bin/cat", "{source}", "{prepared}/words/loud"]

[hello]
code = "Hello"
stdout = "Hello"
"#;

/// A server with the languages Shout and Sulk; Sulk cannot be prepared.
fn setup(folder: &tempfile::TempDir) -> Setup {
    fs::write(folder.path().join("shout.toml"), SHOUT).expect("a language file");
    let sulk = SHOUT.replace("shout", "sulk").replace("\"Shout\"", "\"Sulk\"");
    let sulk = sulk.replace("tr a-z A-Z", "echo no mood >&2; exit 3; tr");
    fs::write(folder.path().join("sulk.toml"), sulk).expect("a language file");
    let config = format!("[languages]\nfolder = \"{}\"\n", folder.path().display());
    Setup { prepare: true, ..Setup::default() }.config(&config)
}

async fn output(server: &Server, program: &SubmitBody) -> String {
    let limits = LimitsBody { memory_bytes: Some(256 << 20), ..LimitsBody::default() };
    server.client().run(&with_limits(limits, program.clone())).await.output
}

/// Command line of the compiler, as in the language file.
fn compile(language: &str) -> String {
    let registry = Registry::builtin(&SystemHost::new()).expect("sound language files");
    let id = registry.find(language).expect("a language").id.clone();
    registry.set_prepared(&id, Some("/".into()));
    registry.find(language).and_then(|language| language.compile(&[])).expect("it is compiled").argv.join(" ")
}

async fn check_that_programs_compile_as_without(server: &Server) {
    let all = "#include <bits/stdc++.h>\nint main() { std::cout << std::gcd(4, 6); }";
    let late = format!("#include <iostream>\n{all}");
    let checking = "#define _GLIBCXX_DEBUG\n#include <bits/stdc++.h>\nint main() { std::cout << sizeof(std::vector<int>); }";
    let java = "public class Main { public static void main(String[] args) { System.out.print(2); } }";
    let cases = [("cpp", all, "2"), ("cpp", &late, "2"), ("cpp", checking, "56"), ("java", java, "2")];
    for (language, code, expected) in cases {
        assert_eq!(output(server, &program(language, code)).await, expected, "{code}");
    }
}

#[tokio::test]
async fn what_toolchains_can_have_made_is_made_once_and_used() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut server = setup(&folder).start().await;
    assert_eq!(output(&server, &program("shout", "so: ")).await, "so: PREPARED");
    // Without it a language works, too.
    assert_eq!(output(&server, &program("sulk", "so: ")).await, "so: ");
    let log = server.log();
    assert!(log.contains("could not be prepared") && log.contains("no mood"), "{log}");

    // The compilers use it, and report this on request.
    let header = format!(
        "echo '#include <bits/stdc++.h>' >main.cpp; echo 'int main() {{}}' >>main.cpp; {} -H -fsyntax-only 2>&1 | head -n 1",
        compile("cpp")
    );
    assert_eq!(output(&server, &bash(&header)).await, "! /opt/coderunner/prepared/cpp/bits/stdc++.h.gch\n");
    let archive = format!(
        "echo 'class Main {{}}' >Main.java; {} | grep -c 'javac.main.Main source: shared objects file (top)'",
        compile("java").replace("-Xlog:disable", "-Xlog:class+load")
    );
    assert_eq!(output(&server, &bash(&archive)).await, "1\n");

    check_that_programs_compile_as_without(&server).await;

    // Programs cannot change it.
    let spoil =
        "cd /opt/coderunner/prepared/shout/words && (echo x >loud; rm loud; touch new; chmod 777 loud; ls)";
    let job = server.client().run(&bash(&format!("{spoil} 2>/dev/null"))).await;
    assert_eq!(job.output, "loud\n");

    // At the next start it is there.
    server.stop().await;
    let before = server.log().len();
    server.restart().await;
    let log = server.log()[before..].to_owned();
    assert!(!log.contains("language=shout") && !log.contains("language=cpp"), "{log}");
    assert!(log.contains("language=sulk"), "it is tried again: {log}");
    assert_eq!(output(&server, &program("shout", "again: ")).await, "again: PREPARED");
}

#[tokio::test]
async fn while_toolchains_are_prepared_others_run_and_their_jobs_wait() {
    let server = Setup { prepare: true, ..Setup::default() }.launch().await;
    let client = server.client();
    assert_eq!(client.get("/health").await.status, 200);
    let cpp = program("cpp", "#include <bits/stdc++.h>\nint main() { std::cout << 7; }");
    let accepted: AcceptedBody = client.try_submit("", &cpp).await.expect("an answer").expect(202).parse();
    assert_eq!((accepted.status, accepted.waiting_for), (JobStatusName::Queued, Some(WaitReason::Toolchain)));
    // Jobs in other languages are run.
    let ran = client.run(&bash("echo meanwhile")).await;
    assert_eq!((ran.status, ran.output.as_str()), (JobStatusName::Completed, "meanwhile\n"));
    let waits = client.result(&accepted.job_id).await;
    assert_eq!((waits.status, waits.attempt), (JobStatusName::Queued, 0), "nobody has begun it");
    assert!(waits.explanation.is_some_and(|told| told.contains("is being prepared")));
    let ready = client.get("/ready").await;
    let told = String::from_utf8_lossy(&ready.body).into_owned();
    assert!(
        ready.status == 503 && told.contains("being prepared, once: ") && told.contains("C++"),
        "{ready:?}"
    );
    // Then they are available, too, with the prepared content.
    let prepared = eventually("the toolchains are prepared", Duration::from_mins(2), async || {
        (client.get("/ready").await.status == 200).then_some(())
    });
    prepared.await;
    let ran = client.wait_for_result(&accepted.job_id).await;
    assert_eq!((ran.status, ran.output.as_str(), ran.explanation), (JobStatusName::Completed, "7", None));
    let show = "test -e /opt/coderunner/prepared/cpp/bits/stdc++.h.gch && echo there";
    for _ in 0..4 {
        assert_eq!(client.run(&bash(show)).await.output, "there\n", "in every slot");
    }
}
