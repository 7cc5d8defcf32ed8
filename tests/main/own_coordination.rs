//! A coordination of one's own, Paxos on the time to strike, from outside the crate: what it
//! guarantees is checked in every run, and each mutant that breaks it is found.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use zonesim::cli::{self, Exit};
use zonesim::id::{Member, NodeId};
use zonesim::protocol::coordination::{Located, Output};
use zonesim::protocol::exchange;
use zonesim::protocol::{
    ConfigError, Input, NodeView, Out, Protocol, ProtocolInfo, ProtocolSet, Safety, Strikes,
    WireMessage,
};
use zonesim::time::{LocalTime, NanoDuration, SimDuration};

/// A ballot: a number, then the zone that uses it.
type Ballot = (u32, u32);

/// Lamport's single-decree Paxos: every zone that has located a member proposes a time.
#[derive(Clone, Debug)]
struct Paxos {
    mutant: Mutant,
    zones: u32,
    tick: NanoDuration,
    promised: Ballot,
    accepted: Option<(Ballot, LocalTime)>,
    /// The proposal of this zone: its ballot, its value, who has promised, who has accepted.
    ballot: Ballot,
    value: Option<(Ballot, LocalTime)>,
    promises: BTreeSet<NodeId>,
    votes: BTreeSet<NodeId>,
    chosen: Option<LocalTime>,
    located: BTreeSet<Member>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
enum Call {
    Prepare(Ballot),
    Promise(Ballot, Option<(Ballot, LocalTime)>),
    Accept(Ballot, LocalTime),
    Accepted(Ballot),
    Chosen(LocalTime),
}

impl WireMessage for Call {}

#[derive(Clone, Debug)]
enum Alarm {
    Propose,
    Strike,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Mutant {
    #[default]
    None,
    /// Acceptors forget their votes.
    ForgetsVotes,
    /// Strikes as soon as somebody is located.
    StrikesUndecided,
    /// Strikes when it hears of the decision, not when its time has come.
    StrikesEarly,
    /// Strikes everybody again.
    StrikesTwice,
    /// Strikes a member of another zone.
    StrikesAnybody,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    mutant: Mutant,
    /// States that strikes need not wait for the time.
    may_strike_early: bool,
}

impl Paxos {
    fn everybody(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..self.zones).map(NodeId)
    }

    /// Sends to all; to itself by way of a call.
    fn tell_all(&mut self, call: &Call, out: &mut Out<'_, Self>) {
        let me = out.me();
        for peer in self.everybody().filter(|&peer| peer != me) {
            out.send(peer, call.clone());
        }
        self.hear(me, call.clone(), out);
    }

    fn tell(&mut self, to: NodeId, call: Call, out: &mut Out<'_, Self>) {
        if to == out.me() { self.hear(to, call, out) } else { out.send(to, call) }
    }

    fn propose(&mut self, out: &mut Out<'_, Self>) {
        if self.chosen.is_some() || self.located.is_empty() {
            return;
        }
        self.ballot = (self.promised.0.max(self.ballot.0) + 1, out.me().0);
        (self.promises, self.votes, self.value) = (BTreeSet::new(), BTreeSet::new(), None);
        let again = NanoDuration::from_ms(2_000 + 700 * u64::from(out.me().0)).ticks(self.tick);
        out.wake_after(again, Alarm::Propose);
        self.tell_all(&Call::Prepare(self.ballot), out);
    }

    fn hear(&mut self, from: NodeId, call: Call, out: &mut Out<'_, Self>) {
        let most = self.zones as usize / 2;
        let forgets = self.mutant == Mutant::ForgetsVotes;
        match call {
            Call::Prepare(ballot) if ballot > self.promised || forgets => {
                self.promised = ballot;
                let accepted = self.accepted.filter(|_| !forgets);
                self.tell(from, Call::Promise(ballot, accepted), out);
            }
            Call::Promise(ballot, accepted) if ballot == self.ballot => {
                self.value = self.value.max(accepted);
                self.promises.insert(from);
                if self.promises.len() == most + 1 {
                    let wait = NanoDuration::from_secs(20).ticks(self.tick);
                    let at = self.value.map_or(out.now() + wait, |(_, at)| at);
                    self.value = Some((ballot, at));
                    self.tell_all(&Call::Accept(ballot, at), out);
                }
            }
            Call::Accept(ballot, at) if ballot >= self.promised || forgets => {
                (self.promised, self.accepted) = (ballot, Some((ballot, at)));
                self.tell(from, Call::Accepted(ballot), out);
            }
            Call::Accepted(ballot) if ballot == self.ballot => {
                self.votes.insert(from);
                if self.votes.len() == most + 1 {
                    let (_, at) = self.value.expect("a value was proposed");
                    out.decide(at);
                    self.tell_all(&Call::Chosen(at), out);
                }
            }
            Call::Chosen(at) if self.chosen.is_none() || forgets => {
                self.chosen = (!forgets).then_some(at);
                let soon = self.mutant == Mutant::StrikesEarly;
                out.wake_at(if soon { out.now() } else { at }, Alarm::Strike);
            }
            _ => {}
        }
    }

