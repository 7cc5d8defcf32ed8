//! The after-action report as text. Each kind of line has a limit, and the lines beyond it are counted,
//! so that the report of a run of any length is about a page.

use super::facts::{
    AfterAction, Attack, Capture, Count, Decision, DecisionReason, Escape, FaultFact, Missing,
    NoDecision, PathShare, Phase, PhaseKind, Silence, StageWait, WaitStage, Warning,
};
use crate::metrics::PathPart;
use crate::report::units::duration;

/// Most lines of each kind.
const MAX_FAULTS: usize = 6;
const MAX_DECISIONS: usize = 4;
const MAX_CAPTURES: usize = 12;
const MAX_ESCAPES: usize = 10;
const MAX_WARNINGS: usize = 6;
const MAX_ATTACKS: usize = 6;
/// Most zones listed in a line.
const MAX_ZONES: usize = 4;
/// Width of the bar of a share of 1, in characters.
const BAR: f64 = 40.0;

/// Formats the report, with a line break after each line.
pub fn after_action_text(facts: &AfterAction) -> String {
    let times = Times { horizon_ms: facts.horizon_ms };
    let sections = [
        ("Phases", facts.phases.iter().map(|phase| times.phase(phase)).collect()),
        ("What held things up", times.delays(facts)),
        ("Decision", times.decisions(facts)),
        ("Captured", times.captures(facts)),
        ("Not captured", times.escapes(facts)),
        ("Attacks", limited(&facts.attacks, MAX_ATTACKS, "attacks", |it| times.attack(it))),
    ];
    let sections = sections.into_iter().filter(|(_, lines): &(_, Vec<String>)| !lines.is_empty());
    let section = |(title, lines): (&str, Vec<String>)| {
        let lines: String = lines.iter().map(|line| format!("  {line}\n")).collect();
        format!("{title}\n{lines}")
    };
    sections.map(section).collect::<Vec<_>>().join("\n")
}

/// Formats at most so many facts, and counts the others.
fn limited<T>(facts: &[T], max: usize, what: &str, line: impl Fn(&T) -> String) -> Vec<String> {
    let mut lines: Vec<_> = facts.iter().take(max).map(line).collect();
    if facts.len() > max {
        lines.push(format!("and {} more {what}", facts.len() - max));
    }
    lines
}

/// Formats times of a run with this horizon.
struct Times {
    horizon_ms: f64,
}

impl Times {
    /// An instant: with days if the run has several, with milliseconds if it is short.
    fn at(&self, ms: f64) -> String {
        let sign = if ms < 0.0 { "-" } else { "" };
        let total = ms.abs() as u64;
        let (hours, minutes, seconds) = (total / 3_600_000, total / 60_000 % 60, total / 1000 % 60);
        if self.horizon_ms >= 48.0 * 3.6e6 {
            format!("{sign}{}d {:02}:{minutes:02}", hours / 24, hours % 24)
        } else if self.horizon_ms >= 3.6e6 {
            format!("{sign}{hours}:{minutes:02}:{seconds:02}")
        } else {
            format!("{sign}{hours}:{minutes:02}:{seconds:02}.{:03}", total % 1000)
        }
    }

    fn phase(&self, phase: &Phase) -> String {
        let &Phase { phase, first_ms, last_ms, count } = phase;
        let (name, one, many) = phase_words(phase);
        let (first, last) = (self.at(first_ms), self.at(last_ms));
        let count = if count == 1 { format!("1 {one}") } else { format!("{count} {many}") };
        let span = if first == last { first } else { format!("{first} to {last}") };
        format!("{name:<11} {span:<28} {count}").trim_end().to_owned()
    }

    fn delays(&self, facts: &AfterAction) -> Vec<String> {
        let mut lines = Vec::new();
        if !facts.critical_path.is_empty() {
            let whole = facts.critical_path.iter().map(|part| part.mean_ms).sum();
            let paths = facts.paths.len();
            let captures = if paths == 1 { "1 capture" } else { &format!("{paths} captures") };
            lines.push(format!(
                "from the first sign to capture: {}, mean of {captures}",
                duration(whole)
            ));
            lines.extend(facts.critical_path.iter().map(share));
        }
        lines.extend(longest(&facts.waits).into_iter().map(wait));
        lines.extend(limited(&facts.faults, MAX_FAULTS, "faults", |fault| self.fault(fault)));
        lines
    }

