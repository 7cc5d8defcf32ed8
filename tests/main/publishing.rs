//! A protocol that publishes an item on its own.

use serde::{Deserialize, Serialize};
use zonesim::engine::{self, Engine, Event, TraceSink};
use zonesim::id::{Item, ItemSet};
use zonesim::plan::Plan;
use zonesim::protocol::exchange::{Deliver, Publish};
use zonesim::protocol::node::EnvelopeOf;
use zonesim::protocol::{
    Input, Items, NamedProtocol, NoParams, NodeView, Out, Protocol, ProtocolInfo, WireMessage,
    WithBuiltin, coordination,
};
use zonesim::time::{NanoDuration, SimTime};

/// Sends an item to all; a zone that delivers item 0 publishes item 1, and item 99, which the run does
/// not have.
struct Chain(ItemSet);

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Pass(Item);

impl WireMessage for Pass {
    fn items(&self) -> Items<'_> {
        Items::One(self.0)
    }
}

impl Protocol for Chain {
    type Message = Pass;
    type Timer = ();
    type Input = Publish;
    type Output = Deliver;

    fn handle(&mut self, input: Input<Self>, out: &mut Out<'_, Self>) {
        match input {
            Input::Local(Publish(item)) if self.0.insert(item) => {
                out.view().peers().for_each(|peer| out.send(peer, Pass(item)));
            }
            Input::Message { message: Pass(item), .. } if self.0.insert(item) => {
                out.deliver(item);
                if item == Item(0) {
                    out.publish(Item(1));
                    assert!(!out.publish(Item(1)), "an item is published once");
                    assert!(!out.publish(Item(99)), "the run has no such item");
                    assert_eq!(out.about(Item(1)).bytes, 7);
                }
            }
            _ => {}
        }
    }
}

impl NamedProtocol for Chain {
    type Params = NoParams;
    const INFO: ProtocolInfo =
        ProtocolInfo { name: "chain", about: "one item leads to another", ..ProtocolInfo::EMPTY };

    fn new(_: &NoParams, _: &NodeView, _: NanoDuration) -> Self {
        Self(ItemSet::EMPTY)
    }
}

type P = (WithBuiltin<Chain>, coordination::Builtin);

/// Publications and deliveries: instant, node, item, whether published.
#[derive(Default)]
struct Seen(Vec<(u64, u32, u32, bool)>);

impl TraceSink<EnvelopeOf<P>> for Seen {
    fn record(&mut self, at: SimTime, event: &Event<'_, EnvelopeOf<P>>) {
        match *event {
            Event::Publish { node, item, .. } => self.0.push((at.0, node.0, item.0, true)),
            Event::Learn { node, item, .. } => self.0.push((at.0, node.0, item.0, false)),
            _ => {}
        }
    }
}

/// Item 1 is due at z2 after 5 s, or never.
fn run(engine: Engine, second: &str) -> Vec<(u64, u32, u32, bool)> {
    let text = format!(
        "horizon = \"10s\"\n[zones]\ngenerate = 3\n[network]\nlatency = \"50ms\"\n\
         [workload]\nitem_size = \"7B\"\n[workload.items]\nat = [\"1s\", \"{second}\"]\n\
         from = [\"z0\", \"z2\"]\n"
    );
    let loaded = zonesim::scenario::parse("file", text, &[], std::path::PathBuf::new()).unwrap();
    let plan = Plan::new::<P>(&loaded).unwrap();
    let mut seen = Seen::default();
    engine::run::<P, _>(engine, &plan, 1, &mut seen);
    seen.0
}

#[test]
fn a_protocol_publishes_an_item_once_on_both_engines() {
    for second in ["5s", "20s"] {
        let event = run(Engine::Event, second);
        assert_eq!(event, run(Engine::Turmoil, second));
        let published: Vec<_> = event.iter().filter(|seen| seen.3).collect();
        // z1 delivers item 0 first in the instant, and publishes item 1 before z2 can.
        assert_eq!(published, [&(1_000, 0, 0, true), &(1_050, 1, 1, true)], "{event:?}");
        for zone in [0, 2] {
            assert!(event.contains(&(1_100, zone, 1, false)), "{event:?}");
        }
    }
}
