//! Tests of the egress: hand-computed cases and closed forms.

use super::*;
use crate::network::fault::{Delay, Effect, Fault, LinkSet, NodeSet};
use crate::network::{Jitter, Links, Loss, limit};
use crate::time::NanoDuration;

const A: NodeId = NodeId(0);
const B: NodeId = NodeId(1);
const LINK: Link = Link { latency: 40, model: 0 };

fn plain() -> LinkModel {
    LinkModel {
        jitter: Jitter::None,
        loss: Loss::Independent(0),
        duplicate: 0,
        bandwidth: None,
        fifo: false,
    }
}

fn network(model: LinkModel) -> Network {
    Network {
        links: Links::Uniform(LINK),
        models: vec![model],
        resolution: NanoDuration::from_ms(1),
        keys: vec![11, 22],
        access: None,
    }
}

/// Sends messages, given as instant and bytes, from A to B.
fn sent(model: LinkModel, faults: Vec<Fault>, messages: &[(u64, u64)]) -> Vec<SendOutcome> {
    let (network, schedule) = (network(model), Schedule::new(faults, SimTime::NEVER));
    let egress = Egress { network: &network, schedule: &schedule, rng: CounterRng::network(1) };
    let mut queues = Queues::default();
    let mut sent = Vec::new();
    for (index, &(now, bytes)) in messages.iter().enumerate() {
        let earlier = messages[..index].iter().rev();
        let seq = earlier.take_while(|&&(instant, _)| instant == now).count() as u32;
        let packet = PacketInfo { link: [A, B], now: SimTime(now), seq };
        sent.push(egress.send(LINK, packet, &mut queues, || bytes));
    }
    sent
}

fn links() -> LinkSet {
    LinkSet { from: NodeSet::from_iter([A]), to: NodeSet::from_iter([B]), one_way: true }
}

fn fault(start: u64, end: u64, effect: Effect) -> Fault {
    Fault { start: SimTime(start), end: SimTime(end), effect }
}

fn departures(outcomes: &[SendOutcome]) -> Vec<Option<u64>> {
    outcomes.iter().map(|outcome| outcome.departs().map(|tick| tick.0)).collect()
}

#[test]
fn messages_queue_and_a_full_queue_drops() {
    // 1,000 bytes take 4 ms at 2 Mbit/s. Three at 10 leave at 14, 18 and 22; the fourth finds
    // 3,000 bytes before it, and no room. At 15 the second is a quarter through: 1,750 wait.
    let bandwidth = Some(Bandwidth { bits_per_s: 2_000_000, queue: 3_000 });
    let model = LinkModel { bandwidth, ..plain() };
    let messages = [(10, 1000), (10, 1000), (10, 1000), (10, 1000), (15, 1250), (15, 1), (40, 500)];
    let outcomes = sent(model, Vec::new(), &messages);
    let queued: Vec<_> = outcomes.iter().map(|outcome| outcome.queued.0).collect();
    assert_eq!(
        departures(&outcomes),
        [Some(14), Some(18), Some(22), None, Some(27), None, Some(42)]
    );
    assert_eq!(queued, [0, 4, 8, 0, 7, 0, 0]);
    assert_eq!(
        (outcomes[3].departure, outcomes[5].departure),
        (Departure::Dropped, Departure::Dropped)
    );
}

#[test]
fn an_idle_link_needs_no_queue() {
    let bandwidth = Some(Bandwidth { bits_per_s: 8_000_000, queue: 0 });
    let outcomes =
        sent(LinkModel { bandwidth, ..plain() }, Vec::new(), &[(0, 9_000), (8, 1), (9, 1)]);
    assert_eq!(departures(&outcomes), [Some(9), None, Some(10)]);
}

#[test]
fn fractions_of_a_tick_accumulate_in_a_queue() {
    // 100 bytes take 0.4 ms: ten of them 4 ms, and not ten times a tick.
    let bandwidth = Some(Bandwidth { bits_per_s: 2_000_000, queue: 1 << 20 });
    let outcomes = sent(LinkModel { bandwidth, ..plain() }, Vec::new(), &[(0, 100); 10]);
    let departs: Vec<_> = outcomes.iter().map(|p| p.departs().unwrap().0).collect();
    assert_eq!(departs, [1, 1, 2, 2, 2, 3, 3, 4, 4, 4]);
}

#[test]
fn a_crash_empties_the_queues_of_its_node() {
    let bandwidth = Bandwidth { bits_per_s: 8, queue: 100 };
    let mut queues = Queues::default();
    for (from, to) in [(A, B), (A, B), (B, A)] {
        queues.enqueue([from, to], 0, 1, bandwidth);
    }
    queues.clear(A);
    assert_eq!(queues.enqueue([A, B], 0, 1, bandwidth), Some([0, 1_000_000_000]));
    assert_eq!(
        queues.enqueue([B, A], 0, 1, bandwidth).map(|[begins, _]| begins),
        Some(1_000_000_000)
    );
}

