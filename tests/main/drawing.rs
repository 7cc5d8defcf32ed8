//! What is drawn before a run, against closed forms: thinned Poisson processes, Erlang times,
//! exponential deadlines, exchangeable zones; and what a change of the scenario leaves as it was.

use std::path::PathBuf;

use zonesim::id::{Item, Lead, Member, NodeId};
use zonesim::plan::{Plan, PlanOf, Realization};
use zonesim::protocol::desk::{Content, LeadFacts, LeadKind, LeadSource};
use zonesim::protocol::node::Builtin;
use zonesim::scenario;
use zonesim::time::SimTime;

/// Four zones and a hub; leads come every hour, and a tick is a second.
const WORLD: &str = r#"
horizon = "100h"
resolution = "1s"
[zones]
generate = 4
[hub]
seat = "z0"
[workload]
use = "organisation"
[workload.organisation]
members = 6
lead_interval = "1h"
[desk]
[network]
latency = "1s"
"#;

const HOUR: f64 = 3600.0;

fn plan(more: &[&str]) -> PlanOf<Builtin> {
    let more: Vec<_> = more.iter().map(|line| (*line).to_owned()).collect();
    let loaded = scenario::parse("drawing.toml", WORLD.to_owned(), &more, PathBuf::new());
    let plan = loaded.and_then(|loaded| Plan::new::<Builtin>(&loaded));
    plan.unwrap_or_else(|error| panic!("{error}"))
}

fn draws(plan: &PlanOf<Builtin>, seeds: u64) -> impl Iterator<Item = Realization> {
    (1..=seeds).map(|seed| plan.realize(seed))
}

/// Whether a mean over `n` values is within five standard errors of the one expected.
#[track_caller]
fn is_near(what: &str, mean: f64, expected: f64, deviation: f64, n: f64) {
    let error = deviation / n.sqrt();
    assert!(
        (mean - expected).abs() < 5.0 * error,
        "{what}: {mean}, expected {expected} +- {error}"
    );
}

/// Checks that counts are those of a Poisson distribution with this mean: the mean, and the variance,
/// whose standard error is that of a distribution with the kurtosis of Poisson.
#[track_caller]
fn is_poisson(what: &str, counts: &[f64], mean: f64) {
    let n = counts.len() as f64;
    let average = counts.iter().sum::<f64>() / n;
    is_near(what, average, mean, mean.sqrt(), n);
    let variance =
        counts.iter().map(|count| (count - average) * (count - average)).sum::<f64>() / (n - 1.0);
    let of_variance = (mean + 2.0 * mean * mean).sqrt();
    is_near(&format!("variance of {what}"), variance, mean, of_variance, n);
}

#[test]
fn leads_are_thinned_by_kind_and_source() {
    let plan = plan(&[
        "workload.organisation.kinds={ propaganda = 3.0, financing = 1.0 }",
        "workload.organisation.sources={ monitoring = { share = 0.6, false = 0.25 }, public = { share = 0.4 } }",
        "workload.organisation.phantoms=2",
    ]);
    let all: Vec<_> = draws(&plan, 400).map(|drawn| drawn.ground_truth.leads.clone()).collect();
    // 6 members and 100 hours: 600 leads.
    let of = |is: &dyn Fn(&LeadFacts) -> bool| -> Vec<f64> {
        all.iter().map(|leads| leads.iter().filter(|lead| is(lead)).count() as f64).collect()
    };
    let (propaganda, monitoring) = (LeadKind::Propaganda, LeadSource::Monitoring);
    is_poisson("all", &of(&|_| true), 600.0);
    is_poisson("propaganda", &of(&|lead| lead.kind == propaganda), 450.0);
    is_poisson("financing", &of(&|lead| lead.kind == LeadKind::Financing), 150.0);
    is_poisson("monitoring", &of(&|lead| lead.source == monitoring), 360.0);
    let both = |lead: &LeadFacts| lead.kind == propaganda && lead.source == monitoring;
    is_poisson("propaganda from monitoring", &of(&both), 270.0);
    is_poisson("false", &of(&|lead| lead.member.0 >= 6), 90.0);
    is_poisson("about one phantom", &of(&|lead| lead.member == Member(7)), 45.0);
    is_poisson("about one member", &of(&|lead| lead.member == Member(3)), 85.0);
    let wrong = |lead: &LeadFacts| lead.member.0 >= 6 && lead.source != monitoring;
    assert!(of(&wrong).iter().all(|&count| count == 0.0), "only monitoring errs");
}

