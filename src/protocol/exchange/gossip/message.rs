//! What gossips say, and the timer of their cycles.

use serde::{Deserialize, Serialize};

use crate::id::{ItemSet, varint_size};
use crate::protocol::exchange::Deliver;
use crate::protocol::{Items, OutOf, WireMessage};
use crate::time::NanoDuration;

/// What gossips say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Message {
    /// What I tell.
    Push(ItemSet),
    /// What do you tell?
    Pull,
    /// What I tell; what do you tell beyond it?
    PushPull(ItemSet),
    /// What you asked for.
    PullReply(ItemSet),
    /// One of these with a number of its sender's, who wants to know what became of it.
    Numbered(u32, Kind, ItemSet),
    /// Of what you told under that number I knew this.
    Feedback(u32, ItemSet),
    /// I have taken as many calls as I can; not the one of that number.
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

/// The beginning of a cycle, counted from 1. It is stale unless it is the one that was set last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timer(pub u64);

/// Where effects go.
pub type Out<'a> = OutOf<'a, Message, Timer, Deliver>;

impl Message {
    /// A message of a kind, with a number or without.
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

    fn describe(&self, _tick: NanoDuration) -> String {
        match self {
            Self::Push(items) => kind(Kind::Push, items),
            Self::Pull => kind(Kind::Pull, &ItemSet::EMPTY),
            Self::PushPull(items) => kind(Kind::PushPull, items),
            Self::PullReply(items) => kind(Kind::PullReply, items),
            Self::Numbered(number, of, items) => format!("{} (no. {number})", kind(*of, items)),
            Self::Feedback(number, items) => format!("knew {items} of no. {number}"),
            Self::Rejected(number) => format!("refusal of no. {number}"),
        }
    }
}

fn kind(kind: Kind, items: &ItemSet) -> String {
    match kind {
        Kind::Push => format!("push of {items}"),
        Kind::Pull => "pull".into(),
        Kind::PushPull => format!("push of {items}, and pull"),
        Kind::PullReply => format!("answer of {items}"),
    }
}
