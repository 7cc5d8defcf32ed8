//! The access link of a host.

use super::*;
use crate::network::access::{Limits, Transmission};
use crate::network::egress::SendOutcome;

impl<P: Protocols> HostState<P> {
    pub(super) fn has_uplink(&self) -> bool {
        let access = self.plan.network.access.as_ref();
        access.is_some_and(|access| access.uplink(self.node).is_some())
    }

    pub(super) fn has_downlink(&self) -> bool {
        let access = self.plan.network.access.as_ref();
        access.is_some_and(|access| access.downlink(self.node).is_some())
    }

    /// Schedules the departures of a message and its copy.
    fn depart(&mut self, to: NodeId, number: u64, outcome: SendOutcome, message: &EnvelopeOf<P>) {
        if let Some(departs) = outcome.departs() {
            self.schedule_departure(to, departs, number, message);
        }
        if let Some(copy) = outcome.copy {
            let number = self.number();
            self.schedule_departure(to, copy, number, message);
        }
    }
}

impl<P: Protocols> AccessHost<EnvelopeOf<P>, TimerOf<P>> for HostState<P> {
    fn access(&mut self) -> &mut NodeAccess<EnvelopeOf<P>, TimerOf<P>> {
        &mut self.access
    }

    fn fan_out(&mut self) -> &mut FanOut<EnvelopeOf<P>, TimerOf<P>> {
        &mut self.fan_out
    }

    fn now(&self) -> SimTime {
        self.now
    }

    fn limits(&self) -> Limits {
        let crash = self.realization.schedule.next_crash(self.node, self.now);
        Limits { crash, horizon: self.plan.horizon }
    }

    fn size(&self, message: &EnvelopeOf<P>) -> (u64, bool) {
        let bytes = self.realization.bytes(message);
        (bytes, self.plan.network.access.as_ref().is_some_and(|access| access.is_bulk(bytes)))
    }

    fn rank(&self, packet: PacketInfo) -> u64 {
        let (network, schedule) = (&self.plan.network, &self.realization.schedule);
        Egress { network, schedule, rng: self.rng }.fan_out_rank(packet)
    }

    fn outcome(&mut self, packet: PacketInfo, sent: Transmission, bytes: u64) -> SendOutcome {
        let (network, schedule) = (&self.plan.network, &self.realization.schedule);
        let egress = Egress { network, schedule, rng: self.rng };
        let [from, to] = packet.link;
        let link = network.links.get(from, to);
        egress.after_uplink((link, packet, self.now), sent, &mut self.queues, bytes)
    }

    fn sent(
        &mut self,
        packet: PacketInfo,
        outcome: SendOutcome,
        number: u64,
        message: EnvelopeOf<P>,
    ) {
        let PacketInfo { link: [from, to], seq, .. } = packet;
        self.depart(to, number, outcome, &message);
        self.record(HostEvent::Send(from, to, seq, outcome, message));
    }

    fn waits(&mut self, packet: PacketInfo, message: &EnvelopeOf<P>) {
        let PacketInfo { link: [from, to], seq, .. } = packet;
        self.record(HostEvent::Send(from, to, seq, SendOutcome::WAITS, message.clone()));
    }

    fn left(
        &mut self,
        packet: PacketInfo,
        outcome: SendOutcome,
        number: u64,
        message: EnvelopeOf<P>,
    ) {
        self.depart(packet.link[1], number, outcome, &message);
        self.record(HostEvent::Depart(packet, outcome, message));
    }

    fn start_timer(&mut self, from: SimTime, delay: SimDuration, timer: TimerOf<P>) {
        self.set_timer(self.realization.after(self.node, from, delay), timer);
    }

    fn arrives(&mut self, from: NodeId, received: Option<SimTime>, message: &EnvelopeOf<P>) {
        self.record(HostEvent::Arrive(from, self.node, received, message.clone()));
    }

    fn receive(&mut self, at: SimTime, arrived: Arrived<EnvelopeOf<P>>) {
        let Arrived { from, number, message } = arrived;
        self.ingress.insert((at, from, number), message);
    }

    fn add_pending(&mut self) {
        self.record(HostEvent::Expected);
    }

    fn remove_pending(&mut self) {
        self.record(HostEvent::Handled);
    }
}
