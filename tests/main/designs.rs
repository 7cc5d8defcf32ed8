//! What a sweep file and a command line make: the points, in order, and what is put over each.

use std::path::Path;
use std::process::Command;

use zonesim::experiment::design::Design;
use zonesim::scenario::Diagnostic;

const ROUNDS: &str = "scenario = \"rounds.toml\"\n";

fn read(text: &str, lines: &[&str]) -> Result<Design, Diagnostic> {
    let lines: Vec<_> = lines.iter().map(|&line| line.to_owned()).collect();
    let sims = Path::new(env!("CARGO_MANIFEST_DIR")).join("sims");
    Design::parse("test.toml", text, &sims, &lines)
}

fn design(text: &str, lines: &[&str]) -> Design {
    read(&format!("{ROUNDS}{text}"), lines).unwrap_or_else(|error| panic!("{error}"))
}

/// The names of all points.
fn names(text: &str, lines: &[&str]) -> Vec<String> {
    let design = design(text, lines);
    (0..design.points.count()).map(|point| design.name(point)).collect()
}

/// What is put over the scenario at a point.
fn sets(text: &str, point: u32) -> Vec<String> {
    design(text, &[]).scenario(point).1
}

/// The levels of the only axis.
fn levels(text: &str) -> Vec<String> {
    let design = design(&format!("axes.a = {{ path = \"network.loss\", {text} }}"), &[]);
    design.axes[0].levels.iter().map(|level| level.value.to_string()).collect()
}

const TWO: &str = "axes.a = { path = \"network.loss\", values = [0, 0.5] }\n\
                   axes.b = { path = \"exchange.use\", values = [\"mesh\", \"hub\", \"flood\"] }\n";

#[test]
fn on_a_grid_the_first_axis_is_the_slowest() {
    let expected = ["a=0, b=mesh", "a=0, b=hub", "a=0, b=flood"];
    let half = ["a=0.5, b=mesh", "a=0.5, b=hub", "a=0.5, b=flood"];
    assert_eq!(names(TWO, &[]), [expected, half].concat());
    assert_eq!(sets(TWO, 4), ["network.loss=0.5", "exchange.use=\"hub\""]);
}

#[test]
fn without_an_axis_there_is_one_point() {
    let design = design("set = [\"horizon=2h\"]", &["network.loss=0.1"]);
    assert_eq!(design.points.count(), 1);
    assert_eq!((design.name(0), design.levels(0).count()), (String::new(), 0));
    assert_eq!(design.scenario(0).1, ["horizon=2h", "network.loss=0.1"]);
}

#[test]
fn axes_that_go_together_stand_where_the_first_does() {
    let third = "axes.c = { path = \"network.duplicate\", values = [0.1, 0.2] }\n";
    let zip = "zip = [[\"c\", \"network.loss\"]]\n";
    let expected = [
        "a=0, b=mesh, c=0.1",
        "a=0, b=hub, c=0.1",
        "a=0, b=flood, c=0.1",
        "a=0.5, b=mesh, c=0.2",
        "a=0.5, b=hub, c=0.2",
        "a=0.5, b=flood, c=0.2",
    ];
    assert_eq!(names(&format!("{zip}{TWO}{third}"), &[]), expected);
}

#[test]
fn exclusions_are_by_name_or_path_by_one_level_or_several() {
    let kept = |exclude: &str| names(&format!("exclude = [{exclude}]\n{TWO}"), &[]).join("; ");
    let all = "a=0.5, b=mesh; a=0.5, b=hub; a=0.5, b=flood";
    for exclude in
        ["{ a = 0 }", "{ a = 0.0 }", "{ network.loss = 0 }", "{ \"network.loss\" = [0] }"]
    {
        assert_eq!(kept(exclude), all, "{exclude}");
    }
    assert_eq!(kept("{ a = 0 }, { b = [\"mesh\", \"hub\"] }"), "a=0.5, b=flood");
    let corner = "a=0, b=hub; a=0, b=flood; a=0.5, b=mesh; a=0.5, b=hub";
    assert_eq!(kept("{ a = 0, b = \"mesh\" }, { a = 0.5, exchange.use = \"flood\" }"), corner);
}

