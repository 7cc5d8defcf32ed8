//! `consensus` in whole runs: leaders that crash, partitions, and the properties of Raft in what is sent.

use std::collections::{BTreeMap, BTreeSet};

use crate::common::{BuiltinPlan, SILENT_EXCHANGE, digest, lines, plan_of, row};
use zonesim::engine::{self, Engine, Event, TraceSink};
use zonesim::id::NodeId;
use zonesim::protocol::coordination::consensus::Message;
use zonesim::protocol::coordination::{Builtin as C, BuiltinMessage};
use zonesim::protocol::exchange::Builtin as X;
use zonesim::protocol::node::{Envelope, EnvelopeOf};
use zonesim::protocol::raft::{Content, Entry, Position};
use zonesim::time::{LocalTime, SimTime};

/// Five zones with a member each, located in the first two seconds; all links take 100 ms. A leader
/// proposes after 2 s of quiet, or at 20 s, a time that is 10.5 s later.
fn world(rest: &str) -> BuiltinPlan {
    let leads: Vec<_> = (0..5)
        .map(|zone| {
            format!("{{ at = \"{}ms\", from = \"z{zone}\", about = {zone} }}", 1_000 + zone)
        })
        .collect();
    plan_of(&format!(
        r#"horizon = "70s"
stop = "horizon"
resolution = "10ms"
[zones]
generate = 5
[network]
latency = "100ms"
{SILENT_EXCHANGE}[workload]
use = "organisation"
[workload.organisation]
members = 5
homes = ["z0", "z1", "z2", "z3", "z4"]
leads = [{}]
corroboration = 1
assessment = {{ constant = "10ms" }}
warning = "30s"
[coordination]
use = "consensus"
[coordination.consensus]
election = "3s"
election_max = "6s"
heartbeat = "1s"
quiet = "2s"
deadline = "20s"
probe = "1s"
heard_within = "1500ms"
margin = "10s"
{rest}"#,
        leads.join(", ")
    ))
}

/// From a proposal to its time, in ms: two round trips, the bound on clocks and the margin.
const LEAD: u64 = 400 + 100 + 10_000;

/// What there is to see, in ms.
#[derive(Debug, Default)]
struct Seen {
    elected: Vec<(u64, NodeId)>,
    decided: Vec<(u64, NodeId, i64)>,
    struck: Vec<(u64, NodeId)>,
}

impl TraceSink<EnvelopeOf<(X, C)>> for Seen {
    fn record(&mut self, at: SimTime, event: &Event<'_, EnvelopeOf<(X, C)>>) {
        let now = 10 * at.0;
        match *event {
            Event::Elected { node, .. } => self.elected.push((now, node)),
            Event::Decide { node, at: LocalTime(time) } => {
                self.decided.push((now, node, 10 * time));
            }
            Event::Strike { node, .. } => self.struck.push((now, node)),
            _ => {}
        }
    }
}

impl Seen {
    /// The times that were decided.
    fn times(&self) -> BTreeSet<i64> {
        self.decided.iter().map(|&(.., time)| time).collect()
    }

    /// The zones that struck at an instant.
    fn strikers(&self, at: u64) -> usize {
        self.struck.iter().filter(|(struck, _)| *struck == at).count()
    }
}

/// A run without a violation, the same on both engines.
fn seen(plan: &BuiltinPlan, seed: u64) -> Seen {
    let mut seen = Seen::default();
    engine::run::<(X, C), _>(Engine::Event, plan, seed, &mut seen);
    row(plan, Engine::Event, seed);
    assert_eq!(digest(plan, Engine::Event, seed), digest(plan, Engine::Turmoil, seed));
    seen
}

/// The leader of a seed if nothing fails, and when it proposes.
fn proposal(seed: u64) -> (NodeId, u64) {
    let seen = seen(&world(""), seed);
    let (decided, leader, time) = seen.decided[0];
    assert_eq!((seen.times().len(), seen.elected.last().unwrap().1), (1, leader));
    let proposed = time as u64 - LEAD;
    assert_eq!(decided, proposed + 200, "a round trip to the nearest majority");
    assert!(seen.decided[1..].iter().all(|&(at, ..)| at == decided + 100));
    assert_eq!(seen.strikers(time as u64), 5);
    (leader, proposed)
}

const SEEDS: std::ops::Range<u64> = 1..4;

/// The decision is committed, and its leader crashes with the loss of its memory.
#[test]
fn a_decision_survives_the_crash_of_its_leader() {
    for seed in SEEDS {
        let (leader, proposed) = proposal(seed);
        for back in ["5s", "20s"] {
            let crash = format!(
                "[[fault]]\nat = \"{}ms\"\nfor = \"{back}\"\ncrash = [\"z{}\"]\nmemory = \"lost\"\n",
                proposed + 210,
                leader.0
            );
            let seen = seen(&world(&crash), seed);
            let time = proposed + LEAD;
            assert_eq!(seen.times(), [time as i64].into(), "seed {seed}");
            assert_eq!(seen.decided.len(), 5, "each zone decides once");
            assert!(seen.elected.len() >= 2, "another leader follows");
            // It keeps the decision: it strikes with the others if it is back by then.
            let late = proposed + 210 + 20_000;
            let expected = if back == "5s" { (5, 0) } else { (4, 1) };
            assert_eq!((seen.strikers(time), seen.strikers(late)), expected, "seed {seed}");
        }
    }
}