#[test]
fn slow_links_delay_by_the_instant_of_departure() {
    let faults = vec![
        fault(10, 20, Effect::Delay(links(), Delay::Factor(3.0))),
        fault(15, 30, Effect::Delay(links(), Delay::Add(SimDuration(7)))),
    ];
    let messages = [(4, 1), (5, 1), (10, 1), (15, 1), (24, 1), (25, 1)];
    let model = LinkModel { jitter: Jitter::Uniform { min: 5.0, max: 5.0 }, ..plain() };
    let outcomes = sent(model, faults.clone(), &messages);
    assert_eq!(departures(&outcomes), [9, 10, 15, 20, 29, 30].map(Some), "they wait 5");
    let schedule = Schedule::new(faults, SimTime::NEVER);
    let arrival = |outcome: &SendOutcome| {
        let departs = outcome.departs().unwrap();
        schedule.arrival([A, B], departs, LINK.latency()) - departs
    };
    // Twice the latency of 40 more, and 7 more.
    let took: Vec<_> = outcomes.iter().map(arrival).collect();
    assert_eq!(took, [40, 120, 127, 47, 47, 40].map(SimDuration));
}

/// Pairs of messages far apart from each other, the second `gap` after the first: how many second ones
/// wait for the first, as a share, and the mean wait.
fn second_ones_that_wait(jitter: Jitter, gap: u64) -> [f64; 2] {
    const PAIRS: u64 = 100_000;
    const APART: u64 = 1 << 30;
    let messages: Vec<_> =
        (0..PAIRS).flat_map(|pair| [(pair * APART, 1), (pair * APART + gap, 1)]).collect();
    let free = sent(LinkModel { jitter: jitter.clone(), ..plain() }, Vec::new(), &messages);
    let fifo = sent(LinkModel { jitter, fifo: true, ..plain() }, Vec::new(), &messages);
    let departs = |outcome: &SendOutcome| outcome.departs().expect("nothing is lost");
    let waits = free.iter().zip(&fifo).map(|(free, fifo)| departs(fifo) - departs(free));
    let waits: Vec<_> = waits.map(|wait| wait.0 as f64).collect();
    assert!(waits.iter().step_by(2).all(|&wait| wait == 0.0), "a first one waits for nothing");
    let second = waits.iter().skip(1).step_by(2);
    let waiting = second.clone().filter(|&&wait| wait > 0.0).count();
    [waiting as f64 / PAIRS as f64, second.sum::<f64>() / PAIRS as f64]
}

#[test]
fn jitter_does_not_reorder_a_link_with_an_order() {
    // Exponential of mean m, d apart: the first is later with probability exp(-d/m)/2, and then by m in
    // the mean. Uniform up to w: (1 - d/w)^2 / 2, and w/6 (1 - d/w)^3 in the mean of all.
    let (mean, gap) = (1e6, 700_000);
    let late = libm::exp(-(gap as f64) / mean) / 2.0;
    let [share, wait] = second_ones_that_wait(Jitter::Exponential { mean }, gap);
    // Standard errors of 0.0014 and 0.002.
    assert!((share - late).abs() < 0.006, "{share} {late}");
    assert!((wait / mean - late).abs() < 0.009, "{wait} {late}");
    let width = 2e6;
    let left: f64 = 1.0 - gap as f64 / width;
    let late = left * left / 2.0;
    let [share, wait] = second_ones_that_wait(Jitter::Uniform { min: 0.0, max: width }, gap);
    assert!((share - late).abs() < 0.006, "{share} {late}");
    let expected = left * left * left / 6.0;
    assert!((wait / width - expected).abs() < 0.002, "{wait} {expected}");
}

#[test]
fn order_holds_through_delays_holds_copies_and_crashes() {
    let fifo = LinkModel { fifo: true, ..plain() };
    let delay =
        |start, end, add| fault(start, end, Effect::Delay(links(), Delay::Add(SimDuration(add))));
    // What departs at 9 arrives at 149. Those after the delay ends would overtake it.
    let outcomes =
        sent(fifo.clone(), vec![delay(5, 10, 100)], &[(9, 1), (10, 1), (10, 1), (120, 1)]);
    assert_eq!(departures(&outcomes), [9, 109, 109, 120].map(Some));
    // At 109 another delay begins: what waits until then meets it.
    let two = vec![delay(5, 10, 100), delay(109, 200, 3)];
    assert_eq!(departures(&sent(fifo.clone(), two, &[(9, 1), (10, 1)])), [9, 109].map(Some));
    // A hold from 100 to 130 catches the one that waits.
    let held = vec![delay(5, 10, 100), fault(100, 130, Effect::Hold(links()))];
    let outcomes = sent(fifo.clone(), held, &[(9, 1), (10, 1), (11, 1)]);
    assert_eq!(departures(&outcomes), [9, 130, 130].map(Some));
    // What is held for ever keeps all behind it.
    let jitter = Jitter::Uniform { min: 5.0, max: 5.0 };
    let for_ever = vec![fault(8, u64::MAX, Effect::Hold(links()))];
    let model = LinkModel { jitter, ..fifo.clone() };
    assert_eq!(
        departures(&sent(model, for_ever, &[(2, 1), (3, 1), (4, 1)])),
        [Some(7), None, None]
    );
    // A copy comes behind its message and before the next.
    let jitter = Jitter::Uniform { min: 0.0, max: 500.0 };
    let model = LinkModel { jitter, duplicate: u64::MAX, ..fifo };
    let messages: Vec<_> = (0..1000).map(|number| (number, 1)).collect();
    let mut last = SimTime(0);
    for outcome in sent(model, Vec::new(), &messages) {
        let (first, copy) = (outcome.departs().unwrap(), outcome.copy.unwrap());
        assert!(last <= first && first <= copy, "{last:?} {first:?} {copy:?}");
        last = copy;
    }
}

