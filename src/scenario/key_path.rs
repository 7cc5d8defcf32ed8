//! Paths of keys.

use toml::de::{DeTable, DeValue};

/// The name of an override in messages, where a file has its path.
pub const ORIGIN: &str = "command line";

/// Maximum length of a path in bytes. Texts are tried as paths up to each of their `=`. A guess.
const MAX_PATH: usize = 1000;

/// The keys of a path; `None` if it is invalid.
pub fn keys(path: &str) -> Option<Vec<String>> {
    if path.is_empty()
        || path.len() > MAX_PATH
        || path.contains(['\n', '\r'])
        || path.starts_with(['#', '['])
    {
        return None;
    }
    let text = format!("{path} = 0");
    let parsed = DeTable::parse(&text).ok()?;
    let mut table = parsed.get_ref();
    let mut keys = Vec::new();
    loop {
        let (key, value) = table.iter().next()?;
        keys.push(key.get_ref().clone().into_owned());
        match value.get_ref() {
            _ if table.len() != 1 => return None,
            DeValue::Table(inner) => table = inner,
            _ => return Some(keys),
        }
    }
}
