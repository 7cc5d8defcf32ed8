//! The scenario file: its model, and errors that point at the line.
//!
//! A file is TOML, read into [`Scenario`] by serde; unknown keys are errors. Any value can be
//! overridden by its path. This module checks single values; [`crate::plan`] checks values against each
//! other, such as the names of zones.

mod assignments;
mod delay;
mod deserializer;
mod desk;
mod diagnostic;
mod fault;
mod humanize;
mod inputs;
mod key_path;
mod latency_file;
mod load;
mod loss;
mod matrix;
mod misfit;
mod model;
mod nemesis;
mod network;
mod organisation;
mod overrides;
mod placement;
mod pool;
mod printable;
mod relative_path;
mod release;
mod scan;
mod schema;
mod source;
mod suggestion;
mod syntax;
mod units;
mod values;

pub use assignments::{Assignment, folded as fold_overrides};
pub use delay::{Between, Delay, Size};
pub use desk::{Desk, Fusion as StatedFusion, Languages, Law, LeadKinds, Servers, Translators};
pub use diagnostic::Diagnostic;
pub use fault::{Fault, FaultKind, Faults, MAX_REPEATS, Parameter, Parameters, StatedEffect};
pub use humanize::UnknownKey;
pub use inputs::{FileId, Inputs, MAX_FILE as LARGEST_FILE, STDIN, display, folder, within};
pub use key_path::keys as path_keys;
pub use latency_file::{LatencyColumns, LatencyFile};
pub use load::{Loaded, load, load_from, merged, parse, top_keys};
pub use loss::{Burst, Loss, Start as BurstStart};
pub use matrix::Matrix;
pub use model::{
    Clock, Clocks, HubSeat, ItemSource, ItemSources, Items, MAX_ZONES, Role, Scenario, Stop,
    Workload, WorkloadKind, Zone, Zones,
};
pub use nemesis::{Nemesis, Start as NemesisStart};
pub use network::{
    Exponential, Gamma, Geo, Jitter, Latency, LinkOrder, LinkSettings, Lognormal, Network, Pareto,
    Uniform,
};
pub use organisation::{ByWord, HastyAttack, Leads, ListedLead, Organisation, SourceSettings};
pub use overrides::{choice_path, inline, key as path_key};
pub use placement::{Near, Placement, Region, Seats, Sphere};
pub use pool::{ParsedPool, TextPool};
pub use printable::{printable, printable_lines};
pub use relative_path::RelativePath;
pub use release::{OneOrMore, Release, ReleaseRule, ReleaseRules, TlpShares};
pub use schema::schema;
pub use source::{MAX_TOML, Source};
pub use suggestion::{nearest, renamed, suggestion};
pub use units::{Bytes, Rate};
pub use values::{
    BoundedU32, Coordinates, Drift, East, Entries, Factor, Groups, Inflation, Names, North,
    Probability, Share, Slowdown, SpreadKm, Times,
};