#[test]
fn what_a_crash_loses_keeps_no_place_in_an_order() {
    let jitter = Jitter::Uniform { min: 20.0, max: 20.0 };
    let slow = || LinkModel { jitter, fifo: true, ..plain() };
    let crash =
        fault(30, 40, Effect::Crash(NodeSet::from_iter([A]), crate::network::fault::Memory::Kept));
    let delay = |start, end| fault(start, end, Effect::Delay(links(), Delay::Add(SimDuration(60))));
    let (network, schedule) =
        (network(slow()), Schedule::new(vec![crash, delay(25, 35)], SimTime::NEVER));
    let egress = Egress { network: &network, schedule: &schedule, rng: CounterRng::network(1) };
    let mut queues = Queues::default();
    let departs = |queues: &mut Queues, now: u64| {
        let packet = PacketInfo { link: [A, B], now: SimTime(now), seq: 0 };
        egress.send(LINK, packet, queues, || 1).departs().unwrap().0
    };
    // The first departs at 26 and arrives at 126; the second would depart at 31 and arrive at 131.
    assert_eq!((departs(&mut queues, 6), departs(&mut queues, 11)), (26, 31));
    queues.clear(A);
    // After the crash only the first is before the next, which would arrive at 101.
    assert_eq!(departs(&mut queues, 41), 86);
}

#[test]
fn copies_and_losses_have_their_shares() {
    let model = LinkModel {
        jitter: Jitter::Uniform { min: 0.0, max: 9.0 },
        loss: Loss::Independent(limit(0.2)),
        duplicate: limit(0.1),
        ..plain()
    };
    let lossy = || fault(0, u64::MAX, Effect::Loss(links(), limit(0.5)));
    let n = 100_000;
    let messages: Vec<_> = (0..n).map(|now| (now, 1)).collect();
    for (faults, lost) in [(vec![], 0.2), (vec![lossy()], 0.6)] {
        let outcomes = sent(model.clone(), faults, &messages);
        let is_lost = |outcome: &&SendOutcome| outcome.departure == Departure::Lost;
        let got = outcomes.iter().filter(is_lost).count() as f64 / n as f64;
        // Standard errors of 0.0013 and 0.0015, and of 0.003 and below.
        assert!((got - lost).abs() < 0.006, "{got}");
        let copied = outcomes.iter().filter(|outcome| outcome.copy.is_some()).count() as f64;
        let share = copied / (n as f64 * (1.0 - lost));
        assert!((share - 0.1).abs() < 0.006, "{share}");
        // A copy waits by itself: it leaves with the other once in ten.
        let together = outcomes.iter().filter(|p| p.copy.is_some() && p.copy == p.departs());
        let share = together.count() as f64 / copied;
        // 8 of the 10 waits have a ninth each, the outer two half of it.
        let chance = 8.0 / 81.0 + 2.0 / 324.0;
        assert!((share - chance).abs() < 0.02, "{share}");
    }
}

#[test]
fn losses_are_attributed_to_link_or_fault() {
    let network = network(LinkModel { loss: Loss::Independent(limit(0.2)), ..plain() });
    let lossy = vec![fault(0, u64::MAX, Effect::Loss(links(), limit(0.5)))];
    let schedule = Schedule::new(lossy, SimTime::NEVER);
    let egress = Egress { network: &network, schedule: &schedule, rng: CounterRng::network(3) };
    let (mut by_link, mut by_fault) = (0, 0);
    for now in (0..10_000).map(SimTime) {
        let packet = PacketInfo { link: [A, B], now, seq: 0 };
        let outcome = egress.send(LINK, packet, &mut Queues::default(), || 1);
        let [draw, limit] = egress.loss_draw(packet, packet.now);
        let faulty = !schedule.losing([A, B], now, [draw, limit]).is_empty();
        if outcome.departure == Departure::Lost {
            assert!(faulty, "one fault, which would have lost it by itself");
            by_link += u32::from(draw < limit);
            by_fault += u32::from(draw >= limit);
        }
    }
    // 0.2 and 0.4 of them, standard errors of 40 and 49.
    assert!(
        by_link.abs_diff(2_000) < 160 && by_fault.abs_diff(4_000) < 200,
        "{by_link} {by_fault}"
    );
}
