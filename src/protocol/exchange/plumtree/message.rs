//! The messages of plumtree.

use serde::{Deserialize, Serialize};

use crate::id::{ItemSet, varint_size};
use crate::protocol::{ItemSets, Items, WireMessage};
use crate::time::NanoDuration;

/// Items that reached the sender in the same round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemsOfRound {
    /// The number of hops; 0 at the publisher.
    pub round: u32,
    /// The items, all of the same round.
    pub items: ItemSet,
}

/// A message. In the paper each is about one item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Message {
    /// A payload (eager push).
    Gossip(Vec<ItemsOfRound>),
    /// An announcement of items that the sender has, to be acknowledged (lazy push).
    IHave(Vec<ItemsOfRound>),
    /// Asks for these items, and for an eager link; the set may be empty.
    Graft(ItemSet),
    /// The sender has these items, and asks for a lazy link.
    Prune(ItemSet),
    /// The sender has these items.
    Ack(ItemSet),
    /// The sender was down, and has these items and no others.
    Rejoin(Vec<ItemsOfRound>),
    /// The reply to a rejoin: the sender has these items and no others.
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
            Self::Gossip(rounds)
            | Self::IHave(rounds)
            | Self::Rejoin(rounds)
            | Self::RejoinReply(rounds) => {
                let one =
                    |rounds: &ItemsOfRound| varint_size(rounds.round.into()) + rounds.items.size();
                varint_size(rounds.len() as u64) + rounds.iter().map(one).sum::<usize>()
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

    fn for_each_name(&self, visit: &mut dyn FnMut(Items<'_>)) {
        match self {
            Self::Gossip(rounds)
            | Self::IHave(rounds)
            | Self::Rejoin(rounds)
            | Self::RejoinReply(rounds) => visit(Items::Sets(rounds)),
            Self::Graft(items) | Self::Prune(items) | Self::Ack(items) => visit(Items::Set(items)),
        }
    }

    fn describe(&self, _tick: NanoDuration) -> String {
        match self {
            Self::Gossip(rounds) => format!("gossip of {}", list(rounds)),
            Self::IHave(rounds) => format!("ihave {}", list(rounds)),
            Self::Graft(items) => format!("graft for {items}"),
            Self::Prune(items) => format!("prune, has {items}"),
            Self::Ack(items) => format!("ack of {items}"),
            Self::Rejoin(rounds) => format!("rejoin, has {}", list(rounds)),
            Self::RejoinReply(rounds) => format!("rejoin reply, has {}", list(rounds)),
        }
    }
}

/// Items with their rounds.
fn list(rounds: &[ItemsOfRound]) -> String {
    let one = |ItemsOfRound { round, items }: &ItemsOfRound| format!("{items} (round {round})");
    match rounds {
        [] => ItemSet::EMPTY.to_string(),
        rounds => rounds.iter().map(one).collect::<Vec<_>>().join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Item;

    #[test]
    fn sizes_are_those_of_the_encoding() {
        let items = ItemSet::singleton(Item(300));
        for round in [0, 127, 128, u32::MAX] {
            let rounds = vec![ItemsOfRound { round, items: items.clone() }; 130];
            for message in [
                Message::Gossip(rounds.clone()),
                Message::IHave(rounds[..1].to_vec()),
                Message::Graft(ItemSet::EMPTY),
                Message::Prune(items.clone()),
                Message::Ack(items.clone()),
                Message::Rejoin(Vec::new()),
                Message::RejoinReply(rounds),
            ] {
                assert_eq!(
                    message.size(),
                    postcard::to_stdvec(&message).unwrap().len(),
                    "{message:?}"
                );
            }
        }
    }
}
