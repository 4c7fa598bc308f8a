//! What tests of the whole system share: they live beside this file, in `tests/`, and the programs that they attack a server
//! with in `attacks/`.

mod attack;
mod head;
mod traces;

pub use attack::{Attack, all_in};
pub use head::{Ending, Head, HeadError};
pub use traces::Traces;
