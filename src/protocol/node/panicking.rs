//! Which part of a node panics: it is noted while the panic unwinds, so that a run without one pays
//! nothing.

use std::cell::Cell;

use crate::protocol::NodePart;

thread_local! {
    static PANICKED: Cell<Option<NodePart>> = const { Cell::new(None) };
}

/// Held while a part handles an input.
pub struct Guard(NodePart);

impl Guard {
    /// One for this part.
    pub fn new(part: NodePart) -> Self {
        Self(part)
    }

    /// The part is done.
    pub fn disarm(self) {
        std::mem::forget(self);
    }
}

impl Drop for Guard {
    #[cold]
    fn drop(&mut self) {
        // An outer part is unwound after the inner one, which panicked.
        PANICKED.set(PANICKED.get().or(Some(self.0)));
    }
}

/// The part that panicked on this thread since the last call; what is given takes its place.
pub fn replace_panicked(part: Option<NodePart>) -> Option<NodePart> {
    PANICKED.replace(part)
}
