//! `log` in whole runs: its formulas on both engines, one order under faults, and what a majority does.

use std::collections::{BTreeMap, BTreeSet};

use crate::common::formula::{Given, formula, value};
use crate::common::{BuiltinPlan, digest, plan_of, row};
use zonesim::engine::{self, Engine, Event, TraceSink};
use zonesim::id::NodeId;
use zonesim::metrics::invariants::Kind;
use zonesim::protocol::WireMessage;
use zonesim::protocol::exchange::{BuiltinMessage, log::Message};
use zonesim::protocol::node::{Builtin, Envelope, EnvelopeOf};
use zonesim::protocol::raft::Content;
use zonesim::testing::Scenario;
use zonesim::time::SimTime;

/// One way between two zones in ms, no two alike but by chance.
fn link(a: u32, b: u32) -> f64 {
    let (low, high) = (a.min(b), a.max(b));
    f64::from(10 + (7 * low + 13 * high) % 50)
}

/// What is seen of a run, in ms.
#[derive(Debug, Default, PartialEq)]
struct Seen {
    /// Each message of the exchange: when it was sent, whether it is part of a vote, and its payloads.
    sent: Vec<(f64, bool, u32)>,
    /// The first zone to send entries or a heartbeat, and when.
    leader: Option<(u32, f64)>,
    /// By item, its zone and when.
    published: BTreeMap<u32, (u32, f64)>,
    /// Item, zone and time, in the order of the trace; not what is learnt again.
    learnt: Vec<(u32, u32, f64)>,
}

impl TraceSink<EnvelopeOf<Builtin>> for Seen {
    fn record(&mut self, at: SimTime, event: &Event<'_, EnvelopeOf<Builtin>>) {
        let ms = at.0 as f64;
        match event {
            Event::Send { from, message: Envelope::Exchange(message), .. } => {
                let mut is_vote = false;
                if let BuiltinMessage::Log(message) = message
                    && let Message::Raft(raft) = &**message
                {
                    is_vote = matches!(raft.content, Content::RequestVote(_) | Content::Vote(_));
                    if matches!(raft.content, Content::AppendEntries { .. }) {
                        self.leader.get_or_insert((from.0, ms));
                    }
                }
                self.sent.push((ms, is_vote, message.items().count()));
            }
            Event::Publish { node, item, .. } => {
                self.published.insert(item.0, (node.0, ms));
            }
            Event::Learn { node, item, again: false, .. } => {
                self.learnt.push((item.0, node.0, ms));
            }
            _ => {}
        }
    }
}

fn seen(plan: &BuiltinPlan, engine: Engine, seed: u64) -> Seen {
    let mut seen = Seen::default();
    engine::run::<Builtin, _>(engine, plan, seed, &mut seen);
    seen
}

#[test]
fn costs_and_times_are_those_of_the_formulas() {
    for zones in [3, 4, 7] {
        let mut links = String::new();
        for (a, b) in (0..zones).flat_map(|b| (0..b).map(move |a| (a, b))) {
            links += &format!("\"z{a}-z{b}\" = {{ latency = \"{}ms\" }}\n", link(a, b));
        }
        let at: Vec<_> = (0..zones).map(|zone| format!("\"{}s\"", 60 + zone)).collect();
        let from: Vec<_> = (0..zones).map(|zone| format!("\"z{zone}\"")).collect();
        let plan = plan_of(&format!(
            r#"horizon = "70s"
stop = "horizon"
[zones]
generate = {zones}
[network.link]
{links}[workload.items]
at = [{}]
from = [{}]
[exchange]
use = "log"
[exchange.log]
election = "20s"
election_max = "40s"
heartbeat = "12s"
"#,
            at.join(", "),
            from.join(", ")
        ));
        let seen = seen(&plan, Engine::Event, 1);
        assert_eq!(seen, self::seen(&plan, Engine::Turmoil, 1), "{zones} zones");
        check_formulas(&seen, zones);
    }
}

