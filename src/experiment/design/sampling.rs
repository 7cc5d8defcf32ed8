//! The key `design` of a sweep file: how points are chosen.

use crate::scenario::{Diagnostic, Source, inline, nearest};

/// The largest number of points. A guess: each is read and checked before the first run.
pub const MAX_POINTS: u32 = 200_000;

/// How the points of a design are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sampling {
    /// All combinations of levels.
    Grid,
    /// A Latin hypercube.
    Latin {
        /// The number of points.
        points: u32,
        /// The seed of the draws.
        seed: u32,
    },
    /// The first points of Sobol's sequence.
    Sobol {
        /// The number of points.
        points: u32,
    },
}

const GRID: &str = "grid";
const LATIN: &str = "latin-hypercube";
const SOBOL: &str = "sobol";
const PLACE: &str = "design";

impl Sampling {
    /// Reads the value of `design`. Without it, the design is the grid.
    ///
    /// # Errors
    /// A value that is no design.
    pub fn read(stated: Option<&toml::Value>, source: &Source) -> Result<Self, Diagnostic> {
        let value = match stated {
            None => return Ok(Self::Grid),
            Some(toml::Value::String(word)) if word == GRID => return Ok(Self::Grid),
            Some(toml::Value::Table(table)) if table.len() == 1 => {
                let pair = table.iter().next().filter(|(word, _)| *word == LATIN || *word == SOBOL);
                if let Some((word, inner)) = pair {
                    return sample(word, inner, source);
                }
                let word = table.keys().next().map_or("", String::as_str);
                return Err(unknown(word, source.key_diagnostic(&format!("{PLACE}.{word}"), "")));
            }
            Some(toml::Value::String(word)) if word != LATIN && word != SOBOL => {
                return Err(unknown(word, source.diagnostic(PLACE, "")));
            }
            Some(value) => value,
        };
        let wrong = source.diagnostic(PLACE, format!("`design` cannot be {}", inline(value)));
        let word = value.as_str().unwrap_or(SOBOL);
        Err(wrong.label(format!("expected one design, such as {{ {word} = {{ points = 64 }} }}")))
    }
}

fn unknown(word: &str, wrong: Diagnostic) -> Diagnostic {
    let wrong = wrong.title(format!("no design is called `{word}`"));
    let all = "expected \"grid\", { latin-hypercube = { points = 64, seed = 1 } } or \
               { sobol = { points = 64 } }";
    match nearest(word, [GRID, LATIN, SOBOL]) {
        Some(near) => wrong.label(format!("did you mean `{near}`?")).help(all),
        None => wrong.label(all),
    }
}

/// Reads a design that samples, named `word`.
fn sample(word: &str, inner: &toml::Value, source: &Source) -> Result<Sampling, Diagnostic> {
    let place = format!("{PLACE}.{word}");
    let Some(table) = inner.as_table() else {
        let title = format!("`{place}` cannot be {}", inline(inner));
        return Err(source.diagnostic(&place, title).label("expected { points = 64 }"));
    };
    let known: &[&str] = if word == LATIN { &["points", "seed"] } else { &["points"] };
    if let Some(key) = table.keys().find(|key| !known.contains(&key.as_str())) {
        let wrong = source
            .key_diagnostic(&format!("{place}.{key}"), format!("unknown key `{key}` in `{place}`"));
        return Err(match nearest(key, known.iter().copied()) {
            Some(near) => wrong.label(format!("did you mean `{near}`?")),
            None if word == LATIN => wrong.label("expected `points` or `seed`"),
            None => wrong.label("expected `points` alone; this design is the same for all seeds"),
        });
    }
    let number = |key: &str, min: u32, max: u32| match table.get(key) {
        None => Ok(None),
        Some(value) => {
            let number = value.as_integer().and_then(|number| u32::try_from(number).ok());
            number.filter(|number| (min..=max).contains(number)).map(Some).ok_or_else(|| {
                let place = format!("{place}.{key}");
                let title = format!("`{place}` cannot be {}", inline(value));
                let label = format!("expected a whole number from {min} to {max}");
                source.diagnostic(&place, title).label(label)
            })
        }
    };
    let Some(points) = number("points", 1, MAX_POINTS)? else {
        let wrong = source.diagnostic(&place, format!("`points` is missing in `{place}`"));
        return Err(wrong.label("expected how many, such as { points = 64 }"));
    };
    match word {
        LATIN => Ok(Sampling::Latin { points, seed: number("seed", 0, u32::MAX)?.unwrap_or(1) }),
        _ => Ok(Sampling::Sobol { points }),
    }
}
