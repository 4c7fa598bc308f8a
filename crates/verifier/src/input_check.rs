//! Input check: the inputs of a package against its input validators. Exit code 42 is valid, any other is not.

use std::{
    sync::{
        Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use package::Case;

use crate::{
    console::Progress,
    input_validator::{InputValidator, MAX_BYTES, ValidatorError, input},
    judging::BackgroundTask,
    loaded_package::LoadedPackage,
    local_judge::LocalJudge,
    validity::Validity,
};

/// Results of the input validators.
#[derive(Debug, Default)]
pub struct InputReport {
    /// Validators that were run.
    pub ran: Vec<String>,
    /// Validators in a language that is not here, and why.
    pub not_run: Vec<(String, String)>,
    /// Validators that are wrong themselves, and why: nothing was held against them.
    pub broken: Vec<(String, String)>,
    /// Number of inputs that were checked.
    pub checked: usize,
    /// Inputs that are not checked, for they are too large to be held in memory.
    pub too_large: Vec<String>,
    /// Inputs that were not held against all validators before `--timeout` was over.
    pub out_of_time: Vec<String>,
    /// Inputs that were rejected.
    pub rejected: Vec<RejectedInput>,
}

/// An input that a validator does not accept.
#[derive(Debug)]
pub struct RejectedInput {
    /// The test.
    pub test: String,
    /// The validator.
    pub validator: String,
    /// Its exit and its message.
    pub why: String,
}

impl InputReport {
    /// Whether something is wrong with the inputs, or with what they are held against.
    pub(crate) fn are_not_valid(&self) -> bool {
        !self.rejected.is_empty() || !self.broken.is_empty()
    }

    fn note(&mut self, validator: &str, test: &str, answer: Validity) {
        match answer {
            Validity::Valid => {}
            Validity::Rejected(why) => {
                let (test, validator) = (test.to_owned(), validator.to_owned());
                self.rejected.push(RejectedInput { test, validator, why });
            }
            Validity::Broken(why) => {
                if self.broken.iter().all(|(name, _)| name != validator) {
                    self.broken.push((validator.to_owned(), why));
                }
            }
            Validity::OutOfTime => {
                if self.out_of_time.iter().all(|name| name != test) {
                    self.out_of_time.push(test.to_owned());
                }
            }
        }
    }
}

/// A validator that is asked, and whether it has turned out to be broken.
struct ActiveValidator {
    validator: InputValidator,
    is_broken: AtomicBool,
}

/// The validators of a package and the inputs to hold against them, one unit of work for each pair.
pub(crate) struct InputCheck<'a> {
    local_judge: &'a LocalJudge,
    loaded: &'a LoadedPackage,
    inputs: InputReport,
    validators: Vec<ActiveValidator>,
    cases: Vec<&'a Case>,
    progress: Box<dyn Progress>,
    /// Until when all must be done: counted from the first one.
    end: OnceLock<Instant>,
    answers: Mutex<Vec<(usize, Validity)>>,
}

impl<'a> InputCheck<'a> {
    /// Of all validators that can be run here, and all inputs that are not too large.
    pub(crate) fn new(local_judge: &'a LocalJudge, loaded: &'a LoadedPackage) -> Self {
        let mut inputs = InputReport::default();
        let mut validators = Vec::new();
        for program in &loaded.package.input_validators {
            match InputValidator::of(program, &loaded.package, local_judge) {
                Ok(validator) => {
                    validators.push(ActiveValidator { validator, is_broken: AtomicBool::new(false) });
                }
                Err(ValidatorError::NotRunnable(why)) => inputs.not_run.push((program.name.clone(), why)),
                Err(ValidatorError::Broken(why)) => inputs.broken.push((program.name.clone(), why)),
            }
        }
        let cases = if validators.is_empty() { Vec::new() } else { loaded.package.tests.cases() };
        let is_large = |case: &&Case| input(case).is_some_and(|content| content.bytes().get() > MAX_BYTES);
        inputs.too_large = cases.iter().copied().filter(is_large).map(|case| case.name.clone()).collect();
        let cases: Vec<_> =
            cases.into_iter().filter(|case| input(case).is_some() && !is_large(case)).collect();
        let progress = local_judge.progress("inputs");
        progress.expect(cases.len() * validators.len());
        let (end, answers) = (OnceLock::new(), Mutex::default());
        Self { local_judge, loaded, inputs, validators, cases, progress, end, answers }
    }

    /// The work, all inputs of a validator before those of the next.
    pub(crate) fn units(&self) -> impl Iterator<Item = BackgroundTask<'_>> {
        (0..self.validators.len() * self.cases.len())
            .map(|number| Box::pin(self.pair(number)) as BackgroundTask<'_>)
    }

    async fn pair(&self, number: usize) {
        let (one, case) = self.pair_of(number);
        let end = *self.end.get_or_init(|| Instant::now() + self.local_judge.timeout());
        self.progress.current(&one.validator.name);
        let answer = if one.is_broken.load(Ordering::Relaxed) {
            Validity::Valid
        } else {
            one.validator.check(self.local_judge, self.loaded, case, end).await
        };
        if matches!(answer, Validity::Broken(_)) {
            one.is_broken.store(true, Ordering::Relaxed);
        }
        self.progress.done(1);
        // The list is whole after every statement, so a panic elsewhere leaves it usable.
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).push((number, answer));
    }

    fn pair_of(&self, number: usize) -> (&ActiveValidator, &'a Case) {
        (&self.validators[number / self.cases.len()], self.cases[number % self.cases.len()])
    }

    /// Results of all units; none after an interruption.
    pub(crate) fn finish(mut self) -> Option<InputReport> {
        let answers = std::mem::take(&mut self.answers).into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut inputs = std::mem::take(&mut self.inputs);
        let mut answers = answers;
        answers.sort_by_key(|(number, _)| *number);
        for (number, answer) in answers {
            let (one, case) = self.pair_of(number);
            inputs.note(&one.validator.name, &case.name, answer);
        }
        let works = |one: &&ActiveValidator| !one.is_broken.load(Ordering::Relaxed);
        inputs.ran = self.validators.iter().filter(works).map(|one| one.validator.name.clone()).collect();
        inputs.checked = if inputs.ran.is_empty() { 0 } else { self.cases.len() - inputs.out_of_time.len() };
        (!self.local_judge.is_stopped()).then_some(inputs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_validator_is_told_once_and_an_input_out_of_time_once() {
        let mut inputs = InputReport::default();
        for test in ["1", "2"] {
            inputs.note("v.py", test, Validity::Broken("it does not compile".to_owned()));
            inputs.note("w.py", test, Validity::OutOfTime);
            inputs.note("x.py", test, Validity::OutOfTime);
        }
        assert_eq!(inputs.broken, [("v.py".to_owned(), "it does not compile".to_owned())]);
        assert_eq!(inputs.out_of_time, ["1", "2"]);
    }
}
