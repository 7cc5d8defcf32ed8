//! Figures as others have them. Where nothing else is said they are of scipy 1.17.1 and statsmodels
//! 0.15.0, by the calls named, in all digits they print.

use statrs::distribution::{ContinuousCDF, DiscreteCDF, StudentsT};
use zonesim::experiment::statistics::special::{
    beta, binomial_cdf, normal_cdf, normal_quantile, student_cdf, student_quantile,
};
use zonesim::experiment::statistics::{
    BinaryPairs, Bootstrap, Difference, Interval, Statistic, bca, holm, sign_flip_test,
    signed_rank_test,
};

#[track_caller]
fn same(got: f64, expected: f64, within: f64) {
    let off = (got - expected).abs() / expected.abs().max(f64::MIN_POSITIVE);
    assert!(got == expected || off < within, "{got} is not {expected}: {off}");
}

/// `t.ppf(p, freedom)`.
#[test]
fn quantiles_of_student() {
    for (p, freedom, t) in [
        (0.975, 1.0, 12.706204736174694),
        (0.975, 2.0, 4.302652729749462),
        (0.975, 9.0, 2.262157162798205),
        (0.975, 30.0, 2.0422724563012378),
        (0.975, 1000.0, 1.9623390808264083),
        (0.995, 4.0, 4.604094871349992),
        (0.9, 3.5, 1.5765766051364052),
        (0.9995, 12.0, 4.3177912836062475),
        (1e-10, 5.0, -156.82559270889433),
        (0.51, 7.0, 0.025977941569516962),
        (0.5, 7.0, 0.0),
        (0.975, 1e8, 1.9599640082627663),
    ] {
        // Of many degrees of freedom digits are lost: some nine are left of a hundred million.
        same(student_quantile(p, freedom), t, 1e-12f64.max(freedom * 1e-17));
    }
    // And the other way round; and as statrs has them, to the eight digits it has near 0.
    for freedom in [1.0, 2.0, 7.0, 99.0, 19_999.0] {
        for p in [1e-6, 0.01, 0.3, 0.5001, 0.9, 0.999] {
            let t = student_quantile(p, freedom);
            same(student_cdf(t, freedom), p, 1e-12);
            same(StudentsT::new(0.0, 1.0, freedom).unwrap().cdf(t), p, 1e-8);
        }
    }
}

/// `t.cdf(t, freedom)`, `norm.cdf(z)`, `betainc(a, b, x)`, `binom.cdf(most, n, p)`.
#[test]
fn distributions() {
    for (t, freedom, p) in [
        (-1.5, 3.0, 0.11529193262241147),
        (2.0, 10.0, 0.9633059826146299),
        (0.001, 1e6, 0.5003989421141755),
        (-40.0, 5.0, 9.205981085886477e-08),
        (1.0, 1.0, 0.75),
        (1e-9, 2.0, 0.5000000003535534),
    ] {
        same(student_cdf(t, freedom), p, 1e-12);
    }
    for (z, p) in [
        (-10.0, 7.61985302416047e-24),
        (-3.0, 0.0013498980316300933),
        (-0.5, 0.3085375387259869),
        (0.0, 0.5),
        (1.96, 0.9750021048517795),
        (6.0, 0.9999999990134123),
    ] {
        same(normal_cdf(z), p, 1e-13);
    }
    for (x, a, b, p) in [
        (0.3, 2.0, 3.0, 0.3483),
        (0.5, 0.5, 0.5, 0.5),
        (0.999, 500.0, 0.5, 0.31731044730971725),
        (0.01, 0.1, 9.0, 0.8161460487703833),
        (0.5, 5e4, 5.01e4, 0.6240257337657027),
        (0.2, 12.0, 30.0, 0.10215801833712859),
        (0.7, 9.0, 4.0, 0.49251577343499997),
    ] {
        same(beta(x, 1.0 - x, a, b), p, 1e-11);
    }
    for (most, n, p, share) in [
        (5, 20, 0.5, 0.020694732666015625),
        (0, 10, 0.1, 0.34867844009999993),
        (360, 368, 0.99, 0.03355707635898827),
        (990_000, 1_000_000, 0.99, 0.5013498725637058),
        (499_000, 1_000_000, 0.5, 0.0228041499326948),
        (9, 9, 0.5, 1.0),
    ] {
        same(binomial_cdf(most, n, p), share, 1e-9);
        let library = statrs::distribution::Binomial::new(p, n).unwrap();
        same(library.cdf(most), share, 1e-6);
    }
}

