//! What tests of the whole system share: they live beside this file, in `tests/`, and the programs that attack a server in
//! `attacks/`.

mod attack;
mod head;
mod shown;
mod traces;

pub use attack::{Attack, all_in, families};
pub use head::{Ending, Head, HeadError};
pub use shown::Shown;
pub use traces::Traces;
