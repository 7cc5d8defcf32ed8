//! The hub goes by its name in faults.

use crate::common::{digest, plan_of};
use zonesim::engine::Engine;

#[test]
fn a_fault_may_call_the_hub_by_its_name() {
    let text = |hub: &str| {
        format!(
            "[zones]\na = {{}}\nb = {{}}\nc = {{}}\n[hub]\nname = \"Astana\"\n\
             [network]\nlatency = \"20ms\"\n[exchange]\nuse = \"hub\"\n\
             [[fault]]\nat = \"0s\"\nfor = \"1s\"\ncrash = [\"{hub}\"]\n\
             [[fault]]\nat = \"2s\"\nfor = \"1s\"\nisolate = [\"{hub}\"]\n\
             [[fault]]\nat = \"4s\"\nfor = \"1s\"\npartition = [[\"{hub}\"], [\"b\"]]\n"
        )
    };
    let run = |hub: &str| digest(&plan_of(&text(hub)), Engine::Event, 3);
    assert_eq!(run("Astana"), run("hub"));
    assert_eq!(run("astana"), run("hub"));
}
