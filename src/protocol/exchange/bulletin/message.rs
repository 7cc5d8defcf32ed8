//! The messages of a bulletin.

use serde::{Deserialize, Serialize};

use crate::id::ItemSet;
use crate::protocol::{Items, WireMessage};
use crate::time::NanoDuration;

/// A message of a bulletin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Message {
    /// What a zone brings to a meeting: the items that it has found and the recipient has not yet
    /// acknowledged, and names of what it knew before.
    Report {
        /// The items.
        new: ItemSet,
        /// The names of other items that the sender knew when its last meeting ended.
        minutes: ItemSet,
    },
    /// Items that were asked for.
    Items(ItemSet),
    /// Of a report or of items.
    Answer {
        /// What has arrived.
        received: ItemSet,
        /// What the sender lacks and asks for.
        lacking: ItemSet,
    },
}

impl WireMessage for Message {
    fn size(&self) -> usize {
        1 + match self {
            Self::Items(items) => items.size(),
            Self::Report { new: a, minutes: b } | Self::Answer { received: a, lacking: b } => {
                a.size() + b.size()
            }
        }
    }

    fn items(&self) -> Items<'_> {
        match self {
            Self::Report { new: items, .. } | Self::Items(items) => Items::Set(items),
            Self::Answer { .. } => Items::None,
        }
    }

    fn for_each_name(&self, visit: &mut dyn FnMut(Items<'_>)) {
        match self {
            Self::Items(items) => visit(Items::Set(items)),
            Self::Report { new: a, minutes: b } | Self::Answer { received: a, lacking: b } => {
                [a, b].into_iter().for_each(|items| visit(Items::Set(items)));
            }
        }
    }

    fn describe(&self, _tick: NanoDuration) -> String {
        match self {
            Self::Items(items) => items.to_string(),
            Self::Report { new, minutes } if minutes.is_empty() => format!("report of {new}"),
            Self::Report { new, minutes } => format!("report of {new}, minutes name {minutes}"),
            Self::Answer { received, lacking } if lacking.is_empty() => {
                format!("ack of {received}")
            }
            Self::Answer { received, lacking } if received.is_empty() => {
                format!("request for {lacking}")
            }
            Self::Answer { received, lacking } => {
                format!("ack of {received}, request for {lacking}")
            }
        }
    }
}
