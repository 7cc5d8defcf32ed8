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
//! pull goes on asking likewise. In synchronous cycles, what a zone tells and what it says it knew is
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
//!   simultaneous contacts of synchronous cycles leave a little less);
//! - any push of m messages per zone whose partners are uniform: s = e^-m (1.4);
//! - push, blind, counter: k messages by each zone that heard, so m = k(1-s);
//! - push with a connection limit: less than e^-m of the messages taken, for those refused would
//!   mostly have been wasted (1.4).
//!
//! Replies come late, twice or never. Each is for a numbered message and counts once, whenever it
//! comes; of a message whose reply is lost nothing is counted. If a network doubles a message, the
//! reply that comes first counts, and both copies take a call of a limited zone.

mod calls;
mod cycle_timer;
mod infective;
mod info;
mod message;
mod params;
mod partners;
mod rumor_mongering;

use calls::OpenCall;
use cycle_timer::CycleTimer;
use infective::Infective;
use rumor_mongering::{RumorMongering, infective_of};

pub use self::info::INFO;
pub use self::message::{Kind, Message, Timer};
pub use self::params::{
    ConnectionLimit, Forget, LossOfInterest, Mode, Params, Removal, Start, Trigger,
};
use super::{Deliver, Publish};
use crate::id::{Item, ItemSet, NodeId};
use crate::protocol::{
    ConfigError, Input, NamedProtocol, NodeView, Out, Protocol, ProtocolInfo, Routing, SendBound,
    StableBounds,
};
use crate::time::{LocalTime, NanoDuration, SimDuration};

/// One zone that gossips.
#[derive(Clone, Debug)]
pub struct Gossip {
    mode: Mode,
    fanout: u32,
    timer: CycleTimer,
    known: ItemSet,
    /// What was told when the last synchronous cycle began; in other cycles, what was known when the
    /// instant began in which something was learnt last.
    told_then: ItemSet,
    /// That instant.
    learnt_at: Option<LocalTime>,
    /// None in a simple epidemic: apart, so that a million zones and every message of a small world
    /// pay nothing for what they do not use.
    mongering: Option<Box<RumorMongering>>,
}

impl Gossip {
    /// What it tells now.
    #[inline]
    fn items_to_send(&self) -> &ItemSet {
        let interest = self.mongering.as_deref().and_then(|manners| manners.infective.as_ref());
        interest.map_or(&self.known, Infective::items)
    }

    /// What it tells a partner now.
    #[inline]
    fn items_for(&self, partner: NodeId, out: &Out<'_, Self>) -> ItemSet {
        out.tellable(self.items_to_send(), partner).into_owned()
    }

    /// Whether there is nothing to do in a cycle.
    #[inline]
    fn is_silent(&self) -> bool {
        self.mode == Mode::Push && self.items_to_send().is_empty()
    }

    /// Sets the timer of the next cycle, if there is anything to do in it and none runs. The hub is
    /// no zone: it neither tells nor asks.
    #[inline]
    fn arm(&mut self, out: &mut Out<'_, Self>) {
        if !self.timer.is_armed() && !self.is_silent() && !out.view().is_hub() {
            self.timer.arm(out);
        }
    }

    /// It has just come to know these.
    #[inline]
    fn infect(&mut self, new: &ItemSet) {
        if let Some(interest) = infective_of(&mut self.mongering) {
            interest.infect(new);
        }
    }

    fn publish(&mut self, item: Item, out: &mut Out<'_, Self>) {
        if self.known.insert(item) {
            self.infect(&ItemSet::of(item));
        }
        self.arm(out);
    }

    fn cycle(&mut self, out: &mut Out<'_, Self>) {
        if let Some(manners) = &mut self.mongering {
            if let Some(interest) = &mut manners.infective {
                interest.end_cycle(out.rng());
            }
            let fed_back = manners.feedback().is_some();
            manners.calls.begin_cycle(fed_back);
        }
        if self.timer.is_synchronous() {
            self.take_snapshot();
        }
        if self.fanout > 1 {
            self.call_several(out);
        } else if !self.is_silent() {
            let partner = match &mut self.mongering {
                None => partners::any(out),
                Some(manners) => manners.partners.draw_one(out),
            };
            self.call(partner, out);
        }
        self.arm(out);
    }

