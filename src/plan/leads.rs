//! Draws the organisation of a run: homes, cells and leads. What is drawn has a stream or a key of its
//! own, so that another member, cell or attribute changes nothing else.

use rand::Rng;

use super::item_sizes::RandomSize;
use super::organisation::{Leads, Listed, Organisation, Source};
use crate::id::{Member, NodeId};
use crate::protocol::desk::{CellFacts, LeadFacts, WorkTime};
use crate::rng::{CounterRng, RngStream, exponential, stream, uniform01};
use crate::time::{SimDuration, SimTime};

/// What is drawn about a lead: the number of the draw.
#[derive(Clone, Copy)]
pub enum Attribute {
    Kind,
    Source,
    Language,
    Size,
    IsFalse,
    Phantom,
    Origin,
    Asked,
}

/// What identifies a lead whatever its number: the member whose process it belongs to, and its place in
/// that process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeadKey {
    pub member: u64,
    pub place: u64,
}

/// The member of the keys of listed leads.
const LISTED: u64 = u64::MAX;

/// The random numbers of leads, by key and attribute.
#[derive(Clone, Copy)]
pub struct LeadRng(CounterRng);

impl LeadRng {
    pub fn new(seed: u64) -> Self {
        Self(CounterRng::named(seed, "leads"))
    }

    fn bits(self, key: LeadKey, attribute: Attribute, node: NodeId) -> u64 {
        self.0.block(key.member, key.place, attribute as u32, node.0)[0]
    }

    /// A number from 0 to 1, exclusive.
    pub fn unit(self, key: LeadKey, attribute: Attribute) -> f64 {
        uniform01(self.bits(key, attribute, NodeId(0)))
    }

    /// A number below `end`, uniform; 0 if `end` is.
    pub fn below(self, key: LeadKey, attribute: Attribute, end: u64) -> u64 {
        below(self.bits(key, attribute, NodeId(0)), end)
    }

    /// One of some nodes, drawn for a node that has to do with the lead.
    pub fn one_of(self, key: LeadKey, node: NodeId, nodes: &[NodeId]) -> NodeId {
        let bits = self.bits(key, Attribute::Asked, node);
        nodes[below(bits, nodes.len() as u64) as usize]
    }
}

/// Maps 64 random bits to the numbers below `end`.
fn below(bits: u64, end: u64) -> u64 {
    ((u128::from(bits) * u128::from(end)) >> 64) as u64
}

/// Draws the time of a stream of its own; a constant needs none.
fn draw(time: WorkTime, stream: impl FnOnce() -> RngStream) -> SimDuration {
    match time {
        WorkTime::Constant(time) => time,
        _ => time.draw(&mut stream()),
    }
}

/// The people and leads of a run.
pub struct Drawing<'a> {
    organisation: &'a Organisation,
    /// The zones that see leads and where members hide.
    zones: &'a [NodeId],
    seed: u64,
    horizon: SimTime,
    rng: LeadRng,
}

impl<'a> Drawing<'a> {
    pub fn new(
        organisation: &'a Organisation,
        zones: &'a [NodeId],
        seed: u64,
        horizon: SimTime,
    ) -> Self {
        Self { organisation, zones, seed, horizon, rng: LeadRng::new(seed) }
    }

    /// When each cell attacks, and whether a warning brings its attack forward.
    pub fn cells(&self) -> Vec<CellFacts> {
        let Organisation { cells, attack, hasty, .. } = self.organisation;
        let of = |name: &'static str, cell: u32| stream(self.seed, name, cell.into());
        let cell = |cell: u32| CellFacts {
            deadline: attack
                .map_or(SimTime::NEVER, |attack| SimTime(0) + draw(attack, || of("attack", cell))),
            hasty: hasty.and_then(|(probability, after)| {
                let mut rng = of("haste", cell);
                (rng.random::<f64>() < probability).then(|| draw(after, || rng))
            }),
        };
        (0..*cells).map(cell).collect()
    }

    /// The homes of members and phantoms, and the leads in the order in which zones see them.
    pub fn homes_and_leads(&self) -> (Vec<NodeId>, Vec<(LeadFacts, LeadKey)>) {
        let Organisation { members, phantoms, .. } = *self.organisation;
        let mut homes = vec![NodeId(0); (members + phantoms) as usize];
        let mut leads = Vec::new();
        // False leads point to the homes of phantoms, which are therefore drawn first.
        for member in (members..members + phantoms).chain(0..members).map(Member) {
            let mut rng = stream(self.seed, "workload", 1 + u64::from(member.0));
            let drawn = self.zones[rng.random_range(0..self.zones.len() as u32) as usize];
            let listed = self.organisation.homes.get(member.index());
            homes[member.index()] = listed.copied().unwrap_or(drawn);
            if let Leads::Drawn { mean_interval, away, until } = self.organisation.leads
                && member.0 < members
            {
                let rates = (mean_interval, away, until.min(self.horizon));
                self.add_leads((member, rng), rates, &homes, &mut leads);
            }
        }
        if let Leads::Listed(listed) = &self.organisation.leads {
            let keys = (0..).map(|place| LeadKey { member: LISTED, place });
            leads.extend(listed.iter().zip(keys).map(|(lead, key)| self.listed(lead, key, &homes)));
        }
        leads.retain(|(facts, _)| facts.seen < self.horizon);
        leads.sort_by_key(|(facts, _)| (facts.seen, facts.origin, facts.member));
        (homes, leads)
    }

