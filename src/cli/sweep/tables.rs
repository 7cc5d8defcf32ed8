//! The output files of a sweep.

use std::path::{Path, PathBuf};

use crate::experiment::results::{self, Bundle, FileMark, Meta, Outputs, Rows, Target, Totals};
use crate::report;
use crate::scenario::Diagnostic;

/// The output files in the folder of a sweep, claimed before the first run.
pub struct Tables {
    folder: PathBuf,
    csv: Target,
    parquet: Target,
    points: Target,
    meta: Target,
}

impl Tables {
    /// Claims the output files in a folder.
    ///
    /// # Errors
    /// A file that this program did not write, or that was changed since.
    pub fn claim(
        folder: &Path,
        outputs: &mut Outputs,
        before: Option<&Bundle>,
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
            folder: folder.to_owned(),
        })
    }

    /// Writes `sweep.json` before the first run, so that the folder of an interrupted sweep has one too.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn begin(&self, meta: &Meta<'_>) -> Result<(), Diagnostic> {
        for name in results::TABLES.into_iter().chain(["sweep.json"]) {
            results::remove_parts(&self.folder.join(name));
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
}
