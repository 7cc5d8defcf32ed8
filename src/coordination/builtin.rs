//! The coordinations that come with zonesim, as one closed enum.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use super::{Catalogue, Coordination, Input, Out, independent, order};
use crate::seam::{Entry, Message, Refusal, Site};
use crate::time::Length;

/// Any of the coordinations that come with zonesim.
#[derive(Clone, Debug)]
pub enum Builtin {
    /// Each for itself.
    Independent(independent::Independent),
    /// The hub commands a time.
    Order(order::Order),
}

/// A message of any of them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum BuiltinMessage {
    /// Of `order`.
    Order(order::Call),
}

/// A timer of any of them.
#[derive(Clone, Debug)]
pub enum BuiltinTimer {
    /// Of `order`.
    Order(order::Alarm),
}

impl Message for BuiltinMessage {}

/// The `[coordination]` table: which one, and the settings of any.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table such as { use = \"order\" }")]
pub struct Settings {
    /// The protocol of this scenario.
    #[serde(rename = "use")]
    pub chosen: Name,
    /// Settings of `independent`.
    pub independent: Nothing,
    /// Settings of `order`.
    pub order: order::Settings,
}

/// A table without keys.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "an empty table: it has no settings")]
pub struct Nothing {}

/// The names of the coordinations that come with zonesim.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Name {
    /// Each for itself.
    #[default]
    Independent,
    /// The hub commands a time.
    Order,
}

impl Coordination for Builtin {
    type Message = BuiltinMessage;
    type Timer = BuiltinTimer;

    fn handle(&mut self, input: Input<Self>, out: &mut Out<'_, Self>) {
        match self {
            Self::Independent(machine) => {
                if let Input::Located(member) = input {
                    let nothing = |never: independent::Silence| match never {};
                    let no_timer = |never: independent::Silence| match never {};
                    out.inner(nothing, no_timer, |out| {
                        machine.handle(Input::Located(member), out);
                    });
                }
            }
            Self::Order(machine) => {
                let input = match input {
                    Input::Start => Input::Start,
                    Input::Located(member) => Input::Located(member),
                    Input::Message { from, message: BuiltinMessage::Order(message) } => {
                        Input::Message { from, message }
                    }
                    Input::Timer(BuiltinTimer::Order(timer)) => Input::Timer(timer),
                    Input::Restart => Input::Restart,
                };
                out.inner(BuiltinMessage::Order, BuiltinTimer::Order, |out| {
                    machine.handle(input, out);
                });
            }
        }
    }
}

impl Catalogue for Builtin {
    type Settings = Settings;

    fn entries() -> &'static [Entry] {
        &[independent::ENTRY, order::ENTRY]
    }

    fn chosen(settings: &Settings) -> &'static str {
        match settings.chosen {
            Name::Independent => independent::ENTRY.name,
            Name::Order => order::ENTRY.name,
        }
    }

    fn check(settings: &Settings, site: &Site) -> Result<(), Refusal> {
        match settings.chosen {
            Name::Independent => Ok(()),
            Name::Order => settings.order.check(site),
        }
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<Settings>()
    }

    fn build(settings: &Settings, site: &Site, resolution: Length) -> Self {
        match settings.chosen {
            Name::Independent => Self::Independent(independent::Independent::default()),
            Name::Order => Self::Order(order::Order::new(&settings.order, site, resolution)),
        }
    }
}
