//! Inputs that grow tenfold cost tenfold: at the sizes here, work that is quadratic takes minutes.

use std::fmt::Write;
use std::path::Path;

use crate::common::{plan_of, row};
use zonesim::engine::{self, Engine, Event, TraceSink};
use zonesim::experiment::design::Design;
use zonesim::protocol::node::Builtin;
use zonesim::protocol::node::EnvelopeOf;
use zonesim::scenario::MAX_TOML;
use zonesim::time::SimTime;

const ZONES: &str = r#"horizon = "1h"
[zones.a]
[zones.b]
[zones.c]
[exchange]
use = "mesh"
[workload.items]
interval = "1s"
count = 1000
"#;

/// Faults one after the other, each at another zone.
fn faults(count: usize, kind: &str) -> String {
    (0..count).fold(String::new(), |mut text, number| {
        let (at, zone) = (number * 100, ["a", "b", "c"][number % 3]);
        let what = kind.replace('?', zone);
        writeln!(
            text,
            r#"[[fault]]
at = "{at}ms"
for = "50ms"
{what}"#
        )
        .unwrap();
        text
    })
}

#[test]
fn a_run_costs_with_its_messages_and_its_faults_not_with_their_product() {
    for kind in [
        "crash = [\"?\"]",
        "partition = [[\"?\"], [\"*\"]]",
        "isolate = [\"?\"]",
        "hold = [[\"?\"], [\"*\"]]",
        "delay = [[\"?\"], [\"*\"]]\nfactor = 2.0",
        "loss = [[\"?\"], [\"*\"]]\nrate = 0.5",
        "clock = [\"?\"]\nstep = \"1ms\"",
    ] {
        let mut text = faults(5_000, kind);
        if kind.starts_with("clock") {
            text = text.replace("for = \"50ms\"\n", "");
        }
        let row = row(&plan_of(&format!("{ZONES}{text}")), Engine::Event, 1);
        assert_eq!((row.items, row.coverage), (Some(1000.0), Some(1.0)), "{kind}");
    }
}

#[test]
fn many_items_cost_with_what_is_new() {
    for exchange in ["mesh", "flood"] {
        let text = format!(
            r#"horizon = "8h"
zones.generate = 8
exchange.use = "{exchange}"
workload.items = {{ mean_interval = "1s", count = 8000 }}
"#
        );
        let row = row(&plan_of(&text), Engine::Event, 1);
        // An item is some bytes in a message, whatever its number.
        let bytes = row.bytes.unwrap() / row.messages.unwrap();
        assert!(row.coverage == Some(1.0) && bytes < 20.0, "{exchange}: {bytes}");
    }
}

#[test]
fn an_axis_may_have_many_values() {
    let values: Vec<_> = (0..20_000).map(|number| format!("{:?}", number as f64 / 3e4)).collect();
    let sims = Path::new(env!("CARGO_MANIFEST_DIR")).join("sims");
    let design = |values: &str| {
        let text = format!("scenario = \"rounds.toml\"\naxes.\"network.loss\" = [{values}]\n");
        Design::parse("test.toml", &text, &sims, &[])
    };
    let values = values.join(", ");
    assert_eq!(design(&values).unwrap().points.count(), 20_000);
    let twice = format!("{values}, 1e-1");
    let wrong = design(&twice).unwrap_err().to_string();
    assert!(wrong.contains("takes 0.1 twice"), "{wrong:.300}");
    assert!(wrong.len() < 1000, "the whole line is shown, {} characters", wrong.len());
}

/// Counts what is sent.
#[derive(Default)]
struct Sent(u64);

impl TraceSink<EnvelopeOf<Builtin>> for Sent {
    fn record(&mut self, _: SimTime, event: &Event<'_, EnvelopeOf<Builtin>>) {
        self.0 += u64::from(matches!(event, Event::Send { .. }));
    }
}

