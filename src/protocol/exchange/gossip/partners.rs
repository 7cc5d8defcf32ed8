//! The choice of partners: uniform, or with a preference for near zones (Demers et al. 1987, 3).

use rand::Rng;
use rand::seq::index;

use super::message::Out;
use crate::id::NodeId;
use crate::rng::uniform_below_u32;

/// How a zone draws its partners.
#[derive(Clone, Debug)]
pub enum Partners {
    /// All zones are equally likely.
    Uniform,
    /// With weight d^-a for a distance of d ticks: the exponent a, and the weights of all zones by
    /// number, 0 for the zone itself. The weights are computed on first use, since a zone learns
    /// the distances only when it runs.
    Weighted(f64, Vec<f64>),
    /// The same, if at most one partner is drawn at a time: the cumulative weights.
    Cumulative(f64, Vec<f64>),
}

impl Partners {
    /// Draws with weight d^-a. `single` says that at most one partner is drawn per cycle.
    pub fn new(exponent: f64, single: bool) -> Self {
        match (exponent > 0.0, single) {
            (false, _) => Self::Uniform,
            (true, false) => Self::Weighted(exponent, Vec::new()),
            (true, true) => Self::Cumulative(exponent, Vec::new()),
        }
    }

    /// Another zone.
    #[inline]
    pub fn draw_one(&mut self, out: &mut Out<'_>) -> NodeId {
        let (me, zones) = (out.me(), out.view().zones);
        match self {
            Self::Uniform => one_uniform(out),
            Self::Weighted(exponent, weights) => {
                compute_weights(weights, *exponent, out);
                draw(weights, out)
            }
            Self::Cumulative(exponent, sums) => {
                compute_cumulative(sums, *exponent, out);
                let target = out.rng().random::<f64>() * sums.last().copied().unwrap_or(0.0);
                let index = sums.partition_point(|&sum| sum <= target);
                // Rounding may lead past the end.
                let last = other(me, zones - 2);
                NodeId(index as u32).min(last)
            }
        }
    }

    /// A zone other than this one and `not`, if there is any.
    pub fn draw_other(&mut self, not: NodeId, out: &mut Out<'_>) -> Option<NodeId> {
        let (me, zones) = (out.me(), out.view().zones);
        if zones < 3 {
            return None;
        }
        if let Self::Weighted(exponent, weights) = self {
            compute_weights(weights, *exponent, out);
            let kept = std::mem::replace(&mut weights[not.index()], 0.0);
            let one = draw(weights, out);
            weights[not.index()] = kept;
            return Some(one);
        }
        let (low, high) = (me.min(not).0, me.max(not).0);
        let index = uniform_below_u32(out.rng(), zones - 2);
        let above_low = index + u32::from(index >= low);
        Some(NodeId(above_low + u32::from(above_low >= high)))
    }

    /// `count` distinct other zones in the order in which they are drawn.
    pub fn draw_several(&mut self, count: u32, out: &mut Out<'_>) -> Selection {
        let Self::Weighted(exponent, weights) = self else { return uniform(count, out) };
        compute_weights(weights, *exponent, out);
        let mut left = weights.clone();
        let one = |_| {
            let one = draw(&left, out);
            left[one.index()] = 0.0;
            one
        };
        Selection::Many((0..count).map(one).collect())
    }
}

/// Up to this many zones are drawn without an allocation.
const INLINE: usize = 16;

/// Distinct zones in random order.
#[derive(Clone, Debug)]
pub enum Selection {
    /// The first so many of the array.
    Few([NodeId; INLINE], usize),
    Many(Vec<NodeId>),
}

impl Selection {
    pub fn as_slice(&self) -> &[NodeId] {
        match self {
            Self::Few(zones, count) => &zones[..*count],
            Self::Many(zones) => zones,
        }
    }
}

/// The zone at an index among all except `me`.
#[inline]
fn other(me: NodeId, index: u32) -> NodeId {
    NodeId(if index < me.0 { index } else { index + 1 })
}

/// Another zone; all are equally likely.
#[inline]
pub fn one_uniform(out: &mut Out<'_>) -> NodeId {
    let (me, zones) = (out.me(), out.view().zones);
    other(me, uniform_below_u32(out.rng(), zones - 1))
}

