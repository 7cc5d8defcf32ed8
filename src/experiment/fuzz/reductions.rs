//! Reductions of a scenario, large ones first.

use std::ops::Range;

use toml::{Table, Value};

use crate::time::NanoDuration;

/// A step of the path to a value.
#[derive(Clone, Debug, PartialEq)]
pub enum PathStep {
    /// A key of a table.
    Key(String),
    /// An index in a list.
    Index(usize),
}

/// A change that makes a scenario smaller or simpler.
#[derive(Clone, Debug, PartialEq)]
pub enum Reduction {
    /// Removes a zone and all values that name it.
    Zone(String),
    /// Removes a zone and gives its items to another.
    Merge(String, String),
    /// Sets the number of generated zones and removes all values that name others.
    Generate(i64),
    /// Sets the horizon.
    Horizon(NanoDuration),
    /// Removes a value. An item of the workload is removed from both of its lists.
    Remove(Vec<PathStep>),
    /// Removes a range of a list. The list `at` stands for both lists of the workload's items.
    RemoveRange(Vec<PathStep>, Range<usize>),
    /// Replaces a value.
    Put(Vec<PathStep>, Value),
    /// Without the resolution, the horizon and the latency: each default fits those of the others.
    DefaultTimes,
}

/// The reductions of a table.
pub fn reductions(table: &Table) -> Vec<Reduction> {
    let mut reductions = Vec::new();
    if table.contains_key("resolution") {
        reductions.push(Reduction::DefaultTimes);
    }
    let zones = table.get("zones").and_then(Value::as_table);
    let generated = zones.and_then(|zones| zones.get("generate")?.as_integer());
    if let Some(count) = generated.filter(|&count| count > 2) {
        reductions.extend([2.max(count / 2), count - 1].map(Reduction::Generate));
    } else if let Some(zones) = zones {
        reductions.extend(zones.keys().map(|id| Reduction::Zone(id.clone())));
        let pairs = zones.keys().zip(zones.keys().skip(1));
        reductions.extend(pairs.map(|(id, into)| Reduction::Merge(id.clone(), into.clone())));
    }
    let horizon =
        table.get("horizon").and_then(|value| value.as_str()?.parse::<NanoDuration>().ok());
    if let Some(NanoDuration { ns }) = horizon {
        reductions.extend([ns / 2, ns / 4 * 3].map(|ns| Reduction::Horizon(round_down(ns))));
    }
    let root = Value::Table(table.clone());
    let mut values = Vec::new();
    walk(&root, &mut Vec::new(), &mut values);
    let items = items_at();
    reductions.extend(values.iter().flat_map(|(path, value)| match value {
        Value::Array(list) if path[..] == [key("fault")] || *path == items => {
            ranges(list.len()).map(|range| Reduction::RemoveRange(path.clone(), range)).collect()
        }
        _ => Vec::new(),
    }));
    let mut values: Vec<_> = values.into_iter().map(|(path, _)| path).collect();
    // Without these a run would be longer.
    let limits_run = |path: &Vec<PathStep>| {
        ["horizon", "resolution", "stop"].iter().any(|name| path[..] == [key(name)])
    };
    values.retain(|path| !limits_run(path));
    // Short paths first: a table before its values.
    values.sort_by_key(Vec::len);
    reductions.extend(values.into_iter().map(Reduction::Remove));
    reductions
}

/// Rounds down to three significant digits, for readability.
fn round_down(ns: u64) -> NanoDuration {
    let grain = 10u64.pow(ns.max(1).ilog10().saturating_sub(2));
    NanoDuration::from_ns(ns / grain * grain)
}

fn key(text: &str) -> PathStep {
    PathStep::Key(text.into())
}

/// The path of the due times of listed items.
fn items_at() -> Vec<PathStep> {
    ["workload", "items", "at"].map(key).to_vec()
}

/// Ranges of a list: halves, quarters and so on, down to two entries.
fn ranges(length: usize) -> impl Iterator<Item = Range<usize>> {
    let sizes = std::iter::successors(Some(length.div_ceil(2)), |size| Some(size.div_ceil(2)));
    sizes.take_while(|&size| size > 2).chain([2]).flat_map(move |size| {
        let starts = (0..length).step_by(size);
        starts.map(move |start| start..length.min(start + size))
    })
}

/// Adds all values inside a value with their paths, each after the value that contains it.
pub fn walk<'a>(
    value: &'a Value,
    path: &mut Vec<PathStep>,
    found: &mut Vec<(Vec<PathStep>, &'a Value)>,
) {
    let inside: Vec<(PathStep, &Value)> = match value {
        Value::Table(table) => {
            table.iter().map(|(key, value)| (PathStep::Key(key.clone()), value)).collect()
        }
        Value::Array(list) => {
            list.iter().enumerate().map(|(index, value)| (PathStep::Index(index), value)).collect()
        }
        _ => return,
    };
    for (step, value) in inside {
        path.push(step);
        found.push((path.clone(), value));
        walk(value, path, found);
        path.pop();
    }
}

