//! The jitter of a link.

use std::sync::Arc;

use super::Builder;
use crate::network;
use crate::plan::{rounding, samples};
use crate::scenario::{Diagnostic, Exponential, Gamma, Jitter, Lognormal, Pareto, Uniform};
use crate::time::NanoDuration;

impl<'a, E, C> Builder<'a, E, C> {
    /// Compiles the jitter at `path`.
    ///
    /// # Errors
    /// A uniform jitter whose `min` is above its `max`, or an unreadable file of samples.
    pub(super) fn jitter(
        &mut self,
        jitter: &'a Jitter,
        path: &str,
    ) -> Result<network::Jitter, Diagnostic> {
        let resolution = self.loaded.scenario.resolution;
        let compiled = self.compile_jitter(jitter, path)?;
        if !matches!(jitter, Jitter::Samples(_)) && self.checked_jitters.insert(path.to_owned()) {
            rounding::jitter(path, resolution, &compiled, self.warnings);
        }
        Ok(compiled)
    }

    fn compile_jitter(
        &mut self,
        jitter: &'a Jitter,
        path: &str,
    ) -> Result<network::Jitter, Diagnostic> {
        let resolution = self.loaded.scenario.resolution;
        let ticks = |length: NanoDuration| length.ns as f64 / resolution.ns as f64;
        Ok(match *jitter {
            Jitter::None => network::Jitter::None,
            Jitter::Uniform(Uniform { min, max }) if min > max => {
                let message = format!("a jitter from {min} to {max}; expected \"{min}\" or more");
                return Err(self.loaded.source.refusal(&format!("{path}.uniform.max"), &message));
            }
            Jitter::Uniform(Uniform { min, max }) => {
                network::Jitter::Uniform { min: ticks(min), max: ticks(max) }
            }
            Jitter::Exponential(Exponential { mean }) => {
                network::Jitter::Exponential { mean: ticks(mean) }
            }
            // A sample is the median times a factor.
            Jitter::Lognormal(Lognormal { median, .. }) if median.ns == 0 => network::Jitter::None,
            Jitter::Lognormal(Lognormal { median, sigma }) => {
                network::Jitter::Lognormal { median: ticks(median), sigma: sigma.0 }
            }
            Jitter::Gamma(Gamma { mean, shape }) => {
                network::Jitter::Gamma { mean: ticks(mean), shape: shape.0 }
            }
            Jitter::Pareto(Pareto { scale, .. }) if scale.ns == 0 => network::Jitter::None,
            Jitter::Pareto(Pareto { scale, shape }) => {
                network::Jitter::Pareto { scale: ticks(scale), shape: shape.0 }
            }
            Jitter::Samples(ref file) => network::Jitter::Samples(self.samples(file, path)?),
        })
    }

    /// Reads a file of samples, once.
    fn samples(&mut self, file: &'a str, path: &str) -> Result<Arc<[u64]>, Diagnostic> {
        if let Some(known) = self.samples.get(file) {
            return Ok(Arc::clone(known));
        }
        let path = format!("{path}.samples");
        let read = samples::read(file, &path, self.loaded, self.warnings)?;
        self.samples.insert(file, Arc::clone(&read));
        Ok(read)
    }
}
