//! The staff of a node at work: what happens to a lead from the moment at which the zone has it, and to a
//! member from the moment at which the zone has located it.
//!
//! A lead is translated if the zone does not read its language, then assessed by the labs; where the
//! zone lacks the technique for it, another zone is asked and answers. A member is located when enough
//! different leads about it that the law of its zone recognises are assessed. Leads count by their
//! number: a copy never corroborates the original (circular reporting). A node that identifies a member
//! elsewhere tells that zone. What a zone tells passes its officers. Then the warrant is awaited, and on
//! the word of the coordination a team strikes.
//!
//! Each kind of staff is a queue with so many servers (M/M/c under Poisson arrivals and exponential
//! times), first come, first served. What comes in in one instant is queued in random order, or the
//! leads of zones with low numbers would always be first.

mod ground_truth;
mod procedure;
mod stage;
mod work_queue;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rand::seq::SliceRandom;

use crate::id::{Item, ItemSet, Lead, Member, NodeId};
use crate::rng::RngStream;
use crate::time::{LocalTime, SimDuration};
use work_queue::WorkQueue;

pub use ground_truth::{
    CellFacts, Content, GroundTruth, ItemFacts, LEAD_KINDS, LEAD_SOURCES, LeadFacts, LeadKind,
    LeadSource, Reactions, TLP_LABELS, Tlp,
};
pub use procedure::{Fusion, KindSet, LanguageSet, Procedure, Staff, UNLIMITED, WorkTime};
pub use stage::Stage;

/// A piece of work that takes a member of the staff some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Job {
    /// Translates a lead.
    Translate(Lead),
    /// Assesses a lead for this zone.
    Assess(Lead),
    /// Assesses a lead for another zone, which lacks the technique.
    AssessFor(Lead, NodeId),
    /// Decides on the release of an item.
    Approve(Item),
    /// Strikes at a member.
    Strike(Member),
}

/// What wakes a desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// All that comes in in the instant has come in.
    Instant,
    /// The end of a job.
    Done(Job),
    /// The end of a wait.
    Waited(Wait),
}

/// A wait that takes nobody's time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// An approved item is due for release.
    Release(Item),
    /// The warrant for a located member.
    Warrant(Member),
}

/// What a desk wants its node to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeskEffect {
    /// Wake it after a time with this.
    Wake(SimDuration, Timer),
    /// Wake it when the clock shows this.
    WakeAt(LocalTime, Timer),
    /// A stage of its work is completed, on which its staff worked for so long.
    Stage(Stage, SimDuration),
    /// An item is released.
    Publish(Item),
    /// A member hiding in this zone is located.
    Located(Member),
    /// The zone may strike at a member.
    Authorised(Member),
    /// A team strikes at a member, now.
    Strike(Member),
}

/// The desk of one node.
#[derive(Clone, Debug)]
pub struct Desk {
    me: NodeId,
    procedure: Arc<Procedure>,
    truth: Arc<GroundTruth>,
    /// None before the first lead: where items are plain, a desk stays bare.
    state: Option<Box<DeskState>>,
}

/// What comes in.
#[derive(Clone, Copy, Debug)]
enum Arrival {
    /// An item, from another node or published here.
    Item(Item),
    /// A lead that the zone has seen itself.
    Seen(Lead),
    /// The coordination wants a strike.
    Strike(Member),
}

/// What is on a desk.
#[derive(Clone, Debug)]
struct DeskState {
    /// The items that have come in; a lead that was seen counts as its first item.
    known: ItemSet,
    /// By the number of their first item, the leads taken up.
    taken: ItemSet,
    /// What has come in in this instant.
    arrived: Vec<Arrival>,
    translators: WorkQueue<Job>,
    labs: WorkQueue<Job>,
    officers: WorkQueue<Job>,
    teams: WorkQueue<Job>,
    /// Waits that have not ended, with their ends.
    waits: Vec<(LocalTime, Wait)>,
    /// By member, the assessed leads that count.
    counts: BTreeMap<Member, u32>,
    located: BTreeSet<Member>,
}

