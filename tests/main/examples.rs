//! The examples under `sims/` do what they say.

use crate::common::json_schema;
use crate::common::{example, root};
use serde_json::Value;

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Runs the example with a protocol of its own on its scenario; its exit code and what it printed.
fn ring(command: &str, more: &[&str]) -> (Option<i32>, String, String) {
    let file = "sims/own-protocol/scenario.toml";
    let output = example("own-protocol", &[&[command, file], more].concat());
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_protocol_of_ones_own_runs_everywhere() {
    let metrics = |more: &[&str]| -> Value {
        let (code, out, error) = ring("run", &[&["--json"], more].concat());
        assert_eq!(code, Some(0), "{error}");
        serde_json::from_str::<Value>(&out).unwrap()["metrics"].take()
    };
    // Two steps of the ring a hop: z7 is 4 hops of 50 ms away. With one it is 7, with all of them 1.
    for (successors, to_all) in [("2", 200.0), ("1", 350.0), ("7", 50.0)] {
        let set = format!("exchange.ring.successors={successors}");
        for engine in ["event", "turmoil"] {
            assert_eq!(metrics(&["--set", &set, "--engine", engine])["to_all_ms"], to_all);
        }
    }
    let many = metrics(&["--runs", "100", "--set", "network.loss=0.2"]);
    assert_eq!((&many["coverage"]["min"], &many["coverage"]["n"]), (&1.0.into(), &100.into()));
    let (code, out, _) = ring("verify", &["--set", "network.loss=0.2", "--seeds", "3"]);
    assert!(code == Some(0) && out.matches("equal").count() == 3, "{out}");
    // What it says is told as it is written for programmers, where it says nothing else.
    let (code, out, _) = ring("run", &["--events"]);
    assert!(code == Some(0) && out.contains("z0 sends to z1: Items({0}) "), "{out}");
    assert!(out.contains("z1 receives from z0: Items({0})\n"), "{out}");
}

#[test]
fn it_stands_beside_the_built_in_ones() {
    let (code, out, _) = ring("run", &["--set", "exchange.use=gossip"]);
    assert!(code == Some(0) && out.contains("exchange gossip"), "{out}");
    let listed = text(&example("own-protocol", &["list", "exchange"]).stdout);
    for name in ["ring: ", "mesh: ", "gossip: ", "successors  1        1 to n-1"] {
        assert!(listed.contains(name), "{listed}");
    }
    for (set, said) in [
        ("exchange.use=rin", "did you mean `ring`?"),
        ("exchange.rings.resend=1s", "did you mean `ring`?"),
        ("exchange.ring.succesors=2", "did you mean `successors`?"),
        ("exchange.ring.successors=8", "expected 1 to 7"),
        ("exchange.use=5", "expected a word in quotes"),
        ("exchange.gossip.fanout=x", "`exchange.gossip.fanout` cannot be"),
        ("exchange=5", "expected a table such as { use = \"ring\" }"),
    ] {
        let (code, _, error) = ring("run", &["--set", set]);
        assert!(code == Some(3) && error.contains(said), "{set}: {error}");
    }
}

#[test]
fn a_service_of_ones_own_is_hosted() {
    let file = "sims/hosted-service/scenario.toml";
    let output = example("hosted-service", &[file, "--json", "--verify"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&told["done"], &told["lasted_ms"]), (&true.into(), &59_080.0.into()));
    for (zone, one_way) in [("kz", 40.0), ("tj", 15.0), ("kg", 25.0)] {
        let measures = |what: &str| told["measures"][what]["zones"][zone].clone();
        // Turmoil's connect takes one way; a request there and back, whatever else happens.
        for (what, ms) in [("connect", one_way), ("round trip", 2.0 * one_way)] {
            assert_eq!((&measures(what)["min"], &measures(what)["max"]), (&ms.into(), &ms.into()));
        }
        assert_eq!(
            (&measures("connect")["n"], &measures("round trip")["n"]),
            (&3.into(), &60.into())
        );
        // The request of 20 s loses its stream, and attempts after 1.5, 2, 2.5 s .. are refused: the
        // first that is not is that of 30 s. Then it connects one way, and asks both.
        assert_eq!(measures("answer")["max"], 10_000.0 + 3.0 * one_way);
        assert_eq!(told["counts"]["connection refused"]["zones"][zone], 17);
    }
}

#[test]
fn a_service_does_not_meet_what_it_was_not_told() {
    let file = "sims/hosted-service/scenario.toml";
    let run = |more: &[&str]| {
        let output = example("hosted-service", &[&[file, "--set", "horizon=5s"], more].concat());
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    let lossy = ["--set", "network.loss=0.1"];
    let (code, _, error) = run(&lossy);
    assert!(code == Some(3) && error.contains("does not meet `loss`"), "{error}");
    let (code, page, _) = run(&[&lossy[..], &["--without", "loss"]].concat());
    assert!(code == Some(0) && page.contains("left out of the scenario: loss"), "{page}");
    let (code, ..) = run(&["--without", "luck"]);
    assert_eq!(code, Some(2));
}

#[test]
fn examples_are_short() {
    for name in ["own-protocol", "hosted-service"] {
        for entry in std::fs::read_dir(root().join("sims").join(name)).unwrap() {
            let path = entry.unwrap().path();
            let lines = std::fs::read_to_string(&path).unwrap().lines().count();
            assert!(lines < 150, "{}: {lines} lines", path.display());
        }
    }
}

#[test]
fn a_coordination_of_ones_own_stands_beside_the_built_in_ones() {
    let file = "sims/own-protocol/leader.toml";
    let run = |arguments: &[&str]| {
        let output = example("own-protocol", arguments);
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    let metrics = |more: &[&str]| -> Value {
        let (code, out, error) = run(&[&["run", file, "--json"], more].concat());
        assert_eq!(code, Some(0), "{error}");
        serde_json::from_str::<Value>(&out).unwrap()["metrics"].take()
    };
    for engine in ["event", "turmoil"] {
        for exchange in ["ring", "mesh"] {
            let set = format!("exchange.use={exchange}");
            let row = metrics(&["--engine", engine, "--set", &set]);
            // All members are located within 30 s of the first, and struck at one time.
            assert_eq!((&row["captured_share"], &row["spread_ms"]), (&1.0.into(), &0.0.into()));
        }
    }
    let alone = metrics(&["--set", "coordination.use=independent", "--set", "exchange.use=mesh"]);
    assert!(alone["captured_share"].as_f64().unwrap() < 1.0, "{alone}");
    // The strict safety is checked of it, with lost messages and memory too.
    let crash = r#"fault=[{ at = "12s", for = "3s", crash = ["b"], memory = "lost" }]"#;
    let lossy = ["--set", "network.loss=0.3", "--set", crash, "--runs", "200"];
    metrics(&lossy);
    for vary in ["coordination=leader,independent", "exchange=ring,mesh"] {
        let (code, out, error) = run(&["compare", file, "--vary", vary, "--runs", "20"]);
        assert!(code == Some(0) && out.contains(vary.split(['=', ',']).nth(1).unwrap()), "{error}");
    }
    let (code, _, error) = run(&["run", file, "--set", "coordination.leader.notise=1s"]);
    assert!(code == Some(3) && error.contains("did you mean `notice`?"), "{error}");
}

#[test]
fn its_schema_has_the_built_in_ones_too() {
    let printed = example("own-protocol", &["schema"]).stdout;
    let schema: Value = serde_json::from_slice(&printed).unwrap();
    let wrong = |text: &str| {
        let value = json_schema::of_toml(text).expect("TOML");
        json_schema::wrong(&schema, &value, "")
    };
    let scenario = std::fs::read_to_string(root().join("sims/own-protocol/scenario.toml")).unwrap();
    for fits in [
        &scenario[..],
        "exchange.use = \"ring\"",
        r#"[exchange]
use = "plumtree"
plumtree.timeout_2 = "2s"
ring.resend = "3s""#,
        "[exchange]\nuse = \"gossip\"\ngossip.fanout = 3",
    ] {
        assert_eq!(wrong(fits), None, "{fits}");
    }
    for fails in ["exchange.use = \"rings\"", "exchange.gossip.fanuot = 3", "exchange.rin = {}"] {
        assert!(wrong(fails).is_some(), "{fails}");
    }
    // What it has of the others is what it has without an own protocol.
    let builtin = zonesim::scenario::schema::<zonesim::protocol::node::Builtin>();
    let [mut ours, theirs] = [schema, builtin].map(|mut all| all["properties"]["exchange"].take());
    let ring = ours["properties"].as_object_mut().unwrap().remove("ring").unwrap();
    let described = ring["properties"]["successors"]["description"].as_str().unwrap();
    assert!(described.contains("zones told Range: 1 to n-1"), "{described}");
    assert_eq!(ours["properties"]["use"]["default"], "ring");
    ours["properties"]["use"]["default"] = "mesh".into();
    ours["properties"]["use"]["oneOf"].as_array_mut().unwrap().remove(0);
    assert_eq!(ours, theirs);
}
