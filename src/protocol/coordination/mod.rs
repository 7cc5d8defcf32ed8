//! How zones act together: one protocol, one file.
//!
//! A protocol implements [`Coordination`]. It hears which members were located in its zone, talks
//! to its likes in other zones and to the hub, and strikes. What a strike achieves is the world's
//! affair: nobody here knows how many members there are, nor whether one was warned.
//!
//! What the protocols with a coordinator have in common stands beside them: [`coordinator_view`], what it
//! knows and when that is enough; [`timing`], the times it works by; [`pending_acks`], what is said until
//! it is answered.

mod builtin;
pub mod coordinator_view;
pub mod independent;
pub mod order;
pub mod pending_acks;
mod safety;
pub mod timing;
pub mod two_phase;

use std::fmt::Debug;

pub use builtin::{Builtin, BuiltinMessage, BuiltinTimer, Params};
pub use safety::{Decisions, Safety, Strikes};
use schemars::{Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::id::{Member, NodeId};
use crate::protocol::{ConfigError, Input, NodeView, Out, OutOf, Protocol, ProtocolInfo};
use crate::time::{LocalTime, NanoDuration};

/// A protocol by which zones act together: every [`Protocol`] that hears of located members and
/// decides, strikes and aborts.
pub trait Coordination: Protocol<Input = Located, Output = Output> {}

impl<P: Protocol<Input = Located, Output = Output>> Coordination for P {}

/// A member was located in the zone of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Located(pub Member);

/// What a coordination does beyond sending and setting timers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// It is decided: strike when clocks show this.
    Decide(LocalTime),
    /// This zone goes to capture a member located in it.
    Strike(Member),
    /// A round came to nothing.
    Abort(Abort),
}

/// A round of asking that came to nothing, and one zone that stood in its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Abort {
    /// Which round; the first is 1.
    pub round: u32,
    /// The zone.
    pub zone: NodeId,
    /// What it did.
    pub why: Objection,
}

/// How a zone stands in the way of a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Objection {
    /// It did not answer in time.
    Silent,
    /// It refused.
    Refused,
}

impl<M, T> OutOf<'_, M, T, Output> {
    /// The decision to strike when clocks show `at`: said once, by the node that takes it.
    pub fn decide(&mut self, at: LocalTime) {
        self.emit(Output::Decide(at));
    }

    /// A round came to nothing because of a zone: said once for each, by the node that aborts it.
    /// Nothing follows from it; it is there to be told.
    pub fn abort(&mut self, abort: Abort) {
        self.emit(Output::Abort(abort));
    }

    /// This zone goes to capture a member located in it, now.
    pub fn strike(&mut self, member: Member) {
        self.emit(Output::Strike(member));
    }
}

/// How long a run lasts, and how far its clocks may be off, whatever the seed.
#[derive(Clone, Copy, Debug)]
pub struct TimeBounds {
    /// The end of the run in true time, exclusive.
    pub horizon: NanoDuration,
    /// How far a clock may be ahead of true time before the horizon. None if there is no bound.
    pub max_ahead: Option<NanoDuration>,
    /// How far below 0 a clock may begin or be stepped back. None if there is no bound.
    pub max_behind: Option<NanoDuration>,
}

/// A set of coordinations that a scenario file can name.
pub trait ProtocolSet: Coordination {
    /// The `[coordination]` table of a scenario file.
    type Settings: Clone + Debug + Default + DeserializeOwned + Send + Sync + 'static;

    /// What there is, for people.
    fn entries() -> &'static [ProtocolInfo];

    /// The one that the settings choose.
    fn chosen(settings: &Self::Settings) -> &'static str;

    /// Whether the chosen one can work at a site with these settings.
    ///
    /// # Errors
    /// The setting that it cannot work with, and what it expects.
    fn check(settings: &Self::Settings, site: &NodeView) -> Result<(), ConfigError>;

    /// What the chosen one guarantees in every run; the strict case where nothing is said.
    fn safety(_settings: &Self::Settings) -> Safety {
        Safety::default()
    }

    /// What people should know of the chosen one's settings before a run.
    fn warnings(_settings: &Self::Settings, _bounds: &TimeBounds) -> Vec<String> {
        Vec::new()
    }

    /// What editors are told of the settings: any table, where nothing more is said.
    fn schema(_generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "object" })
    }

    /// The machine of one node; the settings have been checked.
    fn build(settings: &Self::Settings, site: &NodeView, resolution: NanoDuration) -> Self;
}
