//! What a node reports of its work: the milestones of a lead and of a member.

use serde::Serialize;

use crate::id::{Item, Lead, Member};

/// A completed stage of the work of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// A lead has been translated.
    Translated(Lead),
    /// Another zone is asked to assess a lead, for which this one lacks the technique.
    Requested(Lead),
    /// A lead has been assessed, here or by the zone that was asked.
    Assessed(Lead),
    /// A lead has been assessed for a zone that lacks the technique.
    AssessedFor(Lead),
    /// Enough leads about a member are assessed.
    Identified(Member),
    /// An officer has approved the release of an item; it is published after its delay.
    Approved(Item),
    /// The zone may strike at a member.
    Warranted(Member),
    /// A team is asked to strike at a member.
    Dispatched(Member),
}

impl Stage {
    /// The number of its kind, and of what it is about.
    pub fn numbers(self) -> (u64, u64) {
        match self {
            Self::Translated(lead) => (0, lead.0.into()),
            Self::Requested(lead) => (1, lead.0.into()),
            Self::Assessed(lead) => (2, lead.0.into()),
            Self::Approved(item) => (3, item.0.into()),
            Self::Warranted(member) => (4, member.0.into()),
            Self::Dispatched(member) => (5, member.0.into()),
            Self::AssessedFor(lead) => (6, lead.0.into()),
            Self::Identified(member) => (7, member.0.into()),
        }
    }
}
