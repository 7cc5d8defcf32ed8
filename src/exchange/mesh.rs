//! `mesh`: every zone tells every other directly, acknowledged and retried.
//!
//! C. Cachin, R. Guerraoui, L. Rodrigues: "Introduction to Reliable and Secure Distributed
//! Programming" (2011), 3.2, best-effort broadcast, over links that retransmit (2.4): as fast as the
//! links, and as fragile as each of them. Nobody passes on what another published.

pub use super::outbox::Settings;
use super::outbox::{self, Outbox, Parcel, Retry};
use super::{Exchange, Input, Out};
use crate::id::ItemSet;
use crate::seam::{Entry, Formula, bound_letters};
use crate::time::Length;

/// Its paper, where it departs from it, its cost and its promise.
pub const ENTRY: Entry = Entry {
    name: "mesh",
    about: "every zone tells every other directly, acknowledged and retried",
    source: "Cachin, Guerraoui and Rodrigues, Introduction to Reliable and Secure Distributed \
             Programming, 2011, 2.4 and 3.2 (best-effort broadcast); retries: RFC 6298, 2011",
    departs: &["its links send again for ever; here an acknowledgement ends that", outbox::DEPARTS],
    formulas: &[
        Formula { of: "messages per item", is: "2*(n - 1)" },
        Formula { of: "payloads per item", is: "n - 1" },
        Formula { of: "time to all", is: "F" },
        Formula {
            of: "time to all after the last fault, at most",
            is: "(K + 2)*(9/8*retry_max + L) + C",
        },
    ],
    letters: concat!("n zones; F the longest link from the origin; ", bound_letters!("1")),
    promises: "what one zone publishes all others have, at the time above at most. Nothing is \
               durable: a crash that takes memory takes what was not yet acknowledged",
    settings: &outbox::SETTINGS,
};

/// One zone of the mesh.
#[derive(Clone, Debug)]
pub struct Mesh {
    known: ItemSet,
    outbox: Outbox,
}

impl Mesh {
    /// A zone that knows nothing.
    pub fn new(settings: &Settings, resolution: Length) -> Self {
        Self { known: ItemSet::EMPTY, outbox: Outbox::new(settings, resolution) }
    }
}

impl Exchange for Mesh {
    type Message = Parcel;
    type Timer = Retry;

    fn handle(&mut self, input: Input<Self>, out: &mut Out<'_, Self>) {
        match self.outbox.attend(input, out) {
            Some(Input::Publish(item)) => {
                self.known.insert(item);
                for peer in out.site().peers() {
                    self.outbox.post(peer, &ItemSet::of(item), out);
                }
            }
            Some(Input::Message { from, message: Parcel::Items(items) }) => {
                out.learn_new(&mut self.known, &items);
                out.send(from, Parcel::Ack(items));
            }
            _ => {}
        }
    }
}
