//! What zones say to each other along and beside the tree.

use serde::{Deserialize, Serialize};

use crate::id::{ItemSet, varint_size};
use crate::seam::Message;
use crate::time::Length;

/// Items that took as many hops to the sender.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    /// The hops: none where they were published.
    pub round: u32,
    /// Which.
    pub items: ItemSet,
}

/// A message. In the paper each is about one item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Talk {
    /// These items.
    Gossip(Vec<Heard>),
    /// I have these items; tell me when you have.
    IHave(Vec<Heard>),
    /// Send me these, and what comes next; maybe none of them, only what comes next.
    Graft(ItemSet),
    /// I have these; do not send me what comes next, announce it.
    Prune(ItemSet),
    /// I have these.
    Ack(ItemSet),
    /// I was down, and have these and no others.
    Back(Vec<Heard>),
    /// I have these and no others.
    Welcome(Vec<Heard>),
}

impl Message for Talk {
    fn size(&self) -> usize {
        1 + match self {
            Self::Gossip(heard) | Self::IHave(heard) | Self::Back(heard) | Self::Welcome(heard) => {
                let one = |heard: &Heard| varint_size(heard.round.into()) + heard.items.size();
                varint_size(heard.len() as u64) + heard.iter().map(one).sum::<usize>()
            }
            Self::Graft(items) | Self::Prune(items) | Self::Ack(items) => items.size(),
        }
    }

    /// All but a gossip names items and carries none.
    fn payloads(&self) -> u32 {
        match self {
            Self::Gossip(heard) => heard.iter().map(|heard| heard.items.len()).sum(),
            _ => 0,
        }
    }

    fn words(&self, _tick: Length) -> String {
        match self {
            Self::Gossip(heard) => format!("gossip of {}", list(heard)),
            Self::IHave(heard) => format!("ihave {}", list(heard)),
            Self::Graft(items) => format!("graft for {items}"),
            Self::Prune(items) => format!("prune, has {items}"),
            Self::Ack(items) => format!("ack of {items}"),
            Self::Back(heard) => format!("back, with {}", list(heard)),
            Self::Welcome(heard) => format!("welcome, has {}", list(heard)),
        }
    }
}

/// Items with the hops that they took.
fn list(heard: &[Heard]) -> String {
    let one = |Heard { round, items }: &Heard| format!("{items} (round {round})");
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
            let heard = vec![Heard { round, items: items.clone() }; 130];
            for talk in [
                Talk::Gossip(heard.clone()),
                Talk::IHave(heard[..1].to_vec()),
                Talk::Graft(ItemSet::EMPTY),
                Talk::Prune(items.clone()),
                Talk::Ack(items.clone()),
                Talk::Back(Vec::new()),
                Talk::Welcome(heard),
            ] {
                assert_eq!(talk.size(), postcard::to_stdvec(&talk).unwrap().len(), "{talk:?}");
            }
        }
    }
}
