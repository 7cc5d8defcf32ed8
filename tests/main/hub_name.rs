//! The hub goes by its name in faults.

use crate::common::{digest, plan_of};
use zonesim::engine::Engine;

#[test]
fn a_fault_may_call_the_hub_by_its_name() {
    let text = |hub: &str| {
        format!(
            r#"[zones]
a = {{}}
b = {{}}
c = {{}}
[hub]
name = "Astana"
[network]
latency = "20ms"
[exchange]
use = "hub"
[[fault]]
at = "0s"
for = "1s"
crash = ["{hub}"]
[[fault]]
at = "2s"
for = "1s"
isolate = ["{hub}"]
[[fault]]
at = "4s"
for = "1s"
partition = [["{hub}"], ["b"]]
"#
        )
    };
    let run = |hub: &str| digest(&plan_of(&text(hub)), Engine::Event, 3);
    assert_eq!(run("Astana"), run("hub"));
    assert_eq!(run("astana"), run("hub"));
}