    #[inline(never)]
    fn call_several(&mut self, out: &mut Out<'_, Self>) {
        let partners = match &mut self.mongering {
            None => partners::uniform(self.fanout, out),
            Some(manners) => manners.partners.draw_several(self.fanout, out),
        };
        for &partner in partners.as_slice() {
            // The blind may have lost interest since the cycle began.
            if !self.is_silent() {
                self.call(partner, out);
            }
        }
    }

    /// A synchronous cycle begins.
    fn take_snapshot(&mut self) {
        self.told_then = self.items_to_send().clone();
        if let Some(interest) = infective_of(&mut self.mongering) {
            interest.take_snapshot(&self.known);
        }
    }

    /// Calls a partner in a cycle.
    #[inline(always)]
    fn call(&mut self, partner: NodeId, out: &mut Out<'_, Self>) {
        let (kind, items) = match self.mode {
            Mode::Push => (Kind::Push, self.items_for(partner, out)),
            Mode::Pull => (Kind::Pull, ItemSet::EMPTY),
            Mode::PushPull => (Kind::PushPull, self.items_for(partner, out)),
        };
        if kind == Kind::Push && items.is_empty() {
            return;
        }
        let Some(manners) = &mut self.mongering else {
            return out.send(partner, Message::new(kind, None, items));
        };
        if let Some(interest) = &mut manners.infective {
            interest.sent(&items, out.rng());
        }
        let hunt = manners.hunt;
        self.send(partner, (kind, items), hunt, out);
    }

    /// Sends a message, with a number if a reply may come to it.
    #[inline]
    fn send(
        &mut self,
        to: NodeId,
        (kind, items): (Kind, ItemSet),
        hunts: u32,
        out: &mut Out<'_, Self>,
    ) {
        let number = self.mongering.as_mut().and_then(|manners| {
            let refusable = manners.admission.is_limited() && kind != Kind::PullReply;
            let answerable = manners.feedback().is_some() && !items.is_empty();
            let open = || OpenCall { to, kind, items: items.clone(), hunts };
            (refusable || answerable).then(|| manners.calls.open(open()))
        });
        out.send(to, Message::new(kind, number, items));
    }

    /// Takes a message of a kind, or refuses it.
    #[inline]
    fn receive(
        &mut self,
        (from, number): (NodeId, Option<u32>),
        kind: Kind,
        items: &ItemSet,
        out: &mut Out<'_, Self>,
    ) {
        if self.mongering.is_some() && !self.admits((from, number), kind, out) {
            return;
        }
        if matches!(kind, Kind::Pull | Kind::PushPull) {
            self.reply(from, items, out);
        }
        if kind == Kind::Pull {
            return;
        }
        if self.mongering.is_some() {
            self.send_feedback((from, number), items, out);
        }
        let new = out.deliver_new(&mut self.known, items);
        if self.mode != Mode::Push && !new.is_empty() {
            self.note_cycle_start(&new, out.now());
        }
        self.infect(&new);
        self.arm(out);
    }

