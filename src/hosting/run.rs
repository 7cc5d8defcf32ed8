//! Runs services: applies faults at their ticks, and starts and watches services.

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

/// The state of the service of a node.
#[derive(Debug, Default)]
struct ServiceState {
    /// The number of starts.
    starts: u64,
    /// It has ended in this step; its tasks and sockets have not been cleaned up.
    just_ended: bool,
    /// It has ended, and the scenario has not restarted it.
    is_idle: bool,
    /// It is a client that returned `Ok`, which is not started again.
    is_done: bool,
}

type ServiceStates = Rc<Vec<RefCell<ServiceState>>>;

impl Hosting {
    /// Runs the services with a seed, until all clients are done or to the horizon.
    pub fn run(&self, seed: u64) -> ServiceReport {
        let plan = &self.plan;
        let schedule = plan.schedule(seed);
        let report = ServiceReport {
            about: plan.about.clone(),
            names: plan.names.iter().map(String::from).collect(),
            seed,
            unsupported: self.ignored.clone(),
            ..ServiceReport::default()
        };
        let run = Arc::new(HostedRun::new(report, plan.zones as usize, plan.hub));
        let _watch = panics::Watch::new(&run);
        let states: ServiceStates =
            Rc::new(plan.names.iter().map(|_| RefCell::default()).collect());
        let mut network = TurmoilNetwork::new(plan, seed, &schedule);
        for (node, service) in self.services.iter().enumerate() {
            network.add(plan, software(node, service.clone(), &run, &states));
        }
        network.connect();
        let mut lasted = plan.horizon;
        let mut is_done = false;
        for tick in (0..plan.horizon.0).map(SimTime) {
            run.enter(tick);
            network.enter(tick);
            self.apply_faults(&schedule, tick, &mut network, &run, &states);
            network.step(tick);
            for (node, state) in states.iter().enumerate() {
                // Ends the tasks that the service spawned.
                if std::mem::take(&mut state.borrow_mut().just_ended) {
                    network.bounce(NodeId(node as u32));
                }
            }
            if plan.stop == Stop::Settled && self.all_done(&schedule, tick, &states) {
                (lasted, is_done) = (tick, true);
                break;
            }
        }
        // Cloned, since services may still log while they are dropped.
        let report = run.report().clone();
        ServiceReport { lasted: Duration::from_millis(lasted.0), is_done, ..report }
    }

    /// Applies and logs the faults of an instant, and marks services that may restart.
    fn apply_faults(
        &self,
        schedule: &Schedule,
        tick: SimTime,
        network: &mut TurmoilNetwork,
        run: &HostedRun,
        states: &ServiceStates,
    ) {
        for transition in schedule.transitions_at(tick) {
            let fault = schedule.fault(transition.fault);
            let verb = match (transition.starts, unsupported::of_fault(&fault.effect).is_some()) {
                (true, true) => "is left out",
                (false, true) => continue,
                (true, false) => "begins",
                (false, false) => "ends",
            };
            let text = format!("{}: {verb}", self.plan.describe(fault));
            run.log(None, LogKind::Fault, text);
            network.fault(tick, transition.fault, transition.starts);
        }
        for node in schedule.crashing_nodes() {
            if schedule.restarts(node, tick) {
                let mut state = states[node.index()].borrow_mut();
                state.is_idle = state.is_done;
            }
        }
        network.crashes(tick);
    }

    /// Whether there are clients and each is done or will not start again before the horizon.
    fn all_done(&self, schedule: &Schedule, tick: SimTime, states: &ServiceStates) -> bool {
        let is_over = |node: usize| {
            let state = states[node].borrow();
            let id = NodeId(node as u32);
            let is_down = schedule.is_down(id, tick);
            let restarts = schedule.next_restart(id, tick) < self.plan.horizon;
            state.is_done || ((state.is_idle || is_down) && !restarts)
        };
        let is_client = |service: &Option<Service>| service.as_ref().is_some_and(|s| s.is_client);
        let mut clients =
            (0..states.len()).filter(|&node| is_client(&self.services[node])).peekable();
        clients.peek().is_some() && clients.all(is_over)
    }
}

/// The software of a host: the service; after it, a host that stays up, so that connections are refused
/// and not left waiting.
fn software(
    node: usize,
    service: Option<Service>,
    run: &Arc<HostedRun>,
    states: &ServiceStates,
) -> impl Fn() -> super::ServiceFuture + 'static {
    let (run, states) = (Arc::clone(run), Rc::clone(states));
    move || {
        let service = service.clone().filter(|_| !states[node].borrow().is_idle);
        let (run, states) = (Arc::clone(&run), Rc::clone(&states));
        Box::pin(async move {
            panics::started(&run, node);
            if let Some(service) = service {
                serve(node, &service, &run, &states[node]).await;
            }
            pending().await
        })
    }
}

/// Runs a service once, and logs how it ends.
async fn serve(
    node: usize,
    service: &Service,
    run: &Arc<HostedRun>,
    state: &RefCell<ServiceState>,
) {
    let starts = state.borrow().starts;
    state.borrow_mut().starts += 1;
    let handle = ServiceHandle::new(NodeId(node as u32), starts, run);
    if starts > 0 {
        handle.log(LogKind::Restart, "is back");
    }
    let argument = handle.clone();
    let ended = catch_panic(async { (service.start)(argument).await }).await;
    let mut state = state.borrow_mut();
    state.is_idle = true;
    state.just_ended = true;
    state.is_done = matches!(ended, Ok(Ok(()))) && service.is_client;
    match ended {
        Ok(Ok(())) => handle.log(LogKind::Done, "is done"),
        Ok(Err(error)) => handle.log(LogKind::Error, format!("fails: {error}")),
        Err(message) => handle.end_by_panic(&message),
    }
}

/// Awaits a service; the error is the message of a panic.
async fn catch_panic(future: impl Future<Output = Result>) -> std::result::Result<Result, String> {
    let mut future = Box::pin(future);
    poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
        Ok(polled) => polled.map(Ok),
        Err(panic) => Poll::Ready(Err(panics::message(&*panic))),
    })
    .await
}
