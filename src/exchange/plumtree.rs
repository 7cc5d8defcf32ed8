//! `plumtree`: payloads go along a tree that the first of them has found; everywhere else goes what
//! there is to have, and who misses something asks for it and joins the tree there.
//!
//! J. Leitão, J. Pereira, L. Rodrigues: "Epidemic broadcast trees" (SRDS 2007).
//!
//! - *Eager push*: a zone that first hears an item sends it (Gossip) to its eager neighbours but the
//!   one it has it from. At the beginning all neighbours are eager.
//! - *Prune*: who is sent an item that it has says so, and both make the other lazy: what is left
//!   of the eager links after an item is a tree.
//! - *Lazy push*: to lazy neighbours it announces that it has the item (IHave).
//! - *Graft*: who hears of an item that does not come within `timeout_1` asks the first who
//!   announced it, and both make the other eager; every `timeout_2` the next one is asked.
//! - *Optimization*: who receives an item in a round that is later by `threshold` or more than the
//!   round in which a lazy neighbour announced it makes the two change places. A round is a hop.
//!
//! What comes in one instant is heard in random order ([`Shuffled`](super::shuffled)): which neighbour
//! becomes the parent, or is asked first, does not depend on numbers.
//!
//! What is older than a crash that takes memory and arrives after it may mislead: a neighbour may
//! think that a zone has an item that it lost. The zone hears of it from its other neighbours.

mod branch;
mod missing;
mod repair;
mod rounds;
mod settings;
mod talk;

use branch::Branch;
use missing::Missing;
use rounds::Rounds;

pub use self::settings::{Settings, Threshold};
pub use self::talk::{Heard, Talk};
use super::{Exchange, Input, Out};
use crate::id::{Item, ItemSet, NodeId};
use crate::seam::{Entry, Formula, Site, bound_letters};
use crate::time::{Length, Span};

/// Its paper, where it departs from it, its cost and its promise.
pub const ENTRY: Entry = Entry {
    name: "plumtree",
    about: "payloads along a tree that the first finds, announcements everywhere else, and who \
            misses something grafts",
    source: "Leitão, Pereira and Rodrigues, Epidemic broadcast trees, 2007",
    departs: &[
        "the paper's peers come from HyParView, which repairs itself; here they are the neighbours \
         in an overlay that does not change",
        "the paper has TCP beneath: it resends, and it tells of a neighbour that is down. Here what \
         was sent or announced is owed until the neighbour shows that it has it: by an \
         acknowledgement, a prune, or the same item or announcement of its own. After retry, and \
         then in intervals that double up to retry_max (RFC 6298, 5), what is owed is announced \
         (again). A neighbour that is silent twice in a row becomes lazy, as one that is down leaves \
         the tree, and is back in it when it grafts",
        "a zone that was down tells its neighbours what it has (Back) until they answer with what \
         they have (Welcome), and is eager for them, as a neighbour that is up",
        "nothing is sent to a neighbour that has announced it: that is acknowledged instead",
        "a graft is for all that the same announcement would have brought; if nothing comes of it, \
         the next waits double, and go round those who announced the item",
        "a copy that the network made of a payload is no reason to prune: who is sent an item again \
         by whom it has it from acknowledges it again",
        "in the optimization the two links change places at both ends; the paper leaves it open when",
    ],
    formulas: &[
        Formula { of: "payloads of the first item", is: "2*E - (n - 1)" },
        Formula { of: "messages of the first item", is: "4*E - 2*(n - 1)" },
        Formula { of: "payloads of a later item", is: "n - 1" },
        Formula { of: "messages of a later item, with a batch at most", is: "2*E" },
        Formula { of: "time to all", is: "W" },
        Formula {
            of: "time to all after the last fault, at most",
            is: "(K + 3*(n - 1))*(9/8*(2*retry_max + timeout_1 + timeout_2 + batch) + 4*L) + C",
        },
    ],
    letters: concat!(
        "n zones; E edges of the overlay; W the longest way from the origin along the tree: the ways \
         are the shortest there are for the origin of the first item; ",
        bound_letters!("n - 1"),
        "; no overlay has more hops than a line, n - 1; an attempt is of an announcement, a graft and the \
         item. The tree stands from the second item on, if \
         no payload takes longer by timeout_1 than an announcement on another way"
    ),
    promises: "all have everything, though nothing new is published, at the time above at most. \
               Nothing is durable: a crash that takes memory takes what nobody else has",
    settings: &settings::SETTINGS,
};

