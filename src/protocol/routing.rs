//! By which links an exchange delivers.

/// The links by which an exchange delivers: which of them must be open in both directions between two
/// zones for an item of one to reach the other, if a fault never ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Routing {
    /// Not stated. All of the following must be open: the links of each zone to each other zone of the
    /// group and to the hub, if there is one, and enough of the overlay.
    #[default]
    Unknown,
    /// The link from the zone that publishes to the other.
    Direct,
    /// The links of both zones to the hub.
    Hub,
    /// As `Hub`; if the link from the zone that publishes to the hub is not open, as `Direct`.
    HubOrDirect,
    /// A path along the overlay; every zone passes items on.
    Overlay,
    /// The links between all zones of the group, among which partners are drawn; every zone passes
    /// items on.
    Uniform,
    /// Through a zone that the zones elect, to all of them: none may be kept from an item.
    Elected,
}

impl Routing {
    /// Whether the hub passes items on.
    pub fn has_relaying_hub(self) -> bool {
        matches!(self, Self::Hub | Self::HubOrDirect)
    }

    /// Whether the hub may learn items.
    pub fn may_tell_hub(self) -> bool {
        self.has_relaying_hub() || self == Self::Unknown
    }
}
