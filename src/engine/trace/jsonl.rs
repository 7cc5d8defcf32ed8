//! A trace in the JSON Lines format.

use std::io::{self, Write};
use std::ops::Not;

use serde::Serialize;

use super::{Event, TraceSink};
use crate::engine::run_end::{RunEnd, StopReason};
use crate::engine::world::{Outcome, WorldEvent};
use crate::id::NodeId;
use crate::network::egress::{Departure, SendOutcome};
use crate::plan::NameTable;
use crate::protocol::clock_sync::Adjustment;
use crate::protocol::coordination::{Abort, Objection};
use crate::protocol::desk::{LeadKind, LeadSource, Stage};
use crate::time::{NanoDuration, SimTime};

/// The first line of a trace in a file, recognised by its first key.
#[derive(Serialize)]
struct Header {
    zonesim: &'static str,
    seed: u64,
    tick: String,
}

/// An event, with the names of nodes.
#[derive(Serialize)]
#[serde(rename_all = "snake_case", tag = "event")]
enum Line<'a, M> {
    FaultStarts {
        t: u64,
        fault: u32,
    },
    FaultEnds {
        t: u64,
        fault: u32,
    },
    Send {
        t: u64,
        from: &'a str,
        to: &'a str,
        seq: u32,
        departs: Option<u64>,
        #[serde(skip_serializing_if = "is_zero")]
        queued: u64,
        #[serde(skip_serializing_if = "Not::not")]
        dropped: bool,
        #[serde(skip_serializing_if = "Not::not")]
        waits: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        copy: Option<u64>,
        message: &'a M,
    },
    Depart {
        t: u64,
        from: &'a str,
        to: &'a str,
        sent: u64,
        seq: u32,
        departs: Option<u64>,
        #[serde(skip_serializing_if = "is_zero")]
        queued: u64,
        #[serde(skip_serializing_if = "Not::not")]
        dropped: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        copy: Option<u64>,
        message: &'a M,
    },
    Arrive {
        t: u64,
        from: &'a str,
        to: &'a str,
        received: Option<u64>,
        message: &'a M,
    },
    Deliver {
        t: u64,
        from: &'a str,
        to: &'a str,
        message: &'a M,
    },
    Restart {
        t: u64,
        node: &'a str,
    },
    Hide {
        t: u64,
        node: &'a str,
        member: u32,
    },
    Publish {
        t: u64,
        node: &'a str,
        item: u32,
        due: u64,
        about: Option<u32>,
    },
    Learn {
        t: u64,
        node: &'a str,
        item: u32,
        via: Option<&'a str>,
        #[serde(skip_serializing_if = "Not::not")]
        again: bool,
    },
    Locate {
        t: u64,
        node: &'a str,
        member: u32,
        #[serde(skip_serializing_if = "Not::not")]
        again: bool,
    },
    Decide {
        t: u64,
        node: &'a str,
        at: i64,
    },
    Strike {
        t: u64,
        node: &'a str,
        member: u32,
    },
    See {
        t: u64,
        node: &'a str,
        lead: u32,
        about: u32,
        kind: LeadKind,
        source: LeadSource,
    },
    Stage {
        t: u64,
        node: &'a str,
        stage: Stage,
        work: u64,
    },
    Struck {
        t: u64,
        node: &'a str,
        member: u32,
        outcome: Outcome,
    },
    Warned {
        t: u64,
        cell: u32,
        escaped: u32,
    },
    Attacked {
        t: u64,
        cell: u32,
    },
    Prevented {
        t: u64,
        cell: u32,
    },
    Abort {
        t: u64,
        node: &'a str,
        round: u32,
        zone: &'a str,
        why: Objection,
    },
    Elected {
        t: u64,
        node: &'a str,
        term: u64,
    },
    Adjusted {
        t: u64,
        node: &'a str,
        round: u32,
        correction_ns: i64,
        readings: u32,
    },
    End {
        t: u64,
        why: StopReason,
    },
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// When the copy departs; `None` if it never does.
fn copy(outcome: SendOutcome) -> Option<u64> {
    outcome.copy.filter(|&tick| tick != SimTime::NEVER).map(|tick| tick.0)
}