fn check_formulas(seen: &Seen, zones: u32) {
    let (leader, elected) = seen.leader.expect("a leader");
    let others = || (0..zones).filter(|&zone| zone != leader);
    let mut round_trips: Vec<_> = others().map(|zone| 2.0 * link(leader, zone)).collect();
    round_trips.sort_by(f64::total_cmp);
    let majority = round_trips[zones as usize / 2 - 1];
    let count = |from: f64, to: f64| {
        seen.sent.iter().filter(|(at, ..)| (from..to).contains(at)).count() as f64
    };
    let given = Given::from([("n", f64::from(zones)), ("M", majority)]);
    let asked = seen.sent[0].0;
    assert_eq!(
        elected - asked,
        value(formula("log", "from the last timeout to the election"), &given)
    );
    let votes = seen.sent.iter().filter(|(_, is_vote, _)| *is_vote).count() as f64;
    let heartbeat = value(formula("log", "messages of a heartbeat"), &given);
    // The leader says that it leads with a heartbeat.
    assert_eq!(
        votes + heartbeat,
        value(formula("log", "messages of an election with one candidate"), &given)
    );
    let heartbeats = ((60_000.0 - elected) / 12_000.0).floor() + 1.0;
    assert_eq!(count(0.0, 60_000.0), votes + heartbeats * heartbeat);
    for (&item, &(origin, at)) in &seen.published {
        let (up, of) = match origin == leader {
            true => (0.0, " of the leader"),
            false => (link(origin, leader), ""),
        };
        let told = others().filter(|&zone| zone != origin).map(|zone| link(leader, zone));
        let farthest = told.fold(0.0, f64::max);
        let given = Given::from([("n", zones.into()), ("U", up), ("M", majority), ("F", farthest)]);
        let learnt = |at: &dyn Fn(u32) -> bool| {
            let all = seen.learnt.iter().filter(|(learnt, zone, _)| *learnt == item && at(*zone));
            all.map(|(.., at)| *at).fold(0.0, f64::max)
        };
        if origin != leader {
            let committed = value(formula("log", "time until it is committed"), &given);
            assert_eq!(learnt(&|zone| zone == leader) - at, committed);
        }
        assert_eq!(learnt(&|_| true) - at, value(formula("log", "time to all"), &given));
        let messages = match of {
            "" => formula("log", "messages per item, one at a time"),
            _ => formula("log", "messages per item of the leader, one at a time"),
        };
        assert_eq!(count(at, at + 1_000.0), value(messages, &given), "{zones}, {origin}");
        let payloads = match of {
            "" => formula("log", "payloads per item, one at a time"),
            _ => formula("log", "payloads per item of the leader, one at a time"),
        };
        let window = at..at + 1_000.0;
        let sent = seen.sent.iter().filter(|(at, ..)| window.contains(at));
        let carried: u32 = sent.map(|(.., payloads)| payloads).sum();
        assert_eq!(f64::from(carried), value(payloads, &given), "{zones}, {origin}");
    }
}

/// Five zones 50 ms apart that elect within 5 to 10 s.
fn five(horizon: &str, rest: &str) -> String {
    format!(
        r#"horizon = "{horizon}"
[zones]
generate = 5
[network]
latency = "50ms"
[exchange]
use = "log"
[exchange.log]
heartbeat = "1s"
retry = "2s"
{rest}"#
    )
}

