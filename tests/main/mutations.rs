//! No panic can be reached from any input: the scenarios in `sims`, mutated at random from fixed
//! seeds, are refused with a message or run.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::common::mutating::{any, place};
use rand::Rng;
use zonesim::engine::{self, Engine};
use zonesim::plan::Plan;
use zonesim::protocol::node::Builtin;
use zonesim::rng::{RngStream, stream};
use zonesim::scenario::{self, Diagnostic, MAX_TOML};
use zonesim::time::NanoDuration;

/// Mutations of each file in `sims`, and overrides over each; `ZONESIM_MUTATIONS=3000` tries more.
const MUTATIONS: u64 = 300;

/// Mutations of each table.
const TABLES: u64 = 500;

/// A matrix for `sims/leads-2019.toml`; ways are left out, and a zone is there that it has not.
const MATRIX: &str = "\
from,cn,ru,kz,uz,tj,kg,pk,in,mn
cn,,50,60.5,70,80,75,90,99,12
ru,55,,30,40,50,45,,,
kz,-,31,,10,20,15,40,50,
# the hub has its seat here
uz,,,,0.5,8,9,60,70,

tj,,,,,,12,120,,
kg,,,,,,,130,75,
pk,90,85,,,,,,,
in,,95,,,90,,33,,
";

/// Waits for jitter.
const WAITS: &str = "at,ms\n0,1.5\n# none\n1,0\n\n2, 12.25\n3,10000000\n";

/// A case that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs are this short: 200 ms, or so many ticks where a tick is small.
const MOST_TICKS: u64 = 400;

/// Larger worlds are planned and not run.
const MOST_NODES: usize = 1000;

/// Values of every kind, most of them where they do not belong.
const VALUES: &str = include_str!("mutations/values.txt");
/// Whole lines to put in.
const LINES: &str = include_str!("mutations/lines.txt");
/// Keys to give values to.
const KEYS: &str = include_str!("mutations/keys.txt");
/// Overrides that fit, at the edges of what is allowed.
const FITTING: &str = include_str!("mutations/fitting.txt");
/// What no text file would hold.
const ODD: [&str; 6] = ["\u{feff}", "\0", "\r", "\t \t", "\u{7f}", "a = \"\u{1b}[31m\""];

/// Changes a text in one way.
fn mutate(text: &str, rng: &mut RngStream) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let (a, b) = (place(rng, lines.len()), place(rng, lines.len()));
    let line = lines.get(a).cloned().unwrap_or_default();
    match rng.random_range(0..18) {
        0 => drop((a < lines.len()).then(|| lines.remove(a))),
        1 => lines.insert(b, line),
        2 if a.max(b) < lines.len() => lines.swap(a, b),
        3 => lines.insert(a, any(rng, LINES).into()),
        8 => lines.insert(a, ODD[rng.random_range(0..ODD.len() as u32) as usize].into()),
        4 => lines.insert(a, format!("{} = {}", any(rng, KEYS), any(rng, VALUES))),
        5 => {
            let key = any(rng, KEYS).rsplit('.').next().unwrap_or_default();
            lines.insert(a, format!("{key} = {}", any(rng, VALUES)));
        }
        6 => return cut(text, rng),
        7 if !text.is_empty() => {
            let mut letters: Vec<char> = text.chars().collect();
            let other = letters[place(rng, letters.len() - 1)];
            let at = place(rng, letters.len() - 1);
            letters[at] = other;
            return letters.into_iter().collect();
        }
        _ => {
            // Most of all, a value in the place of another.
            let values: Vec<_> = (0..lines.len()).filter(|&at| lines[at].contains(" = ")).collect();
            if let Some(&at) = values.get(place(rng, values.len().saturating_sub(1))) {
                let key = lines[at].split(" = ").next().unwrap_or_default();
                lines[at] = format!("{key} = {}", value_of(rng, key));
            }
        }
    }
    lines.join("\n")
}

/// A value for a key: mostly one that fits.
fn value_of(rng: &mut RngStream, key: &str) -> &'static str {
    let pairs = FITTING.lines().filter_map(|line| line.split_once('='));
    let fits = |path: &str| path == key || path.ends_with(&format!(".{key}"));
    let fitting: Vec<_> = pairs.filter(|(path, _)| fits(path)).map(|(_, value)| value).collect();
    if fitting.is_empty() || rng.random_range(0..4) == 0 {
        return any(rng, VALUES);
    }
    fitting[rng.random_range(0..fitting.len() as u32) as usize]
}

