//! Statistics: against published figures, other libraries, closed forms, and what they cover.

mod coverage;
mod figures;
mod rule;
mod words;

use rand::Rng;
use zonesim::rng::{RngStream, exponential, normal_quantile, stream};

/// Values as some distribution has them.
#[derive(Clone, Copy, Debug)]
enum World {
    /// Of mean 10 and deviation 3.
    Normal,
    /// Of mean 1.
    Exponential,
    /// Of a logarithm of mean 0 and deviation 1.
    Lognormal,
    /// 1 with this chance, else 0.
    Coin(f64),
    /// 0 to 3, each as likely.
    Small,
}

impl World {
    fn draw(self, rng: &mut RngStream) -> f64 {
        let unit: f64 = rng.random();
        match self {
            Self::Normal => 10.0 + 3.0 * normal_quantile(unit.max(1e-17)),
            Self::Exponential => exponential(unit),
            Self::Lognormal => libm::exp(normal_quantile(unit.max(1e-17))),
            Self::Coin(p) => f64::from(u8::from(unit < p)),
            Self::Small => (4.0 * unit).floor(),
        }
    }

    fn sample(self, n: usize, rng: &mut RngStream) -> Vec<f64> {
        (0..n).map(|_| self.draw(rng)).collect()
    }

    fn mean(self) -> f64 {
        match self {
            Self::Normal => 10.0,
            Self::Exponential => 1.0,
            Self::Lognormal => libm::exp(0.5),
            Self::Coin(p) => p,
            Self::Small => 1.5,
        }
    }
}

fn rng(name: &str) -> RngStream {
    stream(1, name, 0)
}

/// Whether a share of so many tries is within four standard errors of what was said before.
#[track_caller]
fn is_near(share: f64, said: f64, tries: u32) {
    let error = (said * (1.0 - said) / f64::from(tries)).sqrt();
    assert!((share - said).abs() < 4.0 * error, "{share} is not {said} ± {error}");
}
