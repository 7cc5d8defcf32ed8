//! The output files of a sweep.

use std::path::{Path, PathBuf};

use crate::cli::stderr::note;
use crate::experiment::results::{
    self, Bundle, FileMark, Meta, Outputs, Repeat, Rows, Target, Totals,
};
use crate::report;
use crate::scenario::{Diagnostic, display};

/// The table of leads.
pub const LEADS: &str = "leads.csv";

/// The output files in the folder of a sweep, claimed before the first run.
pub struct Tables {
    folder: PathBuf,
    csv: Target,
    parquet: Target,
    points: Target,
    meta: Target,
    leads: Option<Target>,
}

impl Tables {
    /// Claims the output files in a folder, with the table of leads if that is asked for.
    ///
    /// # Errors
    /// A file that this program did not write, or that was changed since.
    pub fn claim(
        folder: &Path,
        outputs: &mut Outputs,
        before: Option<&Bundle>,
        has_leads: bool,
    ) -> Result<Self, Diagnostic> {
        outputs.claim_store(&folder.join("runs.store"))?;
        let mut claim = |name: &str, mark| {
            let path = folder.join(name);
            let target = outputs.claim(&path, mark)?;
            match before.filter(|_| !outputs.may_overwrite()) {
                Some(before) => before.refuse_changed(&path).map(|()| target),
                None => Ok(target),
            }
        };
        Ok(Self {
            csv: claim("runs.csv", FileMark::Runs)?,
            parquet: claim("runs.parquet", FileMark::Parquet)?,
            points: claim("points.csv", FileMark::Points)?,
            meta: claim("sweep.json", FileMark::Sweep)?,
            leads: has_leads.then(|| claim(LEADS, FileMark::Leads)).transpose()?,
            folder: folder.to_owned(),
        })
    }

    /// Writes `sweep.json` before the first run, so that the folder of an interrupted sweep has one too.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn begin(&self, meta: &Meta<'_>) -> Result<(), Diagnostic> {
        for name in results::TABLES.into_iter().chain([LEADS, "sweep.json"]) {
            results::remove_parts(&self.folder.join(name));
        }
        let leads = self.folder.join(LEADS);
        if self.leads.is_none() && leads.exists() {
            note(&format!("{} stays as it is; --leads makes it again", display(&leads)));
        }
        meta.write(&self.meta)
    }

    /// Writes the tables and the final `sweep.json`.
    ///
    /// # Errors
    /// A file that cannot be written, or a run that is not in the store.
    pub fn write(&self, meta: Meta<'_>, rows: &Rows<'_>) -> Result<Totals, Diagnostic> {
        results::write_tables(&self.csv, &self.parquet, rows)?;
        let totals = Totals::gather(rows)?;
        report::points_csv(&self.points, rows, &totals)?;
        meta.finished(&self.folder, &totals)?.write(&self.meta)?;
        Ok(totals)
    }

    /// Writes the table of leads if it was asked for. `repeat` repeats runs.
    ///
    /// # Errors
    /// A file that cannot be written, or a scenario that can no longer be read.
    pub fn write_leads(&self, rows: &Rows<'_>, repeat: &Repeat<'_>) -> Result<(), Diagnostic> {
        match &self.leads {
            Some(leads) => results::write_leads(leads, rows, repeat),
            None => Ok(()),
        }
    }
}
