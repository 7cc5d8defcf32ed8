//! The description of gossip.

use super::params::Params;
use crate::protocol::{Cost, Params as _, ProtocolInfo, Release, time_letters};

/// The entry of `gossip` in the list of protocols.
pub const INFO: ProtocolInfo = ProtocolInfo {
    name: "gossip",
    about: "every zone pushes to or pulls from random others in cycles, for ever or until it loses \
            interest",
    source: "Demers et al., Epidemic algorithms for replicated database maintenance, 1987, 1.3, 1.4 \
             and 3",
    deviations: &[
        "the paper compares databases by checksum; here all items are sent, and a reply in \
         push-pull omits the items that the call contained; the zone counts omitted items as \
         feedback that they were known",
        "a call and its items are one message, so a rejection comes after the items and not \
         before; nothing is learnt from a rejected call, and it is no contact for feedback; with \
         blind, the call counts and the hunt that replaces it does not count again",
        "in cycles that are not synchronous, the connection limit applies to intervals of the \
         zone's clock that begin at multiples of the interval",
        "distance is the minimum latency, not the number of hops; the paper prefers the number of \
         sites within that distance; a hunt draws from all zones except the one that rejected last",
        "the paper does not say when the first cycle of a zone begins; a staggered zone waits for \
         the stationary residual of a cycle, which without jitter is uniform over the interval \
         (memberlist waits in the same way, and has no jitter)",
        "minimization (1.4), in which both parties of a push-pull compare their counters, is not \
         implemented",
    ],
    formulas: &[
        Cost { what: "messages in a cycle, push", formula: "i*fanout" },
        Cost { what: "messages in a cycle, pull, mean", formula: "(n + i)*fanout" },
        Cost {
            what: "messages in a cycle, push-pull, mean",
            formula: "(n + i*(n - i)/(n - 1))*fanout",
        },
        Cost {
            what: "cycles to all, push, synchronous, mean to within two",
            formula: "log2(n) + ln(n)",
        },
        Cost {
            what: "cycles to all, pull, synchronous, mean to within two",
            formula: "log2(n) + log2(ln(n))",
        },
        Cost {
            what: "cycles to all, push-pull, synchronous, mean to within two",
            formula: "log3(n) + log2(ln(n))",
        },
        Cost {
            what: "time to all, push or pull, poisson, mean",
            formula: "2*(n - 1)/n*H(n - 1)*interval",
        },
        Cost {
            what: "time to all, push-pull, poisson, mean",
            formula: "(n - 1)/n*H(n - 1)*interval",
        },
        Cost {
            what: "time to all after the last fault, staggered or synchronous, at most",
            formula: "2*(4*log2(n) + 60)*(9/8*(interval + interval_jitter)/((1 - p)*(1 - p)) + L) + C",
        },
        Cost {
            what: "time to all after the last fault, poisson, at most",
            formula: "2*(4*log2(n) + 60)*(27/8*(interval + interval_jitter)/((1 - p)*(1 - p)) + L) + C",
        },
    ],
    variables: concat!(
        "n zones; i of them infective for the only item when the cycle begins; ",
        time_letters!(),
        "; p the highest loss rate of a link; cycles and times to all are for a fanout of 1 and \
         latencies far below the interval"
    ),
    guarantees: "without forgetting, a connection limit and a spatial exponent, every zone \
                 delivers every item within that time, except in one run in 10^9; otherwise some \
                 zones may never receive an item. Nothing is durable: a crash with loss of memory \
                 loses the items that no other zone has",
    release: Release::Collective,
    settings: Params::PARAMS,
};
