//! The invariant of `two-phase` in random scenarios of loss, partitions and crashes.

use rand::Rng;
use zonesim::id::NodeId;
use zonesim::protocol::coordination::two_phase::Message;
use zonesim::rng::{RngStream, stream};
use zonesim::time::SimTime;

use super::told::{Told, Word, told};
use crate::common::{BuiltinPlan, plan_of};

const WORLDS: u64 = 2_000;
const HORIZON: u64 = 30_000;

/// A world of a seed; whether its zones go in silence, and whether any of its nodes goes down.
struct World {
    plan: BuiltinPlan,
    goes: bool,
    crashes: bool,
}

fn between(draw: &mut RngStream, least: u32, most: u32) -> u32 {
    least + draw.random_range(0..most - least + 1)
}

fn world(seed: u64) -> World {
    let draw = &mut stream(seed, "two-phase", 0);
    let zones = between(draw, 2, 5);
    let hub = draw.random_range(0..2) == 0;
    let goes = draw.random_range(0..2) == 0;
    let deadline = between(draw, 1_000, 3_000);
    let (faults, crashes) = faults(draw, zones, hub, deadline);
    let text = format!(
        r#"horizon = "{HORIZON}ms"
stop = "horizon"
[zones]
generate = {zones}
{}{faults}[network]
latency = "{}ms"
jitter = {{ uniform = {{ min = "0ms", max = "{}ms" }} }}
loss = 0.{}
[workload]
use = "organisation"
[workload.organisation]
members = {}
lead_interval = "{}ms"
corroboration = 1
away = 0
assessment = "1ms"
[exchange]
use = "gossip"
[exchange.gossip]
interval = "1h"
[coordination]
use = "two-phase"
[coordination.two-phase]
silent = "{}"
quiet = "1h"
deadline = "{deadline}ms"
vote = "{}ms"
margin = "{}ms"
pause = "{}ms"
give_up = "{}ms"
resend = "{}ms"
probe = "{}ms"
"#,
        if hub { "[hub]\n" } else { "" },
        between(draw, 1, 200),
        between(draw, 1, 300),
        draw.random_range(0..7),
        between(draw, 1, 8),
        between(draw, 300, 4_000),
        if goes { "go" } else { "stand-down" },
        between(draw, 0, 1_500),
        between(draw, 0, 2_000),
        between(draw, 1, 2_000),
        between(draw, 0, 12_000),
        between(draw, 50, 500),
        between(draw, 200, 2_000),
    );
    World { plan: plan_of(&text), goes, crashes }
}

/// Up to three, about when the first rounds are.
fn faults(draw: &mut RngStream, zones: u32, hub: bool, deadline: u32) -> (String, bool) {
    let (mut text, mut crashes) = (String::new(), false);
    for _ in 0..draw.random_range(0..4) {
        let node = draw.random_range(0..zones + u32::from(hub));
        let node = if node == zones { "hub".to_owned() } else { format!("z{node}") };
        let at = between(draw, deadline - 500, deadline + 4_000);
        text += &format!("[[fault]]\nat = \"{at}ms\"\n");
        if draw.random_range(0..4) > 0 {
            text += &format!("for = \"{}ms\"\n", between(draw, 100, 5_000));
        }
        match draw.random_range(0..3) {
            0 => text += &format!("crash = [\"{node}\"]\n"),
            1 => text += &format!("isolate = [\"{node}\"]\n"),
            _ => text += &format!("one_way = true\npartition = [[\"{node}\"], [\"*\"]]\n"),
        }
        crashes |= text.ends_with(&format!("crash = [\"{node}\"]\n"));
    }
    (text, crashes)
}

/// When a zone first heard of the go, or said it.
fn heard_of_the_go(told: &Told, zone: NodeId) -> Option<SimTime> {
    let said = told.decided.iter().filter(|&&(_, node, _)| node == zone).map(|&(at, ..)| at);
    let is_go = |word: &&Word| word.to == zone && matches!(word.call, Message::Commit { .. });
    said.chain(told.came.iter().filter(is_go).map(|word| word.at)).min()
}

/// Whether it had by an instant.
fn knows_of_the_go(told: &Told, zone: NodeId, by: SimTime) -> bool {
    heard_of_the_go(told, zone).is_some_and(|at| at <= by)
}

