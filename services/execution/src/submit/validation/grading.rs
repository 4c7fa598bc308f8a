//! Validation of submissions for grading: problem, language, limits and deadline. Pure.

use std::time::Duration;

use languages::Language;
use model::{Catalogue, Limits, LimitsRequest, Network, Problem, Submission, SuiteRef, TestStyle};
use wire::{FieldError, GradeBody, ProblemRef};

use crate::{
    settings::Settings,
    submit::validation::{
        FieldErrors, ResourceRequest, ValidSubmission, ValidationContext, files, input, limits, options,
        quoted, route_to_pool, toolchain, webhook,
    },
};

/// A validated submission for grading.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ValidGrading {
    /// The program.
    pub(crate) checked: ValidSubmission,
    /// The problem and the suite that it is judged by.
    pub(crate) judged_by: SuiteRef,
    /// The time limit of the whole grading.
    pub(crate) deadline: Duration,
}

/// The problem with this reference, or an error message.
pub(crate) fn find_problem<'a>(
    reference: &ProblemRef,
    catalogue: &'a Catalogue,
) -> Result<&'a Problem, String> {
    let problem = match reference {
        ProblemRef::Number(number) => catalogue.by_number(*number),
        ProblemRef::Name(name) => catalogue.by_name(name),
    };
    problem.ok_or_else(|| unknown_problem(reference, catalogue))
}

fn unknown_problem(reference: &ProblemRef, catalogue: &Catalogue) -> String {
    const LIST: &str = "GET /api/problems lists those that there are.";
    if catalogue.all().is_empty() {
        return "There are no problems on this server yet: it reads them from the folder content.folder when it starts.".to_owned();
    }
    match reference {
        ProblemRef::Number(number) => format!("There is no problem with the number {number}. {LIST}"),
        ProblemRef::Name(name) => match nearest_slug(name, catalogue.all()) {
            Some(slug) => format!("There is no problem {}; did you mean {slug:?}? {LIST}", quoted(name)),
            None => format!("There is no problem {}. {LIST}", quoted(name)),
        },
    }
}

/// The most similar slug, if one is similar enough.
fn nearest_slug<'a>(name: &str, problems: &'a [Problem]) -> Option<&'a str> {
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
    rules: &ValidationContext<'_>,
) -> Result<ValidGrading, Vec<FieldError>> {
    let settings = rules.settings;
    let mut errors = FieldErrors::default();
    let found = errors.collect(toolchain::find(
        &body.language,
        body.version.as_deref(),
        rules.fleet,
        rules.settings.submissions.max_version,
    ));
    let (language, version) = found.unzip();
    let language = language.and_then(|language| errors.collect(allowed_language(language, problem)));
    let priority = errors.collect(input::priority(body.priority.unwrap_or_default(), rules.caller));
    let webhook = errors.collect(webhook::check(body.webhook, settings));
    let main_file = language.map_or("main", |language: &Language| &language.main_file);
    let files = errors.collect_all(files::collect(body.code, body.files, main_file, settings));
    let options = errors.collect_all(options::check(body.options.unwrap_or_default(), language));
    // Gradings have a CPU of their own in every pool.
    let resources = ResourceRequest { memory: problem.limits.memory, cpus: None };
    let pool = language.and_then(|language| errors.collect(route_to_pool(language, resources, rules)));
    let (Some(language), Some(pool), Some(priority), Some(files), Some(options), Some(webhook)) =
        (language, pool, priority, files, options, webhook)
    else {
        return Err(errors.0);
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
    Ok(ValidGrading {
        checked: ValidSubmission { submission, pool, priority, webhook },
        judged_by: SuiteRef { problem: problem.id, suite: problem.suite },
        deadline: deadline(problem, &limits, settings),
    })
}

/// The language, if the problem allows it.
fn allowed_language<'a>(language: &'a Language, problem: &Problem) -> Result<&'a Language, FieldError> {
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
    settings.deadline.saturating_add(runs).min(settings.max_grading)
}

fn wall_of(request: &LimitsRequest) -> Duration {
    Limits::STUDENT.with(request).wall
}

#[cfg(test)]
mod tests {
    use model::Bytes;

