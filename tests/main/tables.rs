//! The tables of a sweep hold what `run` measures, and others can read them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::common::sweeps::{RUNS, command, errors, file, files, folder, sheet, swept};
use crate::common::this_program;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use xxhash_rust::xxh3::xxh3_128;
use zonesim::cli;
use zonesim::id::Item;
use zonesim::metrics::METRICS;
use zonesim::protocol::coordination;
use zonesim::protocol::exchange::{Deliver, Publish};
use zonesim::protocol::{
    Input, NamedProtocol, NodeView, Out, Protocol, ProtocolInfo, WireMessage, WithBuiltin,
};
use zonesim::time::NanoDuration;

/// A table as CSV has it, its cells by the kinds that `sweep.json` tells.
struct Lines {
    columns: Vec<(String, String)>,
    rows: Vec<Vec<Value>>,
}

impl Lines {
    fn read(out: &Path) -> Self {
        let meta = meta(out);
        let word = |column: &Value, key: &str| column[key].as_str().unwrap().to_owned();
        let columns = meta["columns"].as_array().unwrap().iter();
        let columns: Vec<_> =
            columns.map(|column| (word(column, "name"), word(column, "kind"))).collect();
        let mut reader = csv::Reader::from_path(out.join("runs.csv")).unwrap();
        let names: Vec<_> = reader.headers().unwrap().iter().map(str::to_owned).collect();
        assert!(names.iter().eq(columns.iter().map(|(name, _)| name)));
        let cell = |(text, (name, kind)): (&str, &(String, String))| match kind.as_str() {
            "text" => json!(text),
            _ if text.is_empty() => Value::Null,
            "whole" => json!(text.parse::<i64>().unwrap_or_else(|_| panic!("{name}: {text}"))),
            "number" => json!(text.parse::<f64>().unwrap()),
            _ => json!(text.parse::<bool>().unwrap()),
        };
        let row = |record: Result<csv::StringRecord, _>| {
            record.unwrap().iter().zip(&columns).map(cell).collect()
        };
        let rows = reader.records().map(row).collect();
        Self { columns, rows }
    }

    fn cell(&self, row: usize, name: &str) -> &Value {
        let column = self.columns.iter().position(|(column, _)| column == name);
        &self.rows[row][column.unwrap_or_else(|| panic!("no column {name}"))]
    }
}

fn meta(out: &Path) -> Value {
    serde_json::from_slice(&fs::read(out.join("sweep.json")).unwrap()).unwrap()
}

#[test]
fn a_row_is_what_run_measures() {
    let here = folder("rows");
    let (file, out) = (sheet(&here), here.join("out"));
    swept(&file, &out, &[]);
    let lines = Lines::read(&out);
    assert_eq!(lines.rows.len(), RUNS);
    for row in (0..RUNS).step_by(17).chain([RUNS - 1]) {
        let cell = |name| lines.cell(row, name);
        // Every point once with a seed before any with the next.
        assert_eq!(cell("point").as_u64().unwrap(), row as u64 % 8);
        assert_eq!(cell("seed").as_u64().unwrap(), 40 + row as u64 / 8);
        let way = cell("way").as_str().unwrap();
        let mode = if way == "push, \"only\"" { "push" } else { "push-pull" };
        assert!(mode == "push" || way == "push\\nand 'pull'", "{way}");
        let sets = [
            "zones.generate=12".into(),
            format!("network.loss={}", cell("network.loss")),
            format!("horizon={}ms", cell("horizon_ms").as_f64().unwrap()),
            format!("exchange.gossip.mode={mode}"),
        ];
        let seed = cell("seed").to_string();
        let mut run = command(&["run", "sims/rounds.toml", "--json", "--seed", &seed]);
        for set in &sets {
            run.args(["--set", set]);
        }
        let output = run.output().unwrap();
        assert!(output.status.success(), "{}", errors(&output));
        // Each metric as it is written: serde_json reads numbers to within a bit.
        let run = String::from_utf8(output.stdout).unwrap();
        for column in METRICS {
            let (_, alone) = run.split_once(&format!("\"{}\":", column.name)).unwrap();
            let alone = &alone[..alone.find([',', '}']).unwrap()];
            let ours = cell(column.name).as_f64();
            assert_eq!(ours, alone.parse().ok(), "row {row}, {}: {alone}", column.name);
            assert_eq!(ours.is_none(), alone == "null");
        }
        assert_eq!(cell("failed"), false);
    }
}

