//! The store of runs: a header, and a record of fixed length for each job, in the order of job numbers.
//!
//! A record that was never written, or only in part, does not match its checksum, and its job is done
//! again. A process may therefore be killed at any instant, and records may be written in any order.

use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::partial::sync_folder_of;
use crate::experiment::run::MeasuredRun;
use crate::experiment::sweep::JobSet;
use crate::metrics::COLUMNS;
use crate::metrics::invariants::Reason;
use crate::scenario::Diagnostic;

/// The first bytes of every store.
pub(super) const MAGIC: &[u8; 16] = b"zonesim runs 3\n\0";

/// Bytes before the first record: magic, identity, columns, and the length of a record.
const HEADER: usize = 40;

/// Bytes of a record: a checksum, flags, and a number for each column.
const RECORD: usize = 16 + 8 * COLUMNS;

/// The number of records per read.
const READ_BATCH: usize = 1 << 12;

/// The flag of a violation.
const FAILED: u64 = 1;

/// The flag of a strike decided for a time beyond the horizon.
const BEYOND: u64 = 2;

/// The position in the flags of the reason why no delivery was judged: its index plus 1, or 0.
const REASON_SHIFT: u32 = 8;

/// What the store keeps of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct RunRecord {
    /// Whether the run has a violation.
    pub has_violation: bool,
    /// Why no delivery was judged. None if some were.
    pub unjudged: Option<Reason>,
    /// Whether a strike was decided for a time beyond the horizon.
    pub strike_beyond: bool,
    /// The values of the columns ([`crate::metrics::column`]).
    pub values: Vec<Option<f64>>,
}

impl From<&MeasuredRun> for RunRecord {
    fn from(run: &MeasuredRun) -> Self {
        Self {
            has_violation: run.violation.is_some(),
            unjudged: run.liveness.unjudged(),
            strike_beyond: run.strike_beyond,
            values: run.values().collect(),
        }
    }
}

/// An open store. The file is locked against other processes.
#[derive(Debug)]
pub struct Store {
    file: Mutex<File>,
    /// The same file, to sync it without the lock.
    disk: File,
    path: PathBuf,
}

