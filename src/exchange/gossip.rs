//! `gossip`: every zone tells others at random, again and again, or until it loses interest.
//!
//! A. Demers et al.: "Epidemic algorithms for replicated database maintenance" (PODC 1987).
//!
//! *Simple epidemics* (1.3) are `forget = "never"`: all that is known is told, for ever.
//!
//! - *push*: in a cycle a zone that knows something sends it to its partners.
//! - *pull*: every zone asks its partners, and who knows something answers with it.
//! - *push-pull*: every zone sends what it knows, and the partner answers with what was missing.
//!
//! *Complex epidemics* (1.4, rumor mongering): a zone is infective for an item from when it learns
//! it until it loses interest, and tells only such items. *Blind*, it wearies of telling; with
//! *feedback*, of telling who knew already: the recipient replies what it knew. By *coin*, interest
//! is lost each time with probability 1/k; by *counter*, at the k-th time, and with feedback one who
//! needed the item sets the count back to nothing. Where others ask (pull, push-pull), all contacts
//! of a cycle make one step of the counter: back if anybody needed the item, else on by one (the
//! paper's footnote to its table of pull); the coin is thrown for each contact.
//!
//! So k counts contacts and not cycles (the paper: "after k unnecessary contacts"), but for that
//! footnote. With a `fanout` of f a zone makes up to f of them in a cycle, with partners in random
//! order, and stops when it has lost interest: how many ever hear hardly depends on f.
//!
//! A zone with nothing to tell sends nothing in push, and the run becomes quiet. In pull and
//! push-pull it asks all the same: it cannot know that there is nothing to hear, and the paper's
//! pull goes on asking likewise. In aligned cycles, what a zone tells and what it says it knew is
//! what held when the cycle began, as in the paper's synchronous model: two that tell a third in one
//! cycle have both told something new. In other cycles an answer leaves out what comes in the same
//! instant.
//!
//! *Connection limit* and *hunting* (1.4): a zone takes so many calls in a cycle and refuses the
//! rest, of the calls of one instant each as likely as another; who is refused may turn to others in
//! the same cycle. *Spatial distributions* (3): partners drawn by d^-a.
//!
//! # What forgetting leaves
//!
//! Per item, s being the share of zones that never hear of it:
//!
//! - push, feedback, coin: s = e^(-(k+1)(1-s)), as long as one contact follows the other (1.4; the
//!   simultaneous contacts of aligned cycles leave a little less);
//! - any push of m messages per zone whose partners are uniform: s = e^-m (1.4);
//! - push, blind, counter: k messages by each zone that heard, so m = k(1-s);
//! - push with a connection limit: less than e^-m of the messages taken, for those refused would
//!   mostly have been wasted (1.4).
//!
//! Replies come late, twice or never. Each is for a numbered message and counts once, whenever it
//! comes; of a message whose reply is lost nothing is counted. If a network doubles a message, the
//! reply that comes first counts, and both copies take a call of a limited zone.

mod calls;
mod entry;
mod interest;
mod manners;
mod partners;
mod rhythm;
mod rumour;
mod settings;

use calls::Open;
use interest::Interest;
use manners::{Manners, interest_of};
use rhythm::Rhythm;

pub use self::entry::ENTRY;
pub use self::rhythm::Cycle;
pub use self::rumour::{Kind, Rumour};
pub use self::settings::{By, ConnectionLimit, Forget, Mode, On, Settings, Start, Waning};
use super::{Exchange, Input, Out};
use crate::id::{Item, ItemSet, NodeId};
use crate::seam::Site;
use crate::time::{Length, Local};

/// One zone that gossips.
#[derive(Clone, Debug)]
pub struct Gossip {
    mode: Mode,
    fanout: u32,
    rhythm: Rhythm,
    known: ItemSet,
    /// What was told when the last aligned cycle began; in other cycles, what was known when the
    /// instant began in which something was learnt last.
    told_then: ItemSet,
    /// That instant.
    learnt_at: Option<Local>,
    /// None in a simple epidemic: apart, so that a million zones and every message of a small world
    /// pay nothing for what they do not use.
    manners: Option<Box<Manners>>,
}

impl Gossip {
    /// A zone that knows nothing.
    pub fn new(settings: &Settings, _site: &Site, resolution: Length) -> Self {
        Self {
            mode: settings.mode,
            fanout: settings.fanout,
            rhythm: Rhythm::new(settings, resolution),
            known: ItemSet::EMPTY,
            told_then: ItemSet::EMPTY,
            learnt_at: None,
            manners: Manners::of(settings, resolution),
        }
    }

