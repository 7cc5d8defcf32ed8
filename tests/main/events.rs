//! Every event in words: what is said of a message when it is sent is what becomes of it.

use std::collections::BTreeMap;

use zonesim::engine::{self, Engine, StopReason};
use zonesim::experiment::fuzz::random::{self, Protocols};
use zonesim::plan::Plan;
use zonesim::protocol::node::Builtin;
use zonesim::report::Events;

/// Random worlds.
const WORLDS: u64 = 300;

/// What must be said in some of them, or they would prove little.
const PHRASES: [&str; 33] = [
    "lost: by chance",
    "lost: loss ",
    "lost at ",
    ": partition ",
    ": isolation of ",
    ": crash of ",
    "queued ",
    "dropped: no room in the queue",
    "held until ",
    "held for ever",
    "; a copy: due ",
    "; a copy: lost at ",
    "; learns item",
    " again",
    "is back",
    "locates member",
    "decides: strike",
    "captures it",
    "it had escaped",
    "the other members are warned",
    "ack of item",
    "push-pull of nothing",
    "sends to z1: pull",
    "pull reply of item",
    "feedback: knew ",
    "rejection of no.",
    "ihave item",
    "graft for ",
    "prune, has item",
    "rejoin, has ",
    "rejoin reply, has ",
    "order to strike at",
    "prepared, round",
];

/// The instant of a line, and the rest of it.
fn at(line: &str) -> (f64, &str) {
    let (time, text) = line.trim_start().split_once(" s  ").expect("an instant");
    (time.parse().expect("seconds"), text)
}

/// The instants at which a message and its copy are due.
fn due(fate: &str) -> Vec<f64> {
    let rests = fate.split("due ").skip(1);
    rests.map(|rest| rest.split(" s").next().unwrap().parse().expect("seconds")).collect()
}

/// By what is heard and when, how often it is heard less how often that was said to come.
fn balance(lines: &[&str], heard_by: impl Fn(f64) -> bool) -> BTreeMap<String, i64> {
    let mut balance = BTreeMap::<String, i64>::new();
    for (time, text) in lines.iter().map(|line| at(line)) {
        if let Some((from, rest)) = text.split_once(" sends to ") {
            let (said, fate) = rest.rsplit_once("  ").expect("what becomes of it");
            let (to, words) = said.trim_end().split_once(": ").expect("words");
            for due in due(fate).into_iter().filter(|&due| heard_by(due)) {
                *balance.entry(format!("{due} {to} receives from {from}: {words}")).or_default() -=
                    1;
            }
        } else if text.contains(" receives from ") {
            let heard = text.split("; learns ").next().unwrap();
            *balance.entry(format!("{time} {heard}")).or_default() += 1;
        }
    }
    balance
}

#[test]
fn what_is_said_of_a_message_is_what_becomes_of_it() {
    let mut said = BTreeMap::<&str, u64>::new();
    let mut late = 0;
    let protocols = Protocols::new::<Builtin>();
    for seed in 0..WORLDS {
        let loaded = random::scenario(seed, &protocols).load("random.toml", &[]).unwrap();
        let plan = Plan::new::<Builtin>(&loaded).unwrap();
        let mut events = Events::new(&plan, seed, Vec::new());
        let ending = engine::run::<Builtin, _>(Engine::Event, &plan, seed, &mut events);
        let text = String::from_utf8(events.finish().unwrap()).unwrap();
        let lines: Vec<_> = text.lines().collect();
        let (end, last) = at(lines.last().unwrap());
        assert!(last.starts_with("the run ends: "), "seed {seed}: {last}");
        assert!(lines.windows(2).all(|two| at(two[0]).0 <= at(two[1]).0), "seed {seed}");
        for phrase in PHRASES {
            *said.entry(phrase).or_default() += text.matches(phrase).count() as u64;
        }
        late +=
            lines.iter().filter(|line| line.contains(" finds ") && line.contains(", due ")).count();
        // The horizon is exclusive; any other end is the close of its instant.
        let is_horizon = ending.reason == StopReason::Horizon;
        let balance = balance(&lines, |due| due < end || (due == end && !is_horizon));
        let wrong: Vec<_> = balance.iter().filter(|(_, count)| **count != 0).collect();
        assert!(wrong.is_empty(), "seed {seed}: {wrong:#?}");
    }
    println!("{said:#?} late publications: {late}");
    let missing: Vec<_> = PHRASES.iter().filter(|&phrase| said[phrase] == 0).collect();
    assert!(missing.is_empty() && late > 0, "never said: {missing:?}");
}
