//! Invalid settings of a protocol.

use crate::time::NanoDuration;

/// An invalid setting, as a protocol reports it. The command line shows it at the line of the
/// setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The path of the setting: `exchange.gossip.fanout`.
    pub path: String,
    /// What is wrong and what was expected.
    pub message: String,
}

impl ConfigError {
    /// An error at the setting with this path.
    pub fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), message: message.into() }
    }

    /// Checks that the longest of two waits, given with their keys, is not below the first.
    ///
    /// # Errors
    /// The longest wait is below the first. The error is at the first wait if the longest is the
    /// default, since the default need not be in the file.
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
