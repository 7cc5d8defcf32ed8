//! What an originator tells directly, beside the exchange: items that the exchange would not bring to
//! all that may have them.
//!
//! Under release rules nobody but the originator passes on what is `orcon`, and an overlay need not be
//! connected within an audience. Which nodes are told directly is known before the run
//! ([`GroundTruth::direct`]); [`Effects::may_tell`](crate::protocol::Effects::may_tell) keeps the
//! exchange from telling them too. Acknowledged and retried (RFC 6298). What is owed is durable, as at
//! the hub: nobody else could make up for it.

use std::sync::Arc;

use crate::id::{Item, ItemSet};
use crate::protocol::desk::GroundTruth;
use crate::protocol::exchange::retransmitter::{Message, Params, Retransmitter, Timer};
use crate::protocol::exchange::{Deliver, Publish};
use crate::protocol::{Input, Out, Protocol, StableBounds};
use crate::time::{NanoDuration, SimDuration};

/// The direct deliveries of one node.
#[derive(Clone, Debug)]
pub struct Direct {
    ground_truth: Arc<GroundTruth>,
    retransmitter: Retransmitter,
    /// What this node has learnt, directly or by the exchange.
    known: ItemSet,
}

impl Direct {
    /// The machine of a node that has told and learnt nothing. It waits for acknowledgements as RFC 6298
    /// does: 1 s at first, 60 s at most.
    pub fn new(ground_truth: Arc<GroundTruth>, resolution: NanoDuration) -> Self {
        let retransmitter = Retransmitter::new(&Params::default(), resolution);
        Self { ground_truth, retransmitter, known: ItemSet::EMPTY }
    }

    /// Takes note that the exchange delivers an item; false if it is known already.
    pub fn note(&mut self, item: Item) -> bool {
        self.known.insert(item)
    }

    /// Loses what the node has learnt; what it owes to others is durable.
    pub fn crash_with_amnesia(&mut self) {
        self.known = ItemSet::EMPTY;
    }

    /// How long a delivery takes once faults have ended.
    pub fn delivery_bound(bounds: &StableBounds) -> Option<SimDuration> {
        Params::default().delivery_bound(1, bounds)
    }
}

impl Protocol for Direct {
    type Message = Message;
    type Timer = Timer;
    type Input = Publish;
    type Output = Deliver;

    fn handle(&mut self, input: Input<Self>, out: &mut Out<'_, Self>) {
        match self.retransmitter.handle(input, out) {
            Some(Input::Local(Publish(item))) => {
                let me = out.me();
                let recipients =
                    self.ground_truth.direct(item).into_iter().flat_map(|to| to.iter());
                for to in recipients.filter(|&to| to != me) {
                    self.retransmitter.send(to, &ItemSet::singleton(item), out);
                }
            }
            Some(Input::Message { from, message: Message::Items(items) }) => {
                out.deliver_new(&mut self.known, &items);
                out.send(from, Message::Ack(items));
            }
            _ => {}
        }
    }
}
