//! Files in the making: nothing is ever half written.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::scenario::Diagnostic;

/// A new file beside another, under a name that nobody has.
///
/// # Errors
/// What the system says.
pub fn new_beside(path: &Path) -> io::Result<(File, PathBuf)> {
    let mut number = 0;
    loop {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".part{number}"));
        match File::create_new(&name) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
            created => return Ok((created?, name.into())),
        }
    }
}

/// Writes a file under a temporary name, waits until it is on the disk, and renames it: whoever looks
/// finds the old one or the new one, whole.
///
/// # Errors
/// What the system says, or `fill`. What was there stays.
pub fn write_whole(
    path: &Path,
    fill: &mut dyn FnMut(&mut BufWriter<File>) -> Result<(), Diagnostic>,
) -> Result<(), Diagnostic> {
    let failed = |error: io::Error| unwritable(path, &error);
    let (file, temporary) = new_beside(path).map_err(failed)?;
    let mut writer = BufWriter::with_capacity(1 << 18, file);
    let filled = fill(&mut writer).and_then(|()| {
        let whole = writer.flush().and_then(|()| writer.get_ref().sync_all());
        whole.and_then(|()| fs::rename(&temporary, path)).map_err(failed)
    });
    if filled.is_err() {
        drop(fs::remove_file(&temporary));
        return filled;
    }
    sync_folder_of(path);
    Ok(())
}

/// Waits until a name is on the disk: it is when its folder is. Where folders cannot be opened, it
/// comes by itself.
pub fn sync_folder_of(path: &Path) {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Ok(folder) = File::open(folder.unwrap_or(Path::new("."))) {
        drop(folder.sync_all());
    }
}

/// Takes away what a killed process left of a file in the making. Nobody else may be making it.
pub fn remove_parts(path: &Path) {
    let Some((folder, name)) = path.parent().zip(path.file_name()) else { return };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let begin = format!("{}.part", name.to_string_lossy());
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let number = name.strip_prefix(&begin).unwrap_or("x");
        if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) {
            drop(fs::remove_file(entry.path()));
        }
    }
}

/// Says that a file cannot be written.
pub fn unwritable(path: &Path, error: &dyn std::fmt::Display) -> Diagnostic {
    Diagnostic::unreadable(format!("cannot write {}: {error}", path.display()))
}
