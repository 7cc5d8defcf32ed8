//! The entries of the log, and what the nodes send each other.

use serde::{Deserialize, Serialize};

/// An entry of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry<C> {
    /// The term of the leader that has appended it.
    pub term: u64,
    /// What it tells the state machine; None for the entry with which a leader begins.
    pub command: Option<C>,
}

/// A place in a log. The order is that of section 5.4.1: of two logs, the one that ends at the higher
/// position is more up-to-date.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Position {
    /// The term of the entry; 0 before the first entry, or if there is no entry.
    pub term: u64,
    /// Its number; the first is 1.
    pub index: u64,
}

/// A message of a node in the given term.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message<C> {
    /// The current term of the sender.
    pub term: u64,
    /// Its content.
    pub content: Content<C>,
}

/// The content of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Content<C> {
    /// A candidate, whose log ends at this position, asks for a vote.
    RequestVote(Position),
    /// The answer: whether the vote is granted.
    Vote(bool),
    /// From the leader: entries for the log, or none as a heartbeat.
    AppendEntries {
        /// The position that the entries follow.
        previous: Position,
        /// The entries.
        entries: Vec<Entry<C>>,
        /// The index through which the leader knows its log to be committed.
        commit: u64,
    },
    /// To the leader: the log is the same as that of the leader through this index.
    Appended(u64),
    /// To the leader: the log differs at the index before the entries.
    Rejected {
        /// That index.
        previous: u64,
        /// Where the entries of the conflicting term begin; the end of the log, with term 0, if there
        /// is no entry at that index.
        conflict: Position,
    },
}

impl<C> Message<C> {
    /// The entries that it carries.
    pub fn entries(&self) -> &[Entry<C>] {
        match &self.content {
            Content::AppendEntries { entries, .. } => entries,
            _ => &[],
        }
    }

    /// The commands of these entries.
    pub fn commands(&self) -> impl Iterator<Item = &C> {
        self.entries().iter().filter_map(|entry| entry.command.as_ref())
    }

    /// Its content in words.
    pub fn describe(&self, command: impl Fn(&C) -> String) -> String {
        let text = match &self.content {
            Content::RequestVote(last) => format!("request for a vote, log of {last}"),
            Content::Vote(true) => "vote".into(),
            Content::Vote(false) => "no vote".into(),
            Content::AppendEntries { entries, commit, .. } if entries.is_empty() => {
                format!("heartbeat, {commit} committed")
            }
            Content::AppendEntries { previous, entries, commit } => {
                let entry = |(entry, index): (&Entry<C>, u64)| match &entry.command {
                    Some(content) => format!("entry {index}: {}", command(content)),
                    None => format!("entry {index}: none"),
                };
                let entries: Vec<_> = entries.iter().zip(previous.index + 1..).map(entry).collect();
                format!("{}, {commit} committed", entries.join(", "))
            }
            Content::Appended(0) => "ack".into(),
            Content::Appended(through) => format!("ack through entry {through}"),
            Content::Rejected { previous, .. } => format!("conflict at entry {previous}"),
        };
        format!("{text}, term {}", self.term)
    }
}

impl std::fmt::Display for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.index {
            0 => f.write_str("no entries"),
            1 => write!(f, "1 entry, of term {}", self.term),
            index => write!(f, "{index} entries, to term {}", self.term),
        }
    }
}

/// A timer. It is stale unless it is the last one of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// No leader was heard from for the election timeout; the timeouts of a node are numbered.
    Election(u64),
    /// A leader sends again, and so does a candidate; numbered too.
    Resend(u64),
    /// All requests for a vote of this instant have come.
    Vote,
}
