//! What is said of links, in worlds small enough for a table of them and in larger ones.

use std::path::PathBuf;

use zonesim::id::NodeId;
use zonesim::network::{Jitter, Link, Links, Network};
use zonesim::plan::Plan;
use zonesim::protocol::node::Builtin;
use zonesim::scenario;
use zonesim::time::SimDuration;

fn links(text: &str) -> Links {
    network(text, &[]).links
}

/// The network of a scenario with files in memory, each a name and a text.
fn network(text: &str, files: &[(&str, &str)]) -> Network {
    let loaded = scenario::parse("text", text.into(), &[], PathBuf::new());
    let plan = loaded.and_then(|mut loaded| {
        for (file, text) in files {
            loaded = loaded.attach(*file, *text);
        }
        Plan::new::<Builtin>(&loaded)
    });
    plan.unwrap_or_else(|diagnostic| panic!("{diagnostic}")).network
}

/// The latency from one node to another.
fn way(links: &Links, from: u32, to: u32) -> u32 {
    links.get(NodeId(from), NodeId(to)).latency
}

#[test]
fn what_is_said_of_a_seat_is_said_of_the_hub_in_worlds_of_any_size() {
    let said = |zones: u32| {
        let links = links(&format!(
            r#"zones.generate = {zones}
hub.seat = "z1"
[network]
latency = "5ms"
[network.link]
"z1-z2" = {{ latency = "9ms" }}
"z1>z3" = {{ latency = "7ms" }}
"hub-z4" = {{ latency = "2ms" }}
"z0-z1" = {{ loss = 0.5 }}
"#
        ));
        let hub = NodeId(zones);
        let there = |a: NodeId, b: u32| (links.get(a, NodeId(b)), links.get(NodeId(b), a));
        let times = |(there, back): (Link, Link)| [there, back].map(|link| link.latency);
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
    let text = r#"resolution = "1s"
zones.generate = 2
[network.link]
"z0-z1" = { latency = "2s" }"#;
    assert_eq!(links(text).get(NodeId(0), NodeId(1)).latency, 2);
}

const THREE: &str = r#"[zones.cn]
[zones.ru]
[zones.uz]
[hub]
seat = "uz"
"#;

/// Between three zones 0 to 2, and a hub 3 seated in zone 2.
fn check_matrix(links: &Links) {
    assert_eq!((way(links, 0, 1), way(links, 1, 0)), (54, 50), "each as listed");
    assert_eq!((way(links, 1, 2), way(links, 2, 1)), (45, 45), "as the way back");
    assert_eq!((way(links, 0, 2), way(links, 2, 0)), (1, 1), "a tick at the least");
    assert_eq!((way(links, 3, 1), way(links, 1, 3)), (45, 45), "as the seat");
    assert_eq!((way(links, 3, 0), way(links, 0, 3)), (33, 30), "of the hub itself");
    assert_eq!((way(links, 3, 2), way(links, 2, 3)), (2, 2), "within the seat");
}

#[test]
fn a_matrix_goes_from_row_to_column() {
    // In an order of its own, with a zone that is not there, a comment and a blank line.
    let file = "# one way\nfrom,uz,cn, ru,mars,hub\n\nuz,2,NA,NaN,9,\nru,45,49.6,-,9,\n\
                cn,0.4,-,54.4,9,30\nmars,9,9,9,9,9\nhub,,33,,,-\n";
    let text = format!("{THREE}[network]\nlatency = {{ matrix = \"m.csv\" }}");
    check_matrix(&network(&text, &[("m.csv", file)]).links);
    let inline = format!(
        r#"{THREE}[network.latency.matrix]
ru = {{ uz = "45ms", cn = "49.6ms" }}
cn = {{ ru = "54.4ms", uz = "0.4ms", hub = "30ms" }}
hub = {{ cn = "33ms" }}
uz = {{ uz = "2ms" }}
"#
    );
    check_matrix(&links(&inline));
}

#[test]
fn what_a_matrix_lacks_may_be_said_of_the_link() {
    let text = r#"zones.generate = 3
[network.latency]
matrix.z0 = { z1 = "5ms", z2 = "6ms" }
[network.link]
"z1-z2" = { latency = "7ms" }"#;
    assert_eq!(way(&links(text), 1, 2), 7);
}

#[test]
fn samples_are_ticks_to_the_nearest_and_read_once() {
    let text = r#"resolution = "2ms"
zones.generate = 3
[network]
jitter = { samples = "waits.csv" }
[network.link]
"z0-z1" = { loss = 0.1 }
"z0-z2" = { jitter = "none" }"#;
    let file = "# measured\nat,ms\n0,3.2\n\n1,0\n2,0.9\n# and\n3,1000.99\n";
    let network = network(text, &[("waits.csv", file)]);
    let jitter = |a, b| {
        let model = network.links.get(NodeId(a), NodeId(b)).model;
        network.models[usize::from(model)].jitter.clone()
    };
    let (Jitter::Samples(lossy), Jitter::Samples(plain)) = (jitter(0, 1), jitter(1, 2)) else {
        panic!("{:?}", network.models)
    };
    assert_eq!(*plain, [2, 0, 0, 500]);
    assert!(std::sync::Arc::ptr_eq(&plain, &lossy));
    assert_eq!(jitter(0, 2), Jitter::None);
}

#[test]
fn tables_are_read_as_they_are_published() {
    let zones = r#"[zones]
nur = {}
osh = {}
uzgen = {}
[network]
"#;
    let plain = [
        ("matrix", "from,nur,osh,uzgen\nnur,-,31,52\nosh,33,-,14\nuzgen,54,15,-\n"),
        ("rtt", "zone_a,zone_b,rtt_avg_ms\nnur,osh,62\nnur,uzgen,104\nosh,uzgen,28\n"),
    ];
    let quirks = [
        "\u{feff}\r\n \t \r\n# by hand\r\n\"from\", \"nur\" , \"osh\",uzgen\r\n,,,\r\n\"nur\", \"-\", \"31\", 52\r\n\
         \r\nosh , 33, - ,\" 14 \"\r\n  \r\n\"uzgen\",\"54\",15,\"-\"",
        "#,,\n\n\"zone_a\", \"zone_b\", \"rtt_avg_ms\"\n   \n \"nur\", \"osh\" ,\t62\n , \"\" ,\n\
         nur,uzgen,\"104\"\n\nosh, uzgen ,28 \n\n",
    ];
    for ((key, plain), quirk) in plain.into_iter().zip(quirks) {
        let [plain, quirk] = [plain, quirk].map(|csv| {
            let text = format!("{zones}latency.{key} = \"table.csv\"\n");
            let csv = csv.strip_prefix('\u{feff}').unwrap_or(csv);
            let links = network(&text, &[("table.csv", csv)]).links;
            let ways = (0..3).flat_map(|from| (0..3).map(move |to| (from, to)));
            ways.filter(|(from, to)| from != to)
                .map(|(from, to)| links.get(NodeId(from), NodeId(to)).latency())
                .collect::<Vec<_>>()
        });
        assert_eq!(plain, quirk, "{key}");
        assert!(plain.contains(&SimDuration(14)), "{plain:?}");
    }
}

/// The latencies of all directions between three zones, by sender.
fn of_three(text: &str, file: &str) -> [u32; 6] {
    let text = format!(
        "resolution = \"100us\"\nzones.nur = {{}}\nzones.osh = {{}}\nzones.uzgen = {{}}\n{text}"
    );
    let links = network(&text, &[("table.csv", file)]).links;
    [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)].map(|(from, to)| way(&links, from, to))
}

