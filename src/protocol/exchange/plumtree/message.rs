//! What zones say to each other along and beside the tree.

use serde::{Deserialize, Serialize};

use crate::id::{ItemSet, varint_size};
use crate::protocol::{ItemSets, Items, WireMessage};
use crate::time::NanoDuration;

/// Items that took as many hops to the sender.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemsOfRound {
    /// The hops: none where they were published.
    pub round: u32,
    /// Which.
    pub items: ItemSet,
}

/// A message. In the paper each is about one item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Message {
    /// These items.
    Gossip(Vec<ItemsOfRound>),
    /// I have these items; tell me when you have.
    IHave(Vec<ItemsOfRound>),
    /// Send me these, and what comes next; maybe none of them, only what comes next.
    Graft(ItemSet),
    /// I have these; do not send me what comes next, announce it.
    Prune(ItemSet),
    /// I have these.
    Ack(ItemSet),
    /// I was down, and have these and no others.
    Rejoin(Vec<ItemsOfRound>),
    /// I have these and no others.
    RejoinReply(Vec<ItemsOfRound>),
}

impl ItemSets for Vec<ItemsOfRound> {
    fn set(&self, index: usize) -> Option<&ItemSet> {
        self.get(index).map(|round| &round.items)
    }
}

impl WireMessage for Message {
    fn size(&self) -> usize {
        1 + match self {
            Self::Gossip(heard)
            | Self::IHave(heard)
            | Self::Rejoin(heard)
            | Self::RejoinReply(heard) => {
                let one =
                    |heard: &ItemsOfRound| varint_size(heard.round.into()) + heard.items.size();
                varint_size(heard.len() as u64) + heard.iter().map(one).sum::<usize>()
            }
            Self::Graft(items) | Self::Prune(items) | Self::Ack(items) => items.size(),
        }
    }

    fn items(&self) -> Items<'_> {
        match self {
            Self::Gossip(rounds) => Items::Sets(rounds),
            _ => Items::None,
        }
    }

    fn describe(&self, _tick: NanoDuration) -> String {
        match self {
            Self::Gossip(heard) => format!("gossip of {}", list(heard)),
            Self::IHave(heard) => format!("ihave {}", list(heard)),
            Self::Graft(items) => format!("graft for {items}"),
            Self::Prune(items) => format!("prune, has {items}"),
            Self::Ack(items) => format!("ack of {items}"),
            Self::Rejoin(heard) => format!("back, with {}", list(heard)),
            Self::RejoinReply(heard) => format!("welcome, has {}", list(heard)),
        }
    }
}

/// Items with the hops that they took.
fn list(heard: &[ItemsOfRound]) -> String {
    let one = |ItemsOfRound { round, items }: &ItemsOfRound| format!("{items} (round {round})");
    match heard {
        [] => ItemSet::EMPTY.to_string(),
        heard => heard.iter().map(one).collect::<Vec<_>>().join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Item;

    #[test]
    fn sizes_are_those_of_the_encoding() {
        let items = ItemSet::of(Item(300));
        for round in [0, 127, 128, u32::MAX] {
            let heard = vec![ItemsOfRound { round, items: items.clone() }; 130];
            for talk in [
                Message::Gossip(heard.clone()),
                Message::IHave(heard[..1].to_vec()),
                Message::Graft(ItemSet::EMPTY),
                Message::Prune(items.clone()),
                Message::Ack(items.clone()),
                Message::Rejoin(Vec::new()),
                Message::RejoinReply(heard),
            ] {
                assert_eq!(talk.size(), postcard::to_stdvec(&talk).unwrap().len(), "{talk:?}");
            }
        }
    }
}