impl Store {
    /// Opens or creates the store at a path. Returns it with the set of jobs, below `jobs`, that are done.
    ///
    /// # Errors
    /// A file that cannot be opened, is no store, has another identity, or is in use by another process.
    pub fn open(path: &Path, identity: u128, jobs: u64) -> Result<(Self, JobSet), Diagnostic> {
        let open = File::options().read(true).write(true).create(true).truncate(false).open(path);
        let mut file = open.map_err(|error| unusable("open", path, &error))?;
        if !file.metadata().is_ok_and(|found| found.is_file()) {
            // Reading a device or a pipe may never end.
            return Err(Diagnostic::unreadable(format!("{} is no file", path.display())));
        }
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let title = format!("{} is in use by another sweep", path.display());
                return Err(Diagnostic::unreadable(title));
            }
            Err(TryLockError::Error(error)) => return Err(unusable("lock", path, &error)),
        }
        let header = header(identity);
        let mut found = Vec::new();
        let read = (&mut file).take(HEADER as u64).read_to_end(&mut found);
        read.map_err(|error| unusable("read", path, &error))?;
        if found.len() < HEADER && header.starts_with(&found) {
            // The file is new, or a process was killed before its first run.
            file.rewind()
                .and_then(|()| file.write_all(&header))
                .and_then(|()| file.sync_all())
                .map_err(|error| unusable("write", path, &error))?;
            sync_folder_of(path);
        } else if found != header {
            return Err(foreign(&found, path));
        }
        let disk = file.try_clone().map_err(|error| unusable("open", path, &error))?;
        let store = Self { file: Mutex::new(file), disk, path: path.to_owned() };
        let mut done = JobSet::default();
        store.read(jobs, &mut |job, record| {
            if record.is_some() {
                done.insert(job);
            }
            Ok(())
        })?;
        Ok((store, done))
    }

    /// The identity of the store at a path. None if there is no store of this version.
    pub fn identity(path: &Path) -> Option<u128> {
        let mut found = [0; HEADER];
        let is_file = std::fs::metadata(path).is_ok_and(|found| found.is_file());
        let read =
            is_file.then(|| File::open(path).and_then(|mut file| file.read_exact(&mut found)));
        read?.ok()?;
        let identity = u128::from_le_bytes(found[16..32].try_into().ok()?);
        (found == header(identity)).then_some(identity)
    }

    /// Writes the runs of consecutive jobs.
    ///
    /// # Errors
    /// The file cannot be written, as on a full disk. Other records stay.
    pub fn write(&self, first: u64, runs: &[MeasuredRun]) -> Result<(), Diagnostic> {
        let mut bytes = Vec::with_capacity(runs.len() * RECORD);
        for (job, run) in (first..).zip(runs) {
            encode(job, &RunRecord::from(run), &mut bytes);
        }
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(offset(first)))
            .and_then(|_| file.write_all(&bytes))
            .map_err(|error| unusable("write", &self.path, &error))
    }

    /// Syncs the file to the disk.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn sync(&self) -> Result<(), Diagnostic> {
        self.disk.sync_all().map_err(|error| unusable("write", &self.path, &error))
    }

    /// Reads the record of a job. None if it is not done.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn record(&self, job: u64) -> Result<Option<RunRecord>, Diagnostic> {
        let mut bytes = [0; RECORD];
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let read =
            file.seek(SeekFrom::Start(offset(job))).and_then(|_| file.read_exact(&mut bytes));
        match read {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            read => read
                .map(|()| decode(job, &bytes))
                .map_err(|error| unusable("read", &self.path, &error)),
        }
    }

    /// Calls `each` with the records of the jobs below `jobs`, in order; None for a job that is not done.
    ///
    /// # Errors
    /// The file cannot be read, or an error of `each`.
    pub fn read(
        &self,
        jobs: u64,
        each: &mut dyn FnMut(u64, Option<RunRecord>) -> Result<(), Diagnostic>,
    ) -> Result<(), Diagnostic> {
        let lock = || self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let failed = |error: io::Error| unusable("read", &self.path, &error);
        let end = lock().seek(SeekFrom::End(0)).map_err(failed)?;
        let complete = jobs.min(end.saturating_sub(HEADER as u64) / RECORD as u64);
        let mut bytes = Vec::new();
        for first in (0..complete).step_by(READ_BATCH) {
            bytes.resize(RECORD * READ_BATCH.min((complete - first) as usize), 0);
            // Release the lock between batches, for other threads.
            let mut file = lock();
            let read = file.seek(SeekFrom::Start(offset(first)));
            read.and_then(|_| file.read_exact(&mut bytes)).map_err(failed)?;
            drop(file);
            for (job, record) in (first..).zip(bytes.as_chunks::<RECORD>().0) {
                each(job, decode(job, record))?;
            }
        }
        (complete..jobs).try_for_each(|job| each(job, None))
    }
}

fn offset(job: u64) -> u64 {
    HEADER as u64 + job * RECORD as u64
}

fn header(identity: u128) -> [u8; HEADER] {
    let mut header = [0; HEADER];
    header[..16].copy_from_slice(MAGIC);
    header[16..32].copy_from_slice(&identity.to_le_bytes());
    header[32..36].copy_from_slice(&(COLUMNS as u32).to_le_bytes());
    header[36..].copy_from_slice(&(RECORD as u32).to_le_bytes());
    header
}

/// The bits, of a NaN that no metric has, that stand for no value.
const NO_VALUE: u64 = u64::MAX;

fn encode(job: u64, record: &RunRecord, bytes: &mut Vec<u8>) {
    let start = bytes.len();
    bytes.extend([0; 8]);
    let reason = record.unjudged.map_or(0, |reason| reason as u64 + 1);
    let flag = |is_set: bool, flag: u64| if is_set { flag } else { 0 };
    let flags = flag(record.has_violation, FAILED) | flag(record.strike_beyond, BEYOND);
    bytes.extend((flags | reason << REASON_SHIFT).to_le_bytes());
    for value in &record.values {
        bytes.extend(value.map_or(NO_VALUE, f64::to_bits).to_le_bytes());
    }
    let checksum = xxh3_64_with_seed(&bytes[start + 8..], job);
    bytes[start..start + 8].copy_from_slice(&checksum.to_le_bytes());
}

