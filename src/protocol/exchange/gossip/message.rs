//! The messages of gossip, and the timer of its cycles.

use serde::{Deserialize, Serialize};

use crate::id::{ItemSet, varint_size};
use crate::protocol::exchange::Deliver;
use crate::protocol::{Items, OutOf, WireMessage};
use crate::time::NanoDuration;

/// A message of gossip.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Message {
    /// The items that the sender spreads.
    Push(ItemSet),
    /// Asks for the items that the recipient spreads.
    Pull,
    /// The items that the sender spreads; asks for those that the recipient spreads beyond them.
    PushPull(ItemSet),
    /// The reply to a pull or push-pull.
    PullReply(ItemSet),
    /// One of the above with a number, to which the recipient may reply with feedback or a
    /// rejection.
    Numbered(u32, Kind, ItemSet),
    /// The items of the numbered message that its recipient already knew.
    Feedback(u32, ItemSet),
    /// The connection limit is reached; the numbered call is not accepted.
    Rejected(u32),
}

/// The kinds of messages that can carry a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// As [`Message::Push`].
    Push,
    /// As [`Message::Pull`]; there are no items with it.
    Pull,
    /// As [`Message::PushPull`].
    PushPull,
    /// As [`Message::PullReply`].
    PullReply,
}

/// The beginning of a cycle, counted from 1. It is stale unless it is the last one that was set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timer(pub u64);

/// The effects of gossip.
pub type Out<'a> = OutOf<'a, Message, Timer, Deliver>;

impl Message {
    #[inline]
    pub(super) fn new(kind: Kind, number: Option<u32>, items: ItemSet) -> Self {
        match (number, kind) {
            (Some(number), _) => Self::Numbered(number, kind, items),
            (None, Kind::Push) => Self::Push(items),
            (None, Kind::Pull) => Self::Pull,
            (None, Kind::PushPull) => Self::PushPull(items),
            (None, Kind::PullReply) => Self::PullReply(items),
        }
    }
}

impl WireMessage for Message {
    #[inline]
    fn size(&self) -> usize {
        match self {
            Self::Pull => 1,
            Self::Push(items) | Self::PushPull(items) | Self::PullReply(items) => 1 + items.size(),
            Self::Numbered(number, _, items) => 2 + varint_size((*number).into()) + items.size(),
            Self::Feedback(number, items) => 1 + varint_size((*number).into()) + items.size(),
            Self::Rejected(number) => 1 + varint_size((*number).into()),
        }
    }

    #[inline]
    fn items(&self) -> Items<'_> {
        match self {
            Self::Push(items)
            | Self::PushPull(items)
            | Self::PullReply(items)
            | Self::Numbered(_, _, items) => Items::Set(items),
            Self::Pull | Self::Feedback(..) | Self::Rejected(_) => Items::None,
        }
    }

    fn for_each_name(&self, visit: &mut dyn FnMut(Items<'_>)) {
        match self {
            Self::Feedback(_, items) => visit(Items::Set(items)),
            _ => visit(self.items()),
        }
    }

    fn describe(&self, _tick: NanoDuration) -> String {
        match self {
            Self::Push(items) => kind(Kind::Push, items),
            Self::Pull => kind(Kind::Pull, &ItemSet::EMPTY),
            Self::PushPull(items) => kind(Kind::PushPull, items),
            Self::PullReply(items) => kind(Kind::PullReply, items),
            Self::Numbered(number, of, items) => format!("{} (no. {number})", kind(*of, items)),
            Self::Feedback(number, items) => format!("feedback: knew {items} of no. {number}"),
            Self::Rejected(number) => format!("rejection of no. {number}"),
        }
    }
}

fn kind(kind: Kind, items: &ItemSet) -> String {
    match kind {
        Kind::Push => format!("push of {items}"),
        Kind::Pull => "pull".into(),
        Kind::PushPull => format!("push-pull of {items}"),
        Kind::PullReply => format!("pull reply of {items}"),
    }
}
