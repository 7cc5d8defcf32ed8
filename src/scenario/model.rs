//! The model of a scenario file. Defaults that are guesses are marked.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::delay::{Delay, Size};
use super::desk::{Desk, Languages, Law, LeadKinds, Servers, Translators};
use super::fault::Faults;
use super::nemesis::Nemesis;
use super::network::Network;
use super::organisation::Organisation;
use super::placement::Placement;
use super::release::{OneOrMore, Release};
use super::units::{Bytes, Rate};
use super::values::{BoundedU32, Coordinates, Drift, Entries, Names, Times, list};
use crate::protocol::{ProtocolSet, clock_sync};
use crate::time::{NanoDuration, SignedDuration};

/// A scenario file. `E` is the settings of the exchange, `C` those of the coordination.
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
    /// Description, one line.
    pub about: String,
    /// The latest end of a run, exclusive. Default 1 h, a guess.
    pub horizon: NanoDuration,
    /// The resolution of time: one tick. Default 1 ms, the precision of clocks synchronized over wide
    /// networks.
    pub resolution: NanoDuration,
    /// The condition that ends a run.
    pub stop: Stop,
    /// The zones.
    pub zones: Zones,
    /// The coordinating body.
    pub hub: Option<HubSeat>,
    /// The network between zones and hub.
    pub network: Network,
    /// The ranges of the offset and drift of clocks that are not set by node.
    pub clocks: Clocks,
    /// The scheduled faults, in order.
    pub fault: Faults,
    /// Random faults.
    pub nemesis: Option<Nemesis>,
    /// How zones handle leads.
    pub desk: Desk,
    /// What laws require.
    pub law: Law,
    /// What zones may tell each other.
    pub release: Option<Release>,
    /// The items or the operation.
    pub workload: Workload,
    /// The exchange protocol and its settings.
    pub exchange: E,
    /// The coordination protocol and its settings.
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
            desk: Desk::default(),
            law: Law::default(),
            release: None,
            workload: Workload::default(),
            exchange: E::default(),
            coordination: C::default(),
        }
    }
}

/// The condition that ends a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Stop {
    /// When all that is measured is settled, when nothing is pending, or at the horizon.
    Settled,
    /// At the horizon.
    Horizon,
}

/// Maximum number of zones.
pub const MAX_ZONES: u32 = 1_000_000;

/// The zones: a number of equal ones, or each by name.
#[derive(Clone, Debug, Default, JsonSchema)]
#[schemars(default, extend("propertyNames" = { "pattern": "^[a-z0-9_]+$", "not": { "const": "hub" } }))]
pub struct Zones {
    /// The number of generated zones, named `z0`, `z1` and so on.
    pub generate: Option<BoundedU32<2, MAX_ZONES>>,
    /// The positions of generated zones; required by geographic latencies.
    pub place: Option<Placement>,
    /// Zones by name, in the order of the file.
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

/// A zone.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table such as [zones.cn]")]
pub struct Zone {
    /// Display name.
    pub name: Option<String>,
    /// Latitude and longitude in degrees; required by geographic latencies.
    pub at: Option<Coordinates>,
    /// Number of leads that the desk assesses at a time; default: that of `[desk]`.
    pub labs: Option<Servers>,
    /// Number of leads that the desk translates at a time; default: that of `[desk]`.
    pub translators: Option<Translators>,
    /// Languages that its analysts read; default: those of `[desk]`.
    pub languages: Option<Languages>,
    /// Kinds of leads that its desk can assess; default: those of `[desk]`.
    pub techniques: Option<LeadKinds>,
    /// Number of different leads that its law requires; default: that of `[law]`.
    pub needs: Option<Servers>,
    /// Kinds of leads that count under its law; default: those of `[law]`.
    pub recognises: Option<LeadKinds>,
    /// Time from the location of a member until it may strike; default: that of `[law]`. A time alone is
    /// constant.
    pub warrant: Option<Delay>,
    /// Number of strikes that it carries out at a time; default: that of `[law]`.
    pub teams: Option<Servers>,
    /// Number of decisions on release that it takes at a time; default: that of `[release]`.
    pub officers: Option<Servers>,
    /// The role.
    pub role: Role,
    /// Offset and drift of the clock.
    pub clock: Option<Clock>,
    /// Rate of the uplink, which all that it sends shares. Default: that of the network.
    pub uplink: Option<Rate>,
    /// Rate of the downlink, which all that reaches it shares. Default: that of the network.
    pub downlink: Option<Rate>,
}

/// Offset and drift of a clock.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(
    default,
    deny_unknown_fields,
    expecting = "a table such as { offset = \"-120ms\", drift_ppm = 20.0 }"
)]
pub struct Clock {
    /// Offset at the start; negative if the clock is behind.
    pub offset: SignedDuration,
    /// Drift in parts per million; negative if the clock is slow.
    pub drift_ppm: Drift,
}