    /// Adds the leads of the process of a member.
    fn add_leads(
        &self,
        (member, mut rng): (Member, RngStream),
        (mean_interval, away, until): (f64, f64, SimTime),
        homes: &[NodeId],
        leads: &mut Vec<(LeadFacts, LeadKey)>,
    ) {
        let home = homes[member.index()];
        let mut sign = SimTime(0);
        for place in 0.. {
            sign = sign + gap(mean_interval, &mut rng);
            if sign >= until {
                return;
            }
            let is_away = rng.random::<f64>() < away && self.zones.len() > 1;
            let origin = if is_away {
                let other = rng.random_range(0..self.zones.len() as u32 - 1);
                self.other_than(home, other)
            } else {
                home
            };
            let key = LeadKey { member: member.0.into(), place };
            leads.push((self.lead((member, origin, is_away), sign, key, homes), key));
        }
    }

    /// The zone with a number among those other than `home`.
    fn other_than(&self, home: NodeId, number: u32) -> NodeId {
        let number = number as usize;
        let before = self.zones.partition_point(|&zone| zone < home);
        self.zones[if number < before { number } else { number + 1 }]
    }

    /// A drawn lead, which is false with the probability of its source.
    fn lead(
        &self,
        (member, origin, is_away): (Member, NodeId, bool),
        sign: SimTime,
        key: LeadKey,
        homes: &[NodeId],
    ) -> LeadFacts {
        let source = *self.organisation.sources.draw(|| self.rng.unit(key, Attribute::Source));
        let is_false = source.wrong > 0.0 && self.rng.unit(key, Attribute::IsFalse) < source.wrong;
        let (member, origin) =
            if is_false { self.phantom(is_away, key, homes) } else { (member, origin) };
        let stream_of_lead = || stream(self.seed, "delay", key.member << 32 | key.place);
        let delay = draw(source.delay, stream_of_lead);
        let facts = LeadFacts { origin, sign, seen: sign + delay, ..LeadFacts::bare(member) };
        self.with_attributes(facts, source, key, homes)
    }

    /// The phantom that a false lead is about, and the zone that sees it.
    fn phantom(&self, is_away: bool, key: LeadKey, homes: &[NodeId]) -> (Member, NodeId) {
        let Organisation { members, phantoms, .. } = *self.organisation;
        let number = self.rng.below(key, Attribute::Phantom, phantoms.into()) as u32;
        let member = Member(members + number);
        let home = homes[member.index()];
        let others = self.zones.len() as u64 - 1;
        let other = || self.rng.below(key, Attribute::Origin, others) as u32;
        (member, if is_away { self.other_than(home, other()) } else { home })
    }

    /// Draws what a lead is like, whatever it is about.
    fn with_attributes(
        &self,
        facts: LeadFacts,
        Source { source, .. }: Source,
        key: LeadKey,
        homes: &[NodeId],
    ) -> LeadFacts {
        let Organisation { kinds, languages, size, .. } = self.organisation;
        LeadFacts {
            source,
            kind: *kinds.draw(|| self.rng.unit(key, Attribute::Kind)),
            language: *languages.draw(|| self.rng.unit(key, Attribute::Language)),
            bytes: self.bytes(*size, key),
            points_to: homes[facts.member.index()],
            ..facts
        }
    }

    fn bytes(&self, size: RandomSize, key: LeadKey) -> u64 {
        size.draw(
            || self.rng.unit(key, Attribute::Size),
            |bound| self.rng.below(key, Attribute::Size, bound),
        )
    }

    fn listed(&self, lead: &Listed, key: LeadKey, homes: &[NodeId]) -> (LeadFacts, LeadKey) {
        let source = *self.organisation.sources.draw(|| self.rng.unit(key, Attribute::Source));
        let seen = lead.seen;
        let bare =
            LeadFacts { origin: lead.origin, sign: seen, seen, ..LeadFacts::bare(lead.member) };
        let drawn = self.with_attributes(bare, source, key, homes);
        let facts = LeadFacts {
            kind: lead.kind.unwrap_or(drawn.kind),
            source: lead.source.unwrap_or(drawn.source),
            language: lead.language.unwrap_or(drawn.language),
            bytes: lead.size.map_or(drawn.bytes, |size| self.bytes(size, key)),
            ..drawn
        };
        (facts, key)
    }
}

/// Draws an exponentially distributed time with this mean in ticks.
pub fn gap(mean: f64, rng: &mut RngStream) -> SimDuration {
    SimDuration((mean * exponential(rng.random()) + 0.5) as u64)
}
