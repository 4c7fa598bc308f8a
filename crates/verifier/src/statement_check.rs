//! Statement check: renders statements and hints to HTML as a server does when it starts, and reports failures.

use std::time::Instant;

use model::wording::error_chain;
use package::{Form, Pandoc, Renderer, Source, Statement, StatementError, Warning};

use crate::{loaded_package::LoadedPackage, local_judge::LocalJudge};

/// Results.
#[derive(Debug, Default)]
pub(crate) struct StatementCheck {
    /// Statements that cannot be shown.
    pub warnings: Vec<Warning>,
    /// Checks that could not be done, one sentence each.
    pub notes: Vec<String>,
}

/// Makes HTML of each statement and hint, until `--timeout` is over.
pub(crate) fn check_statements(local_judge: &LocalJudge, loaded: &LoadedPackage) -> StatementCheck {
    let mut check = StatementCheck::default();
    let end = Instant::now() + local_judge.timeout();
    let renderer = Renderer { images_at: String::new(), pandoc: Pandoc::find() };
    let package = &loaded.package;
    let progress = local_judge.progress("statements");
    progress.expect(package.statements.len() + package.hints.len());
    let statements = package.statements.iter().filter(|statement| statement.form != Form::Pdf);
    for statement in statements {
        if is_over(local_judge, end, &mut check) {
            return check;
        }
        check.note(&place(statement), renderer.html(package, statement));
        progress.done(1);
    }
    for (n, hint) in package.hints.iter().enumerate() {
        if is_over(local_judge, end, &mut check) {
            return check;
        }
        check.note(&format!("hint {}", n + 1), renderer.hint(hint));
        progress.done(1);
    }
    check
}

fn is_over(local_judge: &LocalJudge, end: Instant, check: &mut StatementCheck) -> bool {
    let is_late = Instant::now() >= end;
    if is_late {
        check.notes.push("not all statements were tried: they took longer than --timeout".to_owned());
    }
    is_late || local_judge.is_stopped()
}

impl StatementCheck {
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
                let message = format!("cannot be shown: {}", error_chain(&error));
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
