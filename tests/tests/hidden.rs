//! Hidden tests: no part of one leaks into a response, an event or a line of the log.
//!
//! Every part of every hidden test is a word of this run's own, random, short or long. The server is asked everything that can be
//! asked, in ways that make it most likely to talk, and all that it says is searched for each stretch of twelve bytes of each
//! word, plain, backwards, as JSON and CSV escape it, in hex and in base64, and for the digests of the suites.

use std::{
    collections::HashSet,
    fmt::Write as _,
    fs,
    io::Read as _,
    path::Path,
    time::{Duration, SystemTime},
};

use futures_util::{StreamExt as _, stream};
use reqwest::{Method, header};
use testkit::{ApiResponse, Client, Server, Setup, grade_request};
use wire::{GradeBody, JobStatusName};

/// Stretches of words that are looked for. Words are random, so nothing else has one.
const STRETCH: usize = 12;

/// Random words, and the fragments that would reveal them.
#[derive(Default)]
struct SecretWords {
    all: Vec<String>,
}

impl SecretWords {
    /// A new word of so many random letters and digits.
    fn random(&mut self, length: usize) -> String {
        let mut word = String::new();
        while word.len() < length {
            let mut bytes = [0; 16];
            let mut random = fs::File::open("/dev/urandom").expect("random bytes");
            random.read_exact(&mut bytes).expect("random bytes");
            word.push_str(&in_hex(&bytes));
        }
        word.truncate(length);
        self.all.push(word.clone());
        word
    }

    /// A new word between letters that others write in other ways.
    fn new_word(&mut self, length: usize) -> String {
        let (before, after) = (self.random(length), self.random(length));
        format!("{before}\"é\\{after}")
    }

    /// Every stretch of every word, however written.
    fn fragments(&self, digests: &[String]) -> HashSet<Vec<u8>> {
        let backwards = self.all.iter().map(|word| word.chars().rev().collect::<String>());
        let hex = self.all.iter().map(|word| in_hex(word.as_bytes()));
        let based =
            self.all.iter().flat_map(|word| (0..3).map(|skipped| base64(&word.as_bytes()[skipped..])));
        let plain = self.all.iter().cloned().chain(digests.iter().cloned());
        let written: Vec<String> = plain.chain(backwards).chain(hex).chain(based).collect();
        written.iter().flat_map(|text| text.as_bytes().windows(STRETCH)).map(<[u8]>::to_vec).collect()
    }
}

fn in_hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes all");
        text
    })
}

/// Without the characters that depend on the end of the bytes.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks_exact(3) {
        let bits = three.iter().fold(0_usize, |bits, byte| bits << 8 | usize::from(*byte));
        text.extend([18, 12, 6, 0].map(|shift| char::from(LETTERS[bits >> shift & 63])));
    }
    text
}

/// All responses of the server, with their requests.
#[derive(Default)]
struct ResponseLog(Vec<(String, Vec<u8>)>);

impl ResponseLog {
    fn note(&mut self, label: impl Into<String>, said: impl Into<Vec<u8>>) {
        self.0.push((label.into(), said.into()));
    }

    fn answer(&mut self, label: &str, answer: &ApiResponse) {
        self.note(format!("{label} ({}), headers", answer.status), format!("{:?}", answer.headers));
        self.note(format!("{label} ({})", answer.status), answer.body.clone());
    }

    fn contains_word(&self, text: &str) -> bool {
        self.0.iter().any(|(_, said)| String::from_utf8_lossy(said).contains(text))
    }

    /// Responses that contain one of these fragments.
    fn leaked_texts(&self, stretches: &HashSet<Vec<u8>>) -> Vec<String> {
        let leaks = self.0.iter().filter_map(|(label, said)| {
            let place = said.windows(STRETCH).position(|part| stretches.contains(part))?;
            let around = &said[place.saturating_sub(80)..(place + 80).min(said.len())];
            Some(format!("{label}: …{}…", String::from_utf8_lossy(around)))
        });
        leaks.collect()
    }
}

