//! Catches panics of protocols around a run, so that a panic fails that run only and is reported once.

use std::any::Any;
use std::cell::RefCell;
use std::fmt;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::{Once, OnceLock};

use crate::protocol::NodePart;
use crate::protocol::node;

/// The message and the site of the first panic of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PanicMessage {
    text: String,
    /// The place in the code and the part of the node.
    pub at: PanicSite,
}

/// The site of a panic.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PanicSite {
    /// The part of a node that handled an input; `None` if no node did.
    pub part: Option<NodePart>,
    /// File, line and column; `None` if unknown.
    pub place: Option<(String, u32, u32)>,
}

impl fmt::Display for PanicMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

thread_local! {
    /// `None` outside [`catch`]; in it, the first panic of this thread.
    static FIRST: RefCell<Option<Option<PanicMessage>>> = const { RefCell::new(None) };
}

/// Called at every panic of the process, before it is caught.
pub type PanicObserver = fn(&PanicHookInfo<'_>);

static OBSERVER: OnceLock<PanicObserver> = OnceLock::new();

/// Sets the observer of panics, once per process. The previous panic hook is still called.
pub fn observe(observer: PanicObserver) {
    OBSERVER.get_or_init(|| observer);
    install_hook();
}

/// Installs one hook for both purposes: of two that threads install at once, one would be lost.
fn install_hook() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if let Some(observer) = OBSERVER.get() {
                observer(info);
            }
            if !record(info) {
                previous(info);
            }
        }));
    });
}

/// Calls a function that may panic. The previous panic hook is not called for its panics.
///
/// # Errors
/// The first panic, which is that of the protocol if an engine panics in consequence.
pub fn catch<T>(work: impl FnOnce() -> T) -> Result<T, PanicMessage> {
    install_hook();
    let outer = FIRST.replace(Some(None));
    let outer_part = node::replace_panicked(None);
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    let first = FIRST.replace(outer).flatten();
    let part = node::replace_panicked(outer_part);
    result.map_err(|payload| {
        let unrecorded = || PanicMessage { text: message(&*payload), at: PanicSite::default() };
        let mut panicked = first.unwrap_or_else(unrecorded);
        panicked.at.part = part;
        panicked
    })
}

/// Stores the first panic in [`catch`]; returns whether this thread is in it.
fn record(info: &PanicHookInfo<'_>) -> bool {
    FIRST.with_borrow_mut(|caught| {
        let Some(first) = caught else { return false };
        first.get_or_insert_with(|| {
            let place = info.location().map(|at| (at.file().to_owned(), at.line(), at.column()));
            let shown = place.as_ref().map(|(file, line, _)| format!(" ({file}:{line})"));
            let message = message(info.payload());
            // Messages of assertions have several lines.
            let lines: Vec<_> = message.lines().map(str::trim).collect();
            let text = format!("{}{}", lines.join("; "), shown.unwrap_or_default());
            PanicMessage { text, at: PanicSite { part: None, place } }
        });
        true
    })
}

/// The message of a panic.
pub(crate) fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
    text.unwrap_or("without a message").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_panic_is_returned() {
        struct Late;
        impl Drop for Late {
            fn drop(&mut self) {
                drop(catch(|| panic!("inside")));
            }
        }
        let failed = catch(|| {
            let _late = Late;
            let wrapped = panic::catch_unwind(|| panic!("the {} one", 1));
            wrapped.expect("it is told as another");
        });
        let message = failed.unwrap_err().to_string();
        assert!(message.starts_with("the 1 one (src/engine/panics.rs:"), "{message}");
        assert_eq!(catch(|| 5), Ok(5));
    }
}