fn decode(job: u64, bytes: &[u8; RECORD]) -> Option<RunRecord> {
    let mut words = bytes
        .chunks_exact(8)
        .map(|word| u64::from_le_bytes(word.try_into().expect("eight bytes are eight bytes")));
    if words.next()? != xxh3_64_with_seed(&bytes[8..], job) {
        return None;
    }
    let flags = words.next()?;
    let reason = (flags >> REASON_SHIFT).checked_sub(1);
    let unjudged = reason.and_then(|reason| Reason::ALL.get(reason as usize).copied());
    let (has_violation, strike_beyond) = (flags & FAILED != 0, flags & BEYOND != 0);
    let value = |bits| (bits != NO_VALUE).then(|| f64::from_bits(bits));
    let values = words.map(value).collect();
    Some(RunRecord { has_violation, unjudged, strike_beyond, values })
}

fn unusable(verb: &str, path: &Path, error: &io::Error) -> Diagnostic {
    Diagnostic::unreadable(format!("cannot {verb} {}: {error}", path.display()))
}

fn foreign(found: &[u8], path: &Path) -> Diagnostic {
    let path = path.display();
    if !found.starts_with(MAGIC) {
        let title = format!("{path} is no store of runs of this version");
        return Diagnostic::unreadable(title).help("another --out, or take the file away");
    }
    let title =
        format!("{path} holds runs of another version of this program, or of another sweep");
    Diagnostic::unreadable(title).help("another --out keeps both")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::MetricRow;
    use crate::metrics::invariants::Liveness;

    fn folder(name: &str) -> PathBuf {
        let folder =
            std::env::temp_dir().join(format!("zonesim-store-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    fn run(number: f64) -> MeasuredRun {
        let row = MetricRow { items: Some(number), coverage: None, ..MetricRow::default() };
        let liveness = Liveness::none_judged(1, Reason::Horizon);
        let (violation, clock_rounds, goal) = (None, None, None);
        MeasuredRun { row, violation, liveness, clock_rounds, strike_beyond: false, goal }
    }

    fn values(store: &Store, jobs: u64) -> Vec<Option<f64>> {
        let mut values = Vec::new();
        let mut each = |_, record: Option<RunRecord>| {
            values.push(record.and_then(|record| record.values[0]));
            Ok(())
        };
        store.read(jobs, &mut each).unwrap();
        values
    }

    #[test]
    fn a_torn_record_is_done_again_and_the_rest_stays() {
        let path = folder("torn").join("runs.store");
        drop(std::fs::remove_file(&path));
        let (store, done) = Store::open(&path, 7, 6).unwrap();
        assert_eq!(done.count(), 0);
        store.write(4, &[run(4.0)]).unwrap();
        store.write(0, &[run(0.0), run(1.0)]).unwrap();
        assert_eq!(values(&store, 6), [Some(0.0), Some(1.0), None, None, Some(4.0), None]);
        assert!(Store::open(&path, 7, 6).is_err(), "two at once");
        drop(store);
        // The last record loses its end, the second a bit.
        let mut bytes = std::fs::read(&path).unwrap();
        bytes.truncate(bytes.len() - 3);
        bytes[offset(1) as usize + 20] ^= 4;
        std::fs::write(&path, bytes).unwrap();
        let (store, done) = Store::open(&path, 7, 6).unwrap();
        assert_eq!(values(&store, 6), [Some(0.0), None, None, None, None, None]);
        assert!(done.contains(0) && done.count() == 1);
        drop(store);
        assert!(Store::open(&path, 8, 6).is_err(), "another identity");
        std::fs::write(&path, "what else there may be in a file of that name, and long").unwrap();
        assert!(Store::open(&path, 7, 6).is_err());
        std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
    }

    #[test]
    fn any_prefix_of_a_store_can_be_continued() {
        let path = folder("prefix").join("runs.store");
        drop(std::fs::remove_file(&path));
        let (store, _) = Store::open(&path, 7, 2).unwrap();
        store.write(0, &[run(0.0), run(1.0)]).unwrap();
        drop(store);
        let bytes = std::fs::read(&path).unwrap();
        for length in 0..bytes.len() {
            std::fs::write(&path, &bytes[..length]).unwrap();
            let (_, done) = Store::open(&path, 7, 2).unwrap();
            assert_eq!(done.count(), length.saturating_sub(HEADER) as u64 / RECORD as u64);
        }
        std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
    }
}