/// Programs with correct, wrong and missing answers, and programs that copy their input to every output.
fn programs(problem: &str) -> Vec<GradeBody> {
    // Right in the public test, since some problems stop at the first that is failed.
    const READ: &str = "import os, sys, time\ndata = sys.stdin.read()\nif data.startswith('shown'): print(data.strip()[::-1]); sys.exit()\n";
    const FILES: &str = "files = {name: open(name, errors='replace').read() for name in os.listdir('.')}\n";
    let python = [
        "print(data.strip()[::-1])",
        "print(data); print(data, file=sys.stderr)",
        "sys.exit(data)",
        "raise ValueError(data)",
        "open('leaked-' + data.split()[0][:40], 'w').write(data); open('/tmp/out', 'w').write(data); print(data)",
        "print(data, flush=True)\nwhile True: pass",
        "print(data, flush=True)\ntime.sleep(60)",
        "while True: print(data)",
        "print(data, flush=True); os.kill(os.getpid(), 11)",
        "print(data, flush=True); keep = bytearray(1 << 30)",
        "print(data, flush=True)\nwhile True: os.fork()",
        "print(files, sys.argv, os.environ); print(files, sys.argv, file=sys.stderr)",
        "print(data.encode().hex(), __import__('base64').b64encode(data.encode()))",
        "os.write(1, data.encode()[::-1] + b'\\xff'); os.write(2, data.encode('utf-16'))",
        "print(data.strip()[::-1]); print(data)",
    ];
    let mut programs: Vec<_> =
        python.iter().map(|code| grade_request(problem, "python", &format!("{READ}{FILES}{code}"))).collect();
    programs.push(grade_request(problem, "python", "print(input())"));
    programs.push(grade_request(problem, "python", "def broken(:"));
    for code in [
        "#include \"included.h\"\nint main(void) { return undeclared; }",
        "#define HERE #error\n#include \"included.h\"\nint x = HIDDEN;",
        "#include \"/dev/stdin\"",
        "int main(void) { for (;;); }",
    ] {
        programs.push(grade_request(problem, "c", code));
    }
    programs
}

/// Asks everything that can be asked of a job that has ended.
async fn ask_about(client: &Client, heard: &mut ResponseLog, id: &str) {
    for path in [
        format!("/api/execution/result/{id}"),
        format!("/api/execution/result/{id}?wait=1"),
        format!("/api/execution/result/{id}?reveal=true"),
        format!("/api/execution/stream/{id}"),
        format!("/api/execution/artifacts/{id}/out"),
        format!("/api/execution/artifacts/{id}/leaked"),
    ] {
        heard.answer(&path, &client.get(&path).await);
    }
    heard.answer("cancel again", &client.cancel(id).await);
    let path = format!("/api/execution/stream/{id}");
    for after in [0_u64, 1, 100_000_000, 100_000_002, 100_000_004] {
        let request = client.request(Method::GET, &path).header("last-event-id", after);
        heard.answer(&format!("{path} after {after}"), &client.send(request).await);
    }
}

/// Submits a program and records all responses during and after its judging.
async fn submit(client: &Client, program: GradeBody) -> (String, ResponseLog) {
    let mut heard = ResponseLog::default();
    let label = program.code.clone().unwrap_or_default();
    let accepted = client.try_grade("", &program).await.expect("an answer").expect(202);
    heard.answer(&label, &accepted);
    let id = accepted.json()["jobId"].as_str().expect("an id").to_owned();
    let stream = client.get(&format!("/api/execution/stream/{id}")).await;
    assert!(stream.text().contains("event: finished"), "{label}: {}", stream.text());
    heard.answer(&format!("stream of {label}"), &stream);
    ask_about(client, &mut heard, &id).await;
    (id, heard)
}

/// All public requests, independent of the submission.
async fn ask_around(server: &Server, heard: &mut ResponseLog, problems: &[&str]) {
    let client = server.client();
    for path in [
        "/health",
        "/ready",
        "/openapi.json",
        "/api/problems",
        "/api/languages",
        "/api/execution/queue/stats",
    ] {
        heard.answer(path, &client.get(path).await);
    }
    heard.answer("metrics", &server.admin().get("/metrics").await);
    for problem in problems {
        for path in [
            format!("/api/problems/{problem}"),
            format!("/api/problems/{problem}/files/data"),
            format!("/api/problems/{problem}/tests"),
        ] {
            heard.answer(&path, &client.get(&path).await);
        }
        for body in ["", "{", "{\"problemId\": 1}", "{\"stdin\": 1}"] {
            let request = client.request(Method::POST, "/api/execution/submit/grade?wait=1");
            let request = request.header(header::CONTENT_TYPE, "application/json").body(body.to_owned());
            heard.answer("a bad body", &client.send(request).await);
        }
        for query in ["?wait=9&reveal=true", "?wait=x"] {
            let answer = client.try_grade(query, &grade_request(problem, "python", "print(input())")).await;
            heard.answer(query, &answer.expect("an answer"));
        }
        for language in ["cobol", "c"] {
            let answer = client.try_grade("?wait=20", &grade_request(problem, language, "int main")).await;
            heard.answer(language, &answer.expect("an answer"));
        }
    }
}

