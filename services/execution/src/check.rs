//! Validation of submissions: converts a request body to a [`Submission`] or to the list of all fields that must change. Pure.
//!
//! All errors are reported at once, so that a client need not correct them one by one.

mod files;
mod grade;
mod input;
mod limits;
mod options;
mod toolchain;
mod webhook;

#[cfg(test)]
mod tests;

use languages::{Fleet, Language};
pub(crate) use model::quoted;
use model::{Bytes, Cpus, Limits, Network, PoolKind, Principal, Priority, Submission, Trust};
use wire::{FieldError, SubmitBody};

pub(crate) use grade::{Gradable, check as check_grading, problem};
pub(crate) use limits::usual as usual_limits;

use crate::{
    pool::{NoSuchPool, Wish},
    settings::Settings,
};

/// A validated submission.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Checked {
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
pub(crate) struct Rules<'a> {
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
pub(crate) fn check(body: SubmitBody, rules: &Rules<'_>) -> Result<Checked, Vec<FieldError>> {
    let settings = rules.settings;
    let mut wrong = Wrong::default();
    let found = wrong.note(toolchain::find(
        &body.language,
        body.version.as_deref(),
        rules.fleet,
        rules.settings.submissions.max_version,
    ));
    let (language, version) = found.unzip();
    let asked = body.limits.unwrap_or_default();
    let wanted =
        Wanted { memory: asked.memory_bytes.map(Bytes), cpus: asked.cpus.and_then(Cpus::from_number) };
    let pool = language.and_then(|language| wrong.note(routed(language, wanted, rules)));
    let limits = limits::in_force(asked, language, pool.unwrap_or(PoolKind::Container), settings);
    let limits = wrong.note_all(limits);
    let priority = wrong.note(input::priority(body.priority.unwrap_or_default(), rules.caller));
    let problem = wrong.note(input::problem_id(body.problem_id.as_ref()));
    let stdin =
        input::stdin(body.stdin.unwrap_or_default(), body.stdin_encoding.unwrap_or_default(), settings);
    let stdin = wrong.note(stdin);
    let webhook = wrong.note(webhook::check(body.webhook, settings));
    let args = wrong.note_all(input::args(body.args.unwrap_or_default(), settings));
    let main_file = language.map_or("main", |language: &Language| &language.main_file);
    let files = files::gather(body.code, body.files, main_file, settings);
    let files = wrong.note_all(files);
    let options = options::chosen(body.options.unwrap_or_default(), language);
    let options = wrong.note_all(options);
    let (Some(()), Some(webhook)) = (problem, webhook) else { return Err(wrong.0) };
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
            Ok(Checked { submission, pool, priority, webhook })
        }
        _ => Err(wrong.0),
    }
}

/// The resources that decide on the pool of a program; `None` stands for the default of its language.
#[derive(Debug, Clone, Copy, Default)]
struct Wanted {
    memory: Option<Bytes>,
    cpus: Option<Cpus>,
}

/// The pool for a program in this language with these resources.
fn routed(language: &Language, wanted: Wanted, rules: &Rules<'_>) -> Result<PoolKind, FieldError> {
    let settings = rules.settings;
    let usual = language.limits(settings.limits);
    let wish = Wish {
        trust: rules.trust,
        language: language.pool,
        memory: wanted.memory.unwrap_or(usual.memory),
        cpus: wanted.cpus.unwrap_or(usual.cpus),
    };
    settings.pools.route(wish).map_err(|NoSuchPool(pool)| {
        let pool = pool.as_str();
        let message = format!("names {}, meant for the pool {pool}, which is not there", language.name);
        FieldError::new("language", message)
    })
}

/// The maximum of each limit for a run in this language: memory and CPUs of the largest pool that a request can be routed to, the
/// others of the language's default pool.
pub(crate) fn most_limits(language: &Language, settings: &Settings) -> Limits {
    let usual = usual_limits(language, settings);
    let most_of = |memory, cpus| {
        let wish = Wish { trust: Trust::Standard, language: language.pool, memory, cpus };
        let pool = settings.pools.route(wish).unwrap_or(PoolKind::Container);
        limits::most_in(pool, language, settings)
    };
    let (alone, roomiest) = (most_of(usual.memory, usual.cpus), most_of(Bytes(u64::MAX), Cpus::MAX));
    Limits { memory: alone.memory.max(roomiest.memory), cpus: alone.cpus.max(roomiest.cpus), ..alone }
}

/// The errors collected so far.
#[derive(Default)]
struct Wrong(Vec<FieldError>);

impl Wrong {
    fn note<T>(&mut self, checked: Result<T, FieldError>) -> Option<T> {
        checked.map_err(|error| self.0.push(error)).ok()
    }

    fn note_all<T>(&mut self, checked: Result<T, Vec<FieldError>>) -> Option<T> {
        checked.map_err(|errors| self.0.extend(errors)).ok()
    }
}
