//! What a zone does with a lead: it waits for a free analyst, is assessed, and counts.
//!
//! A desk is a queue with `labs` servers and exponential service (M/M/c under Poisson leads). A
//! member is located when `corroboration` different leads about them are assessed in the zone
//! where they hide. Leads count by their number: a copy never corroborates the original
//! (circular reporting).
//!
//! First come, first served; leads of one instant are queued in random order, or those of zones with
//! low numbers would always be assessed first.

mod ground_truth;
mod procedure;
mod stage;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use rand::Rng;
use rand::seq::SliceRandom;

use crate::id::{Item, ItemSet, Member, NodeId};
use crate::rng::{RngStream, exponential};
use crate::time::SimDuration;

pub use ground_truth::{
    CellFacts, Content, GroundTruth, ItemFacts, LEAD_KINDS, LEAD_SOURCES, LeadFacts, LeadKind,
    LeadSource, Reactions, TLP_LABELS, Tlp,
};
pub use procedure::{Fusion, KindSet, LanguageSet, Procedure, Staff, UNLIMITED, WorkTime};
pub use stage::Stage;

/// How a desk works.
#[derive(Clone, Copy, Debug)]
pub struct Params {
    /// Leads assessed at a time, at least 1.
    pub labs: u32,
    /// Mean time to assess a lead.
    pub service: SimDuration,
    /// Different leads that locate a member, at least 1.
    pub corroboration: u32,
}

/// What wakes a desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// All leads of the instant have come in.
    Instant,
    /// The end of an assessment.
    ServiceEnd(Item),
}

/// What a desk wants its zone to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeskEffect {
    /// Wake it after a time with this.
    Wake(SimDuration, Timer),
    /// A member hiding in this zone is located.
    Located(Member),
}

/// The desk of one zone.
#[derive(Clone, Debug)]
pub struct Desk {
    me: NodeId,
    settings: Params,
    ledger: Arc<GroundTruth>,
    /// None before the first lead: where items are plain, a desk stays bare.
    state: Option<Box<DeskState>>,
}

/// What is on a desk.
#[derive(Clone, Debug)]
struct DeskState {
    seen: ItemSet,
    /// What has come in in this instant.
    arrived: Vec<Item>,
    waiting: VecDeque<Item>,
    in_service: Vec<Item>,
    counts: BTreeMap<Member, u32>,
}

impl Default for DeskState {
    fn default() -> Self {
        Self {
            seen: ItemSet::EMPTY,
            arrived: Vec::new(),
            waiting: VecDeque::new(),
            in_service: Vec::new(),
            counts: BTreeMap::new(),
        }
    }
}

impl Desk {
    /// An empty desk.
    pub fn new(me: NodeId, settings: Params, ledger: Arc<GroundTruth>) -> Self {
        Self { me, settings, ledger, state: None }
    }

    /// A lead comes in.
    #[inline]
    pub fn arrive(&mut self, item: Item, work: &mut dyn FnMut(DeskEffect)) {
        if item.index() < self.ledger.leads.len() {
            let papers = self.state.get_or_insert_default();
            if papers.seen.insert(item) {
                if papers.arrived.is_empty() {
                    work(DeskEffect::Wake(SimDuration(0), Timer::Instant));
                }
                papers.arrived.push(item);
            }
        }
    }

    /// A timer has run out.
    pub fn on_timer(
        &mut self,
        timer: Timer,
        rng: &mut RngStream,
        work: &mut dyn FnMut(DeskEffect),
    ) {
        match timer {
            Timer::Instant => self.begin(rng, work),
            Timer::ServiceEnd(item) => self.done(item, rng, work),
        }
    }

    /// What has come in is queued, and analysts who are free begin.
    fn begin(&mut self, rng: &mut RngStream, work: &mut dyn FnMut(DeskEffect)) {
        if let Some(papers) = &mut self.state {
            papers.queue(rng);
            papers.begin(self.settings, rng, work);
        }
    }

    /// An assessment ends.
    fn done(&mut self, item: Item, rng: &mut RngStream, work: &mut dyn FnMut(DeskEffect)) {
        let Some(papers) = &mut self.state else { return };
        let Some(place) = papers.in_service.iter().position(|&other| other == item) else { return };
        papers.in_service.remove(place);
        let member = self.ledger.leads[item.index()].member;
        let count = papers.counts.entry(member).or_default();
        *count += 1;
        let at_home = self.ledger.homes[member.index()] == self.me;
        if *count == self.settings.corroboration && at_home {
            work(DeskEffect::Located(member));
        }
        papers.queue(rng);
        papers.begin(self.settings, rng, work);
    }

    /// The zone is back after a crash: what was in hand is begun again.
    pub fn restart(&mut self, rng: &mut RngStream, work: &mut dyn FnMut(DeskEffect)) {
        let Some(papers) = &mut self.state else { return };
        for item in papers.in_service.drain(..).rev() {
            papers.waiting.push_front(item);
        }
        papers.begin(self.settings, rng, work);
    }

    /// Loses all that was on it, and what it had counted.
    pub fn crash_with_amnesia(&mut self) {
        self.state = None;
    }
}