#[test]
fn a_level_that_is_a_list_or_a_table_can_be_excluded() {
    let axes = "axes.network.jitter = [\"none\", { uniform = { min = \"1ms\", max = \"2ms\" } }]\n\
                axes.workload.items.from = [[\"z0\"], [\"z0\", \"z1\"]]\n";
    let kept =
        |exclude: &str| design(&format!("exclude = [{exclude}]\n{axes}"), &[]).points.count();
    assert_eq!(kept("{ network.jitter = { uniform = { min = \"1ms\", max = \"2ms\" } } }"), 2);
    assert_eq!(kept("{ workload.items.from = [\"z0\", \"z1\"] }"), 2);
    assert_eq!(kept("{ workload.items.from = [[\"z0\"]], network.jitter = \"none\" }"), 3);
}

#[test]
fn ranges_end_where_they_say_and_are_without_dust() {
    assert_eq!(levels("from = 0.0, to = 0.3, steps = 4"), ["0.0", "0.1", "0.2", "0.3"]);
    assert_eq!(levels("from = -1, to = 0.5, steps = 4"), ["-1.0", "-0.5", "0.0", "0.5"]);
    assert_eq!(
        levels("from = 0.001, to = 1.0, steps = 4, scale = \"log\""),
        ["0.001", "0.01", "0.1", "1.0"]
    );
    let third = levels("from = 0.0, to = 1.0, steps = 4");
    assert_eq!(third, ["0.0", "0.333333333333", "0.666666666667", "1.0"]);
    assert_eq!(levels("from = -1e-9, to = 1e-9, steps = 3"), ["-1e-9", "0.0", "1e-9"]);
    // An end has more than twelve digits only if it was written with them.
    let long = levels("from = 0.12345678901234566, to = 1e300, steps = 2");
    assert_eq!(long, ["0.12345678901234566", "1e300"]);
}

#[test]
fn whole_ranges_have_each_number_once() {
    assert_eq!(levels("from = 1, to = 4, steps = 10"), ["1", "2", "3", "4"]);
    assert_eq!(
        levels("from = 8, to = 1024, steps = 8, scale = \"log\""),
        ["8", "16", "32", "64", "128", "256", "512", "1024"]
    );
    assert_eq!(levels("from = 1, to = 9007199254740991, steps = 2"), ["1", "9007199254740991"]);
}

#[test]
fn ranges_of_times_are_times() {
    assert_eq!(levels("from = \"1s\", to = \"1h\", steps = 2"), ["1s", "1h"]);
    assert_eq!(
        levels("from = \"0s\", to = \"3min\", steps = 4, scale = \"linear\""),
        ["0s", "1min", "2min", "3min"]
    );
    assert_eq!(
        levels("from = \"10ms\", to = \"10s\", steps = 4, scale = \"log\""),
        ["10ms", "100ms", "1s", "10s"]
    );
}

#[test]
fn a_hypercube_has_a_point_in_each_slice() {
    let text = |seed| {
        format!(
            r#"design = {{ latin-hypercube = {{ points = 12, seed = {seed} }} }}
[axes]
network.loss = {{ from = 0.0, to = 0.6 }}
zones.generate = {{ from = 3, to = 8 }}
exchange.use = ["mesh", "gossip", "flood"]
"#
        )
    };
    let sampled = design(&text(1), &[]);
    assert_eq!(sampled.points.count(), 12);
    let column = |axis: usize| -> Vec<String> {
        (0..12).map(|point| sampled.levels(point).nth(axis).unwrap().value.to_string()).collect()
    };
    let mut slices: Vec<_> =
        column(0).iter().map(|loss| (loss.parse::<f64>().unwrap() / 0.05) as u32).collect();
    slices.sort_unstable();
    assert_eq!(slices, (0..12).collect::<Vec<_>>());
    // Twelve points among six numbers, and among three words: each as often as any other.
    for (axis, values) in
        [(1, &["3", "4", "5", "6", "7", "8"][..]), (2, &["mesh", "gossip", "flood"])]
    {
        let column = column(axis);
        for value in values {
            let times = column.iter().filter(|other| other == value).count();
            assert_eq!(times, 12 / values.len(), "{value} in {column:?}");
        }
    }
    assert_eq!(names(&text(1), &[]), names(&text(1), &[]));
    assert_ne!(names(&text(1), &[]), names(&text(2), &[]));
}

#[test]
fn sobol_begins_at_the_lower_ends_and_then_halves() {
    let text = |points| {
        format!(
            r#"design = {{ sobol = {{ points = {points} }} }}
[axes]
network.loss = {{ from = 0.0, to = 0.8 }}
horizon = {{ from = "1s", to = "5s" }}
"#
        )
    };
    let expected = [
        "network.loss=0.0, horizon=1s",
        "network.loss=0.4, horizon=3s",
        "network.loss=0.6, horizon=2s",
        "network.loss=0.2, horizon=4s",
    ];
    assert_eq!(names(&text(4), &[]), expected);
    assert!(design(&text(64), &[]).warnings.is_empty());
    let [notice] = &design(&text(100), &[]).warnings[..] else { panic!("one notice") };
    assert!(notice.contains("64 or 128 points rather than 100"), "{notice}");
}

