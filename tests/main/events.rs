//! Every event in words: what is said of a message when it is sent is what becomes of it.

use std::collections::{BTreeMap, VecDeque};

use zonesim::engine::{self, Engine, StopReason};
use zonesim::experiment::fuzz::random::{self, Protocols};
use zonesim::id::NodeId;
use zonesim::plan::Plan;
use zonesim::protocol::node::Builtin;
use zonesim::report::Events;
use zonesim::time::SimTime;

/// Random worlds.
const WORLDS: u64 = 200;

/// What must be said in some of them, or they would prove little.
const PHRASES: [&str; 38] = [
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
    "waits in the uplink for smaller ones",
    " has sent to ",
    " has in its downlink, from ",
    "due at the downlink ",
    "waits in the downlink for smaller ones",
    "prepared, round",
];

/// The instant of a line, and the rest of it.
fn at(line: &str) -> (f64, &str) {
    let (time, text) = line.trim_start().split_once(" s  ").expect("an instant");
    (time.parse().expect("seconds"), text)
}

/// When a message and its copy are due, and whether they reach a downlink then.
fn due(fate: &str) -> Vec<(f64, bool)> {
    let rests =
        fate.split("due ").skip(1).map(|rest| match rest.strip_prefix("at the downlink ") {
            Some(rest) => (rest, true),
            None => (rest, false),
        });
    let time = |rest: &str| rest.split(" s").next().unwrap().parse().expect("seconds");
    rests.map(|(rest, is_at_downlink)| (time(rest), is_at_downlink)).collect()
}

/// The receiver, the sender, the words and the fate of a message that a line is about.
fn message(text: &str) -> Option<[&str; 4]> {
    let sends = text.split_once(" sends to ").or(text.split_once(" has sent to "));
    if let Some((from, rest)) = sends {
        let (said, fate) = rest.rsplit_once("  ").expect("what becomes of it");
        let (to, words) = said.trim_end().split_once(": ").expect("words");
        return Some([to, from, words, fate]);
    }
    let (to, rest) = text.split_once(" has in its downlink, from ")?;
    let (said, fate) = rest.rsplit_once("  ").expect("what becomes of it");
    let (from, words) = said.trim_end().split_once(": ").expect("words");
    Some([to, from, words, fate])
}

/// By what is heard and when, how often it is heard less how often that was said to come.
fn balance(lines: &[&str], heard_by: impl Fn(f64) -> bool) -> BTreeMap<String, i64> {
    let mut balance = BTreeMap::<String, i64>::new();
    for (time, text) in lines.iter().map(|line| at(line)) {
        if let Some([to, from, words, fate]) = message(text) {
            if text.contains(" has in its downlink, ") {
                let reached = format!("{time} {to} has from {from}: {words}");
                *balance.entry(reached).or_default() += 1;
            }
            for (due, is_at_downlink) in due(fate).into_iter().filter(|&(due, _)| heard_by(due)) {
                let does = if is_at_downlink { "has" } else { "receives" };
                *balance.entry(format!("{due} {to} {does} from {from}: {words}")).or_default() -= 1;
            }
        } else if text.contains(" receives from ") {
            let heard = text.split("; learns ").next().unwrap();
            *balance.entry(format!("{time} {heard}")).or_default() += 1;
        }
    }
    balance
}

/// By node, the bulk messages that wait: since when, the other node and the words.
type Waiting<'a> = BTreeMap<&'a str, VecDeque<(f64, &'a str, &'a str)>>;

/// Bulk messages leave an uplink and a downlink in the order in which they began to wait, but for those
/// that a crash has lost. Removes their receptions from `balance`; returns how many left either.
fn check_bulk(
    lines: &[&str],
    balance: &mut BTreeMap<String, i64>,
    crashed: impl Fn(&str, [f64; 2]) -> bool,
) -> [u64; 2] {
    let mut left = [0; 2];
    let mut waiting = [Waiting::new(), Waiting::new()];
    let [uplinks, downlinks] = &mut waiting;
    for (time, text) in lines.iter().map(|line| at(line)) {
        if let Some([to, from, words, fate]) = message(text) {
            if text.contains(" has sent to ") {
                let queue = uplinks.entry(from).or_default();
                queue.retain(|&(since, ..)| !crashed(from, [since, time]));
                let first = queue.pop_front().map(|(_, to, words)| [to, words]);
                assert_eq!(first, Some([to, words]), "{time}: {text}");
                left[0] += 1;
            } else if fate == "waits in the uplink for smaller ones" {
                uplinks.entry(from).or_default().push_back((time, to, words));
            }
            if fate == "waits in the downlink for smaller ones" {
                downlinks.entry(to).or_default().push_back((time, from, words));
            }
        } else if let Some((to, rest)) = text.split_once(" receives from ") {
            let heard = text.split("; learns ").next().unwrap();
            let key = format!("{time} {heard}");
            if balance.get(&key).is_none_or(|&count| count <= 0) {
                continue;
            }
            let (from, words) = rest.split_once(": ").expect("words");
            let words = words.split("; learns ").next().unwrap();
            let queue = downlinks.entry(to).or_default();
            queue.retain(|&(since, ..)| !crashed(to, [since, time]));
            // Those that leave at one instant are received in the order of senders.
            let begin = format!("{time} {to} receives from ");
            let now = balance.iter().filter(|(key, count)| key.starts_with(&begin) && **count > 0);
            let now = now.map(|(_, &count)| count as usize).sum();
            let found = queue.iter().take(now).position(|&(_, f, w)| [f, w] == [from, words]);
            let found = found.unwrap_or_else(|| panic!("{time}: {text}: {queue:?}"));
            queue.remove(found);
            *balance.get_mut(&key).expect("it is there") -= 1;
            left[1] += 1;
        }
    }
    left
}

#[test]
#[ignore = "slow"]
fn what_is_said_of_a_message_is_what_becomes_of_it() {
    let mut said = BTreeMap::<&str, u64>::new();
    let (mut late, mut bulk) = (0, [0; 2]);
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
        let mut balance = balance(&lines, |due| due < end || (due == end && !is_horizon));
        let schedule = plan.schedule(seed);
        let seconds = |at: SimTime| at.0 as f64 * plan.resolution.ns as f64 / 1e9;
        let crashed = |name: &str, [since, until]: [f64; 2]| {
            let node = plan.names.iter().position(|other| other == name).expect("a node");
            let tick = SimTime((since * 1e9 / plan.resolution.ns as f64).round() as u64);
            let crash = schedule.next_crash(NodeId(node as u32), tick);
            crash != SimTime::NEVER && seconds(crash) <= until
        };
        let left = check_bulk(&lines, &mut balance, crashed);
        bulk = [bulk[0] + left[0], bulk[1] + left[1]];
        let wrong: Vec<_> = balance.iter().filter(|(_, count)| **count != 0).collect();
        assert!(wrong.is_empty(), "seed {seed}: {wrong:#?}");
    }
    println!("{said:#?} late publications: {late}; bulk messages left links: {bulk:?}");
    assert!(bulk.iter().all(|&left| left > 50), "{bulk:?}");
    let missing: Vec<_> = PHRASES.iter().filter(|&phrase| said[phrase] == 0).collect();
    assert!(missing.is_empty() && late > 0, "never said: {missing:?}");
}
