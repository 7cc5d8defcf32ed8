//! The kind of a fault.

use crate::network::fault::Effect;
use crate::scenario::FaultKind;

/// The kind of an effect.
pub const fn kind(effect: &Effect) -> FaultKind {
    match effect {
        Effect::Partition(_) => FaultKind::Partition,
        Effect::Hold(_) => FaultKind::Hold,
        Effect::Isolate(_) => FaultKind::Isolate,
        Effect::Delay(..) => FaultKind::Delay,
        Effect::Loss(..) => FaultKind::Loss,
        Effect::Crash(..) => FaultKind::Crash,
        Effect::Clock(..) => FaultKind::Clock,
    }
}
