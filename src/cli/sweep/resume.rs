//! Resumes a sweep that another process started.

use std::path::Path;

use crate::experiment::design::Design;
use crate::experiment::results::{Bundle, RunRecord, Store};
use crate::experiment::sweep::{JobSet, PointRunner, par_map};
use crate::metrics;
use crate::protocol::node::Protocols;
use crate::scenario::{Diagnostic, Inputs};

/// Repeats stored runs, one at every level of every axis, because a program of the same version may be
/// built from other sources.
///
/// # Errors
/// A run whose results differ from the stored ones, or a store that cannot be read.
pub fn check_stored_runs<P: Protocols>(
    design: &Design,
    (point_runner, store): (&PointRunner<'_, P>, &Store),
    (jobs, done): (u64, &JobSet),
    threads: usize,
) -> Result<(), Diagnostic> {
    let selected = one_of_every_level(design, jobs, done);
    let seeds = design.seeds.jobs();
    let repeat = |index: u64| {
        let job = selected[index as usize];
        Ok((job, store.record(job)?, RunRecord::from(&point_runner.run(seeds, job)?)))
    };
    for repeated in par_map((0, selected.len() as u64), threads, &|_| {}, &repeat) {
        let (job, before, now) = repeated?;
        if let Some(before) = before.filter(|before| *before != now) {
            return Err(differs(design, job, &before, &now));
        }
    }
    Ok(())
}

/// Selects the first finished jobs that together have every level that occurs in a finished job.
fn one_of_every_level(design: &Design, jobs: u64, done: &JobSet) -> Vec<u64> {
    let points = u64::from(design.points.count());
    let mut seen: Vec<Vec<bool>> =
        design.axes.iter().map(|axis| vec![false; axis.levels.len()]).collect();
    let mut left: usize = seen.iter().map(Vec::len).sum();
    let mut selected = Vec::new();
    for job in (0..jobs).filter(|&job| done.contains(job)) {
        let levels = design.points.get((job % points) as u32);
        let mut is_new = selected.is_empty();
        for (seen, &level) in seen.iter_mut().zip(levels) {
            if !std::mem::replace(&mut seen[level as usize], true) {
                (is_new, left) = (true, left - 1);
            }
        }
        if is_new {
            selected.push(job);
        }
        if left == 0 {
            break;
        }
    }
    selected
}

fn differs(design: &Design, job: u64, before: &RunRecord, now: &RunRecord) -> Diagnostic {
    let points = u64::from(design.points.count());
    let (point, seed) = ((job % points) as u32, design.seeds.jobs().seed(job, points));
    let value = |value: Option<f64>| value.map_or("nothing".to_owned(), |value| value.to_string());
    let mut values = metrics::columns(true).zip(before.values.iter().zip(&now.values));
    let what = match values.find(|(_, (before, now))| before != now) {
        Some((metric, (before, now))) => {
            format!("{} was {} and is {}", metric.name, value(*before), value(*now))
        }
        None => format!("`failed` was {} and is {}", before.has_violation, now.has_violation),
    };
    let mut run = format!("point {point} with seed {seed}");
    if !design.axes.is_empty() {
        run += &format!(" ({})", design.name(point));
    }
    let title = "this program does not measure what that measured which began this sweep";
    let help = format!("{run}: {what}. Another --out keeps both");
    Diagnostic::unreadable(title).help(help)
}

/// Builds the diagnostic for a store that holds the runs of another sweep, with the differences.
pub fn other_sweep(
    store: &Path,
    before: Option<Bundle>,
    (inputs, design, lines): (&Inputs, &Design, &[String]),
) -> Diagnostic {
    let title = format!("{} holds the runs of another sweep", store.display());
    let mut differences =
        before.as_ref().map_or_else(Vec::new, |before| before.differences(inputs, design));
    differences.extend(before.and_then(|before| before.other_lines(lines)));
    let reason = if differences.is_empty() {
        "what makes the runs has changed: the sweep, a scenario, a file it names, the first seed, or \
         this program; only the number of seeds may"
            .into()
    } else {
        differences.join("; ")
    };
    Diagnostic::unreadable(title).help(format!("{reason}. Another --out keeps both"))
}