/// Ranges of the offset and drift of clocks, drawn for each node, and their synchronization. Values of a
/// node take precedence.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table such as { max_offset = \"50ms\" }")]
pub struct Clocks {
    /// Maximum absolute offset at the start, uniform.
    pub max_offset: NanoDuration,
    /// Maximum absolute drift in parts per million, uniform.
    pub max_drift_ppm: Drift,
    /// How nodes synchronize their clocks during the run. Default: not at all.
    #[schemars(schema_with = "clock_sync_schema")]
    pub sync: Option<clock_sync::Params>,
}

fn clock_sync_schema(generator: &mut SchemaGenerator) -> Schema {
    clock_sync::Builtin::schema(generator)
}

/// The role of a zone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// It assesses leads, exchanges items and acts.
    #[default]
    Member,
    /// It only receives: it has no leads and no members.
    Observer,
}

/// The coordinating body: a node, but no zone.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table such as { seat = \"uz\" }")]
pub struct HubSeat {
    /// Display name.
    pub name: Option<String>,
    /// The zone whose latencies it has.
    pub seat: Option<String>,
    /// Its own position instead: latitude and longitude in degrees.
    pub at: Option<Coordinates>,
    /// The zone that commands in its place if the hub is gone; of coordination `order`.
    pub deputy: Option<String>,
    /// Number of leads that it assesses at a time under `fusion = "hub"`; default: that of `[desk]`.
    pub labs: Option<Servers>,
    /// Number of leads that it translates at a time; default: that of `[desk]`.
    pub translators: Option<Translators>,
    /// Languages that its analysts read; default: those of `[desk]`.
    pub languages: Option<Languages>,
    /// Kinds of leads that it can assess; default: those of `[desk]`.
    pub techniques: Option<LeadKinds>,
    /// Number of items that clerks handle at a time before they are passed on; default: no limit.
    pub clerks: Option<BoundedU32<1, 1_000_000>>,
    /// Time of a clerk for an item. A time alone is the mean of an exponential distribution.
    pub handling: Option<Delay>,
    /// Offset and drift of the clock.
    pub clock: Option<Clock>,
    /// Rate of the uplink, which all that it sends shares. Default: that of the network, not of its seat.
    pub uplink: Option<Rate>,
    /// Rate of the downlink, which all that reaches it shares. Default: that of the network, not of its
    /// seat.
    pub downlink: Option<Rate>,
}

/// The workload.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table such as { use = \"items\" }")]
pub struct Workload {
    /// The kind of workload.
    #[serde(rename = "use")]
    pub chosen: WorkloadKind,
    /// Size of the body of an item in bytes, beside its number. Counted in message sizes, so that it
    /// takes time on links with a bandwidth. Random sizes are drawn for each item of the workload `items`.
    /// Default 0.
    pub item_size: Size,
    /// Size of the id of an item wherever a message names it, such as 16 bytes for a UUID. Default: that of
    /// its number in the encoding of the message, which is smaller where a message names many.
    pub id_size: Option<Bytes>,
    /// Settings of plain items.
    pub items: Items,
    /// Settings of the operation.
    pub organisation: Organisation,
}

/// The kinds of workload.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WorkloadKind {
    /// Plain items, for protocol research.
    #[default]
    Items,
    /// An operation, from leads to captures.
    Organisation,
}

/// Plain items: listed, periodic, Poisson, or from several sources. Default: one item of the first zone,
/// at the start.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table such as [workload.items]")]
pub struct Items {
    /// The time of each publication, paired with `from`.
    pub at: Option<Times>,
    /// The origin of each item.
    pub from: Option<Names>,
    /// Period of publication; the zones take turns.
    pub interval: Option<NanoDuration>,
    /// Mean interval of Poisson arrivals; each origin is drawn uniformly.
    pub mean_interval: Option<NanoDuration>,
    /// Maximum number of items.
    pub count: Option<u32>,
    /// Sources, each with a rate of its own, instead of the keys above.
    pub sources: Option<ItemSources>,
}

list! {
    /// Sources of items.
    ItemSources of ItemSource as ItemSource,
        "a list of sources, such as [{ from = \"cn\", interval = \"10s\" }]"
}

/// Zones that publish items at a rate.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table such as { from = \"cn\", interval = \"10s\" }")]
pub struct ItemSource {
    /// The zones. Each publishes by itself.
    pub from: OneOrMore<String>,
    /// Period of publication of each of the zones; the first item is due at 0 s.
    pub interval: Option<NanoDuration>,
    /// Mean interval of Poisson arrivals at each of the zones.
    pub mean_interval: Option<NanoDuration>,
    /// Maximum number of items of each of the zones.
    pub count: Option<u32>,
}