/// `binomtest(successes, n).proportion_ci(level, method='wilson')`.
#[test]
fn intervals_of_shares() {
    for (successes, n, level, low, high) in [
        (0, 10, 0.95, 0.0, 0.27753279986288926),
        (10, 10, 0.95, 0.7224672001371109, 1.0),
        (3, 20, 0.95, 0.05236874589621662, 0.3604188647407569),
        (50, 100, 0.95, 0.4038315303659956, 0.5961684696340044),
        (15, 148, 0.99, 0.05364486961396485, 0.18326735011315254),
        (1, 1000, 0.9, 0.00022312384391207085, 0.00446972290936893),
    ] {
        let interval = Interval::wilson(successes, n, level).unwrap();
        same(interval.low, low, 1e-12);
        same(interval.high, high, 1e-12);
    }
    assert_eq!(Interval::wilson(0, 0, 0.95), None);
}

/// `quantile_test(values, q=0, p=p).confidence_interval(0.95)`.
#[test]
fn intervals_of_quantiles() {
    let values: Vec<f64> = (1..=400).map(f64::from).collect();
    let of = |n: usize, p| Interval::quantile(&values[..n], p, 0.95);
    assert_eq!(of(20, 0.5), Some(Interval { low: 6.0, high: 15.0 }));
    assert_eq!(of(100, 0.9), Some(Interval { low: 84.0, high: 96.0 }));
    assert_eq!(of(368, 0.99), Some(Interval { low: 360.0, high: 368.0 }));
    assert_eq!((of(367, 0.99), of(1, 0.5), of(0, 0.5)), (None, None, None));
}

/// The sleep of ten patients on two drugs, in hours more than without: Student, "The probable error
/// of a mean" (1908), his first illustration.
const FIRST: [f64; 10] = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
const OTHER: [f64; 10] = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];

fn paired(first: &[f64], other: &[f64]) -> Difference {
    Difference::from_pairs(first.iter().zip(other).map(|(&a, &b)| (Some(a), Some(b))), 1)
}

#[test]
fn students_own_example() {
    let sleep = paired(&FIRST, &OTHER);
    assert_eq!((sleep.n, sleep.differing), (10, 9));
    // Student prints 0.75, 2.33 and 1.58, and odds of 666 to 1 for the second drug.
    same(sleep.first.unwrap(), 0.75, 1e-12);
    same(sleep.other.unwrap(), 2.33, 1e-12);
    same(sleep.mean.unwrap(), 1.58, 1e-12);
    let one_sided = sleep.p_student.unwrap() / 2.0;
    assert!(((1.0 - one_sided) / one_sided - 666.0).abs() < 50.0);
    // `ttest_rel`, its `confidence_interval()`, `wilcoxon(.., correction=True,
    // method='asymptotic')` of the differences rounded to a digit, and `ttost_paired(.., -2.5, 2.5)`.
    same(sleep.p_student.unwrap(), 0.002832890197384273, 1e-11);
    same(sleep.ci95.unwrap().low, 0.7001142367230175, 1e-11);
    same(sleep.ci95.unwrap().high, 2.459885763276983, 1e-11);
    same(sleep.p_ranks.unwrap(), 0.009090698015925044, 1e-11);
    same(sleep.p_within(2.5).unwrap(), 0.021116860246500745, 1e-11);
    // All nine are of one sign: one way of 2^8.
    assert_eq!(sleep.p_flips, Some(1.0 / 256.0));
}

/// Scores of depression before and after a tranquilliser: Hollander and Wolfe (1973), table 3.1,
/// where the p value of one side is 0.02; `wilcoxon(.., method='exact')` has 0.0390625 for both.
#[test]
#[allow(clippy::approx_constant, reason = "a score, not pi")]
fn ranks_of_hollander_and_wolfe() {
    let before = [1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30];
    let after = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29];
    let difference = paired(&before, &after);
    assert_eq!(difference.p_ranks, Some(0.0390625));
    same(difference.p_student.unwrap(), 0.016176627434908088, 1e-11);
}

#[test]
fn ranks_of_more_and_of_ties() {
    // `wilcoxon(method='exact')` of these 25, and of the 30 below, with ties and zeros,
    // `wilcoxon(zero_method='wilcox', correction=True, method='asymptotic')`.
    let all_different = [
        1.38, -2.76, -4.14, -0.52, 1.90, 3.28, 4.66, -1.04, -2.42, -3.80, 0.18, 1.56, 2.94, -4.32,
        -0.70, -2.08, 3.46, 4.84, 1.22, -2.60, -3.98, -0.36, 1.74, 3.12, 4.50,
    ];
    same(signed_rank_test(&all_different).unwrap(), 0.6720751523971558, 1e-12);
    let tied: Vec<f64> = (0..30).map(|i| f64::from((i * 7) % 11 - 4)).collect();
    same(signed_rank_test(&tied).unwrap(), 0.0929306323974395, 1e-12);
    assert_eq!(signed_rank_test(&[0.0, 0.0]), None);
    assert_eq!(signed_rank_test(&[1.0]), Some(1.0));
}

