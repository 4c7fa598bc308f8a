//! Submissions judged in real sandboxes.

mod calls;
mod hall;
mod interactive;
mod streams;
mod validated;