/// A lesson whose every hidden part is a word, with answers that are the input backwards.
fn lesson(words: &mut SecretWords, setup: Setup) -> Setup {
    let backwards = |text: &str| text.chars().rev().collect::<String>();
    let mut hidden = String::new();
    for length in [14, 40, 3000] {
        let (name, input, hint) = (words.random(20), words.new_word(length), words.new_word(30));
        let output = backwards(&input);
        let quoted = |text: &str| serde_json::to_string(text).expect("a string");
        write!(
            hidden,
            "  - name: n{name}\n    input: {}\n    output: {}\n    hint: {}\n",
            quoted(&input),
            quoted(&output),
            quoted(&hint)
        )
        .expect("a string takes all");
    }
    let large: String = words.random(40_000);
    let problem = format!(
        "title: Backwards\nlimits: {{time: 0.4}}\ntests:\n  - input: shown to all\n    output: lla ot nwohs\nhidden_tests:\n{hidden}"
    );
    setup
        .with_content("backwards/problem.yaml", problem)
        .with_content("backwards/tests/hidden/large.in", large.clone())
        .with_content("backwards/tests/hidden/large.out", backwards(&large))
}

/// A problem in the format of contests: groups, files, arguments and hints of tests, an included file, and a validator that
/// talks, and fails where it is told to.
fn contest(words: &mut SecretWords, setup: Setup, slug: &str, validator: &str) -> Setup {
    let (group, name, content, hint) =
        (words.random(16), words.random(16), words.new_word(40), words.new_word(30));
    let (message, for_judges, arg) = (words.random(60), words.random(60), words.random(24));
    let included = words.random(30);
    let validator = validator.replace("MESSAGE", &message).replace("JUDGES", &for_judges);
    let path = |rest: &str| format!("{slug}/{rest}");
    let problem = format!(
        "problem_format_version: 2025-09\nname: {slug}\nuuid: {}\nlimits: {{time_limit: 0.4}}\n",
        uuid(words)
    );
    let settings = format!("args: [a{arg}]\nhint: {}\n", serde_json::to_string(&hint).expect("a string"));
    setup
        .with_content(&path("problem.yaml"), problem)
        .with_content(&path("data/sample/1.in"), "shown to all\n")
        .with_content(&path("data/sample/1.ans"), "lla ot nwohs\n")
        .with_content(&path(&format!("data/secret/g{group}/n{name}.in")), content.clone())
        .with_content(&path(&format!("data/secret/g{group}/n{name}.ans")), words.new_word(40))
        .with_content(&path(&format!("data/secret/g{group}/n{name}.yaml")), settings)
        .with_content(
            &path(&format!("data/secret/g{group}/n{name}.files/f{}.txt", words.random(16))),
            words.new_word(50),
        )
        .with_content(&path("include/c/included.h"), format!("int h{included} = HIDDEN;\n"))
        .with_content(&path("output_validator/validate.py"), validator)
}

/// A word that is not searched for, since it is not hidden.
fn uuid(words: &mut SecretWords) -> String {
    let word = words.random(32);
    words.all.pop();
    format!("{}-{}-4{}-8{}-{}", &word[..8], &word[8..12], &word[13..16], &word[17..20], &word[20..32])
}

/// Writes messages for the team and the judges on each hidden test; accepts the reversed input.
const TALKATIVE: &str = "import sys\nwanted = open(sys.argv[1]).read().strip()[::-1]\n\
    said = sys.stdin.read()\nif wanted.endswith('nwohs'): sys.exit(42 if said.strip() == wanted else 43)\n\
    open(sys.argv[3] + '/teammessage.txt', 'w').write('MESSAGE' + wanted)\n\
    open(sys.argv[3] + '/judgemessage.txt', 'w').write('JUDGES' + wanted)\n\
    print('MESSAGE', wanted, file=sys.stderr)\nsys.exit(42 if said.strip() == wanted else 43)\n";

/// Fails on hidden tests, loudly.
const BROKEN: &str = "import sys\ngiven = open(sys.argv[1]).read()\nif given.startswith('shown'): sys.exit(42)\n\
    open(sys.argv[3] + '/judgemessage.txt', 'w').write('JUDGES' + given)\nprint('MESSAGE', given)\nraise ValueError(given)\n";

