//! Ids of a size of their own: what messages count with them, in every protocol.

use crate::common::formula::{Given, formula, value};
use crate::common::{digest, plan_of, reconciliation, row};
use zonesim::engine::Engine;
use zonesim::protocol::ProtocolSet as _;
use zonesim::protocol::exchange::Builtin as Exchange;

const ENGINES: [Engine; 2] = [Engine::Event, Engine::Turmoil];

/// The bytes of a run of three zones and a hub, with ids of this size; None for the encoding.
fn bytes(exchange: &str, id_size: Option<u32>, rest: &str, engine: Engine) -> f64 {
    let ids = id_size.map_or(String::new(), |bytes| format!("id_size = \"{bytes}B\"\n"));
    let plan = plan_of(&format!(
        "horizon = \"20s\"\nzones.generate = 3\nhub = {{}}\nnetwork.latency = \"20ms\"\n[workload]\n{ids}\
         [workload.items]\nat = [\"0s\", \"1s\", \"2s\", \"2s\"]\nfrom = [\"z0\", \"z1\", \"z2\", \"z0\"]\n\
         [exchange]\nuse = \"{exchange}\"\n{rest}"
    ));
    row(&plan, engine, 1).bytes.unwrap()
}

/// By hand: an item and its acknowledgement, to each of two zones. A message has four bytes beside the
/// ids: those of node, protocol and kind, and the number of ids.
#[test]
fn a_mesh_counts_each_id() {
    for engine in ENGINES {
        assert_eq!(bytes("mesh", Some(16), "", engine), 4.0 * 4.0 * (4.0 + 16.0));
    }
}

/// Every protocol names items, and what it sends beside the names is the same for any size of an id.
#[test]
fn bytes_grow_by_the_same_for_each_byte_of_an_id_in_every_exchange() {
    for entry in Exchange::entries() {
        let rest = match entry.name {
            "bulletin" => "[exchange.bulletin]\ninterval = \"3s\"\nlength = \"1s\"\n",
            "anti-entropy" => "[exchange.anti-entropy]\nthreshold = 1\nbranching = 2\n",
            "log" => {
                "[exchange.log]\nelection = \"1s\"\nelection_max = \"2s\"\nheartbeat = \"300ms\"\n"
            }
            _ => "",
        };
        let [none, some, more] =
            [0, 16, 48].map(|size| bytes(entry.name, Some(size), rest, Engine::Event));
        let names = (some - none) / 16.0;
        assert_eq!((more - some) / 32.0, names, "{}", entry.name);
        // Each of four items reaches two zones at least.
        assert!(names >= 8.0, "{}: {names} names", entry.name);
        let encoded = bytes(entry.name, None, rest, Engine::Event);
        assert!(none < encoded, "{}: {encoded} bytes encoded, {none} without ids", entry.name);
    }
}

/// Where bytes take time, both engines count them alike.
#[test]
fn ids_take_bandwidth() {
    for exchange in ["mesh", "gossip", "plumtree"] {
        let text = |ids: &str| {
            plan_of(&format!(
                "horizon = \"60s\"\nzones.generate = 3\nnetwork.bandwidth = \"400bit/s\"\n[workload]\n{ids}\
                 [workload.items]\nat = [\"0s\"]\nfrom = [\"z1\"]\n[exchange]\nuse = \"{exchange}\"\n"
            ))
        };
        let (small, large) = (text(""), text("id_size = \"16B\"\n"));
        let time = |plan| row(plan, Engine::Event, 1).to_all_ms.unwrap();
        assert!(time(&large) > time(&small) + 200.0, "{exchange}: at least 10 bytes of 20 ms");
        assert_eq!(digest(&large, Engine::Event, 1), digest(&large, Engine::Turmoil, 1));
    }
}

/// The figure for many items, by formula with fewer: 2010, 252 and 32 items in a range, two divisions.
#[test]
fn a_session_among_two_thousand_items_keeps_to_the_formula() {
    let most =
        formula("anti-entropy", "bytes of a session, ids of 16 bytes, without bodies, at most");
    let given = [("d", 10.0), ("h", 2.0), ("branching", 8.0), ("threshold", 32.0)];
    let most = value(most, &Given::from(given));
    let (messages, bytes) = reconciliation::session(2_000);
    println!("{messages} messages, {bytes} bytes, at most {most}");
    assert!(messages <= 6 && bytes as f64 <= most, "{messages} messages, {bytes} bytes");
    // The names of ten ranges of 31 items or more, and the ten items themselves.
    assert!(bytes > 10 * 31 * 16 + 160, "{bytes} bytes");
}
