//! Generated zones have places, and links by distance: as theory says, as a table says, on both
//! engines.

use std::f64::consts::{FRAC_PI_2, PI};
use std::sync::Arc;

use crate::common::{BuiltinPlan, digest, plan_of, row};
use zonesim::engine::Engine;
use zonesim::experiment::statistics::Summary;
use zonesim::geo::{Place, Point};
use zonesim::id::NodeId;
use zonesim::metrics::LowerBounds;
use zonesim::metrics::invariants::ShortestPaths;
use zonesim::network::{CableModel, GeoLinks, Links};
use zonesim::plan::places;
use zonesim::scenario::Placement;
use zonesim::time::{NanoDuration, SimDuration};

fn placement(text: &str) -> Placement {
    let line = format!("zones = {{ generate = 2, place = {text} }}");
    let loaded = zonesim::scenario::parse::<
        zonesim::protocol::exchange::Params,
        zonesim::protocol::coordination::Params,
    >("text", line, &[], std::path::PathBuf::new());
    loaded.unwrap_or_else(|error| panic!("{error}")).scenario.zones.place.unwrap()
}

fn placed(text: &str, zones: u32) -> Vec<Place> {
    places(&placement(text), zones).collect()
}

/// Numbers in [0, 1) should be uniform: no more than this off for 99.9 % of all such draws
/// (Kolmogorov and Smirnov, the asymptotic quantile).
fn check_uniform(what: &str, mut shares: Vec<f64>) {
    shares.sort_by(f64::total_cmp);
    let n = shares.len() as f64;
    let off = shares.iter().enumerate().fold(0.0, |off: f64, (rank, share)| {
        off.max(share - rank as f64 / n).max((rank + 1) as f64 / n - share)
    });
    assert!(off * n.sqrt() < 1.95, "{what}: {} off", off * n.sqrt());
}

/// The mean must be within four standard errors of what theory says.
fn check_mean(what: &str, values: impl IntoIterator<Item = f64>, exact: f64) {
    let summary = Summary::new(values);
    let (mean, sd) = (summary.mean.unwrap(), summary.sd.unwrap());
    let error = sd / (summary.n as f64).sqrt();
    assert!((mean - exact).abs() < 4.0 * error, "{what}: {mean} ± {error}, {exact}");
}

fn height(degrees: f64) -> f64 {
    libm::sin(degrees.to_radians())
}

/// Radius of the Earth in km, as `geo` has it.
const RADIUS_KM: f64 = 6371.0088;

#[test]
fn a_sphere_is_filled_evenly() {
    for seed in [1, 2, 77] {
        let all = placed(&format!("{{ sphere = {{ seed = {seed} }} }}"), 20_000);
        check_uniform("height", all.iter().map(|p| (height(p.latitude) + 1.0) / 2.0).collect());
        check_uniform("longitude", all.iter().map(|p| (p.longitude + 180.0) / 360.0).collect());
        // Pairs that share nobody: a quarter of the way round in the mean, (1 - cos r) / 2 within r.
        let apart: Vec<_> = all.chunks(2).map(|pair| pair[0].distance_km(pair[1])).collect();
        check_mean("apart", apart.iter().copied(), FRAC_PI_2 * RADIUS_KM);
        let within = |km: f64| (1.0 - libm::cos(km / RADIUS_KM)) / 2.0;
        check_uniform("apart", apart.iter().map(|&km| within(km)).collect());
        let boxed = |p: &Place| {
            f64::from((35.0..55.0).contains(&p.latitude) && (46.0..87.0).contains(&p.longitude))
        };
        let area = (height(55.0) - height(35.0)) / 2.0 * 41.0 / 360.0;
        check_mean("share in a box", all.iter().map(boxed), area);
    }
    assert_eq!(placed("\"sphere\"", 9), placed("{ sphere = { seed = 1 } }", 9));
    assert_ne!(placed("\"sphere\"", 9), placed("{ sphere = { seed = 2 } }", 9));
}

#[test]
fn a_box_is_filled_evenly_by_area() {
    for (west, east, width) in [(46.0, 87.0, 41.0), (170.0, -150.0, 40.0), (-180.0, 180.0, 360.0)] {
        let text =
            format!("{{ box = {{ south = -10, west = {west}, north = 70, east = {east} }} }}");
        let all = placed(&text, 20_000);
        assert!(all.iter().all(|p| (-180.0..=180.0).contains(&p.longitude)));
        let up = |p: &Place| (height(p.latitude) - height(-10.0)) / (height(70.0) - height(-10.0));
        let along = |p: &Place| (p.longitude - west).rem_euclid(360.0) / width;
        check_uniform("height", all.iter().map(up).collect());
        check_uniform("longitude", all.iter().map(along).collect());
    }
}

