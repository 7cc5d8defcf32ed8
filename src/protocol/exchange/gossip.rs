//! `gossip`: every zone exchanges items with random other zones in cycles, for ever or until it
//! loses interest.
//!
//! A. Demers et al.: "Epidemic algorithms for replicated database maintenance" (PODC 1987).
//!
//! *Simple epidemics* (1.3) have `forget = "never"`: a zone spreads every item that it knows, for
//! ever.
//!
//! - *push*: in each cycle a zone that knows something sends it to its partners.
//! - *pull*: in each cycle every zone asks its partners, which reply with what they know.
//! - *push-pull*: every zone sends what it knows, and the partner replies with what was missing.
//!
//! *Complex epidemics* (1.4, rumor mongering): a zone is infective for an item from the time it
//! learns it until it loses interest, and spreads only such items. With *blind* loss of interest
//! every contact counts; with *feedback* a contact counts if the recipient already knew the item,
//! which its reply says. With *coin* each counted contact ends interest with probability 1/k; with
//! *counter* the k-th does, and with feedback a recipient that needed the item resets the counter.
//! In pull and push-pull with a counter and feedback, all contacts of a cycle count as one: a reset
//! if any zone needed the item, else one step (the footnote to the paper's table of pull). The coin
//! is tossed for each contact.
//!
//! Except for that footnote, k counts contacts and not cycles (the paper: "after k unnecessary
//! contacts"). With a `fanout` of f a zone makes up to f contacts per cycle, with partners in
//! random order, and stops when it has lost interest. The share of zones that receive an item
//! hardly depends on f.
//!
//! In push a zone without anything to spread sends nothing, and the run becomes quiet. In pull and
//! push-pull it keeps asking, as in the paper, since it cannot know that there is nothing to learn.
//! In synchronous cycles replies and feedback reflect what a zone knew when the cycle began, as in
//! the paper's synchronous model: two zones that push to a third in one cycle have both sent
//! something new. In other cycles a reply omits items that arrive in the same instant.
//!
//! *Connection limit* and *hunting* (1.4): a zone accepts a limited number of calls per cycle and
//! rejects the rest; among the calls of one instant the choice is uniform. A rejected zone may call
//! other zones in the same cycle. *Spatial distributions* (3): partners are drawn with weight d^-a.
//!
//! # Residue
//!
//! Per item, s is the share of zones that never receive it (the paper's residue):
//!
//! - push, feedback, coin: s = e^(-(k+1)(1-s)) if contacts are sequential (1.4); the simultaneous
//!   contacts of synchronous cycles leave slightly less;
//! - any push of m messages per zone with uniform partners: s = e^-m (1.4);
//! - push, blind, counter: each zone that receives the item sends k messages, so m = k(1-s);
//! - push with a connection limit: less than e^-m for m accepted messages, since most of the
//!   rejected ones would have been useless (1.4).
//!
//! Replies may arrive late, twice or never. Each answers a numbered message and counts once,
//! whenever it arrives; a message whose reply is lost counts nothing. If the network duplicates a
//! message, the first reply counts, and both copies use up the recipient's connection limit.

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
    /// The items spread when the last synchronous cycle began; in other cycles, the items known
    /// before the instant `learnt_at`.
    cycle_snapshot: ItemSet,
    /// The last instant in which the zone learnt an item.
    learnt_at: Option<LocalTime>,
    /// None in a simple epidemic. Boxed, so that simple epidemics pay nothing for it.
    mongering: Option<Box<RumorMongering>>,
}

impl Gossip {
    /// The items that the zone spreads.
    #[inline]
    fn items_to_send(&self) -> &ItemSet {
        let infective =
            self.mongering.as_deref().and_then(|mongering| mongering.infective.as_ref());
        infective.map_or(&self.known, Infective::items)
    }

    /// The items that the zone spreads and may tell this partner.
    #[inline]
    fn items_for(&self, partner: NodeId, out: &Out<'_, Self>) -> ItemSet {
        out.tellable(self.items_to_send(), partner).into_owned()
    }