/// Darwin's maize, crossed and self-fertilised: Fisher, The Design of Experiments (1935), section
/// 21: 1,726 of 32,768 ways, 5.267 %, where the t test has 4.970 %.
#[test]
fn flips_of_fisher() {
    let maize = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48].map(f64::from);
    assert_eq!(sign_flip_test(&maize, 1), Some(1726.0 / 32768.0));
    let difference = paired(&[0.0; 15], &maize);
    same(difference.p_student.unwrap(), 0.049702944021800866, 1e-11);
    // With a sixteenth ways are drawn. Counted out (by numpy, all 65,536) it is so:
    let more: Vec<f64> = maize.into_iter().chain([30.0]).collect();
    let drawn = sign_flip_test(&more, 1).unwrap();
    assert!((drawn - SIXTEEN).abs() < 4.0 * (SIXTEEN * (1.0 - SIXTEEN) / 1e4).sqrt(), "{drawn}");
    assert_eq!(sign_flip_test(&more, 1), sign_flip_test(&more, 1));
    assert_eq!(sign_flip_test(&[0.0; 3], 1), None);
    assert_eq!(sign_flip_test(&[1.0; 1001], 1), None);
}

#[test]
fn ties_are_ties_in_spite_of_rounding() {
    let whole = [1.0, 2.0, 3.0, 3.0, -4.0, -1.0, 6.0, 7.0];
    let tenths = [0.1, 0.2, 0.3, 0.1 + 0.2, -0.4, -0.1, 0.6, 0.7];
    assert_eq!(sign_flip_test(&whole, 1), sign_flip_test(&tenths, 1));
    assert_eq!(signed_rank_test(&whole), signed_rank_test(&tenths));
}

const SIXTEEN: f64 = 2320.0 / 65536.0;

/// `multipletests(p, method='holm')`; R's `p.adjust` has the same.
#[test]
fn families_of_holm() {
    let family = [0.01, 0.04, 0.03, 0.005, 0.2, 0.04].map(Some);
    let adjusted = [0.05, 0.12, 0.12, 0.03, 0.2, 0.12];
    for (got, expected) in holm(&family).into_iter().zip(adjusted) {
        same(got.unwrap(), expected, 1e-12);
    }
    assert_eq!(holm(&[None, Some(0.04), None]), [None, Some(0.04), None]);
    assert_eq!(holm(&[Some(0.9), Some(0.8)]), [Some(1.0), Some(1.0)]);
    assert!(holm(&[]).is_empty());
}

/// `bootstrap((values,), statistic, n_resamples=400000, method='BCa')`, of which the ends are known
/// to some thousandths of the width.
#[test]
fn bootstraps_of_scipy() {
    let values = [0.1, 0.4, 0.2, 1.9, 0.7, 3.2, 0.05, 1.1, 0.6, 5.4, 0.9, 0.3, 2.2, 0.15, 1.4, 0.8];
    let by = Bootstrap { resamples: 10_000, seed: 1 };
    let mean = bca(&values, Statistic::Mean, 0.95, by).unwrap();
    assert!((mean.low - 0.715625).abs() < 0.02, "{mean:?}");
    assert!((mean.high - 2.1875).abs() < 0.06, "{mean:?}");
    let median = bca(&values, Statistic::Quantile(0.5), 0.95, by).unwrap();
    assert_eq!(median, Interval { low: 0.3, high: 1.4 });
    let most = bca(&values, Statistic::Quantile(0.9), 0.9, by).unwrap();
    assert_eq!(most, Interval { low: 1.65, high: 5.4 });
    // The bits are those of the first day.
    let first = bca(&values, Statistic::Mean, 0.95, Bootstrap::default()).unwrap();
    assert_eq!(first, bca(&values, Statistic::Mean, 0.95, Bootstrap::default()).unwrap());
    assert_eq!([first.low.to_bits(), first.high.to_bits()], BITS);
}

const BITS: [u64; 2] = [4604789881497976832, 4612178567584273946];

#[test]
fn bootstraps_of_little() {
    let of = |values: &[f64]| bca(values, Statistic::Mean, 0.95, Bootstrap::default());
    assert_eq!((of(&[]), of(&[1.0])), (None, None));
    assert_eq!(of(&[0.1; 7]), Some(Interval { low: 0.1, high: 0.1 }));
    // A single resample is on one side: the percentile interval of it.
    let one = Bootstrap { resamples: 1, seed: 1 };
    let interval = bca(&[1.0, 2.0, 4.0], Statistic::Mean, 0.95, one).unwrap();
    assert_eq!(interval.low, interval.high);
    // The greatest value is no quantile that resamples could pass.
    let last = bca(&[1.0, 2.0, 4.0], Statistic::Quantile(1.0), 0.95, Bootstrap::default());
    assert!(last.is_some_and(|last| last.high == 4.0), "{last:?}");
}

