//! Anti-entropy against its formulas and by hand: what sessions cost among few and among many items, and
//! how differences shrink after a partition.

use zonesim::engine::{Engine, Event};
use zonesim::id::{Item, ItemSet};
use zonesim::protocol::ProtocolSet as _;
use zonesim::protocol::StableBounds;
use zonesim::protocol::WireMessage as _;
use zonesim::protocol::exchange::Builtin as Exchange;
use zonesim::protocol::exchange::anti_entropy::reconcile::{Content, Division, Index, Range};
use zonesim::testing::Simulation;
use zonesim::time::NanoDuration;

use crate::common::formula::{Given, assert_bound, formula, stable, value};
use crate::common::{BuiltinPlan, plan_of, row};

const NAME: &str = "anti-entropy";
const ENGINES: [Engine; 2] = [Engine::Event, Engine::Turmoil];

fn plan(zones: u32, horizon: &str, items: &str, params: &str, more: &str) -> BuiltinPlan {
    plan_of(&format!(
        "horizon = \"{horizon}\"\nstop = \"horizon\"\nzones.generate = {zones}\n\
         network.latency = \"20ms\"\n[workload.items]\n{items}\n[exchange]\nuse = \"{NAME}\"\n\
         [exchange.{NAME}]\n{params}\n{more}"
    ))
}

#[test]
fn a_round_without_differences_takes_a_message_of_each_zone() {
    for zones in [2, 7] {
        for engine in ENGINES {
            let plan = plan(zones, "5500ms", "at = []\nfrom = []", "staggered = false", "");
            let quiet = formula("anti-entropy", "messages in a round that finds no difference");
            let messages = value(quiet, &Given::from([("n", f64::from(zones))]));
            assert_eq!(row(&plan, engine, 1).messages, Some(5.0 * messages));
        }
    }
}

/// The messages of the session in which z0 pushes the item found at 25 s to z1, which has `common`
/// others. The calls of z1 cannot bring it.
fn messages_of_a_session(common: u32, params: &str, engine: Engine) -> usize {
    let at = vec!["\"0s\""; common as usize].join(", ");
    let from = vec!["\"z0\""; common as usize + 1].join(", ");
    let items = format!("at = [{at}, \"25s\"]\nfrom = [{from}]");
    let params = format!("mode = \"push\"\ninterval = \"10s\"\n{params}");
    let plan = plan(2, "35s", &items, &params, "");
    let run = <Simulation>::new(plan).run_on(engine, 1);
    assert_eq!(run.violation, None);
    let is_of_session = |from: u32, message: &str| message.starts_with("call") == (from == 0);
    let sent = run.events().filter(|(at, event)| match event {
        Event::Send { from, message, .. } if at.0 > 25_000 => {
            is_of_session(from.0, &message.describe(NanoDuration::from_ms(1)))
        }
        _ => false,
    });
    sent.count()
}

#[test]
fn sessions_divide_as_often_as_the_formula_says() {
    // By hand, with three parts and five items: 4; 14, 5; 40, 14, 5; 100, 34, 12, 4.
    for (common, divisions) in [(4, 0), (14, 1), (40, 2), (100, 3)] {
        let of = if divisions % 2 == 0 {
            formula(
                "anti-entropy",
                "messages of a session that finds one item of the caller, h even",
            )
        } else {
            formula(
                "anti-entropy",
                "messages of a session that finds one item of the caller, h odd",
            )
        };
        let messages = value(of, &Given::from([("h", f64::from(divisions))]));
        for engine in ENGINES {
            let sent = messages_of_a_session(common, "branching = 3\nthreshold = 5", engine);
            assert_eq!(sent as f64, messages, "{common} items, {engine}");
        }
    }
}

/// Bytes of a message with ids of 16 bytes, without the bodies of items: whether it is a call, the
/// numbers of ranges, items and requests; of a range its kind and end.
fn bytes(ranges: &[Range], items: &ItemSet, wanted: &ItemSet) -> usize {
    let ids = |set: &ItemSet| 1 + 16 * set.len() as usize;
    let content = |content: &Content| match content {
        Content::Skip => 0,
        Content::Fingerprint(fingerprint) => fingerprint.len(),
        Content::Names(names) => ids(names),
    };
    let ranges = ranges.iter().map(|range| 2 + 16 + content(&range.content));
    3 + ranges.sum::<usize>() + ids(items) + ids(wanted)
}

