//! Refuses a policy on release under an exchange that brings every item to all zones, if the policy keeps
//! leads from some of them or tells some later than others.

use super::release::{ExchangeFacts, Release};
use crate::id::NodeId;
use crate::protocol::Routing;
use crate::scenario::{Diagnostic, Loaded};

/// Checks a policy.
///
/// # Errors
/// What splits the zones: third-party rules, a label that is not for all, or a rule.
pub fn check<E, C>(
    release: &Release,
    loaded: &Loaded<E, C>,
    exchange: &ExchangeFacts,
) -> Result<(), Diagnostic> {
    if exchange.routing != Routing::Elected {
        return Ok(());
    }
    let refuse = |path: &str, why: &str, expected: &str| {
        let title = format!("`{}` tells every zone of every item, and {why}", exchange.name);
        Err(loaded.source.diagnostic(path, title).label(format!("expected {expected}")))
    };
    if release.orcon > 0.0 {
        let why = "its leader passes on what only originators may";
        return refuse("release.orcon", why, "0, or another exchange");
    }
    let [red, amber, ..] = release.shares;
    if red > 0.0 && release.zones > 2 {
        let why = "a `red` lead is for one zone";
        return refuse("release.tlp", why, "no share of `red`, or another exchange");
    }
    if amber > 0.0 && !release.observers.is_empty() {
        let why = "an `amber` lead is not for observers";
        let path = if loaded.source.says("release.tlp") { "release.tlp" } else { "release" };
        return refuse(path, why, "tlp = { green = 1.0 }, or another exchange");
    }
    let senders = || (0..release.zones).map(NodeId).filter(|&id| !release.observers.contains(id));
    for (index, rule) in release.rules.iter().enumerate() {
        if !senders().all(|from| rule.is_for_all(from, release.zones)) {
            let why = "this rule is for some zones only";
            let expected = "a delay for all zones, no rule, or another exchange";
            return refuse(&format!("release.rules.{index}"), why, expected);
        }
    }
    Ok(())
}