impl Default for DeskState {
    fn default() -> Self {
        Self {
            known: ItemSet::EMPTY,
            taken: ItemSet::EMPTY,
            arrived: Vec::new(),
            translators: WorkQueue::default(),
            labs: WorkQueue::default(),
            officers: WorkQueue::default(),
            teams: WorkQueue::default(),
            waits: Vec::new(),
            counts: BTreeMap::new(),
            located: BTreeSet::new(),
        }
    }
}

impl DeskState {
    /// Takes note of an arrival; all of an instant are handled together.
    fn arrive(&mut self, arrival: Arrival, effects: &mut dyn FnMut(DeskEffect)) {
        if self.arrived.is_empty() {
            effects(DeskEffect::Wake(SimDuration(0), Timer::Instant));
        }
        self.arrived.push(arrival);
    }
}

impl Desk {
    /// An empty desk.
    pub fn new(me: NodeId, procedure: Arc<Procedure>, truth: Arc<GroundTruth>) -> Self {
        Self { me, procedure, truth, state: None }
    }

    /// An item comes in.
    #[inline]
    pub fn arrive(&mut self, item: Item, effects: &mut dyn FnMut(DeskEffect)) {
        if item.index() < self.truth.leads.len().max(self.truth.items.len()) {
            let state = self.state.get_or_insert_default();
            if state.known.insert(item) {
                state.arrive(Arrival::Item(item), effects);
            }
        }
    }

    /// The zone sees a lead.
    pub fn see(&mut self, lead: Lead, effects: &mut dyn FnMut(DeskEffect)) {
        let state = self.state.get_or_insert_default();
        state.known.insert(Item(lead.0));
        state.arrive(Arrival::Seen(lead), effects);
    }

    /// The coordination wants a strike at a member.
    pub fn strike(&mut self, member: Member, effects: &mut dyn FnMut(DeskEffect)) {
        let is_stated = self.procedure.is_stated;
        if is_stated {
            effects(DeskEffect::Stage(Stage::Dispatched(member), SimDuration(0)));
        }
        if !is_stated || self.is_free(self.staff().teams, self.procedure.strike) {
            return effects(DeskEffect::Strike(member));
        }
        self.state.get_or_insert_default().arrive(Arrival::Strike(member), effects);
    }

    /// A timer has fired.
    pub fn on_timer(
        &mut self,
        now: LocalTime,
        timer: Timer,
        rng: &mut RngStream,
        effects: &mut dyn FnMut(DeskEffect),
    ) {
        let Some(mut state) = self.state.take() else { return };
        let mut work = AtWork { desk: self, state: &mut state, now, rng, effects };
        match timer {
            Timer::Instant => {}
            Timer::Done(job) => work.done(job),
            Timer::Waited(wait) => work.waited(wait),
        }
        work.go_on();
        self.state = Some(state);
    }

    /// The zone is back after a crash: what was being done begins again, and waits go on.
    pub fn restart(
        &mut self,
        now: LocalTime,
        rng: &mut RngStream,
        effects: &mut dyn FnMut(DeskEffect),
    ) {
        let Some(mut state) = self.state.take() else { return };
        for queue in
            [&mut state.translators, &mut state.labs, &mut state.officers, &mut state.teams]
        {
            queue.interrupt();
        }
        for &(due, wait) in &state.waits {
            effects(DeskEffect::WakeAt(due, Timer::Waited(wait)));
        }
        AtWork { desk: self, state: &mut state, now, rng, effects }.start_jobs();
        self.state = Some(state);
    }

    /// Loses all that was on it, and what it had counted.
    pub fn crash_with_amnesia(&mut self) {
        self.state = None;
    }

    fn staff(&self) -> &Staff {
        self.procedure.staff(self.me)
    }

    /// Whether such work neither takes time nor waits.
    fn is_free(&self, servers: u32, time: WorkTime) -> bool {
        servers == UNLIMITED && time == WorkTime::NONE
    }

