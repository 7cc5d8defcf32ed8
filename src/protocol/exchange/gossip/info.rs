//! How gossip is described to people.

use super::params::Params;
use crate::protocol::{Cost, Params as _, ProtocolInfo, time_letters};

/// Source, deviations from it, costs and guarantees.
pub const INFO: ProtocolInfo = ProtocolInfo {
    name: "gossip",
    about: "every zone tells or asks others at random, again and again, or until it loses interest",
    source: "Demers et al., Epidemic algorithms for replicated database maintenance, 1987, 1.3, 1.4 \
             and 3",
    deviations: &[
        "the paper compares databases by checksum; here the whole is told, and an answer of \
         push-pull leaves out what the question held; what was left out so, a zone knows to be \
         known, and counts it as feedback",
        "a call and what it tells are one message: a refusal comes after it, not before; nothing is \
         learnt from a refused call, and it is no contact for feedback; the blind count it, and a \
         hunt in its stead no more",
        "in other than synchronous cycles, the connection limit holds for every interval of the zone's \
         clock from a multiple of it to the next",
        "distance is the time of travel at best, not the hops; the paper's own choice is the number \
         of sites within it; a hunt goes to anybody but who has just refused",
        "the paper does not say when the first cycle of a zone begins; a staggered zone waits for the \
         stationary residual of a cycle, which without jitter is uniform over the interval \
         (memberlist waits so too, and has no jitter)",
        "1.4 also lets both parties of a push-pull compare their counters (minimization): not here",
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
        "n zones; i of them infective for the one item there is when the cycle begins; ",
        time_letters!(),
        "; p the largest share of messages that a link loses; cycles and times to all with a fanout of 1 and links far below the interval"
    ),
    guarantees: "if it never forgets, refuses nobody and draws partners uniformly, all have everything \
               in that time but for one run in 10^9; else some may never hear. Nothing is durable: a \
               crash that takes memory takes what nobody else has",
    settings: Params::PARAMS,
};