#[test]
fn the_third_lead_comes_after_an_erlang_time() {
    let plan = plan(&[]);
    let mut times = Vec::new();
    for drawn in draws(&plan, 400) {
        for member in 0..6 {
            let mut about = drawn.ground_truth.leads.iter().filter(|lead| lead.member.0 == member);
            times.push(about.nth(2).expect("a third lead in 100 h").seen.0 as f64 / HOUR);
        }
    }
    let n = times.len() as f64;
    // Erlang with k = 3 and a rate of 1: mean 3, variance 3, P(T > t) = e^-t (1 + t + t^2/2).
    is_near("mean", times.iter().sum::<f64>() / n, 3.0, 3f64.sqrt(), n);
    for t in [1.0, 3.0, 6.0] {
        let later = times.iter().filter(|&&time| time > t).count() as f64 / n;
        let expected = libm::exp(-t) * (1.0 + t + t * t / 2.0);
        is_near("later", later, expected, (expected * (1.0 - expected)).sqrt(), n);
    }
}

#[test]
fn cells_attack_at_exponential_times_and_some_in_haste() {
    let organisation = "workload.organisation";
    let plan = plan(&[
        &format!("{organisation}.cells=6"),
        &format!("{organisation}.attack=\"50h\""),
        &format!(
            "{organisation}.hasty_attack={{ probability = 0.3, after = {{ uniform = [\"1h\", \"3h\"] }} }}"
        ),
    ]);
    let cells: Vec<_> =
        draws(&plan, 400).flat_map(|drawn| drawn.ground_truth.cells.clone()).collect();
    let n = cells.len() as f64;
    let mean = cells.iter().map(|cell| cell.deadline.0 as f64 / HOUR).sum::<f64>() / n;
    is_near("mean", mean, 50.0, 50.0, n);
    let late = cells.iter().filter(|cell| cell.deadline > SimTime(360_000)).count() as f64 / n;
    let expected = libm::exp(-2.0);
    is_near("after the horizon", late, expected, (expected * (1.0 - expected)).sqrt(), n);
    let hasty: Vec<_> = cells.iter().filter_map(|cell| cell.hasty).collect();
    is_near("hasty", hasty.len() as f64 / n, 0.3, 0.21f64.sqrt(), n);
    let after = hasty.iter().map(|after| after.0 as f64 / HOUR).sum::<f64>() / hasty.len() as f64;
    is_near("after", after, 2.0, (4.0f64 / 12.0).sqrt(), hasty.len() as f64);
    assert!(hasty.iter().all(|after| (3600..=10_800).contains(&after.0)));
}

#[test]
fn zones_are_exchangeable() {
    let plan = plan(&[
        "workload.organisation.sources={ public = { false = 0.5 } }",
        "workload.organisation.phantoms=3",
        "workload.organisation.away=0.6",
    ]);
    let (mut homes, mut origins, mut pairs) = ([0.0; 4], [0.0; 4], [[0.0; 4]; 4]);
    for drawn in draws(&plan, 300) {
        let truth = &drawn.ground_truth;
        truth.homes.iter().for_each(|home| homes[home.index()] += 1.0);
        // One lead about each person: those about one have one home.
        for person in 0..9 {
            let about = truth.leads.iter().find(|lead| lead.member.0 == person);
            let Some(lead) = about else { continue };
            assert_eq!(lead.points_to, truth.homes[person as usize]);
            origins[lead.origin.index()] += 1.0;
            pairs[lead.points_to.index()][lead.origin.index()] += 1.0;
        }
    }
    let shares = |counts: [f64; 4], expected: [f64; 4], what: &str| {
        let n: f64 = counts.iter().sum();
        for (count, expected) in counts.into_iter().zip(expected) {
            is_near(what, count / n, expected, (expected * (1.0 - expected)).sqrt(), n);
        }
    };
    shares(homes, [0.25; 4], "homes");
    shares(origins, [0.25; 4], "origins");
    for (home, counts) in pairs.into_iter().enumerate() {
        // Away in 60 %: each of the three others in 20 %.
        let mut expected = [0.2; 4];
        expected[home] = 0.4;
        shares(counts, expected, "origins by home");
    }
}

