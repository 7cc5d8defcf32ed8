//! `independent`: every zone strikes as soon as it has located a member.
//!
//! There are no messages, no agreement and no paper: it is the baseline that every coordination has
//! to beat. The first capture warns the other members.

use serde::{Deserialize, Serialize};

use super::coordinator_view::LocatedMembers;
use super::{Located, Output};
use crate::protocol::{
    Cost, Decisions, Input, NamedProtocol, NoParams, NodeView, Out, Protocol, ProtocolInfo, Safety,
    SendBound, Strikes, WireMessage,
};
use crate::time::NanoDuration;

/// The entry of `independent` in the list of protocols.
pub const INFO: ProtocolInfo = ProtocolInfo {
    name: "independent",
    about: "every zone strikes as soon as it has located a member",
    source: "no paper: no coordination, the baseline",
    deviations: &[],
    formulas: &[
        Cost { what: "messages", formula: "0" },
        Cost { what: "from locating a member to its strike", formula: "0" },
    ],
    variables: "",
    guarantees: "every located member is struck at; a strike after the first capture fails if the \
                 capture has warned the member",
    settings: &[],
    ..ProtocolInfo::EMPTY
};

/// Each zone decides once for itself and strikes from then on, at any local time, since its clock
/// may be set back.
pub const SAFETY: Safety = Safety {
    decisions: Decisions::OnePerZone,
    strikes: Strikes::AfterDecision,
    valid_for: None,
    waits: None,
    min_ready: None,
    agreed: None,
};

/// A zone that acts alone. The state is allocated with the first located member, so that a million
/// zones fit into memory.
#[derive(Clone, Debug, Default)]
pub struct Independent {
    located: Option<Box<LocatedMembers>>,
}

/// No message exists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Never {}

impl WireMessage for Never {}

impl NamedProtocol for Independent {
    type Params = NoParams;
    const INFO: ProtocolInfo = INFO;

    fn new(_params: &NoParams, _view: &NodeView, _resolution: NanoDuration) -> Self {
        Self::default()
    }

    fn send_bound(_params: &NoParams, _resolution: NanoDuration) -> Option<SendBound> {
        Some(SendBound::of_causes(0, 0, 0))
    }

    fn safety(_params: &NoParams) -> Safety {
        SAFETY
    }
}

impl Protocol for Independent {
    type Message = Never;
    type Timer = Never;
    type Input = Located;
    type Output = Output;

    fn handle(&mut self, input: Input<Self>, out: &mut Out<'_, Self>) {
        if let Input::Local(Located(member)) = input {
            let located = self.located.get_or_insert_with(|| {
                out.decide(out.now());
                Box::default()
            });
            // A zone that has lost its memory may locate a member again: it is not struck at twice.
            located.add(member);
            located.strike(out);
        }
    }

    /// Struck members are durable: a strike is visible to everyone.
    fn recover(&mut self, lost: Self) {
        *self = lost;
    }
}