    /// What it tells now.
    #[inline]
    fn told(&self) -> &ItemSet {
        let interest = self.manners.as_deref().and_then(|manners| manners.interest.as_ref());
        interest.map_or(&self.known, Interest::hot)
    }

    /// Whether there is nothing to do in a cycle.
    #[inline]
    fn is_silent(&self) -> bool {
        self.mode == Mode::Push && self.told().is_empty()
    }

    /// Sets the timer of the next cycle, if there is anything to do in it and none runs. The hub is
    /// no zone: it neither tells nor asks.
    #[inline]
    fn arm(&mut self, out: &mut Out<'_, Self>) {
        if !self.rhythm.is_set() && !self.is_silent() && !out.site().is_hub() {
            self.rhythm.set(out);
        }
    }

    /// It has just come to know these.
    #[inline]
    fn catch(&mut self, new: &ItemSet) {
        if let Some(interest) = interest_of(&mut self.manners) {
            interest.catch(new);
        }
    }

    fn publish(&mut self, item: Item, out: &mut Out<'_, Self>) {
        if self.known.insert(item) {
            self.catch(&ItemSet::of(item));
        }
        self.arm(out);
    }

    fn cycle(&mut self, out: &mut Out<'_, Self>) {
        if let Some(manners) = &mut self.manners {
            if let Some(interest) = &mut manners.interest {
                interest.turn(out.rng());
            }
            let fed_back = manners.fed_back().is_some();
            manners.calls.turn(fed_back);
        }
        if self.rhythm.is_aligned() {
            self.remember();
        }
        if self.fanout > 1 {
            self.call_several(out);
        } else if !self.is_silent() {
            let partner = match &mut self.manners {
                None => partners::any(out),
                Some(manners) => manners.partners.one(out),
            };
            self.call(partner, out);
        }
        self.arm(out);
    }

    #[inline(never)]
    fn call_several(&mut self, out: &mut Out<'_, Self>) {
        let partners = match &mut self.manners {
            None => partners::uniform(self.fanout, out),
            Some(manners) => manners.partners.several(self.fanout, out),
        };
        for &partner in partners.as_slice() {
            // The blind may have lost interest since the cycle began.
            if !self.is_silent() {
                self.call(partner, out);
            }
        }
    }

    /// An aligned cycle begins.
    fn remember(&mut self) {
        self.told_then = self.told().clone();
        if let Some(interest) = interest_of(&mut self.manners) {
            interest.remember(&self.known);
        }
    }

    /// Calls a partner in a cycle.
    #[inline(always)]
    fn call(&mut self, partner: NodeId, out: &mut Out<'_, Self>) {
        let (kind, items) = match self.mode {
            Mode::Push => (Kind::Push, self.told().clone()),
            Mode::Pull => (Kind::Ask, ItemSet::EMPTY),
            Mode::PushPull => (Kind::Call, self.told().clone()),
        };
        let Some(manners) = &mut self.manners else {
            return out.send(partner, Rumour::new(kind, None, items));
        };
        if let Some(interest) = &mut manners.interest {
            interest.told(&items, out.rng());
        }
        let hunt = manners.hunt;
        self.say(partner, (kind, items), hunt, out);
    }

    /// Sends a message, with a number if a reply may come to it.
    #[inline]
    fn say(
        &mut self,
        to: NodeId,
        (kind, items): (Kind, ItemSet),
        hunts: u32,
        out: &mut Out<'_, Self>,
    ) {
        let number = self.manners.as_mut().and_then(|manners| {
            let refusable = manners.lines.are_few() && kind != Kind::Answer;
            let answerable = manners.fed_back().is_some() && !items.is_empty();
            let open = || Open { to, kind, items: items.clone(), hunts };
            (refusable || answerable).then(|| manners.calls.open(open()))
        });
        out.send(to, Rumour::new(kind, number, items));
    }

    /// Takes a message of a kind, or refuses it.
    #[inline]
    fn hear(
        &mut self,
        (from, number): (NodeId, Option<u32>),
        kind: Kind,
        items: &ItemSet,
        out: &mut Out<'_, Self>,
    ) {
        if self.manners.is_some() && !self.admits((from, number), kind, out) {
            return;
        }
        if matches!(kind, Kind::Ask | Kind::Call) {
            self.answer(from, items, out);
        }
        if kind == Kind::Ask {
            return;
        }
        if self.manners.is_some() {
            self.feed_back((from, number), items, out);
        }
        let new = out.learn_new(&mut self.known, items);
        if self.mode != Mode::Push && !new.is_empty() {
            self.keep_before(&new, out.now());
        }
        self.catch(&new);
        self.arm(out);
    }