#[test]
fn zipped_ranges_are_sampled_together() {
    let text = r#"design = { sobol = { points = 4 } }
zip = [["network.loss", "network.duplicate"]]
[axes]
network.loss = { from = 0.0, to = 0.4 }
network.duplicate = { from = 0.1, to = 0.5 }
exchange.use = ["mesh", "flood"]
"#;
    let expected = [
        "network.loss=0.0, network.duplicate=0.1, exchange.use=mesh",
        "network.loss=0.2, network.duplicate=0.3, exchange.use=flood",
        "network.loss=0.3, network.duplicate=0.4, exchange.use=mesh",
        "network.loss=0.1, network.duplicate=0.2, exchange.use=flood",
    ];
    assert_eq!(names(text, &[]), expected);
}

#[test]
fn the_command_line_replaces_levels_by_name_and_by_path() {
    for line in ["a=0.1,0.2", "network.loss=0.1,0.2", "network.\"loss\"=0.1,0.2"] {
        let names = names(TWO, &[line, "b=hub"]);
        assert_eq!(names, ["a=0.1, b=hub", "a=0.2, b=hub"], "{line}");
    }
    assert_eq!(names(TWO, &["a=0.1", "exchange.use=mesh"]), ["a=0.1, b=mesh"]);
}

#[test]
fn the_command_line_chooses_among_choices_in_its_order() {
    let choices = r#"[axes.protocol.choices]
mesh = ["exchange.use=mesh"]
"push gossip" = ["exchange.use=gossip", "exchange.gossip.mode=push"]
flood = ["exchange.use=flood"]
"#;
    let lines = ["protocol=flood,push gossip"];
    assert_eq!(names(choices, &lines), ["protocol=flood", "protocol=push gossip"]);
    let over = design(choices, &lines).scenario(1).1;
    assert_eq!(over, ["exchange.use=gossip", "exchange.gossip.mode=push"]);
    assert_eq!(names(choices, &["protocol=mesh"]), ["protocol=mesh"]);
}

#[test]
fn other_paths_become_axes_or_hold_everywhere() {
    let names = names(TWO, &["b=hub", "network.duplicate=0.1,0.2", "horizon=2h"]);
    assert_eq!(names.len(), 4);
    assert_eq!(names[1], "a=0, b=hub, network.duplicate=0.2");
    let design = design(TWO, &["horizon=2h", "network.duplicate=0.1,0.2"]);
    let expected =
        ["horizon=2h", "network.loss=0", "exchange.use=\"mesh\"", "network.duplicate=0.2"];
    assert_eq!(design.scenario(1).1, expected);
    // The command line goes before what the file sets at every point.
    let lines = &["horizon=2h"];
    let set = "set = [\"horizon=1h\", \"network.latency=9ms\"]";
    assert_eq!(
        self::design(set, lines).scenario(0).1,
        ["horizon=1h", "network.latency=9ms", "horizon=2h"]
    );
    assert_eq!(self::names(set, &["horizon=1h,2h"]), ["horizon=1h", "horizon=2h"]);
}

#[test]
fn what_is_set_within_a_table_may_have_more_beside_it() {
    let text = r#"set = ["network={latency='9ms'}"]
[axes]
net = { path = "exchange.gossip", values = [{ mode = "push" }, { mode = "pull" }] }
"network.loss" = [0.1]
"exchange.gossip.fanout" = [2]
"#;
    assert_eq!(names(text, &[]).len(), 2);
    // The command line goes before the file, and then nothing of it is reported as varied.
    assert_eq!(names(text, &["network.latency=3ms,4ms"]).len(), 4);
}

#[test]
fn seeds_are_of_the_sweep() {
    let seeds = |text: &str, lines: &[&str]| {
        let seeds = design(text, lines).seeds;
        (seeds.first(), seeds.count())
    };
    assert_eq!(seeds("", &[]), (1, 10));
    assert_eq!(seeds("seeds.base = 7", &["seeds.count=5"]), (7, 5));
    assert_eq!(seeds("seeds = { count = 3 }", &["seeds={base=0, count=4}"]), (0, 4));
}

