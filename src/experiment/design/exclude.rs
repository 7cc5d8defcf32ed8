//! Exclusions: points that a design leaves out.

use super::axis::{Axis, Origin, find_axis, join_key};
use super::value::Value;
use crate::scenario::{Diagnostic, Source};

/// Excludes the points that have one of the listed levels on each of the listed axes.
#[derive(Clone, Debug)]
pub struct Rule(Vec<(usize, Vec<u32>)>);

impl Rule {
    /// Whether a point is excluded. `point` has the index of a level for each axis.
    pub fn matches(&self, point: &[u32]) -> bool {
        self.0.iter().all(|(axis, levels)| levels.contains(&point[*axis]))
    }
}

/// Reads the exclusions of a file. `is_sampled` says that ranges have no levels.
///
/// # Errors
/// An axis or a level that does not exist, or an exclusion without axes.
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
            let (name, place) = (join_key(name, key), format!("{place}.{key}"));
            let is_axis = self.axes.iter().any(|axis| axis.is_called(&name));
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
        let number = find_axis(self.axes, name, |title| self.source.key_diagnostic(place, title))?;
        let axis = &self.axes[number];
        if self.is_sampled && axis.range.is_some() {
            let title = format!("the range of axis `{}` is sampled", axis.name);
            let label = "expected an axis that has a list of values";
            return Err(self.source.diagnostic(place, title).label(label));
        }
        let level = |value: &toml::Value, place: &str| {
            match (axis.choice(&Value::from_toml(value)), &axis.origin) {
                (Ok(level), _) => Ok(Some(level)),
                // The command line has replaced the levels, so this one is excluded already.
                (Err(_), Origin::CommandLine(_)) => Ok(None),
                (Err(wrong), Origin::File(_)) => Err(self.source.moved(wrong, place)),
            }
        };
        let toml::Value::Array(values) = value else {
            return Ok((number, level(value, place)?.into_iter().collect()));
        };
        // A list may be one level, or a list of levels.
        if let Ok(one) = axis.choice(&Value::from_toml(value)) {
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
