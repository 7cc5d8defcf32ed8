//! How a zone gossips beyond a simple epidemic (Demers et al. 1987, 1.4 and 3).

use super::calls::{AdmissionLimit, Calls};
use super::infective::Infective;
use super::params::{Forget, Params};
use super::partners::Partners;
use crate::time::{NanoDuration, SimDuration};

/// What a simple epidemic does without.
#[derive(Clone, Debug)]
pub struct RumorMongering {
    /// To how many others in turn it goes with a call that is refused.
    pub hunt: u32,
    /// Whom it calls.
    pub partners: Partners,
    /// What it said and may hear of again.
    pub calls: Calls,
    /// How many calls it takes.
    pub admission: AdmissionLimit,
    /// What of all that is known is told still; all, if nothing is ever forgotten.
    pub infective: Option<Infective>,
}

impl RumorMongering {
    /// Those of the settings; none where they ask for a simple epidemic.
    pub fn from_params(settings: &Params, resolution: NanoDuration) -> Option<Box<Self>> {
        let simple = settings.forget == Forget::Never
            && settings.connection_limit.0.is_none()
            && settings.spatial_exponent == 0.0;
        (!simple).then(|| Box::new(Self::new(settings, resolution)))
    }

    fn new(settings: &Params, resolution: NanoDuration) -> Self {
        let interval = SimDuration(settings.interval.ticks(resolution).0.max(1));
        Self {
            hunt: settings.hunt,
            partners: Partners::new(
                settings.spatial_exponent,
                settings.fanout == 1 && settings.hunt == 0,
            ),
            calls: Calls::default(),
            admission: AdmissionLimit::new(settings.connection_limit.0, interval),
            infective: match settings.forget {
                Forget::Never => None,
                Forget::WhenUnneeded(waning) => Some(Infective::new(waning, settings.mode)),
            },
        }
    }

    /// The interest, if it goes by what recipients say.
    pub fn feedback(&self) -> Option<&Infective> {
        self.infective.as_ref().filter(|interest| interest.uses_feedback())
    }
}

/// The interest in what is told, where it wanes.
#[inline]
pub fn infective_of(manners: &mut Option<Box<RumorMongering>>) -> Option<&mut Infective> {
    manners.as_mut()?.infective.as_mut()
}
