//! Reconciliation: keeps records, queue and objects consistent, and deletes what is past its retention.

mod error;
mod object_sweep;
mod queue_gauges;
mod reconciler;
mod retention;

pub use reconciler::Reconciler;