impl Reduction {
    /// The reduced table.
    pub fn apply(&self, table: &Table) -> Table {
        let mut table = table.clone();
        match self {
            Self::Zone(id) => {
                if let Some(zones) = table.get_mut("zones").and_then(Value::as_table_mut) {
                    zones.remove(id);
                }
                remove_zone(&mut table, id);
            }
            Self::Merge(id, into) => {
                let from = find(&mut table, &["workload", "items", "from"].map(key));
                for zone in from.and_then(Value::as_array_mut).into_iter().flatten() {
                    if zone.as_str() == Some(id) {
                        *zone = Value::String(into.clone());
                    }
                }
                return Self::Zone(id.clone()).apply(&table);
            }
            Self::Generate(count) => {
                let zones = table.get_mut("zones").and_then(Value::as_table_mut);
                let before = zones.and_then(|zones| {
                    zones.insert("generate".into(), Value::Integer(*count))?.as_integer()
                });
                for number in *count..before.unwrap_or(*count) {
                    remove_zone(&mut table, &format!("z{number}"));
                }
            }
            Self::Horizon(horizon) => {
                table.insert("horizon".into(), Value::String(horizon.to_string()));
            }
            Self::Remove(path) => remove(&mut table, path),
            Self::RemoveRange(list, range) => {
                for index in range.clone().rev() {
                    remove(&mut table, &[&list[..], &[PathStep::Index(index)]].concat());
                }
            }
            Self::DefaultTimes => {
                remove(&mut table, &[key("resolution")]);
                remove(&mut table, &[key("horizon")]);
                remove(&mut table, &["network", "latency"].map(key));
            }
            Self::Put(path, value) => {
                if let Some(at) = find(&mut table, path) {
                    *at = value.clone();
                }
            }
        }
        table
    }
}

/// Removes the value at a path.
fn remove(table: &mut Table, path: &[PathStep]) {
    let items = [key("workload"), key("items")];
    if let [workload, items_key, PathStep::Key(list), PathStep::Index(index)] = path
        && [workload.clone(), items_key.clone()] == items
        && (list == "at" || list == "from")
    {
        for list in ["at", "from"] {
            remove_one(
                table,
                &[workload.clone(), items_key.clone(), key(list), PathStep::Index(*index)],
            );
        }
    } else {
        remove_one(table, path);
    }
}

/// The value at a path.
fn find<'a>(table: &'a mut Table, path: &[PathStep]) -> Option<&'a mut Value> {
    let (PathStep::Key(first), rest) = path.split_first()? else { return None };
    rest.iter().try_fold(table.get_mut(first)?, |value, step| match step {
        PathStep::Key(key) => value.as_table_mut()?.get_mut(key),
        PathStep::Index(index) => value.as_array_mut()?.get_mut(*index),
    })
}

fn remove_one(table: &mut Table, path: &[PathStep]) {
    let Some((last, parent)) = path.split_last() else { return };
    if let ([], PathStep::Key(key)) = (parent, last) {
        table.remove(key);
        return;
    }
    match (find(table, parent), last) {
        (Some(Value::Table(table)), PathStep::Key(key)) => {
            table.remove(key);
        }
        (Some(Value::Array(list)), PathStep::Index(index)) if *index < list.len() => {
            list.remove(*index);
        }
        _ => {}
    }
}

/// Removes all values that name a zone.
fn remove_zone(table: &mut Table, id: &str) {
    let items = table.get("workload").and_then(|workload| workload.get("items")?.get("from"));
    let from = items.and_then(Value::as_array).cloned().unwrap_or_default();
    for index in (0..from.len()).rev().filter(|&index| from[index].as_str() == Some(id)) {
        remove(table, &[key("workload"), key("items"), key("from"), PathStep::Index(index)]);
    }
    let names_zone = |key: &str| key == id || key.split(['-', '>']).any(|end| end == id);
    remove_from_table(table, &names_zone);
}

fn remove_from_table(table: &mut Table, names: &dyn Fn(&str) -> bool) {
    table.retain(|key, value| !names(key) && !value.as_str().is_some_and(names));
    for (_, value) in table.iter_mut() {
        match value {
            Value::Table(table) => remove_from_table(table, names),
            Value::Array(list) => remove_from_list(list, names),
            _ => {}
        }
    }
}

fn remove_from_list(list: &mut Vec<Value>, names: &dyn Fn(&str) -> bool) {
    list.retain(|value| !value.as_str().is_some_and(names));
    for value in list.iter_mut() {
        match value {
            Value::Table(table) => remove_from_table(table, names),
            Value::Array(list) => remove_from_list(list, names),
            _ => {}
        }
    }
}
