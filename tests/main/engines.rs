//! The engines agree on every scenario of the project, and on what can be computed by hand.

use crate::common::{digest, lines, plan_of, plan_of_file, row, scenarios};
use zonesim::engine::{self, Engine, Event, RunEnd, StopReason, TraceSink};
use zonesim::protocol::node::Builtin;
use zonesim::testing::Simulation;
use zonesim::time::{NanoDuration, SimTime};

const BOTH: [Engine; 2] = [Engine::Event, Engine::Turmoil];

#[test]
#[ignore = "slow"]
fn every_scenario_gives_the_same_trace_on_both() {
    let files = scenarios();
    assert!(files.len() >= 2, "{files:?}");
    for file in files {
        // The default world has little to tell in a minute: more leads, and the cut within it.
        let busy = [
            "workload.organisation.lead_interval=4s",
            "workload.organisation.assessment=1s",
            "workload.organisation.warning=5s",
            "coordination.order.quiet=2s",
            "coordination.order.margin=1s",
            "coordination.order.deadline=12s",
            "fault.0.at=10s",
            "fault.0.for=5s",
        ];
        let is_busy = file.ends_with("leads-2019.toml");
        for overrides in [&[][..], &busy[..if is_busy { busy.len() } else { 0 }]] {
            let plan = plan_of_file(&file, overrides).truncated(NanoDuration::from_secs(40));
            let (event, events) = digest(&plan, Engine::Event, 7);
            assert_eq!(digest(&plan, Engine::Event, 7).0, event, "{file:?} twice");
            assert_eq!(digest(&plan, Engine::Turmoil, 7).0, event, "{file:?} on turmoil");
            assert!(events > 10, "{file:?}: {events} events prove nothing");
            if !overrides.is_empty() {
                let trace = lines(&plan, Engine::Event, 7);
                for kind in ["fault_ends", "locate", "decide", "strike"] {
                    let told = trace.iter().any(|line| line.contains(&format!("\"{kind}\"")));
                    assert!(told, "{kind} never happened");
                }
            }
        }
    }
}

/// Three zones in a mesh, 40 ms apart, retries after 1 s, then 2 s, then 4 s.
fn partition(fault: &str) -> String {
    format!(
        r#"horizon = "60s"
[zones]
generate = 3
[network]
latency = "40ms"
[workload.items]
at = ["10s"]
from = ["z0"]
[exchange]
use = "mesh"
[[fault]]
{fault}
"#
    )
}

/// The ages in ms at which z1 and z2 learn the item, on both engines.
fn ages(fault: &str) -> [[u64; 2]; 2] {
    let plan = plan_of(&partition(fault));
    BOTH.map(|engine| {
        let trace = lines(&plan, engine, 1);
        ["z1", "z2"].map(|zone| {
            let learns = |line: &&String| {
                line.contains("\"learn\"") && line.contains(&format!("\"node\":\"{zone}\""))
            };
            let line = trace.iter().find(learns).unwrap_or_else(|| panic!("{zone} never learnt"));
            let (_, rest) = line.split_once("\"t\":").unwrap();
            rest.split(',').next().unwrap().parse::<u64>().unwrap() - 10_000
        })
    })
}

/// A member is captured, nobody else is found, nothing is pending: the warning still takes effect.
#[test]
fn a_run_ends_no_sooner_than_the_warning() {
    let plan = plan_of(
        r#"horizon = "10h"
resolution = "1s"
[zones]
generate = 4
[network]
latency = "1s"
[workload]
use = "organisation"
[workload.organisation]
members = 3
lead_interval = "8h"
corroboration = 1
away = 0
assessment = "1min"
"#,
    );
    let mut warned = 0;
    for seed in 1..=60 {
        let row = row(&plan, Engine::Event, seed);
        let (captured, completed) = (row.captured.unwrap(), row.completed_ms);
        if captured > 0.0 && captured < 3.0 && completed.is_some() {
            assert_eq!(row.escaped, Some(3.0 - captured), "seed {seed}");
            warned += 1;
        }
        let beyond = completed.is_none() && captured > 0.0;
        assert!(!beyond || row.escaped == Some(0.0), "seed {seed}");
        if seed <= 4 {
            assert_eq!(digest(&plan, Engine::Turmoil, seed), digest(&plan, Engine::Event, seed));
        }
    }
    assert!(warned > 5, "{warned}");
}

