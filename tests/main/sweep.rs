//! A sweep leaves the same bytes whatever happened on the way: threads, kills, full disks, broken
//! stores; and it harms nothing that was there.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::common::sweeps::{
    RUNS, TABLES, assert_same, command, errors, file, files, folder, sheet, start, sweep, swept,
};

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let here = folder("threads");
    let (file, one) = (sheet(&here), here.join("1"));
    swept(&file, &one, &["--threads", "1"]);
    for threads in ["2", "7"] {
        let other = here.join(threads);
        swept(&file, &other, &["--threads", threads]);
        assert_same(&one, &other);
    }
    // What is done is not done again, and the tables are made again of it.
    let said = swept(&file, &one, &[]);
    assert!(said.contains(&format!("{RUNS} of {RUNS} runs are there already")), "{said}");
    assert_same(&one, &here.join("2"));
}

#[test]
fn what_is_killed_is_gone_on_with() {
    let here = folder("killed");
    let (file, whole, killed) = (sheet(&here), here.join("whole"), here.join("killed"));
    swept(&file, &whole, &["zones.generate=48", "seeds.count=50"]);
    let store = killed.join("runs.store");
    let length = || fs::metadata(&store).map_or(0, |found| found.len());
    let all = fs::metadata(whole.join("runs.store")).unwrap().len();
    let over = ["zones.generate=48", "seeds.count=50"];
    for kill in 1..=5 {
        let arguments = [&["sweep", &file, "--out", killed.to_str().unwrap()], &over[..]].concat();
        let mut child = command(&arguments).stderr(Stdio::null()).spawn().unwrap();
        while length() < all * kill / 6 && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_micros(300));
        }
        // SIGKILL where there is such a thing.
        child.kill().unwrap();
        child.wait().unwrap();
        let tables = TABLES.iter().filter(|table| **table != "sweep.json");
        assert!(tables.clone().all(|table| !killed.join(table).exists()), "killed too late");
    }
    // What one who was killed among the tables left is cleared away.
    fs::write(killed.join("runs.csv.part0"), "half").unwrap();
    fs::write(killed.join("sweep.json.part12"), "").unwrap();
    let said = swept(&file, &killed, &over);
    let there: usize = said.split_whitespace().nth(1).unwrap().parse().unwrap();
    assert!(said.contains("are there already") && there >= 8 * 50 / 2, "{said}");
    assert_same(&whole, &killed);
}

#[test]
fn more_seeds_later_are_as_if_at_once() {
    let here = folder("seeds");
    let (file, a, b) = (sheet(&here), here.join("a"), here.join("b"));
    for counts in [["5", "20"], ["20", "5"]] {
        for count in counts {
            swept(&file, &a, &[&format!("seeds.count={count}")]);
        }
        drop(fs::remove_dir_all(&b));
        swept(&file, &b, &[&format!("seeds.count={}", counts[1])]);
        assert_same(&a, &b);
    }
}

#[test]
fn points_may_have_seeds_of_their_own() {
    let here = folder("independent");
    let (file, a, b) = (sheet(&here), here.join("a"), here.join("b"));
    let runs = |out: &Path| fs::read_to_string(out.join("runs.csv")).unwrap();
    let seeds = |out: &Path| {
        let text = runs(out);
        let mut rows = csv::Reader::from_reader(text.as_bytes());
        let column = rows.headers().unwrap().iter().position(|name| name == "seed").unwrap();
        let rows = rows.records().map(|row| row.unwrap()[column].parse().unwrap());
        rows.collect::<Vec<u64>>()
    };
    // Eight points and three runs of each: every run has a seed of its own, also after more runs.
    let own = "seeds.independent=true";
    swept(&file, &a, &[own, "seeds.count=2"]);
    swept(&file, &a, &[own, "seeds.count=3"]);
    assert_eq!(seeds(&a), (40..64).collect::<Vec<_>>());
    swept(&file, &b, &[own, "seeds.count=3", "--threads", "1"]);
    assert_same(&a, &b);
    // A row is the run of its seed: point 0 has it in common with the other sweep.
    let common = here.join("common");
    swept(&file, &common, &["seeds.count=3"]);
    assert_eq!(seeds(&common), [40, 41, 42].map(|seed| [seed; 8]).concat());
    assert_eq!(runs(&common).lines().nth(1), runs(&a).lines().nth(1));
    let output = sweep(&file, &a, &["seeds.count=3"]);
    assert!(errors(&output).contains("its seeds are independent"), "{}", errors(&output));
}

