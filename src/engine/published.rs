//! Which items of a run are published, so that each is published once.

use crate::id::{Item, ItemSet};
use crate::plan::PublishedItem;

/// The items that were published so far, by the workload or by a protocol.
#[derive(Clone, Debug)]
pub struct Published(ItemSet);

impl Default for Published {
    fn default() -> Self {
        Self(ItemSet::EMPTY)
    }
}

impl Published {
    /// Whether an item is published now: it is one of the run, and was not published before. An item
    /// beyond those of the run is reported in the log.
    pub fn accept(&mut self, item: Item, items: &[PublishedItem]) -> bool {
        if item.index() >= items.len() {
            let (item, items) = (item.0, items.len());
            tracing::warn!(item, items, "a protocol publishes an item that the run does not have");
            return false;
        }
        self.0.insert(item)
    }
}
