//! W1 as a bare turmoil program: what a good programmer writes who has turmoil and nothing of ours.
//! A task, a socket and a heap of datagrams that wait per host; the latency is turmoil's own.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::net::Ipv4Addr;
use std::time::{Duration, UNIX_EPOCH};

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use tokio::time::{Instant, sleep_until};
use turmoil::Builder;
use turmoil::net::UdpSocket;

use crate::w::{
    INTERVAL, INTERVAL_JITTER, ITEM_EVERY, JITTER, LOST_ONE_IN, W1_ZONES as ZONES, latency,
};

const PORT: u16 = 1000;

/// Runs the first `horizon` ms of W1 from a seed; returns how many messages arrived.
pub fn run(seed: u64, horizon: u64) -> u64 {
    let mut sim = Builder::new()
        .tick_duration(Duration::from_millis(1))
        .simulation_duration(Duration::MAX)
        .epoch(UNIX_EPOCH)
        .udp_capacity(1 << 20)
        .rng_seed(seed)
        .build();
    let delivered = std::rc::Rc::new(std::cell::Cell::new(0));
    for me in 0..ZONES {
        let delivered = std::rc::Rc::clone(&delivered);
        sim.host(name(me), move || {
            let delivered = std::rc::Rc::clone(&delivered);
            async move { node(me, seed, &delivered).await }
        });
    }
    for a in 0..ZONES {
        for b in a + 1..ZONES {
            sim.set_link_latency(name(a), name(b), Duration::from_millis(latency(a, b)));
        }
    }
    for _ in 0..horizon {
        sim.step().expect("the hosts do not fail");
    }
    delivered.get()
}

fn name(zone: usize) -> String {
    format!("z{zone}")
}

/// A datagram that waits: when it departs, in which order it was sent, to whom, what it says.
type Waiting = Reverse<(u64, u64, usize, Vec<u8>)>;

async fn node(me: usize, seed: u64, delivered: &std::cell::Cell<u64>) -> turmoil::Result {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, PORT)).await?;
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ me as u64);
    let start = Instant::now();
    let mut known = [0u64; 8];
    let mut next_item = me as u64;
    let mut next_push: Option<u64> = None;
    let mut egress: BinaryHeap<Waiting> = BinaryHeap::new();
    let mut sent = 0;
    let mut buffer = [0; 1 << 10];
    loop {
        let now = start.elapsed().as_millis() as u64;
        if next_item * ITEM_EVERY <= now {
            known[next_item as usize / 64] |= 1 << (next_item % 64);
            next_item += ZONES as u64;
        }
        if next_push.is_none() && known != [0; 8] {
            next_push = Some(now + u64::from(below(&mut rng, INTERVAL as u32)));
        }
        if next_push.is_some_and(|at| at <= now) {
            let other = below(&mut rng, ZONES as u32 - 1) as usize;
            let to = if other < me { other } else { other + 1 };
            let wait = u64::from(below(&mut rng, JITTER + 1));
            if below(&mut rng, LOST_ONE_IN) != 0 {
                sent += 1;
                let datagram = postcard::to_stdvec(&(me as u32, sent, known.as_slice()))?;
                egress.push(Reverse((now + wait, sent, to, datagram)));
            }
            next_push = Some(now + INTERVAL + u64::from(below(&mut rng, INTERVAL_JITTER + 1)));
        }
        while let Some(Reverse((at, ..))) = egress.peek()
            && *at <= now
            && let Some(Reverse((.., to, datagram))) = egress.pop()
        {
            socket.try_send_to(&datagram, (name(to), PORT))?;
        }
        let departure = egress.peek().map(|Reverse((at, ..))| *at);
        let wake = [departure, next_push, Some(next_item * ITEM_EVERY)].into_iter().flatten().min();
        let until = start + Duration::from_millis(wake.unwrap_or(u64::MAX >> 20));
        tokio::select! {
            biased;
            readable = socket.readable() => readable?,
            () = sleep_until(until) => {}
        }
        while let Ok((length, _)) = socket.try_recv_from(&mut buffer) {
            let (_, _, words): (u32, u64, Vec<u64>) = postcard::from_bytes(&buffer[..length])?;
            for (mine, theirs) in known.iter_mut().zip(words) {
                *mine |= theirs;
            }
            delivered.set(delivered.get() + 1);
        }
    }
}

/// A whole number in 0..`limit`.
fn below(rng: &mut ChaCha8Rng, limit: u32) -> u32 {
    ((u64::from(rng.next_u32()) * u64::from(limit)) >> 32) as u32
}
