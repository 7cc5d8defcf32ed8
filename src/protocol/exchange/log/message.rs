//! What zones send each other, and their timers.

use serde::{Deserialize, Serialize};

use crate::id::ItemSet;
use crate::protocol::raft;
use crate::protocol::{ItemSets, Items, WireMessage};
use crate::time::{LocalTime, NanoDuration};

/// A message between zones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Message {
    /// To the leader: items to append to the log.
    Forward(ItemSet),
    /// Of Raft; commands are items.
    Raft(raft::Message<ItemSet>),
}

/// The items of the entries, entry by entry.
impl ItemSets for Message {
    fn set(&self, index: usize) -> Option<&ItemSet> {
        match self {
            Self::Forward(items) => (index == 0).then_some(items),
            Self::Raft(message) => {
                let entry = message.entries().get(index)?;
                Some(entry.command.as_ref().unwrap_or(&ItemSet::EMPTY))
            }
        }
    }
}

impl WireMessage for Message {
    fn items(&self) -> Items<'_> {
        match self {
            Self::Forward(items) => Items::Set(items),
            Self::Raft(message) if message.entries().is_empty() => Items::None,
            Self::Raft(_) => Items::Sets(self),
        }
    }

    fn for_each_name(&self, visit: &mut dyn FnMut(Items<'_>)) {
        match self {
            Self::Forward(items) => visit(Items::Set(items)),
            Self::Raft(message) => {
                message.commands().for_each(|items| visit(Items::Set(items)));
            }
        }
    }

    fn describe(&self, _tick: NanoDuration) -> String {
        match self {
            Self::Forward(items) => format!("{items} for the log"),
            Self::Raft(message) => message.describe(ItemSet::to_string),
        }
    }
}

/// What a zone waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// A timer of Raft.
    Raft(raft::Timer),
    /// To send again what is not committed; stale unless it is the last one that was set.
    Retry(LocalTime),
}
