//! Pictures are well-formed, the same everywhere, keep inside their sheet, name all they show, and
//! show each value where it is: they are read back.

mod drawing;
mod gallery;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use drawing::Drawing;
use gallery::{Numbers, about};
use xxhash_rust::xxh3::xxh3_128;
use zonesim::report::plot::{
    Axis, Categories, Distributions, Estimate, Figure, HeatMap, Intervals, Lines, Metric, Panel,
    Sample, Scale, Series,
};

const BLUE: &str = "#0072B2";

/// The gallery, for eyes: `target/tmp/plots/*.svg`. Its digests are the same on every machine;
/// `ZONESIM_BLESS=1` writes them anew.
#[test]
fn the_gallery_has_the_same_bytes_everywhere() {
    let folder = scratch!().join("plots");
    fs::create_dir_all(&folder).unwrap();
    let mut digests = String::new();
    for (name, picture) in gallery::all() {
        let svg = picture.svg();
        assert_eq!(svg, picture.svg(), "{name}");
        writeln!(digests, "{name} {:032x}", xxh3_128(svg.as_bytes())).unwrap();
        fs::write(folder.join(format!("{name}.svg")), svg).unwrap();
    }
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/main/plots/digests.txt");
    if std::env::var_os("ZONESIM_BLESS").is_some() {
        fs::write(&golden, &digests).unwrap();
    }
    assert_eq!(digests, fs::read_to_string(golden).unwrap());
}

#[test]
fn the_gallery_is_legible() {
    for (name, picture) in gallery::all() {
        let drawing = Drawing::read(&picture.svg());
        assert_eq!(drawing.outside(), Vec::<String>::new(), "{name}");
        assert_eq!(drawing.overlaps(), [], "{name}");
        for text in &drawing.texts {
            assert!(text.size >= 110.0, "{name}: {text:?}");
        }
    }
}

#[test]
fn every_name_stands_once() {
    let names = |picture: &Figure| -> Vec<String> {
        let mut names = Vec::new();
        for panel in &picture.panels {
            match panel {
                Panel::Intervals(panel) => {
                    names.extend(panel.choices.clone());
                    names.extend(
                        panel.metrics.iter().map(|m| format!("{} ({})", m.axis.label, m.axis.unit)),
                    );
                }
                Panel::Lines(panel) => names.extend(panel.series.iter().map(|s| s.label.clone())),
                Panel::HeatMap(panel) => {
                    names.extend([panel.x.label.clone(), panel.y.label.clone()])
                }
                Panel::Distributions(panel) => {
                    let whole = panel.choices.iter().filter(|choice| choice.missing == 0);
                    names.extend(whole.map(|choice| choice.label.clone()));
                }
            }
        }
        names
    };
    // Those have panels that repeat the names of others.
    let repeating = ["stacked", "extremes"];
    for (name, picture) in gallery::all().into_iter().filter(|(name, _)| !repeating.contains(name))
    {
        let drawing = Drawing::read(&picture.svg());
        for words in names(&picture) {
            assert_eq!(drawing.count(&words), 1, "{name}: {words:?}");
        }
    }
}

fn one(panel: Panel) -> Drawing {
    let picture = Figure { panels: vec![panel], ..Figure::default() };
    Drawing::read(&picture.svg())
}

fn intervals(axis: Axis, values: Vec<Option<Estimate>>) -> Drawing {
    let choices = (0..values.len()).map(|row| format!("choice {row}")).collect();
    one(Panel::Intervals(Intervals { choices, metrics: vec![Metric { axis, values }] }))
}

/// The value at a place, by the first and the last tick.
fn value_at(drawing: &Drawing, place: f64, log: bool) -> f64 {
    let lines = drawing.ticks_across();
    let ticks = lines.values().next_back().unwrap();
    let (&(x0, v0), &(x1, v1)) = (ticks.first().unwrap(), ticks.last().unwrap());
    let share = (place - x0) / (x1 - x0);
    if log { v0 * libm::pow(v1 / v0, share) } else { v0 + (v1 - v0) * share }
}

