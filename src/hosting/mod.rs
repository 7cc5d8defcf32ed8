//! Runs async services in the zones of a scenario.
//!
//! A service is the code of production: `async` functions on tokio, with the sockets of [`net`], which
//! are turmoil's and have the names and methods of tokio's. Each zone is a host; its id is its host
//! name. Links have the latencies of the scenario; partitions, delays and crashes are applied at their
//! ticks; measurements are collected in a [`ServiceReport`].
//!
//! ```
//! use std::path::PathBuf;
//! use std::time::Duration;
//! use zonesim::hosting::{ServiceHandle, Hosting, net::UdpSocket, Result};
//! use zonesim::scenario;
//!
//! async fn echo(_: ServiceHandle) -> Result {
//!     let socket = UdpSocket::bind("0.0.0.0:7").await?;
//!     let mut buffer = [0; 1500];
//!     loop {
//!         let (length, from) = socket.recv_from(&mut buffer).await?;
//!         socket.send_to(&buffer[..length], from).await?;
//!     }
//! }
//!
//! async fn ask(here: ServiceHandle) -> Result {
//!     let socket = UdpSocket::bind("0.0.0.0:0").await?;
//!     let start = here.now();
//!     socket.send_to(b"hello", "a:7").await?;
//!     socket.recv_from(&mut [0; 1500]).await?;
//!     here.measure("round trip", start);
//!     Ok(())
//! }
//!
//! let text = "[zones.a]\n[zones.b]\n[network]\nlatency = \"40ms\"\n";
//! let loaded = scenario::parse("text", text.into(), &[], PathBuf::new())?;
//! let report = Hosting::new(&loaded, &[])?.host("a", echo)?.clients_elsewhere(ask).run(1);
//! assert_eq!(report.took_ms("round trip", None), [80.0]);
//! # Ok::<(), scenario::Diagnostic>(())
//! ```
//!
//! [`crate::cli::host`] is the command line of such a program: file, seed, overrides, table or JSON.
//!
//! # Starts, crashes and ends
//!
//! The closure of a zone is called at the start and after each crash. What it captures survives a
//! crash, like a disk; what its future holds does not. The future is like a process: when it returns,
//! fails or panics, the tasks that it spawned end and its sockets close. An error or a panic is
//! logged, and the zone stays idle until the scenario restarts it. A client that returned `Ok` is done
//! and is not called again. The run ends when all clients are done (or down until the horizon), or at
//! the horizon if there are no clients or the scenario has `stop = "horizon"`.
//!
//! A panic in a spawned task ends that task, as usual with tokio, and fails the run: it is logged and
//! is among [`ServiceReport::failures`], even if the task is not awaited or the panic is caught. This
//! takes a panic hook, so a program with a hook of its own must set it before the first run; that hook
//! is called too.
//!
//! # Differences of turmoil's sockets from real ones
//!
//! As of turmoil 0.7.2, from its source, and tested by `tests/main/hosting.rs`:
//! - A UDP datagram takes the latency of its direction. A partition drops datagrams in flight at its
//!   start; a delay applies to datagrams that depart during it.
//! - Opening a TCP connection takes the latency of one direction, not a round trip: the answer to the
//!   SYN is not a message. It takes a millisecond more where the zone of the client precedes that of
//!   the server.
//! - Opening a connection across a partition (or its direction to the server) fails at once, not after
//!   a timeout. To a zone that is down, it waits for the restart and is then refused, since the service
//!   has not bound its port yet.
//! - TCP does not retransmit. A stream that lost a segment to a partition stalls for ever: give each
//!   request a timeout, and open a new stream after it.
//! - A crash closes sockets as a killed process does: the other end reads the end of the stream or a
//!   reset after the latency. What is sent to a zone that is down arrives at its restart. A crashed
//!   process loses its memory whatever `memory` says.
//! - A failed attempt to connect does not release its port; a zone has 16,384 ports per run.
//!
//! # Determinism
//!
//! Two runs of a [`Hosting`] with the same seed give equal reports if the service is deterministic:
//! `biased;` in each `select!`, no iteration over hash maps, no clock except tokio's and
//! [`ServiceHandle::now`], no threads, random numbers from [`ServiceHandle::stream`], and closures that
//! capture nothing that a run changes.

