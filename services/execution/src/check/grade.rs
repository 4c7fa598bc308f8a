//! Validation of submissions for grading: problem, language, limits and deadline. Pure.

use std::time::Duration;

use languages::Language;
use model::{Catalogue, Limits, LimitsRequest, Network, Problem, Submission, SuiteRef, TestStyle};
use wire::{FieldError, GradeBody, ProblemRef};

use super::{
    Checked, Rules, Wanted, Wrong, files, input, limits, options, quoted, routed, toolchain, webhook,
};
use crate::settings::Settings;

/// A validated submission for grading.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Gradable {
    /// The program.
    pub(crate) checked: Checked,
    /// The problem and the suite that it is judged by.
    pub(crate) judged_by: SuiteRef,
    /// The time limit of the whole grading.
    pub(crate) deadline: Duration,
}

/// The problem with this reference, or an error message.
pub(crate) fn problem<'a>(wanted: &ProblemRef, catalogue: &'a Catalogue) -> Result<&'a Problem, String> {
    let found = match wanted {
        ProblemRef::Number(number) => catalogue.by_number(*number),
        ProblemRef::Name(name) => catalogue.by_name(name),
    };
    found.ok_or_else(|| unknown(wanted, catalogue))
}

fn unknown(wanted: &ProblemRef, catalogue: &Catalogue) -> String {
    const LIST: &str = "GET /api/problems lists those that there are.";
    if catalogue.all().is_empty() {
        return "There are no problems on this server yet: it reads them from the folder content.folder when it starts.".to_owned();
    }
    match wanted {
        ProblemRef::Number(number) => format!("There is no problem with the number {number}. {LIST}"),
        ProblemRef::Name(name) => match nearest(name, catalogue.all()) {
            Some(slug) => format!("There is no problem {}; did you mean {slug:?}? {LIST}", quoted(name)),
            None => format!("There is no problem {}. {LIST}", quoted(name)),
        },
    }
}

/// The most similar slug, if one is similar enough.
fn nearest<'a>(name: &str, problems: &'a [Problem]) -> Option<&'a str> {
    // A much longer name is not a typo, and the distance would take long to compute.
    const LONGEST: usize = 64;
    if name.len() > LONGEST {
        return None;
    }
    let name = name.to_lowercase();
    let measured = problems
        .iter()
        .map(|problem| (strsim::damerau_levenshtein(&name, &problem.slug.to_lowercase()), &problem.slug));
    let (distance, slug) = measured.min()?;
    (distance <= (slug.len() / 3).max(1)).then_some(slug)
}

/// Validates every field of a submission to this problem.
pub(crate) fn check(
    body: GradeBody,
    problem: &Problem,
    rules: &Rules<'_>,
) -> Result<Gradable, Vec<FieldError>> {
    let settings = rules.settings;
    let mut wrong = Wrong::default();
    let found = wrong.note(toolchain::find(
        &body.language,
        body.version.as_deref(),
        rules.fleet,
        rules.settings.submissions.max_version,
    ));
    let (language, version) = found.unzip();
    let language = language.and_then(|language| wrong.note(allowed(language, problem)));
    let priority = wrong.note(input::priority(body.priority.unwrap_or_default(), rules.caller));
    let webhook = wrong.note(webhook::check(body.webhook, settings));
    let main_file = language.map_or("main", |language: &Language| &language.main_file);
    let files = wrong.note_all(files::gather(body.code, body.files, main_file, settings));
    let options = wrong.note_all(options::chosen(body.options.unwrap_or_default(), language));
    // Gradings have a CPU of their own in every pool.
    let wanted = Wanted { memory: problem.limits.memory, cpus: None };
    let pool = language.and_then(|language| wrong.note(routed(language, wanted, rules)));
    let (Some(language), Some(pool), Some(priority), Some(files), Some(options), Some(webhook)) =
        (language, pool, priority, files, options, webhook)
    else {
        return Err(wrong.0);
    };
    let limits = limits::of_problem(&problem.limits, language, pool, settings);
    let submission = Submission {
        language: language.id.clone(),
        version: version.flatten(),
        options,
        files,
        stdin: "".into(),
        args: Vec::new(),
        limits,
        network: body.network.map(Network::from),
        artifacts: false,
        large: Vec::new(),
    };
    Ok(Gradable {
        checked: Checked { submission, pool, priority, webhook },
        judged_by: SuiteRef { problem: problem.id, suite: problem.suite },
        deadline: deadline(problem, &limits, settings),
    })
}

/// The language, if the problem allows it.
fn allowed<'a>(language: &'a Language, problem: &Problem) -> Result<&'a Language, FieldError> {
    if let Some(allowed) = &problem.languages
        && !allowed.contains(&language.id)
    {
        let names: Vec<&str> = allowed.iter().map(model::LanguageId::as_str).collect();
        let message = format!(
            "names {}, but {:?} is to be solved in {}",
            language.name,
            problem.slug,
            names.join(", ")
        );
        return Err(FieldError::new("language", message));
    }
    if problem.style == TestStyle::Calls && !language.can_call() {
        let message = format!(
            "names {}, but {:?} calls a function, which cannot be done in it here",
            language.name, problem.slug
        );
        return Err(FieldError::new("language", message));
    }
    Ok(language)
}

/// The deadline of a grading: that of a plain run, compiling included, plus the time of each of its runs and of their validators;
/// at most what the installation allows.
fn deadline(problem: &Problem, limits: &Limits, settings: &Settings) -> Duration {
    let judging = problem.validator_limits.map_or(Duration::ZERO, |request| wall_of(&request));
    let runs = (limits.wall + judging).saturating_mul(problem.runs);
    settings.deadline.saturating_add(runs).min(settings.longest_grading)
}

