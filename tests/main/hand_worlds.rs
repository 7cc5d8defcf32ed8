//! Worlds with constant times, computed by hand, to the tick and on both engines.
//!
//! Eight zones and a hub, the same latency L between all; one member, whose location takes one lead. The
//! zone where it hides assesses the lead for a time A and strikes at once. The cell attacks at a fixed
//! time unless the member is captured before.

use crate::common::plan_of;
use zonesim::engine::{Engine, Event, Outcome, WorldEvent};
use zonesim::testing::Simulation;

/// A lead that zone z0 sees; times in ms.
#[derive(Clone, Copy)]
struct World {
    home: &'static str,
    latency: u64,
    lead: u64,
    assessment: u64,
    attack: u64,
    /// How long the hub is isolated from the start on; 0 stands for no fault.
    isolated: u64,
    /// Bytes of the lead.
    size: u64,
    /// Bits per second of the uplinks of the zones and of the hub; 0 stands for no limit.
    uplinks: [u64; 2],
}

/// The figures of the design without evidence.
const DESIGN: World = World {
    home: "z3",
    latency: 100,
    lead: 600_000,
    assessment: 600_000,
    attack: 7_000_000,
    isolated: 7_200_000,
    size: 0,
    uplinks: [0; 2],
};

/// The figures of the design with evidence of 2.5 GB.
const EVIDENCE: World = World {
    lead: 0,
    isolated: 0,
    size: 2_500_000_000,
    uplinks: [20_000_000, 1_000_000_000],
    ..DESIGN
};

/// When the member is captured, and when the cell attacks, in ms; None if it does not happen.
type Ends = (Option<u64>, Option<u64>);

