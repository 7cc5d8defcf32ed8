//! Two protocols in one program, beside the built-in ones: an exchange ([`ring`]) and a coordination
//! ([`leader`]).
//!
//! ```console
//! cargo run --example own-protocol -- verify sims/own-protocol/scenario.toml
//! cargo run --example own-protocol -- run sims/own-protocol/leader.toml
//! ```

mod leader;
mod ring;

use zonesim::cli::{self, Exit};
use zonesim::protocol::WithBuiltin;

fn main() -> Exit {
    cli::run_with::<(WithBuiltin<ring::Ring>, WithBuiltin<leader::Leader>)>()
}
