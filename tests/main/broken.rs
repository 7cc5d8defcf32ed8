//! Errors at the door: every file in `tests/broken` is refused with exactly the message beside it.
//!
//! `ZONESIM_BLESS=1 cargo test --test main broken::` writes the messages anew; read what changed.

use std::path::Path;

use crate::common::golden;
use zonesim::plan::Plan;
use zonesim::protocol::node::Builtin;
use zonesim::scenario::{self, Diagnostic};

const FOLDER: &str = "tests/broken";

/// Messages about what is not there at all: they name the file and no place in it.
const WITHOUT_A_PLACE: [&str; 1] = ["zones-none"];

/// What is wrong with a file and the overrides over it.
fn refusal(path: &Path, overrides: &[String]) -> Option<Diagnostic> {
    let plan =
        scenario::load(path, overrides).and_then(|loaded| Plan::new::<Builtin>(&loaded).map(drop));
    plan.err()
}

#[test]
fn every_broken_file_is_refused_with_its_message() {
    let files = golden::hold(FOLDER, &WITHOUT_A_PLACE, |path| {
        refusal(path, &[]).map(|wrong| wrong.render(false))
    });
    assert!(files >= 45, "only {files} files");
}

/// Overrides that are refused, over `sims/xiamen-2019.toml`; several are put over it in turn.
const BROKEN_OVERRIDES: &[&[&str]] = &[
    &["network.loss"],
    &["=0.05"],
    &["network loss=0.05"],
    &["network..loss=0.05"],
    &["[network]=0.05"],
    &["netwrok.loss=0.05"],
    &["network.los=0.05"],
    &["network.loss=5%"],
    &["network.loss="],
    &["network.loss=-0.1"],
    &["network.loss.good=0.1"],
    &["horizon=12"],
    &["horizon=12 hours"],
    &["horizon=0s"],
    &["resolution=1d"],
    &["exchange.use=gosip"],
    &["exchange.use=gossip", "exchange.gossip.fanout=8"],
    &["exchange.use=gossip", "exchange.gossip.fanout=two"],
    &["zones.generate=8"],
    &["zones.XX.name=Nowhere"],
    &["zones.cn.labs=0"],
    &["zones.cn.at.0=91"],
    &["zones.cn.at.7=91"],
    &["hub.seat=tashkent"],
    &["hub.at=[41.2, 69.2]"],
    &["network.jitter={uniform={min=0ms,max=9ms}}"],
    &["network.jitter.uniform.min=1ms"],
    &["network.latency.geo.inflation=2"],
    &["network.latency={rtt=\"rtt-2052.csv\"}"],
    &["network.link.cn>ru.loss=0.1"],
    &["network.link.\"cn>xx\".loss=0.1"],
    &["network.link.\"cn>ru\".los=0.1"],
    &["fault.at=1h"],
    &["fault.3.at=1h"],
    &["fault.1.at=1h"],
    &["fault.0.for=0s"],
    &["fault.0.crash=[\"tj\"]"],
    &["fault.0.partition.1.0=in"],
    &["fault.0.partition=[[\"in\"], [\"*\"]"],
    &["fault=none"],
    &["workload.organisation.members=1e6"],
    &["coordination.order.quiet=1"],
    &["about=one\nabout=two", "los=1"],
    &["network.\"loss\"=2"],
    &["stop=12:00:00"],
    // What earlier versions called otherwise.
    &["fault.0.cut=[[\"in\"], [\"*\"]]"],
    &["fault.0.lose=[[\"in\"], [\"*\"]]"],
    &["fault.0.slow=[[\"in\"], [\"*\"]]"],
    &["fault.0.loss=0.3"],
    &["exchange.gossip.start=aligned"],
    &["exchange.gossip.distance=2"],
    &["clocks.offset_within=50ms"],
    &["clocks.drift_ppm_within=20"],
    &["workload.items.every=1s"],
    &["workload.items.mean_every=1s"],
    &["workload.organisation.lead_every=1h"],
    &["nemesis.at_most=2"],
    &["nemesis.group=2"],
    &["nemesis.kinds=[\"slow\"]"],
];

#[test]
fn every_broken_override_is_refused_with_its_message() {
    golden::hold_lines(FOLDER, "--set ", BROKEN_OVERRIDES, |lines| {
        refusal(Path::new("sims/xiamen-2019.toml"), lines).map(|wrong| wrong.render(false))
    });
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let diagnostic = refusal(Path::new("sims/nowhere.toml"), &[]).expect("there is no such file");
    assert!(diagnostic.is_unreadable());
    assert!(diagnostic.render(false).starts_with("error: cannot read sims/nowhere.toml: "));
    let device = refusal(Path::new("/dev/zero"), &[]).expect("no scenario is without end");
    assert!(device.is_unreadable(), "{device}");
}