#[test]
fn another_sweep_is_kept_out() {
    let here = folder("another");
    let (file, out) = (sheet(&here), here.join("out"));
    swept(&file, &out, &["seeds.count=2"]);
    let before = files(&out);
    for over in ["network.loss=0,0.2", "horizon=1min", "zones.generate=13", "seeds.base=41"] {
        let output = sweep(&file, &out, &["seeds.count=2", over]);
        assert_eq!(output.status.code(), Some(4), "{over}");
        assert!(errors(&output).contains("holds the runs of another sweep"), "{}", errors(&output));
        assert!(files(&out) == before, "{over}");
    }
}

#[test]
fn two_at_once_are_one_too_many() {
    let here = folder("two");
    let (file, out) = (sheet(&here), here.join("out"));
    fs::create_dir(&out).unwrap();
    let held = fs::File::create(out.join("runs.store")).unwrap();
    held.lock().unwrap();
    let output = sweep(&file, &out, &[]);
    assert_eq!(output.status.code(), Some(4));
    assert!(errors(&output).contains("in use by another sweep"), "{}", errors(&output));
    assert_eq!(files(&out), [("runs.store".into(), Vec::new())]);
    drop(held);
    swept(&file, &out, &[]);
}

#[test]
fn a_broken_store_is_healed() {
    let here = folder("broken");
    let (file, whole, out) = (sheet(&here), here.join("whole"), here.join("out"));
    swept(&file, &whole, &[]);
    swept(&file, &out, &[]);
    let store = out.join("runs.store");
    let good = fs::read(&store).unwrap();
    let record = (good.len() - 40) / RUNS;
    for (harm, lost) in [("flips", 3), ("end", 9), ("hole", 2), ("swap", 2), ("head", RUNS)] {
        let mut bytes = good.clone();
        match harm {
            // A flag, a checksum, the last bit.
            "flips" => {
                for at in [40 + 8, 40 + 7 * record, good.len() - 1] {
                    bytes[at] ^= 1;
                }
            }
            "end" => bytes.truncate(good.len() - 8 * record - 5),
            "hole" => bytes[40 + record..40 + 3 * record].fill(0),
            // Both whole, each in the other's place.
            "swap" => {
                let (a, b) = bytes[40..40 + 2 * record].split_at_mut(record);
                a.swap_with_slice(b);
            }
            _ => bytes.truncate(39),
        }
        fs::write(&store, &bytes).unwrap();
        let said = swept(&file, &out, &[]);
        let left = format!("{} of {RUNS} runs are there already", RUNS - lost);
        assert!(said.contains(&left) || lost == RUNS && said.is_empty(), "{harm}: {said}");
        assert!(fs::read(&store).unwrap() == good, "{harm}");
        assert_same(&whole, &out);
    }
    // What is no store is not taken for one.
    fs::write(&store, "a letter from home, longer than the head of a store is").unwrap();
    let before = files(&out);
    let output = sweep(&file, &out, &[]);
    assert_eq!(output.status.code(), Some(4));
    assert!(errors(&output).contains("is no store of runs"), "{}", errors(&output));
    assert!(files(&out) == before);
}