/// `count` other zones. Every selection in every order is equally likely, since the caller may stop
/// before the last one.
pub fn uniform(count: u32, out: &mut Out<'_>) -> Selection {
    let (me, others) = (out.me(), out.view().zones - 1);
    if count as usize > INLINE {
        let chosen = index::sample(out.rng(), others as usize, count as usize);
        return Selection::Many(chosen.into_iter().map(|index| other(me, index as u32)).collect());
    }
    let mut chosen = [0; INLINE];
    // The draws and the result of `index::sample` for up to 11 (R. W. Floyd, in J. Bentley,
    // "Programming pearls: a sample of brilliance", CACM 1987), without its allocation: two of 999
    // take 7.5 ns instead of 12.9 ns, four take 11.8 ns instead of 20.8 ns, and a zone draws in
    // every cycle.
    for (index, last) in (others - count..others).enumerate() {
        let drawn = uniform_below_u32(out.rng(), last + 1);
        if let Some(again) = chosen[..index].iter().position(|&earlier| earlier == drawn) {
            chosen[again] = last;
        }
        chosen[index] = drawn;
    }
    Selection::Few(chosen.map(|index| other(me, index)), count as usize)
}

/// Computes the weights on first use. The exponent is at most 10 and a distance is below 2^33
/// ticks, so that no weight underflows to 0.
fn compute_weights(weights: &mut Vec<f64>, exponent: f64, out: &Out<'_>) {
    if weights.is_empty() {
        let weight = |zone: NodeId| {
            let ticks = |zone| out.distance(zone).0.max(1) as f64;
            if zone == out.me() { 0.0 } else { libm::pow(ticks(zone), -exponent) }
        };
        *weights = (0..out.view().zones).map(|zone| weight(NodeId(zone))).collect();
    }
}

/// Computes the cumulative weights on first use.
fn compute_cumulative(sums: &mut Vec<f64>, exponent: f64, out: &Out<'_>) {
    if sums.is_empty() {
        compute_weights(sums, exponent, out);
        let mut sum = 0.0;
        for weight in sums {
            sum += *weight;
            *weight = sum;
        }
    }
}

