//! `compare`: cases computed by hand, words that must not be said, and how often what
//! is said of chance is true.

mod common;

use common::program::{compared, line, text, zonesim};
use common::{plan_of_file, root};
use serde_json::Value;
use zonesim::compare::{Comparison, Contrast, Method, Metric, Sample, Withheld};
use zonesim::coordination::Builtin as Coordination;
use zonesim::engine::Engine;
use zonesim::exchange::Builtin as Exchange;
use zonesim::measure::{COLUMNS, Column, Row};
use zonesim::statistics::{self, Bootstrap, Finding, Precision, Statistic};
use zonesim::sweep;

fn metric(name: &str, floor: Option<f64>) -> Metric {
    let (place, _) = Column::named(name).unwrap();
    Metric { place, floor: floor.map(Precision::Relative) }
}

/// A choice in which all items reached all.
fn sample(values: Vec<Vec<Option<f64>>>) -> Sample {
    let runs = values[0].len();
    Sample { name: String::new(), values, incomplete: vec![0.0; runs] }
}

/// Values about a middle, spread alike whatever the middle.
fn about(middle: f64) -> Vec<Option<f64>> {
    (0..30).map(|run| Some(middle + f64::from(run % 5))).collect()
}

fn word(contrast: &Contrast) -> Option<Finding> {
    contrast.judgement.map(|judgement| judgement.finding)
}

/// Rows of runs of a scenario of the project with seeds from `first` on.
fn rows(file: &str, sets: &[&str], seeds: (u64, u64)) -> Vec<Row> {
    let plan = plan_of_file(&root().join(file), sets);
    sweep::repeat::<Exchange, Coordination>(Engine::Event, &plan, seeds, 2, &|_| {})
}

fn column(rows: &[Row], name: &str) -> Vec<Option<f64>> {
    let (place, _) = Column::named(name).unwrap();
    rows.iter().map(|row| row.values().nth(place).unwrap()).collect()
}

/// Nothing is random there: the differences of all pairs are the same.
#[test]
fn mesh_and_hub_differ_as_computed_by_hand() {
    let found =
        compared(&["sims/direct-or-hub.toml", "--vary", "exchange=mesh,hub", "--runs", "9"]);
    let (mesh, hub) = (line(&found, "mesh", "to_all_ms"), line(&found, "hub", "to_all_ms"));
    assert_eq!((&mesh["mean"], &hub["mean"]), (&142.625.into(), &176.5.into()));
    assert_eq!(mesh["difference"], Value::Null);
    let difference = &hub["difference"];
    assert_eq!(difference["mean"], 33.875);
    assert_eq!((&difference["sd"], &difference["n"]), (&0.0.into(), &9.into()));
    assert_eq!(difference["ci95"], serde_json::json!({"low": 33.875, "high": 33.875}));
    assert_eq!(difference["judgement"]["word"], "worse");
    assert_eq!(found["choices"][1]["dominated_by"], "mesh");
    assert_eq!(found["front"], serde_json::json!(["mesh"]));
}

/// The mean over the items of the farthest way through the seat, by hand from rtt-2025.csv: Tashkent
/// is the best of the eight, and it is alone.
#[test]
fn the_best_seat_of_the_hub_is_found() {
    let seats = "hub.seat=cn,ru,kz,uz,tj,kg,pk,in";
    let set = ["--set", "exchange.use=hub", "--runs", "20"];
    let found = compared(&[&["sims/direct-or-hub.toml", "--vary", seats], &set[..]].concat());
    let names =
        ["cn", "ru", "kz", "uz", "tj", "kg", "pk", "in"].map(|zone| format!("hub.seat={zone}"));
    let mean = |name: &String| line(&found, name, "to_all_ms")["mean"].as_f64().unwrap();
    let best = names.iter().min_by(|a, b| mean(a).total_cmp(&mean(b))).unwrap();
    assert_eq!((best.as_str(), mean(best)), ("hub.seat=uz", 176.5));
    assert_eq!(found["front"], serde_json::json!(["hub.seat=uz"]));
    for choice in found["choices"].as_array().unwrap() {
        let by = &choice["dominated_by"];
        assert_eq!(by.is_null(), choice["name"] == "hub.seat=uz", "{choice}");
    }
}

