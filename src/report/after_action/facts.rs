//! The facts of an after-action report, for programs: reasons are variants, times are in ms of true
//! time from the start of the run unless stated otherwise, and nodes have their display names.

use serde::Serialize;

use crate::metrics::PathPart;

/// What happened in a run, and why.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AfterAction {
    /// The horizon.
    pub horizon_ms: f64,
    /// The end of the run.
    pub end_ms: f64,
    /// Number of real members.
    pub members: u32,
    /// The phases that occurred, in the order of the process.
    pub phases: Vec<Phase>,
    /// The parts of all critical paths together that took time, in the order of the process.
    pub critical_path: Vec<PathShare>,
    /// The critical path of each captured member, in the order of the captures.
    pub paths: Vec<MemberPath>,
    /// The waits of each stage at each node, those with the longest wait first.
    pub waits: Vec<StageWait>,
    /// The faults that affected messages or nodes, in the order of the schedule.
    pub faults: Vec<FaultFact>,
    /// The decisions, in order of time.
    pub decisions: Vec<Decision>,
    /// Why there was no decision; None if there was one.
    pub no_decision: Option<NoDecision>,
    /// Aborted rounds, in order of time.
    pub aborted: Vec<Aborted>,
    /// The captured members, in order of time.
    pub captures: Vec<Capture>,
    /// Strikes at somebody who is no member.
    pub mistaken: u32,
    /// The real members that were not captured, by number.
    pub escapes: Vec<Escape>,
    /// The warnings of cells, in order of time.
    pub warnings: Vec<Warning>,
    /// The attacks that took place or were prevented, in order of time.
    pub attacks: Vec<Attack>,
}

/// A phase of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PhaseKind {
    /// Zones see leads.
    Finding,
    /// Leads are assessed.
    Assessment,
    /// Officers approve the release of items.
    Release,
    /// Members are located.
    Location,
    /// The coordination decides.
    Decision,
    /// Teams strike.
    Strikes,
    /// Cells are warned, attack, or can no longer attack.
    Reactions,
}

/// When a phase took place.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Phase {
    /// The phase.
    pub phase: PhaseKind,
    /// Its first event.
    pub first_ms: f64,
    /// Its last event.
    pub last_ms: f64,
    /// Number of its events.
    pub count: u64,
}

/// A part of the critical paths.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PathShare {
    /// The part.
    pub part: PathPart,
    /// Time spent on it per captured member.
    pub mean_ms: f64,
    /// Its share of the whole, from 0 to 1.
    pub share: f64,
}

/// The critical path of a captured member.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MemberPath {
    /// The member.
    pub member: u32,
    /// The zone that captured it.
    pub zone: String,
    /// The lead that completed its corroboration.
    pub lead: u32,
    /// The parts that took time, each with its duration in ms, in order.
    pub parts: Vec<(PathPart, f64)>,
}

/// What leads and members wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitStage {
    /// Translation.
    Translation,
    /// The answer of a zone that has the technique.
    Technique,
    /// Assessment.
    Assessment,
    /// A decision on release, and the delay of its rule.
    Release,
    /// The warrant.
    Warrant,
    /// The word of the coordination.
    Decision,
    /// A team, and its strike.
    Strike,
}

/// The waits of a stage at a node, with the work itself.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StageWait {
    /// The stage.
    pub stage: WaitStage,
    /// The node.
    pub zone: String,
    /// Number of waits that ended.
    pub count: u64,
    /// Their mean; 0 if none ended.
    pub mean_ms: f64,
    /// The longest; one that had not ended counts until the end of the run.
    pub longest_ms: f64,
    /// Number of waits that had not ended with the run.
    pub unfinished: u64,
}

/// A fault and what it did to messages.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FaultFact {
    /// Its number in the schedule.
    pub fault: u32,
    /// What it is, as in the summary.
    pub description: String,
    /// When it began.
    pub start_ms: f64,
    /// When it ended; None if it lasted until the end of the run.
    pub end_ms: Option<f64>,
    /// Messages that it dropped.
    pub dropped: u64,
    /// Messages that it held.
    pub held: u64,
    /// Messages that it delayed.
    pub delayed: u64,
}

/// A decision to strike.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Decision {
    /// The node that decides.
    pub zone: String,
    /// When.
    pub at_ms: f64,
    /// The time to strike, on the clocks of the zones.
    pub strike_ms: f64,
    /// Whether no zone's clock shows that time before the horizon.
    pub is_beyond_horizon: bool,
    /// Why it was taken then.
    pub reason: DecisionReason,
    /// Number of rounds that were aborted before.
    pub aborted_rounds: u32,
}