/// The digests of all suites and data of tests, which are the names of files.
fn digests(objects: &Path) -> Vec<String> {
    // Without large data there is no folder for it.
    let folders = ["suites", "tests"].iter().filter_map(|folder| fs::read_dir(objects.join(folder)).ok());
    let names = folders.flatten().map(|entry| entry.expect("an entry").file_name());
    let digests: Vec<_> = names.map(|name| name.to_string_lossy().into_owned()).collect();
    assert!(!digests.is_empty(), "there are suites");
    digests
}

#[test]
fn a_leak_would_be_found() {
    let mut words = SecretWords::default();
    let word = words.random(40);
    let stretches = words.fragments(&["0123456789abcdef".to_owned()]);
    let encoded = base64(&word.as_bytes()[1..]);
    for said in [
        word.clone(),
        format!("…{}", &word[5..20]),
        word.chars().rev().collect(),
        format!("x{encoded}"),
        in_hex(word.as_bytes()),
        "6789abcdef".to_owned() + "01 0123456789abcdef",
    ] {
        let mut heard = ResponseLog::default();
        heard.note("it", said.as_bytes());
        assert_eq!(heard.leaked_texts(&stretches).len(), 1, "{said}");
    }
    let mut heard = ResponseLog::default();
    heard.note("it", "something else that is long enough to have a stretch");
    assert!(heard.leaked_texts(&stretches).is_empty());
}

#[tokio::test]
async fn nothing_of_a_hidden_test_of_a_lesson_is_in_any_answer_event_or_line_of_the_log() {
    let mut words = SecretWords::default();
    let setup = lesson(&mut words, setup());
    check("backwards", setup, &words, &["Accepted", "WrongAnswer", "RuntimeError", "OutputLimit"]).await;
}

#[tokio::test]
async fn nor_of_a_problem_with_a_validator_that_tells_all_it_knows() {
    let mut words = SecretWords::default();
    let setup = contest(&mut words, setup(), "talkative", TALKATIVE);
    check("talkative", setup, &words, &["Accepted", "WrongAnswer", "RuntimeError", "OutputLimit"]).await;
}

#[tokio::test]
async fn nor_of_one_with_a_validator_that_fails() {
    let mut words = SecretWords::default();
    let setup = contest(&mut words, setup(), "broken", BROKEN);
    check("broken", setup, &words, &["JudgeError"]).await;
}

/// Says with its time and memory that it has been given a hidden input.
const TELLS_BY_WHAT_IT_USES: &str = "import time\nline = input()\n\
    if line != 'shown':\n    keep = b'x' * (100 << 20)\n    time.sleep(len(line) * 0.4)\nprint(line)";

#[tokio::test]
async fn where_no_public_test_is_run_nothing_is_said_of_time_and_memory() {
    let echo = "title: Echo\nhidden_tests:\n  - input: ab\n    output: ab\n";
    let server = Setup::default().with_content("echo/problem.yaml", echo).start().await;
    let job = server.client().grade(&grade_request("echo", "python", TELLS_BY_WHAT_IT_USES)).await;
    let grading = job.grading.expect("was judged");
    assert_eq!((grading.passed, grading.peak_usage, job.time), (1, None, None));
}

/// Waiting time of a plain run that is submitted during a hidden test of two seconds.
async fn wait_beside_a_hidden_test(config: &str) -> Duration {
    let echo = "title: Echo\nlimits: {time: 3}\ntests:\n  - input: shown\n    output: shown\n\
        hidden_tests:\n  - input: ab\n    output: ab\n";
    let setup = Setup::with_slots(4).config(config).with_content("echo/problem.yaml", echo);
    let server = setup.start().await;
    let client = server.client();
    let slow = "import time\nline = input()\nif line != 'shown': time.sleep(2)\nprint(line)";
    let id = client.submit_to_grade(&grade_request("echo", "python", slow)).await;
    client.follow(&id, None).await.next_named("test").await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let submitted = SystemTime::now();
    let run = client.run(&testkit::python("import time\nprint(time.time_ns())")).await;
    let begun: u64 = run.output.trim().parse().expect("a number");
    let job = client.wait_for_result(&id).await;
    assert_eq!(job.grading.expect("was judged").passed, 2);
    let begun = SystemTime::UNIX_EPOCH + Duration::from_nanos(begun);
    begun.duration_since(submitted).expect("later")
}

