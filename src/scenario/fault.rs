//! The `[[fault]]` tables: the kinds of faults, their parameters, and the parser.
//!
//! A new kind is a variant of [`FaultKind`] and one of [`crate::network::fault::Effect`]; the compiler
//! then reports every match to extend.

use std::borrow::Cow;
use std::fmt;
use std::sync::LazyLock;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::values::{BoundedU32, Groups, Names, Probability, Slowdown, list};
use crate::network::fault::Memory;
use crate::time::{NanoDuration, SignedDuration};

/// An enum whose variants are keys of a table, each with a description.
macro_rules! keys {
    ($(#[$meta:meta])* $name:ident { $($variant:ident = $key:literal: $about:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name {
            $(#[doc = $about] $variant,)*
        }

        impl $name {
            /// All variants, in the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The key in a `[[fault]]` table.
            pub const fn key(self) -> &'static str {
                match self { $(Self::$variant => $key),* }
            }

            /// Its description, one sentence.
            pub const fn about(self) -> &'static str {
                match self { $(Self::$variant => $about),* }
            }
        }
    };
}

keys! {
    /// A kind of fault.
    #[derive(Deserialize, Serialize, JsonSchema)]
    #[serde(rename_all = "kebab-case")]
    FaultKind {
        Partition = "partition": "takes what departs between two groups, and what is under way when it starts; one_way = true: first to second only",
        Hold = "hold": "what would depart between two groups departs when it ends; one_way = true: first to second only",
        Isolate = "isolate": "drops what departs over every link of the listed zones, those between them too, and what is under way when it starts",
        Delay = "delay": "what departs between two groups takes longer, by the instant of its departure: factor times the latency of its direction, or add = \"200ms\" more; one_way = true: first to second only",
        Loss = "loss": "loses a share (rate) of what two groups send each other, beside what their links lose; one_way = true: first to second only",
        Crash = "crash": "stops nodes: timers and what had not departed are lost, memory is kept unless it says lost: then what protocols name durable is left; back at the end of `for`",
        Clock = "clock": "steps clocks, once: without `for`",
    }
}

keys! {
    /// A key that sets a parameter of a fault.
    Parameter {
        OneWay = "one_way": "first group to second only",
        Factor = "factor": "how many times its latency a delayed message takes",
        Add = "add": "how much longer a delayed message takes",
        Rate = "rate": "the share of messages that the fault loses, of those that the link itself does not lose",
        Memory = "memory": "what a crash leaves",
        Step = "step": "how far a clock is put forward; negative where it is put back",
        Share = "share": "the share of the listed nodes that the fault affects, to the nearest number of nodes: each run draws them anew, all sets equally likely",
    }
}

impl FaultKind {
    /// The parameters that this kind accepts.
    pub const fn parameters(self) -> &'static [Parameter] {
        match self {
            Self::Partition | Self::Hold => &[Parameter::OneWay],
            Self::Isolate => &[Parameter::Share],
            Self::Delay => &[Parameter::OneWay, Parameter::Factor, Parameter::Add],
            Self::Loss => &[Parameter::OneWay, Parameter::Rate],
            Self::Crash => &[Parameter::Memory, Parameter::Share],
            Self::Clock => &[Parameter::Step, Parameter::Share],
        }
    }

    /// The keys of a valid table, without its times.
    pub const fn example(self) -> &'static str {
        match self {
            Self::Partition => "partition = [[\"in\", \"pk\"], [\"*\"]]",
            Self::Hold => "hold = [[\"cn\"], [\"ru\"]]",
            Self::Isolate => "isolate = [\"kg\"]",
            Self::Delay => "delay = [[\"cn\"], [\"*\"]]\nfactor = 3.0",
            Self::Loss => "loss = [[\"cn\"], [\"*\"]]\nrate = 0.3",
            Self::Crash => "crash = [\"tj\"]\nmemory = \"lost\"",
            Self::Clock => "clock = [\"kz\"]\nstep = \"-2s\"",
        }
    }

    /// Whether it acts at one instant and has no duration.
    pub const fn is_instantaneous(self) -> bool {
        match self {
            Self::Clock => true,
            Self::Partition | Self::Hold | Self::Isolate => false,
            Self::Delay | Self::Loss | Self::Crash => false,
        }
    }
}

list! {
    /// The faults in the order of the file.
    Faults of Fault as Fault, "a list of tables: [[fault]], in two brackets, for each"
}

/// Most occurrences of one fault.
pub const MAX_REPEATS: u32 = 20_000;

