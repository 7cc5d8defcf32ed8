//! What is said of links, in worlds small enough for a table of them and in larger ones.

use std::path::PathBuf;

use zonesim::coordination::Builtin as Coordination;
use zonesim::exchange::Builtin as Exchange;
use zonesim::id::NodeId;
use zonesim::network::{Link, Links};
use zonesim::plan::Plan;
use zonesim::scenario;

fn links(text: &str) -> Links {
    let loaded = scenario::parse("text", text.into(), &[], PathBuf::new());
    let plan = loaded.and_then(|loaded| Plan::new::<Exchange, Coordination>(&loaded));
    plan.unwrap_or_else(|diagnostic| panic!("{diagnostic}")).network.links
}

#[test]
fn what_is_said_of_a_seat_is_said_of_the_hub_in_worlds_of_any_size() {
    let said = |zones: u32| {
        let links = links(&format!(
            "zones.generate = {zones}\nhub.seat = \"z1\"\n[network]\nlatency = \"5ms\"\n[network.link]\n\
             \"z1-z2\" = {{ latency = \"9ms\" }}\n\"z1>z3\" = {{ latency = \"7ms\" }}\n\
             \"hub-z4\" = {{ latency = \"2ms\" }}\n\"z0-z1\" = {{ loss = 0.5 }}\n"
        ));
        let hub = NodeId(zones);
        let there = |a: NodeId, b: u32| (links.get(a, NodeId(b)), links.get(NodeId(b), a));
        let times = |(there, back): (Link, Link)| [there, back].map(|link| link.base + link.extra);
        assert!(matches!(links, Links::Sparse { .. }) == (zones > 4096));
        for node in [hub, NodeId(1)] {
            assert_eq!(times(there(node, 2)), [9, 9]);
            assert_eq!(times(there(node, 3)), [7, 5]);
            assert_eq!(times(there(node, 5)), [5, 5]);
            assert_ne!(there(node, 0).0.model, there(node, 5).0.model);
        }
        assert_eq!(times(there(hub, 4)), [2, 2]);
        assert_eq!(times(there(NodeId(1), 4)), [5, 5]);
        assert_eq!(times(there(hub, 1)), [5, 5], "the seat itself is a zone like any other");
    };
    said(8);
    said(5000);
}

#[test]
fn a_default_that_no_link_takes_need_not_work() {
    let text =
        "resolution = \"1s\"\nzones.generate = 2\n[network.link]\n\"z0-z1\" = { latency = \"2s\" }";
    assert_eq!(links(text).get(NodeId(0), NodeId(1)).base, 2);
}
