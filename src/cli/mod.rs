//! The command line: parses arguments, runs a command, returns an exit code.
//!
//! The binary calls [`main`]. A program with a custom protocol calls [`run_with`], a program with a
//! service calls [`host`].

mod compare;
mod exit;
mod faults;
mod fuzz;
mod help;
mod host;
mod list;
mod load;
mod log;
mod parse;
mod plot;
mod progress;
mod random;
mod reproduce;
mod run;
mod schema;
mod stderr;
mod stdout;
mod sweep;
mod terminal;
mod threads;
mod traces;
mod until;
mod validate;
mod verify;

use std::ffi::OsString;

use clap::{Parser, Subcommand};
pub use exit::Exit;
pub use host::{host, host_on};
use parse::parsed;

use crate::protocol::node::{self, Protocols};

/// A deterministic, seeded testbed of zones that exchange intelligence and act together.
#[derive(Debug, Parser)]
#[command(name = "zonesim", version, about, max_term_width = 100)]
#[command(after_help = format!("{}\n{}", help::pages(), exit::codes()), disable_help_subcommand = true)]
struct Arguments {
    /// Show what happens in runs: -v decisions and faults, -vv items too, -vvv messages too
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a scenario: the story and the table
    Run(run::Arguments),
    /// Compare protocols, or any values of a scenario, from the same seeds
    Compare(compare::Arguments),
    /// Run a grid or a sample of scenarios and write a table of all runs
    Sweep(sweep::Arguments),
    /// Prove that the engines agree and seeds repeat
    Verify(verify::Arguments),
    /// Run random scenarios until one violates an invariant, and shrink that one
    Fuzz(fuzz::Arguments),
    /// Print the faults of a run, those drawn from the seed among them, as a scenario lists them
    Faults(faults::Arguments),
    /// Reproduce published and exact figures
    Validate(validate::Arguments),
    /// List what a scenario can name
    List(list::Arguments),
    /// Print the JSON Schema of scenario files, or of sweep files, for editors
    Schema {
        /// The kind of file
        #[arg(value_enum, default_value_t = schema::Kind::Scenario)]
        kind: schema::Kind,
    },
    /// Print the completion script of a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the help of a command, or a page of the guide
    Help {
        /// A command or a page
        word: Option<String>,
    },
}

/// Runs the command in the arguments of the process, with the built-in protocols.
pub fn main() -> Exit {
    run_with::<node::Builtin>()
}

/// Runs the command in the arguments of the process, with these sets of protocols.
pub fn run_with<P: Protocols>() -> Exit {
    run_on::<P>(std::env::args_os())
}

/// Runs the command in `arguments`, of which the first is the name of the program.
pub fn run_on<P: Protocols>(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let arguments: Vec<_> = arguments.into_iter().collect();
    let program = arguments.first();
    reproduce::set_program(program);
    let arguments = match parsed::<Arguments>(&arguments) {
        Ok(arguments) => arguments,
        Err(exit) => return exit,
    };
    log::show(arguments.verbose);
    let outcome = match arguments.command {
        Command::Run(arguments) => run::run::<P>(&arguments),
        Command::Compare(arguments) => compare::compare::<P>(&arguments),
        Command::Sweep(arguments) => sweep::sweep::<P>(&arguments),
        Command::Verify(arguments) => verify::verify::<P>(&arguments),
        Command::Fuzz(arguments) => fuzz::fuzz::<P>(&arguments),
        Command::Faults(arguments) => faults::faults::<P>(&arguments),
        Command::Validate(arguments) => validate::validate::<P>(&arguments),
        Command::List(arguments) => list::list::<P>(&arguments),
        Command::Schema { kind } => schema::schema::<P>(kind),
        Command::Completions { shell } => help::completions::<Arguments>(program, shell),
        Command::Help { word } => help::help::<P, Arguments>(program, word.as_deref()),
    };
    match outcome {
        Ok(exit) => exit,
        Err(failure) => failure.report(),
    }
}
