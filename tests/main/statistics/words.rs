//! The words: how often they are wrong, and when they are said.

use zonesim::experiment::statistics::special::{binomial_cdf, student_two_sided};
use zonesim::experiment::statistics::{Aim, Conclusion, Difference, Hypothesis, Moments, judge};

use super::World;
use super::is_near;
use super::rng;

fn difference(differences: &[f64]) -> Difference {
    Difference::from_pairs(differences.iter().map(|&off| (Some(0.0), Some(off))), 1)
}

fn found(difference: &Difference, min_effect: f64, aim: Aim) -> Conclusion {
    judge(&[Hypothesis { difference, min_effect, aim }])[0].finding
}

/// Of many families of two true zeros each, the share in which one is called better or worse.
fn wrong(world: World, n: usize) -> f64 {
    const FAMILIES: u32 = 700;
    let mut rng = rng("words");
    let mut wrong = 0;
    for _ in 0..FAMILIES {
        let family: Vec<_> = (0..2)
            .map(|_| {
                let pairs =
                    (0..n).map(|_| (Some(world.draw(&mut rng)), Some(world.draw(&mut rng))));
                Difference::from_pairs(pairs.collect::<Vec<_>>(), 1)
            })
            .collect();
        let claims: Vec<_> = family
            .iter()
            .map(|difference| Hypothesis { difference, min_effect: 0.0, aim: Aim::Less })
            .collect();
        let told = judge(&claims);
        let is_told = |one: Conclusion| matches!(one, Conclusion::Better | Conclusion::Worse);
        wrong += u32::from(told.iter().any(|one| is_told(one.finding)));
    }
    f64::from(wrong) / f64::from(FAMILIES)
}

/// Predicted: 5 % at most, and not far below where values are continuous (p values of 10 pairs are
/// multiples of 1/512, so those that count are up to 12/512: 4.6 % for two).
#[test]
fn true_zeros_are_told_apart_in_one_of_twenty_at_most() {
    let error = (0.05f64 * 0.95 / 700.0).sqrt();
    for world in [World::Normal, World::Exponential, World::Lognormal] {
        let share = wrong(world, 10);
        assert!((share - 0.046).abs() < 4.0 * error, "{world:?}: {share}");
    }
    for world in [World::Small, World::Coin(0.5), World::Coin(0.1)] {
        let share = wrong(world, 10);
        assert!(share < 0.05 + 3.0 * error, "{world:?}: {share}");
    }
}

/// Exactly: differences are 1 or -1 as a coin falls. By Student's t, 13 of them would be told apart
/// 9.2 % of the time, and 2 that are the same, which is every second time.
#[test]
fn coins_are_not_told_apart() {
    let size = |n: u64, p: &dyn Fn(&Difference) -> f64| {
        let is_told = |tails: u64| {
            let coins: Vec<f64> = (0..n).map(|at| if at < tails { -1.0 } else { 1.0 }).collect();
            p(&difference(&coins)) < 0.05
        };
        let chance = |k: u64| binomial_cdf(k, n, 0.5);
        let of = |k: u64| chance(k) - if k > 0 { chance(k - 1) } else { 0.0 };
        (0..=n).filter(|&tails| is_told(tails)).map(of).sum::<f64>()
    };
    for n in 2..=15 {
        let flipped = size(n, &|difference| difference.p().unwrap());
        assert!(flipped <= 0.05, "{n}: {flipped}");
    }
    let students = |n| size(n, &|difference| difference.p_student.unwrap());
    assert!((students(13) - 0.092).abs() < 0.001, "{}", students(13));
    assert_eq!(students(2), 0.5);
}

/// Differences whose mean is at the minimum effect: predicted to be called none 5 % of the time, and less
/// when few, for both one-sided tests must hold.
#[test]
fn differences_at_the_minimum_effect_are_called_none_in_one_of_twenty() {
    let (mut rng, mut called) = (rng("floor"), 0);
    for _ in 0..1_000 {
        let values: Vec<f64> = World::Normal.sample(40, &mut rng).iter().map(|v| v - 8.0).collect();
        called += u32::from(found(&by_student(&values), 2.0, Aim::Less) == Conclusion::Equivalent);
    }
    is_near(f64::from(called) / 1e3, 0.05, 1_000);
}

/// As [`difference`], without the flips of many values, which take their time.
fn by_student(values: &[f64]) -> Difference {
    let moments: Moments = values.iter().copied().collect();
    let (mean, sd) = (moments.mean().unwrap(), moments.sd().unwrap());
    let n = values.len() as f64;
    Difference {
        n: moments.n(),
        differing: moments.n(),
        mean: Some(mean),
        sd: Some(sd),
        p_student: Some(student_two_sided(mean / sd * n.sqrt(), n - 1.0)),
        ..Difference::default()
    }
}