/// A timer of plumtree; each has a number, and is stale unless that is still waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alarm {
    /// A neighbour has not yet shown that it has what it is owed.
    Retry(NodeId, u64),
    /// Items that were announced have not come.
    Missing(u64),
    /// The end of a batch.
    Batch(u64),
}

/// How long things are waited for.
#[derive(Clone, Copy, Debug)]
struct Waits {
    retry: Span,
    retry_max: Span,
    timeout_1: Span,
    timeout_2: Span,
    batch: Span,
}

/// One zone.
#[derive(Clone, Debug)]
pub struct Plumtree {
    waits: Waits,
    threshold: Option<u32>,
    /// By neighbour, in order.
    branches: Vec<Branch>,
    known: Rounds,
    missing: Missing,
    /// Timers set so far.
    timers: u64,
    /// The timer of the batch.
    batch: Option<u64>,
    /// Whether something is collected.
    is_collecting: bool,
}

impl Plumtree {
    /// A zone that knows nothing.
    pub fn new(settings: &Settings, site: &Site, resolution: Length) -> Self {
        let waits = settings.waits(resolution);
        let neighbours = settings.topology.neighbours(site);
        Self {
            waits,
            threshold: settings.threshold.0,
            branches: neighbours.into_iter().map(|to| Branch::new(to, waits.retry)).collect(),
            known: Rounds::default(),
            missing: Missing::default(),
            timers: 0,
            batch: None,
            is_collecting: false,
        }
    }

    fn number(&mut self) -> u64 {
        self.timers += 1;
        self.timers
    }

    /// The place of a neighbour. Nobody else sends.
    fn place(&self, from: NodeId) -> Option<usize> {
        self.branches.binary_search_by_key(&from, |branch| branch.to).ok()
    }

    /// Waits for a neighbour to show that it has what it is owed, if it is not waited for.
    fn arm(&mut self, place: usize, out: &mut Out<'_, Self>) {
        let branch = &self.branches[place];
        if branch.retry.is_none() && branch.is_waited_for() {
            let number = self.number();
            let branch = &mut self.branches[place];
            branch.set(number);
            out.wake_after(branch.timeout, Alarm::Retry(branch.to, number));
        }
    }

    /// A neighbour has shown that it has these.
    fn settle(&mut self, place: usize, items: &ItemSet, out: &mut Out<'_, Self>) {
        if self.branches[place].settle(items, self.waits.retry) {
            self.arm(place, out);
        }
    }

    /// Pushes items that are new here: eagerly, lazily, or not at all where they are known.
    fn spread(&mut self, new: &Heard, from: Option<NodeId>, out: &mut Out<'_, Self>) {
        for place in 0..self.branches.len() {
            let branch = &mut self.branches[place];
            if Some(branch.to) == from {
                continue;
            }
            let announced = self.missing.announced_by(branch.to, &new.items);
            let items = new.items.minus(&announced);
            branch.acks.absorb(&announced);
            branch.owed.absorb(&items);
            if !branch.eager {
                branch.announced.absorb(&items);
            } else if !items.is_empty() {
                out.send(branch.to, Talk::Gossip(vec![Heard { items, ..*new }]));
                self.arm(place, out);
            }
        }
        self.is_collecting = true;
    }

    fn publish(&mut self, item: Item, out: &mut Out<'_, Self>) {
        let new = self.known.insert(0, &ItemSet::of(item));
        if !new.is_empty() {
            self.spread(&Heard { round: 0, items: new.clone() }, None, out);
            self.missing.find(&new);
        }
    }

    /// Items come from a neighbour.
    fn receive(&mut self, place: usize, heard: &[Heard], out: &mut Out<'_, Self>) {
        let from = self.branches[place].to;
        let all = rounds::all(heard);
        let had = all.both(self.known.all());
        self.settle(place, &all, out);
        self.branches[place].announced = self.branches[place].announced.minus(&all);
        for Heard { round, items } in heard {
            let new = self.known.insert(round.saturating_add(1), items);
            if new.is_empty() {
                continue;
            }
            for item in new.iter() {
                out.learn(item);
            }
            let branch = &mut self.branches[place];
            branch.eager = true;
            branch.gave.absorb(&new);
            branch.acks.absorb(&new);
            self.spread(
                &Heard { round: round.saturating_add(1), items: new.clone() },
                Some(from),
                out,
            );
            self.optimise(place, *round, &new, out);
            self.missing.find(&new);
        }
        let branch = &mut self.branches[place];
        let is_copy = had.minus(&branch.gave).is_empty();
        if is_copy || all != had {
            branch.acks.absorb(&had);
            self.is_collecting = true;
        } else {
            branch.eager = false;
            out.send(from, Talk::Prune(had));
        }
    }

