//! Statements and hints of a package, made into HTML as a server does when it starts: one that cannot be shown there is told here.

use std::time::Instant;

use package::{Form, Pandoc, Renderer, Source, Statement, StatementError, Warning};

use crate::problem::{Examiner, Progress, Subject};

/// What came of it.
#[derive(Debug, Default)]
pub(super) struct Shown {
    /// Statements that cannot be shown.
    pub warnings: Vec<Warning>,
    /// What could not be tried, a sentence each.
    pub notes: Vec<String>,
}

/// Makes HTML of each statement and hint, until `--timeout` is over.
pub(super) fn try_all(examiner: &Examiner, subject: &Subject) -> Shown {
    let mut shown = Shown::default();
    let end = Instant::now() + examiner.timeout();
    let renderer = Renderer { images_at: String::new(), pandoc: Pandoc::find() };
    let package = &subject.package;
    let progress = Progress::of("statements");
    progress.expect(package.statements.len() + package.hints.len());
    let statements = package.statements.iter().filter(|statement| statement.form != Form::Pdf);
    for statement in statements {
        if is_over(examiner, end, &mut shown) {
            return shown;
        }
        shown.note(&place(statement), renderer.html(package, statement));
        progress.done(1);
    }
    for (n, hint) in package.hints.iter().enumerate() {
        if is_over(examiner, end, &mut shown) {
            return shown;
        }
        shown.note(&format!("hint {}", n + 1), renderer.hint(hint));
        progress.done(1);
    }
    shown
}

fn is_over(examiner: &Examiner, end: Instant, shown: &mut Shown) -> bool {
    let is_late = Instant::now() >= end;
    if is_late {
        shown.notes.push("not all statements were tried: they took longer than --timeout".to_owned());
    }
    is_late || examiner.is_stopped()
}

impl Shown {
    fn note(&mut self, place: &str, html: Result<String, StatementError>) {
        match html {
            Ok(_) => {}
            // The package is right, and this machine lacks something.
            Err(StatementError::NoPandoc) => {
                let note = "statements in TeX were not tried: pandoc is not installed".to_owned();
                if !self.notes.contains(&note) {
                    self.notes.push(note);
                }
            }
            Err(error) => {
                let message = format!("cannot be shown: {:#}", anyhow::Error::from(error));
                self.warnings.push(Warning { place: place.to_owned(), message });
            }
        }
    }
}

fn place(statement: &Statement) -> String {
    match &statement.source {
        Source::File(file) => file.path.clone(),
        Source::Text(_) => format!("the statement in {}", statement.language),
    }
}