#[test]
fn sweep_json_says_what_the_tables_are() {
    let here = folder("meta");
    let (file, out) = (sheet(&here), here.join("out"));
    swept(&file, &out, &["network.loss=0.5", "seeds.count=3"]);
    let meta = meta(&out);
    assert_eq!(meta["zonesim"], env!("CARGO_PKG_VERSION"));
    let command = format!("zonesim sweep {file} 'network.loss=0.5' 'seeds.count=3'");
    assert_eq!(meta["command"], command);
    assert_eq!(meta["seeds"], json!({ "base": 40, "count": 3 }));
    assert_eq!(
        (&meta["points"], &meta["rows"], &meta["failed"]),
        (&json!(4), &json!(12), &json!(0))
    );
    assert_eq!(meta["axes"][1]["levels"], json!(["4500ms", "1min"]));
    assert_eq!(meta["axes"][1]["column"], "horizon_ms");
    for table in ["runs.csv", "runs.parquet", "points.csv"] {
        let bytes = fs::read(out.join(table)).unwrap();
        assert_eq!(meta["digests"][table], format!("{:032x}", xxh3_128(&bytes)));
    }
    let column = |name: &str| {
        let columns = meta["columns"].as_array().unwrap();
        columns.iter().find(|column| column["name"] == name).unwrap().clone()
    };
    assert_eq!(column("network.loss")["kind"], "number");
    assert_eq!(column("messages")["unit"], "count");
    assert_eq!(column("messages")["kind"], "whole");
    assert!(column("to_all_ms")["definition"].is_string());
    assert_eq!(column("to_half_ms")["counted_by"], "reached_half");
    assert_eq!(column("reached_half")["kind"], "whole");
}

/// A sweep whose table takes more than one group of rows, with a column of each kind.
const LARGE: &str = r#"scenario = "ROOT/sims/rounds.toml"
set = ["horizon=3s"]
seeds.count = 5000
[axes]
"exchange.use" = ["gossip", "mesh"]
"network.loss" = [0.0, 0.5]
"#;

#[test]
fn columns_read_back_are_the_lines() {
    let here = folder("parquet");
    for (text, out, groups) in [(LARGE, "large", 2), ("", "small", 1)] {
        let (file, out) =
            (if text.is_empty() { sheet(&here) } else { file(&here, text) }, here.join(out));
        swept(&file, &out, &[]);
        let lines = Lines::read(&out);
        let table = fs::File::open(out.join("runs.parquet")).unwrap();
        let table = SerializedFileReader::new(table).unwrap();
        assert_eq!(table.metadata().num_row_groups(), groups);
        let mut rows = 0;
        for (row, line) in table.get_row_iter(None).unwrap().zip(&lines.rows) {
            let row = row.unwrap();
            let cells = row.get_column_iter().map(|(name, field)| (name.as_str(), plain(field)));
            let names = lines.columns.iter().map(|(name, _)| name.as_str());
            assert!(cells.eq(names.zip(line.iter().cloned())), "{row} is not {line:?}");
            rows += 1;
        }
        assert_eq!(rows, lines.rows.len());
    }
}

fn plain(field: &Field) -> Value {
    match field {
        Field::Null => Value::Null,
        Field::Bool(truth) => json!(truth),
        Field::Long(number) => json!(number),
        Field::Double(number) => json!(number),
        Field::Str(text) => json!(text),
        other => panic!("{other:?}"),
    }
}

