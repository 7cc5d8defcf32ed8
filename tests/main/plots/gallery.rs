//! Pictures of every kind, of data made up from a seed: what the tests check and people look at.

use zonesim::report::plot::{
    Axis, Categories, Distributions, Estimate, Figure, HeatMap, Intervals, Lines, Metric, Panel,
    Sample, Series,
};

/// Numbers from a seed: splitmix64.
pub struct Numbers(pub u64);

impl Numbers {
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to 1.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub fn below(&mut self, end: usize) -> usize {
        (self.bits() % end as u64) as usize
    }

    /// About 0, of variance 1.
    pub fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }
}

pub fn about(mean: f64, half: f64) -> Option<Estimate> {
    Some(Estimate { mean, low: mean - half, high: mean + half })
}

fn picture(title: &str, subtitle: &str, footnote: &str, panels: Vec<Panel>) -> Figure {
    let [title, subtitle, footnote] = [title, subtitle, footnote].map(String::from);
    Figure { title, subtitle, footnote, panels }
}

pub fn compare() -> Figure {
    let metrics = vec![
        Metric {
            axis: Axis::linear("to_all_ms", "ms"),
            values: vec![about(142.625, 0.0), about(176.5, 1.2), about(3131.0, 290.0), None],
        },
        Metric {
            axis: Axis::linear("messages", "count"),
            values: vec![
                about(112.0, 0.0),
                about(128.0, 0.4),
                about(456.0, 18.0),
                about(301.0, 7.0),
            ],
        },
        Metric {
            axis: Axis::linear("captured_share", "share"),
            values: vec![about(0.71, 0.03), about(0.66, 0.04), about(0.52, 0.05), about(0.0, 0.0)],
        },
    ];
    let choices = ["mesh", "hub", "gossip", "flood over a ring that is cut"].map(String::from);
    picture(
        "What does going through Tashkent cost?",
        "sims/leads-2019.toml, exchange.use",
        "zonesim compare sims/leads-2019.toml --of exchange.use=mesh,hub,gossip --runs 1000; \
         seeds 1 to 1000; mean and 95 % interval (Student's t) over the runs that had a value",
        vec![Panel::Intervals(Intervals { choices: choices.into(), metrics })],
    )
}

pub fn thirty() -> Figure {
    let mut numbers = Numbers(30);
    let mut choices = Vec::new();
    let mut values = Vec::new();
    for exchange in ["mesh", "hub", "gossip", "flood", "plumtree"] {
        for loss in ["0", "0.02", "0.1"] {
            for act in ["independent", "two-phase"] {
                choices.push(format!(
                    "exchange.use={exchange}, network.loss={loss}, coordination.use={act}"
                ));
                let mean = 150.0 + 2000.0 * numbers.unit();
                let half = 20.0 + 180.0 * numbers.unit();
                values.push(about(mean, half).filter(|_| numbers.unit() > 0.1));
            }
        }
    }
    let metric = Metric { axis: Axis::linear("to_all_ms", "ms"), values };
    picture(
        "Thirty worlds: five ways to exchange, three shares of loss, two ways to act together",
        "sims/rounds.toml",
        "zonesim sweep sims/rounds.toml; 200 runs each, seeds 1 to 200; 95 % intervals",
        vec![Panel::Intervals(Intervals { choices, metrics: vec![metric] })],
    )
}

pub fn distributions() -> Figure {
    let mut numbers = Numbers(7);
    let mut sample = |label: &str, mean: f64, sd: f64, runs: usize, missing: usize| Sample {
        label: label.into(),
        values: (0..runs - missing).map(|_| mean + sd * numbers.normal()).collect(),
        missing,
    };
    let choices = vec![
        sample("exchange.use=gossip", 3131.0, 420.0, 1000, 0),
        sample("exchange.use=plumtree", 1900.0, 300.0, 1000, 120),
        sample("exchange.use=flood", 1500.0, 90.0, 50, 0),
        sample("exchange.use=mesh", 1400.0, 0.0, 1000, 700),
    ];
    picture(
        "Gossip is slower than Plumtree, but never fails",
        "sims/rounds.toml, network.loss = 0.05",
        "zonesim compare sims/rounds.toml --runs 1000; seeds 1 to 1000",
        vec![Panel::Distributions(Distributions {
            axis: Axis::linear("to_all_ms", "ms"),
            choices,
        })],
    )
}

pub fn lines(log: bool) -> Figure {
    let mut numbers = Numbers(3);
    let lengths = [1.0, 2.0, 5.0, 10.0, 20.0, 60.0, 120.0, 300.0, 600.0];
    let mut series = Vec::new();
    for (label, fall) in [("mesh", 0.0011), ("hub", 0.0012), ("gossip", 0.0007)] {
        let mut points = Vec::new();
        for x in lengths {
            let mean = 0.82 - fall * x + 0.01 * numbers.normal();
            let value = about(mean, 0.02 + 0.02 * numbers.unit());
            points.push((x, value.filter(|_| label != "hub" || x != 300.0)));
        }
        series.push(Series { label: format!("exchange.use={label}"), points });
    }
    let x = if log { Axis::log } else { Axis::linear };
    let y = Axis::linear("captured_share", "share");
    let panel = Panel::Lines(Lines { x: x("length of the partition", "min"), y, series });
    picture(
        "How long may a partition last before the capture fails?",
        "sims/leads-2019.toml, fault.0.for",
        "zonesim sweep sims/leads-2019.toml; 400 runs each, seeds 1 to 400; mean and 95 % interval",
        vec![panel],
    )
}