fn setup() -> Setup {
    Setup::with_slots(4).config("[log]\nfilter = \"debug\"\n")
}

/// Submits every program to this problem, asks everything, and searches all that was said for the words. Some job must have had
/// each of these verdicts.
async fn check(problem: &str, setup: Setup, words: &SecretWords, expected: &[&str]) {
    let mut server = setup.start().await;
    let stretches = words.fragments(&digests(&server.data().join("objects")));
    let mut heard = ResponseLog::default();
    let mut ids = vec![cancel_during_grading(server.client(), &mut heard, problem).await];
    let submitting =
        stream::iter(programs(problem)).map(|program| submit(server.client(), program)).buffered(4);
    for (id, told) in submitting.collect::<Vec<_>>().await {
        ids.push(id);
        heard.0.extend(told.0);
    }
    ask_around(&server, &mut heard, &[problem]).await;
    let mut verdicts = HashSet::new();
    for id in &ids {
        let job = server.client().result(id).await;
        let verdict = job.grading.map(|grading| format!("{:?}", grading.verdict));
        verdicts.insert(verdict.unwrap_or_else(|| format!("{:?}", job.status)));
    }
    // From the records alone, as in another process.
    server.kill().await;
    server.restart().await;
    for id in &ids {
        ask_about(server.client(), &mut heard, id).await;
    }
    heard.note("the log", server.log());

    for verdict in expected.iter().chain(&["TimeLimit", "CompileError", "Cancelled"]) {
        assert!(verdicts.contains(*verdict), "no job had {verdict}: {verdicts:?}");
    }
    assert!(heard.contains_word("shown to all") && heard.contains_word("problems are loaded"), "it listens");
    let leaks = heard.leaked_texts(&stretches);
    assert!(leaks.is_empty(), "{} of {}:\n{}", leaks.len(), heard.0.len(), leaks.join("\n"));
}

/// A grading that is stopped while it is at its hidden tests.
async fn cancel_during_grading(client: &Client, heard: &mut ResponseLog, problem: &str) -> String {
    let code = "import sys, time\ndata = sys.stdin.read()\nprint(data.strip()[::-1], flush=True)\n\
        if not data.startswith('shown'): print(data, flush=True); time.sleep(3)";
    let id = client.submit_to_grade(&grade_request(problem, "python", code)).await;
    let mut events = client.follow(&id, None).await;
    heard.note("a test", events.next_named("test").await.data.to_string());
    heard.answer("cancelling", &client.cancel(&id).await);
    let job = client.wait_for_result(&id).await;
    assert_eq!(job.status, JobStatusName::Cancelled, "{job:?}");
    for event in events.rest().await {
        heard.note("an event of a job that is stopped", event.data.to_string());
    }
    ask_about(client, heard, &id).await;
    id
}

mod measured {
    use super::*;

    #[tokio::test]
    async fn what_a_program_uses_in_hidden_tests_shows_in_no_number_and_no_event() {
        let echo = "title: Echo\nlimits: {time: 3}\ntests:\n  - input: shown\n    output: shown\n\
            hidden_tests:\n  - input: ab\n    output: ab\n  - input: abcd\n    output: abcd\n";
        let server = Setup::default().with_content("echo/problem.yaml", echo).start().await;
        let client = server.client();
        let id = client.submit_to_grade(&grade_request("echo", "python", TELLS_BY_WHAT_IT_USES)).await;
        let events = client.follow(&id, None).await.rest().await;
        let told: Vec<_> = events.iter().filter(|event| event.name == "test").map(|event| event.at).collect();
        let [shown, first, second] = told[..] else { panic!("{events:?}") };
        assert!(first - shown > Duration::from_secs(2), "it waited in both");
        assert!(second - first < Duration::from_millis(400), "each can be timed: {:?}", second - first);

        let job = client.result(&id).await;
        let grading = job.grading.expect("was judged");
        let most = grading.peak_usage.expect("a public test was run");
        assert_eq!((grading.passed, job.time), (3, Some(most.wall_ms)));
        assert!(most.wall_ms < 800 && most.memory_bytes < 100 << 20, "{most:?}");
    }

    #[tokio::test]
    async fn a_hidden_test_runs_alone_where_that_is_configured() {
        let alone = wait_beside_a_hidden_test("[grading]\nhidden_tests_alone = true\n").await;
        let beside = wait_beside_a_hidden_test("").await;
        assert!(alone > Duration::from_secs(1) && beside < Duration::from_secs(1), "{alone:?} {beside:?}");
    }
}
