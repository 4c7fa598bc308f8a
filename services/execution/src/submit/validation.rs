//! Validation of submissions: converts a request body to a [`Submission`] or to the list of all fields that must change. Pure.
//!
//! All errors are reported at once, so that a client need not correct them one by one.

mod files;
mod grading;
mod input;
mod limits;
mod options;
mod toolchain;
mod webhook;

#[cfg(test)]
mod submission_tests;

use languages::{Fleet, Language};
pub(crate) use model::quoted;
use model::{Bytes, Cpus, Limits, Network, PoolKind, Principal, Priority, Submission, Trust};
use wire::{FieldError, SubmitBody};

pub(crate) use grading::{ValidGrading, check as check_grading, find_problem};
pub(crate) use limits::defaults as usual_limits;

use crate::{
    settings::Settings,
    submit::pool_routing::{PoolRequirements, PoolUnavailable},
};

/// A validated submission.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ValidSubmission {
    /// The program to run.
    pub(crate) submission: Submission,
    /// Its pool.
    pub(crate) pool: PoolKind,
    /// Its priority.
    pub(crate) priority: Priority,
    /// The URL of its webhook.
    pub(crate) webhook: Option<String>,
}

/// The context of a validation: everything besides the request.
pub(crate) struct ValidationContext<'a> {
    /// The toolchains of the live workers.
    pub(crate) fleet: &'a Fleet,
    /// The settings of the service.
    pub(crate) settings: &'a Settings,
    /// The caller.
    pub(crate) caller: &'a Principal,
    /// The caller's trust level.
    pub(crate) trust: Trust,
}

/// Checks every field of a submission.
pub(crate) fn check(
    body: SubmitBody,
    rules: &ValidationContext<'_>,
) -> Result<ValidSubmission, Vec<FieldError>> {
    let settings = rules.settings;
    let mut errors = FieldErrors::default();
    let found = errors.collect(toolchain::find(
        &body.language,
        body.version.as_deref(),
        rules.fleet,
        rules.settings.submissions.max_version,
    ));
    let (language, version) = found.unzip();
    let requested = body.limits.unwrap_or_default();
    let resources = ResourceRequest {
        memory: requested.memory_bytes.map(Bytes),
        cpus: requested.cpus.and_then(Cpus::from_number),
    };
    let pool = language.and_then(|language| errors.collect(route_to_pool(language, resources, rules)));
    let limits = limits::effective_limits(requested, language, pool.unwrap_or(PoolKind::Container), settings);
    let limits = errors.collect_all(limits);
    let priority = errors.collect(input::priority(body.priority.unwrap_or_default(), rules.caller));
    let problem = errors.collect(input::problem_id(body.problem_id.as_ref()));
    let stdin =
        input::stdin(body.stdin.unwrap_or_default(), body.stdin_encoding.unwrap_or_default(), settings);
    let stdin = errors.collect(stdin);
    let webhook = errors.collect(webhook::check(body.webhook, settings));
    let args = errors.collect_all(input::args(body.args.unwrap_or_default(), settings));
    let main_file = language.map_or("main", |language: &Language| &language.main_file);
    let files = files::collect(body.code, body.files, main_file, settings);
    let files = errors.collect_all(files);
    let options = options::check(body.options.unwrap_or_default(), language);
    let options = errors.collect_all(options);
    let (Some(()), Some(webhook)) = (problem, webhook) else { return Err(errors.0) };
    match (language, pool, limits, priority, stdin, args, files, options) {
        (
            Some(language),
            Some(pool),
            Some(limits),
            Some(priority),
            Some(stdin),
            Some(args),
            Some(files),
            Some(options),
        ) => {
            let artifacts = body.artifacts.unwrap_or_default();
            let language = language.id.clone();
            let (version, network) = (version.flatten(), body.network.map(Network::from));
            let large = Vec::new();
            let submission = Submission {
                language,
                version,
                options,
                files,
                stdin,
                args,
                limits,
                network,
                artifacts,
                large,
            };
            Ok(ValidSubmission { submission, pool, priority, webhook })
        }
        _ => Err(errors.0),
    }
}

/// The resources that decide on the pool of a program; `None` stands for the default of its language.
#[derive(Debug, Clone, Copy, Default)]
struct ResourceRequest {
    memory: Option<Bytes>,
    cpus: Option<Cpus>,
}

/// The pool for a program in this language with these resources.
fn route_to_pool(
    language: &Language,
    resources: ResourceRequest,
    rules: &ValidationContext<'_>,
) -> Result<PoolKind, FieldError> {
    let settings = rules.settings;
    let defaults = language.limits(settings.limits);
    let requirements = PoolRequirements {
        trust: rules.trust,
        language: language.pool,
        memory: resources.memory.unwrap_or(defaults.memory),
        cpus: resources.cpus.unwrap_or(defaults.cpus),
    };
    settings.pools.route(requirements).map_err(|PoolUnavailable(pool)| {
        let pool = pool.as_str();
        let message = format!("names {}, meant for the pool {pool}, which is not there", language.name);
        FieldError::new("language", message)
    })
}

/// The maximum of each limit for a run in this language: memory and CPUs of the largest pool that a request can be routed to, the
/// others of the language's default pool.
pub(crate) fn max_limits(language: &Language, settings: &Settings) -> Limits {
    let defaults = usual_limits(language, settings);
    let most_of = |memory, cpus| {
        let requirements = PoolRequirements { trust: Trust::Standard, language: language.pool, memory, cpus };
        let pool = settings.pools.route(requirements).unwrap_or(PoolKind::Container);
        limits::max_in_pool(pool, language, settings)
    };
    let (alone, roomiest) = (most_of(defaults.memory, defaults.cpus), most_of(Bytes(u64::MAX), Cpus::MAX));
    Limits { memory: alone.memory.max(roomiest.memory), cpus: alone.cpus.max(roomiest.cpus), ..alone }
}

/// The errors collected so far.
#[derive(Default)]
struct FieldErrors(Vec<FieldError>);

impl FieldErrors {
    fn collect<T>(&mut self, checked: Result<T, FieldError>) -> Option<T> {
        checked.map_err(|error| self.0.push(error)).ok()
    }

    fn collect_all<T>(&mut self, checked: Result<T, Vec<FieldError>>) -> Option<T> {
        checked.map_err(|errors| self.0.extend(errors)).ok()
    }
}
