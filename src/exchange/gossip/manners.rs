//! How a zone gossips beyond a simple epidemic (Demers et al. 1987, 1.4 and 3).

use super::calls::{Calls, Lines};
use super::interest::Interest;
use super::partners::Partners;
use super::settings::{Forget, Settings};
use crate::time::{Length, Span};

/// What a simple epidemic does without.
#[derive(Clone, Debug)]
pub struct Manners {
    /// To how many others in turn it goes with a call that is refused.
    pub hunt: u32,
    /// Whom it calls.
    pub partners: Partners,
    /// What it said and may hear of again.
    pub calls: Calls,
    /// How many calls it takes.
    pub lines: Lines,
    /// What of all that is known is told still; all, if nothing is ever forgotten.
    pub interest: Option<Interest>,
}

impl Manners {
    /// Those of the settings; none where they ask for a simple epidemic.
    pub fn of(settings: &Settings, resolution: Length) -> Option<Box<Self>> {
        let simple = settings.forget == Forget::Never
            && settings.connection_limit.0.is_none()
            && settings.distance == 0.0;
        (!simple).then(|| Box::new(Self::new(settings, resolution)))
    }

    fn new(settings: &Settings, resolution: Length) -> Self {
        let interval = Span(settings.interval.ticks(resolution).0.max(1));
        Self {
            hunt: settings.hunt,
            partners: Partners::new(settings.distance, settings.fanout == 1 && settings.hunt == 0),
            calls: Calls::default(),
            lines: Lines::new(settings.connection_limit.0, interval),
            interest: match settings.forget {
                Forget::Never => None,
                Forget::Waning(waning) => Some(Interest::new(waning, settings.mode)),
            },
        }
    }

    /// The interest, if it goes by what recipients say.
    pub fn fed_back(&self) -> Option<&Interest> {
        self.interest.as_ref().filter(|interest| interest.is_fed_back())
    }
}

/// The interest in what is told, where it wanes.
#[inline]
pub fn interest_of(manners: &mut Option<Box<Manners>>) -> Option<&mut Interest> {
    manners.as_mut()?.interest.as_mut()
}