#[test]
fn where_nothing_can_be_written_it_is_said() {
    let here = folder("unwritable");
    let file = sheet(&here);
    let refused = |out: &Path, said: &str| {
        let output = sweep(&file, out, &["seeds.count=1"]);
        assert_eq!(output.status.code(), Some(4), "{}", errors(&output));
        assert!(errors(&output).contains(said), "{}", errors(&output));
    };
    // Below a file there is no folder, whoever asks.
    refused(&here.join("sweep.toml").join("out"), "cannot write");
    let out = here.join("store-is-folder");
    fs::create_dir_all(out.join("runs.store")).unwrap();
    refused(&out, "runs.store");
    #[cfg(unix)]
    {
        let out = here.join("device");
        fs::create_dir(&out).unwrap();
        std::os::unix::fs::symlink("/dev/zero", out.join("runs.store")).unwrap();
        refused(&out, "runs.store is no file");
    }
    // A table that cannot take its name: the others stay whole, and what was made of it is gone.
    let out = here.join("table-is-folder");
    for table in ["runs.parquet", "runs.csv", "sweep.json"] {
        swept(&file, &out, &["seeds.count=1"]);
        fs::remove_file(out.join(table)).unwrap();
        fs::create_dir_all(out.join(table).join("full")).unwrap();
        let before = files(&out);
        refused(&out, &format!("cannot write {}", out.join(table).display()));
        assert!(files(&out) == before, "{table}");
        fs::remove_dir_all(out.join(table)).unwrap();
    }
}

#[test]
fn more_runs_than_a_disk_holds_are_refused() {
    let here = folder("many");
    let (file, out) = (sheet(&here), here.join("out"));
    let output = sweep(&file, &out, &["network.loss=0,0.1,0.2", "seeds.count=100_000_000"]);
    assert_eq!(output.status.code(), Some(3));
    let said = errors(&output);
    assert!(said.contains("1200000000 runs") && said.contains("seeds.count=100"), "{said}");
    assert!(!out.exists());
}

/// A disk with room for so many blocks of 512 or 1,024 bytes in a file, then full.
#[cfg(unix)]
fn full(file: &str, out: &Path, blocks: u32) -> std::process::Output {
    let script = format!(
        "trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" sweep \"$1\" --out \"$2\" --threads 2"
    );
    let mut shell = Command::new("sh");
    shell.args(["-c", &script, env!("CARGO_BIN_EXE_zonesim"), file, out.to_str().unwrap()]);
    shell.output().unwrap()
}

#[cfg(unix)]
#[test]
fn a_full_disk_stops_it_and_room_lets_it_go_on() {
    let here = folder("full");
    let (file, whole, out) = (sheet(&here), here.join("whole"), here.join("out"));
    // A store that is many times as large as what describes the sweep.
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("count = 30", "count = 150")).unwrap();
    swept(&file, &whole, &[]);
    let size = fs::metadata(whole.join("runs.store")).unwrap().len();
    // Not even the head, a part of the runs, and more of them.
    for blocks in [0, size / 4096, size / 2048] {
        let output = full(&file, &out, blocks as u32);
        assert_eq!(output.status.code(), Some(4), "{}", errors(&output));
        assert!(errors(&output).contains("cannot write"), "{}", errors(&output));
        assert!(errors(&output).contains("runs.store"), "{}", errors(&output));
        assert_eq!(files(&out).len(), if blocks == 0 { 1 } else { 2 });
    }
    let said = swept(&file, &out, &[]);
    assert!(said.contains("runs are there already"), "{said}");
    assert_same(&whole, &out);
    // All runs are there, and there is no room for the tables made again.
    let before = files(&out);
    let output = full(&file, &out, 4);
    assert_eq!(output.status.code(), Some(4), "{}", errors(&output));
    assert!(errors(&output).contains("cannot write"), "{}", errors(&output));
    assert!(files(&out) == before);
}

/// A world whose times of travel stand in a file, and a sweep of it, in a folder.
fn world(here: &Path) -> String {
    fs::write(here.join("times.csv"), ",a,b,c\na,,10,20\nb,,,15\n").unwrap();
    let zones = r#"[zones]
a = {}
b = {}
c = {}
[network.latency]
matrix = "times.csv"
"#;
    fs::write(here.join("world.toml"), format!("horizon = \"5s\"\n{zones}")).unwrap();
    let axes = r#"[axes]
"network.loss" = [0.0, 0.3]
[axes.way.choices]
all = ["exchange.use=mesh"]
few = ["exchange.use=gossip", "exchange.gossip.fanout=1"]
"#;
    let text = format!("scenario = \"world.toml\"\nseeds.count = 6\n{axes}");
    file(here, &text)
}

