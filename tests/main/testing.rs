//! `zonesim::testing` from outside the crate: what it returns is what the engines and the program say.

use zonesim::engine::{self, Digest, Engine, Event, JsonlWriter, StopReason};
use zonesim::network::fault::Effect;
use zonesim::protocol::node::Builtin;
use zonesim::scenario::BoundedU32;
use zonesim::testing::Scenario;

const THREE: &str = r#"
    horizon = "1min"

    [zones.a]
    [zones.b]
    [zones.c]

    [network]
    latency = "20ms"
    loss = 0.2

    [[fault]]
    at = "2s"
    for = "3s"
    isolate = ["b"]

    [workload.items]
    at = ["1s", "4s"]
    from = ["a", "b"]

    [exchange]
    use = "gossip"
"#;

#[test]
fn a_recorded_trace_is_that_of_the_engine() {
    let simulation = Scenario::parse(THREE).unwrap().simulation().unwrap();
    let plan = simulation.plan();
    for engine in [Engine::Event, Engine::Turmoil] {
        for seed in [1, 2] {
            let mut sinks = (Digest::default(), JsonlWriter::new(&plan.names, Vec::new()));
            let end = engine::run::<Builtin, _>(engine, plan, seed, &mut sinks);
            let text = String::from_utf8(sinks.1.finish().unwrap()).unwrap();
            let run = simulation.run_on(engine, seed);
            assert_eq!(run.jsonl(), text.lines().collect::<Vec<_>>());
            assert_eq!((run.digest, run.end), (sinks.0.hex(), Some(end)));
        }
    }
    assert_ne!(simulation.run(1).digest, simulation.run(2).digest);
}

#[test]
fn events_own_their_messages_and_effects() {
    let run = Scenario::parse(THREE).unwrap().run(1).unwrap();
    let faults: Vec<_> = run
        .events()
        .filter_map(|(at, event)| match event {
            Event::Fault { starts, effect: Effect::Isolate(_), .. } => Some((at.0, starts)),
            _ => None,
        })
        .collect();
    assert_eq!(faults, [(2000, true), (5000, false)]);
    let learned = |(_, event): &(_, _)| matches!(event, Event::Learn { .. });
    assert_eq!(run.events().filter(learned).count(), 4, "two items, each to two zones");
    assert_eq!(run.metrics.coverage, Some(1.0));
    assert!(run.violation.is_none() && run.end.unwrap().reason == StopReason::Settled);
}

#[test]
fn many_runs_are_those_of_their_seeds() {
    let simulation = Scenario::parse(THREE).unwrap().simulation().unwrap();
    let runs = simulation.measure(5..25);
    assert_eq!(runs.len(), 20);
    for (run, seed) in runs.iter().zip(5..) {
        assert_eq!(run.row, simulation.run(seed).metrics, "seed {seed}");
    }
    assert!(simulation.measure(7..7).is_empty());
}

#[test]
fn errors_point_at_the_text_or_the_file() {
    let refused = |text: &str| match Scenario::parse(text) {
        Ok(scenario) => scenario.run(1).unwrap_err().to_string(),
        Err(error) => error.to_string(),
    };
    assert!(refused("horizont = \"1s\"").contains("scenario:1:1"));
    let matrix = r#"[zones.a]
[zones.b]
[network.latency]
matrix = "times.csv"
"#;
    assert!(refused(matrix).contains("scenario:4:10"));
    let scenario = Scenario::parse(matrix).unwrap().with_file("times.csv", ",a,b\na,,fast\n");
    let error = scenario.run(1).unwrap_err().to_string();
    assert!(error.contains("times.csv:2:"), "{error}");
    let scenario = scenario.with_file("times.csv", ",a,b\na,,20\n");
    assert!(scenario.run(1).is_ok());
}

#[test]
fn values_may_be_set_in_rust() {
    let mut scenario = Scenario::parse("").unwrap();
    let error = scenario.run(1).unwrap_err().to_string();
    assert!(error.contains("zones"), "{error}");
    scenario.model().zones.generate = Some(BoundedU32(5));
    let text = Scenario::parse("zones.generate = 5").unwrap();
    assert_eq!(scenario.run(3).unwrap().digest, text.run(3).unwrap().digest);
}
