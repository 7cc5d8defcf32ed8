//! zonesim: a deterministic, seeded testbed of zones that exchange intelligence and act together.
//!
//! This page is the map of the code. The README says what the program does; [`guide`] has the
//! reference that `zonesim help` prints.
//!
//! # From a file to a result
//!
//! 1. [`scenario`] reads a file, with overrides, into a [`scenario::Scenario`].
//! 2. [`plan`] compiles it: names become numbers, times become ticks, and the network, the faults and
//!    the workload are checked. A [`plan::Plan`] does not depend on a seed.
//! 3. A seed gives a [`plan::Realization`]: the items, the faults and the clocks of one run, and its
//!    overlay if each run draws its own ([`plan::Plan::realize`]).
//! 4. An [`engine`] runs one [`protocol::node::Node`] per zone and reports every [`engine::Event`] to an
//!    [`engine::TraceSink`].
//! 5. [`metrics`] folds the events into a [`metrics::MetricRow`]; [`metrics::invariants`] checks them.
//! 6. [`experiment`] repeats this: sweeps, comparisons, validation against published figures, fuzzing.
//! 7. [`report`] renders results as text, JSON, CSV and plots; [`cli`] is the command line.
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
//! # Layers
//!
//! A module uses only modules in lower layers; a test in `tests` checks this, and that no two files
//! use each other.
//!
//! | layer | modules |
//! |---|---|
//! | command line | [`cli`] |
//! | output | [`report`], [`guide`] |
//! | many runs | [`experiment`] |
//! | one run | [`metrics`], [`hosting`], above [`engine`], above [`plan`], above [`scenario`] |
//! | protocols | [`protocol::node`], above [`protocol::exchange`], [`protocol::coordination`], [`protocol::clock_sync`] and [`protocol::desk`], above [`protocol`] |
//! | network | [`network::egress`], above [`network::fault`] and [`network`] |
//! | ground | [`geo`], [`experiment::statistics`], [`rng`], [`time`], [`id`] |
//!
//! # Design rules
//!
//! - **Protocols do not know the network.** No protocol imports the network or the faults. A protocol
//!   has no clock, no socket and no `Result`. [`protocol::NodeView`] and [`protocol::OutOf`] are all that
//!   it sees.
//! - **Only `engine/turmoil` and `hosting` use turmoil and tokio.**
//! - **State does not grow with the square of the zones**, with two exceptions: a latency table up to
//!   4,096 nodes (above that, [`network::GeoLinks`] computes latencies by distance per message), and the
//!   queues of links that have a bandwidth or an order and were used. Network draws are keyed
//!   ([`rng::CounterRng`]) by seed, link, instant and the sequence number of the message on that link in
//!   that instant.
//! - **No hash maps, wall clock, shared randomness or platform-dependent float functions** in anything
//!   that reaches a trace or a table. `clippy.toml` forbids them.
//! - **Faults are known before the run.** The event engine therefore decides the fate of a message when
//!   it is sent ([`network::fault::Schedule::is_dropped`]) and needs no event for its departure. turmoil
//!   applies partitions and crashes itself, uses sockets and encodings, and keeps its own timers, so
//!   equal traces are the agreement of two implementations. Both engines share the code for waits at the
//!   sender ([`network::egress::Egress::send`]), added delays ([`network::fault::Schedule::arrival`]) and
//!   clocks ([`time::Clock`]). That code is tested against closed forms and cases computed by hand.
//! - **Access links are decided as late as they must be.** A message that is not bulk has a known fate when
//!   it enters an uplink or a downlink ([`network::access`]). A bulk message may be interrupted, so its
//!   departure and its reception are events of their own.
//!
//! # Order within an instant
//!
//! Time is an integer, [`time::SimTime`]. Within one instant the order is:
//!
//! 1. faults: ends before starts, then the order of the file;
//! 2. nodes by number, the hub last; in each node the bulk messages that leave its uplink, then its
//!    downlink, then what reaches its downlink; its messages (by sender, then by order of sending), its
//!    start or restart, its publications, its timers (in the order in which they were set).
//!
//! A timer may be set for the current instant and fires in it. A message takes at least one tick. A
//! datagram that arrives while its receiver is down, or at the instant of its restart, is lost. An item
//! due at a zone that is down is published at the restart; its age counts from when it was due.
//!
//! No result depends on the number of a zone, except through declared roles (the hub, the coordinator,
//! zones named by an overlay or a workload). Where a protocol gives something to the first message of an
//! instant (a connection, a branch of a tree, the head of a queue, a vote), it takes the messages of
//! the instant in random order ([`protocol::exchange::shuffled_instant`], [`protocol::raft`]);
//! [`protocol::desk`] does so with incoming leads. If several messages of one instant bring the same
//! item, the trace names the sender with the lowest number. The test of permuted zones covers every
//! protocol.
//!
//! A run ends at the end of the instant in which every item has reached every zone, nothing is due and
//! the operation is over ([`engine::World::is_over`]); or when nothing is pending; or at the
//! horizon, which is exclusive. What is due at the horizon or later is pending and is not handled; a
//! fault that starts then has no effect on it.
//!
//! # Clocks and crashes
//!
//! A [`time::Clock`] has an offset, a drift and steps, all integers; a step is a fault. Engines convert
//! between true and local time in two places each (`local`, `wake_*`). No protocol sees true time. If
//! clocks are synchronized ([`protocol::clock_sync`]), a node keeps a correction, and its coordination
//! sees the corrected clock.
//!
//! A crash loses timers and messages that have not departed. With `memory = "lost"` the protocols of the
//! node start fresh, except for what they [`recover`](protocol::Protocol::recover) from stable storage.
//! The desk keeps nothing. A node that delivers or locates something again after a crash reports it with
//! a mark, and it is measured once.
//!
//! # The process
//!
//! A scenario may state how zones handle leads ([`protocol::desk::Procedure`]). The plan then draws
//! everything that can occur and numbers it by key ([`protocol::desk::GroundTruth`]): leads, requests,
//! answers and findings, each with the set of nodes that may have it. An engine tells a zone that it sees
//! a lead; the desk of the zone translates, assesses, asks others, and passes what it tells to its
//! officers; the node publishes what they release. Every exchange asks
//! [`protocol::Effects::may_tell`]. What an exchange cannot bring to all that may have it, its originator
//! tells directly ([`protocol::node::Direct`]).
//!
//! [`engine::World`] is above both engines. It collects the strikes of an instant and applies them when
//! the instant closes. Warnings, escapes and attacks are instants of its own, after the faults of that
//! instant and before the nodes. No protocol sees it. Without a stated procedure a zone publishes what it
//! sees, assesses all that it learns and strikes at once, and the trace has no events of the process.
//!
//! # Invariants
//!
//! Every run is checked ([`metrics::invariants`]):
//!
//! - the engine's bookkeeping;
//! - safety of the exchange: no node receives an item that it may not have, and zones learn items in one
//!   order if the exchange guarantees it;
//! - safety of the coordination ([`protocol::Safety`]);
//! - liveness of the exchange, which states how soon every zone has every item once faults have ended, and
//!   how much it sends ([`protocol::SendBound`]).
//!
//! A violation has an exit code of its own and the command that reproduces it. A panic of a protocol is a
//! violation of that run only ([`engine::try_run`]). An engine stops a node that wakes itself without end
//! ([`engine::StopReason::Livelock`]), and a run whose trace is read no further
//! ([`engine::TraceSink::is_full`]).
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
//! # Hosted services
//!
//! [`hosting`] runs plain async code with sockets in the zones of a scenario. Latencies, partitions,
//! delays and crashes apply at the same ticks as in the turmoil engine. Hosting does not use the
//! protocol interface: there is no exchange, no delivery and no trace. A service measures, counts and
//! logs into a [`hosting::ServiceReport`], which [`report::hosted`] prints. `sims/hosted-service` is a
//! complete program.
//!
//! # Tests of your own
//!
//! [`testing`] runs a scenario from a string or from Rust and returns its events, metrics, violations
//! and digest. The tests of this project use it.
//!
//! # What comes next
//!
//! - The process: movement of members, and material.
//! - Coordination through the exchange: a coordination publishes an item
//!   ([`protocol::OutOf::publish`]), and its node passes the delivery on as an input.

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