/// Responses to consolidation therapy: 59, 6, 16, 80 (M. Fagerland, S. Lydersen, P. Laake,
/// Statistical Analysis of Contingency Tables, 2017, chapter 8, of Cavo et al. 2012), and airway
/// reactivity of children: 1, 1, 7, 12 (the same, "Recommended tests and confidence intervals for
/// paired binomial proportions", 2014). The figures are those of their R package
/// `contingencytables`; the third is `scoreci.mp(25, 28, 618, 0.9)` of the R package `PropCIs`.
#[test]
fn differences_of_paired_shares() {
    let cavo = BinaryPairs { pairs: 161, gained: 6, lost: 16 };
    let bentur = BinaryPairs { pairs: 21, gained: 1, lost: 7 };
    let other = BinaryPairs { pairs: 618, gained: 28, lost: 25 };
    for (pairs, level, low, high, digit) in [
        (cavo, 0.95, -0.1240, -0.0054, 1e-4),
        (bentur, 0.95, -0.517, -0.026, 1e-3),
        (other, 0.9, -0.0148, 0.0247, 1e-4),
    ] {
        let interval = pairs.interval(level).unwrap();
        let off = (interval.low - low).abs().max((interval.high - high).abs());
        assert!(off <= digit / 2.0, "{pairs:?}: {interval:?}");
        // As the roots of the polynomial of Z. Yang, X. Sun and J. Hardin, "A non-iterative
        // implementation of Tango's score confidence interval" (2013).
        let z = normal_quantile((1.0 + level) / 2.0);
        for end in [interval.low, interval.high] {
            assert!(quartic(pairs, z * z, end).abs() < 1e-12, "{pairs:?} {end}");
        }
    }
    assert!((cavo.p() - 0.052479).abs() < 5e-7, "{}", cavo.p());
    // 2 (1 + 8) / 256.
    same(bentur.p(), 18.0 / 256.0, 1e-14);
}

/// The polynomial whose roots are the ends of Tango's interval.
fn quartic(BinaryPairs { pairs, gained, lost }: BinaryPairs, g: f64, x: f64) -> f64 {
    let [n, sum] = [pairs, gained + lost].map(|count| count as f64);
    let d = gained as f64 - lost as f64;
    let scale = n / g + 1.0;
    let m0 = n * n * scale * scale;
    let m1 = -n * d * scale * (4.0 * n / g + 1.0);
    let m2 = 2.0 * n * d * d * (3.0 * n / g + 2.0) / g - n * n * (sum / g + 1.0);
    let m3 = n * d * (2.0 * sum / g + 1.0) - d * d * d * (4.0 * n / g + 1.0) / g;
    let m4 = d * d * (d * d / g - sum) / g;
    (((m0 * x + m1) * x + m2) * x + m3) * x / m0 + m4 / m0
}

/// R. Newcombe, "Two-sided confidence intervals for the single proportion: comparison of seven
/// methods" (1998), table I, method 3.
#[test]
fn intervals_of_newcombe() {
    for (successes, n, low, high) in [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ] {
        let interval = Interval::wilson(successes, n, 0.95).unwrap();
        assert!((interval.low - low).abs() <= 5e-5, "{interval:?}");
        assert!((interval.high - high).abs() <= 5e-5, "{interval:?}");
    }
}

/// By hand: where no pair differs the ends are ±z²/(n + z²); where all differ one way the nearer end
/// is (n - z²)/(n + z²) and the farther 1.
#[test]
fn paired_shares_at_their_limits() {
    let z = normal_quantile(0.975);
    for n in [1, 2, 10, 1000] {
        let none = BinaryPairs { pairs: n, gained: 0, lost: 0 };
        let all = BinaryPairs { pairs: n, gained: n, lost: 0 };
        let (n, square) = (n as f64, z * z);
        let (of_none, of_all) = (none.interval(0.95).unwrap(), all.interval(0.95).unwrap());
        same(of_none.high, square / (n + square), 1e-9);
        same(of_none.low, -square / (n + square), 1e-9);
        same(of_all.low, (n - square) / (n + square), 1e-9);
        assert_eq!((of_all.high, none.p()), (1.0, 1.0));
    }
    assert_eq!(BinaryPairs::default().interval(0.95), None);
    let all = BinaryPairs { pairs: 9, gained: 0, lost: 9 };
    assert_eq!(all.p_within(1.0), 0.0);
    same(all.p_within(0.9), normal_cdf((9.0f64 * 0.1 / 1.9).sqrt()), 1e-9);
}
