//! Submissions judged in real sandboxes.

mod hall;
mod interactive;
mod streams;
mod validated;