#[test]
fn a_delay_of_the_source_comes_before_the_sighting() {
    let source = "workload.organisation.sources={ public = { delay = { exponential = \"2h\" } } }";
    let plan = plan(&[source, "workload.organisation.until=\"50h\""]);
    let leads = draws(&plan, 100).flat_map(|drawn| drawn.ground_truth.leads.clone());
    let delays: Vec<_> = leads.map(|lead| (lead.seen - lead.sign).0 as f64 / HOUR).collect();
    let n = delays.len() as f64;
    is_near("delay", delays.iter().sum::<f64>() / n, 2.0, 2.0, n);
    let order: Vec<_> = plan.realize(1).order;
    assert!(order.is_sorted(), "in order of sighting");
}

/// The leads without what a change may affect.
fn compare(one: &[LeadFacts], other: &[LeadFacts], same: impl Fn(&LeadFacts) -> LeadFacts) {
    let strip = |leads: &[LeadFacts]| leads.iter().map(&same).collect::<Vec<_>>();
    assert_eq!(strip(one), strip(other));
}

#[test]
fn what_is_added_leaves_the_rest_as_it_was() {
    let kinds = "workload.organisation.kinds={ propaganda = 1.0, travel = 1.0 }";
    let base = plan(&[kinds]).realize(5).ground_truth;
    let more = plan(&[
        kinds,
        "workload.organisation.languages={ ru = 0.5, kg = 0.5 }",
        "workload.organisation.size={ uniform = [\"1GB\", \"10GB\"] }",
        "workload.organisation.phantoms=4",
        "workload.organisation.cells=3",
        "workload.organisation.attack=\"50h\"",
    ]);
    let more = more.realize(5).ground_truth;
    compare(&base.leads, &more.leads, |lead| LeadFacts { language: 0, bytes: 0, ..*lead });
    assert_eq!(base.homes, more.homes[..6]);
    let languages = more.leads.iter().filter(|lead| lead.language == 1).count();
    assert!((200..400).contains(&languages), "{languages} of {}", more.leads.len());
    assert!(more.leads.iter().all(|lead| (1_000_000_000..=10_000_000_000).contains(&lead.bytes)));
    // Another member: the leads about the others stay.
    let larger = plan(&[kinds, "workload.organisation.members=7"]).realize(5).ground_truth;
    let first: Vec<_> = larger.leads.iter().filter(|lead| lead.member.0 < 6).copied().collect();
    assert_eq!(base.leads, first);
    // The organisation is the same with and without a procedure.
    let loaded = scenario::parse("plain.toml", WORLD.replace("[desk]\n", ""), &[], PathBuf::new());
    let plain = Plan::new::<Builtin>(&loaded.unwrap()).unwrap().realize(5);
    assert!(!plain.has_procedure() && plain.ground_truth.items.is_empty());
    compare(&base.leads, &plain.ground_truth.leads, |lead| LeadFacts {
        kind: LeadKind::Propaganda,
        ..*lead
    });
}

