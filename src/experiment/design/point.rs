//! One point of a design: its levels, its name, its scenario, and its place in the file.

use std::path::Path;

use super::axis::Origin;
use super::scenarios::SCENARIO;
use super::sweep_file::Design;
use super::value::Level;
use crate::scenario::Diagnostic;

impl Design {
    /// The levels of a point, one of each axis.
    pub fn levels(&self, point: u32) -> impl Iterator<Item = &Level> {
        let levels = self.axes.iter().zip(self.points.get(point));
        levels.map(|(axis, &level)| &axis.levels[level as usize])
    }

    /// The name of a point, on one line: `exchange.use=gossip, network.loss=0.02`.
    pub fn name(&self, point: u32) -> String {
        let names = self.axes.iter().map(|axis| &axis.name);
        let parts = names.zip(self.levels(point));
        let name = parts.map(|(name, level)| format!("{name}={}", level.value));
        name.collect::<Vec<_>>().join(", ").replace(char::is_control, " ")
    }

    /// The scenario file of a point, and its overrides in order.
    pub fn scenario(&self, point: u32) -> (&Path, Vec<String>) {
        let number = match self.axes.first() {
            Some(axis) if self.scenarios.len() > 1 && axis.name == SCENARIO => {
                self.points.get(point)[0] as usize
            }
            _ => 0,
        };
        let levels = self.levels(point).flat_map(|level| &level.sets);
        (&self.scenarios[number], self.set.iter().chain(levels).cloned().collect())
    }

    /// Moves a diagnostic of a point's scenario to the line of this file that states the value.
    pub fn blame(&self, point: u32, wrong: Diagnostic) -> Diagnostic {
        let place = wrong.blamed_override().and_then(|(line, is_path)| {
            self.place_of(point, line).map(|place| match place {
                // An unknown path is stated by the key `path`, if there is one.
                Place::Axis(axis, _) if is_path => {
                    let path = format!("{axis}.path");
                    if self.source.says(&path) { (path, false) } else { (axis, true) }
                }
                Place::Axis(_, place) | Place::Override(place) => (place, false),
            })
        });
        let wrong = match place {
            Some((place, true)) => self.source.moved_to_key(wrong, &place),
            Some((place, false)) => self.source.moved(wrong, &place),
            None => wrong,
        };
        match &self.axes[..] {
            [] => wrong,
            _ => wrong.or_help(format!("at point {point}: {}", self.name(point))),
        }
    }

    /// The place in the file that states an override of a point. None if the command line states it.
    fn place_of(&self, point: u32, line: &str) -> Option<Place> {
        if let Some(number) = self.set.iter().position(|set| set.trim() == line) {
            let place = format!("set.{number}");
            return self.source.says(&place).then_some(Place::Override(place));
        }
        let numbers = self.axes.iter().zip(self.points.get(point));
        for (axis, &number) in numbers {
            let level = &axis.levels[number as usize];
            let Some(set) = level.sets.iter().position(|set| set.trim() == line) else { continue };
            let Origin::File(place) = &axis.origin else { return None };
            if axis.path.is_none() {
                return Some(Place::Override(format!("{place}.choices.{}.{set}", level.value)));
            }
            let places = [format!("{place}.{number}"), format!("{place}.values.{number}")];
            let value = places.into_iter().find(|place| self.source.says(place));
            return Some(Place::Axis(place.clone(), value.unwrap_or_else(|| place.clone())));
        }
        None
    }
}

/// A place in the file that sets a value.
enum Place {
    /// An override.
    Override(String),
    /// An axis over a path, and one of its values.
    Axis(String, String),
}
