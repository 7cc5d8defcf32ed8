//! The log of `-v`: simulated time, level, node, module and message.

use std::fmt::{self, Write};
use std::io;

use tracing::{Event, Subscriber};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

use crate::engine::log;
use crate::report::clock;

/// Writes the log to standard error; `verbose` is the number of `-v`. A subscriber that the program has
/// installed is kept.
pub fn show(verbose: u8) {
    let level = match verbose {
        0 => return,
        1 => LevelFilter::INFO,
        2 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    };
    let lines = tracing_subscriber::fmt().with_max_level(level).with_writer(io::stderr);
    drop(lines.with_ansi(false).event_format(Line).try_init());
}

/// Placeholder of a missing time or node.
const NONE: &str = "-";

/// The module in which turmoil logs each step; these lines are left out.
const STEPS: &str = "turmoil::sim";

/// The format of a line, without colours.
struct Line;

impl<S, N> FormatEvent<S, N> for Line
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut line: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let at = log::now().map_or(NONE.into(), |(at, resolution)| clock(at, resolution));
        let (mut node, mut spans) = (None, String::new());
        for span in context.event_scope().into_iter().flat_map(|scope| scope.from_root()) {
            let extensions = span.extensions();
            let fields =
                extensions.get::<FormattedFields<N>>().map_or("", |formatted| &formatted.fields);
            if span.name() == log::NODE {
                let name = fields.strip_prefix("name=").unwrap_or(fields);
                node = Some(name.trim_matches('"').to_owned());
            } else {
                write!(spans, "{}{{{fields}}}: ", span.name())?;
            }
        }
        let meta = event.metadata();
        if node.is_none() && meta.module_path() == Some(STEPS) {
            return Ok(());
        }
        let node = node.unwrap_or(NONE.into());
        write!(line, "{at:>13} {:>5} {node} {}: {spans}", meta.level(), meta.target())?;
        context.field_format().format_fields(line.by_ref(), event)?;
        writeln!(line)
    }
}
