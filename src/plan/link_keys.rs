//! What is said of single links: the keys of `[network.link]`, by direction.

use std::collections::BTreeMap;

use super::node_table::NodeTable;
use crate::id::NodeId;
use crate::scenario::{Diagnostic, LinkSettings, Loaded};

/// What is said of single links, by direction, with the path at which it is said.
/// What goes before comes first.
pub type LinkOverrides<'a> = BTreeMap<(NodeId, NodeId), Vec<(String, &'a LinkSettings)>>;

/// Reads `"a-b"` (both ways) and `"a>b"` (one way, which goes before).
pub fn read<'a, E, C>(
    loaded: &'a Loaded<E, C>,
    names: &NodeTable,
) -> Result<LinkOverrides<'a>, Diagnostic> {
    let source = &loaded.source;
    let mut said: BTreeMap<(NodeId, NodeId, bool), (&str, &LinkSettings)> = BTreeMap::new();
    for (key, settings) in &loaded.scenario.network.link.0 {
        let wrong = |title: String| source.key_diagnostic(&link_path(key), title);
        let Some((a, b, one_way)) = ends(key) else {
            return Err(wrong(format!("`{key}` is no link")).label(expected_link(key)));
        };
        let end =
            |name| names.resolve(name).ok_or_else(|| names.unknown(name, wrong(String::new())));
        let (a, b) = (end(a)?, end(b)?);
        if a == b {
            let title = format!("`{key}` links a zone with itself");
            return Err(wrong(title).label("expected two zones"));
        }
        let ways = if one_way { vec![(a, b)] } else { vec![(a, b), (b, a)] };
        for (from, to) in ways {
            // In order, what is said of one way (`false`) comes before what is said of both.
            if let Some((first, _)) = said.insert((from, to, !one_way), (key, settings)) {
                let title = format!("`{key}` says again what `{first}` says");
                return Err(wrong(title).label("expected each link once"));
            }
        }
    }
    let mut overrides = LinkOverrides::new();
    for ((from, to, _), (key, settings)) in said {
        overrides.entry((from, to)).or_default().push((link_path(key), settings));
    }
    Ok(overrides)
}

fn link_path(key: &str) -> String {
    format!("network.link.{key}")
}

/// The two ends of a link, and whether it goes one way.
fn ends(key: &str) -> Option<(&str, &str, bool)> {
    let sign = key.find(['>', '-'])?;
    let (a, b) = (key[..sign].trim(), key[sign + 1..].trim());
    let fits = |end: &str| !end.is_empty() && !end.contains(['>', '<', '-', '=', '*', ',', ' ']);
    (fits(a) && fits(b)).then_some((a, b, key[sign..].starts_with('>')))
}

/// What a key that is no link may have meant.
fn expected_link(key: &str) -> String {
    let is_id = |c: char| c.is_alphanumeric() || c == '_';
    let ids: Vec<_> = key.split(|c| !is_id(c)).filter(|id| !id.is_empty()).collect();
    let (a, b) = if let [a, b] = ids[..] { (a, b) } else { ("a", "b") };
    format!("expected \"{a}-{b}\" for both ways, or \"{a}>{b}\" for one")
}
