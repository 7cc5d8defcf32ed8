//! Ways to make a scenario smaller, the large ones first.

use std::ops::Range;

use toml::{Table, Value};

use crate::time::Length;

/// A step on the way to a value: a key, or a place in a list.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// A key of a table.
    Key(String),
    /// A place in a list.
    Place(usize),
}

/// One way to make a scenario smaller.
#[derive(Clone, Debug, PartialEq)]
pub enum Edit {
    /// Without a zone, and all that is said of it.
    Zone(String),
    /// Without a zone, its items those of another.
    Merge(String, String),
    /// With so many generated zones, and nothing said of the others.
    Generate(i64),
    /// Ending at this time.
    Horizon(Length),
    /// Without a value; an item of the workload goes with its instant and its zone.
    Remove(Vec<Step>),
    /// Without some neighbours in a list; `at` of the workload's items stands for all that is said of
    /// them.
    RemoveRange(Vec<Step>, Range<usize>),
    /// With another value.
    Put(Vec<Step>, Value),
}

/// The ways that there are for a table.
pub fn edits(table: &Table) -> Vec<Edit> {
    let mut edits = Vec::new();
    let zones = table.get("zones").and_then(Value::as_table);
    let generated = zones.and_then(|zones| zones.get("generate")?.as_integer());
    if let Some(count) = generated.filter(|&count| count > 2) {
        edits.extend([2.max(count / 2), count - 1].map(Edit::Generate));
    } else if let Some(zones) = zones {
        edits.extend(zones.keys().map(|id| Edit::Zone(id.clone())));
        let pairs = zones.keys().zip(zones.keys().skip(1));
        edits.extend(pairs.map(|(id, into)| Edit::Merge(id.clone(), into.clone())));
    }
    let horizon = table.get("horizon").and_then(|value| value.as_str()?.parse::<Length>().ok());
    if let Some(Length { ns }) = horizon {
        edits.extend([ns / 2, ns / 4 * 3].map(|ns| Edit::Horizon(whole(ns))));
    }
    let whole_table = Value::Table(table.clone());
    let mut values = Vec::new();
    walk(&whole_table, &mut Vec::new(), &mut values);
    let items = items_at();
    edits.extend(values.iter().flat_map(|(path, value)| match value {
        Value::Array(list) if path[..] == [key("fault")] || *path == items => {
            ranges(list.len()).map(|range| Edit::RemoveRange(path.clone(), range)).collect()
        }
        _ => Vec::new(),
    }));
    let mut values: Vec<_> = values.into_iter().map(|(path, _)| path).collect();
    // Without these a run would be longer, not smaller.
    let lasting = |path: &Vec<Step>| {
        ["horizon", "resolution", "stop"].iter().any(|name| path[..] == [key(name)])
    };
    values.retain(|path| !lasting(path));
    // What is short holds much: whole tables go before their values.
    values.sort_by_key(Vec::len);
    edits.extend(values.into_iter().map(Edit::Remove));
    edits
}

/// To a hundredth of the next lower power of ten: people read it.
fn whole(ns: u64) -> Length {
    let grain = 10u64.pow(ns.max(1).ilog10().saturating_sub(2));
    Length::from_ns(ns / grain * grain)
}

fn key(text: &str) -> Step {
    Step::Key(text.into())
}

/// The instants of items that are listed.
fn items_at() -> Vec<Step> {
    ["workload", "items", "at"].map(key).to_vec()
}

/// Halves of a list, quarters and so on, down to two of it.
fn ranges(length: usize) -> impl Iterator<Item = Range<usize>> {
    let sizes = std::iter::successors(Some(length.div_ceil(2)), |size| Some(size.div_ceil(2)));
    sizes.take_while(|&size| size > 2).chain([2]).flat_map(move |size| {
        let starts = (0..length).step_by(size);
        starts.map(move |start| start..length.min(start + size))
    })
}

