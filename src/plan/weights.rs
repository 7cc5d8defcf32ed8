//! A choice among things with shares.

/// Things with shares, of which those without a share are left out.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights<T> {
    /// Each with the sum of the shares up to and including its own.
    ends: Vec<(T, f64)>,
}

impl<T> Weights<T> {
    /// Things with their shares, in order; None if all shares are 0.
    pub fn new(shares: impl IntoIterator<Item = (T, f64)>) -> Option<Self> {
        let mut sum = 0.0;
        let ends = shares.into_iter().filter(|(_, share)| *share > 0.0).map(|(thing, share)| {
            sum += share;
            (thing, sum)
        });
        let ends: Vec<_> = ends.collect();
        (!ends.is_empty()).then_some(Self { ends })
    }

    /// One thing.
    pub fn one(thing: T) -> Self {
        Self { ends: vec![(thing, 1.0)] }
    }

    fn total(&self) -> f64 {
        self.ends.last().map_or(0.0, |(_, end)| *end)
    }

    /// The thing at a point from 0 to 1, exclusive, of the line on which they lie side by side.
    fn at(&self, unit: f64) -> &T {
        let point = unit * self.total();
        let index = self.ends.partition_point(|(_, end)| *end <= point);
        &self.ends[index.min(self.ends.len() - 1)].0
    }

    /// The thing at a point that is drawn if there is a choice.
    pub fn draw(&self, unit: impl FnOnce() -> f64) -> &T {
        match &self.ends[..] {
            [(only, _)] => only,
            _ => self.at(unit()),
        }
    }

    /// The things, each with its share of the whole.
    pub fn iter(&self) -> impl Iterator<Item = (&T, f64)> {
        let total = self.total();
        let starts = std::iter::once(0.0).chain(self.ends.iter().map(|(_, end)| *end));
        self.ends
            .iter()
            .zip(starts)
            .map(move |((thing, end), start)| (thing, (end - start) / total))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_thing_has_its_share_of_the_line() {
        let weights = Weights::new([("a", 1.0), ("b", 0.0), ("c", 3.0)]).unwrap();
        let points = [0.0, 0.2499, 0.25, 0.9999];
        assert_eq!(points.map(|point| *weights.at(point)), ["a", "a", "c", "c"]);
        assert_eq!(weights.iter().collect::<Vec<_>>(), [(&"a", 0.25), (&"c", 0.75)]);
        assert_eq!(Weights::new([("a", 0.0)]), None);
        assert_eq!(*Weights::one(5).at(0.5), 5);
    }
}
