//! Verdicts out of facts.

pub mod compare;
pub mod course;
pub mod decide;
pub mod interaction;
pub mod validator;