#[test]
fn what_is_said_again_behind_a_hold_is_little() {
    for coordination in ["order", "two-phase"] {
        let sent_in = |seconds: u64| {
            let plan = plan_of(&format!(
                r#"horizon = "{seconds}s"
stop = "horizon"
[zones.a]
[zones.b]
[hub]
seat = "a"
[[fault]]
at = "0s"
hold = [["hub"], ["*"]]
[workload]
use = "organisation"
organisation = {{ members = 3, lead_interval = "2s", away = 0, corroboration = 1, assessment = "1ms", warning = "5s" }}
[exchange]
use = "gossip"
gossip.interval = "8784h"
[coordination]
use = "{coordination}"
{coordination} = {{ probe = "8784h" }}
"#
            ));
            let mut sent = Sent::default();
            engine::run::<Builtin, _>(Engine::Event, &plan, 1, &mut sent);
            sent.0
        };
        let [minute, ten, day] = [60, 600, 86_400].map(sent_in);
        assert!(minute > 6 && ten < 4 * minute, "{coordination}: {minute}, then {ten}");
        // Two zones, one report a minute each, where it was one a second.
        assert!(day < 2 * (86_400 / 60 + 30), "{coordination}: {day}");
    }
}

/// Lines with the number of each in the place of `?`, up to a length.
fn lines(head: &str, line: &str, end: &str, length: usize) -> String {
    let mut text = head.to_owned();
    for number in 0.. {
        if text.len() + line.len() + end.len() + 8 > length {
            break;
        }
        text += &line.replace('?', &format!("{number:x}"));
    }
    text + end
}

/// What the parser would take much memory for is refused before it is parsed, and what is not is read,
/// both in a bounded part of the memory.
#[cfg(target_os = "linux")]
#[test]
#[ignore = "slow"]
fn the_memory_that_a_file_takes_is_bounded() {
    const KILOBYTES: u32 = 220_000;
    let head = "horizon = \"1h\"\n[zones.a]\n[zones.b]\n[zones.c]\n";
    let items = format!("{head}[workload.items]\nat = [");
    let axis = "scenario = \"a.toml\"\naxes.seed = [";
    let fault = faults(1, "crash = [\"?\"]");
    let long_key = format!("[{}]\n", "k".repeat(20_000));
    let deep = format!("?{} = 1\n", ".a".repeat(70));
    let (size, words, tables) = ("at most 2 MiB of TOML", "words and signs", "tables and lists");
    let depth = "nested too deeply";
    for (kind, text, refusal) in [
        ("faults", format!("{head}{}", fault.repeat(25_000)), None),
        ("too many faults", format!("{head}{}", fault.repeat(40_000)), Some(words)),
        ("far too many faults", format!("{head}{}", fault.repeat(250_000)), Some(size)),
        ("a list", lines(&items, "1.5, ", "]\n", 600_000), None),
        ("a long list", lines(&items, "1.5, ", "]\n", 1_000_000), Some(words)),
        ("an axis", lines(axis, "1.5, ", "]\n", 600_000), None),
        ("a long axis", lines(axis, "1.5, ", "]\n", 1_000_000), Some(words)),
        ("a long text", lines("about = \"", "0123456789", "\"\n", MAX_TOML), None),
        ("numbers", lines("a = [", "1,", "]\n", 700_000), None),
        ("keys", lines("", "?=1\n", "", 1_200_000), None),
        ("comments", lines("", "#\n", "", MAX_TOML), Some(words)),
        ("dotted keys", lines("", "?.a.a.a.a.a.a.a=1\n", "", 800_000), Some(tables)),
        ("deep keys", lines("", &deep, "", 300_000), Some(depth)),
        ("deep lists", format!("a = {}", "[".repeat(300_000)), Some(depth)),
        ("lists", lines("a = [", "[],", "]\n", 600_000), Some(tables)),
        ("tables in braces", lines("a = [", "{a=1},", "]\n", 700_000), Some(tables)),
        ("a long key", lines(&long_key, "?=1\n", "", 700_000), Some("keys take more than 32 MiB")),
    ] {
        let file = scratch!().join(format!("{}.toml", kind.replace(' ', "-")));
        std::fs::write(&file, &text).unwrap();
        let command = if text.starts_with("scenario") { "sweep --dry-run" } else { "faults" };
        let program = env!("CARGO_BIN_EXE_zonesim");
        let line = format!("ulimit -v {KILOBYTES}; {program} {command} {}", file.display());
        let output = std::process::Command::new("sh").args(["-c", &line]).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        let is_refused = [size, words, tables, depth, "keys take"].iter().any(|w| said.contains(w));
        assert_eq!(is_refused, refusal.is_some(), "{kind}, {}: {said:.500}", text.len());
        assert!(refusal.is_none_or(|words| said.contains(words)), "{kind}: {said:.500}");
        assert!(output.status.code().is_some_and(|code| code <= 4), "{kind}: {said:.500}");
        assert!(refusal.is_none() || said.matches("error").count() == 1, "{kind}: {said:.900}");
    }
}
