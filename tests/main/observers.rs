//! Zones that observe: they find nothing, nobody hides in them, and an operation does without them.

use crate::common::{digest, lines, plan_of, row};
use zonesim::engine::Engine;

/// Three members and an observer that is never heard.
fn world(coordination: &str, role: &str, hub: &str) -> String {
    format!(
        r#"horizon = "7min"
resolution = "50ms"
{hub}[zones.a]
[zones.b]
[zones.c]
[zones.d]
role = "{role}"
[[fault]]
at = "0s"
isolate = ["d"]
[workload]
use = "organisation"
[workload.organisation]
members = 6
lead_interval = "1s"
corroboration = 1
assessment = "1s"
[coordination]
use = "{coordination}"
[coordination.{coordination}]
quiet = "1min"
probe = "20s"
heard_within = "1min"
margin = "20s"
deadline = "10h"
"#
    )
}

#[test]
#[ignore = "slow"]
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
