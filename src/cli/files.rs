//! Files in the making: nothing is ever half written.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// A new file beside another, under a name that nobody has.
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
