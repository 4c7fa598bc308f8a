//! Submissions judged in real sandboxes.

mod again;
mod calls;
mod feedback;
mod hall;
mod interactive;
mod streams;
mod validated;