/// Whether a zone was ready in some round whose time had come, and no abort had reached it by then.
fn was_left_ready(told: &Told, zone: NodeId, by: SimTime) -> bool {
    told.came.iter().any(|word| {
        let Message::Prepare { round, at } = word.call else { return false };
        let ready = |word: &Word| word.from == zone && word.call == Message::Prepared(round);
        let aborted = |word: &Word| {
            let Message::Abort(other) = word.call else { return false };
            word.to == zone && other >= round && word.at.0 as i64 <= at.0
        };
        word.to == zone
            && at.0 <= by.0 as i64
            && told.said.iter().any(ready)
            && !told.came.iter().any(aborted)
    })
}

/// A decision is taken once, by the one that takes it, when all have said that they are ready.
fn check_unanimity(told: &Told, plan: &BuiltinPlan) {
    assert!(told.decided.len() <= 1);
    let Some(&(decided, coordinator, at)) = told.decided.first() else { return };
    assert_eq!(coordinator, plan.hub.unwrap_or(NodeId(0)));
    let go = told.said.iter().find_map(|word| match word.call {
        Message::Commit { round, at } => Some((round, at)),
        _ => None,
    });
    let (round, said) = go.expect("a go is said");
    assert_eq!(said, at);
    for zone in (0..plan.zones).map(NodeId).filter(|&zone| zone != coordinator) {
        let came = told.came.iter().any(|word| {
            word.from == zone && word.at <= decided && word.call == Message::Prepared(round)
        });
        assert!(came, "{zone:?} was not ready");
    }
}

/// Nobody strikes who may not.
fn check_safety(told: &Told, goes: bool) {
    for &(at, zone) in &told.struck {
        let may = knows_of_the_go(told, zone, at) || (goes && was_left_ready(told, zone, at));
        assert!(may, "{zone:?} strikes at {at:?}");
    }
}

/// Who hears of the go strikes at the time, or when it hears, or has located somebody; where all go
/// in silence, hearing of it does not matter. Only a crash comes between.
fn check_strikes(told: &Told, plan: &BuiltinPlan, goes: bool) {
    let Some(&(_, _, at)) = told.decided.first() else { return };
    for zone in (0..plan.zones).map(NodeId) {
        let first = |events: &[(SimTime, NodeId)]| {
            events.iter().find(|&&(_, node)| node == zone).map(|&(at, _)| at.0)
        };
        let Some(located) = first(&told.located) else { continue };
        let silence = goes.then_some(SimTime(0));
        let Some(heard) = silence.or(heard_of_the_go(told, zone)) else { continue };
        let due = located.max(at.0 as u64).max(heard.0);
        let struck = first(&told.struck);
        assert!(due >= HORIZON || struck.is_some_and(|struck| struck <= due), "{zone:?} at {due}");
        assert!(goes || due >= HORIZON || struck == Some(due), "{zone:?} at {due}: {struck:?}");
    }
}

#[test]
#[ignore = "slow"]
fn the_invariant_holds_in_two_thousand_scenarios() {
    let (mut decided, mut again, mut in_the_dark, mut in_silence, mut late) = (0, 0, 0, 0, 0);
    for seed in 0..WORLDS {
        let World { plan, goes, crashes } = world(seed);
        let told = told(&plan, seed);
        let tried = std::panic::catch_unwind(|| {
            check_unanimity(&told, &plan);
            check_safety(&told, goes);
            if !crashes {
                check_strikes(&told, &plan, goes);
            }
        });
        assert!(tried.is_ok(), "world {seed}");
        if !goes {
            assert!(told.struck.is_empty() || !told.decided.is_empty(), "world {seed}");
        }
        let Some(&(_, _, at)) = told.decided.first() else {
            in_silence += u32::from(!told.struck.is_empty());
            continue;
        };
        decided += 1;
        let second = |word: &Word| matches!(word.call, Message::Prepare { round: 2.., .. });
        again += u32::from(told.said.iter().any(second));
        let by = SimTime(at.0 as u64);
        let dark = |zone| !knows_of_the_go(&told, NodeId(zone), by);
        in_the_dark += u32::from((0..plan.zones).any(dark));
        late += u32::from(told.struck.iter().any(|&(struck, _)| struck > by));
    }
    // The cases that the invariant is about must have occurred.
    let happened = [decided, again, in_the_dark, in_silence, late];
    let least = [800, 100, 50, 50, 200];
    assert!(happened.iter().zip(least).all(|(&count, least)| count > least), "{happened:?}");
}
