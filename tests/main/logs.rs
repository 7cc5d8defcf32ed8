//! Lines of `-v` carry simulated time and node, on both engines and of hosted services, and no
//! escapes.

use std::process::{Command, Output};

use crate::common::program::text;
use crate::common::{example, root};
use regex::Regex;

/// Zones 30 and 50 ms apart, of which one crashes; `more` comes before all.
fn scenario(name: &str, more: &str) -> String {
    let text = format!(
        r#"{more}
        horizon = "2s"
        stop = "horizon"
        [zones]
        north = {{}}
        south = {{}}
        west_2 = {{}}
        [network]
        latency = "30ms"
        [network.link]
        "north-west_2" = {{ latency = "50ms" }}
        [[fault]]
        at = "700ms"
        for = "250ms"
        crash = ["south"]
        [workload.items]
        at = ["120ms", "800ms"]
        from = ["north", "west_2"]
        "#
    );
    let file = scratch!().join(name);
    std::fs::write(&file, text).unwrap();
    file.to_str().unwrap().into()
}

fn logged(arguments: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_zonesim"));
    // A terminal that shows colours, were it one.
    program.env_remove("NO_COLOR").env("TERM", "xterm-256color").env("CLICOLOR", "1");
    program.args(arguments).current_dir(root()).output().unwrap()
}

/// The lines of a log, each in three: its time, its node, what it says. All have that form.
fn lines(output: &Output, digits: usize) -> Vec<(String, String, String)> {
    let error = text(&output.stderr);
    assert!(output.status.success() && !error.contains('\u{1b}'), "{error}");
    let form = format!(
        r"^ *(\d+:\d\d:\d\d\.\d{{{digits}}}) +(?:INFO|DEBUG|TRACE) ([a-z0-9_]+|-) ((?:zonesim|turmoil): .*)$"
    );
    let form = Regex::new(&form).unwrap();
    let parts = |line: &str| {
        let parts = form.captures(line).unwrap_or_else(|| panic!("{line}"));
        (parts[1].into(), parts[2].into(), parts[3].into())
    };
    error.lines().map(parts).collect()
}

#[test]
fn both_engines_log_the_same_with_time_and_node() {
    let file = scenario("logs.toml", "");
    let [event, turmoil] = ["event", "turmoil"].map(|engine| {
        let all = lines(&logged(&["-vvv", "run", &file, "--engine", engine]), 3);
        let (ours, theirs): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|(.., says)| says.starts_with("zonesim: "));
        assert_eq!(theirs.is_empty(), engine == "event");
        // Turmoil says nothing that is of no node.
        assert_eq!(theirs.iter().find(|(_, node, _)| node == "-"), None);
        ours
    });
    assert_eq!(event, turmoil);
    // 120 + 30; the crash takes what was sent to it at 800; it is back at 950.
    for expected in [
        ("0:00:00.000", "-", "zonesim: the run begins seed=1"),
        ("0:00:00.120", "north", "zonesim: publishes item=0"),
        ("0:00:00.150", "south", "zonesim: learns item=0 from=\"north\" again=false"),
        ("0:00:00.170", "west_2", "zonesim: learns item=0 from=\"north\" again=false"),
        ("0:00:00.850", "north", "zonesim: learns item=1 from=\"west_2\" again=false"),
        ("0:00:00.950", "south", "zonesim: restarts"),
        ("0:00:02.000", "-", "zonesim: the run ends why=Horizon"),
    ] {
        let found =
            event.iter().any(|(at, node, says)| (&at[..], &node[..], &says[..]) == expected);
        assert!(found, "{expected:?} of {event:#?}");
    }
    let whole: Vec<_> = event.iter().filter(|(_, node, _)| node == "-").collect();
    assert_eq!(whole.len(), 4, "begin, end, and the fault's: {whole:?}");
}

#[test]
fn levels_say_more_and_more_and_time_is_as_fine_as_a_tick() {
    let file = scenario("logs-fine.toml", "resolution = \"100us\"");
    let count = |verbose: &str| lines(&logged(&[verbose, "run", &file]), 9).len();
    let counts = ["-v", "-vv", "-vvv"].map(count);
    // Begin, end, a fault's two ends, a restart; two publications, four receipts; messages.
    assert_eq!(counts[..2], [5, 11]);
    assert!(counts[2] >= 11 + 8, "{counts:?}");
    assert!(logged(&["run", &file]).stderr.is_empty());
}

#[test]
fn hosted_services_log_with_time_and_node() {
    let arguments = ["-vvv", "sims/hosted-service/scenario.toml", "--set", "horizon=41s"];
    let all = lines(&example("hosted-service", &arguments), 3);
    let of = |node: &str| all.iter().filter(|(_, at, _)| at == node).count();
    assert!(["uz", "kz", "tj", "kg"].into_iter().all(|node| of(node) > 50));
    assert_eq!(of("-"), 3, "the cut from 20 to 30 s, the crash at 40 s");
    // The SYN of kz at 0, 40 ms away.
    let syn = |(at, node, says): &&(String, String, String)| {
        at == "0:00:00.040"
            && node == "uz"
            && says.contains("dst=192.168.0.1:4000 protocol=TCP SYN")
    };
    assert!(all.iter().find(syn).is_some());
}
