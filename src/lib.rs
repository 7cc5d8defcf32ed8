//! zonesim: a deterministic, seeded testbed of zones that exchange intelligence and act together.
//!
//! This page is the map of the code. The README says what it is for, the [`guide`] how to use it.
//!
//! # A bird's-eye view
//!
//! A scenario file becomes a [`scenario::Scenario`] (what the file says), then a [`plan::Plan`]
//! (everything whole: numbers for names, ticks for times). A seed makes of the plan what there is
//! to learn ([`plan::Plan::realize`]) and a [`protocol::node::Node`] for every node. An [`engine`] makes time
//! pass, carries messages and tells an [`engine::TraceSink`] every [`engine::Event`]. A
//! [`metrics::Metrics`] folds the events into a [`metrics::MetricRow`]; [`experiment::sweep`] does that many times, at
//! the points of a [`experiment::design::Design`], for the tables of [`experiment::results`]; [`experiment::compare`] holds choices
//! against each other, in the words of [`experiment::statistics`]; [`experiment::validate`] holds what comes of it to
//! published figures; [`experiment::fuzz`] looks among the worlds of [`experiment::fuzz::random`] for one in which a promise
//! breaks; [`report`] shows it, down to every event in words
//! ([`report::Events`]), and in pictures ([`report::plot`]); [`cli`] is the door.
//!
//! ```
//! use std::path::Path;
//! use zonesim::engine;
//! use zonesim::experiment::run::Runner;
//! use zonesim::plan;
//! use zonesim::protocol::node::Builtin;
//! use zonesim::scenario;
//!
//! let loaded = scenario::load(Path::new("sims/rounds.toml"), &["network.loss=0.1".into()])?;
//! let plan = plan::Plan::new::<Builtin>(&loaded)?;
//! let run = Runner::<Builtin>::new(plan).run(engine::Engine::Event, 1, ());
//! assert_eq!(run.row.coverage, Some(1.0));
//! assert!(run.violation.is_none());
//! # Ok::<(), scenario::Diagnostic>(())
//! ```
//!
//! # The floors
//!
//! Modules stand on floors and use only what is below; `tests/main/tidy.rs` fails on a breach.
//!
//! | floor | modules |
//! |---|---|
//! | the door | [`cli`] |
//! | many runs | [`report`] and [`guide`], above [`experiment::fuzz`], [`experiment::validate`], [`experiment::compare`] and [`experiment::results`], above [`experiment::sweep`] and [`experiment::fuzz::random`] |
//! | a run | [`experiment::run`], above [`metrics::invariants`] and [`metrics`], above [`engine`], [`plan`] and [`experiment::design`], [`scenario`], each above the next |
//! | minds | [`protocol::node`] above [`protocol::exchange`], [`protocol::coordination`], [`protocol::desk`], above the [`protocol`] |
//! | physics | [`network::egress`], above [`network`] and [`network::fault`] |
//! | ground | [`geo`], [`experiment::statistics`], [`rng`], [`time`], [`id`] |
//!
//! # What is deliberately absent
//!
//! - **Minds know no physics.** No protocol imports the network or the faults; none has a clock, a
//!   socket, a `Result`. What it may know is in [`protocol::NodeView`], how far the others are
//!   ([`protocol::OutOf::distance`]), and what it is told.
//! - **Only `engine/turmoil` knows turmoil**, and nothing else tokio.
//! - **No state per link** that grows with the square of the zones, but for a table of latencies up
//!   to 4,096 nodes (above, those by distance are reckoned for each message, [`network::GeoLinks`]), and
//!   the queues of links that have a bandwidth and were used. What the network does to a message is
//!   drawn by counter and key ([`rng::CounterRng`]) from the seed, the link, the instant and how manyth
//!   the message is there.
//! - **No hash map, no wall clock, no shared randomness, no float function of the platform** in
//!   anything that reaches a trace or a table (`clippy.toml` forbids them).
//! - **No event for a departure.** Faults are known before the run, so the event engine decides the
//!   fate of a message when it is sent ([`network::fault::Schedule::is_dropped`]). Turmoil decides for itself
//!   what partitions and crashes take, has sockets and encoding, and keeps its own timers; its driver sees
//!   each departure and lets each arrival through in its step: there the equality of traces proves two
//!   implementations. What is waited at the sender (queues, chance, holds: [`network::egress::Egress::send`]),
//!   what delays add to a latency ([`network::fault::Schedule::arrival`]) and what clocks show
//!   ([`time::Clock`]) is one piece of code for both, and is held to closed forms and to cases
//!   computed by hand instead.
//!
//! # One instant
//!
//! Time is an integer, a [`time::SimTime`]. In an instant: faults (ends before starts, then file
//! order); then nodes by number, the hub last; in a node its messages (by sender, then in the order
//! of sending), its start or restart, its publications, its timers (in the order of setting). A
//! timer may be set for the same instant and then runs in it. A message takes a tick at least. A
//! datagram due while its receiver is down, or at the instant of its restart, is lost; an item due
//! at a zone that is down is published at its restart and aged from when it was due.
//!
//! That order is the engine's and favours nobody. Where a protocol gives something to the first of an
//! instant (a connection, a branch of a tree, the head of a queue), it takes the messages of the
//! instant in random order ([`protocol::exchange::shuffled_instant`]); the [`protocol::desk`] does so with the leads that come in.
//! Where gossip never forgets, an answer leaves out what comes in its instant, which costs no draw;
//! if several tell an item in one instant, the trace names the first of them by number. Otherwise no
//! result depends on the number of a zone, but for declared roles: the hub, the coordinator, what an
//! overlay or a workload names. `tests/main/permuted_zones.rs` checks every protocol.
//!
//! A run ends at the close of the instant in which everything published has reached everybody,
//! nothing is still to come and the operation is over ([`engine::Operation::is_over`]); or in which
//! nothing is pending any more; or at the horizon, which is exclusive.
//!
//! # What a seed makes of a plan
//!
//! [`plan::Plan::realize`] gives the items and what they are about, the faults (those listed, and those
//! of the nemesis), and the clocks. All are known before the run starts. A [`time::Clock`] is off by
//! an offset and a drift, in integers; a step of it is a fault. Engines turn true time into a
//! zone's and back in two places each (`local`, `wake_*`); no mind sees true time. A run knows
//! nothing of clocks if all are true.
//!
//! # What a crash leaves
//!
//! Timers are gone, and what had not departed. With `memory = "lost"` the machines of the node are
//! fresh but for what they [`recover`](protocol::Protocol::recover) from the old ones: whoever
//! acknowledges something, or is to act on it, has written it down first. The desk keeps nothing.
//! What a node learns or locates again is told as such ([`engine::Event::Deliver`]) and measured once.
//!
//! # What is promised
//!
//! Every run of `run`, `run --runs`, `verify`, `experiment::validate` and `experiment::fuzz` is held to what must hold whatever goes wrong
//! ([`metrics::invariants`]): of the engines, of the accounts, of the exchange, which says how long it takes to
//! bring everything to everybody once nothing goes wrong any more, and how much it sends over a link at
//! the most ([`protocol::SendBound`]), and of the coordination, which says who may decide and who may
//! strike when ([`protocol::Safety`]). A breach is data; it has an
//! exit code of its own and the line that shows it again. A panic of a protocol is one too: it ends its
//! run and no other ([`engine::try_run`]). A machine that wakes itself without time
//! passing is stopped by the engines and named ([`engine::StopReason::Livelock`]).
//!
//! # The protocol interface
//!
//! [`protocol::Protocol`] has one method that must be written: it handles a [`protocol::Input`] and
//! pushes effects into a [`protocol::OutOf`]. Its types say which role it plays: one that publishes
//! and delivers items is an [`protocol::exchange::Exchange`], one that hears of located members and
//! strikes is a [`protocol::coordination::Coordination`]. A whole exchange, which floods:
//!
//! ```
//! use serde::{Deserialize, Serialize};
//! use zonesim::id::{Item, ItemSet};
//! use zonesim::protocol::exchange::{Deliver, Publish};
//! use zonesim::protocol::{Input, Items, Out, Protocol, WireMessage};
//!
//! #[derive(Clone, Debug, Serialize, Deserialize)]
//! struct Pass(Item);
//!
//! impl WireMessage for Pass {
//!     fn items(&self) -> Items<'_> {
//!         Items::One(self.0)
//!     }
//! }
//!
//! struct Flood {
//!     known: ItemSet,
//! }
//!
//! impl Protocol for Flood {
//!     type Message = Pass;
//!     type Timer = ();
//!     type Input = Publish;
//!     type Output = Deliver;
//!
//!     fn handle(&mut self, input: Input<Self>, out: &mut Out<'_, Self>) {
//!         let item = match input {
//!             Input::Local(Publish(item)) => item,
//!             Input::Message { message: Pass(item), .. } => item,
//!             Input::Start | Input::Timer(()) | Input::Restart => return,
//!         };
//!         let published = matches!(input, Input::Local(_));
//!         if self.known.insert(item) {
//!             if !published {
//!                 out.deliver(item);
//!             }
//!             for peer in out.view().peers() {
//!                 out.send(peer, Pass(item));
//!             }
//!         }
//!     }
//! }
//! ```
//!
//! A [`protocol::NamedProtocol`] can be named in a scenario file. It adds the parameters, their
//! description and, optionally, what the protocol guarantees. A new built-in protocol is one file, one
//! line of the registry and one scenario. For the protocol above:
//!
//! ```diff
//! --- /dev/null
//! +++ b/src/protocol/exchange/shout.rs           the code above, and:
//! +impl NamedProtocol for Flood {
//! +    type Params = NoParams;
//! +    const INFO: ProtocolInfo = ProtocolInfo {
//! +        name: "shout",
//! +        about: "sends new items to all zones",
//! +        ..ProtocolInfo::EMPTY
//! +    };
//! +
//! +    fn new(_params: &NoParams, _view: &NodeView, _resolution: NanoDuration) -> Self {
//! +        Self { known: ItemSet::EMPTY }
//! +    }
//! +}
//! --- a/src/protocol/exchange/mod.rs
//! +++ b/src/protocol/exchange/mod.rs
//! +pub mod shout;
//! --- a/src/protocol/exchange/builtin.rs
//! +++ b/src/protocol/exchange/builtin.rs
//!      /// Epidemic broadcast trees.
//!      plumtree: Plumtree(ShuffledInstant<plumtree::Plumtree>),
//! +    /// Shouting.
//! +    shout: Shout(shout::Flood),
//! --- /dev/null
//! +++ b/sims/protocols/shout.toml
//! +[exchange]
//! +use = "shout"
//! ```
//!
//! In a crate of your own the registry line is replaced by [`protocol::WithBuiltin`], which adds the
//! protocol to the built-in ones of its role: [`cli::run_with`] takes a pair of sets, such as
//! `(WithBuiltin<Ring>, WithBuiltin<Leader>)` ([`protocol::node::Protocols`]). `sims/own-protocol` is
//! such a program. A coordination is held to the strict [`protocol::Safety`] unless it states another.
//!
//! # A service instead of a state machine
//!
//! [`hosting`] runs plain async code, on sockets, in the zones of a scenario: its latencies,
//! partitions, delays and crashes are applied at the ticks at which the turmoil engine applies them. It stands
//! beside the protocols, not above them: there is no exchange, nothing is delivered, and no trace; what a
//! service measures, counts and notes is an [`hosting::ServiceReport`], shown by [`report::hosted`].
//! `sims/hosted-service` is a whole program.
//!
//! # What comes later, and how the interface carries it
//!
//! None of it changes a protocol that is written; where a trait or the port grows, it grows by what
//! has a default.
//!
//! - *The whole process* (kinds and sources of leads, translation, techniques, release with delays
//!   and caveats) is content of the [`protocol::desk::GroundTruth`] and work of the [`protocol::desk`]: an item travels as its
//!   number, so what it is about can grow without a change of any protocol.
//!   A release policy answers [`protocol::Effects::may_tell`], which every built-in exchange asks.
//! - *The other protocols* (relay, anti-entropy, bulletin, log; quorum, consensus,
//!   rendezvous) send, wake, learn, decide and strike, and need nothing else.
//! - *Coordination through the exchange*: a coordination publishes an item
//!   ([`protocol::OutOf::publish`]), and its node hands the arrival on as [`protocol::Input::Message`].
//!
//! # Where this departs from the first design
//!
//! - The interface has a module of its own, below the protocols and above the network.
//! - `metrics` and `metrics::invariants` stand above `engine` and below all that does many runs.
//! - What waits at a sender is one module above network and faults, `network::egress`, for both engines.
//! - Overlays are the exchange's: the plan makes them whole ([`protocol::ProtocolSet::overlay`]).
//! - Geography rounds to the nearest tick but never below what light in fibre takes.
//! - A rounding down to nothing of a waiting time is legal for timers (they run in the same
//!   instant) but not for links, whose shortest time is one tick.

pub mod cli;
pub mod engine;
pub mod experiment;
pub mod geo;
pub mod guide;
pub mod hosting;
pub mod id;
pub mod metrics;
pub mod network;
pub mod plan;
pub mod protocol;
pub mod report;
pub mod rng;
pub mod scenario;
pub mod testing;
pub mod time;

/// The programs of the README compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
