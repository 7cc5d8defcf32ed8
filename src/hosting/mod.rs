//! Plain async code in the zones of a scenario: for who has a service, not a state machine.
//!
//! A service is what it is in production: `async` functions on tokio, with the sockets of
//! [`net`] (turmoil's, of the same names and methods as tokio's). Each zone is a host; its id is its
//! host name. zonesim gives the links the scenario's latencies, applies partitions, delays and crashes at
//! their very ticks, keeps the time, and collects what was measured.
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
//! let account = Hosting::new(&loaded, &[])?.host("a", echo)?.clients_elsewhere(ask).run(1);
//! assert_eq!(account.took_ms("round trip", None), [80.0]);
//! # Ok::<(), scenario::Diagnostic>(())
//! ```
//!
//! [`crate::cli::host`] makes a program of it: a file, a seed, overrides, a table or JSON.
//!
//! # Starts, crashes and ends
//!
//! The closure of a zone is called at the start and again after each crash: what it captures is the
//! disk, what its future holds is memory. The future is a process: when it returns, fails or panics,
//! what it has spawned ends and its sockets close. An error or a panic is told in the log, and the
//! zone stays silent until a restart of the scenario. A client that returned `Ok` has done its work
//! and is not called again. The run ends when all clients are done (or down for ever), unless the
//! scenario says `stop = "horizon"` or there are none; else at the horizon.
//!
//! A panic in a task that a service spawned ends that task, as ever with tokio, and fails the run: it
//! is told in the log and is among [`ServiceReport::failures`], whether or not somebody awaits the task or
//! catches the panic in it. A panic hook sees to that, so a program that sets its own must do so
//! before the first run; it is called as well.
//!
//! # What turmoil's sockets are, and are not
//!
//! As of 0.7.2, from its source, and held to by `tests/main/hosting.rs`:
//! - UDP takes the latency of its direction; a partition takes what is under way when it starts, and
//!   what departs during a delay takes longer.
//! - To open a TCP connection takes one way, not a round trip: the answer to the SYN is not a
//!   message. It takes a millisecond more where the client's zone comes before the server's.
//! - To open one across a partition (or one way of it, towards the server) is refused at once, where a
//!   real one would wait for its own timeouts. To a zone that is down it waits until that is back,
//!   and is refused then: the call comes before the service has bound its port.
//! - TCP resends nothing. A stream that a partition has taken a segment from stalls for ever, even after
//!   the partition: give every request a timeout, and open a new stream after it.
//! - A crash closes sockets as a killed process does: the other end reads the end of the stream, or
//!   a reset, one way later. What is sent to a zone while it is down reaches
//!   it at the restart. Whatever `memory` says, a process that crashed has none.
//! - An attempt to connect that fails keeps its port: a zone has 16,384 for a run.
//!
//! # The same seed, the same bytes
//!
//! Holds as long as the service itself repeats: `biased;` in each `select!`, no order of a hash map,
//! no clock but tokio's and [`ServiceHandle::now`], no threads, randomness from [`ServiceHandle::stream`]. Two runs of
//! one [`Hosting`] give equal accounts then, if closures capture nothing that a run changes.

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
/// What a service returns: nothing, or any error.
pub use turmoil::Result;
/// The sockets of a hosted service: a program needs no version of turmoil of its own.
pub use turmoil::net;
pub use unsupported::{Scenario, UNSUPPORTED, Unsupported};

use crate::plan::{Plan, PlanOf};
use crate::protocol::node;
use crate::scenario::{Diagnostic, nearest};

/// The plan of a scenario with what comes with zonesim.
pub type ScenarioPlan = PlanOf<node::Builtin>;

/// A service that runs.
type Running = Pin<Box<dyn Future<Output = Result>>>;

/// What runs at a node.
#[derive(Clone)]
struct Service {
    start: Rc<dyn Fn(ServiceHandle) -> Running>,
    is_client: bool,
}

impl Service {
    fn new<F>(start: impl Fn(ServiceHandle) -> F + 'static, is_client: bool) -> Self
    where
        F: Future<Output = Result> + 'static,
    {
        Self { start: Rc::new(move |here| Box::pin(start(here))), is_client }
    }
}

/// Services in the zones of a scenario.
#[derive(Clone)]
pub struct Hosting {
    plan: ScenarioPlan,
    left_out: Vec<Unsupported>,
    services: Vec<Option<Service>>,
}

impl Hosting {
    /// The zones of a scenario, with nothing in them; `without` are the parts of it that may be left
    /// out.
    ///
    /// # Errors
    /// What in it cannot be, as for any run; and what plain sockets do not carry, where it stands.
    pub fn new(
        scenario: &Scenario,
        without: &[Unsupported],
    ) -> std::result::Result<Self, Diagnostic> {
        let plan = Plan::new::<node::Builtin>(scenario)?;
        let left_out = unsupported::check(scenario, &plan, without)?;
        let services = vec![None; plan.nodes()];
        Ok(Self { plan, left_out, services })
    }

    /// The scenario, made whole.
    pub fn plan(&self) -> &ScenarioPlan {
        &self.plan
    }

    /// A service that runs as long as the scenario does, at a zone (or at `hub`).
    ///
    /// # Errors
    /// The scenario has no such zone, or a service is there already.
    pub fn host<F>(
        self,
        zone: &str,
        start: impl Fn(ServiceHandle) -> F + 'static,
    ) -> std::result::Result<Self, Diagnostic>
    where
        F: Future<Output = Result> + 'static,
    {
        self.settle(zone, Service::new(start, false))
    }

    /// A service that has something to do: the run is over when all of these have done it.
    ///
    /// # Errors
    /// The scenario has no such zone.
    pub fn client<F>(
        self,
        zone: &str,
        start: impl Fn(ServiceHandle) -> F + 'static,
    ) -> std::result::Result<Self, Diagnostic>
    where
        F: Future<Output = Result> + 'static,
    {
        self.settle(zone, Service::new(start, true))
    }

    /// A client at every zone at which nothing is yet. Not at the hub.
    pub fn clients_elsewhere<F>(mut self, start: impl Fn(ServiceHandle) -> F + 'static) -> Self
    where
        F: Future<Output = Result> + 'static,
    {
        let service = Service::new(start, true);
        for place in &mut self.services[..self.plan.zones as usize] {
            place.get_or_insert_with(|| service.clone());
        }
        self
    }

    fn settle(mut self, zone: &str, service: Service) -> std::result::Result<Self, Diagnostic> {
        let names = &self.plan.names;
        let Some(node) = names.iter().position(|name| name == zone) else {
            let meant = nearest(zone, names.iter());
            let meant = meant.map_or(String::new(), |name| format!("; did you mean `{name}`?"));
            let title = format!("no zone `{zone}` to host a service at{meant}");
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
