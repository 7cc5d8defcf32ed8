//! Section 15: leads as Poisson processes, and races between the zones and the organisation.
//!
//! The unit is 1000 s at a resolution of 1 ms. A member is located with its k-th lead, whose time is
//! Erlang-k. Leads of one kind, from one source, or false, are each Poisson (thinning), so that their
//! counts have equal mean and variance. Against an attack after an exponential time of rate a, a step of
//! rate r is in time with probability r/(r + a), and steps in series multiply.

use super::series::Series;
use crate::experiment::validate::{
    Aggregate, Observable, Target, Tolerance, UNIT_MS, ValidationWorld,
};
use crate::protocol::desk::{LeadKind, LeadSource};

/// The runs of a world.
const RUNS: u64 = 20_000;

/// A mean of a unit is 10^6 ticks; a lead passes through its desk in a few of them.
const ROUNDING: f64 = 1e-5;

/// All leads arise at the homes of members and take no time there.
const TEXT: &str = r#"
horizon = "99h"
[network]
latency = "1ms"
[workload]
use = "organisation"
[workload.organisation]
members = 1
away = 0
corroboration = 1
lead_interval = "1000s"
assessment = { constant = "1ms" }
[desk]
fusion = "home"
labs = 1000
[coordination]
use = "independent"
"#;

const ORGANISATION: &str = "workload.organisation";

fn world(keys: &[(&str, &str)]) -> ValidationWorld {
    keys.iter().fold(ValidationWorld::new(2, "mesh", TEXT, RUNS), |world, (key, value)| {
        world.set(&format!("{ORGANISATION}.{key}"), value)
    })
}

/// The targets of the section.
pub fn targets() -> Vec<Target> {
    [kth_lead(), thinning(), warned(), attacks()].concat()
}

fn target(
    world: &ValidationWorld,
    (id, source): (&str, &'static str),
    words: (&str, &str),
    reading: (Observable, Aggregate),
    expected: f64,
) -> Target {
    let series = Series { id, section: 15, source, world };
    series.target(words, reading, expected, Tolerance::Errors(ROUNDING))
}

fn kth_lead() -> Vec<Target> {
    let world = world(&[("corroboration", "4")]);
    let names = ("fourth-lead", "exact: Erlang-4");
    let located = Observable::Located(UNIT_MS);
    let target =
        |words, aggregate, expected| target(&world, names, words, (located, aggregate), expected);
    vec![
        target(("mean", "time of the fourth lead, mean"), Aggregate::Mean, 4.0),
        target(("sd", "time of the fourth lead, deviation"), Aggregate::Deviation, 2.0),
    ]
}

/// Leads of 20 units by kind and source; the sources of 1 of 4 are false by half.
fn thinning() -> Vec<Target> {
    let world = world(&[
        ("corroboration", "1_000_000"),
        ("phantoms", "2"),
        ("kinds", "{ propaganda = 0.5, recruitment = 0.3, travel = 0.2 }"),
        ("sources", "{ monitoring = { share = 0.75 }, public = { share = 0.25, false = 0.5 } }"),
    ])
    .set("horizon", "20000s")
    .set("stop", "horizon");
    let rows = [
        ("kind", "leads of a kind", Observable::LeadsOfKind(LeadKind::Recruitment), 6.0),
        ("source", "leads from a source", Observable::LeadsFrom(LeadSource::Public), 5.0),
        ("false", "leads that are false", Observable::FalseLeads, 2.5),
    ];
    let mut targets = Vec::new();
    for (word, what, observable, mean) in rows {
        let id = format!("thinning.{word}");
        let names = (&id[..], "exact: thinned Poisson process");
        targets.extend([
            target(&world, names, ("mean", what), (observable, Aggregate::Mean), mean),
            target(&world, names, ("sd", what), (observable, Aggregate::Deviation), mean.sqrt()),
        ]);
    }
    targets
}

/// Five members of a cell: the first capture warns the others after half a unit, and each of them is
/// captured if its lead comes before. Then the same with two cells, the other one warned after a unit.
fn warned() -> Vec<Target> {
    let before = |units: f64| 1.0 - libm::exp(-units);
    let captured = (Observable::Captured, Aggregate::Mean);
    let source = "exact: exponential times have no memory";
    let one = world(&[("members", "5"), ("warning", "500s")]);
    let words = ("captured", "captured of a cell of 5 before it is warned");
    let two = world(&[
        ("members", "6"),
        ("cells", "2"),
        ("warning", "500s"),
        ("warning_others", "1000s"),
    ]);
    // Without memory, the second cell begins anew at the first capture in the first cell, and is warned
    // one unit later; or half a unit after its own first capture, at s with density 3 exp(-3 s), if that
    // is sooner. Integrated over s up to 1/2, and from there to 1.
    let e = |units: f64| libm::exp(-units);
    let second = before(1.5) * (1.0 + 2.0 * before(0.5)) + 3.0 * (e(1.5) - e(3.0))
        - 3.0 * e(1.0) * (e(1.0) - e(2.0));
    let cells = ("captured", "captured of 2 cells of 3, warned one after the other");
    vec![
        target(&one, ("warned", source), words, captured, 1.0 + 4.0 * before(0.5)),
        target(&two, ("warned-cells", source), cells, captured, 1.0 + 2.0 * before(0.5) + second),
    ]
}

/// An attack after three units on average; a member is captured with its second lead, or with its first
/// after an exponential assessment of half a unit. With more than one lab a later lead could be assessed
/// first.
fn attacks() -> Vec<Target> {
    let in_time = |rate: f64| rate / (rate + 1.0 / 3.0);
    let attacks = (Observable::Attacks, Aggregate::Share);
    let source = "exact: race of exponential times";
    let second = world(&[("corroboration", "2"), ("attack", "3000s")]);
    let assessed = world(&[("assessment", "500s"), ("attack", "3000s")]).set("desk.labs", 1);
    let words = ("attacks", "attacks before a capture with the second lead");
    let served = ("attacks", "attacks before a capture after an assessment");
    vec![
        target(&second, ("race.leads", source), words, attacks, 1.0 - in_time(1.0) * in_time(1.0)),
        target(
            &assessed,
            ("race.assessment", source),
            served,
            attacks,
            1.0 - in_time(1.0) * in_time(2.0),
        ),
    ]
}