/// All values in a value, each behind what it is in.
pub fn walk<'a>(value: &'a Value, path: &mut Vec<Step>, found: &mut Vec<(Vec<Step>, &'a Value)>) {
    let inside: Vec<(Step, &Value)> = match value {
        Value::Table(table) => {
            table.iter().map(|(key, value)| (Step::Key(key.clone()), value)).collect()
        }
        Value::Array(list) => {
            list.iter().enumerate().map(|(place, value)| (Step::Place(place), value)).collect()
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

impl Edit {
    /// The table, made smaller.
    pub fn apply(&self, table: &Table) -> Table {
        let mut table = table.clone();
        match self {
            Self::Zone(id) => {
                if let Some(zones) = table.get_mut("zones").and_then(Value::as_table_mut) {
                    zones.remove(id);
                }
                forget(&mut table, id);
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
                    forget(&mut table, &format!("z{number}"));
                }
            }
            Self::Horizon(horizon) => {
                table.insert("horizon".into(), Value::String(horizon.to_string()));
            }
            Self::Remove(path) => remove(&mut table, path),
            Self::RemoveRange(list, range) => {
                for place in range.clone().rev() {
                    remove(&mut table, &[&list[..], &[Step::Place(place)]].concat());
                }
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
fn remove(table: &mut Table, path: &[Step]) {
    let items = [key("workload"), key("items")];
    if let [workload, items_key, Step::Key(list), Step::Place(place)] = path
        && [workload.clone(), items_key.clone()] == items
        && (list == "at" || list == "from")
    {
        for list in ["at", "from"] {
            remove_one(
                table,
                &[workload.clone(), items_key.clone(), key(list), Step::Place(*place)],
            );
        }
    } else {
        remove_one(table, path);
    }
}

/// The value at a path.
fn find<'a>(table: &'a mut Table, path: &[Step]) -> Option<&'a mut Value> {
    let (Step::Key(first), rest) = path.split_first()? else { return None };
    rest.iter().try_fold(table.get_mut(first)?, |value, step| match step {
        Step::Key(key) => value.as_table_mut()?.get_mut(key),
        Step::Place(place) => value.as_array_mut()?.get_mut(*place),
    })
}

fn remove_one(table: &mut Table, path: &[Step]) {
    let Some((last, around)) = path.split_last() else { return };
    if let ([], Step::Key(key)) = (around, last) {
        table.remove(key);
        return;
    }
    match (find(table, around), last) {
        (Some(Value::Table(table)), Step::Key(key)) => {
            table.remove(key);
        }
        (Some(Value::Array(list)), Step::Place(place)) if *place < list.len() => {
            list.remove(*place);
        }
        _ => {}
    }
}

/// Removes all that names a zone that is no more.
fn forget(table: &mut Table, id: &str) {
    let items = table.get("workload").and_then(|workload| workload.get("items")?.get("from"));
    let from = items.and_then(Value::as_array).cloned().unwrap_or_default();
    for place in (0..from.len()).rev().filter(|&place| from[place].as_str() == Some(id)) {
        remove(table, &[key("workload"), key("items"), key("from"), Step::Place(place)]);
    }
    let names = |key: &str| key == id || key.split(['-', '>']).any(|end| end == id);
    forget_in(table, &names);
}

fn forget_in(table: &mut Table, names: &dyn Fn(&str) -> bool) {
    table.retain(|key, value| !names(key) && !value.as_str().is_some_and(names));
    for (_, value) in table.iter_mut() {
        match value {
            Value::Table(table) => forget_in(table, names),
            Value::Array(list) => forget_in_list(list, names),
            _ => {}
        }
    }
}

fn forget_in_list(list: &mut Vec<Value>, names: &dyn Fn(&str) -> bool) {
    list.retain(|value| !value.as_str().is_some_and(names));
    for value in list.iter_mut() {
        match value {
            Value::Table(table) => forget_in(table, names),
            Value::Array(list) => forget_in_list(list, names),
            _ => {}
        }
    }
}
