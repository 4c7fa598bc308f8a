//! System tests: code shared by the tests in `tests/` and `chaos/`. The programs that attack a server are in `attacks/`.

mod attack;
mod head;
mod submitter_view;
mod traces;

pub use attack::{Attack, all_in, families};
pub use head::{Ending, Head, HeadError};
pub use submitter_view::SubmitterView;
pub use traces::Traces;