/// Takes a piece out of a text, at any bytes: what is no letter any more becomes the sign for it.
fn cut(text: &str, rng: &mut RngStream) -> String {
    let (a, b) = (place(rng, text.len()), place(rng, text.len()));
    let (a, b) = if rng.random_range(0..2) == 0 { (a.min(b), a.max(b)) } else { (a, text.len()) };
    let bytes = [&text.as_bytes()[..a], &text.as_bytes()[b..]].concat();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Parses, plans and runs; whether it was accepted.
fn try_out(Case { text, overrides, table }: &Case) -> bool {
    let plan = scenario::parse("mutated.toml", text.clone(), overrides, PathBuf::from("sims"))
        .and_then(|loaded| {
            let loaded = match table {
                Some((file, text)) => loaded.attach(*file, text),
                None => loaded,
            };
            Plan::new::<Builtin>(&loaded)
        });
    match plan {
        Err(diagnostic) => {
            check(&diagnostic);
            false
        }
        Ok(plan) => {
            let ticks = MOST_TICKS * plan.resolution.ns;
            let plan = plan.truncated(NanoDuration::from_ns(ticks.min(200_000_000)));
            if plan.nodes() <= MOST_NODES {
                let ending = engine::run::<Builtin, _>(Engine::Event, &plan, 1, &mut ());
                assert!(ending.at <= plan.horizon);
            }
            true
        }
    }
}

/// A message is shown without a panic, has a title, and speaks to people.
fn check(diagnostic: &Diagnostic) {
    let what = diagnostic.what();
    assert!(!what.is_empty());
    for word in ["u32", "u64", "f64", "struct", "enum", "variant", "array", "inline", "literal"] {
        assert!(!what.contains(word), "{what}");
    }
    assert!(diagnostic.render(false).starts_with("error: "));
    diagnostic.render(true);
}

/// A scenario, what is put over it, and a file that it names if it is not one in `sims`.
struct Case {
    text: String,
    overrides: Vec<String>,
    table: Option<(&'static str, String)>,
}

/// Runs cases on a thread of their own; a panic or a hang is told with its case.
fn run_all(cases: impl Iterator<Item = Case> + Send + 'static) -> (u64, u64) {
    let (sender, receiver) = mpsc::channel();
    let worker = thread::spawn(move || {
        for case in cases {
            let Case { text, overrides, table } = &case;
            let shown = format!("--set {overrides:?}\n{text}\n{table:?}");
            let _ = sender.send((shown, None));
            let outcome = catch_unwind(AssertUnwindSafe(|| try_out(&case)));
            let _ = sender.send((String::new(), Some(outcome.ok())));
        }
    });
    let (mut accepted, mut all) = (0, 0);
    let mut running = String::new();
    loop {
        match receiver.recv_timeout(PATIENCE) {
            Ok((shown, None)) => running = shown,
            Ok((_, Some(None))) => panic!("a panic, from:\n{running}"),
            Ok((_, Some(Some(is_accepted)))) => {
                accepted += u64::from(is_accepted);
                all += 1;
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                worker.join().expect("cases can be made");
                return (accepted, all);
            }
            Err(mpsc::RecvTimeoutError::Timeout) => panic!("a hang, from:\n{running}"),
        }
    }
}

/// How many are tried of each kind and file.
fn mutations() -> u64 {
    let asked = std::env::var("ZONESIM_MUTATIONS").ok();
    asked.map_or(MUTATIONS, |asked| asked.parse().expect("ZONESIM_MUTATIONS is 3000, say"))
}

/// The scenarios in `sims`.
fn sims() -> Vec<String> {
    let files = fs::read_dir("sims").expect("there are scenarios");
    let mut paths: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "toml"));
    paths.sort();
    paths.iter().map(|path| fs::read_to_string(path).expect("a text")).collect()
}

#[test]
fn mutated_files_never_panic() {
    let cases = sims().into_iter().flat_map(|text| {
        (0..mutations()).map(move |number| {
            let mut rng = stream(number, "mutations", 0);
            let mut mutated = text.clone();
            for _ in 0..=rng.random_range(0..3) {
                mutated = mutate(&mutated, &mut rng);
            }
            Case { text: mutated, overrides: Vec::new(), table: None }
        })
    });
    let (accepted, all) = run_all(cases);
    println!("{accepted} of {all} accepted");
    assert!(accepted * 20 > all, "too few are accepted to test a run: {accepted} of {all}");
}

