//! Section 8: great circles, and light in fibre as the lower bound of latency.

use super::series::Series;
use crate::experiment::validate::{Aggregate, Observable, Target, Tolerance, ValidationWorld};

/// The default scenario.
const XIAMEN: &str = include_str!("../../../../sims/leads-2019.toml");
const FILES: &[(&str, &str)] = &[("rtt-2025.csv", include_str!("../../../../sims/rtt-2025.csv"))];

/// Half a unit of the last digit of figures with four decimals.
const HALF_DIGIT: Tolerance = Tolerance::Within(0.00005);

/// The runs of the default scenario.
const RUNS: u64 = 100;

/// Names, two places, and their distance in km.
const PAIRS: [(&str, [f64; 2], [f64; 2], f64); 3] = [
    ("new-york-london", [40.6, -73.8], [51.6, -0.5], 5536.8920),
    ("pole-equator", [90.0, 0.0], [0.0, 0.0], 10007.5572),
    ("degree", [0.0, 0.0], [0.0, 1.0], 111.1951),
];

/// The targets of the section.
pub fn targets() -> Vec<Target> {
    let mut targets = Vec::new();
    let source = "haversine, R = 6371.0088 km";
    for (name, a, b, km) in PAIRS {
        let world = pair(a, b);
        let series = Series { id: &format!("geo.{name}"), section: 8, source, world: &world };
        let distance = (Observable::Distance, Aggregate::Each);
        targets.push(series.target(("km", "great circle, km"), distance, km, HALF_DIGIT));
    }
    let (_, pole, equator, _) = PAIRS[1];
    let world = pair(pole, equator);
    let source = "light in fibre, index 1.468";
    let light = Series { id: "geo.light", section: 8, source, world: &world };
    let words = ("ms", "1000 km one way, ms");
    targets.push(light.target(words, (Observable::Per1000Km, Aggregate::Each), 4.8967, HALF_DIGIT));
    let measured = ValidationWorld {
        name: "sims/leads-2019.toml".into(),
        exchange: "mesh".into(),
        text: XIAMEN.into(),
        set: Vec::new(),
        files: FILES,
        runs: RUNS,
    };
    let circles = measured
        .clone()
        .set("network", "{ latency = { geo = { inflation = 1.0, fixed = \"0s\" } } }");
    let source = "the speed of light in fibre is a lower bound";
    for (id, world) in [("geo.measured", &measured), ("geo.circles", &circles)] {
        let series = Series { id, section: 8, source, world };
        let none = |words: (&str, &str), observable| {
            series.target(words, (observable, Aggregate::Each), 0.0, Tolerance::Within(0.0))
        };
        targets.push(none(("links", "links faster than light"), Observable::LinksBelowBound));
        let words = ("receipts", "first receipts before light");
        targets.push(none(words, Observable::ReceiptsBelowBound));
    }
    targets
}

/// Two zones at two places; the latency is that of light in fibre.
fn pair([a, b]: [f64; 2], [c, d]: [f64; 2]) -> ValidationWorld {
    ValidationWorld {
        name: "two places".into(),
        exchange: "mesh".into(),
        text: format!(
            "horizon = \"10s\"\nresolution = \"1ns\"\n[zones.a]\nat = [{a:?}, {b:?}]\n[zones.b]\n\
             at = [{c:?}, {d:?}]\n[network.latency.geo]\ninflation = 1.0\nfixed = \"0s\"\n"
        ),
        set: vec!["exchange.use=mesh".into()],
        files: &[],
        runs: 1,
    }
}