/// All pairs of 24 choices by 3 metrics are 828 claims: what is as plain as can be is told among them.
#[test]
fn dominance_is_told_among_many_choices() {
    let seats = ["--vary", "hub.seat=cn,ru,kz,uz,tj,kg,pk,in", "--set", "exchange.use=hub"];
    let unused = ["--vary", "exchange.gossip.fanout=1,2,3", "--runs", "40"];
    let found = compared(&[&["sims/direct-or-hub.toml"], &seats[..], &unused].concat());
    let front = found["front"].as_array().unwrap();
    assert_eq!(front.len(), 3, "{front:?}");
    assert!(
        front.iter().all(|name| name.as_str().unwrap().starts_with("hub.seat=uz")),
        "{front:?}"
    );
}

#[test]
fn who_is_dominated_among_too_many_is_said_not_to_be_known() {
    let zones: Vec<_> = (3..204).map(|zones| zones.to_string()).collect();
    let vary = format!("zones.generate={}", zones.join(","));
    let few = ["--runs", "2", "--set", "horizon=2ms", "--metrics", "items", "--csv"];
    let output = zonesim(&[&["compare", "sims/rounds.toml", "--vary", &vary], &few[..]].concat());
    assert!(output.status.success());
    assert!(text(&output.stderr).contains("who is dominated is not known"));
}

#[test]
fn what_is_not_used_makes_no_difference() {
    let vary = ["--vary", "exchange.gossip.fanout=1,2,3"];
    let found = compared(&[&["sims/direct-or-hub.toml", "--runs", "6"], &vary[..]].concat());
    for choice in &found["choices"].as_array().unwrap()[1..] {
        for line in choice["metrics"].as_array().unwrap() {
            assert_eq!(line["difference"]["differing"], 0, "{line}");
            assert_eq!(line["difference"]["judgement"]["word"], "no-difference", "{line}");
        }
        assert_eq!(choice["dominated_by"], Value::Null);
    }
    assert_eq!(found["front"].as_array().unwrap().len(), 3);
}

/// A zone is as good as any other to begin: whatever is said of the difference is an error, and of
/// a table 5 % may be.
#[test]
fn a_difference_known_to_be_zero_is_seldom_told() {
    const TABLES: u64 = 200;
    const RUNS: u64 = 30;
    let from = |zone: &str| {
        let set = format!("workload.items.from=[\"{zone}\"]");
        rows("sims/rounds.toml", &[&set], (1, TABLES * RUNS))
    };
    let (first, other) = (from("z0"), from("z5"));
    let metrics = [metric("to_all_ms", None), metric("messages", None)];
    let values = |rows: &[Row]| vec![column(rows, "to_all_ms"), column(rows, "messages")];
    let (mut told, mut differing) = (0, 0);
    for (first, other) in first.chunks(RUNS as usize).zip(other.chunks(RUNS as usize)) {
        let samples = [sample(values(first)), sample(values(other))];
        let found = Comparison::new(&samples, &metrics, Method::Student, 1);
        differing += found.contrasts[0][0].difference.differing;
        let is_told =
            |found: &Contrast| matches!(word(found), Some(Finding::Better | Finding::Worse));
        told += u64::from(found.contrasts[0].iter().any(is_told));
    }
    // They are two samples of one distribution, not one sample twice.
    assert!(differing > TABLES * RUNS / 2, "{differing}");
    let (share, n) = (0.05, TABLES as f64);
    let most = share * n + 4.0 * (share * (1.0 - share) * n).sqrt();
    println!("{told} of {TABLES} tables, at most {most:.1} expected; {differing} pairs differ");
    assert!(told as f64 <= most, "{told} of {TABLES} tables");
}