fn wall_of(request: &LimitsRequest) -> Duration {
    Limits::STUDENT.with(request).wall
}

#[cfg(test)]
mod tests {
    use model::Bytes;

    use super::*;
    use crate::check::tests::{catalogue, fleet, problem as a_problem};

    fn body(language: &str) -> GradeBody {
        GradeBody {
            language: language.to_owned(),
            version: None,
            options: None,
            code: Some("print(1)".to_owned()),
            files: None,
            problem_id: ProblemRef::Number(1),
            network: None,
            priority: None,
            webhook: None,
        }
    }

    fn checked(body: GradeBody, problem: &Problem, settings: &Settings) -> Result<Gradable, Vec<FieldError>> {
        let caller = model::Principal::Anonymous("192.0.2.1".to_owned());
        check(
            body,
            problem,
            &Rules { fleet: &fleet(), settings, caller: &caller, trust: model::Trust::Standard },
        )
    }

    #[test]
    fn a_problem_that_is_not_there_is_told_with_the_one_that_may_be_meant() {
        let catalogue = catalogue();
        let name = |name: &str| ProblemRef::Name(name.to_owned());
        for (wanted, says) in [
            (ProblemRef::Number(99), "no problem with the number 99"),
            (name("ad-two"), "did you mean \"add-two\"?"),
            (name("Add_Two"), "did you mean \"add-two\"?"),
            (name("something else"), "GET /api/problems"),
            (name(&"x".repeat(100_000)), "GET /api/problems"),
        ] {
            let told = problem(&wanted, &catalogue).expect_err("is not there");
            assert!(told.contains(says) && told.len() < 300, "{told}");
        }
        for wanted in [ProblemRef::Number(1), name("add-two"), name("1")] {
            assert_eq!(problem(&wanted, &catalogue).map(|problem| problem.number), Ok(1), "{wanted:?}");
        }
    }

    #[test]
    fn what_the_problem_does_not_take_is_refused_by_name() {
        let mut problem = a_problem(1, "add-two");
        problem.languages = Some(vec![model::LanguageId::new("cpp")]);
        let wrong = checked(body("python"), &problem, &Settings::default()).expect_err("refused");
        assert_eq!(wrong[0].field, "language");
        assert!(wrong[0].message.contains("is to be solved in cpp"), "{wrong:?}");
        problem.languages = Some(vec![model::LanguageId::new("python")]);
        assert!(checked(body("python"), &problem, &Settings::default()).is_ok());
    }

    #[test]
    fn the_limits_are_the_problems_within_what_the_installation_allows() {
        let mut problem = a_problem(1, "add-two");
        problem.limits = LimitsRequest {
            cpu: Some(Duration::from_secs(2)),
            memory: Some(Bytes::mib(64)),
            output: Some(Bytes::mib(500)),
            ..LimitsRequest::default()
        };
        let settings = Settings::default();
        let limits = checked(body("python"), &problem, &settings).expect("fits").checked.submission.limits;
        assert_eq!((limits.cpu, limits.memory), (Duration::from_secs(2), Bytes::mib(64)));
        assert_eq!(limits.output, settings.problem_output, "no more than is allowed");
        assert_eq!(limits.wall, Duration::from_secs(5), "a program that sleeps does not sleep for long");
        assert_eq!(limits.cpus, model::Cpus::ONE, "what is judged has a processor to itself");
    }

    #[test]
    fn a_problem_may_have_more_memory_and_output_than_a_run_may_ask_for() {
        let mut problem = a_problem(1, "add-two");
        let memory = |problem: &Problem, settings: &Settings| {
            checked(body("python"), problem, settings).expect("fits").checked.submission.limits.memory
        };
        let settings = Settings::default();
        problem.limits.memory = Some(Bytes::mib(600));
        assert!(Bytes::mib(600) > settings.ceilings.container.memory);
        assert_eq!(memory(&problem, &settings), Bytes::mib(600));
        problem.limits.memory = Some(Bytes::mib(5000));
        assert_eq!(memory(&problem, &settings), settings.problem_memory, "no more than is allowed");
        let small = Settings { problem_memory: Bytes::mib(4), ..Settings::default() };
        assert_eq!(memory(&problem, &small), small.ceilings.container.memory, "no less than a run gets");
        let machine = Settings { memory: Bytes::mib(300), ..Settings::default() };
        assert_eq!(memory(&problem, &machine), Bytes::mib(300), "no more than there is");
    }

    #[test]
    fn a_grading_takes_what_its_runs_may_and_no_more_than_is_allowed() {
        let mut problem = a_problem(1, "add-two");
        problem.limits.wall = Some(Duration::from_secs(3));
        let settings = Settings::default();
        assert_eq!(settings.longest_grading, Duration::from_mins(1));
        let deadline =
            |problem: &Problem| checked(body("python"), problem, &settings).expect("fits").deadline;
        problem.runs = 4;
        assert_eq!(deadline(&problem), Duration::from_secs(30 + 4 * 3));
        problem.validator_limits =
            Some(LimitsRequest { wall: Some(Duration::from_secs(1)), ..LimitsRequest::default() });
        assert_eq!(deadline(&problem), Duration::from_secs(30 + 4 * (3 + 1)));
        problem.runs = u32::MAX;
        assert_eq!(deadline(&problem), settings.longest_grading);
    }
}
