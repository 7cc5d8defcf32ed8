//! The settings of a node of Raft, and its times as a scenario states them.

use crate::protocol::ConfigError;
use crate::time::{NanoDuration, SimDuration};

/// The settings of a node.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// The shortest election timeout, at least one tick.
    pub election: SimDuration,
    /// The longest election timeout.
    pub election_max: SimDuration,
    /// From one heartbeat to the next, at least one tick.
    pub heartbeat: SimDuration,
    /// The most entries of a message, at least one.
    pub max_entries: usize,
    /// Whether observers are nodes too.
    pub has_observers: bool,
}

/// Settings that each protocol on Raft has, with defaults of its own.
#[derive(Clone, Copy, Debug)]
pub struct Waits {
    /// `election`: the shortest election timeout.
    pub election: NanoDuration,
    /// `election_max`: the longest one.
    pub election_max: NanoDuration,
    /// `heartbeat`: from one to the next.
    pub heartbeat: NanoDuration,
}

impl Waits {
    /// The settings of a node, with all times at least one tick.
    pub fn settings(
        self,
        resolution: NanoDuration,
        max_entries: usize,
        has_observers: bool,
    ) -> Settings {
        let ticks = |duration: NanoDuration| SimDuration(duration.ticks(resolution).0.max(1));
        Settings {
            election: ticks(self.election),
            election_max: ticks(self.election_max),
            heartbeat: ticks(self.heartbeat),
            max_entries,
            has_observers,
        }
    }

    /// Checks the election timeouts of the table at `path`.
    ///
    /// # Errors
    /// The longest is below the shortest.
    pub fn check(self, path: &str, default_max: NanoDuration) -> Result<(), ConfigError> {
        let waits = [("election", self.election), ("election_max", self.election_max)];
        ConfigError::of_waits(path, waits, default_max)
    }

    /// A warning about heartbeats that come too seldom.
    pub fn warning(self) -> Option<String> {
        let Self { election, election_max, heartbeat } = self;
        (heartbeat >= election).then(|| {
            format!(
                "zones replace a leader that is well: it sends a heartbeat every {heartbeat}, and they \
                 wait for {election} to {election_max}"
            )
        })
    }
}
