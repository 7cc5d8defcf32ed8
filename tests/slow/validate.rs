//! Every published and exact figure, with as many runs as its target asks for.

use crate::common::program::{text, zonesim};

#[test]
#[ignore = "slow"]
fn every_target_is_met() {
    let output = zonesim(&["validate"]);
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
}