    /// Keeps what was known before an instant in which these are new.
    #[inline(never)]
    fn keep_before(&mut self, new: &ItemSet, now: Local) {
        if !self.rhythm.is_aligned() && self.learnt_at.replace(now) != Some(now) {
            self.told_then = self.known.minus(new);
        }
    }

    /// Takes a call, or refuses it.
    #[inline(never)]
    fn admits(
        &mut self,
        (from, number): (NodeId, Option<u32>),
        kind: Kind,
        out: &mut Out<'_, Self>,
    ) -> bool {
        let Some(manners) = &mut self.manners else { return true };
        let taken = kind == Kind::Answer || manners.lines.take(out.now());
        if let Some(number) = number.filter(|_| !taken) {
            out.send(from, Rumour::Refused(number));
        }
        taken
    }

    /// Says what of a message it knew, if its sender wants to hear that.
    #[inline(never)]
    fn feed_back(
        &self,
        (from, number): (NodeId, Option<u32>),
        items: &ItemSet,
        out: &mut Out<'_, Self>,
    ) {
        if let Some(interest) = self.manners.as_deref().and_then(Manners::fed_back)
            && let Some(number) = number.filter(|_| !items.is_empty())
        {
            let aligned = self.rhythm.is_aligned();
            let knew = if aligned { interest.known_then() } else { &self.known };
            out.send(from, Rumour::Knew(number, items.both(knew)));
        }
    }

    /// Tells a zone what it asked for, less what it has.
    fn answer(&mut self, to: NodeId, has: &ItemSet, out: &mut Out<'_, Self>) {
        let wanes = self.manners.as_deref().is_some_and(|manners| manners.interest.is_some());
        // What comes in this instant is told in it to nobody, or who asks after it in the order of an
        // instant would be favoured. Where interest wanes, that order is random.
        let then = self.rhythm.is_aligned() || !wanes && self.learnt_at == Some(out.now());
        let told = if then { &self.told_then } else { self.told() };
        let answer = told.minus(has);
        let shared = wanes.then(|| told.minus(&answer));
        if let (Some(interest), Some(shared)) = (interest_of(&mut self.manners), shared) {
            interest.hear(&shared, &shared, out.rng());
            interest.told(&answer, out.rng());
        }
        if !answer.is_empty() {
            self.say(to, (Kind::Answer, answer), 0, out);
        }
    }

    /// A recipient says what of a message it knew.
    fn hear_back(&mut self, from: NodeId, number: u32, knew: &ItemSet, out: &mut Out<'_, Self>) {
        if let Some(manners) = &mut self.manners
            && let Some(said) = manners.calls.close(number, from)
            && let Some(interest) = &mut manners.interest
        {
            interest.hear(&said.items, &said.items.both(knew), out.rng());
        }
    }

    /// A call is refused: it goes to another, if it is not too late for that.
    fn hunt(&mut self, from: NodeId, number: u32, out: &mut Out<'_, Self>) {
        let Some(manners) = &mut self.manners else { return };
        let Some(said) = manners.calls.close(number, from) else { return };
        if said.hunts > 0
            && manners.calls.is_current(number)
            && let Some(to) = manners.partners.one_but(from, out)
        {
            self.say(to, (said.kind, said.items), said.hunts - 1, out);
        }
    }
}

impl Exchange for Gossip {
    type Message = Rumour;
    type Timer = Cycle;

    fn handle(&mut self, input: Input<Self>, out: &mut Out<'_, Self>) {
        match input {
            Input::Start => self.arm(out),
            Input::Publish(item) => self.publish(item, out),
            Input::Message { from, message } => {
                let (number, kind, items) = match message {
                    Rumour::Push(items) => (None, Kind::Push, items),
                    Rumour::Ask => (None, Kind::Ask, ItemSet::EMPTY),
                    Rumour::Call(items) => (None, Kind::Call, items),
                    Rumour::Answer(items) => (None, Kind::Answer, items),
                    Rumour::Numbered(number, kind, items) => (Some(number), kind, items),
                    Rumour::Knew(number, items) => {
                        return self.hear_back(from, number, &items, out);
                    }
                    Rumour::Refused(number) => return self.hunt(from, number, out),
                };
                self.hear((from, number), kind, &items, out);
            }
            Input::Timer(cycle) => {
                if self.rhythm.rings(cycle, out.now()) {
                    self.cycle(out);
                }
            }
            Input::Restart => {
                // What held when a cycle began during the crash is what holds now.
                if self.rhythm.restart(out.now()) {
                    self.remember();
                }
                self.arm(out);
            }
        }
    }
}

#[cfg(test)]
mod tests;
