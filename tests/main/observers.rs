//! Zones that observe: they find nothing, nobody hides in them, and an operation does without them.

use crate::common::{digest, lines, plan_of, row};
use zonesim::engine::Engine;

/// Three members and an observer that is never heard.
fn world(coordination: &str, role: &str, hub: &str) -> String {
    format!(
        "horizon = \"20min\"\nresolution = \"50ms\"\n{hub}[zones.a]\n[zones.b]\n[zones.c]\n\
         [zones.d]\nrole = \"{role}\"\n[[fault]]\nat = \"0s\"\nisolate = [\"d\"]\n\
         [workload]\nuse = \"organisation\"\n[workload.organisation]\nmembers = 6\n\
         lead_interval = \"1s\"\ncorroboration = 1\nassessment = \"1s\"\n\
         [coordination]\nuse = \"{coordination}\"\n[coordination.{coordination}]\n\
         quiet = \"3min\"\nprobe = \"1min\"\nheard_within = \"3min\"\n\
         margin = \"1min\"\ndeadline = \"10h\"\n"
    )
}

#[test]
fn an_isolated_observer_vetoes_nothing() {
    let hub = "hub = { seat = \"a\" }\n";
    for (coordination, hub) in [("order", hub), ("two-phase", hub), ("two-phase", "")] {
        let observed = plan_of(&world(coordination, "observer", hub));
        let one = row(&observed, Engine::Event, 1);
        assert!(one.captured_share > Some(0.5), "{coordination} {hub}: {:?}", one.captured_share);
        assert_eq!(
            digest(&observed, Engine::Event, 1),
            digest(&observed, Engine::Turmoil, 1),
            "{coordination} {hub}"
        );
        // Nobody asks the observer anything: of the coordination nothing goes to it.
        let asked =
            |line: &&String| line.contains("\"to\":\"d\"") && line.contains("\"Coordination\"");
        let trace = lines(&observed, Engine::Event, 1);
        let all = trace.iter().filter(|line| line.contains("\"Coordination\"")).count();
        assert!(all > 0 && trace.iter().filter(asked).count() == 0, "{coordination} {hub}");
        // A member that is never heard is waited for until the deadline, beyond the horizon.
        let member = row(&plan_of(&world(coordination, "member", hub)), Engine::Event, 1);
        assert_eq!(member.captured, Some(0.0), "{coordination} {hub}");
    }
}
