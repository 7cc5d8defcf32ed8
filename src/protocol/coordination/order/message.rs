//! The messages and timers of `order`, and what its machines share.

use serde::{Deserialize, Serialize};

use crate::protocol::coordination::{Located, Output, coordinator_view};
use crate::protocol::{Input, OutOf, Protocol, WireMessage};
use crate::time::{LocalTime, NanoDuration};

/// A message between the hub and a zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Message {
    /// A probe or a report.
    View(coordinator_view::Message),
    /// Hub to zone: the time to strike.
    Order(LocalTime),
    /// Zone to hub: acknowledges the order.
    OrderAck,
    /// Hub to zone: so many zones have acknowledged the order, which is for this time.
    Acknowledged {
        /// The time to strike.
        at: LocalTime,
        /// The number of zones.
        zones: u32,
    },
    /// Zone to hub: acknowledges that number.
    AcknowledgedAck,
}

impl WireMessage for Message {
    fn describe(&self, tick: NanoDuration) -> String {
        match self {
            Self::View(message) => message.describe(tick),
            Self::Order(at) => format!("order to strike at {}", tick.seconds(at.0)),
            Self::OrderAck => "ack of the order".into(),
            Self::Acknowledged { at, zones } => {
                format!("{zones} zones have the order for {}", tick.seconds(at.0))
            }
            Self::AcknowledgedAck => "ack of their number".into(),
        }
    }
}

/// A timer. It is stale unless it is the last one of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// A timer of the coordinator view or of the reporter.
    View(coordinator_view::Timer),
    /// Hub: repeat the order.
    Resend(LocalTime),
    /// Hub: repeat the number of acknowledgements.
    ResendAcknowledged(LocalTime),
    /// Zone: the time of the order.
    StrikeTime,
    /// Deputy: check whether the lease of the hub has expired.
    Lease,
}

/// Where the machines of `order` push their effects.
pub type Out<'a> = OutOf<'a, Message, Timer, Output>;

/// An input for a machine that is part of another one.
pub fn part<P, Q>(input: Input<P>) -> Input<Q>
where
    P: Protocol<Message = Message, Timer = Timer, Input = Located>,
    Q: Protocol<Message = Message, Timer = Timer, Input = Located>,
{
    match input {
        Input::Start => Input::Start,
        Input::Local(located) => Input::Local(located),
        Input::Message { from, message } => Input::Message { from, message },
        Input::Timer(timer) => Input::Timer(timer),
        Input::Restart => Input::Restart,
    }
}

/// Lets the coordinator view or the reporter emit effects as `order`.
pub fn inner<R>(out: &mut Out<'_>, body: impl FnOnce(&mut coordinator_view::Out<'_>) -> R) -> R {
    out.inner(Message::View, Timer::View, body)
}