/// The words are not withheld from what does differ: pull takes 4526 ms, push 5378 (an exact Markov
/// chain, see src/validate).
#[test]
fn a_difference_known_not_to_be_zero_is_told() {
    let vary = ["--vary", "exchange.gossip.mode=push,pull", "--runs", "400"];
    let found = compared(&[&["sims/rounds.toml"], &vary[..]].concat());
    let difference = &line(&found, "exchange.gossip.mode=pull", "to_all_ms")["difference"];
    assert_eq!(difference["judgement"]["word"], "better");
    // Four standard errors, and a millisecond of a way more or less.
    let (mean, sd) = (difference["mean"].as_f64().unwrap(), difference["sd"].as_f64().unwrap());
    let off = (mean - (4526.236 - 5377.911)).abs();
    assert!(off < 4.0 * sd / 20.0 + 1.0, "{difference}");
}

/// Push-pull among eight takes 3.120963835 cycles in the mean (an exact Markov chain, see
/// src/validate); a time is of whole cycles of a second and a way or two of 1 ms.
#[test]
fn intervals_cover_the_mean() {
    const TABLES: u64 = 300;
    const RUNS: u64 = 60;
    const EXACT_MS: f64 = 3120.963835;
    let rows = rows("sims/rounds.toml", &["exchange.gossip.mode=push-pull"], (1, TABLES * RUNS));
    let whole = |time: Option<f64>| time.map(|ms| (ms / 1000.0).floor() * 1000.0);
    let times: Vec<_> = column(&rows, "to_all_ms").into_iter().map(whole).collect();
    let to_all = [metric("to_all_ms", None)];
    for method in [Method::Student, Method::Bca] {
        let covers = |times: &[Option<f64>]| {
            let found = Comparison::new(&[sample(vec![times.to_vec()])], &to_all, method, 1);
            let ci95 = found.estimates[0][0].ci95.unwrap();
            (ci95.low <= EXACT_MS && EXACT_MS <= ci95.high, ci95.high - ci95.low)
        };
        let tables = times.chunks(RUNS as usize).map(covers);
        let (covered, widths): (Vec<bool>, Vec<f64>) = tables.unzip();
        let share = covered.iter().filter(|covered| **covered).count() as f64 / TABLES as f64;
        let error = (0.95 * 0.05 / TABLES as f64).sqrt();
        let width = widths.iter().sum::<f64>() / TABLES as f64;
        println!("{method:?}: {share:.4} covered, mean width {width:.1} ms");
        assert!((share - 0.95).abs() <= 4.0 * error, "{method:?}: {share} of the intervals");
        // An sd of 600 ms (the chain's) and 60 runs: 2 x 2.001 x 600 / sqrt(60).
        assert!((width / 310.0 - 1.0).abs() < 0.05, "{method:?}: {width} ms wide");
    }
}

#[test]
fn nothing_is_said_of_times_where_not_the_same_reached_all() {
    let to_all =
        [metric("to_all_ms", None), metric("messages", None), metric("last_arrival_ms", None)];
    let first = sample(vec![about(9.0), about(9.0), about(9.0)]);
    let mut other = sample(vec![about(5.0), about(5.0), about(5.0)]);
    let found = Comparison::new(&[first.clone(), other.clone()], &to_all, Method::Student, 1);
    assert!(found.contrasts[0].iter().all(|found| word(found) == Some(Finding::Better)));
    assert_eq!(found.front.as_ref().unwrap().dominated_by, [Some(1), None]);
    other.incomplete[7] = 1.0;
    let found = Comparison::new(&[first, other], &to_all, Method::Student, 1);
    for time in [0, 2] {
        assert_eq!(word(&found.contrasts[0][time]), None);
        assert_eq!(found.contrasts[0][time].withheld, Some(Withheld::IncompleteDiffers(1)));
    }
    assert_eq!(word(&found.contrasts[0][1]), Some(Finding::Better));
    // What is not compared by one metric is dominated by nobody.
    assert_eq!(found.front.as_ref().unwrap().dominated_by, [None, None]);
}

