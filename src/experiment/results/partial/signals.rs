//! Removes the temporary files of this process on a signal.

#[cfg(unix)]
use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;
#[cfg(unix)]
use std::sync::{Once, PoisonError};

#[cfg(unix)]
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
#[cfg(unix)]
use signal_hook::iterator::Signals;
#[cfg(unix)]
use signal_hook::low_level::emulate_default_handler;

/// The temporary files of this process, for the signal handler.
pub static PARTS: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Starts, at the first temporary file, a thread that removes temporary files on a signal. If no thread
/// can be started, an interrupted process leaves its temporary files.
#[cfg(unix)]
pub fn watch() {
    static WATCH: Once = Once::new();
    WATCH.call_once(|| {
        let ignored = ignored();
        let handled =
            [SIGHUP, SIGINT, SIGTERM].into_iter().filter(|signal| ignored >> (signal - 1) & 1 == 0);
        let Ok(mut signals) = Signals::new(handled) else { return };
        drop(std::thread::Builder::new().spawn(move || {
            for signal in signals.forever() {
                // The lock is held until the process ends, so that no other file is begun.
                let parts = PARTS.lock().unwrap_or_else(PoisonError::into_inner);
                parts.iter().for_each(|part| drop(fs::remove_file(part)));
                drop(emulate_default_handler(signal));
            }
        }));
    });
}

/// The signals that this process inherited as ignored, as under nohup: a bit each. None if the system
/// does not tell.
#[cfg(unix)]
fn ignored() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default()
}

/// An interrupted process leaves its temporary files, and the next one removes them.
#[cfg(not(unix))]
pub fn watch() {}
