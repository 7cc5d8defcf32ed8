//! A coordination: zones report located members to zone 0, which answers with the time to strike. It
//! decides once, at the first report.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use zonesim::id::{Member, NodeId};
use zonesim::protocol::coordination::{Located, Output};
use zonesim::protocol::{
    Cost, Input, NamedProtocol, NodeView, Out, ParamInfo, Protocol, ProtocolInfo, Range,
    WireMessage,
};
use zonesim::time::{LocalTime, NanoDuration, SimDuration};

const LEADER: NodeId = NodeId(0);

/// The table `[coordination.leader]` of a scenario file.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Params {
    notice: NanoDuration,
    resend: NanoDuration,
}

impl Default for Params {
    fn default() -> Self {
        Self { notice: NanoDuration::from_secs(5), resend: NanoDuration::from_secs(1) }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Message {
    Report,
    Strike(LocalTime),
}

impl WireMessage for Message {}

#[derive(Clone, Debug)]
pub enum Timer {
    Resend,
    Strike,
}

/// One zone.
pub struct Leader {
    notice: SimDuration,
    resend: SimDuration,
    located: BTreeSet<Member>,
    struck: BTreeSet<Member>,
    decided: Option<LocalTime>,
}

impl Leader {
    /// Strikes if the time has come, waits for it if it is known, and asks for it if it is not.
    fn proceed(&mut self, out: &mut Out<'_, Self>) {
        match self.decided {
            Some(at) if out.now() < at => out.wake_at(at, Timer::Strike),
            Some(_) => {
                for &member in self.located.difference(&self.struck) {
                    out.strike(member);
                }
                self.struck.clone_from(&self.located);
            }
            None if self.located.is_empty() => {}
            None if out.me() == LEADER => self.decide(out),
            None => {
                out.send(LEADER, Message::Report);
                out.wake_after(self.resend, Timer::Resend);
            }
        }
    }

    fn decide(&mut self, out: &mut Out<'_, Self>) {
        let at = out.now() + self.notice;
        self.decided = Some(at);
        out.decide(at);
        self.proceed(out);
    }
}

impl Protocol for Leader {
    type Message = Message;
    type Timer = Timer;
    type Input = Located;
    type Output = Output;

    fn handle(&mut self, input: Input<Self>, out: &mut Out<'_, Self>) {
        match input {
            Input::Local(Located(member)) => {
                let is_first = self.located.is_empty();
                self.located.insert(member);
                if is_first || self.decided.is_some() {
                    self.proceed(out);
                }
            }
            Input::Message { from, message: Message::Report } => {
                if self.decided.is_none() {
                    self.decide(out);
                }
                self.decided.iter().for_each(|&at| out.send(from, Message::Strike(at)));
            }
            Input::Message { message: Message::Strike(at), .. } => {
                self.decided = Some(at);
                self.proceed(out);
            }
            Input::Timer(Timer::Resend) if self.decided.is_some() => {}
            Input::Timer(_) | Input::Restart => self.proceed(out),
            Input::Start => {}
        }
    }

    /// All of it is in stable storage.
    fn recover(&mut self, lost: Self) {
        *self = lost;
    }
}

impl NamedProtocol for Leader {
    type Params = Params;

    const INFO: ProtocolInfo = ProtocolInfo {
        name: "leader",
        about: "zones report located members to zone 0, which answers with the time to strike",
        source: "an example",
        formulas: &[Cost { what: "messages", formula: "2*(z - 1)" }],
        variables: "z zones with a member, zone 0 among them",
        settings: &[
            ParamInfo::guess("notice", "\"5s\"", Range::Text("0s or more"), "until they strike"),
            ParamInfo::guess(
                "resend",
                "\"1s\"",
                Range::Timer("above 0s"),
                "until a report goes again",
            ),
        ],
        ..ProtocolInfo::EMPTY
    };

    fn new(params: &Params, _view: &NodeView, resolution: NanoDuration) -> Self {
        let resend = SimDuration(params.resend.ticks(resolution).0.max(1));
        let (located, struck) = (BTreeSet::new(), BTreeSet::new());
        let notice = params.notice.ticks(resolution);
        Self { notice, resend, located, struck, decided: None }
    }
}
