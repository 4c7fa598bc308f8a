//! Tells addresses that clients have named that their jobs have ended: signed messages over HTTP, as the Standard Webhooks
//! specification has them.
//!
//! What is to be told stands in the store, noted by whoever takes submissions, so a restart loses nothing and any process may tell
//! it. A message comes at least once: whoever gets it twice knows it by its id. What it tells is no secret but the job's id, and what
//! comes back is not read.
//!
//! Invariant: no connection is made to an address that [`model::AddressRule`] does not permit, whatever a name resolves to and
//! whatever a server answers.

mod deliver;
mod event;
mod resolve;
mod schedule;
mod secret;
mod send;
mod settings;

pub use deliver::Deliverer;
pub use resolve::{Lookup, SystemLookup};
pub use secret::{BadSecret, Secret};
pub use send::{Failure, Message, Sender};
pub use settings::Settings;
