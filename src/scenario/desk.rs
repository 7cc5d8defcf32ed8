//! The tables `[desk]` and `[law]`: how zones handle leads, and what their laws require. Both give
//! defaults for all zones; the table of a zone has keys of the same names. All defaults are guesses.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::delay::Delay;
use super::values::{BoundedU32, list};
use crate::protocol::desk::LeadKind;
use crate::time::NanoDuration;

/// Number of people or rooms that work at the same time.
pub type Servers = BoundedU32<1, 1_000_000>;

/// Number of people who work at the same time; 0 if there are none.
pub type Translators = BoundedU32<0, 1_000_000>;

/// How zones handle leads. All defaults are guesses.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table such as [desk]")]
pub struct Desk {
    /// Number of leads that a desk assesses at a time.
    pub labs: Servers,
    /// Number of leads that a desk translates at a time.
    pub translators: Translators,
    /// Languages that analysts read without translation; default: all.
    pub languages: Option<Languages>,
    /// Kinds of leads that a desk can assess; default: all. A zone that lacks one asks the nearest zone
    /// that has it.
    pub techniques: Option<LeadKinds>,
    /// Who assesses a lead.
    pub fusion: Fusion,
    /// Whether findings, requests and answers precede leads where decisions on release wait.
    pub priority: bool,
    /// Time to translate a lead. A time alone is the mean of an exponential distribution.
    pub translation: Delay,
}

impl Default for Desk {
    fn default() -> Self {
        Self {
            labs: BoundedU32(2),
            translators: BoundedU32(1),
            languages: None,
            techniques: None,
            fusion: Fusion::Everywhere,
            priority: true,
            translation: Delay::Plain(NanoDuration::from_secs(90 * 60)),
        }
    }
}

/// Who assesses a lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Fusion {
    /// Every zone that has it.
    Everywhere,
    /// The zone that it points to.
    Home,
    /// The hub.
    Hub,
}

/// What laws require, and who acts on them. All defaults are guesses.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table such as [law]")]
pub struct Law {
    /// Number of different leads that locate a member; default: `workload.organisation.corroboration`.
    pub needs: Option<Servers>,
    /// Kinds of leads that count; default: all.
    pub recognises: Option<LeadKinds>,
    /// Time from the location of a member until a zone may strike. A time alone is constant.
    pub warrant: Delay,
    /// Number of strikes that a zone carries out at a time; default: no limit.
    pub teams: Option<Servers>,
    /// Time that a team needs for a strike. A time alone is constant.
    pub strike: Delay,
}

impl Default for Law {
    fn default() -> Self {
        Self {
            needs: None,
            recognises: None,
            warrant: Delay::NONE,
            teams: None,
            strike: Delay::NONE,
        }
    }
}

list! {
    /// Kinds of leads.
    LeadKinds of LeadKind as LeadKind, "a list of kinds of leads, such as [\"propaganda\", \"financing\"]"
}
list! {
    /// Languages by name.
    Languages of String as String, "a list of languages, such as [\"ru\", \"kg\"]"
}