    use super::*;
    use crate::submit::validation::submission_tests::{catalogue, fleet, problem as a_problem};

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

    fn validate(
        body: GradeBody,
        problem: &Problem,
        settings: &Settings,
    ) -> Result<ValidGrading, Vec<FieldError>> {
        let caller = model::Principal::Anonymous("192.0.2.1".to_owned());
        check(
            body,
            problem,
            &ValidationContext { fleet: &fleet(), settings, caller: &caller, trust: model::Trust::Standard },
        )
    }

    #[test]
    fn an_unknown_problem_is_refused_with_the_nearest_one() {
        let catalogue = catalogue();
        let name = |name: &str| ProblemRef::Name(name.to_owned());
        for (reference, says) in [
            (ProblemRef::Number(99), "no problem with the number 99"),
            (name("ad-two"), "did you mean \"add-two\"?"),
            (name("Add_Two"), "did you mean \"add-two\"?"),
            (name("something else"), "GET /api/problems"),
            (name(&"x".repeat(100_000)), "GET /api/problems"),
        ] {
            let message = find_problem(&reference, &catalogue).expect_err("is not there");
            assert!(message.contains(says) && message.len() < 300, "{message}");
        }
        for reference in [ProblemRef::Number(1), name("add-two"), name("1")] {
            assert_eq!(
                find_problem(&reference, &catalogue).map(|problem| problem.number),
                Ok(1),
                "{reference:?}"
            );
        }
    }

    #[test]
    fn what_the_problem_does_not_take_is_refused_by_name() {
        let mut problem = a_problem(1, "add-two");
        problem.languages = Some(vec![model::LanguageId::new("cpp")]);
        let errors = validate(body("python"), &problem, &Settings::default()).expect_err("refused");
        assert_eq!(errors[0].field, "language");
        assert!(errors[0].message.contains("is to be solved in cpp"), "{errors:?}");
        problem.languages = Some(vec![model::LanguageId::new("python")]);
        assert!(validate(body("python"), &problem, &Settings::default()).is_ok());
    }

    #[test]
    fn the_limits_are_the_problems_up_to_those_of_the_installation() {
        let mut problem = a_problem(1, "add-two");
        problem.limits = LimitsRequest {
            cpu: Some(Duration::from_secs(2)),
            memory: Some(Bytes::mib(64)),
            output: Some(Bytes::mib(500)),
            ..LimitsRequest::default()
        };
        let settings = Settings::default();
        let limits = validate(body("python"), &problem, &settings).expect("fits").checked.submission.limits;
        assert_eq!((limits.cpu, limits.memory), (Duration::from_secs(2), Bytes::mib(64)));
        assert_eq!(limits.output, settings.problem_output, "no more than is allowed");
        assert_eq!(limits.wall, Duration::from_secs(5), "a program that sleeps does not sleep for long");
        assert_eq!(limits.cpus, model::Cpus::ONE, "what is judged has a processor to itself");
    }

    #[test]
    fn a_problem_may_have_more_memory_and_output_than_a_run_may_ask_for() {
        let mut problem = a_problem(1, "add-two");
        let memory = |problem: &Problem, settings: &Settings| {
            validate(body("python"), problem, settings).expect("fits").checked.submission.limits.memory
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
    fn the_time_of_a_grading_is_that_of_its_runs_up_to_the_maximum() {
        let mut problem = a_problem(1, "add-two");
        problem.limits.wall = Some(Duration::from_secs(3));
        let settings = Settings::default();
        assert_eq!(settings.max_grading, Duration::from_mins(1));
        let deadline =
            |problem: &Problem| validate(body("python"), problem, &settings).expect("fits").deadline;
        problem.runs = 4;
        assert_eq!(deadline(&problem), Duration::from_secs(30 + 4 * 3));
        problem.validator_limits =
            Some(LimitsRequest { wall: Some(Duration::from_secs(1)), ..LimitsRequest::default() });
        assert_eq!(deadline(&problem), Duration::from_secs(30 + 4 * (3 + 1)));
        problem.runs = u32::MAX;
        assert_eq!(deadline(&problem), settings.max_grading);
    }
}
