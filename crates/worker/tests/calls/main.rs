//! Functions of submissions, called in real sandboxes: what counts as right, what does not, and what cannot be forged.

mod bench;
mod deep;
mod forgeries;
mod javascript;
mod others;
mod python;
