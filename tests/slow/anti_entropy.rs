//! Ten differences among 10^5 items, in a scenario: at most 16 kB and four round trips.

use crate::common::reconciliation;

#[test]
fn ten_differences_among_a_hundred_thousand_items() {
    let (messages, bytes) = reconciliation::session(100_000);
    println!("{messages} messages, {bytes} bytes");
    assert!(messages <= 8 && bytes <= 16_000, "{messages} messages, {bytes} bytes");
}