/// Two sets are reconciled. Returns the messages of the session, and their bytes.
fn reconcile(sets: &mut [ItemSet; 2], division: Division) -> (usize, usize) {
    let (mut items, mut wanted) = (ItemSet::EMPTY, ItemSet::EMPTY);
    let mut ranges = Index::new(&sets[0]).opening();
    let (mut messages, mut sum) = (0, 0);
    while !(ranges.is_empty() && items.is_empty() && wanted.is_empty()) {
        messages += 1;
        sum += bytes(&ranges, &items, &wanted);
        let mine = &mut sets[messages % 2];
        mine.union_with(&items);
        let outcome = Index::new(mine).answer(&ranges, division);
        items = outcome.extra;
        items.union_with(&wanted.intersection(mine));
        (ranges, wanted) = (outcome.ranges, outcome.lacking);
    }
    (messages, sum)
}

/// 10^5 items that both zones have and ten that one of them has: at most 16 kB and four round trips.
/// A scenario of so many items would take minutes, so the state machine is run by itself.
#[test]
#[ignore = "slow"]
fn ten_differences_among_a_hundred_thousand_items() {
    const COMMON: u32 = 100_000;
    let division = Division { branching: 8, threshold: 32 };
    // 10^5, 12500, 1563, 196, 25 items in a range: four divisions.
    let given = Given::from([("d", 10.0), ("h", 4.0), ("branching", 8.0), ("threshold", 32.0)]);
    let most = value(
        formula("anti-entropy", "bytes of a session, ids of 16 bytes, without bodies, at most"),
        &given,
    );
    let mut spread = Vec::new();
    for seed in 0..20_u32 {
        for alternate in [1, 2] {
            // One difference in each tenth, at places that differ by seed; of one zone or of both.
            let place =
                |tenth: u32| tenth * 10_000 + seed.wrapping_mul(7919 * (tenth + 3)) % 10_000;
            let mut sets = [ItemSet::EMPTY, ItemSet::EMPTY];
            for item in 0..COMMON + 10 {
                let own = (0..10).find(|&tenth| place(tenth) == item);
                for (zone, set) in sets.iter_mut().enumerate() {
                    if own.is_none_or(|tenth| tenth as usize % alternate == zone) {
                        set.insert(Item(item));
                    }
                }
            }
            let (messages, bytes) = reconcile(&mut sets, division);
            assert_eq!([sets[0].len(), sets[1].len()], [COMMON + 10; 2]);
            assert!(messages <= 8, "{messages} messages");
            assert!(bytes <= 16_000 && bytes as f64 <= most, "{bytes} bytes");
            spread.push(bytes as f64);
        }
    }
    // Predicted. With ten differences at random, eight parts, then on average 5.9, 9.3 and 9.9 times
    // eight are fingerprinted; here, one in each tenth, 8, 10 and 10 times: 233 ranges of 34 bytes.
    // About 10, 10 and 11 settled runs take 18 bytes, the names 10 * (24.4 * 16 + 19), the items and
    // requests 10 * 16, and the rest of 8 messages 5 each.
    let predicted = 233.0 * 34.0 + 31.0 * 18.0 + 10.0 * (24.4 * 16.0 + 19.0) + 160.0 + 40.0;
    let mean = spread.iter().sum::<f64>() / spread.len() as f64;
    assert!((mean / predicted - 1.0).abs() < 0.05, "{mean} bytes, {predicted} predicted");
}

