//! What a scenario file may say. Every default that is a guess says so.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::values::{Degrees, Entries, Factor, Groups, Probability};
use crate::time::Length;

/// A scenario file. `E` are the settings of its exchange, `C` those of its coordination.
#[derive(Clone, Debug, Deserialize)]
#[serde(
    default,
    deny_unknown_fields,
    bound(deserialize = "E: Deserialize<'de> + Default, C: Deserialize<'de> + Default")
)]
pub struct Scenario<E, C> {
    /// What it is about, in a line.
    pub about: String,
    /// When the run ends at the latest; exclusive. A guess: an hour.
    pub horizon: Length,
    /// The grain of all delays and timers: 1 ms, what clocks of wide networks are good for.
    pub resolution: Length,
    /// When the run ends.
    pub stop: Stop,
    /// The zones.
    pub zones: Zones,
    /// The co-ordinating body.
    pub hub: Option<HubSeat>,
    /// The network between them.
    pub network: Network,
    /// What goes wrong, in order.
    pub fault: Vec<Fault>,
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
            horizon: Length::from_secs(3600),
            resolution: Length::from_ms(1),
            stop: Stop::Settled,
            zones: Zones::default(),
            hub: None,
            network: Network::default(),
            fault: Vec::new(),
            workload: Workload::default(),
            exchange: E::default(),
            coordination: C::default(),
        }
    }
}

/// When a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stop {
    /// Once all that is measured is settled, or nothing is pending, or at the horizon.
    Settled,
    /// At the horizon.
    Horizon,
}

/// The zones: so many alike, or each by name.
#[derive(Clone, Debug, Default)]
pub struct Zones {
    /// `z0`, `z1` and so on.
    pub generate: Option<u64>,
    /// By name, in the order of the file.
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
                    if key == "generate" {
                        zones.generate = Some(map.next_value::<Count>()?.0);
                    } else {
                        zones.named.push((key, map.next_value()?));
                    }
                }
                Ok(zones)
            }
        }
        deserializer.deserialize_map(ZonesVisitor)
    }
}

/// How many zones: 2 to 10^6.
struct Count(u64);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct CountVisitor;
        impl Visitor<'_> for CountVisitor {
            type Value = Count;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of zones, 2 to 1000000")
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Count, E> {
                match number {
                    2..=1_000_000 => Ok(Count(number as u64)),
                    _ => Err(E::custom(format!("{number} zones; expected 2 to 1000000"))),
                }
            }
        }
        deserializer.deserialize_any(CountVisitor)
    }
}

/// One zone.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a table such as [zones.cn]")]
pub struct Zone {
    /// Its name for people.
    pub name: Option<String>,
    /// Degrees north and east; needed only where geography is.
    pub at: Option<[Degrees; 2]>,
    /// Leads its desk assesses at a time. A guess: 2.
    pub labs: Option<u32>,
    /// What it does.
    pub role: Role,
}

/// What a zone does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// It finds out, learns and acts.
    #[default]
    Member,
    /// It only receives: it finds out nothing, and nobody hides in it.
    Observer,
}

/// The co-ordinating body: a node, no zone.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a table such as [hub]")]
pub struct HubSeat {
    /// Its name for people.
    pub name: Option<String>,
    /// The zone whose latencies it takes.
    pub seat: Option<String>,
    /// Or a place of its own: degrees north and east.
    pub at: Option<[Degrees; 2]>,
}

/// The network.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a table such as [network]")]
pub struct Network {
    /// Time of travel, one way. A guess where nothing is given: 50 ms.
    pub latency: Latency,
    /// Wait at the sender beyond it.
    pub jitter: Jitter,
    /// Share of messages lost, each by itself.
    pub loss: Probability,
    /// Links that differ: `"a-b"` both ways, `"a>b"` one way, which goes before.
    pub link: Entries<LinkSettings>,
}

impl Default for Network {
    fn default() -> Self {
        Self {
            latency: Latency::OneWay(Length::from_ms(50)),
            jitter: Jitter::None,
            loss: Probability(0.0),
            link: Entries::default(),
        }
    }
}

/// What of a link differs.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a table such as { latency = \"40ms\" }")]
pub struct LinkSettings {
    /// Its time of travel.
    pub latency: Option<Latency>,
    /// Its jitter.
    pub jitter: Option<Jitter>,
    /// Its loss.
    pub loss: Option<Probability>,
}

/// Where times of travel come from.
#[derive(Clone, Debug, PartialEq)]
pub enum Latency {
    /// This long one way.
    OneWay(Length),
    /// This long there and back; half of it is one way.
    RoundTrip(Length),
    /// A file of measured round trips beside the scenario.
    Rtt(String),
    /// From the places of the zones.
    Geo(Geo),
}

/// Times of travel from distance.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a table such as { inflation = 2.1 }")]
pub struct Geo {
    /// How much longer the cable is than the great circle. A guess: 2.1.
    pub inflation: Factor,
    /// A part for both ends together, whatever the distance. A guess: 2 ms.
    pub fixed: Length,
}

