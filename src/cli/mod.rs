//! The door: arguments in, tables and exit codes out.
//!
//! `main` hands over to [`main`]; a program with a protocol of its own calls [`run_with`], one with
//! a service [`host`].

mod compare;
mod exit;
mod faults;
mod fuzz;
mod help;
mod host;
mod list;
mod log;
mod plot;
mod progress;
mod random;
mod reproduce;
mod run;
mod schema;
mod sweep;
mod terminal;
mod until;
mod validate;
mod verify;

use std::ffi::OsString;
use std::io::{self, Write};

use clap::{Parser, Subcommand};
pub use exit::Exit;
use exit::Failure;
pub use host::{host, host_on};
use reproduce::{command, quoted, reproduce};

use crate::experiment::design;
use crate::plan::stated_settings;
use crate::protocol::node::{self, CoordinationParams, ExchangeParams, Protocols};
use crate::scenario::{Diagnostic, Loaded, printable, printable_lines};

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
    /// Try random worlds until a promise breaks, and shrink the world that breaks it
    Hunt(fuzz::Arguments),
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

/// Runs the program on the process's arguments with what comes with zonesim.
pub fn main() -> Exit {
    run_with::<node::Builtin>()
}

/// Runs the program on the process's arguments with a catalogue of exchanges and one of
/// coordinations.
pub fn run_with<P: Protocols>() -> Exit {
    run_on::<P>(std::env::args_os())
}

/// Runs the program on arguments, the first of which is its name.
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
        Command::Hunt(arguments) => fuzz::hunt::<P>(&arguments),
        Command::Faults(arguments) => faults::faults::<P>(&arguments),
        Command::Validate(arguments) => validate::validate::<P>(&arguments),
        Command::List(arguments) => list::list::<P>(&arguments),
        Command::Schema { kind } => schema::schema::<P>(kind),
        Command::Completions { shell } => help::completions(program, shell),
        Command::Help { word } => help::help::<P>(program, word.as_deref()),
    };
    match outcome {
        Ok(exit) => exit,
        Err(failure) => failure.report(),
    }
}

/// The arguments read; where they are wrong that has been said.
///
/// The parser of arguments repeats what was typed as it stands, so the error that is said is that of
/// the arguments with control characters and ends of lines escaped: then all ends of lines in it are
/// the parser's.
fn parsed<P: Parser>(arguments: &[OsString]) -> Result<P, Exit> {
    P::try_parse_from(arguments).map_err(|error| {
        let shown = arguments.iter().map(|argument| match argument.to_str() {
            Some(text) => printable(text).into_owned().into(),
            None => argument.clone(),
        });
        misuse(&P::try_parse_from(shown).err().unwrap_or(error))
    })
}

/// Says what is wrong with arguments, or what they asked for.
fn misuse(error: &clap::Error) -> Exit {
    let plain = error.render().to_string();
    if printable_lines(&plain) == plain {
        // Nothing can be done about a closed terminal.
        drop(error.print());
    } else {
        warn(plain.trim_end());
    }
    if error.use_stderr() { Exit::Usage } else { Exit::Success }
}

/// Says something on standard error; if nobody can hear it, nothing can be done about that.
fn warn(text: &str) {
    warn_styled(&printable_lines(text));
}

/// The same of what may be in colours, and holds nothing else that moves a terminal.
fn warn_styled(text: &str) {
    drop(writeln!(io::stderr(), "{text}"));
}

/// All there are.
fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn json(value: &impl serde::Serialize) -> String {
    let text = serde_json::to_string(value).expect("numbers and names can be written");
    format!("{text}\n")
}

/// Refuses overrides of which one puts aside what another sets: who gave it would believe it.
fn refuse_clashes(sets: &[String]) -> Result<(), Diagnostic> {
    design::refuse_conflicting_args(("--set", sets), ("", &[]))
}

/// Says which settings change nothing: those of one protocol or workload together.
fn say_idle(paths: &[String]) {
    let keys = |path: &String| Some(path.rsplit_once('.')?.0.to_owned());
    for paths in paths.chunk_by(|one, other| keys(one) == keys(other)) {
        let paths: Vec<_> = paths.iter().map(|path| format!("`{path}`")).collect();
        let change = if paths.len() == 1 { "changes" } else { "change" };
        let setting = if paths.len() == 1 { "it is a setting" } else { "they are settings" };
        let paths = paths.join(", ");
        warn(&format!("note: {paths} {change} nothing: no run uses what {setting} of"));
    }
}

/// Says which settings of a scenario change nothing.
fn say_unused<P: Protocols>(loaded: &Loaded<ExchangeParams<P>, CoordinationParams<P>>) {
    let unused = stated_settings::<P>(loaded).into_iter().filter(|(_, is_used)| !is_used);
    say_idle(&unused.map(|(path, _)| path).collect::<Vec<_>>());
}

/// Writes to standard output; who closes it early has seen enough.
fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    printed(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
}

/// Writes to standard output, or to standard error if an output has the other for itself.
fn print_beside(text: &str, is_apart: bool) -> Result<(), Failure> {
    if is_apart {
        warn(text.trim_end());
        return Ok(());
    }
    print(text)
}

/// What came of writing to standard output.
fn printed(written: io::Result<()>) -> Result<(), Failure> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Failure::Closed),
        Err(error) => Err(Failure::unwritable("standard output", &error)),
        Ok(()) => Ok(()),
    }
}
