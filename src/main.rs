//! The program: parse, call, exit code.

use zonesim::cli::{self, Exit};

fn main() -> Exit {
    cli::main()
}
