//! Panics of protocols, caught around a run: they fail that run and no other, and what they say is
//! told by whoever asked for the run, once.

use std::any::Any;
use std::cell::RefCell;
use std::fmt;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::{Once, OnceLock};

use crate::protocol::NodePart;
use crate::protocol::node;

/// What the first panic of a run said, and where it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PanicMessage {
    said: String,
    /// Where in the code, and in which part of a node.
    pub at: PanicSite,
}

/// Where a panic was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PanicSite {
    /// The part of a node that was handling an input; none if it was before the run or after it.
    pub part: Option<NodePart>,
    /// The file, the line and the column; none if unknown.
    pub place: Option<(String, u32, u32)>,
}

impl fmt::Display for PanicMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.said)
    }
}

thread_local! {
    /// The first panic of what is caught on this thread; none where nothing is caught.
    static FIRST: RefCell<Option<Option<PanicMessage>>> = const { RefCell::new(None) };
}

/// Sees every panic of the process, before it is caught.
pub type PanicObserver = fn(&PanicHookInfo<'_>);

static OBSERVER: OnceLock<PanicObserver> = OnceLock::new();

/// Sets the observer of panics; a process has one. The hook that the program has is still called.
pub fn observe(observer: PanicObserver) {
    OBSERVER.get_or_init(|| observer);
    install_hook();
}

/// There is one hook: two that are installed at the same time by two threads lose one of them.
fn install_hook() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if let Some(observer) = OBSERVER.get() {
                observer(info);
            }
            if !record(info) {
                before(info);
            }
        }));
    });
}

/// Calls a function that may panic. The panic hook of the program is not called meanwhile.
///
/// # Errors
/// The first panic. An engine may turn a panic of a protocol into a panic of its own.
pub fn catch<T>(work: impl FnOnce() -> T) -> Result<T, PanicMessage> {
    install_hook();
    let outer = FIRST.replace(Some(None));
    let outer_part = node::replace_panicked(None);
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    let first = FIRST.replace(outer).flatten();
    let part = node::replace_panicked(outer_part);
    result.map_err(|payload| {
        let unseen = || PanicMessage { said: message(&*payload), at: PanicSite::default() };
        let mut panicked = first.unwrap_or_else(unseen);
        panicked.at.part = part;
        panicked
    })
}

/// Keeps the first panic of what is caught on this thread; whether something is.
fn record(info: &PanicHookInfo<'_>) -> bool {
    FIRST.with_borrow_mut(|caught| {
        let Some(first) = caught else { return false };
        first.get_or_insert_with(|| {
            let place = info.location().map(|at| (at.file().to_owned(), at.line(), at.column()));
            let shown = place.as_ref().map(|(file, line, _)| format!(" ({file}:{line})"));
            let message = message(info.payload());
            // An assertion tells its two sides on lines of their own.
            let lines: Vec<_> = message.lines().map(str::trim).collect();
            let said = format!("{}{}", lines.join("; "), shown.unwrap_or_default());
            PanicMessage { said, at: PanicSite { part: None, place } }
        });
        true
    })
}

/// What a panic says.
pub(crate) fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
    text.unwrap_or("without a message").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_panic_is_told_and_the_thread_goes_on() {
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
        let told = failed.unwrap_err().to_string();
        assert!(told.starts_with("the 1 one (src/engine/panics.rs:"), "{told}");
        assert_eq!(catch(|| 5), Ok(5));
    }
}