/// Under the bootstrap's heading the differences are the bootstrap's too, of the pairs.
#[test]
fn differences_have_the_interval_that_is_asked_for() {
    let skewed: Vec<Option<f64>> =
        (0..24).map(|run| Some(libm::exp(f64::from(run) / 5.0))).collect();
    let first = sample(vec![vec![Some(1.0); 24]]);
    let other = sample(vec![skewed.clone()]);
    let samples = [first, other];
    let metrics = [metric("to_all_ms", None)];
    let [student, bca] = [Method::Student, Method::Bca].map(|method| {
        Comparison::new(&samples, &metrics, method, 7).contrasts[0][0].difference.ci95.unwrap()
    });
    let differences: Vec<f64> = skewed.into_iter().flatten().map(|value| value - 1.0).collect();
    let by = Bootstrap { seed: 7, ..Bootstrap::default() };
    assert_eq!(Some(bca), statistics::bca(&differences, Statistic::Mean, 0.95, by));
    let mean = differences.iter().sum::<f64>() / 24.0;
    assert!((student.high - mean - (mean - student.low)).abs() < 1e-9);
    assert!(bca.high - mean > 1.1 * (mean - bca.low), "skewed to the right: {bca:?}");
}

/// Every time of an item is withheld so, and what is no time of an item is not.
#[test]
fn times_of_items_are_those_that_are_withheld() {
    let of_items = |column: &&Column| column.is_of_what_arrived();
    let names: Vec<_> = COLUMNS.iter().filter(of_items).map(|column| column.name).collect();
    let times =
        ["to_first_ms", "to_half_ms", "to_90_ms", "to_all_ms", "mean_arrival_ms", "floor_ms"];
    assert_eq!(names, [&times[..], &["stretch", "aoi_ms", "last_arrival_ms"]].concat());
}

#[test]
fn nothing_is_said_where_values_are_missing_or_nothing_is_wanted() {
    let metrics = [metric("completed_ms", None), metric("items", None)];
    let mut first = sample(vec![about(9.0), about(9.0)]);
    let other = sample(vec![about(5.0), about(5.0)]);
    (first.values[0][3], first.values[0][4]) = (None, None);
    let found = Comparison::new(&[first, other], &metrics, Method::Student, 1);
    let [completed, items] = &found.contrasts[0][..] else { panic!("two metrics") };
    assert_eq!((word(completed), completed.withheld), (None, Some(Withheld::ValuesMissing(2))));
    assert_eq!((word(items), items.withheld), (None, Some(Withheld::NoAim)));
    assert_eq!(found.front.as_ref().unwrap().dominated_by, [None, None]);
}

#[test]
fn who_is_better_by_one_and_no_worse_by_the_rest_dominates() {
    let metrics =
        [metric("to_all_ms", Some(0.01)), metric("messages", Some(0.01)), metric("items", None)];
    let choice = |time, messages, items| sample(vec![about(time), about(messages), about(items)]);
    let samples = [
        choice(1000.0, 100.0, 5.0),
        // Faster for more messages.
        choice(500.0, 200.0, 5.0),
        // As the first, and slower; that it publishes more is neither good nor bad.
        choice(1100.0, 100.0, 9.0),
        // As fast as the second within the floor, and dearer.
        choice(499.0, 300.0, 5.0),
    ];
    let found = Comparison::new(&samples, &metrics, Method::Student, 1);
    assert_eq!(found.front.as_ref().unwrap().dominated_by, [None, None, Some(0), Some(1)]);
    assert_eq!(found.front.as_ref().unwrap().left().collect::<Vec<_>>(), [0, 1]);
    // Without a floor it is faster by 1 ms.
    let metrics = metrics.map(|metric| Metric { floor: None, ..metric });
    let found = Comparison::new(&samples, &metrics, Method::Student, 1);
    assert_eq!(found.front.as_ref().unwrap().dominated_by, [None, None, Some(0), None]);
}

