//! Webhook delivery: signed HTTP messages about ended jobs, in the format of the Standard Webhooks specification.
//!
//! Pending webhooks are rows in the store, written by the execution service. A restart loses none, and any process may send
//! them. Delivery is at least once; the message id is the same for every try. A message contains no secret except the job id.
//! Only the status of the response is read.
//!
//! Invariant: no connection is made to an address that [`model::AddressRule`] does not permit, whatever a host name resolves to
//! and whatever a receiver answers.

mod deliverer;
mod message;
mod resolver;
mod retry;
mod secret;
mod sender;
mod settings;

pub use deliverer::Deliverer;
pub use resolver::{HostResolver, SystemResolver};
pub use secret::{InvalidSecret, Secret};
pub use sender::{DeliveryError, Message, Sender};
pub use settings::Settings;
