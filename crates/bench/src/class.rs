//! Class bench (`coderunner-bench class`): a class that runs programs, and thousands of waiting clients.
//!
//! The complete server runs, sandboxes included. Arrivals are random and independent of responses (open
//! loop), so that a server that falls behind shows it.

mod lesson;
mod report;
mod students;
mod waiting;

use std::time::Duration;

use self::{
    report::{LessonReport, WaitingReport},
    students::Lesson,
};
use super::{
    client::address,
    goal::{Ratio, Target},
    machine::MeasurementContext,
    server::Server,
};
use crate::cli::ClassArgs;

pub(super) use self::report::ClassReport;

/// Precompiles a C++ header, as a server in use has.
const PREPARED: (&str, &str) = ("CODERUNNER_LANGUAGES__PREPARE", "true");

/// Start of a lesson, which does not count: connections are opened and slots get their runtimes.
const WARM_UP: Duration = Duration::from_secs(3);

/// Measures a server that it starts, or a given one. Waiting clients always use one of its own, whose jobs it
/// can block.
pub(super) async fn measure(args: &ClassArgs) -> anyhow::Result<ClassReport> {
    let mut circumstances = MeasurementContext::now();
    let lessons = lessons(args).await?;
    let waited = match args.waiting {
        0 => None,
        clients => Some(WaitingReport::of(clients, &waiting::measure(clients).await?)),
    };
    circumstances.end();
    let ratios = ratios(&lessons, waited.as_ref());
    Ok(ClassReport { bench: "class", circumstances, lessons, waited, ratios })
}

async fn lessons(args: &ClassArgs) -> anyhow::Result<LessonReport> {
    let server = match args.url {
        Some(_) => None,
        None => Some(Server::start_with(if args.cpp_percent > 0 { &[PREPARED] } else { &[] }).await?),
    };
    let url = args.url.as_ref().or(server.as_ref().map(|server| &server.address));
    let lesson = Lesson {
        server: address(url.map_or("", String::as_str))?,
        students: args.students,
        per_minute: args.per_minute,
        cpp_percent: args.cpp_percent,
        length: Duration::from_secs_f64(args.minutes * 60.0),
    };
    Lesson { length: WARM_UP, ..lesson }.run_lesson().await;
    let tally = lesson.run_lesson().await;
    drop(server);
    Ok(LessonReport::of(args, &tally))
}

fn ratios(lessons: &LessonReport, waited: Option<&WaitingReport>) -> Vec<Ratio> {
    let plain = |name, figure| Ratio::new(name, figure, Some(1.0));
    let mut ratios = vec![plain("runP95Ms", lessons.p95()).with(Target::AtMost(300.0))];
    if let Some(waited) = waited {
        ratios.push(plain("kibPerWaitingClient", Some(waited.kib_each)).with(Target::AtMost(64.0)));
        ratios.push(plain("wakeUpP99Ms", waited.one_by_one_p99()).with(Target::AtMost(50.0)));
        ratios.push(plain("wakeUpOfAllP99Ms", waited.at_once_p99()).with(Target::AtMost(1000.0)));
    }
    ratios
}
