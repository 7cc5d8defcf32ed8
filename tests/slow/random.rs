//! Ten thousand random scenarios: both engines give the same trace, and no invariant is violated.

use crate::common::program::{text, zonesim};

#[test]
#[ignore = "slow"]
fn ten_thousand_scenarios_give_the_same_trace_on_both_engines() {
    // The default suite takes the first of them.
    let output = zonesim(&["verify", "--random", "10000", "--seed", "100000"]);
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
}