#[test]
#[ignore = "slow"]
fn random_overrides_never_panic() {
    let cases = sims().into_iter().flat_map(|text| {
        (0..mutations()).map(move |number| {
            let mut rng = stream(number, "mutations", 1);
            let one = |rng: &mut RngStream| match rng.random_range(0..40) {
                0 => any(rng, VALUES).to_owned(),
                1 => cut(&format!("{}={}", any(rng, KEYS), any(rng, VALUES)), rng),
                2 => format!("{}={}", any(rng, KEYS), any(rng, VALUES).replace('"', "")),
                3 => format!("{}={}", any(rng, KEYS), any(rng, VALUES)),
                _ => any(rng, FITTING).to_owned(),
            };
            let overrides = (0..=rng.random_range(0..6)).map(|_| one(&mut rng)).collect();
            Case { text: text.clone(), overrides, table: None }
        })
    });
    let (accepted, all) = run_all(cases);
    println!("{accepted} of {all} accepted");
    assert!(accepted * 20 > all, "too few are accepted to test a run: {accepted} of {all}");
}

#[test]
#[ignore = "slow"]
fn mutated_tables_never_panic() {
    let scenario = fs::read_to_string("sims/leads-2019.toml").expect("the scenario");
    let round_trips = fs::read_to_string("sims/rtt-2025.csv").expect("the table");
    let files = [
        ("rtt-2025.csv", "network.loss=0", round_trips),
        ("matrix.csv", "network.latency={ matrix = \"matrix.csv\" }", MATRIX.into()),
        ("waits.csv", "network.jitter={ samples = \"waits.csv\" }", WAITS.into()),
    ];
    let fields =
        ["", "-1", "nan", "inf", "1e300", "0", "\"", "\"\"", "\"a\nb\"", "ü", "in", "#", ";"];
    let cases = (0..3 * TABLES).map(move |number| {
        let (file, over, original) = &files[number as usize % 3];
        let mut rng = stream(number, "mutations", 2);
        let mut table = original.clone();
        for _ in 0..=rng.random_range(0..3) {
            table = match rng.random_range(0..3) {
                0 => mutate(&table, &mut rng),
                1 => cut(&table, &mut rng),
                _ => {
                    let mut all: Vec<_> = table.split(',').map(str::to_owned).collect();
                    let at = place(&mut rng, all.len() - 1);
                    all[at] = fields[rng.random_range(0..fields.len() as u32) as usize].into();
                    all.join(",")
                }
            };
        }
        let overrides = vec![(*over).to_owned()];
        Case { text: scenario.clone(), overrides, table: Some((file, table)) }
    });
    let (accepted, all) = run_all(cases);
    println!("{accepted} of {all} accepted");
    assert!(accepted * 20 > all, "too few are accepted to test a run: {accepted} of {all}");
}

#[test]
#[ignore = "slow"]
fn the_largest_worlds_are_planned_in_time() {
    let large = "[zones]\ngenerate = 1000000\n";
    let links = r#"[network.link]
"z0-z1" = { loss = 0.1 }
"z5>z7" = { latency = "9ms" }
"#;
    let middle = r#"[zones]
generate = 4095
[hub]
seat = "z1"
"#;
    let with_phantoms = sims().into_iter().find(|text| text.contains("\nphantoms = 4"));
    let with_phantoms = with_phantoms.expect("a scenario with phantoms");
    let texts = [
        large.to_owned(),
        format!("{large}{links}"),
        format!("{middle}{links}"),
        format!("{large}[network]\nlatency = {{ rtt = \"rtt-2025.csv\" }}\n"),
        with_phantoms.replace("\nphantoms = 4", "\nphantoms = 1000000"),
        format!(
            r#"{}
[zones]
generate = 8
"#,
            "#".repeat(MAX_TOML - 100)
        ),
    ];
    let case = |text| Case { text, overrides: Vec::new(), table: None };
    let (accepted, all) = run_all(texts.into_iter().map(case));
    assert_eq!((accepted, all), (5, 6));
}