    fn fault(&self, fault: &FaultFact) -> String {
        let until = match fault.end_ms {
            Some(end) if end == fault.start_ms => String::new(),
            Some(end) => format!(" to {}", self.at(end)),
            None => " to the end".into(),
        };
        let counts = [("took", fault.dropped), ("held", fault.held), ("slowed", fault.delayed)];
        let counts = counts.into_iter().filter(|&(_, count)| count > 0);
        let counts: Vec<_> = counts.map(|(verb, count)| format!("{verb} {count}")).collect();
        let impact = match counts.is_empty() {
            true => "touched no message".into(),
            false => format!("{} messages", counts.join(", ")),
        };
        format!("{}{until}  {}: {impact}", self.at(fault.start_ms), fault.description)
    }

    fn decisions(&self, facts: &AfterAction) -> Vec<String> {
        let aborted = |aborted: &super::facts::Aborted| {
            let zones = some(&aborted.zones);
            format!("{}  round {} aborted by {zones}", self.at(aborted.at_ms), aborted.round)
        };
        let mut lines = limited(&facts.aborted, MAX_DECISIONS, "aborted rounds", aborted);
        let decisions = &facts.decisions;
        lines.extend(limited(decisions, MAX_DECISIONS, "decisions", |it| self.decision(it)));
        lines.extend(facts.no_decision.as_ref().map(|reason| self.no_decision(reason)));
        lines
    }

    fn decision(&self, decision: &Decision) -> String {
        let Decision { zone, at_ms, strike_ms, is_beyond_horizon, reason, aborted_rounds } =
            decision;
        let beyond = if *is_beyond_horizon { ", beyond the horizon" } else { "" };
        let reason = match reason {
            DecisionReason::OwnLocation => "it may strike, and decides for itself".into(),
            DecisionReason::Quiet { since_ms, member, zone } => {
                format!("quiet since {}, when {zone} reported member {member}", self.at(*since_ms))
            }
            DecisionReason::HeardAgain { zone, silent_from_ms, heard_ms } => format!(
                "it waited for {zone}, silent {} to {}",
                silent_from_ms
                    .map_or("from the start".into(), |from| format!("from {}", self.at(from))),
                self.at(*heard_ms)
            ),
            DecisionReason::Deadline { silent } => {
                format!("its deadline had come{}", self.silent(silent))
            }
            DecisionReason::Deputy { silent_from_ms } => format!(
                "for the hub, of which it has heard nothing {}",
                silent_from_ms.map_or("at all".into(), |from| format!("since {}", self.at(from)))
            ),
            DecisionReason::ReportAfterDeadline { member, zone } => {
                format!("{zone} reported member {member} after the deadline")
            }
            DecisionReason::Ready { zones: 1 } => "a zone had reported a located member".into(),
            DecisionReason::Ready { zones } => {
                format!("{zones} zones had reported a located member")
            }
            DecisionReason::Elected { term, since_ms } => format!(
                "quiet since {}, when it had heard from all as the leader of term {term}",
                self.at(*since_ms)
            ),
            DecisionReason::Learned { leader } => {
                format!("it learned of the decision from {leader}")
            }
            DecisionReason::Unstated => "its protocol does not state why".into(),
        };
        let rounds = match aborted_rounds {
            0 => String::new(),
            1 => ", after 1 aborted round".into(),
            rounds => format!(", after {rounds} aborted rounds"),
        };
        let (at, strike) = (self.at(*at_ms), self.at(*strike_ms));
        format!("{at}  {zone} decides to strike at {strike}{beyond}: {reason}{rounds}")
    }

