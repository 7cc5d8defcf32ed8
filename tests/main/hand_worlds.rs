//! Worlds with constant times, computed by hand, to the tick and on both engines.
//!
//! Eight zones and a hub, the same latency L between all; one member, whose location takes one lead. The
//! zone where it hides assesses the lead for a time A and strikes at once. The cell attacks at a fixed
//! time unless the member is captured before.

use crate::common::plan_of;
use zonesim::engine::{Engine, Event, Outcome, WorldEvent};
use zonesim::testing::Simulation;

/// A lead that zone z0 sees, without evidence; times in ms.
#[derive(Clone, Copy)]
struct World {
    home: &'static str,
    latency: u64,
    lead: u64,
    assessment: u64,
    attack: u64,
    /// How long the hub is isolated from the start on; 0 stands for no fault.
    isolated: u64,
}

/// The figures of the design.
const DESIGN: World = World {
    home: "z3",
    latency: 100,
    lead: 600_000,
    assessment: 600_000,
    attack: 7_000_000,
    isolated: 7_200_000,
};

/// When the member is captured, and when the cell attacks, in ms; None if it does not happen.
type Ends = (Option<u64>, Option<u64>);

impl World {
    fn text(&self, exchange: &str) -> String {
        let World { home, latency, lead, assessment, attack, isolated } = self;
        let fault = match isolated {
            0 => String::new(),
            _ => format!("[[fault]]\nat = \"0s\"\nfor = \"{isolated}ms\"\nisolate = [\"hub\"]\n"),
        };
        format!(
            r#"horizon = "3h"
resolution = "100ms"
[zones]
generate = 8
[hub]
[network]
latency = "{latency}ms"
[workload]
use = "organisation"
item_size = "0B"
[workload.organisation]
members = 1
homes = ["{home}"]
corroboration = 1
leads = [{{ at = "{lead}ms", from = "z0", about = 0 }}]
assessment = {{ constant = "{assessment}ms" }}
attack = {{ constant = "{attack}ms" }}
[desk]
fusion = "home"
[exchange]
use = "{exchange}"
[coordination]
use = "independent"
{fault}"#
        )
    }

    /// The capture after a lead has arrived, and the attack unless the capture precedes it.
    fn after(&self, arrival: u64) -> Ends {
        let captured = arrival + self.assessment;
        (Some(captured), (captured > self.attack).then_some(self.attack))
    }

    /// A mesh needs one hop; the zone that sees the lead itself needs none.
    fn mesh(&self) -> Ends {
        self.after(self.lead + if self.home == "z0" { 0 } else { self.latency })
    }

    /// A hub needs two hops. The zone sends again after 1, 3, 7, 15, 31 and 63 s and then every 60 s;
    /// what it sends from the end of the isolation on gets through.
    fn hub(&self) -> Ends {
        let doubled = [0, 1, 3, 7, 15, 31, 63].into_iter();
        let mut sent = doubled.chain((1..).map(|k| 63 + 60 * k)).map(|s| self.lead + 1000 * s);
        self.after(sent.find(|&at| at >= self.isolated).unwrap() + 2 * self.latency)
    }

    /// What happens, the same on both engines.
    fn measured(&self, exchange: &str) -> Ends {
        let simulation = <Simulation>::new(plan_of(&self.text(exchange)));
        for seed in [1, 2] {
            let [event, turmoil] =
                [Engine::Event, Engine::Turmoil].map(|engine| simulation.run_on(engine, seed));
            assert_eq!(event.digest, turmoil.digest, "{exchange}, seed {seed}");
            assert!(event.violation.is_none(), "{:?}", event.violation);
        }
        let run = simulation.run(1);
        let first = |is_it: fn(WorldEvent) -> bool| {
            run.events().find_map(|(at, event)| match event {
                Event::World { event, .. } if is_it(event) => Some(at.0 * 100),
                _ => None,
            })
        };
        let is_capture =
            |event| matches!(event, WorldEvent::Struck { outcome: Outcome::Captured, .. });
        (first(is_capture), first(|event| matches!(event, WorldEvent::Attacked { .. })))
    }
}

#[test]
fn mesh_beats_a_hub_that_is_cut_off() {
    assert_eq!(DESIGN.mesh(), (Some(1_200_100), None));
    assert_eq!(DESIGN.hub(), (Some(7_803_200), Some(7_000_000)));
    let whole = World { isolated: 0, ..DESIGN };
    assert_eq!(whole.hub(), (Some(1_200_200), None));
    let others = [
        World { home: "z6", latency: 300, assessment: 450_000, isolated: 3_000_000, ..DESIGN },
        World { home: "z1", lead: 40_000, isolated: 41_000, latency: 2_000, ..DESIGN },
        World { home: "z7", lead: 1_234_500, attack: 2_500_000, isolated: 1_300_000, ..DESIGN },
        World { attack: 1_200_000, ..whole },
    ];
    for world in [DESIGN, whole].into_iter().chain(others) {
        assert_eq!(world.measured("mesh"), world.mesh(), "{}", world.text("mesh"));
        assert_eq!(world.measured("hub"), world.hub(), "{}", world.text("hub"));
    }
    let own = World { home: "z0", ..DESIGN };
    assert_eq!(own.measured("mesh"), own.mesh());
}
