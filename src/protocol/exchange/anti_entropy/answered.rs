//! Which messages a zone has answered: a copy of a message is not answered, or each copy would go on as
//! a session of its own.

use std::collections::{BTreeMap, VecDeque};

use super::message::Message;
use crate::id::NodeId;

/// The latest sessions are remembered. A guess: many more than are under way at a time.
const MAX_SESSIONS: usize = 4096;

/// The zone that has sent a message, the number of the session, and whether that zone has begun it.
type Key = (NodeId, u64, bool);

/// The number of the last message answered, by session.
#[derive(Clone, Debug, Default)]
pub struct Answered {
    last: BTreeMap<Key, u32>,
    /// In the order of their first messages.
    sessions: VecDeque<Key>,
}

impl Answered {
    /// Whether a message is new; it is not from then on.
    pub fn is_new(&mut self, from: NodeId, message: &Message) -> bool {
        let key = (from, message.session, message.is_caller());
        if let Some(last) = self.last.get_mut(&key) {
            let is_new = message.number > *last;
            *last = message.number.max(*last);
            return is_new;
        }
        if self.sessions.len() == MAX_SESSIONS
            && let Some(oldest) = self.sessions.pop_front()
        {
            self.last.remove(&oldest);
        }
        self.sessions.push_back(key);
        self.last.insert(key, message.number);
        true
    }
}