/// What others read: `ZONESIM_PYTHON`, or `python3`, with pandas, pyarrow, polars or DuckDB.
#[test]
fn others_read_the_same() {
    let here = folder("others");
    let (file, out) = (sheet(&here), here.join("out"));
    swept(&file, &out, &[]);
    let lines = Lines::read(&out);
    let python = std::env::var("ZONESIM_PYTHON").unwrap_or_else(|_| "python3".into());
    let script = crate::common::root().join("tests/main/tables/read.py");
    let output = Command::new(&python).arg(script).arg(out.join("runs.parquet")).output();
    let output = match output {
        Ok(output) => output,
        Err(error) => return println!("skipped: {python}: {error}"),
    };
    assert!(output.status.success(), "{}", errors(&output));
    let text = String::from_utf8(output.stdout).unwrap();
    if text.is_empty() {
        return println!("skipped: {python} has no pandas, pyarrow, polars or duckdb");
    }
    for read in text.lines() {
        let read: Value = serde_json::from_str(read).unwrap();
        let reader = &read["reader"];
        println!("{reader}");
        assert_eq!(read["columns"], json!(lines.columns), "{reader}");
        let rows = read["rows"].as_array().unwrap();
        assert_eq!(rows.len(), lines.rows.len(), "{reader}");
        for (row, line) in rows.iter().zip(&lines.rows) {
            let cells = row.as_array().unwrap().iter().zip(line).zip(&lines.columns);
            for ((theirs, ours), (name, kind)) in cells {
                let same = match theirs.as_str() {
                    Some(number) if kind != "text" => number.parse().ok() == ours.as_f64(),
                    _ => theirs == ours,
                };
                assert!(same, "{reader}: {name} is {theirs}, not {ours}");
            }
        }
    }
}

/// Set, the liar is as one that was built anew, of other lines: it sends more where its settings are as
/// this says, such as `left=2`; or everywhere.
const REBUILT: &str = "ZONESIM_LIAR_REBUILT";

/// Says that it has learnt what nobody published, if its settings want it to and its zone is the third.
struct Liar {
    lies: bool,
    is_third: bool,
    /// Its settings as [`REBUILT`] has them.
    levels: [String; 2],
}

#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    lies: bool,
    left: u8,
    right: u8,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Word;

impl WireMessage for Word {}

impl Protocol for Liar {
    type Message = Word;
    type Timer = ();
    type Input = Publish;
    type Output = Deliver;

    fn handle(&mut self, input: Input<Self>, out: &mut Out<'_, Self>) {
        if !matches!(input, Input::Start) {
            return;
        }
        if self.lies && self.is_third {
            out.deliver(Item(77));
        }
        let is_other = |rebuilt: String| rebuilt.is_empty() || self.levels.contains(&rebuilt);
        if std::env::var(REBUILT).is_ok_and(is_other) {
            let next = out.view().peers().next().unwrap();
            out.send(next, Word);
        }
    }
}

impl NamedProtocol for Liar {
    type Params = Settings;
    const INFO: ProtocolInfo = ProtocolInfo { name: "liar", about: "lies", ..ProtocolInfo::EMPTY };

    fn new(settings: &Settings, site: &NodeView, _resolution: NanoDuration) -> Self {
        let levels = [("left", settings.left), ("right", settings.right)];
        let levels = levels.map(|(key, level)| format!("{key}={level}"));
        Self { lies: settings.lies, is_third: site.me.0 == 2, levels }
    }
}

/// Not a test: this program as one with a protocol of its own, for the test below.
#[test]
#[ignore = "a program for another test"]
fn program_of_a_liar() {
    if let Ok(arguments) = std::env::var("ZONESIM_LIAR") {
        let arguments: Vec<String> = serde_json::from_str(&arguments).unwrap();
        let exit = cli::run_on::<(WithBuiltin<Liar>, coordination::Builtin)>(
            arguments.into_iter().map(Into::into),
        );
        std::process::exit(exit as i32);
    }
}