/// Choices and a horizon that leave some of each to say: who is dominated, and what is not compared.
const LOSSY: [&str; 9] = [
    "sims/rounds.toml",
    "--vary",
    "exchange=gossip,mesh",
    "--vary",
    "network.loss=0,0.2",
    "--metrics",
    "to_all_ms,messages,coverage,items",
    "--set",
    "horizon=12s",
];

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let until = ["--until", "messages ±2%"];
    for more in [&["--runs", "33"][..], &["--runs", "33", "--json"], &["--csv"], &until] {
        let threads = |count: &str| {
            let output = zonesim(&[&["compare"], &LOSSY[..], more, &["--threads", count]].concat());
            assert!(output.status.success(), "{more:?}: {}", text(&output.stderr));
            (text(&output.stdout), text(&output.stderr))
        };
        let one = threads("1");
        assert!(one.0.len() > 500, "{}", one.0);
        assert_eq!(one, threads("2"), "{more:?}");
        assert_eq!(one, threads("7"), "{more:?}");
    }
}

/// Whether two texts are one, or one number: what reads JSON here may miss its last bit.
fn is_same(one: &str, other: &str) -> bool {
    match (one.parse::<f64>(), other.parse::<f64>()) {
        (Ok(one), Ok(other)) => (one - other).abs() <= 1e-14 * one.abs(),
        _ => one == other,
    }
}

/// The same numbers and words in all three, each in its way.
#[test]
fn json_csv_and_the_table_agree() {
    let found = compared(&[&LOSSY[..], &["--runs", "50"]].concat());
    let shown = |more: &[&str]| {
        text(&zonesim(&[&["compare"], &LOSSY[..], &["--runs", "50"], more].concat()).stdout)
    };
    let (sheet, table) = (shown(&["--csv"]), shown(&[]));
    let mut reader = csv::Reader::from_reader(sheet.as_bytes());
    let mut rows = reader.deserialize::<std::collections::BTreeMap<String, String>>();
    let number = |value: &Value| value.as_f64().map_or(String::new(), |value| value.to_string());
    for choice in found["choices"].as_array().unwrap() {
        let name = choice["name"].as_str().unwrap();
        for line in choice["metrics"].as_array().unwrap() {
            let row = rows.next().unwrap().unwrap();
            let difference = &line["difference"];
            let judgement = &difference["judgement"];
            let expected = [
                ("choice", name.to_owned()),
                ("metric", line["metric"].as_str().unwrap().to_owned()),
                ("unit", line["unit"].as_str().unwrap().to_owned()),
                ("n", line["n"].to_string()),
                ("mean", number(&line["mean"])),
                ("sd", number(&line["sd"])),
                ("low", number(&line["ci95"]["low"])),
                ("high", number(&line["ci95"]["high"])),
                ("pairs", number(&difference["n"])),
                ("difference", number(&difference["mean"])),
                ("difference_low", number(&difference["ci95"]["low"])),
                ("difference_high", number(&difference["ci95"]["high"])),
                ("p", number(&judgement["p"])),
                ("p_within", number(&judgement["p_within"])),
                ("more_needed", number(&judgement["more"])),
                ("dominated_by", choice["dominated_by"].as_str().unwrap_or_default().to_owned()),
            ];
            for (key, value) in expected {
                assert!(is_same(&row[key], &value), "{key} is {value} and {}: {row:?}", row[key]);
            }
            let word = match (&difference["withheld"], judgement["word"].as_str()) {
                (Value::Null, None) => "",
                (Value::Null, Some("no-difference")) => "no difference beyond the floor",
                (Value::Null, Some("not-told-apart")) => "not told apart",
                (Value::Null, Some(word)) => word,
                _ => "not compared",
            };
            assert_eq!(row["word"], word, "{row:?}");
        }
        let by = choice["dominated_by"].as_str();
        let is_dominated = |line: &str| line.starts_with(&format!("dominated: {name} by "));
        let told: Vec<_> = table.lines().filter(|line| is_dominated(line)).collect();
        assert_eq!(told.len(), usize::from(by.is_some()), "{table}");
    }
    assert!(rows.next().is_none());
    // A word of each sort, so that all of them were held to each other.
    for word in ["better", "worse", "no difference", "not compared"] {
        assert!(sheet.contains(word), "no {word}:\n{sheet}");
    }
    assert!(table.contains("\ndominated: "), "{table}");
}
