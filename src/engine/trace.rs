//! Events of a run, in the canonical order.

mod digest;
mod event;
mod jsonl;
mod sink;

pub use digest::Digest;
pub use event::Event;
pub use jsonl::JsonlWriter;
pub use sink::TraceSink;
