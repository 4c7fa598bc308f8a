//! Ledger: acknowledged jobs and reported results, with a check for loss, duplicates and contradictions.

use std::collections::BTreeMap;

use wire::{JobStatusName, ResultBody};

use crate::job::Number;

/// All jobs that were acknowledged.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    entries: BTreeMap<Number, Entry>,
    /// Violations, as messages.
    violations: Vec<String>,
    /// Number of repeated acknowledgements.
    repeats: usize,
}

/// One job.
#[derive(Debug)]
struct Entry {
    id: String,
    cancellation: Cancellation,
    /// The first final result.
    result: Option<ResultBody>,
}

/// Answer to its cancellation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cancellation {
    /// It was not cancelled.
    NotAsked,
    /// It may have arrived.
    Asked,
    /// It is cancelled.
    Promised,
}

/// Numbers of results by kind.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) accepted: usize,
    pub(crate) completed: usize,
    pub(crate) cancelled: usize,
    pub(crate) dead: usize,
    pub(crate) attempted_again: usize,
}

impl Totals {
    pub(crate) const fn count_ended(&self) -> usize {
        self.completed + self.cancelled + self.dead
    }
}

impl Ledger {
    /// Notes that a job was acknowledged under this id.
    pub(crate) fn record_accepted(&mut self, number: Number, id: &str) {
        if let Some(entry) = self.entries.get(&number) {
            self.repeats += 1;
            if entry.id != id {
                self.violations.push(format!("{number:?} is {} and also {id}, for one key", entry.id));
            }
            return;
        }
        let entry = Entry { id: id.to_owned(), cancellation: Cancellation::NotAsked, result: None };
        self.entries.insert(number, entry);
    }

    pub(crate) fn cancellation(&mut self, number: Number, answered: Cancellation) {
        if let Some(entry) = self.entries.get_mut(&number) {
            entry.cancellation = answered;
        }
    }

    /// Records that an acknowledged job is unknown.
    pub(crate) fn record_unknown(&mut self, number: Number, answer: &str) {
        self.violations.push(format!("{number:?} was acknowledged, and is not known: {answer}"));
    }

    /// Records a violation.
    pub(crate) fn record_violation(&mut self, violation: String) {
        self.violations.push(violation);
    }

    /// Records the reported status of a job, and returns whether it is final.
    pub(crate) fn record_result(&mut self, number: Number, said: ResultBody) -> bool {
        let Some(entry) = self.entries.get_mut(&number) else { return false };
        let is_final = !matches!(said.status, JobStatusName::Queued | JobStatusName::Processing);
        if let Some(before) = &entry.result {
            if *before != said {
                self.violations.push(format!("{number:?} has two results: {before:?}, then {said:?}"));
            }
        } else if is_final {
            self.violations.extend(fault_in(number, entry, &said));
            entry.result = Some(said);
        }
        is_final
    }

    pub(crate) fn id(&self, number: Number) -> Option<String> {
        self.entries.get(&number).map(|entry| entry.id.clone())
    }

    pub(crate) fn all(&self) -> Vec<Number> {
        self.entries.keys().copied().collect()
    }

    /// The totals, the number of repeated acknowledgements, and all violations.
    pub(crate) fn summary(&self) -> (Totals, usize, &[String]) {
        (self.totals(), self.repeats, &self.violations)
    }

    fn totals(&self) -> Totals {
        let results = || self.entries.values().filter_map(|entry| entry.result.as_ref());
        let count = |status| results().filter(|result| result.status == status).count();
        Totals {
            accepted: self.entries.len(),
            completed: count(JobStatusName::Completed),
            cancelled: count(JobStatusName::Cancelled),
            dead: count(JobStatusName::Failed),
            attempted_again: results().filter(|result| result.attempt > 1).count(),
        }
    }

    /// Notes the jobs that have no result, once all should have one.
    pub(crate) fn close(&mut self) {
        let open = self.entries.iter().filter(|(_, entry)| entry.result.is_none());
        self.violations.extend(open.map(|(number, entry)| format!("{number:?} has no result: {entry:?}")));
    }
}

/// Violations in a final result.
fn fault_in(number: Number, entry: &Entry, said: &ResultBody) -> Option<String> {
    let is_right = match said.status {
        JobStatusName::Completed => {
            said.output == number.expected_output()
                && said.attempt >= 1
                && entry.cancellation != Cancellation::Promised
        }
        JobStatusName::Cancelled => entry.cancellation != Cancellation::NotAsked,
        // Failed through our fault, with an explanation.
        JobStatusName::Failed => {
            let reason = said.error.as_deref().unwrap_or_default();
            reason.contains("our fault") && said.run.is_none()
        }
        JobStatusName::Queued | JobStatusName::Processing => true,
    };
    (!is_right).then(|| format!("{number:?}, {:?}, ended like this: {said:?}", entry.cancellation))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NUMBER: Number = Number(7);

    fn result(status: &str, output: &str) -> ResultBody {
        let error = (status == "failed").then_some("This is our fault.");
        serde_json::from_value(json!({
            "jobId": "a", "kind": "run", "status": status, "language": "bash", "toolchain": null, "submittedAt": "",
            "startedAt": null, "finishedAt": null, "attempt": 1, "pool": "container", "compile": null, "run": null,
            "output": output, "time": null, "explanation": null, "help": null, "notices": [], "artifacts": [], "error": error,
        }))
        .expect("a result")
    }

    /// Whether these reports on one job, one after another, contain a violation.
    fn is_wrong(cancellation: Cancellation, told: &[ResultBody]) -> bool {
        let mut ledger = Ledger::default();
        ledger.record_accepted(NUMBER, "a");
        ledger.cancellation(NUMBER, cancellation);
        for said in told {
            ledger.record_result(NUMBER, said.clone());
        }
        ledger.close();
        !ledger.summary().2.is_empty()
    }

    #[test]
    fn what_must_not_be_is_noticed() {
        use Cancellation::{Asked, NotAsked, Promised};
        let right = result("completed", &NUMBER.expected_output());
        let (cancelled, dead) = (result("cancelled", ""), result("failed", ""));
        let later = ResultBody { attempt: 2, ..right.clone() };
        for (cancellation, told, wrong) in [
            (NotAsked, vec![result("processing", ""), right.clone(), right.clone()], false),
            (NotAsked, vec![result("processing", "")], true),
            (NotAsked, vec![right.clone(), later], true),
            (NotAsked, vec![right.clone(), result("queued", "")], true),
            (NotAsked, vec![result("completed", &Number(8).expected_output())], true),
            (NotAsked, vec![cancelled.clone()], true),
            (Asked, vec![cancelled.clone()], false),
            (Asked, vec![right.clone()], false),
            (Promised, vec![cancelled], false),
            (Promised, vec![right.clone()], true),
            (NotAsked, vec![dead.clone()], false),
            (NotAsked, vec![ResultBody { error: Some("The program's.".to_owned()), ..dead }], true),
        ] {
            assert_eq!(is_wrong(cancellation, &told), wrong, "{cancellation:?}, {told:?}");
        }
    }

    #[test]
    fn one_key_with_two_ids_is_noticed_and_one_id_twice_is_counted() {
        let mut ledger = Ledger::default();
        ledger.record_accepted(NUMBER, "a");
        ledger.record_accepted(NUMBER, "a");
        assert_eq!((ledger.summary().1, ledger.summary().2.len()), (1, 0));
        ledger.record_accepted(NUMBER, "b");
        assert_eq!(ledger.summary().2.len(), 1);
    }
}
