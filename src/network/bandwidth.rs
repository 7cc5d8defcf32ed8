//! Serialization delay and drop-tail queues.

/// The bandwidth of one direction of a link, and the capacity of its queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bandwidth {
    /// Bits per second, at least 1.
    pub bits_per_s: u64,
    /// Capacity of the queue in bytes, those being transmitted included. A message that does not fit
    /// is dropped (drop-tail); a message of any size that finds the link idle is transmitted.
    pub queue: u64,
}

const BITS: u128 = 8;
const NS_PER_S: u128 = 1_000_000_000;

/// The time in ns to transmit `bytes` at a rate, rounded up; saturates.
pub fn transmission_ns(bytes: u64, bits_per_s: u64) -> u64 {
    let ns = (u128::from(bytes) * BITS * NS_PER_S).div_ceil(bits_per_s.into());
    u64::try_from(ns).unwrap_or(u64::MAX)
}

impl Bandwidth {
    /// The time in ns to transmit `bytes`, rounded up; saturates.
    pub fn ns_for(self, bytes: u64) -> u64 {
        transmission_ns(bytes, self.bits_per_s)
    }

    /// The number of bytes transmitted in `ns`, rounded up, since a part of a byte occupies the queue.
    pub fn bytes_in(self, ns: u64) -> u64 {
        let bits = u128::from(ns) * u128::from(self.bits_per_s);
        u64::try_from(bits.div_ceil(BITS * NS_PER_S)).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transmission_times_are_exact() {
        let link = Bandwidth { bits_per_s: 2_000_000, queue: 0 };
        assert_eq!(link.ns_for(1000), 4_000_000);
        assert_eq!(link.bytes_in(4_000_000), 1000);
        let slow = Bandwidth { bits_per_s: 3, queue: 0 };
        assert_eq!(slow.ns_for(1), 2_666_666_667, "rounded up");
        assert_eq!(slow.ns_for(u64::MAX), u64::MAX, "never overflows");
    }
}
