//! `independent`: every zone strikes as soon as it has located a member.
//!
//! No message, no agreement, and no paper: the baseline that every coordination has to beat. The
//! first capture warns the rest.

use serde::{Deserialize, Serialize};

use super::{Coordination, Input, Out};
use crate::seam::{Entry, Formula, Message};

/// Its source, its cost and its promise.
pub const ENTRY: Entry = Entry {
    name: "independent",
    about: "every zone strikes as soon as it has located a member",
    source: "no paper: no coordination, the baseline",
    departs: &[],
    formulas: &[
        Formula { of: "messages", is: "0" },
        Formula { of: "from locating a member to its strike", is: "0" },
    ],
    letters: "",
    promises: "whoever is located is struck, and who is located later in vain, if the first capture \
               has warned them",
    settings: &[],
};

/// A zone that acts alone.
#[derive(Clone, Debug, Default)]
pub struct Independent {
    struck: bool,
}

/// Nothing is ever said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Silence {}

impl Message for Silence {}

impl Coordination for Independent {
    type Message = Silence;
    type Timer = Silence;

    fn handle(&mut self, input: Input<Self>, out: &mut Out<'_, Self>) {
        if let Input::Located(member) = input {
            if !self.struck {
                self.struck = true;
                out.decide(out.now());
            }
            out.strike(member);
        }
    }

    /// That it has struck is known to the world.
    fn salvage(&mut self, lost: Self) {
        *self = lost;
    }
}
