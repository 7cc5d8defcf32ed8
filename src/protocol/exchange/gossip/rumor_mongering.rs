//! The state of gossip beyond a simple epidemic (Demers et al. 1987, 1.4 and 3).

use super::calls::{AdmissionLimit, Calls};
use super::infective::Infective;
use super::params::{Forget, Params};
use super::partners::Partners;
use crate::time::{NanoDuration, SimDuration};

/// What a simple epidemic does not need.
#[derive(Clone, Debug)]
pub struct RumorMongering {
    /// How many other zones a rejected call may be repeated with.
    pub hunt: u32,
    pub partners: Partners,
    /// The calls that may still be answered.
    pub calls: Calls,
    /// The connection limit.
    pub admission: AdmissionLimit,
    /// The items that the zone still spreads; none if it spreads all that it knows.
    pub infective: Option<Infective>,
}

impl RumorMongering {
    /// The state for these parameters; none if they describe a simple epidemic.
    pub fn from_params(params: &Params, resolution: NanoDuration) -> Option<Box<Self>> {
        let is_simple = params.forget == Forget::Never
            && params.connection_limit.0.is_none()
            && params.spatial_exponent == 0.0;
        (!is_simple).then(|| Box::new(Self::new(params, resolution)))
    }

    fn new(params: &Params, resolution: NanoDuration) -> Self {
        let interval = SimDuration(params.interval.ticks(resolution).0.max(1));
        Self {
            hunt: params.hunt,
            partners: Partners::new(
                params.spatial_exponent,
                params.fanout == 1 && params.hunt == 0,
            ),
            calls: Calls::default(),
            admission: AdmissionLimit::new(params.connection_limit.0, interval),
            infective: match params.forget {
                Forget::Never => None,
                Forget::WhenUnneeded(loss_of_interest) => {
                    Some(Infective::new(loss_of_interest, params.mode))
                }
            },
        }
    }

    /// The infective items, if interest is lost on feedback.
    pub fn feedback(&self) -> Option<&Infective> {
        self.infective.as_ref().filter(|infective| infective.uses_feedback())
    }
}

/// The infective items, if interest can be lost.
#[inline]
pub fn infective_of(mongering: &mut Option<Box<RumorMongering>>) -> Option<&mut Infective> {
    mongering.as_mut()?.infective.as_mut()
}