    /// Whether a cycle would do nothing.
    #[inline]
    fn is_silent(&self) -> bool {
        self.mode == Mode::Push && self.items_to_send().is_empty()
    }

    /// Sets the timer of the next cycle if the cycle would do something and no timer runs. The hub
    /// takes no part in gossip.
    #[inline]
    fn arm(&mut self, out: &mut Out<'_, Self>) {
        if !self.timer.is_armed() && !self.is_silent() && !out.view().is_hub() {
            self.timer.arm(out);
        }
    }

    /// Becomes infective for new items.
    #[inline]
    fn infect(&mut self, new: &ItemSet) {
        if let Some(infective) = infective_of(&mut self.mongering) {
            infective.infect(new);
        }
    }

    fn publish(&mut self, item: Item, out: &mut Out<'_, Self>) {
        if self.known.insert(item) {
            self.infect(&ItemSet::singleton(item));
        }
        self.arm(out);
    }

    fn cycle(&mut self, out: &mut Out<'_, Self>) {
        if let Some(mongering) = &mut self.mongering {
            if let Some(infective) = &mut mongering.infective {
                infective.end_cycle(out.rng());
            }
            let uses_feedback = mongering.feedback().is_some();
            mongering.calls.begin_cycle(uses_feedback);
        }
        if self.timer.is_synchronous() {
            self.take_snapshot();
        }
        if self.fanout > 1 {
            self.call_several(out);
        } else if !self.is_silent() {
            let partner = match &mut self.mongering {
                None => partners::one_uniform(out),
                Some(mongering) => mongering.partners.draw_one(out),
            };
            self.call(partner, out);
        }
        self.arm(out);
    }

    #[inline(never)]
    fn call_several(&mut self, out: &mut Out<'_, Self>) {
        let partners = match &mut self.mongering {
            None => partners::uniform(self.fanout, out),
            Some(mongering) => mongering.partners.draw_several(self.fanout, out),
        };
        for &partner in partners.as_slice() {
            // With blind loss of interest, an earlier call of this cycle may have been the last.
            if !self.is_silent() {
                self.call(partner, out);
            }
        }
    }