#[test]
fn a_published_table_is_read_as_it_is() {
    // In both directions, with names of its own and a gap each way between osh and uzgen.
    let file = "p99,dst,src,p50\n9,osh,\"City, N\",62\n9,\"City, N\",osh,64\n9,elsewhere,osh,1\n\
                9,Uzgen,\"City, N\",104.4\n9,Uzgen,osh,NA\n9,osh,Uzgen,\n";
    let keys = "file = \"table.csv\", from = \"src\", to = \"dst\", ms = \"p50\", \
                names = { \"City, N\" = \"nur\", Uzgen = \"uzgen\" }, missing = \"80ms\"";
    let round_trips = of_three(&format!("network.latency.rtt = {{ {keys} }}\n"), file);
    // Half of its own direction in ticks of 100 us, else of the opposite one, else of `missing`.
    assert_eq!(round_trips, [310, 522, 320, 400, 522, 400]);
    let one_way = of_three(&format!("network.latency.one_way = {{ {keys} }}\n"), file);
    assert_eq!(one_way, [620, 1044, 640, 800, 1044, 800]);
    let other = keys.replace("p50", "p99");
    let other = of_three(&format!("network.latency.rtt = {{ {other} }}\n"), file);
    assert_eq!(other, [45; 6]);
}

#[test]
fn pairs_that_a_table_lacks_are_listed() {
    let file = "zone_a,zone_b,rtt_avg_ms\nz0,z1,10\n";
    let plan = |latency: &str| {
        let text = format!("zones.generate = 7\nnetwork.latency.rtt = {latency}\n");
        let loaded = scenario::parse("text", text, &[], PathBuf::new()).expect("a scenario");
        Plan::new::<Builtin>(&loaded.attach("table.csv", file))
    };
    let with_value = plan("{ file = \"table.csv\", missing = \"80ms\" }").expect("a value for all");
    let [note] = &with_value.warnings[..] else { panic!("{:?}", with_value.warnings) };
    let lacking = "table.csv: 20 pairs have no row and the value 80ms: z0-z2, z0-z3, ";
    assert!(note.starts_with(lacking) && note.ends_with(" and others"), "{note}");
    let error = plan("\"table.csv\"").expect_err("20 pairs are missing").render(false);
    assert!(error.contains("table.csv has no row for 20 pairs: z0-z2, z0-z3, "), "{error}");
    // What a link states is not missing.
    let file = "zone_a,zone_b,rtt_avg_ms\nnur,osh,10\n";
    let links = "network.latency.rtt = \"table.csv\"\nnetwork.link.nur-uzgen.latency = \"1ms\"\n\
                 network.link.osh-uzgen.latency = \"2ms\"\n";
    assert_eq!(of_three(links, file), [50, 10, 50, 20, 10, 20]);
}