#[test]
fn partitions_as_computed_by_hand() {
    // Sent at 10 s and again 1, 3, 7 s later; each takes 40 ms.
    for (fault, expected) in [
        ("at = \"20s\"\npartition = [[\"z0\"], [\"*\"]]", [40, 40]),
        // Until 10.5 s: the copy of 11 s is the first to pass.
        ("at = \"9s\"\nfor = \"1500ms\"\npartition = [[\"z0\"], [\"z1\"]]", [1040, 40]),
        // Until 13 s: what departs at the instant of the end passes.
        ("at = \"9s\"\nfor = \"4s\"\nisolate = [\"z1\"]", [3040, 40]),
        ("at = \"9s\"\nfor = \"4001ms\"\nisolate = [\"z1\"]", [7040, 40]),
        // What is under way at the start is taken, and what is due at that very instant.
        ("at = \"10030ms\"\nfor = \"10ms\"\npartition = [[\"z0\"], [\"z2\"]]", [40, 1040]),
        ("at = \"10040ms\"\nfor = \"10ms\"\npartition = [[\"z0\"], [\"z2\"]]", [40, 1040]),
        ("at = \"10041ms\"\nfor = \"10ms\"\npartition = [[\"z0\"], [\"z2\"]]", [40, 40]),
        // One way: items pass where acknowledgements do not, and the other way round.
        (
            r#"at = "9s"
for = "9s"
one_way = true
partition = [["z1"], ["z0"]]"#,
            [40, 40],
        ),
        (
            r#"at = "9s"
for = "2s"
one_way = true
partition = [["z0"], ["z1"]]"#,
            [1040, 40],
        ),
        // Held until 10.6 s, then 40 ms.
        ("at = \"9s\"\nfor = \"1600ms\"\nhold = [[\"z0\"], [\"z1\"]]", [640, 40]),
        // z1 is back at 12 s; the copy of 13 s reaches it.
        ("at = \"9s\"\nfor = \"3s\"\ncrash = [\"z1\"]", [3040, 40]),
        // z0 is back at 12 s: published then, aged from when it was due.
        ("at = \"9s\"\nfor = \"3s\"\ncrash = [\"z0\"]", [2040, 2040]),
        // z0 goes down after sending: what is under way arrives.
        ("at = \"10001ms\"\nfor = \"3s\"\ncrash = [\"z0\"]", [40, 40]),
    ] {
        let [event, turmoil] = ages(fault);
        assert_eq!(event, expected, "{fault} on the event engine");
        assert_eq!(turmoil, expected, "{fault} on turmoil");
    }
}

#[test]
fn constant_latencies_as_computed_by_hand() {
    // z0 to z1 30 ms there and 50 back, to z2 70 both; through the hub 20 + 10.
    let text = |exchange: &str| {
        format!(
            r#"horizon = "9s"
[zones.a]
[zones.b]
[zones.c]
[hub]
[network]
latency = "100ms"
[network.link]
"a>b" = {{ latency = "30ms" }}
"b>a" = {{ latency = "50ms" }}
"a-c" = {{ latency = "70ms" }}
"a-hub" = {{ latency = "20ms" }}
"hub-b" = {{ latency = "45ms" }}
"hub-c" = {{ latency = {{ round_trip = "120ms" }} }}
[workload.items]
at = ["1s"]
from = ["a"]
[exchange]
use = "{exchange}"
"#
        )
    };
    for engine in BOTH {
        let mesh = row(&plan_of(&text("mesh")), engine, 1);
        assert_eq!((mesh.to_first_ms, mesh.to_all_ms), (Some(30.0), Some(70.0)));
        assert_eq!((mesh.lower_bound_ms, mesh.stretch), (Some(70.0), Some(1.0)));
        assert_eq!((mesh.messages, mesh.payloads), (Some(4.0), Some(2.0)));
        assert_eq!((mesh.mean_arrival_ms, mesh.redundancy), (Some(100.0 / 3.0), Some(0.0)));
        let hub = row(&plan_of(&text("hub")), engine, 1);
        assert_eq!((hub.to_first_ms, hub.to_all_ms), (Some(65.0), Some(80.0)));
        assert_eq!((hub.messages, hub.payloads), (Some(6.0), Some(3.0)));
        assert_eq!((hub.stretch, hub.redundancy), (Some(80.0 / 70.0), Some(0.5)));
    }
}

/// Items come all the time, faster than anything is sent again; what a cut took of them must come
/// soon after it has ended, and not only once all is quiet.
#[test]
fn steady_traffic_does_not_put_off_what_a_cut_took() {
    for exchange in [
        "use = \"mesh\"\nmesh = { retry = \"200ms\", retry_max = \"800ms\" }",
        "use = \"hub\"\nhub = { retry = \"200ms\", retry_max = \"800ms\" }",
        "use = \"hub-with-fallback\"\nhub-with-fallback = { retry = \"200ms\", retry_max = \"800ms\" }",
        "use = \"flood\"\nflood = { acknowledged = true, retry = \"200ms\", retry_max = \"800ms\" }",
        "use = \"relay\"\nrelay = { retry = \"200ms\", retry_max = \"800ms\" }",
        "use = \"plumtree\"\nplumtree = { retry = \"200ms\", retry_max = \"800ms\" }",
    ] {
        let plan = plan_of(&format!(
            r#"horizon = "9s"
stop = "horizon"
[zones]
generate = 2
[hub]
[network]
latency = "5ms"
[workload.items]
interval = "20ms"
[[fault]]
at = "2s"
for = "100ms"
isolate = ["z1"]
[exchange]
{exchange}
"#
        ));
        for engine in BOTH {
            let row = row(&plan, engine, 1);
            // Of 450 items five fall into the cut, which is over before anything is sent again.
            let open = row.incomplete.unwrap();
            assert!(
                open <= 1.0,
                "{exchange} on {engine}: {open} have not come seven seconds later"
            );
            let all = row.to_all_ms.unwrap();
            assert!(all < 20.0, "{exchange} on {engine}: {all} ms in the mean");
        }
    }
}

