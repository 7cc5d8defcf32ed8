//! The values that overrides set: which override replaces the value of another, and how several merge.

use super::Diagnostic;
use super::overrides::{Override, index, inline, key};

/// What an override sets: the path that it replaces, and the paths of the values that it writes there.
///
/// A list or a table counts as its values; an empty one as none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// Its keys, without the value: `network.loss` is two.
    pub path: Vec<String>,
    leaves: Vec<Vec<String>>,
}

impl Assignment {
    /// Parses `path=value`.
    ///
    /// # Errors
    /// The text is no override.
    pub fn read(line: &str) -> Result<Self, Diagnostic> {
        let (path, value) = parts(line)?;
        let mut leaves = Vec::new();
        gather_leaves(&path, &value, &mut leaves);
        Ok(Self { path, leaves })
    }

    /// The first path that this sets and that `later`, applied afterwards, replaces.
    pub fn lost_to(&self, later: &Self) -> Option<&[String]> {
        if self.path.starts_with(&later.path) {
            return Some(&self.path);
        }
        if !later.path.starts_with(&self.path) {
            return None;
        }
        let is_lost = |leaf: &&Vec<String>| {
            leaf.starts_with(&later.path) || later.path.starts_with(&leaf[..])
        };
        self.leaves.iter().find(is_lost).map(Vec::as_slice)
    }
}

fn gather_leaves(path: &[String], value: &toml::Value, leaves: &mut Vec<Vec<String>>) {
    let below = |key: &str| [path, &[key.to_owned()]].concat();
    match value {
        toml::Value::Table(table) => {
            table.iter().for_each(|(key, value)| gather_leaves(&below(key), value, leaves));
        }
        toml::Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                gather_leaves(&below(&index.to_string()), value, leaves);
            }
        }
        _ => leaves.push(path.to_owned()),
    }
}

/// The keys of an override and its value.
fn parts(line: &str) -> Result<(Vec<String>, toml::Value), Diagnostic> {
    let Override { toml, keys, is_short, .. } = Override::read(line)?;
    let table: toml::Table = toml.parse().unwrap_or_default();
    let descend = |value: toml::Value, key: &String| match value {
        toml::Value::Table(mut table) => table.remove(key),
        _ => None,
    };
    let written = &keys[..keys.len() - usize::from(is_short)];
    let value = written.iter().try_fold(toml::Value::Table(table), descend);
    Ok((keys, value.unwrap_or_else(|| toml::Value::Table(toml::Table::new()))))
}

/// Merges overrides into fewer with the same effect, none of which loses a value to a later one.
pub fn folded(lines: &[String]) -> Vec<String> {
    let mut folded: Vec<(Vec<String>, toml::Value)> = Vec::new();
    for (path, value) in lines.iter().filter_map(|line| parts(line).ok()) {
        folded.retain(|(other, _)| !other.starts_with(&path));
        match folded.iter_mut().find(|(other, _)| path.starts_with(other)) {
            Some((other, whole)) => put(whole, &path[other.len()..], value),
            None => folded.push((path, value)),
        }
    }
    let line = |(path, value): &(Vec<String>, toml::Value)| {
        let path: Vec<_> = path.iter().map(|name| key(name)).collect();
        format!("{}={}", path.join("."), inline(value))
    };
    folded.iter().map(line).collect()
}

/// Inserts a value at a path of keys, as [`super::overrides::merge`] does.
fn put(whole: &mut toml::Value, path: &[String], value: toml::Value) {
    let Some((key, rest)) = path.split_first() else {
        *whole = value;
        return;
    };
    match whole {
        toml::Value::Array(list) => match index(key) {
            Some(index) if index < list.len() => put(&mut list[index], rest, value),
            _ => {
                let mut added = toml::Value::Table(toml::Table::new());
                put(&mut added, rest, value);
                list.push(added);
            }
        },
        toml::Value::Table(table) => {
            let empty = || toml::Value::Table(toml::Table::new());
            put(table.entry(key).or_insert_with(empty), rest, value);
        }
        word => {
            *word = toml::Value::Table(toml::Table::new());
            put(word, path, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Source;
    use super::*;

    fn lost(earlier: &str, later: &str) -> Option<String> {
        let [earlier, later] = [earlier, later].map(|line| Assignment::read(line).unwrap());
        earlier.lost_to(&later).map(|path| path.join("."))
    }

    #[test]
    fn an_override_loses_the_values_that_a_later_one_sets() {
        for (earlier, later, expected) in [
            ("network.loss=0.1", "network.loss=0.2", Some("network.loss")),
            ("network.loss=0.1", "network={}", Some("network.loss")),
            ("network={loss=0.1, duplicate=0.2}", "network.duplicate=0", Some("network.duplicate")),
            ("network={loss=0.1}", "network.duplicate=0", None),
            ("network={}", "network.duplicate=0", None),
            ("network.latency=5ms", "network.latency.round_trip=9ms", Some("network.latency")),
            (
                "network={jitter={uniform={min=\"1ms\"}}}",
                "network.jitter=none",
                Some("network.jitter.uniform.min"),
            ),
            ("fault=[{at=\"1s\", for=\"2s\"}]", "fault.0.for=9s", Some("fault.0.for")),
            ("fault=[{at=\"1s\"}]", "fault.0.for=9s", None),
            ("fault=[{at=\"1s\"}]", "fault.1.at=9s", None),
            ("fault.0.crash=[\"a\",\"b\"]", "fault.0.crash.1=c", Some("fault.0.crash.1")),
            ("network.link.\"a-b\".loss=0", "network.link.\"a>b\".loss=0", None),
            ("zones.generate=3", "zones.generated=3", None),
        ] {
            assert_eq!(lost(earlier, later).as_deref(), expected, "{earlier} then {later}");
        }
    }

    #[test]
    fn folded_overrides_do_the_same_and_lose_nothing() {
        let file =
            "[network]\nloss = 0.5\njitter = \"none\"\n[[fault]]\nat = \"1s\"\ncrash = [\"z0\"]\n";
        let lines = [
            "horizon=1h",
            "network={loss=0.1, latency=\"5ms\"}",
            "network.loss=0.2",
            "fault.0={at=\"2s\", crash=[\"z1\"]}",
            "horizon=2h",
            "fault.0.crash.1=z2",
            "network.latency.round_trip=9ms",
        ]
        .map(str::to_owned);
        let folded = folded(&lines);
        assert_eq!(
            folded,
            [
                "network={ loss = 0.2, latency = { round_trip = \"9ms\" } }",
                "fault.0={ at = \"2s\", crash = [\"z1\", \"z2\"] }",
                "horizon=\"2h\""
            ]
        );
        let read = |lines: &[String]| Source::read::<toml::Table>("file", file, lines).unwrap().1;
        assert_eq!(read(&lines), read(&folded));
    }
}