fn line<'a, M>(names: &'a NameTable, at: SimTime, event: &Event<'a, M>) -> Line<'a, M> {
    let t = at.0;
    let name = |node: NodeId| &names[node.index()];
    match *event {
        Event::Fault { fault, starts: true, .. } => Line::FaultStarts { t, fault: fault.0 },
        Event::Fault { fault, starts: false, .. } => Line::FaultEnds { t, fault: fault.0 },
        Event::Send { from, to, seq, outcome, message } => Line::Send {
            t,
            from: name(from),
            to: name(to),
            seq,
            departs: outcome.departs().map(|tick| tick.0),
            queued: outcome.queued.0,
            dropped: outcome.departure == Departure::Dropped,
            waits: outcome.departure == Departure::Waits,
            copy: copy(outcome),
            message,
        },
        Event::Depart { from, to, sent, seq, outcome, message } => Line::Depart {
            t,
            from: name(from),
            to: name(to),
            sent: sent.0,
            seq,
            departs: outcome.departs().map(|tick| tick.0),
            queued: outcome.queued.0,
            dropped: outcome.departure == Departure::Dropped,
            copy: copy(outcome),
            message,
        },
        Event::Arrive { from, to, received, message } => {
            let received = received.map(|tick| tick.0);
            Line::Arrive { t, from: name(from), to: name(to), received, message }
        }
        Event::Deliver { from, to, message } => {
            Line::Deliver { t, from: name(from), to: name(to), message }
        }
        Event::Restart { node } => Line::Restart { t, node: name(node) },
        Event::Hidden { node, member } => Line::Hide { t, node: name(node), member: member.0 },
        Event::Publish { node, item, due, about, .. } => {
            let about = about.map(|member| member.0);
            Line::Publish { t, node: name(node), item: item.0, due: due.0, about }
        }
        Event::Learn { node, item, via, again } => {
            Line::Learn { t, node: name(node), item: item.0, via: via.map(name), again }
        }
        Event::Locate { node, member, again } => {
            Line::Locate { t, node: name(node), member: member.0, again }
        }
        Event::Decide { node, at } => Line::Decide { t, node: name(node), at: at.0 },
        Event::Strike { node, member } => Line::Strike { t, node: name(node), member: member.0 },
        Event::World { event, .. } => world_line(names, t, event),
        Event::See { node, lead, facts } => Line::See {
            t,
            node: name(node),
            lead: lead.0,
            about: facts.member.0,
            kind: facts.kind,
            source: facts.source,
        },
        Event::Stage { node, stage, work } => {
            Line::Stage { t, node: name(node), stage, work: work.0 }
        }
        Event::Abort { node, abort: Abort { round, zone, why } } => {
            Line::Abort { t, node: name(node), round, zone: name(zone), why }
        }
        Event::Elected { node, term } => Line::Elected { t, node: name(node), term },
        Event::Adjusted { node, adjustment } => adjustment_line(t, name(node), adjustment),
    }
}

fn adjustment_line<M>(t: u64, node: &str, adjustment: Adjustment) -> Line<'_, M> {
    let Adjustment { round, correction_ns, readings } = adjustment;
    Line::Adjusted { t, node, round, correction_ns, readings }
}

fn world_line<'a, M>(names: &'a NameTable, t: u64, event: WorldEvent) -> Line<'a, M> {
    match event {
        WorldEvent::Struck { node, member, outcome } => {
            Line::Struck { t, node: &names[node.index()], member: member.0, outcome }
        }
        WorldEvent::Warned { cell, escaped } => Line::Warned { t, cell: cell.0, escaped },
        WorldEvent::Attacked { cell } => Line::Attacked { t, cell: cell.0 },
        WorldEvent::Prevented { cell } => Line::Prevented { t, cell: cell.0 },
    }
}

/// Writes one line of JSON per event; times are in ticks.
pub struct JsonlWriter<'a, W> {
    names: &'a NameTable,
    out: W,
    /// The first error, after which nothing is written.
    failed: Option<io::Error>,
}

impl<'a, W: Write> JsonlWriter<'a, W> {
    /// A writer for a run of the named nodes.
    pub fn new(names: &'a NameTable, out: W) -> Self {
        Self { names, out, failed: None }
    }

    /// Writes the first line: the version, the seed and the length of a tick.
    pub fn header(&mut self, seed: u64, tick: NanoDuration) {
        self.write(&Header { zonesim: env!("CARGO_PKG_VERSION"), seed, tick: tick.to_string() });
    }

    /// Flushes and returns the writer.
    ///
    /// # Errors
    /// The first error of writing.
    pub fn finish(mut self) -> io::Result<W> {
        match self.failed.take() {
            Some(error) => Err(error),
            None => self.out.flush().map(|()| self.out),
        }
    }

    fn write(&mut self, line: &impl Serialize) {
        if self.failed.is_none() {
            let written = serde_json::to_writer(&mut self.out, line).map_err(io::Error::from);
            self.failed = written.and_then(|()| self.out.write_all(b"\n")).err();
        }
    }
}

impl<M: Serialize, W: Write> TraceSink<M> for JsonlWriter<'_, W> {
    fn record(&mut self, at: SimTime, event: &Event<'_, M>) {
        if let Event::World { is_traced: false, .. } = event {
            return;
        }
        let names = self.names;
        self.write(&line(names, at, event));
    }
    fn end(&mut self, RunEnd { at, reason: why }: RunEnd) {
        let line: Line<'_, ()> = Line::End { t: at.0, why };
        self.write(&line);
    }
}