impl Default for Geo {
    fn default() -> Self {
        Self { inflation: Factor(2.1), fixed: Length::from_ms(2) }
    }
}

const LATENCY: &str = "a time one way such as \"40ms\", or one of { one_way = \"40ms\" }, \
                       { round_trip = \"80ms\" }, { rtt = \"file.csv\" }, \
                       { geo = { inflation = 2.1, fixed = \"2ms\" } }";

impl<'de> Deserialize<'de> for Latency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Default, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        struct Table {
            one_way: Option<Length>,
            round_trip: Option<Length>,
            rtt: Option<String>,
            geo: Option<Geo>,
        }
        struct LatencyVisitor;
        impl<'de> Visitor<'de> for LatencyVisitor {
            type Value = Latency;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(LATENCY)
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Latency, E> {
                text.parse().map(Latency::OneWay).map_err(E::custom)
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Latency, E> {
                Err(E::custom(format!("a time needs a unit: write \"{number}ms\"")))
            }
            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Latency, E> {
                Err(E::custom(format!("a time needs a unit: write \"{number}ms\"")))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Latency, A::Error> {
                let table = Table::deserialize(MapAccessDeserializer::new(map))?;
                match table {
                    Table { one_way: Some(time), round_trip: None, rtt: None, geo: None } => {
                        Ok(Latency::OneWay(time))
                    }
                    Table { one_way: None, round_trip: Some(time), rtt: None, geo: None } => {
                        Ok(Latency::RoundTrip(time))
                    }
                    Table { one_way: None, round_trip: None, rtt: Some(file), geo: None } => {
                        Ok(Latency::Rtt(file))
                    }
                    Table { one_way: None, round_trip: None, rtt: None, geo: Some(geo) } => {
                        Ok(Latency::Geo(geo))
                    }
                    _ => Err(de::Error::custom(format!("a latency is one thing: {LATENCY}"))),
                }
            }
        }
        deserializer.deserialize_any(LatencyVisitor)
    }
}

/// What a message waits at its sender.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Jitter {
    /// Nothing.
    None,
    /// Between two bounds.
    Uniform {
        /// The shortest.
        min: Length,
        /// The longest.
        max: Length,
    },
    /// Exponential.
    Exponential {
        /// Its mean.
        mean: Length,
    },
    /// Log-normal.
    Lognormal {
        /// Its median.
        median: Length,
        /// The standard deviation of its logarithm.
        sigma: Factor,
    },
}

/// One fault: when, for how long, and one thing that it does.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a table such as [[fault]]")]
pub struct Fault {
    /// When it starts.
    pub at: Option<Length>,
    /// How long it lasts; to the end where nothing is said.
    #[serde(rename = "for")]
    pub lasts: Option<Length>,
    /// Cuts two groups from each other.
    pub cut: Option<Groups>,
    /// Holds back what two groups send each other.
    pub hold: Option<Groups>,
    /// Cuts zones from everyone, and from each other.
    pub isolate: Option<Vec<String>>,
    /// Stops nodes.
    pub crash: Option<Vec<String>>,
    /// First group to second only.
    pub one_way: Option<bool>,
    /// What a crash leaves.
    pub memory: Option<Memory>,
}

/// What a crash leaves of what a node knew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Memory {
    /// All of it.
    Kept,
}

/// What there is to learn.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a table such as [workload]")]
pub struct Workload {
    /// Which of the two.
    #[serde(rename = "use")]
    pub chosen: WorkloadKind,
    /// Plain items.
    pub items: Items,
    /// An organisation hidden in the zones.
    pub organisation: Organisation,
}

/// The kinds of workload.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
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
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a table such as [workload.items]")]
pub struct Items {
    /// When each is published, paired with `from`.
    pub at: Option<Vec<Length>>,
    /// Where each is published.
    pub from: Option<Vec<String>>,
    /// One after each such time, from zone to zone in turn.
    pub every: Option<Length>,
    /// Poisson arrivals with this mean gap, each at a zone drawn at random.
    pub mean_every: Option<Length>,
    /// No more than so many.
    pub count: Option<u32>,
}

/// An organisation whose members hide in the zones and leave leads elsewhere. All of it synthetic,
/// all figures guesses.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a table such as [workload.organisation]")]
pub struct Organisation {
    /// How many there are, hidden at random. Nobody knows it.
    pub members: u32,
    /// Mean time from one lead about a member to the next (Poisson).
    pub lead_every: Length,
    /// Share of leads seen in another zone than the member's.
    pub away: Probability,
    /// Different leads that locate a member.
    pub corroboration: u32,
    /// Mean time to assess a lead (exponential).
    pub assessment: Length,
    /// How long after the first capture the rest are warned and go to ground.
    pub warning: Length,
}

impl Default for Organisation {
    fn default() -> Self {
        Self {
            members: 24,
            lead_every: Length::from_secs(3600),
            away: Probability(0.8),
            corroboration: 3,
            assessment: Length::from_secs(300),
            warning: Length::from_secs(900),
        }
    }
}
