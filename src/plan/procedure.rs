//! How zones handle leads: the staff of each zone, and the times that their work takes.

use crate::protocol::desk::{Fusion, KindSet, LanguageSet, Procedure, Staff, UNLIMITED, WorkTime};
use crate::scenario::{Loaded, Zone};

/// Default number of analysts at a desk. A guess.
const DEFAULT_LABS: u32 = 2;

/// Compiles how zones handle leads.
pub fn compile<E, C>(loaded: &Loaded<E, C>) -> Procedure {
    let scenario = &loaded.scenario;
    let organisation = &scenario.workload.organisation;
    let ticks = |time: crate::time::NanoDuration| time.ticks(scenario.resolution);
    let default = Staff {
        assesses: true,
        labs: DEFAULT_LABS,
        translators: UNLIMITED,
        languages: LanguageSet::ALL,
        techniques: KindSet::ALL,
        officers: UNLIMITED,
        needs: organisation.corroboration.0,
        recognises: KindSet::ALL,
        warrant: WorkTime::NONE,
        teams: UNLIMITED,
    };
    let staff = |(_, zone): &(String, Zone)| Staff {
        labs: zone.labs.map_or(DEFAULT_LABS, |labs| labs.0),
        ..default
    };
    Procedure {
        is_stated: false,
        fusion: Fusion::Everywhere,
        priority: true,
        translation: WorkTime::NONE,
        assessment: WorkTime::Exponential(ticks(organisation.assessment)),
        approval: WorkTime::NONE,
        strike: WorkTime::NONE,
        staff: scenario.zones.named.iter().map(staff).collect(),
        default,
    }
}
