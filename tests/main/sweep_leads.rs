//! `leads.csv`: what became of each lead of each run of a sweep.

use std::fs;
use std::path::Path;

use crate::common::sweeps::{errors, file, folder, sweep, swept};

/// Two zones 50 ms apart; a lead about the member of b, seen by a, and one seen by b itself.
const WORLD: &str = r#"
horizon = "1min"
[zones]
a = {}
b = { labs = 1 }
[desk]
fusion = "home"
[network]
latency = "50ms"
[workload]
use = "organisation"
[workload.organisation]
members = 1
homes = ["b"]
leads = [
    { at = "1s", from = "a", about = 0 },
    { at = "2s", from = "b", about = 0 },
]
corroboration = 2
assessment = { constant = "3s" }
"#;

fn read(folder: &Path, name: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().from_path(folder.join(name)).unwrap();
    let rows = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect());
    rows.collect()
}

/// The lead of a reaches b after 50 ms, before b sees its own. b assesses them one after the other.
#[test]
fn a_row_per_lead_as_computed_by_hand() {
    let here = folder("hand");
    fs::write(here.join("world.toml"), WORLD).unwrap();
    let axes = "[axes]\nlatency = { path = \"network.latency\", values = [\"50ms\", \"4s\"] }\n";
    let scenario = "scenario = \"world.toml\"\nseeds = { base = 7, count = 1 }\n";
    let out = here.join("out");
    swept(&file(&here, &format!("{scenario}{axes}")), &out, &["--leads"]);
    let text = fs::read_to_string(out.join("leads.csv")).unwrap();
    assert_eq!(
        text,
        "point,latency_ms,seed,lead,member,is_false,kind,source,origin,points_to,sign_ms,seen_ms,\
         home_ms,lead_to_home_ms,assessed_ms\n\
         0,50,7,0,0,false,propaganda,monitoring,a,b,1000,1000,1050,50,4050\n\
         0,50,7,1,0,false,propaganda,monitoring,b,b,2000,2000,2000,0,7050\n\
         1,4000,7,0,0,false,propaganda,monitoring,a,b,1000,1000,5000,4000,8000\n\
         1,4000,7,1,0,false,propaganda,monitoring,b,b,2000,2000,2000,0,5000\n"
    );
}

/// The leads of a run add up to its row, with any number of threads, and after more seeds.
#[test]
fn the_leads_of_a_run_are_those_of_its_row() {
    let here = folder("sums");
    let text = "scenario = \"ROOT/sims/xiamen-2019.toml\"\nseeds.count = 3\n\
                set = [\"horizon=12h\"]\n[axes]\n\"exchange.use\" = [\"mesh\", \"hub\"]\n";
    let (file, one, three) = (file(&here, text), here.join("1"), here.join("3"));
    swept(&file, &one, &["--leads", "--threads", "1", "seeds.count=2"]);
    let said = swept(&file, &one, &[]);
    assert!(said.contains("leads.csv stays as it is; --leads makes it again"), "{said}");
    swept(&file, &one, &["--leads", "--threads", "1"]);
    swept(&file, &three, &["--leads", "--threads", "3"]);
    let name = "leads.csv";
    assert!(fs::read(one.join(name)).unwrap() == fs::read(three.join(name)).unwrap());
    let head = fs::read_to_string(one.join("runs.csv")).unwrap();
    let head: Vec<_> = head.lines().next().unwrap().split(',').map(str::to_owned).collect();
    let column = |name: &str| head.iter().position(|column| column == name).unwrap();
    let leads = read(&one, name);
    let rows = read(&one, "runs.csv");
    assert_eq!(rows.len(), 6);
    for row in &rows {
        let of_run = leads.iter().filter(|lead| lead[0] == row[0] && lead[2] == row[2]);
        let home: Vec<f64> = of_run
            .clone()
            .filter(|lead| !lead[12].is_empty())
            .map(|lead| lead[13].parse().unwrap())
            .collect();
        assert_eq!(row[column("leads_seen")], of_run.count().to_string());
        assert_eq!(row[column("leads_home")], home.len().to_string());
        let mean = home.iter().sum::<f64>() / home.len() as f64;
        let told: f64 = row[column("lead_to_home_ms")].parse().unwrap();
        assert!((mean - told).abs() <= 1e-9 * told && told > 0.0, "{mean}, {told}");
    }
}

/// A file of somebody else stays.
#[test]
fn a_file_of_that_name_is_not_overwritten() {
    let here = folder("other");
    fs::write(here.join("world.toml"), WORLD).unwrap();
    let out = here.join("out");
    fs::create_dir(&out).unwrap();
    fs::write(out.join("leads.csv"), "mine\n").unwrap();
    let output = sweep(&file(&here, "scenario = \"world.toml\"\n"), &out, &["--leads"]);
    assert_eq!(output.status.code(), Some(4));
    assert!(errors(&output).contains("was not written by this program"), "{}", errors(&output));
    assert_eq!(fs::read_to_string(out.join("leads.csv")).unwrap(), "mine\n");
}

/// What was edited since stays too, also after a sweep that does not make the table.
#[test]
fn an_edited_table_is_not_overwritten() {
    let here = folder("edited");
    fs::write(here.join("world.toml"), WORLD).unwrap();
    let (file, out) =
        (file(&here, "scenario = \"world.toml\"\nseeds.count = 2\n"), here.join("out"));
    swept(&file, &out, &["--leads"]);
    let path = out.join("leads.csv");
    let edited = fs::read_to_string(&path).unwrap() + "a note\n";
    fs::write(&path, &edited).unwrap();
    for _ in 0..2 {
        let output = sweep(&file, &out, &["--leads"]);
        assert_eq!(output.status.code(), Some(4));
        assert!(errors(&output).contains("was changed after"), "{}", errors(&output));
        assert_eq!(fs::read_to_string(&path).unwrap(), edited);
        swept(&file, &out, &[]);
    }
    swept(&file, &out, &["--leads", "--overwrite"]);
    assert_ne!(fs::read_to_string(&path).unwrap(), edited);
}