    /// Keeps what was known before an instant in which these are new.
    #[inline(never)]
    fn note_cycle_start(&mut self, new: &ItemSet, now: LocalTime) {
        if !self.timer.is_synchronous() && self.learnt_at.replace(now) != Some(now) {
            self.told_then = self.known.difference(new);
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
        let Some(manners) = &mut self.mongering else { return true };
        let taken = kind == Kind::PullReply || manners.admission.admit(out.now());
        if let Some(number) = number.filter(|_| !taken) {
            out.send(from, Message::Rejected(number));
        }
        taken
    }

    /// Says what of a message it knew, if its sender wants to hear that.
    #[inline(never)]
    fn send_feedback(
        &self,
        (from, number): (NodeId, Option<u32>),
        items: &ItemSet,
        out: &mut Out<'_, Self>,
    ) {
        if let Some(interest) = self.mongering.as_deref().and_then(RumorMongering::feedback)
            && let Some(number) = number.filter(|_| !items.is_empty())
        {
            let synchronous = self.timer.is_synchronous();
            let knew = if synchronous { interest.cycle_snapshot() } else { &self.known };
            out.send(from, Message::Feedback(number, items.intersection(knew)));
        }
    }

    /// Tells a zone what it asked for, less what it has.
    fn reply(&mut self, to: NodeId, has: &ItemSet, out: &mut Out<'_, Self>) {
        let wanes = self.mongering.as_deref().is_some_and(|manners| manners.infective.is_some());
        // What comes in this instant is told in it to nobody, or who asks after it in the order of an
        // instant would be favoured. Where interest wanes, that order is random.
        let then = self.timer.is_synchronous() || !wanes && self.learnt_at == Some(out.now());
        let told = if then { &self.told_then } else { self.items_to_send() };
        let answer = out.tellable(&told.difference(has), to).into_owned();
        let shared = wanes.then(|| told.difference(&answer));
        if let (Some(interest), Some(shared)) = (infective_of(&mut self.mongering), shared) {
            interest.feedback(&shared, &shared, out.rng());
            interest.sent(&answer, out.rng());
        }
        if !answer.is_empty() {
            self.send(to, (Kind::PullReply, answer), 0, out);
        }
    }

    /// A recipient says what of a message it knew.
    fn on_feedback(&mut self, from: NodeId, number: u32, knew: &ItemSet, out: &mut Out<'_, Self>) {
        if let Some(manners) = &mut self.mongering
            && let Some(said) = manners.calls.close(number, from)
            && let Some(interest) = &mut manners.infective
        {
            interest.feedback(&said.items, &said.items.intersection(knew), out.rng());
        }
    }

    /// A call is refused: it goes to another, if it is not too late for that.
    fn on_rejected(&mut self, from: NodeId, number: u32, out: &mut Out<'_, Self>) {
        let Some(manners) = &mut self.mongering else { return };
        let Some(said) = manners.calls.close(number, from) else { return };
        if said.hunts > 0
            && manners.calls.is_current(number)
            && let Some(to) = manners.partners.draw_other(from, out)
        {
            let items = out.tellable(&said.items, to).into_owned();
            if said.kind != Kind::Push || !items.is_empty() {
                self.send(to, (said.kind, items), said.hunts - 1, out);
            }
        }
    }
}

impl NamedProtocol for Gossip {
    type Params = Params;
    const INFO: ProtocolInfo = INFO;

    fn new(settings: &Params, _site: &NodeView, resolution: NanoDuration) -> Self {
        Self {
            mode: settings.mode,
            fanout: settings.fanout,
            timer: CycleTimer::new(settings, resolution),
            known: ItemSet::EMPTY,
            told_then: ItemSet::EMPTY,
            learnt_at: None,
            mongering: RumorMongering::from_params(settings, resolution),
        }
    }

    fn check(params: &Params, view: &NodeView) -> Result<(), ConfigError> {
        params.check(view)
    }

    fn depends_on_order(params: &Params, _view: &NodeView) -> bool {
        params.depends_on_order()
    }

    fn delivery_bound(params: &Params, bounds: &StableBounds) -> Option<SimDuration> {
        params.delivery_bound(bounds)
    }

    fn send_bound(params: &Params, resolution: NanoDuration) -> Option<SendBound> {
        params.send_bound(resolution)
    }

    fn routing(_params: &Params) -> Routing {
        Routing::Uniform
    }
}

impl Protocol for Gossip {
    type Message = Message;
    type Timer = Timer;
    type Input = Publish;
    type Output = Deliver;

    fn handle(&mut self, input: Input<Self>, out: &mut Out<'_, Self>) {
        match input {
            Input::Start => self.arm(out),
            Input::Local(Publish(item)) => self.publish(item, out),
            Input::Message { from, message } => {
                let (number, kind, items) = match message {
                    Message::Push(items) => (None, Kind::Push, items),
                    Message::Pull => (None, Kind::Pull, ItemSet::EMPTY),
                    Message::PushPull(items) => (None, Kind::PushPull, items),
                    Message::PullReply(items) => (None, Kind::PullReply, items),
                    Message::Numbered(number, kind, items) => (Some(number), kind, items),
                    Message::Feedback(number, items) => {
                        return self.on_feedback(from, number, &items, out);
                    }
                    Message::Rejected(number) => return self.on_rejected(from, number, out),
                };
                self.receive((from, number), kind, &items, out);
            }
            Input::Timer(cycle) => {
                if self.timer.fires(cycle, out.now()) {
                    self.cycle(out);
                }
            }
            Input::Restart => {
                // What held when a cycle began during the crash is what holds now.
                if self.timer.restart(out.now()) {
                    self.take_snapshot();
                }
                self.arm(out);
            }
        }
    }
}

#[cfg(test)]
mod tests;
