//! `two-phase` in whole runs: how many messages it takes, what a partition does when, and its invariant over
//! thousands of random worlds.

mod invariant;
mod told;

use crate::common::{BuiltinPlan, digest, plan_of_file, root, row};
use told::{Told, told};
use zonesim::engine::Engine;
use zonesim::protocol::coordination::two_phase::Message;

/// Eight zones a second apart. Who coordinates begins at 60 s, and has seen round trips of 2 s; all
/// must be ready by 67 s, and go at 79.1 s. Every zone has located its members long before, and z3
/// is cut off at 62.5 s unless the overrides say otherwise.
fn eight(silent: &str, overrides: &[&str]) -> BuiltinPlan {
    let silent = format!("coordination.two-phase.silent={silent}");
    let overrides = [overrides, &[&silent]].concat();
    plan_of_file(&root().join("sims/two-generals.toml"), &overrides)
}

/// A seed under which somebody hides in every zone.
const SEED: u64 = 1;

/// The zones that struck, in order, and when the first and the last did, in ms.
fn strikes(told: &Told) -> (Vec<u32>, Option<(u64, u64)>) {
    let mut zones: Vec<_> = told.struck.iter().map(|&(_, zone)| zone.0).collect();
    zones.sort_unstable();
    zones.dedup();
    let ms = || told.struck.iter().map(|&(at, _)| at.0 * 10);
    (zones, ms().min().zip(ms().max()))
}

const ALL: [u32; 8] = [0, 1, 2, 3, 4, 5, 6, 7];
const ALL_BUT_3: [u32; 7] = [0, 1, 2, 4, 5, 6, 7];

#[test]
fn seven_of_each_and_three_latencies() {
    for (overrides, each) in [(&["fault=[]"][..], 7), (&["fault=[]", "hub={}"], 8)] {
        let plan = eight("stand-down", overrides);
        assert_eq!(digest(&plan, Engine::Event, SEED), digest(&plan, Engine::Turmoil, SEED));
        let told = told(&plan, SEED);
        let count = |kind: fn(&Message) -> bool| told.said.iter().filter(|s| kind(&s.call)).count();
        assert_eq!(count(|call| matches!(call, Message::Prepare { .. })), each);
        assert_eq!(count(|call| matches!(call, Message::Prepared(1))), each);
        assert_eq!(count(|call| matches!(call, Message::Commit { .. })), each);
        assert_eq!(count(|call| matches!(call, Message::DecisionAck(1))), each);
        assert_eq!(told.said.len(), 4 * each);
        // All know by 3L, 60 s being the first word.
        let go = told.came.iter().filter(|s| matches!(s.call, Message::Commit { .. }));
        assert!(go.clone().all(|s| s.at.0 == 6_300) && go.count() == each);
        assert_eq!(strikes(&told), (ALL.to_vec(), Some((79_100, 79_100))));
    }
}

#[test]
fn a_cut_before_the_question_and_nobody_strikes() {
    for silent in ["stand-down", "go"] {
        let cut = ["fault.0.at=59500ms", "coordination.two-phase.give_up=0s"];
        let told = told(&eight(silent, &cut), SEED);
        assert_eq!(strikes(&told), (vec![], None), "{silent}");
        assert!(told.decided.is_empty());
        assert!(told.said.iter().any(|s| matches!(s.call, Message::Abort(1))));
    }
}

/// The decision is said at 62 s, and is under way to z3 when it is cut off.
#[test]
fn a_cut_before_the_go_arrives_splits_who_stand_down() {
    for (silent, zones, split) in
        [("stand-down", ALL_BUT_3.to_vec(), 1.0), ("go", ALL.to_vec(), 0.0)]
    {
        let plan = eight(silent, &[]);
        assert_eq!(digest(&plan, Engine::Event, SEED), digest(&plan, Engine::Turmoil, SEED));
        assert_eq!(strikes(&told(&plan, SEED)), (zones, Some((79_100, 79_100))), "{silent}");
        assert_eq!(row(&plan, Engine::Event, SEED).split, Some(split), "{silent}");
    }
}

/// z3 is ready and cut off before it can say so: the abort of the others does not reach it.
#[test]
fn a_cut_before_the_abort_arrives_splits_who_go() {
    let cut = ["fault.0.at=61500ms", "coordination.two-phase.give_up=0s"];
    for (silent, zones, split) in [("stand-down", vec![], 0.0), ("go", vec![3], 1.0)] {
        let plan = eight(silent, &cut);
        assert_eq!(strikes(&told(&plan, SEED)).0, zones, "{silent}");
        assert_eq!(row(&plan, Engine::Event, SEED).split, Some(split), "{silent}");
    }
}

/// Aborted at 67 s, asked again at 87 s, when the cut is over: 19.1 s later all go.
#[test]
fn a_round_that_failed_is_followed_by_another() {
    let cut = ["fault.0.at=59500ms", "fault.0.for=25s"];
    for silent in ["stand-down", "go"] {
        let told = told(&eight(silent, &cut), SEED);
        assert_eq!(strikes(&told), (ALL.to_vec(), Some((106_100, 106_100))), "{silent}");
        assert_eq!(told.decided.len(), 1);
    }
}

/// Zone 0 is down while all answer, and asks again when it is back.
#[test]
fn a_coordinator_that_is_back_in_time_goes_on() {
    for (down, expected) in [("3s", 79_100), ("10s", 110_600)] {
        let crash = format!("fault=[{{at=\"61500ms\",for=\"{down}\",crash=[\"z0\"]}}]");
        let told = told(&eight("stand-down", &[&crash]), SEED);
        // Back at 71.5 s it aborts at once and begins again at 91.5 s.
        assert_eq!(strikes(&told), (ALL.to_vec(), Some((expected, expected))), "down for {down}");
    }
}