mod panics;
mod report;
mod run;
mod service_handle;
mod unsupported;

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

pub use report::{LogEntry, LogKind, Sample, ServiceReport};
pub use service_handle::ServiceHandle;
/// The result of a service: nothing, or any error.
pub use turmoil::Result;
/// The sockets of a hosted service, re-exported so that a program need not depend on turmoil.
pub use turmoil::net;
pub use unsupported::{Scenario, ScenarioPlan, UNSUPPORTED, Unsupported};

use crate::plan::Plan;
use crate::protocol::node;
use crate::scenario::{Diagnostic, nearest};

/// The future of a service.
type ServiceFuture = Pin<Box<dyn Future<Output = Result>>>;

#[derive(Clone)]
struct Service {
    start: Rc<dyn Fn(ServiceHandle) -> ServiceFuture>,
    is_client: bool,
}

impl Service {
    fn new<F>(start: impl Fn(ServiceHandle) -> F + 'static, is_client: bool) -> Self
    where
        F: Future<Output = Result> + 'static,
    {
        Self { start: Rc::new(move |handle| Box::pin(start(handle))), is_client }
    }
}

/// A scenario with services assigned to its zones.
#[derive(Clone)]
pub struct Hosting {
    plan: ScenarioPlan,
    ignored: Vec<Unsupported>,
    services: Vec<Option<Service>>,
}

impl Hosting {
    /// A scenario without services; `without` are the parts of it that may be ignored.
    ///
    /// # Errors
    /// Any error of a plan; and a part that sockets do not support and that may not be ignored, with
    /// its place in the file.
    pub fn new(
        scenario: &Scenario,
        without: &[Unsupported],
    ) -> std::result::Result<Self, Diagnostic> {
        let plan = Plan::new::<node::Builtin>(scenario)?;
        let ignored = unsupported::check(scenario, &plan, without)?;
        let services = vec![None; plan.nodes()];
        Ok(Self { plan, ignored, services })
    }

    /// The plan of the scenario.
    pub fn plan(&self) -> &ScenarioPlan {
        &self.plan
    }

    /// Assigns a service to a zone, or to `hub`. The run does not wait for it to return.
    ///
    /// # Errors
    /// The scenario has no such zone, or the zone has a service already.
    pub fn host<F>(
        self,
        zone: &str,
        start: impl Fn(ServiceHandle) -> F + 'static,
    ) -> std::result::Result<Self, Diagnostic>
    where
        F: Future<Output = Result> + 'static,
    {
        self.assign(zone, Service::new(start, false))
    }

    /// Assigns a client, a service that returns: the run ends when all clients have returned `Ok`.
    ///
    /// # Errors
    /// The scenario has no such zone, or the zone has a service already.
    pub fn client<F>(
        self,
        zone: &str,
        start: impl Fn(ServiceHandle) -> F + 'static,
    ) -> std::result::Result<Self, Diagnostic>
    where
        F: Future<Output = Result> + 'static,
    {
        self.assign(zone, Service::new(start, true))
    }

    /// Assigns a client to each zone without a service, but not to the hub.
    pub fn clients_elsewhere<F>(mut self, start: impl Fn(ServiceHandle) -> F + 'static) -> Self
    where
        F: Future<Output = Result> + 'static,
    {
        let service = Service::new(start, true);
        for slot in &mut self.services[..self.plan.zones as usize] {
            slot.get_or_insert_with(|| service.clone());
        }
        self
    }

    fn assign(mut self, zone: &str, service: Service) -> std::result::Result<Self, Diagnostic> {
        let names = &self.plan.names;
        let Some(node) = names.iter().position(|name| name == zone) else {
            let nearest = nearest(zone, names.iter());
            let suggestion =
                nearest.map_or(String::new(), |name| format!("; did you mean `{name}`?"));
            let title = format!("no zone `{zone}` to host a service at{suggestion}");
            let names = names.iter().collect::<Vec<_>>().join(", ");
            return Err(Diagnostic::new(title).help(format!("there are {names}")));
        };
        if self.services[node].replace(service).is_some() {
            let title =
                format!("two services at zone `{zone}`; expected one, which may spawn others");
            return Err(Diagnostic::new(title));
        }
        Ok(self)
    }
}
