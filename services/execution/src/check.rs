//! Whether a submission may run, and as what. Pure: a request, the languages and the settings in; what to run, or every
//! field that must change, out.
//!
//! It reports all that is wrong at once, so that a client need not find out one by one.

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

/// A submission that may run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Checked {
    /// What to run.
    pub(crate) submission: Submission,
    /// Where.
    pub(crate) pool: PoolKind,
    /// How urgently.
    pub(crate) priority: Priority,
    /// Who is to be told of its end.
    pub(crate) webhook: Option<String>,
}

/// What a check looks at besides the request.
pub(crate) struct Rules<'a> {
    /// What can be run by some worker of this installation.
    pub(crate) fleet: &'a Fleet,
    /// What it allows.
    pub(crate) settings: &'a Settings,
    /// Who asks.
    pub(crate) caller: &'a Principal,
    /// How far they are trusted.
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
        rules.settings.version,
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

/// What a program asks for that decides on its pool; what it does not name is the usual.
#[derive(Debug, Clone, Copy, Default)]
struct Wanted {
    memory: Option<Bytes>,
    cpus: Option<Cpus>,
}

/// The pool for a program in this language that wants this.
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

/// The most that a run in this language may ask for, each limit by itself: memory and processors of the roomiest pool that
/// anybody gets to by asking for them, and the rest of the pool that its programs usually run in.
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

/// The errors found so far.
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
