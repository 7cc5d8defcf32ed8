//! The settings of `log`.

use crate::protocol::raft::{Settings, Waits};
use crate::protocol::{ConfigError, Params as _, Range};
use crate::time::NanoDuration;

crate::params! {
    /// The `[exchange.log]` table.
    pub struct Params in "a table such as [exchange.log]" {
        /// Shortest time without a leader after which a zone asks for votes.
        pub election: NanoDuration = "5s",
            Range::AboveZero {
                also: ", up to election_max",
                otherwise: "a time of 0 would ask without end",
            },
            "a guess: many heartbeats, as in section 5.6";
        /// Longest such time; each is drawn uniformly.
        pub election_max: NanoDuration = "10s", Range::Timer("election or more"),
            "twice the shortest: section 9.3";
        /// Time from one heartbeat of the leader to the next. What is not acknowledged is sent again
        /// with it.
        pub heartbeat: NanoDuration = "1s",
            Range::AboveZero { also: "", otherwise: "a time of 0 would send without end" },
            "a guess";
        /// Time after which a zone sends items that are not committed to the leader again.
        pub retry: NanoDuration = "2s",
            Range::AboveZero { also: "", otherwise: "a time of 0 would send without end" },
            "a guess: above the time until an item is committed";
        /// Most items in one message of the leader.
        pub max_entries: u32 = 100, Range::AtLeast { min: 1, otherwise: "nothing would be sent" },
            "a guess";
    }
}

impl Params {
    fn waits(&self) -> Waits {
        let &Self { election, election_max, heartbeat, .. } = self;
        Waits { election, election_max, heartbeat }
    }

    /// The settings of Raft.
    pub(super) fn raft(&self, resolution: NanoDuration) -> Settings {
        self.waits().settings(resolution, self.max_entries as usize, true)
    }

    /// Checks the table.
    ///
    /// # Errors
    /// The first value out of its range.
    pub(super) fn check(&self, zones: u32) -> Result<(), ConfigError> {
        const PATH: &str = "exchange.log";
        self.check_ranges(PATH, zones)?;
        self.waits().check(PATH, Self::default().election_max)
    }

    /// Warnings about these values, for the user before a run.
    pub(super) fn warnings(&self) -> Vec<String> {
        self.waits().warning().into_iter().collect()
    }
}