#[test]
fn each_word() {
    let up = difference(&[1.0, 1.2, 0.9, 1.1, 1.0, 0.8, 1.3, 1.0]);
    assert_eq!(found(&up, 0.0, Aim::More), Conclusion::Better);
    assert_eq!(found(&up, 0.0, Aim::Less), Conclusion::Worse);
    assert_eq!(found(&up, 0.99, Aim::Less), Conclusion::Worse);
    assert_eq!(found(&up, 1.5, Aim::Less), Conclusion::Equivalent);
    assert_eq!(found(&up, 1.5, Aim::More), Conclusion::Equivalent);
    // It is near the minimum effect: neither is sure.
    assert!(matches!(found(&up, 1.05, Aim::Less), Conclusion::Inconclusive { more: Some(_), .. }));
    // What never differs does not differ; what is never there is unknown.
    assert_eq!(found(&difference(&[0.0; 2]), 0.0, Aim::Less), Conclusion::Equivalent);
    assert_eq!(found(&difference(&[0.0]), 0.0, Aim::Less), Conclusion::TooFewPairs);
    let apart = Difference::from_pairs([(Some(1.0), None), (None, Some(2.0)), (None, None)], 1);
    assert_eq!((apart.n, apart.first_only, apart.other_only), (0, 1, 1));
    assert_eq!(found(&apart, 0.0, Aim::Less), Conclusion::TooFewPairs);
    // Always the same: 6 pairs are needed, of a family of two 7.
    let always = |n| difference(&vec![-3.0; n]);
    assert_eq!(
        found(&always(2), 1.0, Aim::Less),
        Conclusion::Inconclusive { more: Some(4), at_min_effect: false }
    );
    assert_eq!(
        found(&always(5), 1.0, Aim::Less),
        Conclusion::Inconclusive { more: Some(1), at_min_effect: false }
    );
    assert_eq!(found(&always(6), 1.0, Aim::Less), Conclusion::Better);
    let six = always(6);
    let claim = Hypothesis { difference: &six, min_effect: 1.0, aim: Aim::Less };
    let told = judge(&[claim, claim]);
    assert_eq!(told[0].finding, Conclusion::Inconclusive { more: Some(1), at_min_effect: false });
    let two = always(2);
    let claim = Hypothesis { difference: &two, min_effect: 1.0, aim: Aim::Less };
    assert_eq!(
        judge(&[claim, claim])[1].finding,
        Conclusion::Inconclusive { more: Some(5), at_min_effect: false }
    );
    // No mean and no minimum effect: it cannot be said how many.
    let even = difference(&[1.0, -1.0]);
    assert_eq!(
        found(&even, 0.0, Aim::Less),
        Conclusion::Inconclusive { more: None, at_min_effect: true }
    );
    let said = Conclusion::Inconclusive { more: Some(24), at_min_effect: false }.to_string();
    assert_eq!(said, "inconclusive: about 24 more runs needed");
    assert_eq!(
        serde_json::to_string(&told[0]).unwrap(),
        r#"{"verdict":"inconclusive","more":1,"at_min_effect":false,"p":0.0625,"p_within":1.0}"#
    );
    assert!(judge(&[]).is_empty());
    // A mean at the minimum effect, on either side of it: no number of pairs tells on which.
    for mean in [0.999_999, 1.000_001] {
        let at = difference(&[mean - 1.0, mean + 1.0]);
        let finding = found(&at, 1.0, Aim::Less);
        assert_eq!(finding, Conclusion::Inconclusive { more: None, at_min_effect: true });
        assert!(finding.to_string().ends_with("no feasible number of runs decides"));
    }
}

/// Ten values of mean 0.5 and deviation 1. `TTestPower().solve_power(effect_size=0.5, alpha=0.05,
/// power=0.8)` of statsmodels 0.15.0 is 33.367: 24 more. And of a mean of 0.2, 198.151: 189.
#[test]
fn about_so_many_more() {
    let spread = [-1.5, -1.2, -0.9, -0.4, -0.1, 0.1, 0.4, 0.9, 1.2, 1.5];
    let sd = (spread.iter().map(|v| v * v).sum::<f64>() / 9.0).sqrt();
    let of = |mean: f64| difference(&spread.map(|value| value / sd + mean));
    assert_eq!(
        found(&of(0.5), 0.0, Aim::Less),
        Conclusion::Inconclusive { more: Some(24), at_min_effect: false }
    );
    assert_eq!(
        found(&of(0.2), 0.0, Aim::Less),
        Conclusion::Inconclusive { more: Some(189), at_min_effect: false }
    );
    // In the middle of a minimum effect of 0.5: (1.6449 + 1.2816)^2 / 0.25 + 1.6449^2 / 2 = 35.6.
    assert_eq!(
        found(&of(0.0), 0.5, Aim::Less),
        Conclusion::Inconclusive { more: Some(26), at_min_effect: false }
    );
}

/// The share told apart of as many as were asked for. Predicted: 80 %.
#[test]
fn as_many_as_asked_for_tell() {
    let (mut rng, mut told) = (rng("power"), 0);
    for _ in 0..400 {
        let values: Vec<f64> =
            World::Normal.sample(34, &mut rng).iter().map(|v| (v - 8.5) / 3.0).collect();
        told += u32::from(found(&by_student(&values), 0.0, Aim::More) == Conclusion::Better);
    }
    is_near(f64::from(told) / 400.0, 0.8, 400);
}
