//! A boxed protocol, which keeps a closed enum of machines small if only some of them are large.

use super::named::forward_named;
use super::{Input, NamedProtocol, NodeView, Out, Protocol};
use crate::time::NanoDuration;

impl<P: Protocol> Protocol for Box<P> {
    type Message = P::Message;
    type Timer = P::Timer;
    type Input = P::Input;
    type Output = P::Output;

    fn handle(&mut self, input: Input<Self>, out: &mut Out<'_, Self>) {
        let Some(input) = input.map(Some, Some) else { return };
        P::handle(self, input, out);
    }

    fn recover(&mut self, lost: Self) {
        P::recover(self, *lost);
    }
}

impl<P: NamedProtocol> NamedProtocol for Box<P> {
    forward_named!(P);

    fn new(params: &P::Params, view: &NodeView, resolution: NanoDuration) -> Self {
        Self::new(P::new(params, view, resolution))
    }
}
