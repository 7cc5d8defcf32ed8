//! `zonesim help` and `zonesim completions`: what helps at the command line.

use std::ffi::OsString;
use std::path::Path;

use clap::{Command, Parser};
use clap_complete::Shell;

use super::exit::{Exit, Failure};
use super::parse::parsed;
use super::stdout::print;
use super::{exit, list};
use crate::guide::{PAGES, Page};
use crate::protocol::ProtocolSet;
use crate::protocol::clock_sync;
use crate::protocol::node::Protocols;

/// Prints the help of a command, a page of the guide, or both where a word names both.
pub fn help<P: Protocols, A: Parser>(
    program: Option<&OsString>,
    word: Option<&str>,
) -> Result<Exit, Failure> {
    let Some(word) = word else { return Ok(command_help::<A>(program, None)) };
    let page = PAGES.iter().find(|page| page.name == word);
    let is_command = A::command().find_subcommand(word).is_some();
    if page.is_none() && !is_command {
        let topics = topics::<A>();
        let words: Vec<_> = topics.iter().map(|(word, _)| word.as_str()).collect();
        return Err(list::unknown("command or page", word, &words));
    }
    if is_command {
        let exit = command_help::<A>(program, Some(word));
        if page.is_none() || exit != Exit::Success {
            return Ok(exit);
        }
        print("\n")?;
    }
    if let Some(page) = page {
        print(&with_tables::<P>(page))?;
    }
    Ok(Exit::Success)
}

/// Prints the help of a command, or of the program, as `--help` does.
fn command_help<A: Parser>(program: Option<&OsString>, command: Option<&str>) -> Exit {
    let program = program.cloned().unwrap_or_else(|| env!("CARGO_PKG_NAME").into());
    let command = command.map(OsString::from);
    let arguments: Vec<_> = [program].into_iter().chain(command).chain(["--help".into()]).collect();
    parsed::<A>(&arguments).err().unwrap_or(Exit::Success)
}

/// A page, followed by the tables that the code generates for it.
fn with_tables<P: Protocols>(page: &Page) -> String {
    let tables = match page.name {
        "commands" => vec![("Exit codes", exit::table())],
        "scenario" => vec![("Faults", list::faults())],
        "metrics" => vec![("All metrics", list::metrics())],
        "protocols" => vec![
            ("Exchange protocols", list::protocols(P::Exchange::entries())),
            ("Coordination protocols", list::protocols(P::Coordination::entries())),
            ("Clock synchronization", list::protocols(clock_sync::Builtin::entries())),
        ],
        _ => Vec::new(),
    };
    let tables = tables.iter().map(|(title, table)| format!("\n## {title}\n\n{table}"));
    page.text.to_owned() + &tables.collect::<String>()
}

/// What `help` knows, each with what it is about: commands, then pages that are no commands.
fn topics<A: Parser>() -> Vec<(String, String)> {
    let command = A::command();
    let about = |known: &Command| known.get_about().map_or(String::new(), ToString::to_string);
    let commands = command.get_subcommands().map(|known| (known.get_name().into(), about(known)));
    let is_page = |page: &&Page| command.find_subcommand(page.name).is_none();
    let pages = PAGES.iter().filter(is_page).map(|page| (page.name.into(), page.about.into()));
    commands.chain(pages).collect()
}

/// The pages, for the help of the program.
pub fn pages() -> String {
    let width = PAGES.iter().map(|page| page.name.len()).max().unwrap_or_default();
    let lines = PAGES.iter().map(|Page { name, about, .. }| format!("  {name:<width$}  {about}\n"));
    format!("Guide (help PAGE):\n{}", lines.collect::<String>())
}

/// Prints the completion script of a shell, for the program under the name by which it was called.
pub fn completions<A: Parser>(program: Option<&OsString>, shell: Shell) -> Result<Exit, Failure> {
    let name = program.and_then(|path| Path::new(path).file_stem());
    let name = name.and_then(|name| name.to_str()).unwrap_or(env!("CARGO_PKG_NAME"));
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut completed::<A>(), name, &mut script);
    print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Success)
}

/// The program's arguments, with the topics of `help` as its subcommands: every shell completes
/// those, and few complete the values of an argument.
fn completed<A: Parser>() -> Command {
    // clap takes strings that live as long as the program, which ends after one script.
    let topic = |(word, about): (String, String)| Command::new(&*word.leak()).about(about);
    let topics: Vec<_> = topics::<A>().into_iter().map(topic).collect();
    A::command().mut_subcommand("help", |help| {
        help.mut_arg("word", |word| word.hide(true)).subcommands(topics)
    })
}
