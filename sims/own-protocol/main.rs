//! A protocol of one's own, in a program of one's own: zones stand in a ring, and each tells the few
//! that come after it what is new to it, again and again until they have acknowledged it.
//!
//! ```console
//! cargo run --example own-protocol -- verify sims/own-protocol/scenario.toml
//! ```

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use zonesim::cli::{self, Exit};
use zonesim::id::{ItemSet, NodeId};
use zonesim::protocol::coordination;
use zonesim::protocol::exchange::{CustomProtocol, Deliver, Publish, WithBuiltin};
use zonesim::protocol::{
    ConfigError, Cost, Input, NodeView, Out, ParamInfo, Protocol, ProtocolInfo, Range, WireMessage,
};
use zonesim::time::{NanoDuration, SimDuration};

fn main() -> Exit {
    cli::run_with::<WithBuiltin<Ring>, coordination::Builtin>()
}

/// Less than a tick is a tick.
const RESEND: Range = Range::Time(NanoDuration::from_ms(1), NanoDuration::from_secs(60));

/// The `[exchange.ring]` of a scenario file.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    successors: u32,
    resend: NanoDuration,
}

impl Default for Settings {
    fn default() -> Self {
        Self { successors: 1, resend: NanoDuration::from_secs(1) }
    }
}

/// What travels. Bytes are counted as serde and postcard write it.
#[derive(Clone, Debug, Serialize, Deserialize)]
enum Pass {
    Items(ItemSet),
    Ack(ItemSet),
}

impl WireMessage for Pass {
    fn payloads(&self) -> u32 {
        if let Self::Items(items) = self { items.len() } else { 0 }
    }
}

/// The timer: look whether anything must go again.
#[derive(Clone, Debug)]
struct Again;

/// One zone of the ring.
struct Ring {
    successors: u32,
    resend: SimDuration,
    known: ItemSet,
    /// What is not acknowledged, by zone, and whether a timer will look at it.
    waiting: BTreeMap<NodeId, ItemSet>,
    timed: bool,
}

impl Ring {
    /// Tells those that come after this zone. The hub is no zone and stands outside.
    fn pass(&mut self, items: &ItemSet, out: &mut Out<'_, Self>) {
        let (NodeId(me), zones) = (out.me(), out.view().zones);
        if out.view().is_hub() || items.is_empty() {
            return;
        }
        for step in 1..=self.successors {
            let next = NodeId((me + step) % zones);
            out.send(next, Pass::Items(items.clone()));
            self.waiting.entry(next).or_insert(ItemSet::EMPTY).union_with(items);
        }
        self.time(out);
    }

    fn time(&mut self, out: &mut Out<'_, Self>) {
        if !self.timed && !self.waiting.is_empty() {
            self.timed = true;
            out.wake_after(self.resend, Again);
        }
    }

    fn again(&mut self, out: &mut Out<'_, Self>) {
        self.waiting.iter().for_each(|(&next, items)| out.send(next, Pass::Items(items.clone())));
        self.timed = false;
        self.time(out);
    }
}

impl Protocol for Ring {
    type Message = Pass;
    type Timer = Again;
    type Input = Publish;
    type Output = Deliver;

    fn handle(&mut self, input: Input<Self>, out: &mut Out<'_, Self>) {
        match input {
            Input::Local(Publish(item)) => {
                self.known.insert(item);
                self.pass(&ItemSet::of(item), out);
            }
            Input::Message { from, message: Pass::Items(items) } => {
                out.send(from, Pass::Ack(items.clone()));
                let new = out.deliver_new(&mut self.known, &items);
                self.pass(&new, out);
            }
            Input::Message { from, message: Pass::Ack(items) } => {
                if let Some(waiting) = self.waiting.get_mut(&from) {
                    *waiting = waiting.difference(&items);
                }
                self.waiting.retain(|_, items| !items.is_empty());
            }
            // A crash took the timer.
            Input::Timer(Again) | Input::Restart => self.again(out),
            Input::Start => {}
        }
    }
}

impl CustomProtocol for Ring {
    type Settings = Settings;

    const ENTRY: ProtocolInfo = ProtocolInfo {
        name: "ring",
        about: "each zone tells those after it in a ring what is new to it, until acknowledged",
        source: "an example",
        formulas: &[Cost { what: "messages per item", formula: "2*n*successors" }],
        variables: "n zones",
        settings: &[
            ParamInfo::guess("successors", "1", Range::Peers, "zones told"),
            ParamInfo::guess("resend", "\"1s\"", RESEND, "until it goes again"),
        ],
        ..ProtocolInfo::EMPTY
    };

    fn check(settings: &Settings, site: &NodeView) -> Result<(), ConfigError> {
        if !(1..site.zones).contains(&settings.successors) {
            let message = format!("no such number of zones; expected 1 to {}", site.zones - 1);
            return Err(ConfigError::new("exchange.ring.successors", message));
        }
        Ok(())
    }

    fn new(settings: &Settings, _site: &NodeView, resolution: NanoDuration) -> Self {
        let resend = SimDuration(settings.resend.ticks(resolution).0.max(1));
        let (successors, known, waiting) = (settings.successors, ItemSet::EMPTY, BTreeMap::new());
        Self { successors, resend, known, waiting, timed: false }
    }
}
