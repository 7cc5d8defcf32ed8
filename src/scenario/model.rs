//! What a scenario file may say. Every default that is a guess says so.

use std::fmt;

use schemars::JsonSchema;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::fault::Faults;
use super::nemesis::Nemesis;
use super::network::Network;
use super::placement::Placement;
use super::units::Bytes;
use super::values::{BoundedU32, Coordinates, Drift, Entries, Names, Probability, Times};
use crate::time::{NanoDuration, SignedDuration};

/// A scenario file. `E` are the settings of its exchange, `C` those of its coordination.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(
    default,
    deny_unknown_fields,
    bound(deserialize = "E: Deserialize<'de> + Default, C: Deserialize<'de> + Default")
)]
#[schemars(
    title = "A scenario of zonesim",
    description = "What to simulate: zones, network, faults, workload, exchange, coordination.",
    bound = "E: JsonSchema + Default, C: JsonSchema + Default"
)]
pub struct Scenario<E, C> {
    /// What it is about, in a line.
    pub about: String,
    /// When the run ends at the latest; exclusive. A guess: an hour.
    pub horizon: NanoDuration,
    /// The grain of all delays and timers: 1 ms, what clocks of wide networks are good for.
    pub resolution: NanoDuration,
    /// When the run ends.
    pub stop: Stop,
    /// The zones.
    pub zones: Zones,
    /// The coordinating body.
    pub hub: Option<HubSeat>,
    /// The network between them.
    pub network: Network,
    /// How far clocks are off that are not said to be.
    pub clocks: Clocks,
    /// What goes wrong, in order.
    pub fault: Faults,
    /// What goes wrong by chance.
    pub nemesis: Option<Nemesis>,
    /// What there is to learn.
    pub workload: Workload,
    /// How zones share what they know.
    pub exchange: E,
    /// How zones act together.
    pub coordination: C,
}

impl<E: Default, C: Default> Default for Scenario<E, C> {
    fn default() -> Self {
        Self {
            about: String::new(),
            horizon: NanoDuration::from_secs(3600),
            resolution: NanoDuration::from_ms(1),
            stop: Stop::Settled,
            zones: Zones::default(),
            hub: None,
            network: Network::default(),
            clocks: Clocks::default(),
            fault: Faults::default(),
            nemesis: None,
            workload: Workload::default(),
            exchange: E::default(),
            coordination: C::default(),
        }
    }
}

/// When a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Stop {
    /// Once all that is measured is settled, or nothing is pending, or at the horizon.
    Settled,
    /// At the horizon.
    Horizon,
}

/// No scenario has more zones.
pub const MAX_ZONES: u32 = 1_000_000;

/// The zones: so many alike, or each by name.
#[derive(Clone, Debug, Default, JsonSchema)]
#[schemars(default, extend("propertyNames" = { "pattern": "^[a-z0-9_]+$", "not": { "const": "hub" } }))]
pub struct Zones {
    /// `z0`, `z1` and so on.
    pub generate: Option<BoundedU32<2, MAX_ZONES>>,
    /// Where these are; needed only where geography is.
    pub place: Option<Placement>,
    /// By name, in the order of the file.
    #[schemars(flatten, with = "Entries<Zone>")]
    pub named: Vec<(String, Zone)>,
}

impl<'de> Deserialize<'de> for Zones {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ZonesVisitor;
        impl<'de> Visitor<'de> for ZonesVisitor {
            type Value = Zones;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table: generate = 8, or a table for each zone")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Zones, A::Error> {
                let mut zones = Zones::default();
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        "generate" => zones.generate = Some(map.next_value()?),
                        "place" => zones.place = Some(map.next_value()?),
                        _ => zones.named.push((key, map.next_value()?)),
                    }
                }
                Ok(zones)
            }
        }
        deserializer.deserialize_any(ZonesVisitor)
    }
}