pub fn many_lines() -> Figure {
    let mut numbers = Numbers(11);
    let mut series = Vec::new();
    for number in 0..12 {
        let base = 100.0 * (1.0 + f64::from(number));
        let mut points = Vec::new();
        for loss in [0.0, 0.001, 0.01, 0.05, 0.1, 0.2] {
            let mean = base * (1.0 + 12.0 * loss) + 4.0 * numbers.normal();
            points.push((loss, about(mean, 0.06 * mean)));
        }
        series.push(Series { label: format!("gossip.fanout={}, loss drawn", number + 1), points });
    }
    let (x, y) = (Axis::log("network.loss", "share"), Axis::log("to_all_ms", "ms"));
    picture(
        "Twelve series, both axes by factors, one of them with a zero",
        "",
        "made up from a seed",
        vec![Panel::Lines(Lines { x, y, series })],
    )
}

pub fn heat(columns: usize, rows: usize) -> Figure {
    let mut numbers = Numbers(5);
    let names = |count: usize, step: f64| {
        (0..count).map(move |n| format!("{}", (n as f64 * step * 100.0).round() / 100.0))
    };
    let mut cells = Vec::new();
    for row in 0..rows {
        for column in 0..columns {
            let time = 4000.0 * (1.0 + column as f64 / columns as f64) / (1.0 + row as f64 / 2.0);
            let value = time * (1.0 + 0.02 * numbers.normal());
            cells.push(Some(value).filter(|_| numbers.unit() > 0.03));
        }
    }
    let x =
        Categories { label: "network.loss (share)".into(), names: names(columns, 0.05).collect() };
    let y = Categories { label: "gossip.fanout".into(), names: names(rows, 1.0).collect() };
    let axis = if columns > 20 { Axis::log } else { Axis::linear };
    let value = axis("to_all_ms", "ms");
    picture(
        "Time to all: fan-out buys back what loss costs",
        "sims/rounds.toml, network.loss by gossip.fanout",
        "zonesim sweep sims/rounds.toml; 100 runs each, seeds 1 to 100; means over the runs that had a value",
        vec![Panel::HeatMap(HeatMap { x, y, value, cells })],
    )
}

pub fn stacked() -> Figure {
    let mut whole = compare();
    whole.panels.extend(distributions().panels);
    whole.panels.extend(lines(true).panels);
    whole
}

/// From 1e-9 to 1e12, alike to the last digit, alone.
pub fn extremes() -> Figure {
    let values = [1e-9, 1e-3, 1.0, 1e3, 1e6, 1e12].map(|mean| about(mean, mean / 2.0)).to_vec();
    let choices = ["nano", "milli", "one", "kilo", "mega", "tera"].map(String::from).to_vec();
    let alike = [1e12, 1e12 + 1.0, 1e12 + 2.0].map(|mean| about(mean, 0.25)).to_vec();
    let equal = vec![about(0.7, 0.0); 6];
    let metrics = vec![
        Metric { axis: Axis::log("by factors", "ms"), values: values.clone() },
        Metric { axis: Axis::linear("evenly", "ms"), values },
        Metric { axis: Axis::linear("far from zero", "ms"), values: alike },
        Metric { axis: Axis::linear("all equal", "share"), values: equal },
        Metric { axis: Axis::log("not all above zero", "ms"), values: vec![about(-4.0, 1.0); 3] },
    ];
    picture(
        "Numbers that are hard to draw",
        "",
        "",
        vec![Panel::Intervals(Intervals { choices, metrics })],
    )
}

/// More points than bars have room for.
pub fn dense() -> Figure {
    let mut numbers = Numbers(17);
    let mut series = Vec::new();
    for (label, rise) in [("plumtree", 3.0), ("gossip", 5.0), ("flood", 1.0)] {
        let point = |n: u32| {
            let x = f64::from(n) / 2.0;
            (x, about(100.0 + rise * x + 2.0 * numbers.normal(), 6.0 + 0.2 * x))
        };
        series.push(Series { label: label.into(), points: (0..=80).map(point).collect() });
    }
    let (x, y) = (Axis::linear("zones", "count"), Axis::linear("to_all_ms", "ms"));
    picture("Eighty points", "", "", vec![Panel::Lines(Lines { x, y, series })])
}

/// Every picture, with the name of its file.
pub fn all() -> Vec<(&'static str, Figure)> {
    vec![
        ("compare", compare()),
        ("thirty", thirty()),
        ("distributions", distributions()),
        ("lines", lines(false)),
        ("lines-log", lines(true)),
        ("many-lines", many_lines()),
        ("heat", heat(9, 6)),
        ("heat-60", heat(60, 60)),
        ("extremes", extremes()),
        ("dense", dense()),
        ("stacked", stacked()),
        ("nothing", Figure::default()),
    ]
}