/// Draws one zone by weight; at least one weight is positive.
fn draw(weights: &[f64], out: &mut Out<'_>) -> NodeId {
    let mut target = out.rng().random::<f64>() * weights.iter().sum::<f64>();
    let mut chosen = 0;
    for (index, &weight) in weights.iter().enumerate().filter(|(_, weight)| **weight > 0.0) {
        chosen = index;
        if target < weight {
            break;
        }
        target -= weight;
    }
    NodeId(chosen as u32)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::super::{Message, Timer};
    use super::*;
    use crate::protocol::exchange::Deliver;
    use crate::protocol::{Effects, NodeView, OutOf};
    use crate::rng::{RngStream, stream};
    use crate::time::{LocalTime, SimDuration};

    const ZONES: u32 = 5;
    const VIEW: NodeView = NodeView { me: NodeId(2), zones: ZONES, hub: None, deputy: None };
    const DRAWS: u32 = 20_000;

    /// The distance in ticks to each zone.
    struct Map([u64; ZONES as usize]);

    impl Effects<Message, Timer, Deliver> for Map {
        fn send(&mut self, _to: NodeId, _message: Message) {}
        fn wake_after(&mut self, _delay: SimDuration, _timer: Timer) {}
        fn wake_at(&mut self, _at: LocalTime, _timer: Timer) {}
        fn emit(&mut self, _output: Deliver) {}
        fn distance(&self, to: NodeId) -> SimDuration {
            SimDuration(self.0[to.index()])
        }
    }

    /// How often each zone is drawn if one is at 1 tick, one at 10, and two at 20.
    fn counts(mut draw: impl FnMut(&mut Out<'_>, &mut Vec<NodeId>)) -> [f64; ZONES as usize] {
        let mut counts = [0.0; ZONES as usize];
        let mut rng: RngStream = stream(1, "test", 0);
        let mut map = Map([10, 1, 0, 20, 20]);
        let mut out = OutOf::new(&VIEW, LocalTime(0), &mut rng, &mut map);
        let mut drawn = Vec::new();
        for _ in 0..DRAWS {
            drawn.clear();
            draw(&mut out, &mut drawn);
            for (index, zone) in drawn.iter().enumerate() {
                assert!(*zone != VIEW.me && !drawn[..index].contains(zone), "{drawn:?}");
                counts[zone.index()] += 1.0 / f64::from(DRAWS);
            }
        }
        counts
    }

    /// Four standard deviations of a share of all draws are at most 0.0142.
    fn check(counts: [f64; ZONES as usize], shares: [f64; ZONES as usize]) {
        for (count, share) in counts.into_iter().zip(shares) {
            let error = 4.0 * (share * (1.0 - share) / f64::from(DRAWS)).sqrt();
            assert!((count - share).abs() <= error + 1e-9, "{counts:?}, {shares:?}");
        }
    }

    #[test]
    fn without_distance_each_is_as_likely() {
        check(
            counts(|out, drawn| drawn.extend(Partners::Uniform.draw_several(2, out).as_slice())),
            [0.5, 0.5, 0.0, 0.5, 0.5],
        );
        check(
            counts(|out, drawn| drawn.push(Partners::Uniform.draw_one(out))),
            [0.25, 0.25, 0.0, 0.25, 0.25],
        );
    }

    #[test]
    fn near_zones_are_likelier_by_a_power_of_their_distance() {
        // 1/10, 1, 1/20, 1/20 of 1.2; without the nearest zone 1/10, 1/20, 1/20 of 1/5.
        let shares = [1.0 / 12.0, 5.0 / 6.0, 0.0, 1.0 / 24.0, 1.0 / 24.0];
        for single in [false, true] {
            let mut partners = Partners::new(1.0, single);
            check(counts(|out, drawn| drawn.push(partners.draw_one(out))), shares);
        }
        let mut partners = Partners::new(2.0, false);
        let squares = [4.0 / 406.0, 400.0 / 406.0, 0.0, 1.0 / 406.0, 1.0 / 406.0];
        check(counts(|out, drawn| drawn.push(partners.draw_one(out))), squares);
    }

    #[test]
    fn several_are_drawn_one_after_the_other() {
        let weights = [0.1, 1.0, 0.0, 0.05, 0.05];
        let sum: f64 = weights.iter().sum();
        let mut shares = [0.0; ZONES as usize];
        for (first, one) in weights.iter().enumerate() {
            shares[first] += one / sum;
            for (second, other) in weights.iter().enumerate().filter(|(index, _)| *index != first) {
                shares[second] += one / sum * other / (sum - one);
            }
        }
        let mut partners = Partners::new(1.0, false);
        check(counts(|out, drawn| drawn.extend(partners.draw_several(2, out).as_slice())), shares);
        check(
            counts(|out, drawn| drawn.extend(partners.draw_several(4, out).as_slice())),
            [1.0, 1.0, 0.0, 1.0, 1.0],
        );
    }

    #[test]
    fn all_orders_are_as_likely() {
        // Drawn from four others, and from more than fit without an allocation. The bounds are what
        // chi-squared exceeds with probability 1e-6 for 11, 23 and 18 degrees of freedom.
        for (zones, count, places, bound) in [
            (5, 2, 2, 50.0),
            (5, 3, 3, 71.1),
            (5, 4, 4, 71.1),
            (20, 17, 1, 62.5),
            (20, 19, 1, 62.5),
        ] {
            let view = NodeView { me: NodeId(2), zones, hub: None, deputy: None };
            let mut rng: RngStream = stream(1, "test", 0);
            let mut map = Map([1; ZONES as usize]);
            let mut out = OutOf::new(&view, LocalTime(0), &mut rng, &mut map);
            let mut orders = BTreeMap::<Vec<NodeId>, f64>::new();
            for _ in 0..DRAWS {
                let drawn = uniform(count, &mut out);
                let drawn = drawn.as_slice();
                let distinct: BTreeSet<_> = drawn.iter().collect();
                assert!(distinct.len() == count as usize && !distinct.contains(&view.me));
                // The last ones are drawn from what is left, so a bias shows there first.
                *orders.entry(drawn[count as usize - places..].to_vec()).or_default() += 1.0;
            }
            let all = (0..places as u32).map(|index| zones - 1 - index).product::<u32>();
            let expected = f64::from(DRAWS) / f64::from(all);
            let square = |count: &f64| (count - expected) * (count - expected) / expected;
            let chi: f64 = orders.values().map(square).sum();
            assert!(orders.len() == all as usize && chi < bound, "{count} of {zones}: {chi}");
        }
    }

    #[test]
    fn a_zone_that_rejects_is_not_called_next() {
        let third = 1.0 / 3.0;
        let one_but = |partners: &mut Partners, not| {
            counts(|out, drawn| drawn.extend(partners.draw_other(NodeId(not), out)))
        };
        check(one_but(&mut Partners::Uniform, 0), [0.0, third, 0.0, third, third]);
        check(one_but(&mut Partners::Uniform, 4), [third, third, 0.0, third, 0.0]);
        check(one_but(&mut Partners::new(1.0, false), 1), [0.5, 0.0, 0.0, 0.25, 0.25]);
    }
}