#[test]
fn dots_stand_at_their_values() {
    let means = [142.625, 176.5, 189.75, 3131.0];
    for log in [false, true] {
        let axis = if log { Axis::log } else { Axis::linear };
        let values = means.map(|mean| about(mean, 5.0)).to_vec();
        let drawing = intervals(axis("to_all_ms", "ms"), values);
        let dots: Vec<_> = drawing.circles.iter().map(|(_, x, y)| (*x, *y)).collect();
        assert_eq!(dots.len(), 4);
        assert!(dots.windows(2).all(|pair| pair[0].1 < pair[1].1), "from top to bottom");
        for ((x, _), mean) in dots.into_iter().zip(means) {
            let read = value_at(&drawing, x, log);
            // A place is a tenth of a pixel of some 500.
            let grain = if log { 2e-3 * mean } else { 2.0 };
            assert!((read - mean).abs() <= grain, "log {log}: {mean} is shown at {read}");
        }
    }
}

#[test]
fn a_curve_ends_at_the_share_of_runs_with_a_value() {
    let sample = |missing: usize, values: Vec<f64>| {
        let choices = vec![Sample { label: "a".into(), values, missing }];
        one(Panel::Distributions(Distributions { axis: Axis::linear("time", "ms"), choices }))
    };
    // Three values of five runs, one of them no number.
    let drawing = sample(1, vec![10.0, 30.0, f64::NAN, 20.0]);
    assert!(drawing.says("a (2 of 5 runs without a value)"));
    let curve = drawing.paths.iter().filter(|(colour, _)| colour == BLUE);
    let curve = curve.map(|(_, points)| points).max_by_key(|points| points.len()).unwrap();
    let tick = |words: &str| drawing.texts.iter().find(|text| text.words == words).unwrap().y;
    let share = |y: f64| (tick("0") - y) / (tick("0") - tick("1.0"));
    let heights: Vec<f64> = curve.iter().map(|(_, y)| share(*y)).collect();
    for (height, due) in heights.iter().zip([0.0, 0.2, 0.2, 0.4, 0.4, 0.6, 0.6]) {
        assert!((height - due).abs() < 1e-3, "{heights:?}");
    }
    assert_eq!(heights.len(), 7, "it goes on to the edge");
    let whole = sample(0, vec![10.0, 30.0, 20.0]);
    let curve = whole.paths.iter().filter(|(colour, _)| colour == BLUE);
    assert_eq!(curve.map(|(_, points)| points.len()).max(), Some(6), "it ends at 1");
}

#[test]
fn twenty_thousand_runs_are_a_small_picture() {
    let mut numbers = Numbers(1);
    let values = (0..20_000).map(|_| 100.0 + numbers.normal()).collect();
    let choices = vec![Sample { label: "many".into(), values, missing: 0 }];
    let panel = Distributions { axis: Axis::linear("time", "ms"), choices };
    let picture = Figure { panels: vec![Panel::Distributions(panel)], ..Figure::default() };
    assert!(picture.svg().len() < 60_000);
}

fn lines(x: Axis, y: Axis, points: Vec<(f64, Option<Estimate>)>) -> Drawing {
    let series = vec![Series { label: "a".into(), points }];
    one(Panel::Lines(Lines { x, y, series }))
}

#[test]
fn zero_has_a_place_on_a_log_axis_across() {
    let axes = (Axis::log("loss", "share"), Axis::linear("time", "ms"));
    let points = [0.1, 0.0, 0.01].map(|x| (x, about(1.0 + x, 0.0))).to_vec();
    let drawing = lines(axes.0.clone(), axes.1.clone(), points);
    assert!(drawing.says("log scale"));
    assert_eq!(drawing.count("0"), 1);
    let xs: Vec<f64> = drawing.circles[1..].iter().map(|(_, x, _)| *x).collect();
    assert!(xs.windows(2).all(|pair| pair[0] < pair[1]), "{xs:?}");
    let points = [-0.1, 0.0, 0.01].map(|x| (x, about(1.0 + x, 0.0))).to_vec();
    assert!(lines(axes.0, axes.1, points).says("linear: values ≤ 0"));
}

