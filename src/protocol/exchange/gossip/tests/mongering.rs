//! Tests of rumor mongering, connection limits and hunting.

use super::*;

fn forgetting(mode: Mode, on: Trigger, by: Removal, k: u32) -> Gossip {
    let forget = Forget::WhenUnneeded(LossOfInterest { on, by, k });
    let settings = Params { mode, start: Start::Synchronous, forget, ..Params::default() };
    Gossip::new(&settings, &VIEW, NanoDuration::from_ms(1))
}

/// Begins a cycle; returns the partner that the zone calls and the number of the call.
fn begin_cycle(gossip: &mut Gossip, cycle: u64) -> Option<(NodeId, u32)> {
    let effects = tell(gossip, 1000 * cycle as i64, Input::Timer(Timer(cycle)));
    effects.into_iter().find_map(|effect| match effect {
        Effect::Send(to, Message::Numbered(number, ..)) => Some((to, number)),
        _ => None,
    })
}

fn reply(
    gossip: &mut Gossip,
    (from, number): (NodeId, u32),
    knew: ItemSet,
    now: i64,
) -> TestEffects {
    tell(gossip, now, Input::Message { from, message: Message::Feedback(number, knew) })
}

fn item() -> ItemSet {
    ItemSet::singleton(Item(4))
}

#[test]
fn interest_is_lost_after_k_who_knew_in_a_row() {
    let mut gossip = forgetting(Mode::Push, Trigger::Feedback, Removal::Counter, 2);
    tell(&mut gossip, 0, Input::Local(Publish(Item(4))));
    for (cycle, knew) in [(1, item()), (2, ItemSet::EMPTY), (3, item()), (4, item())] {
        let call = begin_cycle(&mut gossip, cycle).expect("it has not lost interest");
        assert!(reply(&mut gossip, call, knew, 1000 * cycle as i64 + 2).is_empty());
    }
    // The cycle that was set before finds nothing to send, and sets no further timer.
    assert!(tell(&mut gossip, 5000, Input::Timer(Timer(5))).is_empty());
    assert!(tell(&mut gossip, 5001, told(4)).is_empty(), "it knew, and stays removed");
    assert_eq!(
        tell(&mut gossip, 5002, told(3)).len(),
        2,
        "it learns the item, and is infective for it only"
    );
    let effects = tell(&mut gossip, 6000, Input::Timer(Timer(6)));
    let Effect::Send(_, Message::Numbered(_, Kind::Push, items)) = &effects[0] else { panic!() };
    assert_eq!(items, &ItemSet::singleton(Item(3)));
}

#[test]
fn a_reply_counts_once_and_from_whom_it_is_due() {
    let mut gossip = forgetting(Mode::Push, Trigger::Feedback, Removal::Counter, 2);
    tell(&mut gossip, 0, Input::Local(Publish(Item(4))));
    let (to, number) = begin_cycle(&mut gossip, 1).unwrap();
    let other = NodeId((to.0 + 1) % 5);
    for call in [(to, number), (to, number), (other, number), (to, number + 7)] {
        reply(&mut gossip, call, item(), 1002);
    }
    let second = begin_cycle(&mut gossip, 2).expect("once is not twice");
    tell(&mut gossip, 2500, Input::Restart);
    reply(&mut gossip, second, item(), 2600);
    assert_eq!(begin_cycle(&mut gossip, 3), None, "a crash keeps the count and the call");
}

#[test]
fn a_recipient_says_what_it_knew_when_the_cycle_began() {
    let mut gossip = forgetting(Mode::Push, Trigger::Feedback, Removal::Coin, 1);
    let call = |number| Message::Numbered(number, Kind::Push, item());
    let from = |zone, number| Input::Message { from: NodeId(zone), message: call(number) };
    let first = tell(&mut gossip, 1001, from(0, 8));
    assert_eq!(first[0], Effect::Send(NodeId(0), Message::Feedback(8, ItemSet::EMPTY)));
    assert_eq!(first[1], Effect::Emit(Deliver { item: Item(4), from: None }));
    // Two zones that push in one cycle have both sent something new.
    let knew = |to, number, items| [Effect::Send(NodeId(to), Message::Feedback(number, items))];
    assert_eq!(tell(&mut gossip, 1001, from(1, 9)), knew(1, 9, ItemSet::EMPTY));
    tell(&mut gossip, 2000, Input::Timer(Timer(1)));
    assert_eq!(tell(&mut gossip, 2001, from(1, 10)), knew(1, 10, item()));
}

#[test]
fn the_blind_tell_k_times() {
    for fanout in [1, 2, 4] {
        let forget =
            Forget::WhenUnneeded(LossOfInterest { on: Trigger::Blind, by: Removal::Counter, k: 3 });
        let settings = Params {
            mode: Mode::Push,
            fanout,
            start: Start::Synchronous,
            forget,
            ..Params::default()
        };
        let mut gossip = Gossip::new(&settings, &VIEW, NanoDuration::from_ms(1));
        tell(&mut gossip, 0, Input::Local(Publish(Item(4))));
        let cycles =
            (1..9).flat_map(|n| tell(&mut gossip, 1000 * n, Input::Timer(Timer(n as u64))));
        let sent = cycles.filter(|effect| matches!(effect, Effect::Send(_, Message::Push(_))));
        assert_eq!(sent.count(), 3, "to {fanout} in a cycle");
    }
}

