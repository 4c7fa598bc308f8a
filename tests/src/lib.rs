//! Tests of the whole system live beside this file, in `tests/`.
//!
//! The library itself is empty: Cargo wants one, and helpers shared by several of those tests may go here.
