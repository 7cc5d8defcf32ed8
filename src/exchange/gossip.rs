//! `gossip`: every zone tells others at random, again and again.
//!
//! A. Demers et al.: "Epidemic algorithms for replicated database maintenance" (PODC 1987), 1.3:
//! push, pull and push-pull among partners chosen uniformly. All that is known is told; nothing is
//! forgotten, which is the paper's simple epidemic without removal.
//!
//! - *push*: in a cycle a zone that knows something sends it to its partners.
//! - *pull*: every zone asks its partners, and who knows something answers with it.
//! - *push-pull*: every zone sends what it knows, and the partner answers with what was missing.
//!
//! A partner with nothing to say does not answer. In aligned cycles, what a zone sends and answers
//! is what it knew when the cycle began, as in the paper's synchronous model.
//!
//! Where it departs from the paper: the paper compares databases by checksum; here the whole is
//! told, and an answer of push-pull leaves out what the question held.

use rand_chacha::rand_core::RngCore;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Exchange, Input, Out};
use crate::chance::{below, exponential, unit};
use crate::id::{ItemSet, NodeId};
use crate::seam::{Entry, Message, Refusal, Setting, Site};
use crate::time::{Length, Local, Span};

/// What gossips say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Rumour {
    /// All I know.
    Push(ItemSet),
    /// What do you know?
    Ask,
    /// All I know; what do you know beyond it?
    Call(ItemSet),
    /// What you asked for.
    Answer(ItemSet),
}

impl Message for Rumour {
    #[inline]
    fn size(&self) -> usize {
        match self {
            Self::Ask => 1,
            Self::Push(items) | Self::Call(items) | Self::Answer(items) => 1 + items.size(),
        }
    }

    #[inline]
    fn payloads(&self) -> u32 {
        match self {
            Self::Ask => 0,
            Self::Push(items) | Self::Call(items) | Self::Answer(items) => items.len(),
        }
    }
}

/// The beginning of a cycle on the zone's clock. It is stale unless it is the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cycle(Local);

/// The `[exchange.gossip]` table.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table such as [exchange.gossip]")]
pub struct Settings {
    /// Who tells whom.
    pub mode: Mode,
    /// From one cycle of a zone to its next.
    pub interval: Length,
    /// Up to so much more is waited in each cycle, drawn anew each time.
    pub interval_jitter: Length,
    /// Distinct partners in a cycle, 1 to n-1.
    pub fanout: u32,
    /// When cycles begin.
    pub start: Start,
    /// When a zone loses interest in an item.
    pub forget: Forget,
}

/// Who tells whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Who knows tells.
    Push,
    /// Everybody asks.
    Pull,
    /// Both in one call.
    PushPull,
}

/// When cycles begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Start {
    /// At multiples of the interval on the zone's clock, from the first: synchronous cycles.
    Aligned,
    /// At a random point of the interval, each zone its own, then regularly.
    Staggered,
    /// At the rings of a Poisson clock with the interval as its mean.
    Poisson,
}

/// When a zone loses interest in an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Forget {
    /// Never: what is known is told for ever.
    Never,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            mode: Mode::PushPull,
            interval: Length::from_secs(1),
            interval_jitter: Length::default(),
            fanout: 1,
            start: Start::Staggered,
            forget: Forget::Never,
        }
    }
}

impl Settings {
    /// Whether these settings work at a site.
    ///
    /// # Errors
    /// An interval of nothing, a fanout outside 1 to n-1, or a jitter where cycles are aligned.
    pub fn check(&self, site: &Site) -> Result<(), Refusal> {
        let refuse = |key: &str, message: String| {
            Err(Refusal::new(format!("exchange.gossip.{key}"), message))
        };
        if self.interval.ns == 0 {
            return refuse("interval", "an interval of nothing; expected a time above 0".into());
        }
        if self.fanout == 0 || self.fanout >= site.zones {
            let (fanout, most) = (self.fanout, site.zones - 1);
            return refuse(
                "fanout",
                format!(
                    "{fanout} partners in a cycle; expected 1 to {most} among {} zones",
                    most + 1
                ),
            );
        }
        if self.interval_jitter.ns > 0 && self.start != Start::Staggered {
            let message =
                "only staggered cycles take a jitter; expected it with start = \"staggered\"";
            return refuse("interval_jitter", message.into());
        }
        Ok(())
    }
}

/// One zone that gossips.
#[derive(Clone, Debug)]
pub struct Gossip {
    mode: Mode,
    start: Start,
    interval: Span,
    jitter: Span,
    fanout: u32,
    known: ItemSet,
    /// What was known when the last aligned cycle began.
    snapshot: ItemSet,
    next: Option<Local>,
    last: Option<Local>,
}

impl Gossip {
    /// A zone that knows nothing.
    pub fn new(settings: &Settings, _site: &Site, resolution: Length) -> Self {
        Self {
            mode: settings.mode,
            start: settings.start,
            interval: Span(settings.interval.ticks(resolution).0.max(1)),
            jitter: settings.interval_jitter.ticks(resolution),
            fanout: settings.fanout,
            known: ItemSet::EMPTY,
            snapshot: ItemSet::EMPTY,
            next: None,
            last: None,
        }
    }

    /// Sets the timer of the next cycle, if there is anything to do in it and none runs. The hub is
    /// no zone: it neither tells nor asks.
    #[inline]
    fn arm(&mut self, out: &mut Out<'_, Self>) {
        if self.next.is_none() {
            self.arm_next(out);
        }
    }

    fn arm_next(&mut self, out: &mut Out<'_, Self>) {
        let silent = self.mode == Mode::Push && self.known.is_empty();
        if !silent && !out.site().is_hub() {
            let at = self.next_cycle(out);
            self.next = Some(at);
            out.wake_at(at, Cycle(at));
        }
    }