/// Three zones; only `b` and `c` trace money.
const LISTED: &str = r#"
horizon = "10h"
[zones.a]
techniques = ["propaganda"]
[zones.b]
needs = 2
[zones.c]
[network]
latency = "20ms"
[network.link]
"a-b" = { latency = "10ms" }
[workload]
use = "organisation"
item_size = "100B"
[workload.organisation]
members = 2
phantoms = 1
homes = ["a", "b", "c"]
leads = [
    { at = "20s", from = "b", about = 0, kind = "financing", size = "2kB" },
    { at = "10s", from = "c", about = 1, source = "border" },
    { at = "30s", from = "a", about = 2, kind = "financing" },
    { at = "40s", from = "a", about = 0 },
    { at = "11h", from = "a", about = 0 },
]
[law]
needs = 1
"#;

fn listed(fusion: &str) -> Realization {
    let fusion = format!("desk.fusion=\"{fusion}\"");
    let loaded = scenario::parse("listed.toml", LISTED.to_owned(), &[fusion], PathBuf::new());
    let plan = loaded.and_then(|loaded| Plan::new::<Builtin>(&loaded));
    plan.unwrap_or_else(|error| panic!("{error}")).realize(1)
}

#[test]
fn listed_leads_are_numbered_as_they_are_seen() {
    let drawn = listed("home");
    let truth = &drawn.ground_truth;
    let seen: Vec<_> = truth.leads.iter().map(|lead| (lead.seen.0, lead.origin.0)).collect();
    assert_eq!(seen, [(10_000, 2), (20_000, 1), (30_000, 0), (40_000, 0)]);
    assert_eq!(truth.homes, [NodeId(0), NodeId(1), NodeId(2)]);
    assert_eq!(truth.leads[0].source, LeadSource::Border);
    // Only zone a lacks a technique, and it needs it for lead 1 alone; b is nearer than c.
    let (request, answer) = (
        Content::Request { lead: Lead(1), by: NodeId(0) },
        Content::Answer { lead: Lead(1), to: NodeId(0) },
    );
    let contents: Vec<_> = truth.items[4..].iter().map(|item| item.content).collect();
    assert_eq!(contents, [request, answer]);
    assert_eq!(truth.item_for(request), Some(Item(4)));
    let ends: Vec<_> = truth.items[4..].iter().map(|item| (item.origin, item.addressee)).collect();
    let (a, b) = (NodeId(0), NodeId(1));
    assert_eq!(ends, [(a, Some(b)), (b, Some(a))]);
    let bytes: Vec<_> = truth.items.iter().map(|item| item.bytes).collect();
    assert_eq!(bytes, [100, 2000, 100, 100, 2000, 100]);
    assert!(drawn.items[4..].iter().all(|item| item.due == SimTime::NEVER));
    assert_eq!(drawn.order.len(), 4);
}

#[test]
fn findings_are_for_those_who_may_be_identified_elsewhere() {
    let truth = listed("everywhere").ground_truth;
    let findings = truth.items.iter().filter_map(|item| match item.content {
        Content::Finding { member, by } => Some((member.0, by.0, item.addressee.unwrap().0)),
        _ => None,
    });
    // Zone b, where member 1 hides, needs two leads and there is one.
    let findings: Vec<_> = findings.into_iter().collect();
    assert_eq!(findings, [(0, 1, 0), (0, 2, 0), (2, 0, 2), (2, 1, 2)]);
    let asked = truth.items.iter().filter(|item| matches!(item.content, Content::Request { .. }));
    assert_eq!(asked.count(), 2, "zone a asks about both leads on financing");
}

#[test]
fn equally_near_zones_are_asked_equally_often() {
    let text = LISTED.replace("\"a-b\" = { latency = \"10ms\" }", "");
    let loaded = scenario::parse("listed.toml", text, &[], PathBuf::new());
    let plan = Plan::new::<Builtin>(&loaded.unwrap()).unwrap();
    let mut asked = [0.0; 3];
    for drawn in draws(&plan, 1000) {
        for item in &drawn.ground_truth.items {
            if matches!(item.content, Content::Request { .. }) {
                asked[item.addressee.unwrap().index()] += 1.0;
            }
        }
    }
    assert_eq!(asked[0], 0.0);
    is_near("asked", asked[1] / 2000.0, 0.5, 0.5, 2000.0);
}