#[test]
fn what_describes_a_sweep_makes_it_again_without_its_files() {
    let here = folder("bundle");
    let file = world(&here);
    let (first, again, longer) = (here.join("first"), here.join("again"), here.join("longer"));
    swept(&file, &first, &["network.loss=0,0.2"]);
    swept(&file, &longer, &["network.loss=0,0.2", "seeds.count=9"]);
    for name in ["world.toml", "times.csv", "sweep.toml"] {
        fs::remove_file(here.join(name)).unwrap();
    }
    let bundle = first.join("sweep.json");
    let bundle = bundle.to_str().unwrap();
    swept(bundle, &again, &[]);
    assert_same(&first, &again);
    drop(fs::remove_dir_all(&again));
    swept(bundle, &again, &["seeds.count=9"]);
    assert_same(&longer, &again);
    // It is read, so it is not written onto.
    let output = sweep(bundle, &first, &[]);
    assert_eq!(output.status.code(), Some(4));
    assert!(errors(&output).contains("is read by this command"), "{}", errors(&output));
    fs::write(here.join("other.json"), "{\"zonesim\": true}").unwrap();
    let output = sweep(here.join("other.json").to_str().unwrap(), &again, &[]);
    assert_eq!(output.status.code(), Some(3));
    assert!(errors(&output).contains("no sweep.json"), "{}", errors(&output));
}

#[test]
fn who_goes_on_with_another_sweep_is_told_what_differs() {
    let here = folder("differs");
    let (file, out) = (world(&here), here.join("out"));
    swept(&file, &out, &[]);
    let before = files(&out);
    let told = |arguments: &[&str], words: &str| {
        let output = sweep(&file, &out, arguments);
        assert_eq!(output.status.code(), Some(4), "{}", errors(&output));
        assert!(errors(&output).contains(words), "{words}: {}", errors(&output));
        assert!(files(&out) == before);
    };
    told(&["seeds.base=7"], "its first seed is 1");
    told(&["network.loss=0.1"], "it had no values over its file");
    for name in ["times.csv", "world.toml"] {
        let text = fs::read_to_string(here.join(name)).unwrap();
        fs::write(here.join(name), format!("{text}\n")).unwrap();
        told(&[], &format!("{name} has changed"));
        fs::write(here.join(name), text).unwrap();
    }
    swept(&file, &out, &[]);
}

/// The plans of all points together are too large to be kept, so they are made again for each run: of
/// what was read first.
#[cfg(unix)]
#[test]
fn a_file_that_changes_while_it_is_swept_changes_nothing() {
    let here = folder("changes");
    let (before, after) = ("network.latency = \"1ms\"\n", "network.latency = \"9ms\"\n");
    let zones = r#"horizon = "3s"
zones.generate = 2200
workload.items = { from = ["z0"], at = ["2999ms"] }
"#;
    let scenario = here.join("world.toml");
    fs::write(&scenario, format!("{zones}{before}")).unwrap();
    let axis: Vec<_> = (0..10).map(|n| format!("0.{n}")).collect();
    let text = format!(
        r#"scenario = "world.toml"
seeds.count = 2
[axes]
"network.loss" = [{}]
"#,
        axis.join(", ")
    );
    let file = file(&here, &text);
    let (whole, out) = (here.join("whole"), here.join("out"));
    swept(&file, &whole, &[]);
    let mut child = start(&file, &out);
    let store = out.join("runs.store");
    while !store.exists() && child.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_micros(200));
    }
    fs::write(&scenario, format!("{zones}{after}")).unwrap();
    assert!(child.try_wait().unwrap().is_none(), "it ended before the file changed");
    assert!(child.wait().unwrap().success());
    assert_same(&whole, &out);
}
