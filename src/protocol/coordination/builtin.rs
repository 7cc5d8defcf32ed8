//! The coordinations that come with zonesim, as one closed enum.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use super::{Input, Located, Out, Output, Protocol, ProtocolSet, Safety, TimeBounds};
use super::{independent, order, two_phase};
use crate::protocol::{
    ConfigError, NoParams, NodeView, ProtocolInfo, WireMessage, describe_params,
};
use crate::time::NanoDuration;

/// Any of the coordinations that come with zonesim. Those that keep much are boxed: a million zones
/// that act alone have no room for them.
#[derive(Clone, Debug)]
pub enum Builtin {
    /// Each for itself.
    Independent(independent::Independent),
    /// The hub commands a time.
    Order(Box<order::Order>),
    /// All go if all are ready.
    TwoPhase(Box<two_phase::TwoPhase>),
}

/// A message of any of them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum BuiltinMessage {
    /// Of `order`.
    Order(order::Message),
    /// Of `two-phase`.
    TwoPhase(two_phase::Message),
}

/// A timer of any of them.
#[derive(Clone, Debug)]
pub enum BuiltinTimer {
    /// Of `order`.
    Order(order::Timer),
    /// Of `two-phase`.
    TwoPhase(two_phase::Timer),
}

impl WireMessage for BuiltinMessage {
    fn describe(&self, tick: NanoDuration) -> String {
        match self {
            Self::Order(call) => call.describe(tick),
            Self::TwoPhase(call) => call.describe(tick),
        }
    }
}

/// The `[coordination]` table: which one, and the settings of any.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table such as { use = \"order\" }")]
pub struct Params {
    /// The protocol of this scenario.
    #[serde(rename = "use")]
    pub chosen: Name,
    /// Settings of `independent`.
    pub independent: NoParams,
    /// Settings of `order`.
    pub order: order::Params,
    /// Settings of `two-phase`.
    #[serde(rename = "two-phase")]
    pub two_phase: two_phase::Params,
}

/// The names of the coordinations that come with zonesim.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Name {
    /// Each for itself.
    #[default]
    Independent,
    /// The hub commands a time.
    Order,
    /// All go if all are ready.
    TwoPhase,
}

impl Protocol for Builtin {
    type Message = BuiltinMessage;
    type Timer = BuiltinTimer;
    type Input = Located;
    type Output = Output;

    fn handle(&mut self, input: Input<Self>, out: &mut Out<'_, Self>) {
        use {BuiltinMessage as M, BuiltinTimer as T};
        // A message or timer of another protocol cannot come: a run has one.
        match self {
            Self::Independent(machine) => {
                let Some(input) = input.map(|_| None, |_| None) else { return };
                let nothing = |never: independent::Never| match never {};
                let no_timer = |never: independent::Never| match never {};
                out.inner(nothing, no_timer, |out| machine.handle(input, out));
            }
            Self::Order(machine) => {
                let Some(input) = input.map(M::order, T::order) else { return };
                out.inner(M::Order, T::Order, |out| machine.handle(input, out));
            }
            Self::TwoPhase(machine) => {
                let Some(input) = input.map(M::two_phase, T::two_phase) else { return };
                out.inner(M::TwoPhase, T::TwoPhase, |out| machine.handle(input, out));
            }
        }
    }

    fn recover(&mut self, lost: Self) {
        match (self, lost) {
            (Self::Independent(machine), Self::Independent(lost)) => machine.recover(lost),
            (Self::Order(machine), Self::Order(lost)) => machine.recover(*lost),
            (Self::TwoPhase(machine), Self::TwoPhase(lost)) => machine.recover(*lost),
            // A run has one.
            _ => {}
        }
    }
}

impl BuiltinMessage {
    fn order(self) -> Option<order::Message> {
        if let Self::Order(call) = self { Some(call) } else { None }
    }
    fn two_phase(self) -> Option<two_phase::Message> {
        if let Self::TwoPhase(call) = self { Some(call) } else { None }
    }
}

impl BuiltinTimer {
    fn order(self) -> Option<order::Timer> {
        if let Self::Order(alarm) = self { Some(alarm) } else { None }
    }
    fn two_phase(self) -> Option<two_phase::Timer> {
        if let Self::TwoPhase(alarm) = self { Some(alarm) } else { None }
    }
}

impl ProtocolSet for Builtin {
    type Settings = Params;

    fn entries() -> &'static [ProtocolInfo] {
        &[independent::INFO, order::INFO, two_phase::INFO]
    }

    fn chosen(settings: &Params) -> &'static str {
        match settings.chosen {
            Name::Independent => independent::INFO.name,
            Name::Order => order::INFO.name,
            Name::TwoPhase => two_phase::INFO.name,
        }
    }

    fn check(settings: &Params, site: &NodeView) -> Result<(), ConfigError> {
        match settings.chosen {
            Name::Independent => Ok(()),
            Name::Order => settings.order.check(site),
            Name::TwoPhase => settings.two_phase.check(),
        }
    }

    fn safety(settings: &Params) -> Safety {
        match settings.chosen {
            Name::Independent => independent::SAFETY,
            Name::Order => settings.order.safety(),
            Name::TwoPhase => settings.two_phase.safety(),
        }
    }

    fn warnings(settings: &Params, bounds: &TimeBounds) -> Vec<String> {
        match settings.chosen {
            Name::Independent => Vec::new(),
            Name::Order => settings.order.warnings(bounds),
            Name::TwoPhase => settings.two_phase.warnings(bounds),
        }
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = generator.subschema_for::<Params>();
        describe_params(&mut schema, Self::entries());
        schema
    }

    fn build(settings: &Params, site: &NodeView, resolution: NanoDuration) -> Self {
        match settings.chosen {
            Name::Independent => Self::Independent(independent::Independent::default()),
            Name::Order => {
                Self::Order(Box::new(order::Order::new(&settings.order, site, resolution)))
            }
            Name::TwoPhase => {
                let settings = &settings.two_phase;
                Self::TwoPhase(Box::new(two_phase::TwoPhase::new(settings, site, resolution)))
            }
        }
    }
}
