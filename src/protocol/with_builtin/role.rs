//! The role that a protocol plays in a node.

use crate::protocol::{Protocol, ProtocolSet};

/// The input of a protocol, which says what role it plays in a node.
pub trait Role: Sized {
    /// The output of protocols of this role.
    type Output;
    /// The built-in protocols of this role.
    type Builtin: ProtocolSet<Input = Self, Output = Self::Output>;
}

pub(super) type BuiltinOf<P> = <<P as Protocol>::Input as Role>::Builtin;
pub(super) type BuiltinParams<P> = <BuiltinOf<P> as ProtocolSet>::Params;
