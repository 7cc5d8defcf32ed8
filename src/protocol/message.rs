//! Messages between nodes.

use std::fmt::Debug;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Items;
use super::clock_sync::Reading;
use crate::id::ItemSet;
use crate::time::NanoDuration;

/// The part of a node that sends a message, sets a timer or panics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NodePart {
    /// Its exchange protocol.
    Exchange,
    /// What it tells directly, beside the exchange.
    Direct,
    /// Its desk.
    Desk,
    /// Its coordination protocol.
    Coordination,
    /// The synchronization of its clock.
    ClockSync,
}

/// A message between nodes.
///
/// Engines pass messages as values and encode them only where there is a socket. The bytes that are
/// counted are the same on every engine.
pub trait WireMessage: Clone + Debug + Serialize + DeserializeOwned + Send + 'static {
    /// Its length on the wire in bytes (postcard), without IP and UDP headers. An override computes
    /// the same number without encoding; test it against the encoding.
    fn size(&self) -> usize {
        postcard::experimental::serialized_size(self).expect("a message can be encoded")
    }

    /// The items it carries, with their bodies: each is one payload where it is received. A message
    /// that only names items, such as an acknowledgement, carries none.
    #[inline]
    fn items(&self) -> Items<'_> {
        Items::None
    }

    /// Visits all items that it names: those that it carries and others, such as those that it acknowledges.
    /// The default visits those that it carries. Where ids have a size of their own
    /// (`workload.id_size`), each name counts with that size and not with its encoding.
    fn for_each_name(&self, visit: &mut dyn FnMut(Items<'_>)) {
        visit(self.items());
    }

    /// The part of a node that sends it. Only a union of the messages of several parts overrides it.
    fn part(&self) -> NodePart {
        NodePart::Exchange
    }

    /// The reading of a clock that it carries, of clock synchronization. Only a union of the messages of
    /// several parts overrides it.
    fn reading(&self) -> Option<Reading> {
        None
    }

    /// Its content in words, for the list of all events of a run (`--events`); `tick` is the length
    /// of one tick, the unit of instants in a message. The default is its `Debug` form.
    fn describe(&self, _tick: NanoDuration) -> String {
        format!("{self:?}")
    }
}

/// A message that carries items and nothing else.
impl WireMessage for ItemSet {
    fn items(&self) -> Items<'_> {
        Items::Set(self)
    }

    fn describe(&self, _tick: NanoDuration) -> String {
        self.to_string()
    }
}