#[test]
fn seats_are_as_likely_and_distances_from_them_as_two_normals_say() {
    let text = "{ near = { at = [[41.26, 69.22], [90, 0], [-30, 179.9]], spread_km = 300 } }";
    let all = placed(text, 30_000);
    let seats = [(41.26, 69.22), (90.0, 0.0), (-30.0, 179.9)];
    let seats = seats.map(|(latitude, longitude)| Place { latitude, longitude });
    for seat in seats {
        let near: Vec<_> = all.iter().filter(|place| place.distance_km(seat) < 3000.0).collect();
        let n = all.len() as f64;
        assert!((near.len() as f64 - n / 3.0).abs() < 4.0 * (n * 2.0 / 9.0).sqrt());
        // Rayleigh.
        let within = |km: f64| 1.0 - libm::exp(-km * km / 2.0 / (300.0 * 300.0));
        check_uniform("seat", near.iter().map(|place| within(place.distance_km(seat))).collect());
    }
    let east = all
        .iter()
        .filter(|p| p.distance_km(seats[0]) < 3000.0)
        .map(|p| f64::from(p.longitude > 69.22));
    check_mean("east of it", east, 0.5);
}

#[test]
fn one_zone_more_leaves_the_others_where_they_are() {
    for text in ["\"sphere\"", "{ near = { at = [[1, 2], [3, 4]], spread_km = 9.5 } }"] {
        assert_eq!(placed(text, 500), placed(text, 501)[..500]);
    }
}

/// A world by distance; more than the limit of a table if there are enough zones.
fn world(zones: u32, rest: &str) -> BuiltinPlan {
    plan_of(&format!(
        r#"horizon = "20s"
[zones]
generate = {zones}
place = "sphere"
{rest}
"#
    ))
}

/// The same world, its links reckoned instead of looked up.
fn reckoned(plan: &BuiltinPlan, cable: CableModel) -> BuiltinPlan {
    let mut points: Vec<Point> =
        placed("\"sphere\"", plan.zones).into_iter().map(Place::point).collect();
    // A hub has its seat in the first zone.
    points.extend(plan.hub.map(|_| points[0]));
    let mut reckoned = plan.clone();
    reckoned.network.links = Links::Globe(Arc::new(GeoLinks::new(points, cable, 0)));
    reckoned
}

fn pairs(nodes: u32) -> impl Iterator<Item = (NodeId, NodeId)> {
    let all = (0..nodes).flat_map(move |a| (0..nodes).map(move |b| (NodeId(a), NodeId(b))));
    all.filter(|(a, b)| a != b)
}

/// Grains, inflations and fixed parts: the usual ones, and those in which rounding matters most.
const CABLES: [(&str, f64, &str); 8] = [
    ("1ms", 2.1, "2ms"),
    ("1ms", 1.0, "0s"),
    ("10ms", 2.1, "2ms"),
    ("100ms", 2.1, "40ms"),
    ("50ms", 1.0, "0s"),
    ("1us", 1.5, "400ns"),
    ("1us", 3.0, "1us"),
    ("1ns", 1.2, "1ns"),
];

#[test]
fn what_is_reckoned_is_what_a_table_says_and_no_way_is_sooner_than_promised() {
    for (grain, inflation, fixed) in CABLES {
        let geo = format!("{{ geo = {{ inflation = {inflation}, fixed = \"{fixed}\" }} }}");
        let head = format!(
            r#"[hub]
seat = "z0"
[network]
latency = {geo}"#
        );
        let text = format!(
            r#"resolution = "{grain}"
horizon = "1s"
[zones]
generate = 300
place = "sphere"
{head}
"#
        );
        let table = plan_of(&text);
        let length = |text: &str| text.parse::<NanoDuration>().unwrap();
        let globe = reckoned(&table, CableModel::new(inflation, length(fixed), length(grain)));
        let links = |plan: &BuiltinPlan, (a, b)| plan.network.links.get(a, b);
        assert!(matches!(table.network.links, Links::Table(_)));
        for way in pairs(301) {
            assert_eq!(links(&table, way), links(&globe, way), "{grain} {geo} {way:?}");
        }
        let (known, promised) = (ShortestPaths::new(&table), ShortestPaths::new(&globe));
        // From some: the shortest ways by way of all others take their time to find.
        for (a, b) in pairs(301).filter(|(NodeId(a), _)| a % 20 == 0) {
            let (SimDuration(known), SimDuration(promised)) =
                (known.between(a, b), promised.between(a, b));
            assert!(promised >= 1 && promised <= known, "{grain} {geo}: {known} {promised}");
            assert!(2 * promised + 4 >= known, "{grain} {geo}: {known} {promised}");
        }
        let longest = |plan: &BuiltinPlan| plan.network.links.longest();
        assert!(longest(&table) <= longest(&globe));
        assert!(longest(&globe).0 as f64 <= 1.02 * longest(&table).0 as f64 + 1.0);
        let (known, told) = (LowerBounds::new(&table), LowerBounds::new(&globe));
        let straight = ["2ms", "1us"].contains(&fixed) && grain != "10ms";
        for zone in (0..300).step_by(20).map(NodeId) {
            assert_eq!(told.ticks(zone), known.ticks(zone).filter(|_| straight), "{grain} {geo}");
        }
    }
}