    fn next_cycle(&self, out: &mut Out<'_, Self>) -> Local {
        let now = out.now();
        let interval = self.interval.0;
        match self.start {
            Start::Aligned => {
                // The first multiple that is not past, nor the one that has just begun.
                let begun = self.last.is_some_and(|last| last >= now);
                let from = now.0.max(1) as u64 + u64::from(begun);
                Local((from.div_ceil(interval) * interval) as i64)
            }
            Start::Staggered => match self.last {
                None => now + Span((unit(out.rng().next_u64()) * interval as f64) as u64),
                Some(last) => {
                    let more = unit(out.rng().next_u64()) * (self.jitter.0 + 1) as f64;
                    let next = last + self.interval + Span(more as u64);
                    // After a crash it goes on in its own phase, or all that were down would call
                    // at the same instants from then on.
                    if next >= now {
                        return next;
                    }
                    let missed = (now - next).0.div_ceil(interval);
                    next + Span(missed * interval)
                }
            },
            Start::Poisson => {
                let wait = exponential(unit(out.rng().next_u64())) * interval as f64;
                now + Span((wait + 0.5) as u64)
            }
        }
    }

    /// What was known when the aligned cycle began that began during a crash is what is known now.
    fn catch_up(&mut self, now: Local) {
        let begun = Local(now.0 - now.0.rem_euclid(self.interval.0 as i64));
        let missed = begun < now && begun.0 > 0 && self.last.is_none_or(|last| last < begun);
        if self.start == Start::Aligned && missed {
            self.snapshot = self.known.clone();
        }
    }

    fn cycle(&mut self, out: &mut Out<'_, Self>) {
        self.next = None;
        self.last = Some(out.now());
        if self.start == Start::Aligned {
            self.snapshot = self.known.clone();
        }
        let me = out.me();
        let zones = out.site().zones;
        partners(me, zones, self.fanout, out, |partner, out| {
            out.send(
                partner,
                match self.mode {
                    Mode::Push => Rumour::Push(self.known.clone()),
                    Mode::Pull => Rumour::Ask,
                    Mode::PushPull => Rumour::Call(self.known.clone()),
                },
            );
        });
        self.arm(out);
    }

    /// Tells a zone what it asked for, less what it has.
    fn answer(&self, to: NodeId, has: &ItemSet, out: &mut Out<'_, Self>) {
        let known = if self.start == Start::Aligned { &self.snapshot } else { &self.known };
        let answer = known.minus(has);
        if !answer.is_empty() {
            out.send(to, Rumour::Answer(answer));
        }
    }
}

/// Draws `fanout` distinct zones other than `me`, each set as likely as any other.
fn partners(
    me: NodeId,
    zones: u32,
    fanout: u32,
    out: &mut Out<'_, Gossip>,
    mut each: impl FnMut(NodeId, &mut Out<'_, Gossip>),
) {
    let others = zones - 1;
    let other = |index: u32| NodeId(if index < me.0 { index } else { index + 1 });
    if fanout == 1 {
        let index = below(out.rng(), others);
        return each(other(index), out);
    }
    // Knuth, The Art of Computer Programming 2, 3.4.2, algorithm S: in order, without memory.
    let mut wanted = fanout;
    for index in 0..others {
        if wanted == others - index || below(out.rng(), others - index) < wanted {
            each(other(index), out);
            wanted -= 1;
            if wanted == 0 {
                return;
            }
        }
    }
}

impl Exchange for Gossip {
    type Message = Rumour;
    type Timer = Cycle;

    fn handle(&mut self, input: Input<Self>, out: &mut Out<'_, Self>) {
        match input {
            Input::Start => self.arm(out),
            Input::Publish(item) => {
                self.known.insert(item);
                self.arm(out);
            }
            Input::Message { message: Rumour::Push(items) | Rumour::Answer(items), .. } => {
                out.learn_new(&mut self.known, &items);
                self.arm(out);
            }
            Input::Message { from, message: Rumour::Ask } => {
                self.answer(from, &ItemSet::EMPTY, out);
            }
            Input::Message { from, message: Rumour::Call(items) } => {
                self.answer(from, &items, out);
                out.learn_new(&mut self.known, &items);
                self.arm(out);
            }
            Input::Timer(Cycle(at)) => {
                if self.next == Some(at) {
                    self.cycle(out);
                }
            }
            Input::Restart => {
                self.next = None;
                self.catch_up(out.now());
                self.arm(out);
            }
        }
    }
}

/// What `zonesim list` says of it.
pub const ENTRY: Entry = Entry {
    name: "gossip",
    about: "every zone tells or asks others at random, again and again",
    source: "Demers et al., Epidemic algorithms for replicated database maintenance, 1987",
    settings: &[
        Setting {
            key: "mode",
            default: "\"push-pull\"",
            meaning: "push, pull or push-pull (Demers 1987, 1.3; push-pull is its fastest)",
        },
        Setting {
            key: "interval",
            default: "\"1s\"",
            meaning: "from one cycle of a zone to its next, above 0 (a guess)",
        },
        Setting {
            key: "interval_jitter",
            default: "\"0s\"",
            meaning: "up to so much more is waited in a cycle, uniform, staggered only (a guess)",
        },
        Setting {
            key: "fanout",
            default: "1",
            meaning: "distinct partners in a cycle, 1 to n-1 (Demers 1987, 1.3)",
        },
        Setting {
            key: "start",
            default: "\"staggered\"",
            meaning: "aligned (synchronous cycles), staggered or poisson (a guess)",
        },
        Setting {
            key: "forget",
            default: "\"never\"",
            meaning: "when interest is lost: never (Demers 1987, 1.3)",
        },
    ],
};

#[cfg(test)]
mod tests;
