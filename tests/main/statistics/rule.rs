//! When there are enough runs: what the intervals of the rule cover, and what it says.

use zonesim::experiment::statistics::{
    Interval, Moments, Next, Precision, StoppingRule, Unreachable,
};

use super::World;
use super::is_near;
use super::rng;

/// Drives a rule as a loop would; a run has a value with this chance.
fn until(
    rule: StoppingRule,
    mut value: impl FnMut() -> Option<f64>,
) -> (Result<Interval, Unreachable>, u64) {
    let (mut runs, mut values) = (0, Moments::default());
    loop {
        match rule.next(runs, &values) {
            Next::More(more) => {
                assert!(more > 0 && runs + more <= rule.max_runs.max(2), "{runs} and {more}");
                runs += more;
                values.extend((0..more).filter_map(|_| value()));
            }
            Next::Enough(interval) => return (Ok(interval), runs),
            Next::Unreachable(why) => return (Err(why), runs),
        }
    }
}

/// Predicted: what stands in the documentation of the rule, by another program (numpy).
#[test]
fn it_covers_what_it_says() {
    use Precision::{Absolute, Relative};
    const RULES: u32 = 200;
    for (world, precision, said, number) in [
        (World::Normal, Relative(0.02), 0.950, 885.0),
        (World::Exponential, Relative(0.2), 0.938, 107.0),
        (World::Exponential, Relative(0.1), 0.947, 396.0),
        (World::Lognormal, Relative(0.2), 0.915, 156.0),
        (World::Lognormal, Relative(0.1), 0.933, 659.0),
        (World::Coin(0.5), Absolute(0.05), 0.948, 391.0),
        (World::Coin(0.1), Absolute(0.02), 0.942, 886.0),
    ] {
        let mut rng = rng("rule");
        let (mut held, mut runs) = (0, Moments::default());
        for _ in 0..RULES {
            let rule = StoppingRule::new(precision, 100_000);
            let (interval, number) = until(rule, || Some(world.draw(&mut rng)));
            let interval = interval.unwrap();
            held += u32::from(interval.contains(world.mean()));
            let middle = (interval.low + interval.high) / 2.0;
            assert!(interval.high - middle <= precision.half(middle) * (1.0 + 1e-9));
            runs.add(number as f64);
        }
        is_near(f64::from(held) / f64::from(RULES), said, RULES);
        let off = (runs.mean().unwrap() - number).abs();
        let error = runs.sd().unwrap() / f64::from(RULES).sqrt();
        assert!(off < 4.0 * error + 1.0, "{world:?}: {:?} {number} {error}", runs.mean());
    }
}

#[test]
fn runs_without_a_value_are_made_up_for() {
    let mut rng = rng("missing");
    let rule = StoppingRule::new(Precision::Relative(0.2), 10_000);
    let (interval, runs) = until(rule, || {
        let is_there = World::Coin(0.1).draw(&mut rng) > 0.5;
        is_there.then(|| World::Exponential.draw(&mut rng))
    });
    assert!(interval.is_ok() && (700..2_000).contains(&runs), "{runs}");
}

#[test]
fn it_says_when_there_is_nothing_to_wait_for() {
    let relative = |most| StoppingRule::new(Precision::Relative(0.01), most);
    assert_eq!(until(relative(1_000), || None), (Err(Unreachable::NoValue), 100));
    assert_eq!(until(relative(1_000), || Some(0.0)), (Err(Unreachable::MeanIsZero), 100));
    let same = Interval { low: 142.6, high: 142.6 };
    assert_eq!(until(relative(1_000), || Some(142.6)), (Ok(same), 100));
    assert_eq!(until(relative(7), || Some(142.6)), (Ok(same), 7));
    assert_eq!(until(relative(1), || Some(142.6)), (Ok(same), 2));
    let absolute = StoppingRule::new(Precision::Absolute(0.1), 1_000);
    assert_eq!(until(absolute, || Some(0.0)), (Ok(Interval { low: 0.0, high: 0.0 }), 100));
    // 38,416 are needed of exponential values: (1.96 / 0.01)^2.
    let mut rng = rng("hopeless");
    let (why, runs) = until(relative(5_000), || Some(World::Exponential.draw(&mut rng)));
    let Err(Unreachable::TooWide { needed }) = why else { panic!("{why:?}") };
    assert!((30_000..48_000).contains(&needed), "{needed}");
    assert_eq!(runs, 5_000);
    let mut count = 0;
    let few = until(relative(200), || {
        count += 1;
        (count % 10 == 0).then_some(1.0)
    });
    assert_eq!(few, (Err(Unreachable::FewValues { values: 20, pilot: 100 }), 200));
    for why in [Unreachable::NoValue, Unreachable::MeanIsZero, few.0.unwrap_err(), why.unwrap_err()]
    {
        assert!(why.to_string().len() > 20);
    }
}

#[test]
fn widths_are_read() {
    let ms = |text| Precision::parse(text, "ms", false);
    for text in ["±2%", "2%", "+-2 %", " ± 2% ", "+/-2%"] {
        assert_eq!(ms(text), Ok(Precision::Relative(0.02)), "{text}");
    }
    assert_eq!(ms("±5 ms"), Ok(Precision::Absolute(5.0)));
    assert_eq!(ms("0.5ms"), Ok(Precision::Absolute(0.5)));
    assert_eq!(Precision::parse("±0.01", "share", true), Ok(Precision::Absolute(0.01)));
    assert_eq!(Precision::parse("±3", "count", true), Ok(Precision::Absolute(3.0)));
    for (text, says) in [
        ("", "no width is said; expected `±2%` of the mean, or `±5 ms`"),
        ("±", "no width is said"),
        ("±x%", "begins with no number"),
        ("-2%", "begins with no number"),
        ("1.2.3%", "begins with no number"),
        ("±0%", "no number of runs gives `±0%`"),
        ("±5", "`±5` has no unit"),
        ("±5 s", "`s` is not the unit of the metric; expected `±2%` of the mean, or `±5 ms`"),
    ] {
        let message = ms(text).unwrap_err();
        assert!(message.contains(says), "{message}");
    }
}
