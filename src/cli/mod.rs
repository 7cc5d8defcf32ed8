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
use std::path::Path;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Parser, Subcommand};
pub use exit::Exit;
use exit::Failure;
pub use host::{host, host_on};
use reproduce::{command, quoted, reproduce};

use crate::experiment::design;
use crate::plan::{Plan, PlanOf, stated_settings};
use crate::protocol::node::{self, CoordinationParams, ExchangeParams, Protocols};
use crate::scenario::{self, Diagnostic, Inputs, Loaded, printable, printable_lines, renamed};

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
        Command::Completions { shell } => help::completions(program, shell),
        Command::Help { word } => help::help::<P>(program, word.as_deref()),
    };
    match outcome {
        Ok(exit) => exit,
        Err(failure) => failure.report(),
    }
}

/// Parses arguments. On an error, writes the message and returns the exit code.
///
/// The parser quotes arguments unescaped, so the message is that for the arguments with control
/// characters and line breaks escaped: every line break in it then comes from the parser.
fn parsed<P: Parser>(arguments: &[OsString]) -> Result<P, Exit> {
    P::try_parse_from(arguments).map_err(|error| {
        let escaped = arguments.iter().map(|argument| match argument.to_str() {
            Some(text) => printable(text).into_owned().into(),
            None => argument.clone(),
        });
        misuse(&P::try_parse_from(escaped).err().unwrap_or(error), arguments)
    })
}

/// The present name of a command or an option of an earlier version, as a message.
fn renamed_argument(error: &clap::Error, arguments: &[OsString]) -> Option<String> {
    let written = [ContextKind::InvalidSubcommand, ContextKind::InvalidArg];
    let written = written.into_iter().find_map(|kind| match error.get(kind)? {
        ContextValue::String(written) => Some(written.as_str()),
        _ => None,
    })?;
    let options = [("fuzz", "--cases"), ("compare", "--min-effect")].into_iter();
    let options = options.filter(|(command, _)| arguments.iter().any(|word| word == command));
    let new = renamed(written, options.map(|(_, option)| option).chain(["fuzz"]))?;
    Some(format!("`{written}` is called `{new}`"))
}

/// Writes a usage error, or the help or version that the arguments ask for.
fn misuse(error: &clap::Error, arguments: &[OsString]) -> Exit {
    let is_unknown =
        matches!(error.kind(), ErrorKind::InvalidSubcommand | ErrorKind::UnknownArgument);
    if let Some(renamed) = renamed_argument(error, arguments).filter(|_| is_unknown) {
        warn(&format!("error: {renamed}"));
        return Exit::Usage;
    }
    let plain = error.render().to_string();
    if printable_lines(&plain) == plain {
        // A closed terminal cannot be written to.
        drop(error.print());
    } else {
        warn(plain.trim_end());
    }
    if error.use_stderr() { Exit::Usage } else { Exit::Success }
}

/// Writes a line to standard error, with control characters escaped. Write errors are ignored.
fn warn(text: &str) {
    warn_styled(&printable_lines(text));
}

/// Writes a note to standard error.
fn note(text: &str) {
    warn(&format!("note: {text}"));
}

/// Writes a line to standard error that may contain colours but no other control sequences.
fn warn_styled(text: &str) {
    drop(writeln!(io::stderr(), "{text}"));
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The number of threads that an option asks for, by default all cores.
fn threads(option: Option<u16>) -> usize {
    option.map_or_else(cores, usize::from)
}

fn json(value: &impl serde::Serialize) -> String {
    let text = serde_json::to_string(value).expect("numbers and names can be written");
    format!("{text}\n")
}

/// A scenario with its overrides, and its plan.
type LoadedPlan<P> = (Loaded<ExchangeParams<P>, CoordinationParams<P>>, PlanOf<P>);

/// Loads a scenario with overrides and compiles it.
fn load_plan<P: Protocols>(
    inputs: &Inputs,
    file: &Path,
    sets: &[String],
) -> Result<LoadedPlan<P>, Diagnostic> {
    refuse_conflicts(sets)?;
    let loaded = scenario::load_from(inputs, file, sets)?;
    let plan = Plan::new::<P>(&loaded)?;
    Ok((loaded, plan))
}

/// Rejects overrides of which one replaces the value of another.
fn refuse_conflicts(sets: &[String]) -> Result<(), Diagnostic> {
    design::refuse_conflicting_args(("--set", sets), ("", &[]))
}

/// Writes a note about settings that no run uses, one for each protocol or workload.
fn note_unused(paths: &[String]) {
    let table = |path: &String| Some(path.rsplit_once('.')?.0.to_owned());
    for paths in paths.chunk_by(|one, other| table(one) == table(other)) {
        let paths: Vec<_> = paths.iter().map(|path| format!("`{path}`")).collect();
        let change = if paths.len() == 1 { "changes" } else { "change" };
        let setting = if paths.len() == 1 { "it is a setting" } else { "they are settings" };
        let paths = paths.join(", ");
        note(&format!("{paths} {change} nothing: no run uses what {setting} of"));
    }
}

/// Writes notes about the settings of a scenario that the run does not use.
fn note_unused_settings<P: Protocols>(loaded: &Loaded<ExchangeParams<P>, CoordinationParams<P>>) {
    let unused = stated_settings::<P>(loaded).into_iter().filter(|(_, is_used)| !is_used);
    note_unused(&unused.map(|(path, _)| path).collect::<Vec<_>>());
}

/// Writes to standard output; [`Failure::Closed`] if the reader has closed it.
fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    printed(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
}

/// Writes to standard output, or to standard error if a file output is standard output.
fn print_beside(text: &str, is_stdout_taken: bool) -> Result<(), Failure> {
    if is_stdout_taken {
        warn(text.trim_end());
        return Ok(());
    }
    print(text)
}

/// Converts the result of writing to standard output.
fn printed(written: io::Result<()>) -> Result<(), Failure> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Failure::Closed),
        Err(error) => Err(Failure::unwritable("standard output", &error)),
        Ok(()) => Ok(()),
    }
}