/// Loss, partitions and crashes that take memory, and items all the while: every zone learns what a
/// zone with more of them has learnt, in the same order, and in the end all have all.
#[test]
fn there_is_one_order_under_faults() {
    let text = five(
        "200s",
        r#"max_entries = 3
[workload.items]
interval = "1s"
count = 60
[nemesis]
kinds = ["partition", "crash", "loss"]
mean_between = "6s"
mean_repair = "6s"
max_concurrent = 3
memory = "lost"
until = "90s"
"#,
    );
    let plan = plan_of(&text);
    let (mut compared, mut leaders) = (0, BTreeSet::new());
    for seed in 1..=12 {
        let seen = seen(&plan, Engine::Event, seed);
        let of_zone = |zone: u32| -> Vec<u32> {
            let own = |item: &u32| seen.published[item].0 == zone;
            let all = seen.learnt.iter().filter(|learnt| learnt.1 == zone).map(|learnt| learnt.0);
            all.filter(|item| !own(item)).collect()
        };
        // The order of zone 0 with its own items left out of the others' is that of all.
        let first = of_zone(0);
        for zone in 1..5 {
            let is_foreign = |item: &u32| ![0, zone].contains(&seen.published[item].0);
            let [a, b] = [first.clone(), of_zone(zone)]
                .map(|all| all.into_iter().filter(is_foreign).collect::<Vec<_>>());
            compared += a.len();
            assert_eq!(a, b, "seed {seed}, zone {zone}");
        }
        leaders.extend(seen.leader.map(|(leader, _)| leader));
        let row = row(&plan, Engine::Event, seed);
        assert_eq!((row.items, row.incomplete), (Some(60.0), Some(0.0)), "seed {seed}");
        if seed <= 2 {
            assert_eq!(digest(&plan, Engine::Event, seed), digest(&plan, Engine::Turmoil, seed));
        }
    }
    println!("{compared} items compared, first leaders {leaders:?}");
    assert!(compared > 1_000 && leaders.len() > 3);
}

/// While two of five zones are cut off, the other three deliver once they have a leader, and the two
/// deliver nothing; then all have all.
#[test]
fn a_majority_delivers_and_a_minority_does_not() {
    const RUNS: u64 = 60;
    let text = five(
        "100s",
        r#"[workload.items]
at = ["21s", "21s"]
from = ["z0", "z2"]
[[fault]]
at = "20s"
for = "40s"
partition = [["z0", "z1"], ["z2", "z3", "z4"]]
"#,
    );
    let plan = plan_of(&text);
    let mut at_once = 0;
    for seed in 1..=RUNS {
        let seen = seen(&plan, Engine::Event, seed);
        let last = |item: u32, zones: &[u32]| {
            let all =
                seen.learnt.iter().filter(|learnt| learnt.0 == item && zones.contains(&learnt.1));
            let times: Vec<_> = all.map(|learnt| learnt.2).collect();
            assert_eq!(times.len(), zones.len(), "seed {seed}, item {item}");
            times.into_iter().fold(0.0, f64::max)
        };
        assert!(seen.learnt.iter().all(|&(item, _, at)| item == 1 || at >= 60_000.0), "{seed}");
        assert!(seen.learnt.iter().all(|&(_, zone, at)| zone >= 2 || at >= 60_000.0), "{seed}");
        // One range of timeouts, an election, a message to the new leader, and the round trips.
        at_once += u64::from(last(1, &[3, 4]) <= 30_000.0 + 7.0 * 50.0);
        // Zones that asked for votes in vain have a later term: another election, or a few.
        assert!(last(1, &[0, 1, 3, 4]) <= 90_000.0 && last(0, &[1, 2, 3, 4]) <= 90_000.0, "{seed}");
    }
    // Three timeouts that are uniform on 5 s: (1 - 0.05 / 5)^3, and in 3 of 5 runs the leader is here.
    let share = at_once as f64 / RUNS as f64;
    let least = 0.6 + 0.4 * libm::pow(1.0 - 0.05 / 5.0, 3.0);
    let error = (least * (1.0 - least) / RUNS as f64).sqrt();
    println!("{share} at once, {least} ± {error} at the least");
    assert!(share >= least - 4.0 * error, "{share}, {least}");
}