/// Half of the zones lack an item when a partition ends. In one round of pull, each of them calls a zone
/// that has it with the same probability, independently: a binomial distribution.
#[test]
#[ignore = "slow"]
fn differences_after_a_partition_are_those_of_the_closed_form() {
    const HALF: u32 = 32;
    const SEEDS: u64 = 200;
    let names = |from: u32| {
        (from..from + HALF).map(|zone| format!("\"z{zone}\"")).collect::<Vec<_>>().join(", ")
    };
    let cut = format!(
        "[[fault]]\nat = \"0s\"\nfor = \"40500ms\"\npartition = [[{}], [{}]]\n",
        names(0),
        names(HALF)
    );
    let params = "mode = \"pull\"\nstaggered = false";
    let plan = plan(2 * HALF, "41900ms", "at = [\"0s\"]\nfrom = [\"z0\"]", params, &cut);
    let mean = formula("anti-entropy", "zones that lack an item after a round, pull, of k, mean");
    let given = Given::from([("n", f64::from(2 * HALF)), ("k", f64::from(HALF))]);
    let expected = value(mean, &given);
    let mut lacking = 0;
    for seed in 1..=SEEDS {
        let run = <Simulation>::new(plan.clone()).run(seed);
        let learnt = |late: bool| {
            let is_learnt = |at: u64| (at > 40_500) == late;
            let events = run.events();
            events
                .filter(|(at, event)| matches!(event, Event::Learn { .. }) && is_learnt(at.0))
                .count()
        };
        assert_eq!(learnt(false), HALF as usize - 1, "seed {seed}: before the partition ends");
        lacking += HALF as usize - learnt(true);
    }
    let share = expected / f64::from(HALF);
    let deviation = (expected * (1.0 - share) / SEEDS as f64).sqrt();
    let mean = lacking as f64 / SEEDS as f64;
    assert!((mean - expected).abs() < 4.0 * deviation, "{mean}, {expected} expected");
}

#[test]
fn a_zone_that_lost_its_memory_gets_everything_again() {
    let crash = "[[fault]]\nat = \"4100ms\"\nfor = \"1s\"\ncrash = [\"z1\"]\nmemory = \"lost\"\n";
    for mode in ["push", "pull", "push-pull"] {
        let items = "at = [\"100ms\", \"200ms\", \"300ms\"]\nfrom = [\"z0\", \"z2\", \"z0\"]";
        let params = format!("mode = \"{mode}\"\nthreshold = 1\ninterval = \"200ms\"");
        let plan = plan(3, "9s", items, &params, crash);
        for engine in ENGINES {
            let run = <Simulation>::new(plan.clone()).run_on(engine, 1);
            assert_eq!(run.violation, None);
            let mut again = 0;
            for (_, event) in run.events() {
                again += u32::from(matches!(event, Event::Learn { again: true, .. }));
            }
            assert_eq!(again, 3, "{mode} {engine}");
        }
    }
}

#[test]
fn the_printed_bound_is_the_one_that_is_checked() {
    let settings = plan(3, "10s", "", "branching = 4", "").exchange;
    let at_most = formula("anti-entropy", "time to all after the last fault, at most");
    for bounds in [stable(2, 80, 0, 0.0), stable(9, 650, 90_000, 0.02)] {
        let messages = 2.0 * 16.0 + 4.0;
        let calls = libm::pow(1.0 - bounds.loss, -messages);
        let given = [("interval", 1000.0), ("m", messages), ("A", calls)];
        assert_bound(at_most, &settings, &bounds, &given);
        let amnesia = StableBounds { amnesia: true, ..bounds };
        assert_eq!(Exchange::delivery_bound(&settings, &amnesia), None);
    }
}

/// Items are published faster than a session divides ranges, and messages are copied: each is answered
/// once, and no session goes on without end.
#[test]
fn copies_and_steady_publications_do_not_multiply_sessions() {
    let messages = |duplicate: f64, engine: Engine| {
        let plan = plan_of(&format!(
            "horizon = \"8s\"\nstop = \"horizon\"\nzones.generate = 3\n[network]\nlatency = \"60ms\"\n\
             duplicate = {duplicate:?}\n[workload.items]\ninterval = \"20ms\"\n[exchange]\n\
             use = \"{NAME}\"\n[exchange.{NAME}]\ninterval = \"200ms\"\nstaggered = false\n\
             branching = 2\nthreshold = 1\n"
        ));
        let run = <Simulation>::new(plan).run_on(engine, 1);
        assert_eq!(run.violation, None);
        run.metrics.messages.unwrap()
    };
    for engine in ENGINES {
        let once = messages(0.0, engine);
        // 39 rounds of three zones, and 2 * 32 + 4 messages at the most.
        assert!((117.0..117.0 * 68.0).contains(&once), "{once}");
        assert_eq!(messages(0.3, engine), once, "{engine}");
    }
}
