//! Submission fixtures: programs and gradings as request bodies.

use wire::{GradeBody, LimitsBody, ProblemRef, SubmitBody};

/// A program of one file.
pub fn program(language: &str, code: &str) -> SubmitBody {
    SubmitBody { language: language.to_owned(), code: Some(code.to_owned()), ..SubmitBody::default() }
}

/// A program of one file, submitted for a problem.
pub fn grade_request(problem: &str, language: &str, code: &str) -> GradeBody {
    GradeBody {
        language: language.to_owned(),
        version: None,
        options: None,
        code: Some(code.to_owned()),
        files: None,
        problem_id: ProblemRef::Name(problem.to_owned()),
        priority: None,
        network: None,
        webhook: None,
    }
}

/// A Python program.
pub fn python(code: &str) -> SubmitBody {
    program("python", code)
}

/// A Bash program, which starts faster.
pub fn bash(code: &str) -> SubmitBody {
    program("bash", code)
}

/// The same program with these limits.
pub fn with_limits(limits: LimitsBody, program: SubmitBody) -> SubmitBody {
    SubmitBody { limits: Some(limits), ..program }
}
