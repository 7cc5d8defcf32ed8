//! The access links of the event engine. Bulk messages that leave a link, and messages that reach a
//! downlink, are events of their own.

use super::*;
use crate::engine::access::Arrived;
use crate::network::access::{Limits, Transmission};

impl<P, O> EventEngine<'_, P, O>
where
    P: Protocols,
    O: TraceSink<EnvelopeOf<P>>,
{
    /// Whether the current node has an uplink.
    #[inline]
    pub(super) fn has_uplink(&self) -> bool {
        let access = self.plan.network.access.as_ref();
        access.is_some_and(|access| access.uplink(self.node).is_some())
    }

    /// The kind of event when a message arrives at a node.
    pub(super) fn kind_of_arrival(&self, to: NodeId) -> Kind {
        let access = self.plan.network.access.as_ref();
        let has_downlink = access.is_some_and(|access| access.downlink(to).is_some());
        if has_downlink { Kind::Arrival } else { Kind::Message }
    }

    #[inline(never)]
    pub(super) fn handle_access(&mut self, key: Key, slot: u32) {
        let payload = self.queue.take(slot);
        match (key.kind(), payload) {
            (Kind::Arrival, Some(Payload::Message(message))) => {
                self.arrive(Arrived { from: key.sender(), number: key.number(), message });
            }
            (Kind::Uplink, _) => {
                self.begin_access(0);
                self.leave_uplink();
            }
            _ => {
                self.begin_access(1);
                self.leave_downlink();
            }
        }
    }

    fn begin_access(&mut self, direction: usize) {
        // The event itself is not pending; the messages are.
        self.state.add_pending();
        self.access().begin(direction);
    }

    /// Sends what the current node has collected, and schedules its access links.
    #[inline(never)]
    pub(super) fn end_input(&mut self) {
        if !self.fan_out.is_empty() {
            self.flush();
        }
        let node = self.node;
        let due = self.access().schedule();
        for (at, kind) in due.into_iter().zip([Kind::Uplink, Kind::Downlink]) {
            if let Some(at) = at {
                self.queue.push(Key::new(at, node, kind, node, 0), Payload::Nothing);
            }
        }
    }
}

impl<P, O> AccessHost<EnvelopeOf<P>, TimerOf<P>> for EventEngine<'_, P, O>
where
    P: Protocols,
    O: TraceSink<EnvelopeOf<P>>,
{
    fn access(&mut self) -> &mut NodeAccess<EnvelopeOf<P>, TimerOf<P>> {
        &mut self.access[self.node.index()]
    }

    fn fan_out(&mut self) -> &mut FanOut<EnvelopeOf<P>, TimerOf<P>> {
        &mut self.fan_out
    }

    fn now(&self) -> SimTime {
        self.now
    }

    fn limits(&self) -> Limits {
        Limits { crash: self.next_crash, horizon: self.plan.horizon }
    }

    fn size(&self, message: &EnvelopeOf<P>) -> (u64, bool) {
        let bytes = self.realization.bytes(message);
        (bytes, self.plan.network.access.as_ref().is_some_and(|access| access.is_bulk(bytes)))
    }

    fn rank(&self, packet: PacketInfo) -> u64 {
        self.egress().fan_out_rank(packet)
    }

    fn outcome(&mut self, packet: PacketInfo, sent: Transmission, bytes: u64) -> SendOutcome {
        let Self { plan, schedule, rng, now, .. } = *self;
        let egress = Egress { network: &plan.network, schedule, rng };
        let [from, to] = packet.link;
        let link = plan.network.links.get(from, to);
        egress.after_uplink((link, packet, now), sent, &mut self.queues, bytes)
    }

    fn sent(
        &mut self,
        packet: PacketInfo,
        outcome: SendOutcome,
        number: u64,
        message: EnvelopeOf<P>,
    ) {
        let [from, to] = packet.link;
        let (link, kind) = (self.plan.network.links.get(from, to), self.kind_of_arrival(to));
        self.finish_send(packet, link, (kind, number), outcome, message);
    }

    fn waits(&mut self, packet: PacketInfo, message: &EnvelopeOf<P>) {
        let PacketInfo { link: [from, to], seq, .. } = packet;
        let event = Event::Send { from, to, seq, outcome: SendOutcome::WAITS, message };
        self.state.record_message(self.now, &event);
    }

    fn left(
        &mut self,
        packet: PacketInfo,
        outcome: SendOutcome,
        number: u64,
        message: EnvelopeOf<P>,
    ) {
        let PacketInfo { link: [from, to], now: sent, seq } = packet;
        let event = Event::Depart { from, to, sent, seq, outcome, message: &message };
        self.state.record_message(self.now, &event);
        let (link, kind) = (self.plan.network.links.get(from, to), self.kind_of_arrival(to));
        self.queue_arrivals((to, link), (kind, number), outcome, message);
    }

    #[inline(always)]
    fn start_timer(&mut self, from: SimTime, delay: SimDuration, timer: TimerOf<P>) {
        self.set_timer(self.realization.after(self.node, from, delay), timer);
    }

    fn arrives(&mut self, from: NodeId, received: Option<SimTime>, message: &EnvelopeOf<P>) {
        let event = Event::Arrive { from, to: self.node, received, message };
        self.state.record_message(self.now, &event);
    }

    fn receive(&mut self, at: SimTime, arrived: Arrived<EnvelopeOf<P>>) {
        let Arrived { from, number, message } = arrived;
        if at < self.plan.horizon {
            let key = Key::new(at, self.node, Kind::Message, from, number);
            self.queue.push(key, Payload::Message(message));
        }
    }

    fn add_pending(&mut self) {
        self.state.add_pending();
    }

    fn remove_pending(&mut self) {
        self.state.remove_pending();
    }
}