    fn strike(&mut self, out: &mut Out<'_, Self>) {
        for &member in &self.located {
            out.strike(member);
        }
        if self.mutant == Mutant::StrikesAnybody {
            (0..24).map(Member).filter(|member| !self.located.contains(member)).for_each(
                |member| {
                    out.strike(member);
                },
            );
        }
        if self.mutant != Mutant::StrikesTwice {
            self.located.clear();
        }
    }
}

impl Protocol for Paxos {
    type Message = Call;
    type Timer = Alarm;
    type Input = Located;
    type Output = Output;

    fn handle(&mut self, input: Input<Self>, out: &mut Out<'_, Self>) {
        match input {
            Input::Local(Located(member)) => {
                let first = self.located.insert(member) && self.located.len() == 1;
                if self.mutant == Mutant::StrikesUndecided {
                    return self.strike(out);
                }
                match self.chosen {
                    Some(at) => out.wake_at(at, Alarm::Strike),
                    None if first => self.propose(out),
                    None => {}
                }
            }
            Input::Message { from, message } => self.hear(from, message, out),
            Input::Timer(Alarm::Propose) => self.propose(out),
            Input::Timer(Alarm::Strike) => self.strike(out),
            Input::Start | Input::Restart => out.wake_after(SimDuration(1), Alarm::Propose),
        }
    }
}

impl ProtocolSet for Paxos {
    type Params = Settings;

    fn entries() -> &'static [ProtocolInfo] {
        &[ProtocolInfo {
            name: "paxos",
            about: "Paxos on the time to strike",
            ..ProtocolInfo::EMPTY
        }]
    }

    fn chosen(_settings: &Settings) -> &'static str {
        "paxos"
    }

    fn check(_settings: &Settings, _site: &NodeView) -> Result<(), ConfigError> {
        Ok(())
    }

    fn safety(settings: &Settings) -> Safety {
        match settings.may_strike_early {
            true => Safety { strikes: Strikes::AfterDecision, ..Safety::default() },
            false => Safety::default(),
        }
    }

    fn build(settings: &Settings, site: &NodeView, tick: NanoDuration) -> Self {
        Self {
            mutant: settings.mutant,
            zones: site.zones,
            tick,
            promised: (0, 0),
            accepted: None,
            ballot: (0, 0),
            value: None,
            promises: BTreeSet::new(),
            votes: BTreeSet::new(),
            chosen: None,
            located: BTreeSet::new(),
        }
    }
}

/// The exit of a command on 14 zones, which locate two dozen members within minutes.
fn exit(name: &str, command: &[&str]) -> Exit {
    let folder = scratch!();
    let file = folder.join(format!("paxos-{name}.toml"));
    let text = r#"horizon = "5min"
zones.generate = 14
network.latency = "40ms"
exchange.use = "mesh"
[workload]
use = "organisation"
[workload.organisation]
lead_interval = "20s"
assessment = "1s"
warning = "5s"
"#;
    std::fs::write(&file, text).unwrap();
    let arguments = ["zonesim", command[0], file.to_str().unwrap()];
    let arguments = arguments.iter().chain(&command[1..]).map(Into::into);
    cli::run_on::<(exchange::Builtin, Paxos)>(arguments)
}

const MUTANTS: [&str; 5] =
    ["forgets-votes", "strikes-undecided", "strikes-early", "strikes-twice", "strikes-anybody"];

#[test]
fn each_mutant_fails_in_every_command_and_paxos_in_none() {
    for command in [&["run", "--json"][..], &["run", "--runs", "4"], &["verify"]] {
        assert_eq!(exit("fair", command), Exit::Success, "{command:?}");
    }
    for mutant in MUTANTS {
        let set = format!("coordination.mutant={mutant}");
        for command in [&["run", "--json"][..], &["run", "--runs", "4"]] {
            let command = [command, &["--set", &set]].concat();
            assert_eq!(exit(mutant, &command), Exit::Violation, "{command:?}");
        }
    }
}

#[test]
fn what_a_coordination_allows_is_no_failure() {
    let set = "coordination.mutant=strikes-early";
    let allows = "coordination.may_strike_early=true";
    assert_eq!(exit("allowed", &["run", "--json", "--set", set]), Exit::Violation);
    let both = ["run", "--json", "--set", set, "--set", allows];
    assert_eq!(exit("allowed", &both), Exit::Success);
}

#[test]
fn a_violation_of_a_mutant_is_found() {
    let folder = scratch!();
    let file = folder.join("counterexample-paxos.toml");
    // What an earlier test run has left there would not be written over.
    let _ = std::fs::remove_file(&file);
    let fuzz = |more: &[&str]| {
        let fuzz = ["zonesim", "fuzz", "--cases", "200", "--out", file.to_str().unwrap()];
        let arguments = fuzz.iter().chain(more).map(Into::into);
        cli::run_on::<(exchange::Builtin, Paxos)>(arguments)
    };
    let about = "about=\"one\\ntwo\"";
    let mutant = "coordination.mutant=strikes-undecided";
    assert_eq!(fuzz(&["--set", about, "--set", mutant]), Exit::Violation);
    // What was written is a scenario, and violates the same invariant.
    let written = std::fs::read_to_string(&file).unwrap();
    let seed =
        written.split(" --seed ").nth(1).and_then(|rest| rest.split_whitespace().next()).unwrap();
    let run = ["zonesim", "run", file.to_str().unwrap(), "--seed", seed];
    let again = cli::run_on::<(exchange::Builtin, Paxos)>(run.iter().map(Into::into));
    assert_eq!(again, Exit::Violation, "{written}");
}
