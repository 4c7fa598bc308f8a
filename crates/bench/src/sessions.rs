//! Sessions bench (`coderunner-bench sessions`): a class whose programs wait at `input()`, and how soon others are answered beside it.
//!
//! The complete server runs with its default settings. A hello world is run again and again, first alone and then while all sessions
//! wait. At last each session gets its input, and the time until its output counts.

use std::{
    fmt,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use reqwest::{Client, Response};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    cli::SessionsArgs,
    goal::{Ratio, Target},
    machine::MeasurementContext,
    report::{Digits, goals, number, table, write_head},
    samples::{Quantiles, Samples},
    server::Server,
};

/// Time after which every session is found to wait, and the slots have been prepared again.
const SETTLE_TIME: Duration = Duration::from_secs(5);

/// The goal for a hello world beside waiting sessions, in milliseconds.
const GOAL_MS: f64 = 100.0;

const ASKS: &str = "print('hello', input('? '))";

/// The complete report.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SessionsReport {
    bench: &'static str,
    #[serde(flatten)]
    circumstances: MeasurementContext,
    sessions: u32,
    /// A hello world with no session open.
    hello_alone: Option<Quantiles>,
    /// The same while all sessions wait.
    hello_beside: Option<Quantiles>,
    /// From the request with input for a session until its output.
    answer: Option<Quantiles>,
    ratios: Vec<Ratio>,
}

/// A session whose program has asked, with the stream that keeps it alive.
struct Session {
    id: String,
    stream: Response,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Accepted {
    job_id: String,
}

pub(super) async fn measure(args: &SessionsArgs) -> anyhow::Result<SessionsReport> {
    let mut circumstances = MeasurementContext::now();
    let server = Server::start().await?;
    let (client, base) = (Client::new(), server.address.as_str());
    hellos(&client, base, args.rounds.min(20)).await?;
    let alone = hellos(&client, base, args.rounds).await?;
    let mut sessions = Vec::new();
    for _ in 0..args.sessions {
        sessions.push(open(&client, base).await?);
    }
    tokio::time::sleep(SETTLE_TIME).await;
    let beside = hellos(&client, base, args.rounds).await?;
    let mut answers = Samples::new();
    for session in sessions {
        answers.add(answer(&client, base, session).await?);
    }
    circumstances.end();
    let (hello_alone, hello_beside) = (alone.quantiles(), beside.quantiles());
    let median = hello_beside.map(|times| times.median);
    let ratios = vec![
        Ratio::new("helloBesideSessionsTo100Ms", median, Some(GOAL_MS)).with(Target::AtMost(1.0)),
        Ratio::new("helloBesideSessionsToAlone", median, hello_alone.map(|times| times.median)),
    ];
    let sessions = args.sessions;
    let answer = answers.quantiles();
    Ok(SessionsReport {
        bench: "sessions",
        circumstances,
        sessions,
        hello_alone,
        hello_beside,
        answer,
        ratios,
    })
}

/// Runs so many, one after another.
async fn hellos(client: &Client, base: &str, rounds: u32) -> anyhow::Result<Samples> {
    let mut samples = Samples::new();
    for round in 0..rounds {
        let code = format!("print('hello') # {round}");
        let began = Instant::now();
        let request = client.post(format!("{base}/api/execution/submit?wait=30"));
        let answer = request.json(&json!({"language": "python", "code": code})).send().await?;
        let text = answer.text().await?;
        samples.add(began.elapsed());
        ensure!(text.contains("\"output\":\"hello\\n\""), "a hello world was answered with {text}");
    }
    Ok(samples)
}

async fn open(client: &Client, base: &str) -> anyhow::Result<Session> {
    let request = client.post(format!("{base}/api/execution/session"));
    let answer =
        request.json(&json!({"language": "python", "code": ASKS})).send().await?.error_for_status()?;
    let Accepted { job_id: id } = answer.json().await?;
    let stream = client.get(format!("{base}/api/execution/stream/{id}")).send().await?.error_for_status()?;
    let mut session = Session { id, stream };
    session.until("\"text\":\"? \"").await?;
    Ok(session)
}

async fn answer(client: &Client, base: &str, mut session: Session) -> anyhow::Result<Duration> {
    let began = Instant::now();
    let request = client.post(format!("{base}/api/execution/{}/stdin", session.id));
    request.json(&json!({"text": "you\n"})).send().await?.error_for_status()?;
    session.until("hello you").await?;
    Ok(began.elapsed())
}

impl Session {
    /// Reads the stream until it contains this.
    async fn until(&mut self, text: &str) -> anyhow::Result<()> {
        let mut read = String::new();
        while !read.contains(text) {
            let piece = self.stream.chunk().await?.context("a session's stream ended")?;
            read.push_str(&String::from_utf8_lossy(&piece));
        }
        Ok(())
    }
}

impl fmt::Display for SessionsReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_head(f, &self.circumstances)?;
        let row = |name: String, times: Option<Quantiles>| {
            let figure = |of: fn(&Quantiles) -> f64| number(times.as_ref().map(of), Digits::One);
            vec![name, figure(|times| times.median), figure(|times| times.p95), figure(|times| times.p99)]
        };
        let head = ["", "median ms", "p95 ms", "p99 ms"].map(str::to_owned).to_vec();
        let beside = format!("hello beside {} sessions that wait", self.sessions);
        f.write_str(&table(&[
            head,
            row("hello alone".to_owned(), self.hello_alone),
            row(beside, self.hello_beside),
            row("answer of a session".to_owned(), self.answer),
        ]))?;
        writeln!(f)?;
        f.write_str(&table(&goals(&self.ratios)))
    }
}
