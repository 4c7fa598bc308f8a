//! Attacks: the programs under `tests/attacks/`, on a server with and one without prestarted sandboxes. Each ends as its head says, learns
//! nothing about the host, leaves no traces and does not affect others.

mod calls;

use std::time::{Duration, Instant};

use futures_util::{StreamExt as _, stream};
use system_tests::{Attack, Traces, all_in, families};
use testkit::{Client, Server, Setup, python};

/// In the environment of the server, where no program may find it.
const SECRET: &str = "none-of-a-guests-business";
/// The family whose programs run in pairs: the second searches for traces of the first.
const PAIRS: &str = "left";
/// More than the slots, so that some wait for a place.
const AT_ONCE: usize = 6;
/// Number of hello runs during the attacks, and before and after.
const HELLOS: usize = 12;
/// Tolerated slowdown of the fastest hello: other tests may have started beside this one.
const SLOWER: Duration = Duration::from_millis(500);

/// A server with a secret, that makes this ahead.
async fn server(slots: u32, ahead: Vec<(&'static str, usize)>) -> Server {
    let env = vec![("ATTACKED_SECRET", SECRET.to_owned())];
    Setup { slots, prestarted: ahead, env, ..Setup::default() }.start().await
}

/// Facts about the host that a program must not find out.
fn secrets(server: &Server) -> [String; 2] {
    [SECRET.to_owned(), server.folder().display().to_string()]
}

/// Runs an attack, and returns the violations.
async fn fault(server: &Server, attack: &Attack) -> Option<String> {
    // Connections of its own, gone with it: the server's descriptors are counted in the end.
    let client = Client::new(server.client().base());
    let port = server.client().base().rsplit(':').next().expect("an address has a port");
    let shown = match attack.check(&client, port).await {
        Ok(shown) => shown,
        Err(fault) => return Some(fault),
    };
    let secrets = secrets(server);
    let known = secrets.iter().find(|secret| shown.contains(secret.as_str()))?;
    Some(format!("{}: it knows {known:?}: {shown}", attack.name))
}

/// Runs a harmless program repeatedly, and returns the minimum duration.
async fn hellos(server: &Server) -> Result<Duration, String> {
    let client = Client::new(server.client().base());
    let mut fastest = Duration::MAX;
    for _ in 0..HELLOS {
        let began = Instant::now();
        let job = client.run(&python("print('hello')")).await;
        if job.output != "hello\n" {
            return Err(format!("a hello: {job:?}"));
        }
        fastest = fastest.min(began.elapsed());
    }
    Ok(fastest)
}

/// Number of sandboxes that this server has leased: created on demand, and prepared.
async fn sandbox_starts(server: &Server) -> (u64, u64) {
    let page = server.admin().get("/metrics").await.text();
    let of = |kind: &str| {
        let name = format!("coderunner_sandbox_starts_total{{start=\"{kind}\"}} ");
        page.lines().find_map(|line| line.strip_prefix(&name)?.parse::<u64>().ok()).unwrap_or(0)
    };
    (of("cold"), of("warm") + of("started"))
}

#[track_caller]
fn check_nothing_wrong(wrong: &[String]) {
    assert!(wrong.is_empty(), "{} went wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// Runs all attacks, several at once and a hello beside them, and returns the violations.
async fn wrong_in_all(server: &Server) -> Vec<String> {
    let attacks: Vec<Attack> =
        families().iter().filter(|name| *name != PAIRS).flat_map(|name| all_in(name)).collect();
    let attacking = stream::iter(&attacks)
        .map(|attack| fault(server, attack))
        .buffer_unordered(AT_ONCE)
        .filter_map(async |wrong| wrong)
        .collect::<Vec<_>>();
    let (mut wrong, of_hellos) = tokio::join!(attacking, hellos(server));
    wrong.extend(of_hellos.err());
    wrong.extend(calls::faults(&Client::new(server.client().base())).await);
    wrong.sort();
    wrong
}

/// Runs everything, and checks for leftovers.
async fn check_all(server: &Server) {
    let usual = hellos(server).await.expect("hello");
    // The connection that asks for them stays.
    sandbox_starts(server).await;
    let before = Traces::of(server);
    check_nothing_wrong(&wrong_in_all(server).await);
    before.until_as_before(server).await;
    let now = hellos(server).await.expect("hello");
    assert!(now < usual + SLOWER, "a hello takes {now:?}, and took {usual:?}");
    let log = server.log();
    assert!(!log.contains("panic") && !log.contains("ERROR"), "it complained of itself");
}

#[tokio::test]
async fn each_ends_as_it_should_in_a_sandbox_made_for_it() {
    let server = server(4, vec![]).await;
    check_all(&server).await;
    let (cold, ahead) = sandbox_starts(&server).await;
    assert!(cold > 50 && ahead == 0, "{cold} cold, {ahead} made ahead");
}

#[tokio::test]
async fn each_ends_as_it_should_in_a_sandbox_made_ahead() {
    let server = server(4, vec![("python", 2), ("any", 4)]).await;
    check_all(&server).await;
    let (cold, ahead) = sandbox_starts(&server).await;
    assert!(ahead > 50 && ahead > cold, "{cold} cold, {ahead} made ahead");
}

/// Runs the programs under `left/` in pairs on a server with a single slot: the second searches for traces of the first.
async fn check_nothing_is_passed_on(server: &Server) {
    let before = Traces::of(server);
    let programs = all_in(PAIRS);
    let mut wrong = Vec::new();
    for pair in programs.chunks(2) {
        let [leaves, probes] = pair else { panic!("{:?} is alone", pair[0].name) };
        let name = leaves.name.split_once(".leave.").expect("it leaves something").0;
        assert!(probes.name.starts_with(&format!("{name}.probe.")), "{} is no pair", probes.name);
        // Twice: some time before, and right before, while the other waits for the slot.
        wrong.extend(fault(server, leaves).await);
        let (left_again, found) = tokio::join!(fault(server, leaves), fault(server, probes));
        wrong.extend(left_again.into_iter().chain(found));
    }
    check_nothing_wrong(&wrong);
    before.until_as_before(server).await;
}

#[tokio::test]
async fn nothing_is_left_for_the_next_program_in_a_new_sandbox() {
    let server = server(1, vec![]).await;
    hellos(&server).await.expect("hello");
    check_nothing_is_passed_on(&server).await;
}

#[tokio::test]
async fn nothing_is_left_for_the_next_program_from_the_same_template() {
    let server = server(1, vec![("python", 1)]).await;
    hellos(&server).await.expect("hello");
    check_nothing_is_passed_on(&server).await;
    // The others are compiled, and have no runtime. A program that starts too early is also forked from the template.
    let pythons = all_in(PAIRS).iter().filter(|attack| attack.language == "python").count() as u64;
    let (cold, ahead) = sandbox_starts(&server).await;
    assert!(ahead >= pythons, "{cold} cold, {ahead} made ahead, {pythons} in Python");
}