impl DeskState {
    /// Queues what has come in in this instant, in random order.
    fn queue(&mut self, rng: &mut RngStream) {
        self.arrived.shuffle(rng);
        self.waiting.extend(self.arrived.drain(..));
    }

    fn begin(&mut self, settings: Params, rng: &mut RngStream, work: &mut dyn FnMut(DeskEffect)) {
        while self.in_service.len() < settings.labs as usize {
            let Some(item) = self.waiting.pop_front() else { return };
            self.in_service.push(item);
            let ticks = exponential(rng.random()) * settings.service.0 as f64;
            work(DeskEffect::Wake(SimDuration((ticks + 0.5) as u64), Timer::ServiceEnd(item)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::stream;

    fn desk(labs: u32) -> Desk {
        // Items 0 to 2 are about member 0, who hides here; 3 to 5 about member 1, who does not.
        let leads = [0, 0, 0, 1, 1, 1].map(|member| LeadFacts::bare(Member(member))).to_vec();
        let homes = vec![NodeId(4), NodeId(5)];
        let ledger = Arc::new(GroundTruth { leads, homes, ..GroundTruth::default() });
        Desk::new(NodeId(4), Params { labs, service: SimDuration(10), corroboration: 2 }, ledger)
    }

    fn work(act: impl FnOnce(&mut RngStream, &mut dyn FnMut(DeskEffect))) -> Vec<DeskEffect> {
        let mut seen = Vec::new();
        act(&mut stream(1, "test", 0), &mut |work| seen.push(work));
        seen
    }

    /// Leads come in, each in an instant of its own; what the desk wants of its zone then.
    fn bring(desk: &mut Desk, items: std::ops::Range<u32>) -> Vec<DeskEffect> {
        work(|rng, mut out| {
            for item in items {
                desk.arrive(Item(item), &mut |_| {});
                desk.on_timer(Timer::Instant, rng, &mut out);
            }
        })
    }

    #[test]
    fn labs_bound_what_is_in_hand() {
        let mut desk = desk(2);
        assert_eq!(bring(&mut desk, 0..4).len(), 2, "two labs");
        let seen = work(|rng, mut out| desk.on_timer(Timer::ServiceEnd(Item(0)), rng, &mut out));
        assert!(
            matches!(seen[..], [DeskEffect::Wake(_, Timer::ServiceEnd(Item(2)))]),
            "first come, first served"
        );
        let seen = work(|rng, mut out| desk.restart(rng, &mut out));
        assert!(matches!(
            seen[..],
            [
                DeskEffect::Wake(_, Timer::ServiceEnd(Item(1))),
                DeskEffect::Wake(_, Timer::ServiceEnd(Item(2)))
            ]
        ));
    }

    #[test]
    fn two_different_leads_locate_a_member_at_home_once() {
        let mut desk = desk(9);
        bring(&mut desk, 0..6);
        let mut finish =
            |item| work(|rng, mut out| desk.on_timer(Timer::ServiceEnd(Item(item)), rng, &mut out));
        assert_eq!(finish(0), []);
        assert_eq!(finish(0), [], "the same assessment does not end twice");
        assert_eq!(finish(3), []);
        assert_eq!(finish(1), [DeskEffect::Located(Member(0))]);
        assert_eq!(finish(2), [], "located once");
        assert_eq!(finish(4), [], "not at home here");
    }

    #[test]
    fn copies_do_not_corroborate() {
        let mut desk = desk(9);
        assert_eq!((bring(&mut desk, 0..1).len(), bring(&mut desk, 0..1).len()), (1, 0));
    }

    #[test]
    fn any_lead_of_an_instant_may_be_first() {
        let mut rng = stream(1, "test", 0);
        let mut first = [0u32; 3];
        for _ in 0..3000 {
            let mut desk = desk(1);
            let mut seen = Vec::new();
            (0..3).for_each(|item| desk.arrive(Item(item), &mut |work| seen.push(work)));
            assert_eq!(
                seen,
                [DeskEffect::Wake(SimDuration(0), Timer::Instant)],
                "one timer for all"
            );
            desk.on_timer(Timer::Instant, &mut rng, &mut |work| seen.push(work));
            let DeskEffect::Wake(_, Timer::ServiceEnd(item)) = seen[1] else { panic!("{seen:?}") };
            first[item.index()] += 1;
        }
        // Five standard deviations of 1000 in 3000.
        assert!(first.iter().all(|&count| count.abs_diff(1000) < 130), "{first:?}");
    }

    #[test]
    fn what_ends_in_an_instant_leaves_room_for_what_comes_in_it() {
        let mut desk = desk(1);
        bring(&mut desk, 0..1);
        let seen = work(|rng, mut out| {
            desk.arrive(Item(1), &mut out);
            desk.on_timer(Timer::ServiceEnd(Item(0)), rng, &mut out);
            desk.on_timer(Timer::Instant, rng, &mut out);
        });
        assert!(
            matches!(
                seen[..],
                [
                    DeskEffect::Wake(SimDuration(0), Timer::Instant),
                    DeskEffect::Wake(_, Timer::ServiceEnd(Item(1)))
                ]
            ),
            "{seen:?}"
        );
    }
}