#[test]
fn an_interval_below_zero_does_not_take_the_log_scale() {
    let values = vec![about(10.0, 20.0), about(1000.0, 5.0)];
    assert!(intervals(Axis::log("time", "ms"), values).says("log scale"));
    let values = vec![about(0.0, 0.0), about(1000.0, 5.0)];
    assert!(!intervals(Axis::log("time", "ms"), values.clone()).says("linear"), "zero has a place");
    let points = values.into_iter().zip([1.0, 2.0]).map(|(y, x)| (x, y)).collect();
    assert!(lines(Axis::linear("x", ""), Axis::log("y", ""), points).says("linear"));
}

#[test]
fn what_is_missing_is_said() {
    let no_value = intervals(Axis::linear("time", "ms"), vec![None, about(1.0, 0.1)]);
    assert_eq!(no_value.count("no value"), 1);
    let infinite =
        intervals(Axis::linear("time", "ms"), vec![Some(Estimate::exact(f64::INFINITY))]);
    assert_eq!(infinite.count("no value"), 1);
    let short = HeatMap {
        x: Categories { label: "x".into(), names: vec!["1".into(), "2".into()] },
        y: Categories { label: "y".into(), names: vec!["3".into()] },
        value: Axis::linear("time", "ms"),
        cells: vec![Some(12.5)],
    };
    let drawing = one(Panel::HeatMap(short));
    assert_eq!(drawing.count("no value"), 1);
    assert_eq!(drawing.count("12.5"), 1);
    let points = vec![(1.0, about(1.0, 0.1)), (2.0, None)];
    assert!(lines(Axis::linear("x", ""), Axis::linear("y", ""), points).says("× no value"));
}

#[test]
fn nothing_is_said_to_be_nothing() {
    let empty = [
        (Panel::Intervals(Intervals::default()), "no metric to show"),
        (Panel::Distributions(Distributions::default()), "no run had a value"),
        (Panel::Lines(Lines::default()), "no point to show"),
        (Panel::HeatMap(HeatMap::default()), "no cell to show"),
    ];
    for (panel, words) in empty {
        assert_eq!(one(panel).count(words), 1, "{words}");
    }
    assert_eq!(Drawing::read(&Figure::default().svg()).count("nothing to show"), 1);
    assert_eq!(intervals(Axis::linear("time", "ms"), vec![]).count("no choice to show"), 1);
}

#[test]
fn heat_is_lightest_where_the_value_is_highest() {
    let light = |colour: &str| -> i64 {
        let part = |at: usize| i64::from_str_radix(&colour[at..at + 2], 16).unwrap();
        299 * part(1) + 587 * part(3) + 114 * part(5)
    };
    for scale in [Scale::Linear, Scale::Log] {
        let names: Vec<String> = (0..8).map(|n| format!("n{n}")).collect();
        let map = HeatMap {
            x: Categories { label: "x".into(), names },
            y: Categories { label: "y".into(), names: vec!["one".into()] },
            value: Axis { scale, ..Axis::linear("time", "ms") },
            cells: (1..=8).map(|n| Some(f64::from(n * n))).collect(),
        };
        let drawing = one(Panel::HeatMap(map));
        let cells: Vec<i64> = drawing.rects[1..9].iter().map(|(colour, _)| light(colour)).collect();
        assert!(cells.windows(2).all(|pair| pair[0] < pair[1]), "{cells:?}");
    }
}

