//! The five safety properties under random schedules, and that the nodes agree once faults have ended.

use super::history::Judged;
use super::schedules::{Events, Schedule};

const SCHEDULES: u64 = 120;

fn add(total: &mut [u64], more: &[u64]) {
    for (total, more) in total.iter_mut().zip(more) {
        *total += more;
    }
}

fn counts(judged: &Judged) -> [u64; 7] {
    let Judged { leaders, leader_states, matching, complete, applied, removed, committed } = judged;
    [*leaders, *leader_states, *matching, *complete, *applied, *removed, *committed]
}

fn happened(events: &Events) -> [u64; 7] {
    let Events { lost, doubled, cut, partitions, crashes, amnesia, proposals } = events;
    [*lost, *doubled, *cut, *partitions, *crashes, *amnesia, *proposals]
}

#[test]
fn the_five_properties_hold_under_random_schedules() {
    for count in [3, 5] {
        let (mut judged, mut events, mut live) = ([0; 7], [0; 7], 0);
        // Schedules in which each property was judged at all.
        let mut judging = [0; 7];
        for seed in 0..SCHEDULES {
            let mut schedule = Schedule::new(count, seed);
            schedule.run(3_000);
            let counts = counts(&schedule.history.judged);
            add(&mut judged, &counts);
            add(&mut judging, &counts.map(|count| u64::from(count > 0)));
            add(&mut events, &happened(&schedule.events));
            schedule.heal();
            // At most two elections of 100 ticks fail in a row, except very rarely.
            schedule.quiet(schedule.cluster.now + 2_000);
            assert_eq!(schedule.cluster.leaders().len(), 1, "seed {seed}: one leader");
            schedule.propose();
            schedule.quiet(schedule.cluster.now + 200);
            let all = schedule.history.applied().len();
            for node in 0..count {
                assert_eq!(schedule.history.applied_by(node), all, "seed {seed}, node {node}");
            }
            live += u64::from(all > 0);
        }
        println!(
            "n = {count}, {SCHEDULES} schedules, {live} live\n  leaders, leader states, entries \
             matched, completeness, applied, removed, committed:\n  {judged:?}, in {judging:?} \
             schedules\n  lost, doubled, cut, partitions, crashes, amnesia, proposals: {events:?}"
        );
        assert_eq!(live, SCHEDULES);
        assert!(judging.iter().all(|&schedules| schedules > SCHEDULES / 8), "{judging:?}");
        assert!(events.iter().all(|&count| count > SCHEDULES), "{events:?}");
    }
}