#[test]
fn all_that_is_reckoned_runs_as_a_table_does_on_both_engines() {
    for exchange in
        ["gossip = { mode = \"push-pull\", spatial_exponent = 1.5 }", "hub = {}", "mesh = {}"]
    {
        let name = exchange.split(' ').next().unwrap();
        let rest = format!(
            r#"[hub]
seat = "z0"
[workload.items]
interval = "1s"
[network]
latency = {{ geo = {{}} }}
jitter = {{ uniform = {{ min = "0s", max = "9ms" }} }}
loss = 0.1
[exchange]
use = "{name}"
{exchange}
"#
        );
        let table = world(6, &rest);
        let globe = reckoned(
            &table,
            CableModel::new(2.1, NanoDuration::from_ms(2), NanoDuration::from_ms(1)),
        );
        let event = digest(&table, Engine::Event, 3);
        assert!(event.1 > 100);
        assert_eq!(event, digest(&globe, Engine::Event, 3), "{name}");
        assert_eq!(event, digest(&table, Engine::Turmoil, 3), "{name}");
        assert_eq!(event, digest(&globe, Engine::Turmoil, 3), "{name}");
    }
}

/// In a large world z0 publishes and tells the hub at its seat; the hub tells all, directly: the last
/// has it when the furthest of them has.
#[test]
fn a_large_world_keeps_its_floors_and_what_is_said_of_its_links() {
    let hub = r#"[hub]
seat = "z0"
[exchange]
use = "hub"
[network]
latency = { geo = {} }
"#;
    let plan = world(5000, hub);
    let Links::Globe(_) = plan.network.links else { panic!("a table") };
    let all = placed("\"sphere\"", 5000);
    let furthest = all.iter().map(|place| all[0].distance_km(*place)).fold(0.0, f64::max);
    let ms = (furthest * 2.1 / 204_218.0 * 1e3 + 4.0).round();
    assert!((199.0..=PI * RADIUS_KM * 2.1 / 204.218 + 4.5).contains(&ms));
    let row = row(&plan, Engine::Event, 1);
    assert_eq!((row.lower_bound_ms, row.to_all_ms), (Some(ms), Some(ms + 4.0)));
    // The way to the seat is two ends long.
    assert_eq!(plan.network.links.get(NodeId(5000), NodeId(0)).latency(), SimDuration(4));

    let said = r#"[network.link]
"z1-z2" = { latency = "1s" }
"z1>z3" = { loss = 0.5 }
"#;
    let other = world(5000, &format!("{hub}{said}"));
    let get = |plan: &BuiltinPlan, a, b| plan.network.links.get(NodeId(a), NodeId(b));
    assert_eq!(get(&other, 1, 2).latency(), SimDuration(1000));
    assert_eq!(get(&other, 1, 3).latency(), get(&plan, 1, 3).latency());
    assert_ne!(get(&other, 1, 3).model, get(&other, 3, 1).model);
    assert_eq!(get(&other, 4, 5), get(&plan, 4, 5));
    assert_eq!(other.network.links.longest(), SimDuration(1000));
    assert_eq!(LowerBounds::new(&other).ticks(NodeId(0)), None, "a detour may be the fastest");
    assert_eq!(ShortestPaths::new(&other).between(NodeId(1), NodeId(3)), SimDuration(1));
}

#[test]
fn links_on_a_sphere_take_what_a_quarter_of_the_way_round_does_in_the_mean() {
    let plan = world(10_000, "[network]\nlatency = { geo = {} }");
    let ways = (0..5000).map(|zone| (NodeId(zone), NodeId(zone + 5000)));
    let times = ways.map(|(a, b)| plan.network.links.get(a, b).latency().0 as f64);
    check_mean("ms", times, FRAC_PI_2 * RADIUS_KM * 2.1 / 204.218 + 4.0);
}