/// What a zone has missed comes in as few messages as may be, up to the limit.
#[test]
fn a_message_has_so_many_entries_at_most() {
    let elected = seen(&plan_of(&five("11s", "")), Engine::Event, 1).leader;
    let (leader, _) = elected.expect("a leader");
    let [origin, isolated] = [1, 2].map(|more| (leader + more) % 5);
    for (limit, largest) in [(1, 1), (7, 7), (100, 40)] {
        let at = vec!["\"12s\""; 40].join(", ");
        let from = vec![format!("\"z{origin}\""); 40].join(", ");
        let text = five(
            "30s",
            &format!(
                r#"max_entries = {limit}
[workload.items]
at = [{at}]
from = [{from}]
[[fault]]
at = "11s"
for = "4s"
isolate = ["z{isolated}"]
"#
            ),
        );
        let plan = plan_of(&text);
        let seen = seen(&plan, Engine::Event, 1);
        let most = seen.sent.iter().filter(|(at, ..)| *at > 15_000.0).map(|sent| sent.2).max();
        assert_eq!(most, Some(largest), "{limit}");
        assert_eq!(row(&plan, Engine::Event, 1).incomplete, Some(0.0));
    }
}

/// A policy that splits nobody: leads go through the log, to an observer too, and findings of the hub
/// directly.
#[test]
fn a_policy_for_all_is_obeyed() {
    let text = r#"horizon = "120s"
[zones.a]
[zones.b]
[zones.c]
role = "observer"
[hub]
seat = "a"
[network]
latency = "50ms"
[workload]
use = "organisation"
[workload.organisation]
members = 4
corroboration = 2
lead_interval = "5s"
assessment = "1s"
warning = "1s"
[desk]
fusion = "hub"
[release]
approval = "100ms"
delay = "1s"
tlp = { green = 1.0 }
rules = [{ from = "a", to = "*", delay = "2s" }, { from = "b", to = ["a", "c"], delay = "3s" }]
[exchange]
use = "log"
[coordination]
use = "independent"
"#;
    let run = Scenario::parse(text).and_then(|s| s.simulation()).expect("a scenario").run(1);
    assert_eq!(run.violation, None);
    assert!(run.metrics.captured > Some(1.0), "{:?}", run.metrics.captured);
    let log =
        run.events().filter(|(_, event)| matches!(event, Event::Learn { node: NodeId(2), .. }));
    assert!(log.count() > 5, "the observer learns leads");
}

/// Delivers items as they come: two zones learn what two others publish in different orders.
#[test]
fn an_exchange_without_order_is_found_out() {
    use zonesim::protocol::exchange::{self, mesh};
    use zonesim::protocol::{self, NamedProtocol, WithBuiltin};

    struct Unordered(mesh::Mesh);
    impl protocol::Protocol for Unordered {
        type Message = <mesh::Mesh as protocol::Protocol>::Message;
        type Timer = <mesh::Mesh as protocol::Protocol>::Timer;
        type Input = exchange::Publish;
        type Output = exchange::Deliver;

        fn handle(&mut self, input: protocol::Input<Self>, out: &mut protocol::Out<'_, Self>) {
            if let Some(input) = input.map::<mesh::Mesh>(Some, Some) {
                self.0.handle(input, out);
            }
        }
    }
    impl NamedProtocol for Unordered {
        type Params = mesh::Params;
        const INFO: protocol::ProtocolInfo =
            protocol::ProtocolInfo { name: "unordered", ..mesh::INFO };

        fn new(
            params: &mesh::Params,
            view: &protocol::NodeView,
            resolution: zonesim::time::NanoDuration,
        ) -> Self {
            Self(mesh::Mesh::new(params, view, resolution))
        }

        fn has_total_order(_params: &mesh::Params) -> bool {
            true
        }
    }
    let text = r#"horizon = "10s"
[zones]
generate = 4
[network]
latency = "50ms"
[network.link]
"z0-z2" = { latency = "10ms" }
"z1-z3" = { latency = "10ms" }
[workload.items]
at = ["0s", "0s"]
from = ["z0", "z1"]
[exchange]
use = "unordered"
"#;
    type Set = (WithBuiltin<Unordered>, zonesim::protocol::coordination::Builtin);
    let run = Scenario::<Set>::parse_custom(text)
        .and_then(|s| s.simulation())
        .expect("a scenario")
        .run(1);
    let violation = run.violation.expect("no order");
    assert_eq!(violation.kind, Kind::Order, "{violation}");
    assert!(violation.what.contains("z2 learns item 0 where z3 learns item 1"), "{violation}");
}
