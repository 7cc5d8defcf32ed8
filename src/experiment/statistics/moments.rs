//! Mean and standard deviation of a stream of values, in constant memory.

use super::Interval;
use super::interval::student_half;

/// The number, mean and standard deviation of values. Quantiles need all values: [`super::Summary`].
///
/// The sums are of the differences from the first value and their squares, in the order of the values
/// (T. Chan, G. Golub, R. LeVeque, "Algorithms for computing the sample variance", 1983, section 3).
/// Equal values thus have exactly that mean and a deviation of 0, and at most as many digits are lost as
/// `n` has.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moments {
    n: u64,
    first: f64,
    sum: f64,
    squares: f64,
}

impl Moments {
    /// Adds a value.
    pub fn add(&mut self, value: f64) {
        if self.n == 0 {
            self.first = value;
        }
        let deviation = value - self.first;
        self.n += 1;
        self.sum += deviation;
        self.squares += deviation * deviation;
    }

    /// The number of values.
    pub fn n(&self) -> u64 {
        self.n
    }

    /// The mean. None without values.
    pub fn mean(&self) -> Option<f64> {
        (self.n > 0).then(|| self.first + self.sum / self.n as f64)
    }

    /// The standard deviation, with n-1 in the denominator. None of fewer than two values.
    pub fn sd(&self) -> Option<f64> {
        let squares = || (self.squares - self.sum * self.sum / self.n as f64).max(0.0);
        (self.n > 1).then(|| (squares() / (self.n - 1) as f64).sqrt())
    }

    /// Half the width of Student's interval of the mean. None of fewer than two values. The ends of the
    /// interval have fewer digits of it if the mean is large.
    pub fn half(&self, level: f64) -> Option<f64> {
        Some(student_half(self.n, self.sd()?, level))
    }

    /// Student's interval of the mean. None of fewer than two values.
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
