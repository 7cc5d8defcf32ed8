//! `leads.csv`: a row per lead that was seen in a run, in the order of runs and leads.

use super::file_mark::LEADS;
use super::files::Target;
use super::table::{Cell, Rows};
use crate::experiment::sweep::LeadRecord;
use crate::scenario::Diagnostic;

/// The largest number of runs whose leads are in memory at a time.
const BLOCK: u64 = 256;

/// Repeats some runs, `(first, count)`, for what became of their leads.
pub type Repeat<'a> = dyn Fn((u64, u64)) -> Vec<Result<Vec<LeadRecord>, Diagnostic>> + 'a;

/// Writes the leads of all runs.
///
/// # Errors
/// The file cannot be written, or a scenario can no longer be read.
pub fn write(target: &Target, rows: &Rows<'_>, repeat: &Repeat<'_>) -> Result<(), Diagnostic> {
    target.write(&mut |file| {
        let failed = |error: csv::Error| target.unwritable(&error);
        let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(file);
        let columns = &rows.schema.columns[..=rows.design.axes.len()];
        let names = columns.iter().map(|column| column.name.as_str());
        writer.write_record(names.chain(LEADS)).map_err(failed)?;
        let points = u64::from(rows.design.points.count());
        for start in (0..rows.count()).step_by(BLOCK as usize) {
            let count = BLOCK.min(rows.count() - start);
            for (job, leads) in (start..).zip(repeat((start, count))) {
                let seed = rows.design.seeds.jobs().seed(job, points);
                let mut run: Vec<_> = rows.point((job % points) as u32).collect();
                run.push(Cell::Integer(seed.cast_signed()));
                for lead in leads? {
                    let facts = (lead.kind, lead.source);
                    writer.serialize((&run, head(&lead), facts, tail(&lead))).map_err(failed)?;
                }
            }
        }
        writer.flush().map_err(|error| target.unwritable(&error))
    })
}

/// The cells before kind and source.
fn head(lead: &LeadRecord) -> [Cell<'_>; 3] {
    let number = |number: u32| Cell::Integer(number.into());
    [number(lead.lead), number(lead.member), Cell::Bool(lead.is_false)]
}

/// The cells after kind and source.
fn tail(lead: &LeadRecord) -> [Cell<'_>; 7] {
    let ms = |ms: Option<f64>| ms.map_or(Cell::Null, Cell::Number);
    [
        Cell::Text(&lead.origin),
        Cell::Text(&lead.points_to),
        Cell::Number(lead.sign_ms),
        Cell::Number(lead.seen_ms),
        ms(lead.home_ms),
        ms(lead.to_home_ms()),
        ms(lead.assessed_ms),
    ]
}
