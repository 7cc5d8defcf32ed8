//! The course of a run: faults at their ticks, services at their starts, until all is done.

use std::cell::RefCell;
use std::future::{Future, pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use super::service_handle::HostedRun;
use super::{Hosting, LogKind, Result, Service, ServiceHandle, ServiceReport, panics, unsupported};
use crate::engine::turmoil::TurmoilNetwork;
use crate::id::NodeId;
use crate::network::fault::Schedule;
use crate::scenario::Stop;
use crate::time::SimTime;

/// A node and how its service fares.
#[derive(Debug, Default)]
struct ServiceState {
    /// How often it was started.
    starts: u64,
    /// It has ended in this step: what it has left running is still to be ended.
    just_ended: bool,
    /// It has ended, and stays so until the scenario restarts it.
    is_idle: bool,
    /// A client that has done its work: it is not started again.
    is_done: bool,
}

type ServiceStates = Rc<Vec<RefCell<ServiceState>>>;

impl Hosting {
    /// Runs the services through the scenario.
    pub fn run(&self, seed: u64) -> ServiceReport {
        let plan = &self.plan;
        let schedule = plan.schedule(seed);
        let account = ServiceReport {
            about: plan.about.clone(),
            names: plan.names.iter().map(String::from).collect(),
            seed,
            unsupported: self.left_out.clone(),
            ..ServiceReport::default()
        };
        let world = Arc::new(HostedRun::new(account, plan.zones as usize, plan.hub));
        let _watch = panics::Watch::new(&world);
        let seats: ServiceStates = Rc::new(plan.names.iter().map(|_| RefCell::default()).collect());
        let mut network = TurmoilNetwork::new(plan, seed, &schedule);
        for (node, service) in self.services.iter().enumerate() {
            network.add(plan, software(node, service.clone(), &world, &seats));
        }
        network.connect();
        let mut lasted = plan.horizon;
        let mut is_done = false;
        for tick in (0..plan.horizon.0).map(SimTime) {
            world.enter(tick);
            network.enter(tick);
            self.faults(&schedule, tick, &mut network, &world, &seats);
            network.step(tick);
            for (node, seat) in seats.iter().enumerate() {
                // A process that ends takes all that it has spawned along.
                if std::mem::take(&mut seat.borrow_mut().just_ended) {
                    network.bounce(NodeId(node as u32));
                }
            }
            if plan.stop == Stop::Settled && self.all_done(&schedule, tick, &seats) {
                (lasted, is_done) = (tick, true);
                break;
            }
        }
        // What services note while they are torn down is no part of the run.
        let account = world.account().clone();
        ServiceReport { lasted: Duration::from_millis(lasted.0), is_done, ..account }
    }

    /// What starts and ends at an instant; nodes that come back may start their services.
    fn faults(
        &self,
        schedule: &Schedule,
        tick: SimTime,
        network: &mut TurmoilNetwork,
        world: &HostedRun,
        seats: &ServiceStates,
    ) {
        for transition in schedule.transitions_at(tick) {
            let fault = schedule.fault(transition.fault);
            let does = match (transition.starts, unsupported::of_fault(&fault.effect).is_some()) {
                (true, true) => "is left out",
                (false, true) => continue,
                (true, false) => "begins",
                (false, false) => "ends",
            };
            let text = format!("{}: {does}", self.plan.describe(fault));
            world.tell(None, LogKind::Fault, text);
            network.fault(tick, transition.fault, transition.starts);
        }
        for node in schedule.crashing_nodes() {
            if schedule.restarts(node, tick) {
                let mut seat = seats[node.index()].borrow_mut();
                seat.is_idle = seat.is_done;
            }
        }
        network.crashes(tick);
    }

    /// Whether all clients, of which there is one, have done their work or never will.
    fn all_done(&self, schedule: &Schedule, tick: SimTime, seats: &ServiceStates) -> bool {
        let is_over = |node: usize| {
            let seat = seats[node].borrow();
            let id = NodeId(node as u32);
            let is_down = schedule.is_down(id, tick);
            let comes_back = schedule.next_restart(id, tick) < self.plan.horizon;
            seat.is_done || ((seat.is_idle || is_down) && !comes_back)
        };
        let is_client = |service: &Option<Service>| service.as_ref().is_some_and(|s| s.is_client);
        let mut clients =
            (0..seats.len()).filter(|&node| is_client(&self.services[node])).peekable();
        clients.peek().is_some() && clients.all(is_over)
    }
}

/// What turmoil runs at a node: the service, watched; then a host that is up and does nothing, so
/// that who talks to it is refused rather than kept waiting.
fn software(
    node: usize,
    service: Option<Service>,
    world: &Arc<HostedRun>,
    seats: &ServiceStates,
) -> impl Fn() -> super::Running + 'static {
    let (world, seats) = (Arc::clone(world), Rc::clone(seats));
    move || {
        let service = service.clone().filter(|_| !seats[node].borrow().is_idle);
        let (world, seats) = (Arc::clone(&world), Rc::clone(&seats));
        Box::pin(async move {
            panics::started(&world, node);
            if let Some(service) = service {
                serve(node, &service, &world, &seats[node]).await;
            }
            pending().await
        })
    }
}

/// Runs a service from a start to its end.
async fn serve(
    node: usize,
    service: &Service,
    world: &Arc<HostedRun>,
    seat: &RefCell<ServiceState>,
) {
    let starts = seat.borrow().starts;
    seat.borrow_mut().starts += 1;
    let here = ServiceHandle::new(NodeId(node as u32), starts, world);
    if starts > 0 {
        here.tell(LogKind::Restart, "is back");
    }
    let place = here.clone();
    let ended = watched(async { (service.start)(place).await }).await;
    let mut seat = seat.borrow_mut();
    seat.is_idle = true;
    seat.just_ended = true;
    seat.is_done = matches!(ended, Ok(Ok(()))) && service.is_client;
    match ended {
        Ok(Ok(())) => here.tell(LogKind::Done, "is done"),
        Ok(Err(error)) => here.tell(LogKind::Error, format!("fails: {error}")),
        Err(message) => here.end_by_panic(&message),
    }
}

/// What a future returns, or what it says when it panics.
async fn watched(future: impl Future<Output = Result>) -> std::result::Result<Result, String> {
    let mut future = Box::pin(future);
    poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
        Ok(polled) => polled.map(Ok),
        Err(panic) => Poll::Ready(Err(panics::message(&*panic))),
    })
    .await
}
