//! `mesh`: every zone tells every other directly, acknowledged and retried.
//!
//! Best-effort broadcast over links that retransmit (C. Cachin, R. Guerraoui, L. Rodrigues,
//! Introduction to Reliable and Secure Distributed Programming, 2011, 2.4 and 3.2): as fast as the
//! links, and as fragile as each of them. Nobody passes on what another published. Nothing is
//! durable: a crash that takes memory takes what was not yet acknowledged.
//!
//! Without loss, among n zones: n-1 items and n-1 acknowledgements per item; time to all is the
//! longest link from the origin.

pub use super::outbox::Settings;
use super::outbox::{Outbox, Parcel, Retry};
use super::{Exchange, Input, Out};
use crate::id::ItemSet;
use crate::seam::{Entry, Setting};
use crate::time::Length;

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

/// What `zonesim list` says of it.
pub const ENTRY: Entry = Entry {
    name: "mesh",
    about: "every zone tells every other directly, acknowledged and retried",
    source: "best-effort broadcast: Cachin, Guerraoui and Rodrigues 2011, 3.2; retries: RFC 6298",
    settings: &RETRY_SETTINGS,
};

/// The settings of whatever is acknowledged and retried.
pub(super) const RETRY_SETTINGS: [Setting; 2] = [
    Setting {
        key: "retry",
        default: "\"1s\"",
        meaning: "first wait for an acknowledgement, above 0; keep it above the round trip (RFC 6298, 2.1)",
    },
    Setting {
        key: "retry_max",
        default: "\"60s\"",
        meaning: "longest wait after doublings, at least `retry` (RFC 6298, 2.5)",
    },
];
