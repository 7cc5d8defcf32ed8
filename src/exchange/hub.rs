//! `hub`: every zone tells the hub, and the hub tells every other zone.
//!
//! Store and forward through a co-ordinating body: what the exercise of 2019 did through Tashkent;
//! there is no paper. Acknowledged and retried on both legs, as V. Paxson et al. have it: "Computing
//! TCP's retransmission timer", RFC 6298 (2011). Two links to each other zone instead of one; one
//! connection per zone instead of n-1; nothing moves while the hub is away. What reaches the hub in
//! one instant goes out in random order ([`Shuffled`](super::shuffled)).

pub use super::outbox::Settings;
use super::outbox::{self, Outbox, Parcel, Retry};
use super::{Exchange, Input, Out};
use crate::id::{ItemSet, NodeId};
use crate::seam::{Entry, Formula, Refusal, Site, bound_letters};
use crate::time::Length;

/// Its source, where it departs from it, its cost and its promise.
pub const ENTRY: Entry = Entry {
    name: "hub",
    about: "every zone tells the hub, the hub tells every other zone, acknowledged and retried",
    source: "no paper: store and forward through the co-ordinating body; retries: RFC 6298, 2011",
    departs: &[outbox::DEPARTS],
    formulas: &[
        Formula { of: "messages per item", is: "2*n" },
        Formula { of: "payloads per item", is: "n" },
        Formula { of: "time to all", is: "U + D" },
        Formula {
            of: "time to all after the last fault, at most",
            is: "(K + 4)*(9/8*retry_max + L) + C",
        },
    ],
    letters: concat!(
        "n zones; U the origin's link up to the hub; D the hub's longest link down to another zone; ",
        bound_letters!("2")
    ),
    promises: "what one zone publishes all others have, at the time above at most. What is on its way \
               is durable, at the hub and at the zones: a crash that takes memory takes only what \
               they know",
    settings: &outbox::SETTINGS,
};

/// One zone, or the hub itself.
#[derive(Clone, Debug)]
pub struct Hub {
    known: ItemSet,
    outbox: Outbox,
}

impl Hub {
    /// A node that knows nothing.
    pub fn new(settings: &Settings, resolution: Length) -> Self {
        Self { known: ItemSet::EMPTY, outbox: Outbox::new(settings, resolution) }
    }

    fn receive(&mut self, from: NodeId, items: ItemSet, out: &mut Out<'_, Self>) {
        let new = out.learn_new(&mut self.known, &items);
        out.send(from, Parcel::Ack(items));
        if out.site().is_hub() && !new.is_empty() {
            for zone in out.site().peers().filter(|&zone| zone != from) {
                self.outbox.post(zone, &new, out);
            }
        }
    }
}

impl Settings {
    /// Whether these settings work at a site: there must be a hub.
    ///
    /// # Errors
    /// The absence of a hub, or a wait that makes no sense.
    pub(super) fn check_hub(&self, site: &Site) -> Result<(), Refusal> {
        if site.hub.is_none() {
            let message = "exchange through a hub without a hub; expected a table [hub] too, \
                           with a zone as its seat";
            return Err(Refusal::new("exchange.use", message));
        }
        self.check("exchange.hub")
    }
}

impl Exchange for Hub {
    type Message = Parcel;
    type Timer = Retry;

    fn handle(&mut self, input: Input<Self>, out: &mut Out<'_, Self>) {
        match self.outbox.attend(input, out) {
            Some(Input::Publish(item)) => {
                self.known.insert(item);
                if let Some(hub) = out.site().hub {
                    self.outbox.post(hub, &ItemSet::of(item), out);
                }
            }
            Some(Input::Message { from, message: Parcel::Items(items) }) => {
                self.receive(from, items, out);
            }
            _ => {}
        }
    }

    /// What is owed to others is durable: that is what storing and forwarding means.
    fn salvage(&mut self, lost: Self) {
        self.outbox = lost.outbox;
    }
}