    /// Records what the zone spreads and knows at the beginning of a synchronous cycle.
    fn take_snapshot(&mut self) {
        self.cycle_snapshot = self.items_to_send().clone();
        if let Some(infective) = infective_of(&mut self.mongering) {
            infective.take_snapshot(&self.known);
        }
    }

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
        let Some(mongering) = &mut self.mongering else {
            return out.send(partner, Message::new(kind, None, items));
        };
        if let Some(infective) = &mut mongering.infective {
            infective.sent(&items, out.rng());
        }
        let hunt = mongering.hunt;
        self.send(partner, (kind, items), hunt, out);
    }

    /// Sends a message, with a number if there may be a reply to it.
    #[inline]
    fn send(
        &mut self,
        to: NodeId,
        (kind, items): (Kind, ItemSet),
        hunts: u32,
        out: &mut Out<'_, Self>,
    ) {
        let number = self.mongering.as_mut().and_then(|mongering| {
            let refusable = mongering.admission.is_limited() && kind != Kind::PullReply;
            let answerable = mongering.feedback().is_some() && !items.is_empty();
            let open = || OpenCall { to, kind, items: items.clone(), hunts };
            (refusable || answerable).then(|| mongering.calls.open(open()))
        });
        out.send(to, Message::new(kind, number, items));
    }

    /// Handles a push, pull, push-pull or pull reply, unless the connection limit rejects it.
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
            self.record_known_before(&new, out.now());
        }
        self.infect(&new);
        self.arm(out);
    }

    /// Records what was known before the current instant, in which `new` was learnt.
    #[inline(never)]
    fn record_known_before(&mut self, new: &ItemSet, now: LocalTime) {
        if !self.timer.is_synchronous() && self.learnt_at.replace(now) != Some(now) {
            self.cycle_snapshot = self.known.difference(new);
        }
    }

    /// Applies the connection limit; replies with a rejection if the call is numbered.
    #[inline(never)]
    fn admits(
        &mut self,
        (from, number): (NodeId, Option<u32>),
        kind: Kind,
        out: &mut Out<'_, Self>,
    ) -> bool {
        let Some(mongering) = &mut self.mongering else { return true };
        let is_accepted = kind == Kind::PullReply || mongering.admission.admit(out.now());
        if let Some(number) = number.filter(|_| !is_accepted) {
            out.send(from, Message::Rejected(number));
        }
        is_accepted
    }

    /// Replies which items of the message were known, if the sender asked for feedback.
    #[inline(never)]
    fn send_feedback(
        &self,
        (from, number): (NodeId, Option<u32>),
        items: &ItemSet,
        out: &mut Out<'_, Self>,
    ) {
        if let Some(infective) = self.mongering.as_deref().and_then(RumorMongering::feedback)
            && let Some(number) = number.filter(|_| !items.is_empty())
        {
            let synchronous = self.timer.is_synchronous();
            let knew = if synchronous { infective.cycle_snapshot() } else { &self.known };
            out.send(from, Message::Feedback(number, items.intersection(knew)));
        }
    }

    /// Replies to a pull or push-pull with the items that the caller lacks.
    fn reply(&mut self, to: NodeId, has: &ItemSet, out: &mut Out<'_, Self>) {
        let loses_interest =
            self.mongering.as_deref().is_some_and(|mongering| mongering.infective.is_some());
        // In other than synchronous cycles, items of this instant are left out: otherwise the
        // caller that comes last in the instant would be favoured. Where interest is lost, the
        // order within the instant is random instead.
        let uses_snapshot =
            self.timer.is_synchronous() || !loses_interest && self.learnt_at == Some(out.now());
        let spread = if uses_snapshot { &self.cycle_snapshot } else { self.items_to_send() };
        let reply = out.tellable(&spread.difference(has), to).into_owned();
        let shared = loses_interest.then(|| spread.difference(&reply));
        if let (Some(infective), Some(shared)) = (infective_of(&mut self.mongering), shared) {
            infective.feedback(&shared, &shared, out.rng());
            infective.sent(&reply, out.rng());
        }
        if !reply.is_empty() {
            self.send(to, (Kind::PullReply, reply), 0, out);
        }
    }

    /// Counts a contact by what its recipient knew.
    fn on_feedback(&mut self, from: NodeId, number: u32, knew: &ItemSet, out: &mut Out<'_, Self>) {
        if let Some(mongering) = &mut self.mongering
            && let Some(call) = mongering.calls.close(number, from)
            && let Some(infective) = &mut mongering.infective
        {
            infective.feedback(&call.items, &call.items.intersection(knew), out.rng());
        }
    }

    /// Hunts: repeats a rejected call with another zone while the cycle lasts.
    fn on_rejected(&mut self, from: NodeId, number: u32, out: &mut Out<'_, Self>) {
        let Some(mongering) = &mut self.mongering else { return };
        let Some(call) = mongering.calls.close(number, from) else { return };
        if call.hunts > 0
            && mongering.calls.is_current(number)
            && let Some(to) = mongering.partners.draw_other(from, out)
        {
            let items = out.tellable(&call.items, to).into_owned();
            if call.kind != Kind::Push || !items.is_empty() {
                self.send(to, (call.kind, items), call.hunts - 1, out);
            }
        }
    }
}

impl NamedProtocol for Gossip {
    type Params = Params;
    const INFO: ProtocolInfo = INFO;

    fn new(params: &Params, _site: &NodeView, resolution: NanoDuration) -> Self {
        Self {
            mode: params.mode,
            fanout: params.fanout,
            timer: CycleTimer::new(params, resolution),
            known: ItemSet::EMPTY,
            cycle_snapshot: ItemSet::EMPTY,
            learnt_at: None,
            mongering: RumorMongering::from_params(params, resolution),
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
                // If a cycle began during the crash, its snapshot is the current state.
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
