//! What gossips say.

use serde::{Deserialize, Serialize};

use crate::id::{ItemSet, varint_size};
use crate::seam::Message;
use crate::time::Length;

/// What gossips say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Rumour {
    /// What I tell.
    Push(ItemSet),
    /// What do you tell?
    Ask,
    /// What I tell; what do you tell beyond it?
    Call(ItemSet),
    /// What you asked for.
    Answer(ItemSet),
    /// One of these with a number of its sender's, who wants to know what became of it.
    Numbered(u32, Kind, ItemSet),
    /// Of what you told under that number I knew this.
    Knew(u32, ItemSet),
    /// I have taken as many calls as I can; not the one of that number.
    Refused(u32),
}

/// The kinds of messages that can carry a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// As [`Rumour::Push`].
    Push,
    /// As [`Rumour::Ask`]; there are no items with it.
    Ask,
    /// As [`Rumour::Call`].
    Call,
    /// As [`Rumour::Answer`].
    Answer,
}

impl Rumour {
    /// A message of a kind, with a number or without.
    #[inline]
    pub(super) fn new(kind: Kind, number: Option<u32>, items: ItemSet) -> Self {
        match (number, kind) {
            (Some(number), _) => Self::Numbered(number, kind, items),
            (None, Kind::Push) => Self::Push(items),
            (None, Kind::Ask) => Self::Ask,
            (None, Kind::Call) => Self::Call(items),
            (None, Kind::Answer) => Self::Answer(items),
        }
    }
}

impl Message for Rumour {
    #[inline]
    fn size(&self) -> usize {
        match self {
            Self::Ask => 1,
            Self::Push(items) | Self::Call(items) | Self::Answer(items) => 1 + items.size(),
            Self::Numbered(number, _, items) => 2 + varint_size((*number).into()) + items.size(),
            Self::Knew(number, items) => 1 + varint_size((*number).into()) + items.size(),
            Self::Refused(number) => 1 + varint_size((*number).into()),
        }
    }

    /// A reply that says what was known names items and carries none.
    #[inline]
    fn payloads(&self) -> u32 {
        match self {
            Self::Push(items)
            | Self::Call(items)
            | Self::Answer(items)
            | Self::Numbered(_, _, items) => items.len(),
            Self::Ask | Self::Knew(..) | Self::Refused(_) => 0,
        }
    }

    fn words(&self, _tick: Length) -> String {
        match self {
            Self::Push(items) => kind(Kind::Push, items),
            Self::Ask => kind(Kind::Ask, &ItemSet::EMPTY),
            Self::Call(items) => kind(Kind::Call, items),
            Self::Answer(items) => kind(Kind::Answer, items),
            Self::Numbered(number, of, items) => format!("{} (no. {number})", kind(*of, items)),
            Self::Knew(number, items) => format!("knew {items} of no. {number}"),
            Self::Refused(number) => format!("refusal of no. {number}"),
        }
    }
}

fn kind(kind: Kind, items: &ItemSet) -> String {
    match kind {
        Kind::Push => format!("push of {items}"),
        Kind::Ask => "pull".into(),
        Kind::Call => format!("push of {items}, and pull"),
        Kind::Answer => format!("answer of {items}"),
    }
}
