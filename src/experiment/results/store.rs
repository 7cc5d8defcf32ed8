//! The store of runs: a header, and a record of equal length for each job, at its number's place.
//!
//! A record that was never written, or not wholly, does not match its checksum and is done again. So
//! a process may be killed at any instant, and records may be written in any order.

use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::partial::sync_folder_of;
use crate::experiment::run::MeasuredRun;
use crate::experiment::sweep::Done;
use crate::metrics::METRICS;
use crate::metrics::invariants::Reason;
use crate::scenario::Diagnostic;

/// The first bytes of every store.
pub(super) const MAGIC: &[u8; 16] = b"zonesim runs 2\n\0";

/// Bytes before the first record: magic, identity, columns, and the length of a record.
const HEADER: usize = 40;

/// Bytes of a record: a checksum, flags, and a number for each column.
const RECORD: usize = 16 + 8 * METRICS.len();

/// Records that are read together.
const AT_A_TIME: usize = 1 << 12;

/// The flag of a promise that did not hold.
const BROKEN: u64 = 1;

/// Where the flags say why nothing was judged: the number of the reason, from 1 on; 0 if something was.
const REASON_SHIFT: u32 = 8;

/// What a run left.
#[derive(Clone, Debug, PartialEq)]
pub struct RunRecord {
    /// Whether a promise did not hold in it.
    pub is_broken: bool,
    /// Why no delivery was judged, if none was.
    pub unjudged: Option<Reason>,
    /// What was measured, in the order of [`METRICS`].
    pub values: Vec<Option<f64>>,
}

impl From<&MeasuredRun> for RunRecord {
    fn from(run: &MeasuredRun) -> Self {
        Self {
            is_broken: run.violation.is_some(),
            unjudged: run.liveness.unjudged(),
            values: run.row.values().collect(),
        }
    }
}

/// A store on the disk. Only one process at a time has it.
#[derive(Debug)]
pub struct Store {
    file: Mutex<File>,
    /// The same, for who waits for the disk: nobody else need.
    disk: File,
    path: PathBuf,
}

impl Store {
    /// Opens the store at a path, or makes it, and finds out which of so many jobs are done.
    ///
    /// # Errors
    /// What the system says; what is no store, or one of another identity; or one that another
    /// process has.
    pub fn open(path: &Path, identity: u128, jobs: u64) -> Result<(Self, Done), Diagnostic> {
        let open = File::options().read(true).write(true).create(true).truncate(false).open(path);
        let mut file = open.map_err(|error| unusable("open", path, &error))?;
        if !file.metadata().is_ok_and(|found| found.is_file()) {
            // A device or a pipe would be read for ever.
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
            // New, or left by who was killed before the first run.
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
        let mut done = Done::default();
        store.read(jobs, &mut |job, record| {
            if record.is_some() {
                done.mark(job);
            }
            Ok(())
        })?;
        Ok((store, done))
    }

    /// The identity of the store at a path, if there is a store of this version.
    pub fn identity(path: &Path) -> Option<u128> {
        let mut found = [0; HEADER];
        let is_file = std::fs::metadata(path).is_ok_and(|found| found.is_file());
        let read =
            is_file.then(|| File::open(path).and_then(|mut file| file.read_exact(&mut found)));
        read?.ok()?;
        let identity = u128::from_le_bytes(found[16..32].try_into().ok()?);
        (found == header(identity)).then_some(identity)
    }

    /// Writes runs of neighbouring jobs.
    ///
    /// # Errors
    /// What the system says: a full disk. What was there stays.
    pub fn write(&self, first: u64, runs: &[MeasuredRun]) -> Result<(), Diagnostic> {
        let mut bytes = Vec::with_capacity(runs.len() * RECORD);
        for (job, run) in (first..).zip(runs) {
            encode(job, &RunRecord::from(run), &mut bytes);
        }
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(place(first)))
            .and_then(|_| file.write_all(&bytes))
            .map_err(|error| unusable("write", &self.path, &error))
    }

    /// Waits until all is on the disk.
    ///
    /// # Errors
    /// What the system says.
    pub fn sync(&self) -> Result<(), Diagnostic> {
        self.disk.sync_all().map_err(|error| unusable("write", &self.path, &error))
    }

    /// Reads the record of a job, if there is one.
    ///
    /// # Errors
    /// What the system says.
    pub fn record(&self, job: u64) -> Result<Option<RunRecord>, Diagnostic> {
        let mut bytes = [0; RECORD];
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let read = file.seek(SeekFrom::Start(place(job))).and_then(|_| file.read_exact(&mut bytes));
        match read {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            read => read
                .map(|()| decode(job, &bytes))
                .map_err(|error| unusable("read", &self.path, &error)),
        }
    }

    /// Reads the records of the first so many jobs, in order; nothing where there is none.
    ///
    /// # Errors
    /// What the system says, or `each`.
    pub fn read(
        &self,
        jobs: u64,
        each: &mut dyn FnMut(u64, Option<RunRecord>) -> Result<(), Diagnostic>,
    ) -> Result<(), Diagnostic> {
        let lock = || self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let failed = |error: io::Error| unusable("read", &self.path, &error);
        let end = lock().seek(SeekFrom::End(0)).map_err(failed)?;
        let whole = jobs.min(end.saturating_sub(HEADER as u64) / RECORD as u64);
        let mut bytes = Vec::new();
        for first in (0..whole).step_by(AT_A_TIME) {
            bytes.resize(RECORD * AT_A_TIME.min((whole - first) as usize), 0);
            // Others may read, or write, between two parts.
            let mut file = lock();
            let read = file.seek(SeekFrom::Start(place(first)));
            read.and_then(|_| file.read_exact(&mut bytes)).map_err(failed)?;
            drop(file);
            for (job, record) in (first..).zip(bytes.as_chunks::<RECORD>().0) {
                each(job, decode(job, record))?;
            }
        }
        (whole..jobs).try_for_each(|job| each(job, None))
    }
}

fn place(job: u64) -> u64 {
    HEADER as u64 + job * RECORD as u64
}

fn header(identity: u128) -> [u8; HEADER] {
    let mut header = [0; HEADER];
    header[..16].copy_from_slice(MAGIC);
    header[16..32].copy_from_slice(&identity.to_le_bytes());
    header[32..36].copy_from_slice(&(METRICS.len() as u32).to_le_bytes());
    header[36..].copy_from_slice(&(RECORD as u32).to_le_bytes());
    header
}

/// A number that no metric has stands for nothing.
const NOTHING: u64 = u64::MAX;

fn encode(job: u64, record: &RunRecord, bytes: &mut Vec<u8>) {
    let start = bytes.len();
    bytes.extend([0; 8]);
    let reason = record.unjudged.map_or(0, |reason| reason as u64 + 1);
    bytes.extend((u64::from(record.is_broken) | reason << REASON_SHIFT).to_le_bytes());
    for value in &record.values {
        bytes.extend(value.map_or(NOTHING, f64::to_bits).to_le_bytes());
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
    let is_broken = flags & BROKEN != 0;
    let value = |bits| (bits != NOTHING).then(|| f64::from_bits(bits));
    Some(RunRecord { is_broken, unjudged, values: words.map(value).collect() })
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
        MeasuredRun { row, violation: None, liveness, strike_beyond: false }
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
    fn what_is_torn_is_done_again_and_the_rest_stays() {
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
        bytes[place(1) as usize + 20] ^= 4;
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
    fn any_prefix_of_a_store_can_be_gone_on_with() {
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
