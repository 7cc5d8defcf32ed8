//! Tests that take minutes, in a program that `cargo test` leaves out:
//! `cargo test --release --test slow -- --ignored`.

#[macro_use]
#[path = "../common/mod.rs"]
mod common;

mod anti_entropy;
mod pairs;
mod random;
mod sweep;
mod validate;
