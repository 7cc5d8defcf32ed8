//! An exchange: zones form a ring, and each sends what is new to it to the next few, again and again
//! until they acknowledge it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use zonesim::id::{ItemSet, NodeId};
use zonesim::protocol::exchange::{Deliver, Publish};
use zonesim::protocol::{
    ConfigError, Cost, Input, Items, NamedProtocol, NodeView, Out, ParamInfo, Protocol,
    ProtocolInfo, Range, WireMessage,
};
use zonesim::time::{NanoDuration, SimDuration};

/// A duration below one tick is one tick.
const RESEND: Range = Range::Time(NanoDuration::from_ms(1), NanoDuration::from_secs(60));

/// The table `[exchange.ring]` of a scenario file.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Params {
    successors: u32,
    resend: NanoDuration,
}

impl Default for Params {
    fn default() -> Self {
        Self { successors: 1, resend: NanoDuration::from_secs(1) }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Message {
    Items(ItemSet),
    Ack(ItemSet),
}

impl WireMessage for Message {
    fn items(&self) -> Items<'_> {
        if let Self::Items(items) = self { Items::Set(items) } else { Items::None }
    }
}

/// The timer: sends again what is not acknowledged.
#[derive(Clone, Debug)]
pub struct Again;

/// One zone of the ring.
pub struct Ring {
    successors: u32,
    resend: SimDuration,
    known: ItemSet,
    /// Items that are not acknowledged, by zone.
    waiting: BTreeMap<NodeId, ItemSet>,
    is_timer_set: bool,
}

impl Ring {
    /// Sends items to the zones after this one. The hub is no zone and is not in the ring.
    fn relay(&mut self, items: &ItemSet, out: &mut Out<'_, Self>) {
        let (NodeId(me), zones) = (out.me(), out.view().zones);
        if out.view().is_hub() || items.is_empty() {
            return;
        }
        for step in 1..=self.successors {
            let next = NodeId((me + step) % zones);
            out.send(next, Message::Items(items.clone()));
            self.waiting.entry(next).or_insert(ItemSet::EMPTY).union_with(items);
        }
        self.set_timer(out);
    }

    fn set_timer(&mut self, out: &mut Out<'_, Self>) {
        if !self.is_timer_set && !self.waiting.is_empty() {
            self.is_timer_set = true;
            out.wake_after(self.resend, Again);
        }
    }

    fn resend_all(&mut self, out: &mut Out<'_, Self>) {
        self.waiting
            .iter()
            .for_each(|(&next, items)| out.send(next, Message::Items(items.clone())));
        self.is_timer_set = false;
        self.set_timer(out);
    }
}

impl Protocol for Ring {
    type Message = Message;
    type Timer = Again;
    type Input = Publish;
    type Output = Deliver;

    fn handle(&mut self, input: Input<Self>, out: &mut Out<'_, Self>) {
        match input {
            Input::Local(Publish(item)) => {
                self.known.insert(item);
                self.relay(&ItemSet::singleton(item), out);
            }
            Input::Message { from, message: Message::Items(items) } => {
                out.send(from, Message::Ack(items.clone()));
                let new = out.deliver_new(&mut self.known, &items);
                self.relay(&new, out);
            }
            Input::Message { from, message: Message::Ack(items) } => {
                if let Some(waiting) = self.waiting.get_mut(&from) {
                    *waiting = waiting.difference(&items);
                }
                self.waiting.retain(|_, items| !items.is_empty());
            }
            // A crash loses the timer.
            Input::Timer(Again) | Input::Restart => self.resend_all(out),
            Input::Start => {}
        }
    }
}

impl NamedProtocol for Ring {
    type Params = Params;

    const INFO: ProtocolInfo = ProtocolInfo {
        name: "ring",
        about: "each zone sends new items to those after it in a ring, until acknowledged",
        source: "an example",
        formulas: &[Cost { what: "messages per item", formula: "2*n*successors" }],
        variables: "n zones",
        settings: &[
            ParamInfo::guess("successors", "1", Range::Peers, "zones told"),
            ParamInfo::guess("resend", "\"1s\"", RESEND, "until it goes again"),
        ],
        ..ProtocolInfo::EMPTY
    };

    fn check(params: &Params, site: &NodeView) -> Result<(), ConfigError> {
        if !(1..site.zones).contains(&params.successors) {
            let message = format!("no such number of zones; expected 1 to {}", site.zones - 1);
            return Err(ConfigError::new("exchange.ring.successors", message));
        }
        Ok(())
    }

    fn new(params: &Params, _site: &NodeView, resolution: NanoDuration) -> Self {
        let resend = SimDuration(params.resend.ticks(resolution).0.max(1));
        let (successors, known, waiting) = (params.successors, ItemSet::EMPTY, BTreeMap::new());
        Self { successors, resend, known, waiting, is_timer_set: false }
    }
}
