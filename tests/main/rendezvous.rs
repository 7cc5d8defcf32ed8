//! `rendezvous` in whole runs: how often it splits, against the formulas of
//! `zonesim::protocol::coordination::rendezvous`.

use crate::common::{BuiltinPlan, SILENT_EXCHANGE, digest, plan_of, row, rows};
use zonesim::engine::Engine;
use zonesim::metrics::MetricRow;

/// Members, one in each of so many zones; each is located after an exponential time of 10 s on
/// average. The agreed times are 7 s, 13 s and so on, and a member has to be located 1 s before.
fn world(zones: u32, warning: &str, rest: &str) -> BuiltinPlan {
    let homes: Vec<_> = (0..zones).map(|zone| format!("\"z{zone}\"")).collect();
    plan_of(&format!(
        r#"horizon = "300s"
[zones]
generate = {zones}
{SILENT_EXCHANGE}[workload]
use = "organisation"
[workload.organisation]
members = {zones}
homes = [{}]
away = 0
corroboration = 1
assessment = "1ms"
lead_interval = "10s"
warning = "{warning}"
[coordination]
use = "rendezvous"
[coordination.rendezvous]
first = "7s"
interval = "6s"
margin = "1s"
valid_for = "1s"
{rest}"#,
        homes.join(", ")
    ))
}

fn mean(rows: &[MetricRow], of: impl Fn(&MetricRow) -> Option<f64>) -> (f64, f64) {
    let values: Vec<_> = rows.iter().map(|row| of(row).expect("measured")).collect();
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    (mean, (squares / n / (n - 1.0)).sqrt())
}

#[test]
fn zones_that_are_not_ready_split_as_often_as_the_formula_says() {
    const RUNS: u64 = 600;
    for (zones, warning) in [(2, 3.0), (4, 6.0), (8, 1.0)] {
        let plan = world(zones, &format!("{warning}s"), "");
        let rows = rows(plan, (1, RUNS));
        let n = f64::from(zones);
        let p = 1.0 - libm::exp(-0.6);
        let r = libm::exp(-0.1 * (6.0 + 1.0 + warning));
        let some = 1.0 - libm::pow(1.0 - p, n);
        let split = 1.0 - (libm::pow(p + r, n) - libm::pow(r, n)) / some;
        let share = p / some;
        for (name, expected, (found, error)) in [
            ("split", split, mean(&rows, |row| row.split)),
            ("captured", share, mean(&rows, |row| row.captured_share)),
        ] {
            println!("n {n} warning {warning} {name}: {found:.4} ± {error:.4}, {expected:.4}");
            assert!((found - expected).abs() < 4.0 * error, "n {n} warning {warning} {name}");
        }
    }
}

/// Every set of zones that are down at the agreed time: the others strike, and these are late.
#[test]
fn zones_that_are_down_split_from_the_others() {
    for down in 0..8_u32 {
        let names: Vec<_> = (0..3).filter(|zone| down >> zone & 1 == 1).collect();
        let names: Vec<_> = names.iter().map(|zone| format!("\"z{zone}\"")).collect();
        let fault = match down {
            0 => String::new(),
            _ => format!(
                "[[fault]]\nat = \"55500ms\"\nfor = \"3s\"\ncrash = [{}]\nmemory = \"lost\"\n",
                names.join(", ")
            ),
        };
        let plan = ready(&fault);
        let row = row(&plan, Engine::Event, 1);
        assert_eq!(row.split, Some(f64::from(u8::from(down != 0 && down != 7))), "{down:b}");
        // Those that are down strike an interval later, if they are not alone in that.
        let spread = if down == 0 || down == 7 { 0.0 } else { 6000.0 };
        assert_eq!(row.spread_ms, Some(spread), "{down:b}");
        assert_eq!(digest(&plan, Engine::Event, 1), digest(&plan, Engine::Turmoil, 1), "{down:b}");
    }
}

/// Three zones, each of which has located its member long before 56 s, the first agreed time.
fn ready(rest: &str) -> BuiltinPlan {
    let leads: Vec<_> = (0..3)
        .map(|zone| format!("{{ at = \"{zone}s\", from = \"z{zone}\", about = {zone} }}"))
        .collect();
    let text = format!("leads = [{}]\nwarning = \"5s\"", leads.join(", "));
    plan_of(&format!(
        r#"horizon = "80s"
[zones.z0]
[zones.z1]
[zones.z2]
{SILENT_EXCHANGE}[workload]
use = "organisation"
[workload.organisation]
members = 3
homes = ["z0", "z1", "z2"]
corroboration = 1
assessment = "1ms"
{text}
[coordination]
use = "rendezvous"
[coordination.rendezvous]
first = "56s"
interval = "6s"
margin = "1s"
valid_for = "1s"
{rest}"#
    ))
}

/// A clock that is ahead by less than the warning makes a zone early; by more, it splits from the others.
#[test]
fn clocks_split_beyond_the_warning() {
    for (ahead, split) in [(0, 0.0), (4999, 0.0), (5000, 1.0), (5500, 1.0)] {
        let fault = format!("[[fault]]\nat = \"40s\"\nclock = [\"z1\"]\nstep = \"{ahead}ms\"\n");
        let plan = ready(if ahead == 0 { "" } else { &fault });
        let row = row(&plan, Engine::Event, 1);
        assert_eq!((row.split, row.spread_ms), (Some(split), Some(f64::from(ahead))), "{ahead}");
        assert_eq!(digest(&plan, Engine::Event, 1), digest(&plan, Engine::Turmoil, 1), "{ahead}");
    }
    // A clock that is stepped over an agreed time misses it.
    let fault = "[[fault]]\nat = \"54s\"\nclock = [\"z1\"]\nstep = \"4s\"\n";
    let row = row(&ready(fault), Engine::Event, 1);
    // Its next time, 62 s, comes at 58 s: late, but before the others are warned.
    assert_eq!((row.split, row.spread_ms), (Some(0.0), Some(2000.0)));
}