    fn silent(&self, silent: &[Silence]) -> String {
        let zones = silent.iter().map(|Silence { zone, since_ms }| match since_ms {
            Some(since) => format!("{zone} (silent since {})", self.at(*since)),
            None => format!("{zone} (never heard from)"),
        });
        let zones: Vec<_> = zones.collect();
        if zones.is_empty() { String::new() } else { format!("; it waited for {}", some(&zones)) }
    }

    fn no_decision(&self, reason: &NoDecision) -> String {
        match reason {
            NoDecision::NobodyReported => "none: no zone had a member it might strike at".into(),
            NoDecision::RoundsAborted { rounds: 1 } => "none: the only round was aborted".into(),
            NoDecision::RoundsAborted { rounds } => {
                format!("none: all {rounds} rounds were aborted")
            }
            NoDecision::StillWaiting { until_ms: Some(until), .. } => format!(
                "none: it was waiting for quiet until {} when the run ended",
                self.at(*until)
            ),
            NoDecision::StillWaiting { until_ms: None, silent } => {
                format!("none: it was waiting when the run ended{}", self.silent(silent))
            }
        }
    }

    fn captures(&self, facts: &AfterAction) -> Vec<String> {
        let (captured, members) = (facts.captures.len(), facts.members);
        let mut lines = vec![format!("{captured} of {members} members")];
        let is_one = |a: &Capture, b: &Capture| (&a.zone, a.at_ms) == (&b.zone, b.at_ms);
        let strikes: Vec<_> = facts.captures.chunk_by(is_one).collect();
        lines.extend(limited(&strikes, MAX_CAPTURES, "strikes", |it| self.capture(it)));
        match facts.mistaken {
            0 => {}
            1 => lines.push("1 strike at somebody who is no member".into()),
            count => lines.push(format!("{count} strikes at people who are no members")),
        }
        lines
    }

    /// The captures of a zone in one instant.
    fn capture(&self, captures: &[Capture]) -> String {
        let Capture { zone, at_ms, local_ms, .. } = &captures[0];
        let ahead = local_ms - at_ms;
        let clock = if ahead == 0.0 {
            String::new()
        } else {
            let way = if ahead > 0.0 { "ahead" } else { "behind" };
            format!("; its clock shows {}, {} {way}", self.at(*local_ms), duration(ahead.abs()))
        };
        let members: Vec<_> = captures.iter().map(|it| it.member.to_string()).collect();
        let noun = if members.len() == 1 { "member" } else { "members" };
        format!("{}  {zone} captures {noun} {}{clock}", self.at(*at_ms), some(&members))
    }

    fn escapes(&self, facts: &AfterAction) -> Vec<String> {
        let warning = |warning: &Warning| self.warning(warning);
        let mut lines = limited(&facts.warnings, MAX_WARNINGS, "warnings", warning);
        lines.extend(limited(&facts.escapes, MAX_ESCAPES, "members", |it| self.escape(it)));
        lines
    }

    fn warning(&self, Warning { cell, at_ms, escaped, strike }: &Warning) -> String {
        let by = strike.as_ref().map_or(String::new(), |by| {
            format!(", warned by the strike of {} at {}", by.zone, self.at(by.at_ms))
        });
        let escape = if *escaped == 1 { "member escapes" } else { "members escape" };
        format!("{}  cell {cell}: {escaped} {escape}{by}", self.at(*at_ms))
    }

    fn escape(&self, escape: &Escape) -> String {
        let cell = escape.cell.map_or(String::new(), |cell| format!(", cell {cell}"));
        let located = match (escape.located_ms, escape.escaped_ms) {
            (None, _) => "never located".to_owned(),
            (Some(at), Some(escaped)) if at >= escaped => {
                format!("located {}, after it had escaped", self.at(at))
            }
            (Some(at), _) => format!("located {}", self.at(at)),
        };
        let free = if escape.escaped_ms.is_none() { ", still at large" } else { "" };
        let missing = self.missing(&escape.missing);
        format!("member {} in {}{cell}: {located}, {missing}{free}", escape.member, escape.zone)
    }