/// Why a decision was taken when it was.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum DecisionReason {
    /// Each zone decides for itself, once it has located a member.
    OwnLocation,
    /// No zone reported a further member for long enough.
    Quiet {
        /// Since when.
        since_ms: f64,
        /// The member that was reported last.
        member: u32,
        /// Its zone.
        zone: String,
    },
    /// As for quiet, but the wait began again because a zone was heard from again.
    HeardAgain {
        /// The zone.
        zone: String,
        /// When it was heard from before; None if never.
        silent_from_ms: Option<f64>,
        /// When it was heard from again.
        heard_ms: f64,
    },
    /// The deadline of the coordination had come.
    Deadline {
        /// The zones that it was waiting for.
        silent: Vec<Silence>,
    },
    /// The deputy decided: it no longer heard from the hub.
    Deputy {
        /// When it last heard from it; None if never.
        silent_from_ms: Option<f64>,
    },
    /// A member was reported after the deadline.
    ReportAfterDeadline {
        /// The member.
        member: u32,
        /// Its zone.
        zone: String,
    },
    /// So many zones had reported a located member.
    Ready {
        /// The number of zones.
        zones: u32,
    },
    /// It was quiet for long enough after the node had been elected leader.
    Elected {
        /// The term that it leads.
        term: u64,
        /// When it had heard from all zones.
        since_ms: f64,
    },
    /// The node learned that a time was decided.
    Learned {
        /// The leader that proposed or completed the decision.
        leader: String,
    },
    /// The coordination does not state when it decides.
    Unstated,
}

/// A zone that the coordinator has not heard from for too long.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Silence {
    /// The zone.
    pub zone: String,
    /// When it was heard from last; None if never.
    pub since_ms: Option<f64>,
}

/// Why no decision was taken.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum NoDecision {
    /// No zone had a member that it might strike at.
    NobodyReported,
    /// All rounds were aborted.
    RoundsAborted {
        /// Their number.
        rounds: u32,
    },
    /// The coordinator was waiting when the run ended.
    StillWaiting {
        /// When it would have decided if nothing had changed; None if it waits for a silent zone or the
        /// coordination does not state when it decides.
        until_ms: Option<f64>,
        /// The zones that it had not heard from.
        silent: Vec<Silence>,
    },
}

/// An aborted round.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Aborted {
    /// The round; the first is 1.
    pub round: u32,
    /// When.
    pub at_ms: f64,
    /// Because of these zones.
    pub zones: Vec<String>,
}

/// A captured member.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Capture {
    /// The member.
    pub member: u32,
    /// The zone that captured it.
    pub zone: String,
    /// When.
    pub at_ms: f64,
    /// What the clock of the zone showed.
    pub local_ms: f64,
}

/// A cell is warned.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Warning {
    /// The cell.
    pub cell: u32,
    /// When its free members escaped.
    pub at_ms: f64,
    /// How many.
    pub escaped: u32,
    /// The strike that warned it.
    pub strike: Option<StrikeFact>,
}

/// A strike.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StrikeFact {
    /// The zone that struck.
    pub zone: String,
    /// At whom.
    pub member: u32,
    /// When.
    pub at_ms: f64,
}

/// A real member that was not captured.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Escape {
    /// The member.
    pub member: u32,
    /// Where it hid.
    pub zone: String,
    /// Its cell.
    pub cell: Option<u32>,
    /// When it escaped; None if it was still there at the end of the run.
    pub escaped_ms: Option<f64>,
    /// When its zone located it.
    pub located_ms: Option<f64>,
    /// What kept it from being captured.
    pub missing: Missing,
}

/// The stage that a member's capture lacked.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Missing {
    /// Too few leads that count under the law of its zone were seen.
    Leads(Count),
    /// Too few of them reached a desk that assesses them.
    Sharing(Count),
    /// Too few of them could be read there.
    Translation(Count),
    /// Too few answers came from zones that have the technique.
    Technique(Count),
    /// Too few of them were assessed there.
    Assessment(Count),
    /// Another zone had identified it; its finding did not arrive.
    Finding {
        /// That zone.
        zone: String,
    },
    /// It was located, and the warrant was not granted in time.
    Warrant,
    /// It was located, and no decision to strike was taken.
    Decision,
    /// A decision was taken, and its zone did not strike on it.
    Order,
    /// No team carried out the strike in time.
    Team,
    /// The strike came after it had escaped.
    LateStrike {
        /// When.
        at_ms: f64,
    },
}

/// How many leads there were, and how many the law of the zone needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Count {
    /// Leads.
    pub have: u32,
    /// Leads needed.
    pub needs: u32,
}

/// An attack that took place or was prevented.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Attack {
    /// The cell.
    pub cell: u32,
    /// When it attacked, or could no longer attack.
    pub at_ms: f64,
    /// The capture that prevented it; None if it took place.
    pub prevented_by: Option<StrikeFact>,
}
