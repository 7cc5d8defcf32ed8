//! What happens in a run, as an engine tells it, one event at a time and in the canonical order.

use std::io::{self, Write};

use serde::Serialize;
use xxhash_rust::xxh3::Xxh3;

use super::record::{Ending, Why};
use crate::fault::FaultId;
use crate::id::{Item, Member, NodeId};
use crate::time::{Local, Tick};

/// Something that happened. `M` are the messages.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a, M> {
    /// A fault starts or ends.
    Fault {
        /// Which.
        fault: FaultId,
        /// Whether it starts.
        starts: bool,
    },
    /// A message was handed to the network.
    Send {
        /// By this node.
        from: NodeId,
        /// To this one.
        to: NodeId,
        /// How manyth on this link in this instant.
        nth: u32,
        /// When it departs if its sender is still up, [`Tick::NEVER`] if it is held for ever; `None` if
        /// chance lost it.
        departs: Option<Tick>,
        /// What it says.
        message: &'a M,
    },
    /// A message has arrived.
    Deliver {
        /// From this node.
        from: NodeId,
        /// At this one.
        to: NodeId,
        /// What it says.
        message: &'a M,
    },
    /// A node is back after a crash.
    Restart {
        /// Which.
        node: NodeId,
    },
    /// The world as it is: a member hides in a zone. No mind is told.
    Hide {
        /// Which zone.
        node: NodeId,
        /// Who.
        member: Member,
    },
    /// A zone has found something out.
    Publish {
        /// Which zone.
        node: NodeId,
        /// What.
        item: Item,
        /// When it was due: earlier than now if the zone was down.
        due: Tick,
        /// Whom it is about, if it is a lead.
        about: Option<Member>,
    },
    /// A node has learnt an item.
    Learn {
        /// Which node.
        node: NodeId,
        /// What.
        item: Item,
        /// From whom: the sender of the message it was handling.
        via: Option<NodeId>,
    },
    /// A zone has located a member.
    Locate {
        /// Which zone.
        node: NodeId,
        /// Whom.
        member: Member,
    },
    /// A node has decided that all strike when clocks show a time.
    Decide {
        /// Which node.
        node: NodeId,
        /// The time.
        at: Local,
    },
    /// A zone goes to capture a member.
    Strike {
        /// Which zone.
        node: NodeId,
        /// Whom.
        member: Member,
    },
}

