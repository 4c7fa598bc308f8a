//! Web service: the pages of the built web application, embedded in the binary.
//!
//! A page is the build's template with a nonce of its own, metadata, and content that is readable without JavaScript.
//! Data comes from the API, which the application calls like any other client; this crate knows no jobs.
//!
//! Invariant: no page allows inline code without the nonce of its response.

mod encoding;
mod error_page;
mod head;
mod locale;
mod origin;
mod page;
mod policy;
mod routes;
mod share_page;
mod site;
mod static_file;

pub use error_page::with_error_pages;
pub use routes::router;
pub use site::Site;