/// A number that is hard to draw.
fn hard(numbers: &mut Numbers) -> f64 {
    const HARD: [f64; 16] = [
        0.0,
        -0.0,
        1.0,
        1e-9,
        1e12,
        -1e12,
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::MAX,
        f64::MIN_POSITIVE,
        5e-324,
        1e299,
        0.1,
        123_456.789,
        -3.5,
    ];
    match numbers.below(4) {
        0 => HARD[numbers.below(HARD.len())],
        1 => 1e12 + numbers.unit(),
        2 => 1000.0 * numbers.normal(),
        _ => 1.0 / (1e-12 + numbers.unit() * numbers.unit()),
    }
}

fn label(numbers: &mut Numbers) -> String {
    const HARD: [&str; 9] = [
        "",
        "a<b>&\"c'",
        "\u{0}\u{1}\n\t",
        "日本語の選択肢",
        "😀",
        "\u{fffe}",
        " ",
        "mesh",
        "exchange.use=gossip, network.loss=0.02, coordination.use=two-phase, gossip.fanout=3",
    ];
    (0..numbers.below(3)).map(|_| HARD[numbers.below(HARD.len())]).collect()
}

fn hard_picture(numbers: &mut Numbers) -> Figure {
    let axis = |numbers: &mut Numbers| {
        let scale = if numbers.below(2) == 0 { Scale::Linear } else { Scale::Log };
        Axis { label: label(numbers), unit: label(numbers), scale }
    };
    let estimate = |numbers: &mut Numbers| {
        let [mean, low, high] = [(); 3].map(|()| hard(numbers));
        Some(Estimate { mean, low, high }).filter(|_| numbers.below(4) > 0)
    };
    let labels = |numbers: &mut Numbers, most| -> Vec<String> {
        (0..numbers.below(most)).map(|_| label(numbers)).collect()
    };
    let mut panels = Vec::new();
    for _ in 0..numbers.below(4) {
        let panel = match numbers.below(4) {
            0 => {
                let choices = labels(numbers, 31);
                let values = |numbers: &mut Numbers| {
                    (0..numbers.below(31)).map(|_| estimate(numbers)).collect()
                };
                let metric =
                    |numbers: &mut Numbers| Metric { axis: axis(numbers), values: values(numbers) };
                let metrics = (0..numbers.below(5)).map(|_| metric(numbers)).collect();
                Panel::Intervals(Intervals { choices, metrics })
            }
            1 => {
                let values =
                    |numbers: &mut Numbers| (0..numbers.below(40)).map(|_| hard(numbers)).collect();
                let names = labels(numbers, 12);
                let sample = |label: String| Sample {
                    label,
                    values: values(numbers),
                    missing: numbers.below(3),
                };
                let choices = names.into_iter().map(sample).collect();
                Panel::Distributions(Distributions { axis: axis(numbers), choices })
            }
            2 => {
                let names = labels(numbers, 30);
                let series = |label: String| {
                    let points = (0..numbers.below(40)).map(|_| (hard(numbers), estimate(numbers)));
                    Series { label, points: points.collect() }
                };
                let series = names.into_iter().map(series).collect();
                Panel::Lines(Lines { x: axis(numbers), y: axis(numbers), series })
            }
            _ => {
                let [x, y] = [(); 2]
                    .map(|()| Categories { label: label(numbers), names: labels(numbers, 20) });
                let cell = |_| Some(hard(numbers)).filter(|value| *value != 1.0);
                let cells = (0..300).map(cell).collect();
                Panel::HeatMap(HeatMap { x, y, value: axis(numbers), cells })
            }
        };
        panels.push(panel);
    }
    let [title, subtitle, footnote] = [(); 3].map(|()| label(numbers));
    Figure { title, subtitle, footnote, panels }
}

#[test]
fn whatever_is_to_be_drawn_is_drawn_on_the_sheet() {
    for seed in 0..300 {
        let picture = hard_picture(&mut Numbers(seed));
        let svg = picture.svg();
        assert_eq!(svg, picture.svg(), "seed {seed}");
        let outside = Drawing::read(&svg).outside();
        assert!(outside.is_empty(), "seed {seed}: {outside:?}");
    }
}