/// Who is told what happens.
pub trait Observer<M> {
    /// Something happened at an instant. Instants never go back.
    fn record(&mut self, at: Tick, event: &Event<'_, M>);

    /// The run is over.
    fn end(&mut self, _ending: Ending) {}
}

/// Nobody is told.
impl<M> Observer<M> for () {
    #[inline]
    fn record(&mut self, _at: Tick, _event: &Event<'_, M>) {}
}

/// Both are told.
impl<M, A: Observer<M>, B: Observer<M>> Observer<M> for (A, B) {
    #[inline]
    fn record(&mut self, at: Tick, event: &Event<'_, M>) {
        self.0.record(at, event);
        self.1.record(at, event);
    }
    fn end(&mut self, ending: Ending) {
        self.0.end(ending);
        self.1.end(ending);
    }
}

/// Told through a reference.
impl<M, O: Observer<M>> Observer<M> for &mut O {
    #[inline]
    fn record(&mut self, at: Tick, event: &Event<'_, M>) {
        (**self).record(at, event);
    }
    fn end(&mut self, ending: Ending) {
        (**self).end(ending);
    }
}

/// Told if there is one.
impl<M, O: Observer<M>> Observer<M> for Option<O> {
    fn record(&mut self, at: Tick, event: &Event<'_, M>) {
        if let Some(observer) = self {
            observer.record(at, event);
        }
    }
    fn end(&mut self, ending: Ending) {
        if let Some(observer) = self {
            observer.end(ending);
        }
    }
}

/// One event as a line of a trace, with names of nodes.
#[derive(Serialize)]
#[serde(rename_all = "snake_case", tag = "event")]
enum Line<'a, M> {
    FaultStarts { t: u64, fault: u32 },
    FaultEnds { t: u64, fault: u32 },
    Send { t: u64, from: &'a str, to: &'a str, nth: u32, departs: Option<u64>, message: &'a M },
    Deliver { t: u64, from: &'a str, to: &'a str, message: &'a M },
    Restart { t: u64, node: &'a str },
    Hide { t: u64, node: &'a str, member: u32 },
    Publish { t: u64, node: &'a str, item: u32, due: u64, about: Option<u32> },
    Learn { t: u64, node: &'a str, item: u32, via: Option<&'a str> },
    Locate { t: u64, node: &'a str, member: u32 },
    Decide { t: u64, node: &'a str, at: i64 },
    Strike { t: u64, node: &'a str, member: u32 },
    End { t: u64, why: Why },
}

fn line<'a, M>(names: &'a [String], at: Tick, event: &Event<'a, M>) -> Line<'a, M> {
    let t = at.0;
    let name = |node: NodeId| names[node.index()].as_str();
    match *event {
        Event::Fault { fault, starts: true } => Line::FaultStarts { t, fault: fault.0 },
        Event::Fault { fault, starts: false } => Line::FaultEnds { t, fault: fault.0 },
        Event::Send { from, to, nth, departs, message } => {
            let departs = departs.filter(|&tick| tick != Tick::NEVER).map(|tick| tick.0);
            Line::Send { t, from: name(from), to: name(to), nth, departs, message }
        }
        Event::Deliver { from, to, message } => {
            Line::Deliver { t, from: name(from), to: name(to), message }
        }
        Event::Restart { node } => Line::Restart { t, node: name(node) },
        Event::Hide { node, member } => Line::Hide { t, node: name(node), member: member.0 },
        Event::Publish { node, item, due, about } => {
            let about = about.map(|member| member.0);
            Line::Publish { t, node: name(node), item: item.0, due: due.0, about }
        }
        Event::Learn { node, item, via } => {
            Line::Learn { t, node: name(node), item: item.0, via: via.map(name) }
        }
        Event::Locate { node, member } => Line::Locate { t, node: name(node), member: member.0 },
        Event::Decide { node, at } => Line::Decide { t, node: name(node), at: at.0 },
        Event::Strike { node, member } => Line::Strike { t, node: name(node), member: member.0 },
    }
}

/// Writes a trace as lines of JSON, times in ticks.
pub struct Lines<'a, W> {
    names: &'a [String],
    out: W,
    /// The first error of writing; nothing is written after it.
    failed: Option<io::Error>,
}

impl<'a, W: Write> Lines<'a, W> {
    /// A trace of a run of these nodes.
    pub fn new(names: &'a [String], out: W) -> Self {
        Self { names, out, failed: None }
    }

    /// The writer, all written.
    ///
    /// # Errors
    /// The first error there was.
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

impl<M: Serialize, W: Write> Observer<M> for Lines<'_, W> {
    fn record(&mut self, at: Tick, event: &Event<'_, M>) {
        let names = self.names;
        self.write(&line(names, at, event));
    }
    fn end(&mut self, Ending { at, why }: Ending) {
        let line: Line<'_, ()> = Line::End { t: at.0, why };
        self.write(&line);
    }
}

/// The digest of a trace: equal traces have equal digests, and unequal ones have not, but for one
/// pair in 2^128 (XXH3).
pub struct Digest {
    hash: Xxh3,
    buffer: Vec<u8>,
    events: u64,
}

impl Default for Digest {
    fn default() -> Self {
        Self { hash: Xxh3::new(), buffer: Vec::new(), events: 0 }
    }
}

impl Digest {
    /// Thirty-two hexadecimal digits.
    pub fn hex(&self) -> String {
        format!("{:032x}", self.hash.digest128())
    }

    /// How many events it is of.
    pub fn events(&self) -> u64 {
        self.events
    }

    fn take(&mut self, at: Tick, tag: u8, numbers: [u64; 4]) {
        self.events += 1;
        self.buffer.clear();
        self.buffer.push(tag);
        for number in [at.0].into_iter().chain(numbers) {
            self.buffer.extend_from_slice(&number.to_le_bytes());
        }
        self.hash.update(&self.buffer);
    }

    fn message<M: Serialize>(&mut self, message: &M) {
        let buffer = std::mem::take(&mut self.buffer);
        let mut buffer = postcard::to_extend(message, {
            let mut empty = buffer;
            empty.clear();
            empty
        })
        .expect("a message can be encoded");
        self.hash.update(&(buffer.len() as u64).to_le_bytes());
        self.hash.update(&buffer);
        std::mem::swap(&mut self.buffer, &mut buffer);
    }
}

impl<M: Serialize> Observer<M> for Digest {
    fn record(&mut self, at: Tick, event: &Event<'_, M>) {
        let number = |node: NodeId| u64::from(node.0);
        // What an endless hold keeps departs never, which has no number above it.
        let optional = |value: Option<u64>| value.map_or(0, |value| value.saturating_add(1));
        match *event {
            Event::Fault { fault, starts } => {
                self.take(at, 1, [u64::from(fault.0), u64::from(starts), 0, 0]);
            }
            Event::Send { from, to, nth, departs, message } => {
                let departs = optional(departs.map(|tick| tick.0));
                self.take(at, 2, [number(from), number(to), u64::from(nth), departs]);
                self.message(message);
            }
            Event::Deliver { from, to, message } => {
                self.take(at, 3, [number(from), number(to), 0, 0]);
                self.message(message);
            }
            Event::Restart { node } => self.take(at, 4, [number(node), 0, 0, 0]),
            Event::Hide { node, member } => {
                self.take(at, 10, [number(node), u64::from(member.0), 0, 0]);
            }
            Event::Publish { node, item, due, about } => {
                let about = optional(about.map(|member| u64::from(member.0)));
                self.take(at, 5, [number(node), u64::from(item.0), due.0, about]);
            }
            Event::Learn { node, item, via } => {
                let via = optional(via.map(number));
                self.take(at, 6, [number(node), u64::from(item.0), via, 0]);
            }
            Event::Locate { node, member } => {
                self.take(at, 7, [number(node), u64::from(member.0), 0, 0]);
            }
            Event::Decide { node, at: time } => {
                self.take(at, 8, [number(node), time.0 as u64, 0, 0]);
            }
            Event::Strike { node, member } => {
                self.take(at, 9, [number(node), u64::from(member.0), 0, 0]);
            }
        }
    }
    fn end(&mut self, Ending { at, why }: Ending) {
        self.take(at, 0, [why as u64, 0, 0, 0]);
    }
}
