//! Points that are left out of a design.

use super::axis::{Axis, Origin, joined, named};
use super::value::Value;
use crate::scenario::{Diagnostic, Source};

/// What is excluded: points with one of these levels on each of these axes.
#[derive(Clone, Debug)]
pub struct Rule(Vec<(usize, Vec<u32>)>);

impl Rule {
    /// Whether a point, the number of a level on each axis, is excluded.
    pub fn meets(&self, point: &[u32]) -> bool {
        self.0.iter().all(|(axis, levels)| levels.contains(&point[*axis]))
    }
}

/// Reads the exclusions of a file; `is_sampled` where ranges have no levels.
///
/// # Errors
/// An axis or a level that is not there.
pub fn rules(
    tables: &[toml::Table],
    (axes, source): (&[Axis], &Source),
    is_sampled: bool,
) -> Result<Vec<Rule>, Diagnostic> {
    let reader = Reader { axes, source, is_sampled };
    let rule = |(number, table): (usize, &toml::Table)| {
        let place = format!("exclude.{number}");
        let mut rule = Rule(Vec::new());
        reader.gather(table, ("", &place), &mut rule)?;
        if rule.0.is_empty() {
            let title = "an exclusion of everything";
            let label = "expected an axis and its value, such as { \"network.loss\" = 0.5 }";
            return Err(source.diagnostic(&place, title).label(label));
        }
        Ok(rule)
    };
    tables.iter().enumerate().map(rule).collect()
}

struct Reader<'a> {
    axes: &'a [Axis],
    source: &'a Source,
    is_sampled: bool,
}

impl Reader<'_> {
    fn gather(
        &self,
        table: &toml::Table,
        (name, place): (&str, &str),
        rule: &mut Rule,
    ) -> Result<(), Diagnostic> {
        for (key, value) in table {
            let (name, place) = (joined(name, key), format!("{place}.{key}"));
            let is_axis = self.axes.iter().any(|axis| axis.is_meant(&name));
            match value {
                toml::Value::Table(inner) if !is_axis => {
                    self.gather(inner, (&name, &place), rule)?;
                }
                value => rule.0.push(self.levels(&name, value, &place)?),
            }
        }
        Ok(())
    }

    fn levels(
        &self,
        name: &str,
        value: &toml::Value,
        place: &str,
    ) -> Result<(usize, Vec<u32>), Diagnostic> {
        let number = named(self.axes, name, |title| self.source.key_diagnostic(place, title))?;
        let axis = &self.axes[number];
        if self.is_sampled && axis.range.is_some() {
            let title = format!("the range of axis `{}` is sampled", axis.name);
            let label = "expected an axis that has a list of values";
            return Err(self.source.diagnostic(place, title).label(label));
        }
        let level = |value: &toml::Value, place: &str| {
            match (axis.choice(&Value::of(value)), &axis.said) {
                (Ok(level), _) => Ok(Some(level)),
                // The command line has other levels: this one is out already.
                (Err(_), Origin::Line(_)) => Ok(None),
                (Err(wrong), Origin::File(_)) => Err(self.source.moved(wrong, place)),
            }
        };
        let toml::Value::Array(values) = value else {
            return Ok((number, level(value, place)?.into_iter().collect()));
        };
        // A list is a level, or several levels.
        if let Ok(one) = axis.choice(&Value::of(value)) {
            return Ok((number, vec![one]));
        }
        if values.is_empty() {
            let title = format!("no level of axis `{}` to exclude", axis.name);
            return Err(self.source.diagnostic(place, title).label("expected at least one"));
        }
        let places = (0..).map(|number| format!("{place}.{number}"));
        let levels = values.iter().zip(places).map(|(value, place)| level(value, &place));
        let levels = levels.filter_map(Result::transpose);
        Ok((number, levels.collect::<Result<_, _>>()?))
    }
}