#[test]
fn a_table_may_have_rows_of_the_hub() {
    let text = "zones.generate = 2\nhub.seat = \"z0\"\nnetwork.latency.rtt = \"table.csv\"\n";
    let of_hub = |rows: &str| {
        let file = format!("zone_a,zone_b,rtt_avg_ms\nz0,z1,10\nz0,z0,2\n{rows}");
        let links = network(text, &[("table.csv", &file)]).links;
        [(2, 0), (2, 1), (1, 2)].map(|(from, to)| way(&links, from, to))
    };
    assert_eq!(of_hub(""), [1, 5, 5]);
    assert_eq!(of_hub("hub,z1,30\nz1,hub,40\nhub,z0,8\n"), [4, 15, 20]);
}

#[test]
fn a_table_that_is_too_large_says_so() {
    let folder = scratch!();
    let file = std::fs::File::create(folder.join("large.csv")).unwrap();
    // A hole: it takes no room on the disk.
    file.set_len((64 << 20) + 1).unwrap();
    let text = "zones.generate = 2\nnetwork.latency.matrix = \"large.csv\"\n";
    let loaded = scenario::parse("test", text.into(), &[], folder);
    let loaded = loaded.unwrap_or_else(|error| panic!("{error}"));
    let error = Plan::new::<Builtin>(&loaded).expect_err("it is too large");
    let message = error.render(false);
    assert!(error.is_unreadable() && message.contains("it is larger than 64 MiB"), "{message}");
    assert!(message.contains("expected a text of 64 MiB or less"), "{message}");
}