/// The entry reaches the others, and its leader crashes before it hears of that: the next leader keeps
/// the time.
#[test]
fn a_proposal_that_others_have_is_completed_by_the_next_leader() {
    for seed in SEEDS {
        let (leader, proposed) = proposal(seed);
        let crash = format!(
            "[[fault]]\nat = \"{}ms\"\nfor = \"40s\"\ncrash = [\"z{}\"]\nmemory = \"lost\"\n",
            proposed + 50,
            leader.0
        );
        let seen = seen(&world(&crash), seed);
        let time = proposed + LEAD;
        assert_eq!(seen.times(), [time as i64].into(), "seed {seed}");
        let (decided, by, _) = seen.decided[0];
        assert_ne!(by, leader);
        assert!(decided > proposed + 3_000 && decided < time, "after an election, before its time");
        assert_eq!(seen.strikers(time), 4, "seed {seed}");
        // The old leader learns of it when it is back.
        assert!(seen.struck.iter().any(|&(at, zone)| zone == leader && at > proposed + 40_050));
    }
}

/// The leader is cut off as it proposes: its proposal is lost, and there is another decision. It learns of
/// that when the partition is healed.
#[test]
fn a_proposal_that_nobody_has_is_replaced() {
    for seed in SEEDS {
        let (leader, proposed) = proposal(seed);
        let isolation = format!(
            "[[fault]]\nat = \"{}ms\"\nfor = \"20s\"\nisolate = [\"z{}\"]\n",
            proposed - 10,
            leader.0
        );
        let seen = seen(&world(&isolation), seed);
        // The next leader waits for the silent zone until the deadline.
        let time = 20_000 + LEAD;
        assert_eq!(seen.times(), [time as i64].into(), "seed {seed}");
        assert_eq!((seen.decided.len(), seen.strikers(time)), (5, 5), "seed {seed}");
        assert!(seen.decided[4].1 == leader && seen.decided[4].0 > proposed + 19_990);
    }
}

/// Two of five are cut off, with the leader or without it. The others decide at the deadline; these two
/// learn of it when they are healed, or never.
#[test]
fn a_minority_does_not_decide_and_learns_late_or_never() {
    for seed in SEEDS {
        let (leader, proposed) = proposal(seed);
        let (elected, time) = (proposed - 2_400, 20_000 + LEAD);
        for with_leader in [true, false] {
            let first = if with_leader { leader.0 } else { (leader.0 + 1) % 5 };
            let second = (leader.0 + 2) % 5;
            let cut = |length: &str| {
                let zones = format!("[\"z{first}\", \"z{second}\"]");
                let rest = (0..5).filter(|zone| ![first, second].contains(zone));
                let rest: Vec<_> = rest.map(|zone| format!("\"z{zone}\"")).collect();
                format!(
                    "[[fault]]\nat = \"{}ms\"\n{length}partition = [{zones}, [{}]]\n",
                    elected + 500,
                    rest.join(", ")
                )
            };
            let never = seen(&world(&cut("")), seed);
            assert_eq!(never.times(), [time as i64].into(), "seed {seed}");
            assert_eq!((never.strikers(time), never.struck.len()), (3, 3), "seed {seed}");
            let healed = seen(&world(&cut("for = \"45s\"\n")), seed);
            assert_eq!(healed.times(), [time as i64].into(), "seed {seed}");
            assert_eq!((healed.strikers(time), healed.struck.len()), (3, 5), "seed {seed}");
            let late = healed.struck.iter().filter(|(at, _)| *at > elected + 45_500);
            let late: BTreeSet<_> = late.map(|(_, zone)| zone.0).collect();
            assert_eq!(late, [first, second].into(), "seed {seed}");
        }
    }
}

/// Three of five are gone: nothing is decided, whether the leader is among them or not, until they are back.
#[test]
fn without_a_majority_nothing_is_decided() {
    for seed in SEEDS {
        let (leader, proposed) = proposal(seed);
        for skipped in [0, 1] {
            let gone = (0..3).map(|zone| format!("\"z{}\"", (leader.0 + skipped + zone) % 5));
            let gone: Vec<_> = gone.collect();
            let crash = |length: &str| {
                format!(
                    "[[fault]]\nat = \"{}ms\"\n{length}crash = [{}]\nmemory = \"lost\"\n",
                    proposed - 1_000,
                    gone.join(", ")
                )
            };
            let seen_without = seen(&world(&crash("")), seed);
            assert_eq!((seen_without.decided.len(), seen_without.struck.len()), (0, 0));
            let seen_with = seen(&world(&crash("for = \"20s\"\n")), seed);
            assert_eq!((seen_with.times().len(), seen_with.struck.len()), (1, 5), "seed {seed}");
        }
    }
}