#[test]
fn scenarios_are_the_first_axis_and_can_be_chosen() {
    let text =
        "scenarios = [\"rounds.toml\", \"./protocols/flood.toml\"]\naxes.network.loss = [0, 0.1]\n";
    let two = read(text, &[]).unwrap();
    let names: Vec<_> = (0..4).map(|point| two.name(point)).collect();
    let expected = [
        "scenario=rounds, network.loss=0",
        "scenario=rounds, network.loss=0.1",
        "scenario=flood, network.loss=0",
        "scenario=flood, network.loss=0.1",
    ];
    assert_eq!(names, expected);
    assert!(
        two.scenario(1).0.ends_with("rounds.toml") && two.scenario(2).0.ends_with("flood.toml")
    );
    assert_eq!(two.scenario(3).1, ["network.loss=0.1"]);
    let one = read(text, &["scenario=flood", "network.loss=0"]).unwrap();
    assert_eq!((one.points.count(), one.name(0)), (1, "scenario=flood, network.loss=0".into()));
    assert!(one.scenario(0).0.ends_with("flood.toml"));
    let turned = read(text, &["scenario=flood,rounds"]).unwrap();
    assert!(
        turned.scenario(0).0.ends_with("flood.toml")
            && turned.scenario(3).0.ends_with("rounds.toml")
    );
}

#[test]
fn any_text_reaches_the_scenario_whole() {
    let odd =
        ["a\nb", "say \"no\"", "it's", "c:\\d", "tab\there", "x=y, z", "", "\u{1}\u{7f}", "ü"];
    let values = toml::Value::Array(odd.iter().map(|&text| text.into()).collect());
    let text = format!("{ROUNDS}axes.about = {values}\n");
    let design = read(&text, &[]).unwrap();
    assert_eq!(design.points.count() as usize, odd.len());
    for (point, expected) in (0..).zip(odd) {
        let (path, sets) = design.scenario(point);
        let loaded: zonesim::scenario::Loaded<
            zonesim::protocol::exchange::Params,
            zonesim::protocol::coordination::Params,
        > = zonesim::scenario::load(path, &sets).unwrap();
        assert_eq!(loaded.scenario.about, expected);
        assert!(!design.name(point).contains(char::is_control));
    }
}

#[test]
fn paths_may_have_quoted_keys_and_numbers() {
    let quoted = r#"[axes]
"network.link.\"z0>z1\".loss" = [0.1]
'fault.0.for' = ["1s"]
"#;
    let nested = r#"[axes.network.link."z0>z1"]
loss = [0.1]
[axes.fault.0]
for = ["1s"]
"#;
    for text in [quoted, nested] {
        assert_eq!(sets(text, 0), ["network.link.\"z0>z1\".loss=0.1", "fault.0.for=\"1s\""]);
    }
    let lines = &["network.link.\"z0>z1\".loss=0.2,0.3"];
    let names = names(nested, lines);
    assert_eq!(names[1], "network.link.\"z0>z1\".loss=0.3, fault.0.for=1s");
}

#[test]
fn a_dry_run_lists_every_point() {
    let run = |arguments: &[&str]| {
        let program = Command::new(env!("CARGO_BIN_EXE_zonesim"))
            .args(["sweep", "--dry-run"])
            .args(arguments)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .unwrap();
        assert!(program.status.success(), "{}", String::from_utf8_lossy(&program.stderr));
        String::from_utf8(program.stdout).unwrap()
    };
    let text = run(&[
        "sims/sweeps/partition-length.toml",
        "fault.0.for=1s,2h",
        "silence=waits",
        "seeds.count=5",
    ]);
    let expected = "4 points, seeds 1 to 5 at each: 20 runs\n\
                    0  partition=1s, coordination.use=order, silence=waits\n\
                    1  partition=1s, coordination.use=two-phase, silence=waits\n\
                    2  partition=2h, coordination.use=order, silence=waits\n\
                    3  partition=2h, coordination.use=two-phase, silence=waits\n";
    assert_eq!(text, expected);
    let text = run(&["sims/sweeps/zones-protocol.toml", "protocol=mesh,flood", "zones.generate=9"]);
    assert!(
        text.ends_with("0  zones.generate=9, protocol=mesh\n1  zones.generate=9, protocol=flood\n"),
        "{text}"
    );
    let text = run(&["tests/data/two-scenarios.toml"]);
    assert!(text.contains("\n3  scenario=flood, network.loss=0.1\n"), "{text}");
}
