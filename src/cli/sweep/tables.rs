//! The output files of a sweep.

use std::path::{Path, PathBuf};

use crate::cli::stderr::note;
use crate::experiment::results::{
    self, Bundle, FileMark, LEADS_TABLE, Meta, Outputs, Repeat, Rows, Target, Totals,
};
use crate::report;
use crate::scenario::{Diagnostic, display};

/// The output files in the folder of a sweep, claimed before the first run.
pub struct Tables {
    folder: PathBuf,
    csv: Target,
    parquet: Target,
    points: Target,
    meta: Target,
    leads: Option<Target>,
    /// The digest of the table of leads that is there.
    leads_before: Option<String>,
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
            leads: has_leads.then(|| claim(LEADS_TABLE, FileMark::Leads)).transpose()?,
            leads_before: before.and_then(|before| before.digest_of(LEADS_TABLE)),
            folder: folder.to_owned(),
        })
    }

    /// Writes `sweep.json` before the first run, so that the folder of an interrupted sweep has one too.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn begin(&self, meta: &Meta<'_>) -> Result<(), Diagnostic> {
        for name in results::TABLES.into_iter().chain([LEADS_TABLE, "sweep.json"]) {
            results::remove_parts(&self.folder.join(name));
        }
        let leads = self.folder.join(LEADS_TABLE);
        if self.leads.is_none() && leads.exists() {
            note(&format!("{} stays as it is; --leads makes it again", display(&leads)));
        }
        meta.write(&self.meta)
    }

    /// Writes the tables and the final `sweep.json`. `repeat` repeats runs, for the table of leads.
    ///
    /// # Errors
    /// A file that cannot be written, a run that is not in the store, or a scenario that can no longer be
    /// read.
    pub fn write(
        &self,
        meta: Meta<'_>,
        rows: &Rows<'_>,
        repeat: &Repeat<'_>,
    ) -> Result<Totals, Diagnostic> {
        results::write_tables(&self.csv, &self.parquet, rows)?;
        let totals = Totals::gather(rows)?;
        report::points_csv(&self.points, rows, &totals)?;
        let leads = match &self.leads {
            None => self.leads_before.clone(),
            Some(leads) => {
                results::write_leads(leads, rows, repeat)?;
                Some(results::digest(&self.folder.join(LEADS_TABLE))?)
            }
        };
        meta.finished(&self.folder, &totals, leads)?.write(&self.meta)?;
        Ok(totals)
    }

    /// The names of the tables that are written.
    pub fn names(&self) -> Vec<&'static str> {
        let leads = self.leads.as_ref().map(|_| LEADS_TABLE);
        results::TABLES.into_iter().chain(leads).collect()
    }
}
