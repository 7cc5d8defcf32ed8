//! No panic can be reached from any sweep file or command line: the sweeps in `sims`, mutated at
//! random from fixed seeds, are refused with a message or make points that can be read.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use crate::common::mutating::{any, place};
use rand::Rng;
use zonesim::experiment::design::Design;
use zonesim::experiment::results::Schema;
use zonesim::plan::Plan;
use zonesim::protocol::node::Builtin;
use zonesim::rng::{RngStream, stream};
use zonesim::scenario::{self, Diagnostic};

/// Mutations of each sweep, and of its command line.
const MUTATIONS: u64 = 400;

/// What stands in sweep files: whole lines, most of them where they do not belong.
const LINES: &str = include_str!("mutations/sweep_lines.txt");
/// Values of every kind.
const VALUES: &str = include_str!("mutations/sweep_values.txt");
/// Arguments behind the file.
const ARGUMENTS: &str = include_str!("mutations/sweep_arguments.txt");

/// Changes a text in one way.
fn mutate(text: &str, rng: &mut RngStream) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let (a, b) = (place(rng, lines.len()), place(rng, lines.len()));
    let value = |line: &str, rng: &mut RngStream| {
        let key = line.split(" = ").next().unwrap_or_default();
        format!("{key} = {}", any(rng, VALUES))
    };
    match rng.random_range(0..10) {
        0 if a < lines.len() => drop(lines.remove(a)),
        1 if a.max(b) < lines.len() => lines.swap(a, b),
        2 => lines.insert(a, lines.get(b).cloned().unwrap_or_default()),
        3 => {
            let bytes = [
                &text.as_bytes()[..place(rng, text.len())],
                &text.as_bytes()[place(rng, text.len())..],
            ];
            return String::from_utf8_lossy(&bytes.concat()).into_owned();
        }
        4 => {
            let mut letters: Vec<char> = text.chars().collect();
            if let Some(last) = letters.len().checked_sub(1) {
                let (a, b) = (place(rng, last), place(rng, last));
                letters[a] = letters[b];
            }
            return letters.into_iter().collect();
        }
        5 | 6 => lines.insert(a, any(rng, LINES).into()),
        7 => lines.push(any(rng, LINES).into()),
        _ => {
            let keys: Vec<_> = (0..lines.len()).filter(|&at| lines[at].contains(" = ")).collect();
            if let Some(&at) = keys.get(place(rng, keys.len().saturating_sub(1))) {
                lines[at] = value(&lines[at], rng);
            }
        }
    }
    lines.join("\n")
}

/// A message is one line that says something, can be shown, and speaks no words of the machine.
fn check(wrong: &Diagnostic) {
    assert!(!wrong.what().is_empty() && !wrong.what().contains('\n'));
    let shown = wrong.render(false);
    wrong.render(true);
    for word in ["enum ", "variant", "struct ", "invalid type"] {
        assert!(!shown.contains(word), "{shown}");
    }
}

/// Reads a sweep and the scenarios of its first and last points; whether all are fine.
fn try_out(text: &str, lines: &[String]) -> bool {
    let design = match Design::parse("mutated.toml", text, Path::new("sims/sweeps"), lines) {
        Ok(design) => design,
        Err(wrong) => {
            check(&wrong);
            return false;
        }
    };
    if let Err(wrong) = design.refuse_names(["messages", "seed"]) {
        check(&wrong);
    }
    drop(Schema::new(&design.axes, design.goal.is_some()).map_err(|wrong| check(&wrong)));
    let count = design.points.count();
    assert!(count > 0, "a design of no points");
    for point in [0, 1, count / 2, count - 1].into_iter().filter(|&point| point < count) {
        assert_eq!(design.levels(point).count(), design.axes.len());
        let (path, sets) = design.scenario(point);
        let plan = scenario::load(path, &sets).and_then(|loaded| Plan::new::<Builtin>(&loaded));
        if let Err(wrong) = plan {
            let blamed = design.blame(point, wrong);
            check(&blamed);
            return false;
        }
    }
    true
}

/// The sweeps of the project.
fn sweeps() -> Vec<String> {
    let files = fs::read_dir("sims/sweeps").expect("there are sweeps");
    let mut paths: Vec<PathBuf> = files.map(|file| file.expect("a file").path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read_to_string(path).expect("a text")).collect()
}

/// Tries all cases; says of a panic what it came from.
fn try_all(cases: impl Iterator<Item = (String, Vec<String>)>) {
    let (mut accepted, mut all) = (0, 0);
    for (text, lines) in cases {
        let is_fine = catch_unwind(AssertUnwindSafe(|| try_out(&text, &lines)));
        accepted += u32::from(is_fine.unwrap_or_else(|_| panic!("from {lines:?} over\n{text}")));
        all += 1;
    }
    println!("{accepted} of {all} accepted");
    assert!(accepted * 20 > all, "too few are accepted: {accepted} of {all}");
}

#[test]
#[ignore = "slow"]
fn mutated_sweeps_never_panic() {
    try_all(sweeps().into_iter().flat_map(|text| {
        (0..MUTATIONS).map(move |number| {
            let mut rng = stream(number, "sweep mutations", 0);
            let rounds = rng.random_range(0..3);
            let mutated = (0..=rounds).fold(text.clone(), |text, _| mutate(&text, &mut rng));
            (mutated, Vec::new())
        })
    }));
}

#[test]
fn random_arguments_never_panic() {
    try_all(sweeps().into_iter().flat_map(|text| {
        (0..MUTATIONS).map(move |number| {
            let mut rng = stream(number, "sweep mutations", 1);
            let one = |rng: &mut RngStream| {
                let argument = any(rng, ARGUMENTS).to_owned();
                match rng.random_range(0..6) {
                    0 => format!("{argument},{}", any(rng, VALUES)),
                    1 => mutate(&argument, rng),
                    _ => argument,
                }
            };
            (text.clone(), (0..=rng.random_range(0..2)).map(|_| one(&mut rng)).collect())
        })
    }));
}