/// Neither the hub nor an observer votes, is told anything, or counts for a majority.
#[test]
fn observers_and_the_hub_are_excluded() {
    let plan = plan_of(
        r#"horizon = "60s"
[zones.a]
[zones.b]
[zones.c]
role = "observer"
[zones.d]
role = "observer"
[hub]
seat = "a"
[workload]
use = "organisation"
[workload.organisation]
members = 6
lead_interval = "1s"
corroboration = 1
assessment = "1s"
[[fault]]
at = "0s"
crash = ["c", "d"]
[coordination]
use = "consensus"
[coordination.consensus]
election = "2s"
election_max = "4s"
heartbeat = "1s"
quiet = "3s"
margin = "1s"
"#,
    );
    assert!(row(&plan, Engine::Event, 1).captured > Some(0.0));
    let trace = lines(&plan, Engine::Event, 1);
    let told: Vec<_> = trace.iter().filter(|line| line.contains("\"Coordination\"")).collect();
    let others = ["\"c\"", "\"d\"", "\"hub\""].map(|name| format!("\"to\":{name}"));
    assert!(!told.is_empty());
    assert!(!told.iter().any(|line| others.iter().any(|other| line.contains(other))));
}

/// The properties of Raft as far as messages show them. A leader's log is what it sends.
#[derive(Default)]
struct Properties {
    /// By term, its leader.
    leaders: BTreeMap<u64, NodeId>,
    /// By position, the entry and the term before it.
    entries: BTreeMap<Position, (u64, Entry<LocalTime>)>,
    /// By index, the term of the committed entry, and the first term whose leader knew it.
    committed: BTreeMap<u64, (u64, u64)>,
    matching: u64,
    complete: u64,
}

impl Properties {
    fn append(&mut self, from: NodeId, term: u64, content: &Content<LocalTime>) {
        let Content::AppendEntries { previous, entries, commit } = content else { return };
        assert_eq!(*self.leaders.entry(term).or_insert(from), from, "two leaders of term {term}");
        let mut before = previous.term;
        for (entry, index) in entries.iter().zip(previous.index + 1..) {
            let position = Position { term: entry.term, index };
            let link = (before, entry.clone());
            let known = self.entries.entry(position).or_insert_with(|| link.clone());
            assert_eq!(*known, link, "logs differ at {position:?}");
            self.matching += 1;
            if let Some((committed, since)) = self.committed.get(&index)
                && *since <= term
            {
                assert_eq!(entry.term, *committed, "the leader of term {term} lacks entry {index}");
                self.complete += 1;
            }
            before = entry.term;
        }
        let sent = entries.iter().map(|entry| entry.term).zip(previous.index + 1..);
        for (entry_term, index) in [(previous.term, previous.index)].into_iter().chain(sent) {
            if (1..=*commit).contains(&index) {
                let (known, _) = *self.committed.entry(index).or_insert((entry_term, term));
                assert_eq!(known, entry_term, "two committed entries of index {index}");
            }
        }
    }
}

impl TraceSink<EnvelopeOf<(X, C)>> for Properties {
    fn record(&mut self, _at: SimTime, event: &Event<'_, EnvelopeOf<(X, C)>>) {
        if let Event::Send {
            from,
            message: Envelope::Coordination(BuiltinMessage::Consensus(message)),
            ..
        } = event
            && let Message::Raft(message) = &**message
        {
            self.append(*from, message.term, &message.content);
        }
    }
}

/// Loss, partitions and crashes with loss of memory, at random.
#[test]
fn the_properties_of_raft_hold_in_random_runs() {
    let plan = world(
        r#"[nemesis]
kinds = ["partition", "crash", "loss"]
mean_between = "3s"
mean_repair = "5s"
max_concurrent = 3
memory = "lost"
"#,
    );
    let (mut terms, mut matching, mut complete, mut decided) = (0, 0, 0, 0);
    const RUNS: u64 = 150;
    for seed in 0..RUNS {
        let mut properties = Properties::default();
        engine::run::<(X, C), _>(Engine::Event, &plan, seed, &mut properties);
        terms += properties.leaders.len() as u64;
        matching += properties.matching;
        complete += properties.complete;
        let row = row(&plan, Engine::Event, seed);
        decided += u64::from(row.decided_ms.is_some());
    }
    println!(
        "{RUNS} runs: {terms} terms with a leader, {matching} entries compared, {complete} of them \
         committed before, {decided} runs with a decision"
    );
    assert!(terms > 2 * RUNS && matching > RUNS && complete > RUNS && decided > RUNS / 2);
}
