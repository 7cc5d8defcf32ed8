//! A sweep that is killed ten times at random instants leaves the bytes of one that is not.

use std::fs;
use std::time::Instant;

use crate::common::sweeps::{assert_same, file, folder, start, swept};

#[test]
#[ignore = "slow"]
#[allow(clippy::disallowed_methods, reason = "kills come at instants of the clock")]
fn ten_kills() {
    let here = folder("ten-kills");
    let text = r#"scenario = "ROOT/sims/rounds.toml"
seeds.count = 10000
[axes]
"network.loss" = [0.0, 0.1, 0.2, 0.3, 0.4]
"exchange.gossip.mode" = ["push", "push-pull"]
"#;
    let (file, whole, killed) = (file(&here, text), here.join("whole"), here.join("killed"));
    let began = Instant::now();
    swept(&file, &whole, &[]);
    let time = began.elapsed();
    println!("undisturbed: {:.1} s", time.as_secs_f64());
    let (mut random, mut hit) = (u64::from(std::process::id()), 0);
    while hit < 10 {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let after = time.mul_f64((random >> 40) as f64 / (1u64 << 24) as f64 / 4.0);
        let mut child = start(&file, &killed);
        std::thread::sleep(after);
        if child.try_wait().unwrap().is_none() {
            child.kill().unwrap();
            hit += 1;
        }
        child.wait().unwrap();
        let store = fs::metadata(killed.join("runs.store")).map_or(0, |found| found.len());
        let names: Vec<_> = fs::read_dir(&killed)
            .map(|entries| entries.map(|entry| entry.unwrap().file_name()).collect())
            .unwrap_or_default();
        println!("killed after {:.2} s: store of {store} bytes, {names:?}", after.as_secs_f64());
    }
    print!("{}", swept(&file, &killed, &[]));
    assert_same(&whole, &killed);
}