/// One zone.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table such as [zones.cn]")]
pub struct Zone {
    /// Its name for people.
    pub name: Option<String>,
    /// Degrees north and east; needed only where geography is.
    pub at: Option<Coordinates>,
    /// Leads its desk assesses at a time. A guess: 2.
    pub labs: Option<BoundedU32<1, 1_000_000>>,
    /// What it does.
    pub role: Role,
    /// How far its clock is off.
    pub clock: Option<Clock>,
}

/// How far a clock is off.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(
    default,
    deny_unknown_fields,
    expecting = "a table such as { offset = \"-120ms\", drift_ppm = 20.0 }"
)]
pub struct Clock {
    /// How far it is ahead at the start; negative where it is behind.
    pub offset: SignedDuration,
    /// What it gains in a million ticks; negative where it loses.
    pub drift_ppm: Drift,
}

/// How far clocks are off, each drawn from the seed; what a zone says of its own goes before.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table such as { max_offset = \"50ms\" }")]
pub struct Clocks {
    /// Ahead or behind at the start by no more than this, uniform.
    pub max_offset: NanoDuration,
    /// Gaining or losing no more than this in a million ticks, uniform.
    pub max_drift_ppm: Drift,
}

/// What a zone does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// It finds out, learns and acts.
    #[default]
    Member,
    /// It only receives: it finds out nothing, and nobody hides in it.
    Observer,
}

/// The coordinating body: a node, no zone.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table such as { seat = \"uz\" }")]
pub struct HubSeat {
    /// Its name for people.
    pub name: Option<String>,
    /// The zone whose latencies it takes.
    pub seat: Option<String>,
    /// Or a place of its own: degrees north and east.
    pub at: Option<Coordinates>,
    /// How far its clock is off.
    pub clock: Option<Clock>,
}

/// What there is to learn.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table such as { use = \"items\" }")]
pub struct Workload {
    /// Which of the two.
    #[serde(rename = "use")]
    pub chosen: WorkloadKind,
    /// Bytes of an item beyond its number, wherever it travels: they count, and take their time on
    /// links with a bandwidth. None is the default.
    pub item_size: Bytes,
    /// Plain items.
    pub items: Items,
    /// An organisation hidden in the zones.
    pub organisation: Organisation,
}

/// The kinds of workload.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WorkloadKind {
    /// Plain items, for protocol research.
    #[default]
    Items,
    /// From finding to capture.
    Organisation,
}

/// Plain items: listed, regular, or Poisson. Where nothing is said: one, at once, from the first
/// zone.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table such as [workload.items]")]
pub struct Items {
    /// When each is published, paired with `from`.
    pub at: Option<Times>,
    /// Where each is published.
    pub from: Option<Names>,
    /// One after each such time, from zone to zone in turn.
    pub interval: Option<NanoDuration>,
    /// Poisson arrivals with this mean gap, each at a zone drawn at random.
    pub mean_interval: Option<NanoDuration>,
    /// No more than so many.
    pub count: Option<u32>,
}

/// An organisation whose members hide in the zones and leave leads elsewhere. All of it synthetic,
/// all figures guesses.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table such as [workload.organisation]")]
pub struct Organisation {
    /// How many there are, hidden at random. Nobody knows it.
    pub members: BoundedU32<1, 1_000_000>,
    /// Mean time from one lead about a member to the next (Poisson).
    pub lead_interval: NanoDuration,
    /// No lead comes later; else the horizon.
    pub until: Option<NanoDuration>,
    /// Share of leads seen in another zone than the member's.
    pub away: Probability,
    /// Different leads that locate a member.
    pub corroboration: BoundedU32<1, 1_000_000>,
    /// Mean time to assess a lead (exponential).
    pub assessment: NanoDuration,
    /// How long after the first capture the rest are warned and go to ground.
    pub warning: NanoDuration,
}

impl Default for Organisation {
    fn default() -> Self {
        Self {
            members: BoundedU32(24),
            lead_interval: NanoDuration::from_secs(3600),
            until: None,
            away: Probability(0.8),
            corroboration: BoundedU32(3),
            assessment: NanoDuration::from_secs(300),
            warning: NanoDuration::from_secs(900),
        }
    }
}
