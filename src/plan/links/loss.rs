//! The loss of a link.

use super::Builder;
use crate::network::{self, limit};
use crate::scenario::{BurstStart, Diagnostic, Loss};

/// Upper bound on the mean number of slots drawn to find the state of one.
const MAX_MEAN_SLOTS: f64 = 1000.0;

impl<E, C> Builder<'_, E, C> {
    /// Compiles the loss at `path`.
    ///
    /// # Errors
    /// A burst whose states never change or change with a probability above 1, or a slot below a tick.
    pub(super) fn loss(&self, loss: Loss, path: &str) -> Result<network::Loss, Diagnostic> {
        let burst = match loss {
            Loss::Independent(share) => return Ok(network::Loss::Independent(limit(share.0))),
            Loss::Burst(burst) => burst,
        };
        let refuse = |key: &str, message: &str| {
            Err(self.loaded.source.refusal(&format!("{path}.burst.{key}"), message))
        };
        let (enter, leave) = (burst.enter.0, burst.leave.0);
        if enter + leave > 1.0 {
            return refuse("leave", "`enter` and `leave` above 1 together; expected at most 1");
        }
        if (enter + leave) * MAX_MEAN_SLOTS < 1.0 {
            let message = "states that hardly ever change; expected `enter` and `leave` of 0.001 \
                           or more together, with a longer slot";
            return refuse("enter", message);
        }
        let slot = burst.slot.ticks(self.loaded.scenario.resolution).0;
        self.defaults.borrow_mut().insert(format!("{path}.burst.slot"), burst.slot);
        if slot == 0 {
            return refuse("slot", "a slot below one tick; expected one tick or more");
        }
        let (good, bad) = (limit(burst.good.0), limit(burst.bad.0));
        let starts_bad = match burst.start {
            BurstStart::Stationary => network::Burst::stationary(enter, leave),
            BurstStart::Good => 0.0,
        };
        Ok(network::Loss::Burst(network::Burst { enter, leave, good, bad, slot, starts_bad }))
    }
}
