//! What a zone does with a lead: it waits for a free analyst, is assessed, and counts.
//!
//! A desk is a queue with `labs` servers and exponential service (M/M/c under Poisson leads). A
//! member is located when `corroboration` different leads about them are assessed in the zone
//! where they hide. Leads count by their number: a copy never corroborates the original
//! (circular reporting).

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use rand_chacha::rand_core::RngCore;

use crate::chance::{Stream, exponential, unit};
use crate::id::{Item, ItemSet, Member, NodeId};
use crate::time::Span;

/// What the items of a run are about. Every node holds the same ledger and reads in it only what
/// it has learnt; what travels is the number of the item.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// By item: the member whom the lead is about. Empty where items are plain.
    pub leads: Vec<Member>,
    /// By member: the zone where they hide.
    pub homes: Vec<NodeId>,
}

/// How a desk works.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Leads assessed at a time, at least 1.
    pub labs: u32,
    /// Mean time to assess a lead.
    pub service: Span,
    /// Different leads that locate a member, at least 1.
    pub corroboration: u32,
}

/// The end of an assessment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Done(Item);

/// What a desk wants its zone to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Wake it after a time with this.
    Wake(Span, Done),
    /// A member hiding in this zone is located.
    Locate(Member),
}

/// The desk of one zone.
#[derive(Clone, Debug)]
pub struct Desk {
    me: NodeId,
    settings: Settings,
    ledger: Rc<Ledger>,
    /// None before the first lead: where items are plain, a desk stays bare.
    papers: Option<Box<Papers>>,
}

/// What is on a desk.
#[derive(Clone, Debug)]
struct Papers {
    seen: ItemSet,
    waiting: VecDeque<Item>,
    in_hand: Vec<Item>,
    counts: BTreeMap<Member, u32>,
}

impl Default for Papers {
    fn default() -> Self {
        Self {
            seen: ItemSet::EMPTY,
            waiting: VecDeque::new(),
            in_hand: Vec::new(),
            counts: BTreeMap::new(),
        }
    }
}

impl Desk {
    /// An empty desk.
    pub fn new(me: NodeId, settings: Settings, ledger: Rc<Ledger>) -> Self {
        Self { me, settings, ledger, papers: None }
    }

    /// A lead comes in.
    #[inline]
    pub fn take(&mut self, item: Item, rng: &mut Stream, work: &mut dyn FnMut(Work)) {
        if item.index() < self.ledger.leads.len() {
            let papers = self.papers.get_or_insert_default();
            if papers.seen.insert(item) {
                papers.waiting.push_back(item);
                papers.begin(self.settings, rng, work);
            }
        }
    }

    /// An assessment ends.
    pub fn done(&mut self, Done(item): Done, rng: &mut Stream, work: &mut dyn FnMut(Work)) {
        let Some(papers) = &mut self.papers else { return };
        let Some(place) = papers.in_hand.iter().position(|&other| other == item) else { return };
        papers.in_hand.remove(place);
        let member = self.ledger.leads[item.index()];
        let count = papers.counts.entry(member).or_default();
        *count += 1;
        let at_home = self.ledger.homes[member.index()] == self.me;
        if *count == self.settings.corroboration && at_home {
            work(Work::Locate(member));
        }
        papers.begin(self.settings, rng, work);
    }

    /// The zone is back after a crash: what was in hand is begun again.
    pub fn restart(&mut self, rng: &mut Stream, work: &mut dyn FnMut(Work)) {
        let Some(papers) = &mut self.papers else { return };
        for item in papers.in_hand.drain(..).rev() {
            papers.waiting.push_front(item);
        }
        papers.begin(self.settings, rng, work);
    }

    /// Loses all that was on it, and what it had counted.
    pub fn forget(&mut self) {
        self.papers = None;
    }
}

impl Papers {
    fn begin(&mut self, settings: Settings, rng: &mut Stream, work: &mut dyn FnMut(Work)) {
        while self.in_hand.len() < settings.labs as usize {
            let Some(item) = self.waiting.pop_front() else { return };
            self.in_hand.push(item);
            let ticks = exponential(unit(rng.next_u64())) * settings.service.0 as f64;
            work(Work::Wake(Span((ticks + 0.5) as u64), Done(item)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::stream;

    fn desk(labs: u32) -> Desk {
        // Items 0 to 2 are about member 0, who hides here; 3 to 5 about member 1, who does not.
        let leads = vec![Member(0), Member(0), Member(0), Member(1), Member(1), Member(1)];
        let ledger = Rc::new(Ledger { leads, homes: vec![NodeId(4), NodeId(5)] });
        Desk::new(NodeId(4), Settings { labs, service: Span(10), corroboration: 2 }, ledger)
    }

    fn work(act: impl FnOnce(&mut Stream, &mut dyn FnMut(Work))) -> Vec<Work> {
        let mut seen = Vec::new();
        act(&mut stream(1, "test", 0), &mut |work| seen.push(work));
        seen
    }

    #[test]
    fn labs_bound_what_is_in_hand() {
        let mut desk = desk(2);
        let seen = work(|rng, mut out| {
            (0..4).for_each(|item| desk.take(Item(item), rng, &mut out));
        });
        assert_eq!(seen.len(), 2, "two labs");
        let seen = work(|rng, mut out| desk.done(Done(Item(0)), rng, &mut out));
        assert!(matches!(seen[..], [Work::Wake(_, Done(Item(2)))]), "first come, first served");
        let seen = work(|rng, mut out| desk.restart(rng, &mut out));
        assert!(matches!(seen[..], [Work::Wake(_, Done(Item(1))), Work::Wake(_, Done(Item(2)))]));
    }

    #[test]
    fn two_different_leads_locate_a_member_at_home_once() {
        let mut desk = desk(9);
        work(|rng, mut out| (0..6).for_each(|item| desk.take(Item(item), rng, &mut out)));
        let mut finish = |item| work(|rng, mut out| desk.done(Done(Item(item)), rng, &mut out));
        assert_eq!(finish(0), []);
        assert_eq!(finish(0), [], "the same assessment does not end twice");
        assert_eq!(finish(3), []);
        assert_eq!(finish(1), [Work::Locate(Member(0))]);
        assert_eq!(finish(2), [], "located once");
        assert_eq!(finish(4), [], "not at home here");
    }

    #[test]
    fn copies_do_not_corroborate() {
        let mut desk = desk(9);
        let seen = work(|rng, mut out| {
            desk.take(Item(0), rng, &mut out);
            desk.take(Item(0), rng, &mut out);
        });
        assert_eq!(seen.len(), 1);
    }
}
