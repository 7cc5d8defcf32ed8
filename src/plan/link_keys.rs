//! Settings of single links: the keys of `[network.link]`, by direction.

use std::collections::BTreeMap;

use super::node_table::NodeTable;
use crate::id::NodeId;
use crate::scenario::{Diagnostic, LinkSettings, Loaded};

/// Settings of single links by (sender, receiver), highest priority first, each with its path in the
/// scenario.
pub type LinkOverrides<'a> = BTreeMap<(NodeId, NodeId), Vec<(String, &'a LinkSettings)>>;

/// Reads `"a-b"` (both directions) and `"a>b"` (one direction, which has priority).
///
/// # Errors
/// A key that is not a link of two known nodes, or a second key for a direction.
pub fn read<'a, E, C>(
    loaded: &'a Loaded<E, C>,
    node_table: &NodeTable,
) -> Result<LinkOverrides<'a>, Diagnostic> {
    let source = &loaded.source;
    let mut by_direction: BTreeMap<(NodeId, NodeId, bool), (&str, &LinkSettings)> = BTreeMap::new();
    for (key, settings) in &loaded.scenario.network.link.0 {
        let error = |title: String| source.key_diagnostic(&link_path(key), title);
        let Some((a, b, one_way)) = parse_link(key) else {
            return Err(error(format!("`{key}` is no link")).label(expected_link(key)));
        };
        let end = |name| {
            node_table.resolve(name).ok_or_else(|| node_table.unknown(name, error(String::new())))
        };
        let (a, b) = (end(a)?, end(b)?);
        if a == b {
            let title = format!("`{key}` links a zone with itself");
            return Err(error(title).label("expected two zones"));
        }
        let directions = if one_way { vec![(a, b)] } else { vec![(a, b), (b, a)] };
        for (from, to) in directions {
            // `false` sorts first, so a key for one direction comes before a key for both.
            let direction = (from, to, !one_way);
            if let Some((first, _)) = by_direction.insert(direction, (key, settings)) {
                let title = format!("`{key}` says again what `{first}` says");
                return Err(error(title).label("expected each link once"));
            }
        }
    }
    let mut overrides = LinkOverrides::new();
    for ((from, to, _), (key, settings)) in by_direction {
        overrides.entry((from, to)).or_default().push((link_path(key), settings));
    }
    Ok(overrides)
}

fn link_path(key: &str) -> String {
    format!("network.link.{key}")
}

/// Splits a key into its two ends and whether it is for one direction only.
fn parse_link(key: &str) -> Option<(&str, &str, bool)> {
    let sign = key.find(['>', '-'])?;
    let (a, b) = (key[..sign].trim(), key[sign + 1..].trim());
    let fits = |end: &str| !end.is_empty() && !end.contains(['>', '<', '-', '=', '*', ',', ' ']);
    (fits(a) && fits(b)).then_some((a, b, key[sign..].starts_with('>')))
}

/// The label for a key that is not a link, made of its ids if there are two.
fn expected_link(key: &str) -> String {
    let is_id = |c: char| c.is_alphanumeric() || c == '_';
    let ids: Vec<_> = key.split(|c| !is_id(c)).filter(|id| !id.is_empty()).collect();
    let (a, b) = if let [a, b] = ids[..] { (a, b) } else { ("a", "b") };
    format!("expected \"{a}-{b}\" for both ways, or \"{a}>{b}\" for one")
}
