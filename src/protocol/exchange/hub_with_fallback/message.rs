//! The messages of a hub with fallback.

use serde::{Deserialize, Serialize};

use crate::id::ItemSet;
use crate::protocol::exchange::retransmitter;
use crate::protocol::{Items, WireMessage};
use crate::time::NanoDuration;

/// A message of a hub with fallback.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Message {
    /// Items for a zone, from the hub or from the zone that found them; or their acknowledgement.
    ToZone(retransmitter::Message),
    /// To the hub; a probe if it has nothing in it.
    Submit {
        /// Items that the hub has not accepted.
        new: ItemSet,
        /// Names of items that it has accepted and not confirmed.
        pending: ItemSet,
    },
    /// From the hub.
    Receipt {
        /// Items that the hub has and passes on.
        accepted: ItemSet,
        /// Items that all zones have acknowledged.
        confirmed: ItemSet,
    },
}

impl WireMessage for Message {
    fn size(&self) -> usize {
        1 + match self {
            Self::ToZone(message) => message.size(),
            Self::Submit { new: a, pending: b } | Self::Receipt { accepted: a, confirmed: b } => {
                a.size() + b.size()
            }
        }
    }

    fn items(&self) -> Items<'_> {
        match self {
            Self::ToZone(message) => message.items(),
            Self::Submit { new, .. } => Items::Set(new),
            Self::Receipt { .. } => Items::None,
        }
    }

    fn for_each_name(&self, visit: &mut dyn FnMut(Items<'_>)) {
        match self {
            Self::ToZone(message) => message.for_each_name(visit),
            Self::Submit { new: a, pending: b } | Self::Receipt { accepted: a, confirmed: b } => {
                [a, b].into_iter().for_each(|items| visit(Items::Set(items)));
            }
        }
    }

    fn describe(&self, tick: NanoDuration) -> String {
        match self {
            Self::ToZone(message) => message.describe(tick),
            Self::Submit { new, pending } => match (new.is_empty(), pending.is_empty()) {
                (true, true) => "probe".into(),
                (false, true) => new.to_string(),
                (true, false) => format!("question about {pending}"),
                (false, false) => format!("{new}, question about {pending}"),
            },
            Self::Receipt { accepted, confirmed } => {
                match (accepted.is_empty(), confirmed.is_empty()) {
                    (true, true) => "answer".into(),
                    (false, true) => format!("acceptance of {accepted}"),
                    (true, false) => format!("receipt for {confirmed}"),
                    (false, false) => {
                        format!("acceptance of {accepted}, receipt for {confirmed}")
                    }
                }
            }
        }
    }
}
