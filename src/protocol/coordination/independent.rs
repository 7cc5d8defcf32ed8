//! `independent`: every zone strikes as soon as it has located a member.
//!
//! No message, no agreement, and no paper: the baseline that every coordination has to beat. The
//! first capture warns the rest.

use serde::{Deserialize, Serialize};

use super::coordinator_view::LocatedMembers;
use super::{Located, Output};
use crate::protocol::{
    Cost, Decisions, Input, NamedProtocol, NoParams, NodeView, Out, Protocol, ProtocolInfo, Safety,
    Strikes, WireMessage,
};
use crate::time::NanoDuration;

/// Source, costs and guarantees.
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
    guarantees: "whoever is located is struck, and who is located later in vain, if the first capture \
               has warned them",
    settings: &[],
};

/// Each zone decides for itself, once, and strikes from then on: at once, whatever its clock shows,
/// which may be set back.
pub const SAFETY: Safety =
    Safety { decisions: Decisions::OnePerZone, strikes: Strikes::AfterDecision, valid_for: None };

/// A zone that acts alone. It keeps nothing before it has located somebody: a million zones that
/// act alone have no room for more.
#[derive(Clone, Debug, Default)]
pub struct Independent {
    located: Option<Box<LocatedMembers>>,
}

/// Nothing is ever said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Never {}

impl WireMessage for Never {}

impl NamedProtocol for Independent {
    type Params = NoParams;
    const INFO: ProtocolInfo = INFO;

    fn new(_params: &NoParams, _view: &NodeView, _resolution: NanoDuration) -> Self {
        Self::default()
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
            // Who has lost its memory may locate a member again: it is not struck twice.
            located.add(member);
            located.strike(out);
        }
    }

    /// Whom it has struck is durable: it is known to the world.
    fn recover(&mut self, lost: Self) {
        *self = lost;
    }
}
