//! The message of anti-entropy.

use std::fmt::Write;

use serde::{Deserialize, Serialize};

use super::reconcile::{Content, Range};
use crate::id::ItemSet;
use crate::protocol::{Items, WireMessage};
use crate::time::NanoDuration;

/// What a zone tells another in a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The session: the caller's time when it began, or the next number.
    pub session: u64,
    /// The number of the message in its session. The call has 0.
    pub number: u32,
    /// What the sender says of its items.
    pub ranges: Vec<Range>,
    /// Items that the recipient lacks.
    pub items: ItemSet,
    /// Items that the sender asks for.
    pub wanted: ItemSet,
}

impl Message {
    /// Whether the sender has begun the session.
    pub fn is_caller(&self) -> bool {
        self.number.is_multiple_of(2)
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty() && self.items.is_empty() && self.wanted.is_empty()
    }
}

impl WireMessage for Message {
    fn items(&self) -> Items<'_> {
        Items::Set(&self.items)
    }

    fn for_each_name(&self, visit: &mut dyn FnMut(Items<'_>)) {
        visit(Items::Set(&self.items));
        visit(Items::Set(&self.wanted));
        for Range { end, content } in &self.ranges {
            end.iter().for_each(|&end| visit(Items::One(end)));
            if let Content::Names(names) = content {
                visit(Items::Set(names));
            }
        }
    }

    fn describe(&self, _tick: NanoDuration) -> String {
        let mut said = Vec::new();
        let is_fingerprint = |range: &&Range| matches!(range.content, Content::Fingerprint(_));
        match self.ranges.iter().filter(is_fingerprint).count() {
            0 => {}
            1 => said.push("1 fingerprint".to_owned()),
            count => said.push(format!("{count} fingerprints")),
        }
        for Range { content, .. } in &self.ranges {
            if let Content::Names(names) = content {
                said.push(format!("names {names}"));
            }
        }
        if !self.items.is_empty() {
            said.push(self.items.to_string());
        }
        if !self.wanted.is_empty() {
            said.push(format!("request for {}", self.wanted));
        }
        let mut text = if self.is_caller() { "call: " } else { "answer: " }.to_owned();
        let _ = write!(text, "{}", said.join(", "));
        text
    }
}
