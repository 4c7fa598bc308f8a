//! Submissions judged in real sandboxes.

mod calls;
mod hall;
mod interactive;
mod languages;
mod streams;
mod validated;