    /// If somebody announced these as of an earlier round by so much, it takes the sender's place.
    fn optimise(&mut self, place: usize, round: u32, new: &ItemSet, out: &mut Out<'_, Self>) {
        let Some(threshold) = self.threshold else { return };
        let from = self.branches[place].to;
        let Some(nearer) = self.missing.nearer(new, from, round, threshold) else { return };
        if let Some(other) = self.place(nearer) {
            self.branches[other].eager = true;
            out.send(nearer, Talk::Graft(ItemSet::EMPTY));
            let branch = &mut self.branches[place];
            branch.eager = false;
            branch.acks = branch.acks.minus(new);
            out.send(from, Talk::Prune(new.clone()));
        }
    }

    /// A neighbour announces items.
    fn hear_of(&mut self, place: usize, heard: &[Heard], out: &mut Out<'_, Self>) {
        let known = rounds::all(heard).both(self.known.all());
        let branch = &mut self.branches[place];
        // What is under way to it acknowledges; what is only collected need not be announced.
        let crossed = known.both(&branch.owed).minus(&branch.announced);
        branch.acks.absorb(&known.minus(&crossed));
        branch.announced = branch.announced.minus(&known);
        self.is_collecting = true;
        self.settle(place, &known, out);
        self.note(place, heard, out);
    }

    fn hear(&mut self, place: usize, message: Talk, out: &mut Out<'_, Self>) {
        match message {
            Talk::Gossip(heard) => self.receive(place, &heard, out),
            Talk::IHave(heard) => self.hear_of(place, &heard, out),
            Talk::Graft(items) => self.grafted(place, &items, out),
            Talk::Prune(items) => {
                self.branches[place].eager = false;
                self.settle(place, &items, out);
            }
            Talk::Ack(items) => self.settle(place, &items, out),
            Talk::Back(heard) => {
                self.branches[place].eager = true;
                let to = self.branches[place].to;
                out.send(to, Talk::Welcome(self.known.grouped(self.known.all())));
                self.compare(place, &heard, out);
            }
            Talk::Welcome(heard) => {
                self.branches[place].is_unheard = false;
                self.compare(place, &heard, out);
            }
        }
    }

    /// Sends what is collected, at once or at the end of a batch.
    fn dispatch(&mut self, out: &mut Out<'_, Self>) {
        if !std::mem::take(&mut self.is_collecting) {
            return;
        }
        if self.waits.batch == Span(0) {
            self.send_collected(out);
        } else if self.batch.is_none() && self.branches.iter().any(Branch::has_collected) {
            let number = self.number();
            self.batch = Some(number);
            out.wake_after(self.waits.batch, Alarm::Batch(number));
        }
    }

    fn send_collected(&mut self, out: &mut Out<'_, Self>) {
        for place in 0..self.branches.len() {
            let branch = &mut self.branches[place];
            let acks = std::mem::replace(&mut branch.acks, ItemSet::EMPTY);
            let announced = std::mem::replace(&mut branch.announced, ItemSet::EMPTY);
            if !acks.is_empty() {
                out.send(branch.to, Talk::Ack(acks));
            }
            if !announced.is_empty() {
                out.send(branch.to, Talk::IHave(self.known.grouped(&announced)));
                self.arm(place, out);
            }
        }
    }
}

impl Exchange for Plumtree {
    type Message = Talk;
    type Timer = Alarm;

    fn handle(&mut self, input: Input<Self>, out: &mut Out<'_, Self>) {
        match input {
            Input::Start => {}
            Input::Publish(item) => self.publish(item, out),
            Input::Message { from, message } => {
                if let Some(place) = self.place(from) {
                    self.hear(place, message, out);
                }
            }
            Input::Timer(Alarm::Retry(to, number)) => self.retry(to, number, out),
            Input::Timer(Alarm::Missing(number)) => self.graft(number, out),
            Input::Timer(Alarm::Batch(number)) => {
                if self.batch == Some(number) {
                    self.batch = None;
                    self.send_collected(out);
                }
            }
            Input::Restart => self.restart(out),
        }
        self.dispatch(out);
    }
}

#[cfg(test)]
mod tests;
