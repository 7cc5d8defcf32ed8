//! Mean and standard deviation of values as they come, in flat memory.

use super::Interval;
use super::interval::student_half;

/// How many values there were, their mean and their standard deviation; no quantiles, which need
/// all values: [`super::Summary`].
///
/// What is summed are the differences from the first value and their squares, in the order given
/// (T. Chan, G. Golub, R. LeVeque, "Algorithms for computing the sample variance", 1983, section 3).
/// So values that are all equal have that mean and a deviation of 0 exactly, and since the first
/// is one of them, at most so many digits are lost as `n` has.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moments {
    n: u64,
    first: f64,
    sum: f64,
    squares: f64,
}

impl Moments {
    /// Takes one value more.
    pub fn add(&mut self, value: f64) {
        if self.n == 0 {
            self.first = value;
        }
        let off = value - self.first;
        self.n += 1;
        self.sum += off;
        self.squares += off * off;
    }

    /// How many there were.
    pub fn n(&self) -> u64 {
        self.n
    }

    /// Their mean, if there were any.
    pub fn mean(&self) -> Option<f64> {
        (self.n > 0).then(|| self.first + self.sum / self.n as f64)
    }

    /// Their standard deviation with n-1, from two on.
    pub fn sd(&self) -> Option<f64> {
        let squares = || (self.squares - self.sum * self.sum / self.n as f64).max(0.0);
        (self.n > 1).then(|| (squares() / (self.n - 1) as f64).sqrt())
    }

    /// Half the width of Student's interval of the mean, from two on. The interval itself shows no
    /// more digits of it than the mean leaves.
    pub fn half(&self, level: f64) -> Option<f64> {
        Some(student_half(self.n, self.sd()?, level))
    }

    /// Student's interval of the mean, from two on.
    pub fn interval(&self, level: f64) -> Option<Interval> {
        Interval::student(self.n, self.mean()?, self.sd()?, level)
    }
}

impl Extend<f64> for Moments {
    fn extend<I: IntoIterator<Item = f64>>(&mut self, values: I) {
        values.into_iter().for_each(|value| self.add(value));
    }
}

impl FromIterator<f64> for Moments {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        let mut moments = Self::default();
        moments.extend(values);
        moments
    }
}