/// A fault: its start, duration, and effect.
#[derive(Clone, Debug, Default)]
pub struct Fault {
    /// The start, from the start of the run.
    pub at: Option<NanoDuration>,
    /// The duration; `None` lasts to the end of the run.
    pub lasts: Option<NanoDuration>,
    /// The time from one start to the next; `None` for a fault that occurs once.
    pub interval: Option<NanoDuration>,
    /// How often the fault occurs; `None` until the horizon.
    pub count: Option<BoundedU32<1, MAX_REPEATS>>,
    /// The effects, in the order of the kinds: exactly one in a valid fault.
    pub effects: Vec<StatedEffect>,
    /// The parameters of its kind.
    pub parameters: Parameters,
}

/// The kind of a fault and the nodes that it affects.
#[derive(Clone, Debug)]
pub enum StatedEffect {
    /// [`FaultKind::Partition`] between two groups.
    Partition(Groups),
    /// [`FaultKind::Hold`] between two groups.
    Hold(Groups),
    /// [`FaultKind::Isolate`] of nodes.
    Isolate(Names),
    /// [`FaultKind::Delay`] between two groups.
    Delay(Groups),
    /// [`FaultKind::Loss`] between two groups.
    Loss(Groups),
    /// [`FaultKind::Crash`] of nodes.
    Crash(Names),
    /// [`FaultKind::Clock`] of nodes.
    Clock(Names),
}

impl StatedEffect {
    /// The kind of fault.
    pub const fn kind(&self) -> FaultKind {
        match self {
            Self::Partition(_) => FaultKind::Partition,
            Self::Hold(_) => FaultKind::Hold,
            Self::Isolate(_) => FaultKind::Isolate,
            Self::Delay(_) => FaultKind::Delay,
            Self::Loss(_) => FaultKind::Loss,
            Self::Crash(_) => FaultKind::Crash,
            Self::Clock(_) => FaultKind::Clock,
        }
    }

    fn read<'de, A: MapAccess<'de>>(kind: FaultKind, map: &mut A) -> Result<Self, A::Error> {
        Ok(match kind {
            FaultKind::Partition => Self::Partition(map.next_value()?),
            FaultKind::Hold => Self::Hold(map.next_value()?),
            FaultKind::Isolate => Self::Isolate(map.next_value()?),
            FaultKind::Delay => Self::Delay(map.next_value()?),
            FaultKind::Loss => Self::Loss(map.next_value()?),
            FaultKind::Crash => Self::Crash(map.next_value()?),
            FaultKind::Clock => Self::Clock(map.next_value()?),
        })
    }
}

/// The parameters that a fault states.
#[derive(Clone, Copy, Debug, Default)]
pub struct Parameters {
    /// [`Parameter::OneWay`].
    pub one_way: Option<bool>,
    /// [`Parameter::Factor`].
    pub factor: Option<Slowdown>,
    /// [`Parameter::Add`].
    pub add: Option<NanoDuration>,
    /// [`Parameter::Rate`].
    pub rate: Option<Probability>,
    /// [`Parameter::Memory`].
    pub memory: Option<Memory>,
    /// [`Parameter::Step`].
    pub step: Option<SignedDuration>,
    /// [`Parameter::Share`].
    pub share: Option<Probability>,
}

impl Parameters {
    /// Whether the fault sets this parameter.
    pub const fn states(&self, parameter: Parameter) -> bool {
        match parameter {
            Parameter::OneWay => self.one_way.is_some(),
            Parameter::Factor => self.factor.is_some(),
            Parameter::Add => self.add.is_some(),
            Parameter::Rate => self.rate.is_some(),
            Parameter::Memory => self.memory.is_some(),
            Parameter::Step => self.step.is_some(),
            Parameter::Share => self.share.is_some(),
        }
    }

    fn read<'de, A: MapAccess<'de>>(
        &mut self,
        parameter: Parameter,
        map: &mut A,
    ) -> Result<(), A::Error> {
        match parameter {
            Parameter::OneWay => self.one_way = Some(map.next_value()?),
            Parameter::Factor => self.factor = Some(map.next_value()?),
            Parameter::Add => self.add = Some(map.next_value()?),
            Parameter::Rate => self.rate = Some(map.next_value()?),
            Parameter::Memory => self.memory = Some(map.next_value()?),
            Parameter::Step => self.step = Some(map.next_value()?),
            Parameter::Share => self.share = Some(map.next_value()?),
        }
        Ok(())
    }
}

/// A key of a `[[fault]]` table.
#[derive(Clone, Copy)]
enum Key {
    At,
    For,
    Interval,
    Count,
    Kind(FaultKind),
    Parameter(Parameter),
}