/// The program with the liar: its exit code and what it says on standard error.
fn liar(arguments: &[&str], rebuilt: Option<&str>) -> (Option<i32>, String) {
    let arguments = [&["zonesim"], arguments].concat();
    let mut program = this_program(module_path!(), "program_of_a_liar");
    program.env("ZONESIM_LIAR", json!(arguments).to_string());
    program.envs(rebuilt.map(|rebuilt| (REBUILT, rebuilt)));
    let output = program.output().unwrap();
    (output.status.code(), errors(&output))
}

#[test]
fn a_violation_is_marked_and_reproduced() {
    let here = folder("liar");
    let text = r#"scenario = "a liar's.toml"
set = ['exchange.use="liar"']
seeds = { base = 7, count = 3 }
[axes]
"exchange.liar.lies" = [false, true]
about = ['it''s', "plain"]
"#
    .replace("'it''s'", "\"it's\"");
    let file = file(&here, &text);
    fs::write(here.join("a liar's.toml"), "zones.generate = 3\nhorizon = \"1s\"\n").unwrap();
    let out = here.join("out");
    let sweep = ["sweep", &file, "--out", out.to_str().unwrap()];
    let (code, said) = liar(&sweep, None);
    assert_eq!(code, Some(8), "{said}");
    assert!(said.contains("an invariant did not hold in 6 runs"), "{said}");
    // Told again by who goes on and finds all done.
    assert_eq!(liar(&sweep, None).0, Some(8));
    let before = files(&out);
    let (code, other) = liar(&sweep, Some(""));
    assert!(code == Some(4) && other.contains("does not measure what"), "{code:?} {other}");
    assert!(files(&out) == before);
    let lines = Lines::read(&out);
    for row in 0..lines.rows.len() {
        assert_eq!(lines.cell(row, "failed"), lines.cell(row, "exchange.liar.lies"));
    }
    assert_eq!(meta(&out)["failed"], 6);
    // The line that shows it again, as a shell reads it.
    let line = said.lines().find_map(|line| line.strip_prefix("reproduce: zonesim ")).unwrap();
    let script = format!("printf '%s\\n' {line}");
    let words = Command::new("sh").args(["-c", &script]).output();
    let Ok(words) = words else { return println!("skipped: no shell to read {line}") };
    let words = String::from_utf8(words.stdout).unwrap();
    let words: Vec<_> = words.lines().collect();
    let (code, again) = liar(&words, None);
    assert_eq!(code, Some(8), "{words:?}: {again}");
    assert!(again.contains("an invariant did not hold, found at"), "{again}");
    let seeds: BTreeMap<_, _> = words.windows(2).map(|pair| (pair[0], pair[1])).collect();
    assert_eq!(seeds["--seed"], "7");
}

#[test]
fn a_program_that_differs_at_one_level_goes_on_with_no_sweep_of_another() {
    let here = folder("one-level");
    let text = r#"scenario = "world.toml"
set = ['exchange.use="liar"']
seeds.count = 2
[axes]
"exchange.liar.left" = [0, 1, 2]
"exchange.liar.right" = [0, 1, 2, 3, 4]
"#;
    let file = file(&here, text);
    fs::write(here.join("world.toml"), "zones.generate = 3\nhorizon = \"1s\"\n").unwrap();
    let out = here.join("out");
    let sweep = ["sweep", &file, "--out", out.to_str().unwrap()];
    let (code, said) = liar(&sweep, None);
    assert_eq!(code, Some(0), "{said}");
    let before = files(&out);
    for (axis, levels) in [("left", 3), ("right", 5)] {
        for level in 0..levels {
            let (code, said) = liar(&sweep, Some(&format!("{axis}={level}")));
            assert!(code == Some(4) && said.contains("does not measure what"), "{code:?} {said}");
            // The run that is named is one at that level.
            assert!(
                said.contains(&format!("exchange.liar.{axis}={level}")),
                "{axis} {level}: {said}"
            );
            assert!(files(&out) == before, "{axis} {level}");
        }
    }
    // One that differs at a level which the sweep has not is the same to it.
    let (code, said) = liar(&sweep, Some("right=5"));
    assert_eq!(code, Some(0), "{said}");
    assert!(files(&out) == before);
}
