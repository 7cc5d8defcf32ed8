//! One direction of a link, and its model.

use super::{Bandwidth, Jitter, Loss};
use crate::time::SimDuration;

/// One direction of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// Ticks from departure to arrival, at least 1.
    pub latency: u32,
    /// Index of the [`LinkModel`].
    pub model: u16,
}

impl Link {
    /// The time from departure to arrival without faults.
    #[inline]
    pub fn latency(self) -> SimDuration {
        SimDuration(u64::from(self.latency))
    }
}

/// Jitter, loss, duplication, bandwidth and order of links.
#[derive(Clone, Debug, PartialEq)]
pub struct LinkModel {
    /// The random wait at the sender.
    pub jitter: Jitter,
    /// Random loss.
    pub loss: Loss,
    /// A message is duplicated if 64 random bits are below this limit.
    pub duplicate: u64,
    /// `None`: transmission takes no time.
    pub bandwidth: Option<Bandwidth>,
    /// Whether messages arrive in the order in which they enter the link.
    pub fifo: bool,
}

impl LinkModel {
    /// Whether messages meet neither a draw nor a queue.
    #[inline]
    pub fn is_ideal(&self) -> bool {
        self.fast_path_loss() == Some(0) && matches!(self.jitter, Jitter::None)
    }

    /// The limit of independent loss, if the rest of the model is at most a uniform jitter; else `None`.
    #[inline]
    pub fn fast_path_loss(&self) -> Option<u64> {
        let is_simple_jitter = matches!(self.jitter, Jitter::None | Jitter::Uniform { .. });
        let is_plain = self.duplicate == 0 && self.bandwidth.is_none() && !self.fifo;
        match self.loss {
            Loss::Independent(limit) if is_simple_jitter && is_plain => Some(limit),
            _ => None,
        }
    }
}