    fn missing(&self, missing: &Missing) -> String {
        let of = |&Count { have, needs }: &Count| format!("{have} of {needs} leads");
        match missing {
            Missing::Leads(count) => format!("{} seen", of(count)),
            Missing::Sharing(count) => format!("{} reached a desk that assesses them", of(count)),
            Missing::Translation(count) => format!("{} translated", of(count)),
            Missing::Technique(count) => {
                format!("{} assessed, the others wait for a zone with the technique", of(count))
            }
            Missing::Assessment(count) => format!("{} assessed", of(count)),
            Missing::Finding { zone } => format!("the finding of {zone} did not arrive"),
            Missing::Warrant => "no warrant in time".into(),
            Missing::Decision => "no decision".into(),
            Missing::Order => "its zone did not act on the decision".into(),
            Missing::Team => "no team in time".into(),
            Missing::LateStrike { at_ms } => format!("struck too late, at {}", self.at(*at_ms)),
        }
    }

    fn attack(&self, Attack { cell, at_ms, prevented_by }: &Attack) -> String {
        let at = self.at(*at_ms);
        match prevented_by {
            None => format!("{at}  cell {cell} attacks"),
            Some(by) => format!(
                "{at}  cell {cell} can no longer attack: {} has captured member {}",
                by.zone, by.member
            ),
        }
    }
}

/// The name of a phase, and of one and of several of its events.
fn phase_words(phase: PhaseKind) -> (&'static str, &'static str, &'static str) {
    match phase {
        PhaseKind::Finding => ("finding", "lead", "leads"),
        PhaseKind::Assessment => ("assessment", "assessment", "assessments"),
        PhaseKind::Release => ("release", "item approved", "items approved"),
        PhaseKind::Location => ("location", "member located", "members located"),
        PhaseKind::Decision => ("decision", "decision", "decisions"),
        PhaseKind::Strikes => ("strikes", "strike", "strikes"),
        PhaseKind::Reactions => {
            ("reactions", "warning or attack", "warnings, attacks and attacks prevented")
        }
    }
}

fn share(&PathShare { part, mean_ms, share }: &PathShare) -> String {
    let bar = "#".repeat((share * BAR).round() as usize);
    let name = match part {
        PathPart::Corroboration => "corroboration",
        PathPart::Detection => "detection",
        PathPart::Release => "release",
        PathPart::Network => "network",
        PathPart::Translation => "translation",
        PathPart::Technique => "technique",
        PathPart::Assessment => "assessment",
        PathPart::Warrant => "warrant",
        PathPart::Decision => "decision",
        PathPart::Execution => "execution",
    };
    let percent = share * 100.0;
    format!("  {name:<13} {percent:>5.1} %  {:>14}  {bar}", duration(mean_ms)).trim_end().to_owned()
}

fn wait(wait: &StageWait) -> String {
    let StageWait { stage, zone, count, mean_ms, longest_ms, unfinished } = wait;
    let stage = match stage {
        WaitStage::Translation => "translation",
        WaitStage::Technique => "an answer of a zone with the technique",
        WaitStage::Assessment => "assessment",
        WaitStage::Release => "release",
        WaitStage::Warrant => "a warrant",
        WaitStage::Decision => "the decision",
        WaitStage::Strike => "a team and its strike",
    };
    let mean = match count {
        0 | 1 => String::new(),
        count => format!(", mean {} of {count}", duration(*mean_ms)),
    };
    let open = if *unfinished > 0 { format!(", {unfinished} not over") } else { String::new() };
    format!("{zone} waits for {stage}: longest {}{mean}{open}", duration(*longest_ms))
}

/// The longest wait of each stage.
fn longest(waits: &[StageWait]) -> Vec<&StageWait> {
    let mut longest = Vec::<&StageWait>::new();
    for wait in waits {
        if !longest.iter().any(|other| other.stage == wait.stage) {
            longest.push(wait);
        }
    }
    longest
}

/// Lists a few names, and counts the others.
fn some(names: &[String]) -> String {
    let shown = names[..names.len().min(MAX_ZONES)].join(", ");
    match names.len().saturating_sub(MAX_ZONES) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