impl World {
    fn text(&self, exchange: &str) -> String {
        let World { home, latency, lead, assessment, attack, isolated, size, uplinks } = self;
        let fault = match isolated {
            0 => String::new(),
            _ => format!("[[fault]]\nat = \"0s\"\nfor = \"{isolated}ms\"\nisolate = [\"hub\"]\n"),
        };
        let [zones, hub] = uplinks.map(|rate| match rate {
            0 => String::new(),
            _ => format!("uplink = \"{rate}bit/s\"\n"),
        });
        // Copies of evidence may take the hub 10 h.
        let horizon = if *size > 0 { "12h" } else { "3h" };
        format!(
            r#"horizon = "{horizon}"
resolution = "100ms"
[zones]
generate = 8
[hub]
{hub}[network]
{zones}latency = "{latency}ms"
[workload]
use = "organisation"
item_size = "{size}B"
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

    /// How long a copy of the lead occupies the uplink of a zone and that of the hub. The number of the
    /// lead in the message takes less than a tick.
    fn copies(&self) -> [u64; 2] {
        self.uplinks.map(|rate| self.size * 8_000 / rate)
    }

    /// By the place of the home among the zones that z0 serves one after the other.
    fn mesh_by_place(&self) -> Vec<Ends> {
        let [copy, _] = self.copies();
        (1..8).map(|place| self.after(self.lead + place * copy + self.latency)).collect()
    }

    /// By the place of the home among the zones that the hub serves one after the other.
    fn hub_by_place(&self) -> Vec<Ends> {
        let [copy, served] = self.copies();
        let arrival = |place| self.lead + copy + place * served + 2 * self.latency;
        (1..8).map(|place| self.after(arrival(place))).collect()
    }

    /// What happens with each home but z0, in order of time. With one seed the order of serving is the
    /// same for all homes.
    fn measured_by_place(&self, exchange: &str) -> Vec<Ends> {
        let homes = ["z1", "z2", "z3", "z4", "z5", "z6", "z7"];
        let mut ends: Vec<_> =
            homes.map(|home| World { home, ..*self }.measured_by_events(exchange, 1)).into();
        ends.sort();
        ends
    }

    fn check_engines(&self, exchange: &str, seed: u64) {
        let simulation = <Simulation>::new(plan_of(&self.text(exchange)));
        let [event, turmoil] =
            [Engine::Event, Engine::Turmoil].map(|engine| simulation.run_on(engine, seed));
        assert_eq!(event.digest, turmoil.digest, "{exchange}, seed {seed}");
    }

    /// What happens, the same on both engines.
    fn measured(&self, exchange: &str) -> Ends {
        self.check_engines(exchange, 1);
        self.measured_by_events(exchange, 1)
    }

    /// What happens on the event engine.
    fn measured_by_events(&self, exchange: &str, seed: u64) -> Ends {
        let run = <Simulation>::new(plan_of(&self.text(exchange))).run(seed);
        assert!(run.violation.is_none(), "{:?}", run.violation);
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
#[ignore = "slow"]
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

/// The mean time of capture in ms, and the number of attacks, over the seven homes.
fn sums(ends: &[Ends]) -> (u64, usize) {
    let captured: u64 = ends.iter().map(|(captured, _)| captured.unwrap()).sum();
    (captured / 7, ends.iter().filter(|(_, attack)| attack.is_some()).count())
}

#[test]
#[ignore = "slow"]
fn a_hub_with_a_fast_uplink_beats_mesh_and_a_slow_one_does_not() {
    let slow = World { uplinks: [20_000_000, 4_000_000], ..EVIDENCE };
    let equal = World { uplinks: [20_000_000; 2], ..EVIDENCE };
    // The hub has the better mean if its uplink is faster by more than 8 / 6.
    let near = [26_000_000, 28_000_000].map(|hub| World { uplinks: [20_000_000, hub], ..EVIDENCE });
    assert_eq!(sums(&EVIDENCE.mesh_by_place()), (4_600_100, 1));
    assert_eq!(sums(&EVIDENCE.hub_by_place()), (1_680_200, 0));
    assert_eq!(sums(&slow.hub_by_place()), (21_600_200, 6));
    assert_eq!(sums(&equal.hub_by_place()).0 - sums(&equal.mesh_by_place()).0, 1_000_100);
    let is_hub_better = |world: &World| sums(&world.hub_by_place()) < sums(&world.mesh_by_place());
    assert_eq!(near.each_ref().map(is_hub_better), [false, true]);
    let others = [
        World {
            latency: 300,
            lead: 60_000,
            size: 90_000_000,
            uplinks: [800_000, 2_400_000],
            ..EVIDENCE
        },
        World {
            assessment: 90_500,
            attack: 500_000,
            size: 1_500_000,
            uplinks: [80_000, 40_000],
            ..EVIDENCE
        },
    ];
    for world in [EVIDENCE, slow, equal].into_iter().chain(others) {
        assert_eq!(
            world.measured_by_place("mesh"),
            world.mesh_by_place(),
            "{}",
            world.text("mesh")
        );
        assert_eq!(world.measured_by_place("hub"), world.hub_by_place(), "{}", world.text("hub"));
    }
    for world in [EVIDENCE, others[0], others[1]] {
        world.check_engines("mesh", 1);
        world.check_engines("hub", 1);
    }
}

/// A zone learns of a sign 100 s later. The first lead leads to the capture, a second after it was seen;
/// the signs left until then are seen all the same, and none that would have come later.
#[test]
fn a_zone_sees_what_was_left_before_the_capture() {
    let text = |assessment: &str| {
        format!(
            r#"horizon = "1000s"
stop = "horizon"
resolution = "100ms"
[zones]
generate = 2
[network]
latency = "100ms"
[workload]
use = "organisation"
[workload.organisation]
members = 1
corroboration = 1
lead_interval = "10s"
assessment = {{ constant = "{assessment}" }}
sources = {{ border = {{ share = 1.0, delay = {{ constant = "100s" }} }} }}
[desk]
fusion = "home"
[exchange]
use = "mesh"
[coordination]
use = "independent"
"#
        )
    };
    for engine in [Engine::Event, Engine::Turmoil] {
        let seen = |assessment: &str| {
            let run = <Simulation>::new(plan_of(&text(assessment))).run_on(engine, 1);
            assert!(run.violation.is_none(), "{:?}", run.violation);
            let signs = run.events().filter_map(|(at, event)| match event {
                Event::See { facts, .. } => Some((facts.sign, at)),
                _ => None,
            });
            let captured = run.events().find_map(|(at, event)| {
                matches!(event, Event::World { event: WorldEvent::Struck { .. }, .. }).then_some(at)
            });
            (signs.collect::<Vec<_>>(), captured)
        };
        let (all, never) = seen("1000s");
        let (signs, captured) = seen("1s");
        assert_eq!(never, None);
        let captured = captured.unwrap();
        let left: Vec<_> = all.into_iter().filter(|&(sign, _)| sign <= captured).collect();
        assert!(left.iter().filter(|&&(_, at)| at > captured).count() >= 3, "{left:?}");
        assert_eq!(signs, left);
    }
}