    /// Whether this node assesses a lead.
    fn assesses(&self, lead: &LeadFacts) -> bool {
        match self.procedure.fusion {
            Fusion::Everywhere => self.staff().assesses,
            Fusion::Home => lead.points_to == self.me,
            Fusion::Hub(hub) => hub == self.me,
        }
    }
}

/// A desk while it handles an input.
struct AtWork<'a> {
    desk: &'a Desk,
    state: &'a mut DeskState,
    now: LocalTime,
    rng: &'a mut RngStream,
    effects: &'a mut dyn FnMut(DeskEffect),
}

impl AtWork<'_> {
    /// Takes up what has come in in this instant, in random order, and starts what can be started.
    fn go_on(&mut self) {
        let mut arrived = std::mem::take(&mut self.state.arrived);
        arrived.shuffle(self.rng);
        for arrival in arrived {
            match arrival {
                Arrival::Item(item) => self.take_item(item),
                Arrival::Seen(lead) => {
                    let items: Vec<_> = self.desk.truth.items_of(lead).collect();
                    items.into_iter().for_each(|item| self.release(item));
                    self.take_lead(lead);
                }
                Arrival::Strike(member) => self.state.teams.push(Job::Strike(member), false),
            }
        }
        self.start_jobs();
    }

    fn take_item(&mut self, item: Item) {
        let is_mine = |node: NodeId| node == self.desk.me;
        match self.desk.truth.content(item) {
            Some(Content::Lead(lead)) => self.take_lead(lead),
            Some(Content::Request { lead, by }) => {
                let addressee = self.desk.truth.items[item.index()].addressee;
                if addressee.is_some_and(is_mine) {
                    self.state.labs.push(Job::AssessFor(lead, by), false);
                }
            }
            Some(Content::Answer { lead, to }) if is_mine(to) => {
                self.assessed(lead, SimDuration(0));
            }
            Some(Content::Finding { member, .. })
                if is_mine(self.desk.truth.homes[member.index()]) =>
            {
                self.locate(member);
            }
            _ => {}
        }
    }

    fn take_lead(&mut self, lead: Lead) {
        let facts = &self.desk.truth.leads[lead.index()];
        // A lead may reach the hub as several items.
        if !self.desk.assesses(facts) || !self.state.taken.insert(Item(lead.0)) {
            return;
        }
        if self.desk.staff().languages.contains(facts.language) {
            self.assess(lead);
        } else {
            self.state.translators.push(Job::Translate(lead), false);
        }
    }

    /// Assesses a lead that can be read, or asks a zone that has the technique.
    fn assess(&mut self, lead: Lead) {
        let facts = &self.desk.truth.leads[lead.index()];
        if self.desk.staff().techniques.contains(facts.kind) {
            return self.state.labs.push(Job::Assess(lead), false);
        }
        let request = Content::Request { lead, by: self.desk.me };
        if let Some(item) = self.desk.truth.item_for(request) {
            self.stage(Stage::Requested(lead), SimDuration(0));
            self.release(item);
        }
    }

    fn done(&mut self, job: Job) {
        let queue = self.state.queue(job);
        let Some(work) = queue.finish(job, self.now) else { return };
        match job {
            Job::Translate(lead) => {
                self.stage(Stage::Translated(lead), work);
                self.assess(lead);
            }
            Job::Assess(lead) => self.assessed(lead, work),
            Job::AssessFor(lead, to) => {
                self.stage(Stage::AssessedFor(lead), work);
                if let Some(item) = self.desk.truth.item_for(Content::Answer { lead, to }) {
                    self.release(item);
                }
            }
            Job::Approve(item) => self.approved(item, work),
            Job::Strike(member) => (self.effects)(DeskEffect::Strike(member)),
        }
    }

    /// Counts an assessed lead; with enough of them the member is identified.
    fn assessed(&mut self, lead: Lead, work: SimDuration) {
        self.stage(Stage::Assessed(lead), work);
        let LeadFacts { member, points_to, kind, .. } = self.desk.truth.leads[lead.index()];
        let law = self.desk.procedure.staff(points_to);
        if !law.recognises.contains(kind) {
            return;
        }
        let count = self.state.counts.entry(member).or_default();
        *count += 1;
        if *count != law.needs {
            return;
        }
        self.stage(Stage::Identified(member), SimDuration(0));
        if points_to == self.desk.me {
            return self.locate(member);
        }
        let finding = Content::Finding { member, by: self.desk.me };
        if let Some(item) = self.desk.truth.item_for(finding) {
            self.release(item);
        }
    }

    /// A member who hides here is located, by this desk or by another: once.
    fn locate(&mut self, member: Member) {
        if !self.state.located.insert(member) {
            return;
        }
        (self.effects)(DeskEffect::Located(member));
        let warrant = self.desk.staff().warrant.draw(self.rng);
        self.wait(warrant, Wait::Warrant(member));
    }

    /// Passes an item to the officers.
    fn release(&mut self, item: Item) {
        let Procedure { approval, priority, .. } = *self.desk.procedure;
        if self.desk.is_free(self.desk.staff().officers, approval) {
            return self.approved(item, SimDuration(0));
        }
        let is_lead = matches!(self.desk.truth.content(item), Some(Content::Lead(_)));
        self.state.officers.push(Job::Approve(item), priority && !is_lead);
    }

    fn approved(&mut self, item: Item, work: SimDuration) {
        self.stage(Stage::Approved(item), work);
        let delay = self.desk.truth.items[item.index()].delay;
        self.wait(delay, Wait::Release(item));
    }

    /// Waits, or goes on at once if there is nothing to wait for.
    fn wait(&mut self, delay: SimDuration, wait: Wait) {
        if delay == SimDuration(0) {
            return self.go_on_after(wait);
        }
        self.state.waits.push((self.now + delay, wait));
        (self.effects)(DeskEffect::Wake(delay, Timer::Waited(wait)));
    }

    fn waited(&mut self, wait: Wait) {
        let waits = &mut self.state.waits;
        if let Some(index) = waits.iter().position(|&(_, other)| other == wait) {
            waits.remove(index);
            self.go_on_after(wait);
        }
    }

    fn go_on_after(&mut self, wait: Wait) {
        match wait {
            Wait::Release(item) => (self.effects)(DeskEffect::Publish(item)),
            Wait::Warrant(member) => {
                self.stage(Stage::Warranted(member), SimDuration(0));
                (self.effects)(DeskEffect::Authorised(member));
            }
        }
    }

    fn start_jobs(&mut self) {
        let Staff { labs, translators, officers, teams, .. } = *self.desk.staff();
        let Procedure { translation, assessment, approval, strike, .. } = *self.desk.procedure;
        let DeskState { translators: translation_queue, labs: lab_queue, .. } = &mut *self.state;
        let mut started = Vec::new();
        while let Some(job) = translation_queue.start(translators, self.now) {
            started.push((translation, job));
        }
        while let Some(job) = lab_queue.start(labs, self.now) {
            started.push((assessment, job));
        }
        while let Some(job) = self.state.officers.start(officers, self.now) {
            started.push((approval, job));
        }
        while let Some(job) = self.state.teams.start(teams, self.now) {
            started.push((strike, job));
        }
        for (time, job) in started {
            let time = time.draw(self.rng);
            (self.effects)(DeskEffect::Wake(time, Timer::Done(job)));
        }
    }

    /// Reports a stage, if the scenario states a procedure.
    fn stage(&mut self, stage: Stage, work: SimDuration) {
        if self.desk.procedure.is_stated {
            (self.effects)(DeskEffect::Stage(stage, work));
        }
    }
}

impl DeskState {
    /// The queue that a job waits in.
    fn queue(&mut self, job: Job) -> &mut WorkQueue<Job> {
        match job {
            Job::Translate(_) => &mut self.translators,
            Job::Assess(_) | Job::AssessFor(..) => &mut self.labs,
            Job::Approve(_) => &mut self.officers,
            Job::Strike(_) => &mut self.teams,
        }
    }
}

#[cfg(test)]
mod tests;