#[test]
fn who_is_asked_judges_a_cycle_as_a_whole() {
    let mut gossip = forgetting(Mode::Pull, Trigger::Feedback, Removal::Counter, 2);
    tell(&mut gossip, 0, Input::Local(Publish(Item(4))));
    // The callers of a cycle, and whether each knew the item: one that needed it resets the count.
    let told = |gossip: &mut Gossip, cycle: i64, knew: &[bool]| -> usize {
        tell(gossip, 1000 * cycle, Input::Timer(Timer(cycle as u64)));
        let askers = knew.iter().zip([0, 1, 3, 4].map(NodeId));
        let told = askers.filter(|&(&knew, from)| {
            let effects =
                tell(gossip, 1000 * cycle + 1, Input::Message { from, message: Message::Pull });
            let [Effect::Send(to, Message::Numbered(number, Kind::PullReply, _))] = effects[..]
            else {
                return false;
            };
            let knew = if knew { item() } else { ItemSet::EMPTY };
            reply(gossip, (to, number), knew, 1000 * cycle + 3);
            true
        });
        told.count()
    };
    assert_eq!(told(&mut gossip, 1, &[true, true, true]), 3);
    assert_eq!(told(&mut gossip, 2, &[true, false, true]), 3, "three who knew were one step");
    assert_eq!(told(&mut gossip, 3, &[true]), 1);
    assert_eq!(told(&mut gossip, 4, &[]), 0);
    assert_eq!(told(&mut gossip, 5, &[true]), 1, "a cycle without a caller is none");
    assert_eq!(told(&mut gossip, 6, &[true, false]), 0, "it has lost interest");
}

#[test]
fn what_a_call_held_is_known_without_a_reply() {
    let mut gossip = forgetting(Mode::PushPull, Trigger::Feedback, Removal::Counter, 1);
    tell(&mut gossip, 0, Input::Local(Publish(Item(4))));
    tell(&mut gossip, 1000, Input::Timer(Timer(1)));
    let call = |number| Message::Numbered(number, Kind::PushPull, item());
    let effects = tell(&mut gossip, 1001, Input::Message { from: NodeId(0), message: call(1) });
    assert_eq!(effects, [Effect::Send(NodeId(0), Message::Feedback(1, item()))]);
    // It keeps asking, with nothing to send and no need of a reply.
    let effects = tell(&mut gossip, 2000, Input::Timer(Timer(2)));
    assert!(matches!(&effects[0], Effect::Send(_, Message::PushPull(items)) if items.is_empty()));
}

fn limited(mode: Mode, hunt: u32) -> Gossip {
    let connection_limit = ConnectionLimit(Some(1));
    let settings =
        Params { mode, start: Start::Synchronous, connection_limit, hunt, ..Params::default() };
    Gossip::new(&settings, &VIEW, NanoDuration::from_ms(1))
}

#[test]
fn a_limited_zone_takes_a_call_in_a_cycle() {
    let mut gossip = limited(Mode::Push, 0);
    let mut refused = |now, number| {
        let message = Message::Numbered(number, Kind::Push, ItemSet::singleton(Item(number)));
        let effects = tell(&mut gossip, now, Input::Message { from: NodeId(0), message });
        let refusal = Effect::Send(NodeId(0), Message::Rejected(number));
        assert!(effects == [refusal.clone()] || !effects.contains(&refusal), "{effects:?}");
        effects == [refusal]
    };
    let calls = [(1001, 0), (1999, 1), (2000, 2), (2000, 3), (900, 4), (2001, 5)];
    let all = calls.map(|(now, number)| refused(now, number));
    assert_eq!(all, [false, true, false, true, false, false], "each window of its clock anew");
}

#[test]
fn an_answer_is_no_call() {
    let mut gossip = limited(Mode::Pull, 0);
    for number in [3, 4] {
        let message = Message::PullReply(ItemSet::singleton(Item(number)));
        let effects = tell(&mut gossip, 1001, Input::Message { from: NodeId(0), message });
        assert_eq!(effects[0], Effect::Emit(Deliver { item: Item(number), from: None }));
    }
}

#[test]
fn who_is_refused_hunts_within_the_cycle() {
    for mode in [Mode::Push, Mode::Pull, Mode::PushPull] {
        let mut gossip = limited(mode, 2);
        tell(&mut gossip, 0, Input::Local(Publish(Item(4))));
        let (mut to, mut number) = begin_cycle(&mut gossip, 1).unwrap();
        let refuse = |gossip: &mut Gossip, from, number| {
            tell(gossip, 1002, Input::Message { from, message: Message::Rejected(number) })
        };
        for _ in 0..2 {
            let effects = refuse(&mut gossip, to, number);
            let [Effect::Send(next, Message::Numbered(again, ..))] = effects[..] else { panic!() };
            assert!(next != to && refuse(&mut gossip, to, number).is_empty(), "{mode:?}: again");
            (to, number) = (next, again);
        }
        assert!(refuse(&mut gossip, to, number).is_empty(), "{mode:?}: a third time");
        let (to, number) = begin_cycle(&mut gossip, 2).unwrap();
        begin_cycle(&mut gossip, 3).unwrap();
        assert!(refuse(&mut gossip, to, number).is_empty(), "{mode:?}: too late");
    }
}

#[test]
fn a_refusal_is_no_contact() {
    let settings = Params {
        mode: Mode::Push,
        start: Start::Synchronous,
        forget: Forget::WhenUnneeded(LossOfInterest {
            on: Trigger::Feedback,
            by: Removal::Counter,
            k: 1,
        }),
        connection_limit: ConnectionLimit(Some(1)),
        ..Params::default()
    };
    let mut gossip = Gossip::new(&settings, &VIEW, NanoDuration::from_ms(1));
    tell(&mut gossip, 0, Input::Local(Publish(Item(4))));
    let (from, number) = begin_cycle(&mut gossip, 1).unwrap();
    tell(&mut gossip, 1002, Input::Message { from, message: Message::Rejected(number) });
    reply(&mut gossip, (from, number), item(), 1003);
    assert!(begin_cycle(&mut gossip, 2).is_some());
}
