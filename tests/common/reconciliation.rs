//! Anti-entropy between two zones that have many items in common and few different ones, in a scenario.

use zonesim::engine::{Engine, Event, TraceSink};
use zonesim::plan::ItemSizes;
use zonesim::protocol::WireMessage;
use zonesim::protocol::node::{Builtin, EnvelopeOf};
use zonesim::testing::Simulation;
use zonesim::time::{NanoDuration, SimTime};

use super::plan_of;

/// The differences, all of them at the first zone.
pub const DIFFERENT: u32 = 10;

/// The session that begins at 30 s, in which the first zone pushes what it has found since 20 s.
struct Session {
    sizes: ItemSizes,
    messages: usize,
    bytes: u64,
    learnt: u32,
}

impl TraceSink<EnvelopeOf<Builtin>> for Session {
    fn record(&mut self, at: SimTime, event: &Event<'_, EnvelopeOf<Builtin>>) {
        if at.0 < 29_000 {
            return;
        }
        match *event {
            Event::Send { from, message, .. } => {
                let text = message.describe(NanoDuration::from_ms(1));
                // The second zone calls too: it has nothing to push.
                if text.starts_with("call") == (from.0 == 0) {
                    self.messages += 1;
                    self.bytes += self.sizes.of_message(message);
                }
            }
            Event::Learn { .. } => self.learnt += 1,
            _ => {}
        }
    }
}

/// The messages and bytes, with ids of 16 bytes, of a session between zones with so many items in common.
/// The different ones are spread over the numbers.
pub fn session(common: u32) -> (usize, u64) {
    let all = common + DIFFERENT;
    let is_different =
        |item: u32| item % (all / DIFFERENT) == 7 && item / (all / DIFFERENT) < DIFFERENT;
    let at: Vec<_> =
        (0..all).map(|item| if is_different(item) { "\"25s\"" } else { "\"0s\"" }).collect();
    let from = vec!["\"z0\""; all as usize].join(",");
    let plan = plan_of(&format!(
        "horizon = \"35s\"\nstop = \"horizon\"\nzones.generate = 2\nnetwork.latency = \"20ms\"\n\
         [workload]\nid_size = \"16B\"\n[workload.items]\nat = [{}]\nfrom = [{from}]\n[exchange]\n\
         use = \"anti-entropy\"\n[exchange.anti-entropy]\nmode = \"push\"\ninterval = \"10s\"\n\
         staggered = false\nbranching = 8\nthreshold = 32\n",
        at.join(",")
    ));
    let sizes = plan.realize(1).sizes;
    let mut session = Session { sizes, messages: 0, bytes: 0, learnt: 0 };
    let run = <Simulation>::new(plan).observe(Engine::Event, 1, &mut session);
    assert!(run.violation.is_none(), "{:?}", run.violation);
    assert_eq!(session.learnt, DIFFERENT);
    (session.messages, session.bytes)
}
