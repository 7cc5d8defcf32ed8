//! Settings with which a protocol cannot work.

use crate::time::NanoDuration;

/// What a protocol says of settings it cannot work with. The door shows it at the setting's line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The setting, as a path: `exchange.gossip.fanout`.
    pub path: String,
    /// What is wrong and what was expected.
    pub message: String,
}

impl ConfigError {
    /// A refusal of the setting at `path`.
    pub fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), message: message.into() }
    }

    /// Whether the longest of the waits of a table, by key, is not below the first.
    ///
    /// # Errors
    /// It is. The first wait is to blame if the longest is the default, which nobody may have written.
    pub fn of_waits(
        path: &str,
        [(first_key, first), (longest_key, longest)]: [(&str, NanoDuration); 2],
        default: NanoDuration,
    ) -> Result<(), Self> {
        if longest >= first {
            return Ok(());
        }
        if longest == default {
            let message = format!(
                "the first wait is above the longest, {longest}; expected {longest_key} = \
                 \"{first}\" or more beside it"
            );
            return Err(Self::new(format!("{path}.{first_key}"), message));
        }
        let message = format!("the longest wait is below the first; expected \"{first}\" or more");
        Err(Self::new(format!("{path}.{longest_key}"), message))
    }
}