/// A fault after the horizon would take what is under way to z1 and cancel its repetition. It never
/// starts, so the run does not end before the horizon as one in which nothing is pending, and the item
/// is no missed delivery.
#[test]
fn faults_after_the_horizon_take_nothing() {
    let timeout = "retry = \"200ms\", retry_max = \"800ms\"";
    for exchange in [
        format!("use = \"mesh\"\nmesh = {{ {timeout} }}"),
        format!("use = \"hub\"\nhub = {{ {timeout} }}"),
        "use = \"flood\"\nflood = { topology = \"complete\" }".into(),
        format!(
            "use = \"flood\"\nflood = {{ topology = \"complete\", acknowledged = true, {timeout} }}"
        ),
        format!("use = \"plumtree\"\nplumtree = {{ topology = \"complete\", {timeout} }}"),
        "use = \"gossip\"\ngossip = { mode = \"push\" }".into(),
        "use = \"gossip\"\ngossip = { mode = \"push-pull\" }".into(),
        format!("use = \"hub-with-fallback\"\nhub-with-fallback = {{ {timeout} }}"),
        format!("use = \"relay\"\nrelay = {{ {timeout} }}"),
        "use = \"anti-entropy\"\nanti-entropy = { interval = \"500ms\" }".into(),
        "use = \"bulletin\"\nbulletin = { interval = \"500ms\" }".into(),
    ] {
        for fault in [
            "crash = [\"z0\", \"z1\", \"hub\"]\nmemory = \"lost\"\nfor = \"1s\"",
            "crash = [\"z0\", \"z1\", \"hub\"]",
            "partition = [[\"z0\"], [\"*\"]]",
            "hold = [[\"z0\"], [\"*\"]]",
        ] {
            let scenario = format!(
                r#"horizon = "1s"
[zones]
generate = 2
[hub]
[network]
latency = "40ms"
[workload.items]
at = ["990ms"]
from = ["z0"]
[[fault]]
at = "1s"
{fault}
[exchange]
{exchange}
"#
            );
            for engine in BOTH {
                let run = <Simulation>::new(plan_of(&scenario)).run_on(engine, 1);
                assert!(run.violation.is_none(), "{scenario} on {engine}: {:?}", run.violation);
                let reason = run.end.map(|end| end.reason);
                assert_eq!(reason, Some(StopReason::Horizon), "{scenario} on {engine}");
            }
        }
    }
}

/// Has enough after some deliveries.
struct Deliveries {
    at: Vec<SimTime>,
    enough: usize,
}

impl<M> TraceSink<M> for Deliveries {
    fn record(&mut self, at: SimTime, event: &Event<'_, M>) {
        if matches!(event, Event::Learn { .. }) {
            self.at.push(at);
        }
    }

    fn is_full(&self) -> bool {
        self.at.len() >= self.enough
    }
}

/// The item of 10 s reaches both zones at 10.04 s; that of 20 s is not published.
#[test]
fn a_run_ends_when_its_reader_has_enough() {
    let two = partition("at = \"50s\"\nfor = \"1s\"\nisolate = [\"z1\"]")
        .replace("[\"10s\"]", "[\"10s\", \"20s\"]");
    let plan = plan_of(&two.replace("[\"z0\"]\n[exchange]", "[\"z0\", \"z0\"]\n[exchange]"));
    for (enough, end) in [
        (0, RunEnd { at: SimTime(0), reason: StopReason::Full }),
        (1, RunEnd { at: SimTime(10_040), reason: StopReason::Full }),
        (2, RunEnd { at: SimTime(10_040), reason: StopReason::Full }),
        (3, RunEnd { at: SimTime(20_040), reason: StopReason::Full }),
        (5, RunEnd { at: SimTime(20_040), reason: StopReason::Settled }),
    ] {
        for engine in BOTH {
            let mut sink = Deliveries { at: Vec::new(), enough };
            assert_eq!(engine::run::<Builtin, _>(engine, &plan, 1, &mut sink), end, "{engine}");
            let seen = if end.at.0 < 10_000 { 0 } else { (end.at.0 / 10_000) as usize * 2 };
            assert_eq!(sink.at.len(), seen, "{enough} on {engine}");
        }
    }
}
