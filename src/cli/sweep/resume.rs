//! Going on with a sweep that another process began.

use std::path::Path;

use crate::experiment::design::Design;
use crate::experiment::results::{Bundle, RunRecord, Store};
use crate::experiment::sweep::{Done, Field, par_map};
use crate::metrics::METRICS;
use crate::protocol::node::Protocols;
use crate::scenario::{Diagnostic, Inputs};

/// Runs again, of the runs that are there, one at every level of every axis. A program of the same
/// version, but built of something else, shall not go on with what another began.
///
/// # Errors
/// A run that does not give its row again, or what the system says.
pub fn try_again<P: Protocols>(
    design: &Design,
    (field, store): (&Field<'_, P>, &Store),
    (jobs, done): (u64, &Done),
    threads: usize,
) -> Result<(), Diagnostic> {
    let tried = one_of_every_level(design, jobs, done);
    let first = design.seeds.first();
    let again = |place: u64| {
        let job = tried[place as usize];
        Ok((job, store.record(job)?, RunRecord::from(&field.run(first, job)?)))
    };
    let all = par_map((0, tried.len() as u64), threads, &|_| {}, &again);
    for one in all {
        let (job, before, now) = one?;
        if let Some(before) = before.filter(|before| *before != now) {
            return Err(differs(design, job, &before, &now));
        }
    }
    Ok(())
}

/// The first jobs that are done and have, together, every level of every axis that some job done has.
fn one_of_every_level(design: &Design, jobs: u64, done: &Done) -> Vec<u64> {
    let points = u64::from(design.points.count());
    let mut seen: Vec<Vec<bool>> =
        design.axes.iter().map(|axis| vec![false; axis.levels.len()]).collect();
    let mut left: usize = seen.iter().map(Vec::len).sum();
    let mut tried = Vec::new();
    for job in (0..jobs).filter(|&job| done.contains(job)) {
        let levels = design.points.get((job % points) as u32);
        let mut is_new = tried.is_empty();
        for (seen, &level) in seen.iter_mut().zip(levels) {
            if !std::mem::replace(&mut seen[level as usize], true) {
                (is_new, left) = (true, left - 1);
            }
        }
        if is_new {
            tried.push(job);
        }
        if left == 0 {
            break;
        }
    }
    tried
}

fn differs(design: &Design, job: u64, before: &RunRecord, now: &RunRecord) -> Diagnostic {
    let points = u64::from(design.points.count());
    let (point, seed) = ((job % points) as u32, design.seeds.first().wrapping_add(job / points));
    let value = |value: Option<f64>| value.map_or("nothing".to_owned(), |value| value.to_string());
    let other = METRICS.iter().zip(before.values.iter().zip(&now.values));
    let mut others = other.filter(|(_, (before, now))| before != now);
    let what = match others.next() {
        Some((column, (before, now))) => {
            format!("{} was {} and is {}", column.name, value(*before), value(*now))
        }
        None => format!("`broken` was {} and is {}", before.is_broken, now.is_broken),
    };
    let mut of = format!("point {point} with seed {seed}");
    if !design.axes.is_empty() {
        of += &format!(" ({})", design.name(point));
    }
    let title = "this program does not measure what that measured which began this sweep";
    let help = format!("{of}: {what}. Another --out keeps both");
    Diagnostic::unreadable(title).help(help)
}

/// Says in what the sweep of a store differs from this one.
pub fn another(
    store: &Path,
    before: Option<Bundle>,
    (inputs, design, lines): (&Inputs, &Design, &[String]),
) -> Diagnostic {
    let title = format!("{} holds the runs of another sweep", store.display());
    let mut differences =
        before.as_ref().map_or_else(Vec::new, |before| before.differences(inputs, design));
    differences.extend(before.and_then(|before| before.other_lines(lines)));
    let told = if differences.is_empty() {
        "what makes the runs has changed: the sweep, a scenario, a file it names, the first seed, or \
         this program; only the number of seeds may"
            .into()
    } else {
        differences.join("; ")
    };
    Diagnostic::unreadable(title).help(format!("{told}. Another --out keeps both"))
}