/// Every key of a `[[fault]]` table, in the order of messages.
static KEYS: LazyLock<Vec<(&'static str, Key)>> = LazyLock::new(|| {
    let kinds = FaultKind::ALL.iter().map(|&kind| (kind.key(), Key::Kind(kind)));
    let parameters = Parameter::ALL.iter().map(|&one| (one.key(), Key::Parameter(one)));
    let times =
        [("at", Key::At), ("for", Key::For), ("interval", Key::Interval), ("count", Key::Count)];
    times.into_iter().chain(kinds).chain(parameters).collect()
});

static NAMES: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| KEYS.iter().map(|&(name, _)| name).collect());

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl Visitor<'_> for KeyVisitor {
            type Value = Key;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key of a fault")
            }
            fn visit_str<E: de::Error>(self, written: &str) -> Result<Key, E> {
                let known = KEYS.iter().find(|(name, _)| *name == written);
                known.map(|&(_, key)| key).ok_or_else(|| E::unknown_field(written, &NAMES))
            }
        }
        deserializer.deserialize_identifier(KeyVisitor)
    }
}

impl<'de> Deserialize<'de> for Fault {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FaultVisitor;
        impl<'de> Visitor<'de> for FaultVisitor {
            type Value = Fault;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table such as [[fault]]")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fault, A::Error> {
                let mut fault = Fault::default();
                while let Some(key) = map.next_key()? {
                    match key {
                        Key::At => fault.at = Some(map.next_value()?),
                        Key::For => fault.lasts = Some(map.next_value()?),
                        Key::Interval => fault.interval = Some(map.next_value()?),
                        Key::Count => fault.count = Some(map.next_value()?),
                        Key::Parameter(one) => fault.parameters.read(one, &mut map)?,
                        Key::Kind(kind) => fault.effects.push(StatedEffect::read(kind, &mut map)?),
                    }
                }
                fault.effects.sort_by_key(StatedEffect::kind);
                Ok(fault)
            }
        }
        deserializer.deserialize_struct("Fault", &NAMES, FaultVisitor)
    }
}

impl JsonSchema for Fault {
    fn schema_name() -> Cow<'static, str> {
        "Fault".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let properties = KEYS.iter().map(|&(name, key)| {
            let (mut schema, about) = match key {
                Key::At => (generator.subschema_for::<NanoDuration>(), "when it starts"),
                Key::For => (
                    generator.subschema_for::<NanoDuration>(),
                    "how long it lasts; to the end where nothing is said",
                ),
                Key::Interval => (
                    generator.subschema_for::<NanoDuration>(),
                    "the time from one start to the next; the fault occurs once where nothing is said",
                ),
                Key::Count => (
                    generator.subschema_for::<BoundedU32<1, MAX_REPEATS>>(),
                    "how often it occurs, with an interval; until the horizon where nothing is said",
                ),
                Key::Kind(kind) => (nodes_schema(kind, generator), kind.about()),
                Key::Parameter(one) => (parameter_schema(one, generator), one.about()),
            };
            schema.insert("description".into(), about.into());
            (name.to_owned(), Value::from(schema))
        });
        let properties: Map<_, _> = properties.collect();
        json_schema!({
            "description": "One fault: when, for how long, and one thing that it does.",
            "type": "object",
            "properties": properties,
            "additionalProperties": false,
        })
    }
}

fn parameter_schema(parameter: Parameter, generator: &mut SchemaGenerator) -> Schema {
    match parameter {
        Parameter::OneWay => generator.subschema_for::<bool>(),
        Parameter::Factor => generator.subschema_for::<Slowdown>(),
        Parameter::Add => generator.subschema_for::<NanoDuration>(),
        Parameter::Rate => generator.subschema_for::<Probability>(),
        Parameter::Memory => generator.subschema_for::<Memory>(),
        Parameter::Step => generator.subschema_for::<SignedDuration>(),
        Parameter::Share => generator.subschema_for::<Probability>(),
    }
}

fn nodes_schema(kind: FaultKind, generator: &mut SchemaGenerator) -> Schema {
    match kind {
        FaultKind::Partition | FaultKind::Hold => generator.subschema_for::<Groups>(),
        FaultKind::Delay | FaultKind::Loss => generator.subschema_for::<Groups>(),
        FaultKind::Isolate | FaultKind::Crash => generator.subschema_for::<Names>(),
        FaultKind::Clock => generator.subschema_for::<Names>(),
    }
}
