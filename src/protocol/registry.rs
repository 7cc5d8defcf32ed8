//! The registry of built-in protocols: one line adds a protocol to a closed set.

/// Defines the set of built-in protocols of a role: the enums of machines (`Builtin`), messages
/// (`BuiltinMessage`) and timers (`BuiltinTimer`), the table of a scenario file (`Params`), the names
/// under `use` (`Name`), and [`ProtocolSet`](crate::protocol::ProtocolSet).
///
/// A line is `/// Description.`, then `key: Name(Machine),` where `Machine` is a
/// [`NamedProtocol`](crate::protocol::NamedProtocol), the file calls it `Name` in kebab case, and
/// `key` is that in snake case. The variant of a message is its tag on the wire: `Name(Machine) via
/// Other,` uses the tag of another line with the same type of message, `Name(Machine) silent,` has
/// no messages (its type of message is empty), and `Name(Machine) boxed,` has large messages, which an
/// engine keeps in a box: the size of the largest unboxed message is what every event of every run
/// takes. New lines go last, so that tags do not change.
macro_rules! protocols {
    (
        input $Input:ty, output $Output:ty, default $default:ident, expecting $expecting:literal;
        $($lines:tt)*
    ) => {
        $crate::protocol::registry::protocols! {
            @line {($Input) ($Output) $default $expecting} [] [] $($lines)*
        }
    };
    (
        @line $head:tt [$($wire:tt)*] [$($all:tt)*]
        $(#[$doc:meta])* $key:ident: $Name:ident($Machine:ty) via $Tag:ident, $($rest:tt)*
    ) => {
        $crate::protocol::registry::protocols! {
            @line $head [$($wire)*]
            [$($all)* {[$(#[$doc])*] $key $Name ($Machine) (via $Tag)}] $($rest)*
        }
    };
    (
        @line $head:tt [$($wire:tt)*] [$($all:tt)*]
        $(#[$doc:meta])* $key:ident: $Name:ident($Machine:ty) silent, $($rest:tt)*
    ) => {
        $crate::protocol::registry::protocols! {
            @line $head [$($wire)*]
            [$($all)* {[$(#[$doc])*] $key $Name ($Machine) (silent)}] $($rest)*
        }
    };
    (
        @line $head:tt [$($wire:tt)*] [$($all:tt)*]
        $(#[$doc:meta])* $key:ident: $Name:ident($Machine:ty) boxed, $($rest:tt)*
    ) => {
        $crate::protocol::registry::protocols! {
            @line $head
            [$($wire)* {$Name (Box<<$Machine as $crate::protocol::Protocol>::Message>)}]
            [$($all)* {[$(#[$doc])*] $key $Name ($Machine) (boxed $Name)}] $($rest)*
        }
    };
    (
        @line $head:tt [$($wire:tt)*] [$($all:tt)*]
        $(#[$doc:meta])* $key:ident: $Name:ident($Machine:ty), $($rest:tt)*
    ) => {
        $crate::protocol::registry::protocols! {
            @line $head [$($wire)* {$Name (<$Machine as $crate::protocol::Protocol>::Message)}]
            [$($all)* {[$(#[$doc])*] $key $Name ($Machine) (via $Name)}] $($rest)*
        }
    };
    (@forward $machines:tt $($method:ident($($arg:ident: $Arg:ty)?) -> $Result:ty;)*) => {
        $(
            $crate::protocol::registry::protocols! {
                @method $machines $method($($arg: $Arg)?) -> $Result
            }
        )*
    };
    (
        @method [$($key:ident $Name:ident ($Machine:ty);)*]
        $method:ident($arg:ident: $Arg:ty) -> $Result:ty
    ) => {
        fn $method(params: &Params, $arg: $Arg) -> $Result {
            match params.chosen {
                $(Name::$Name => {
                    <$Machine as $crate::protocol::NamedProtocol>::$method(&params.$key, $arg)
                })*
            }
        }
    };
    (@method [$($key:ident $Name:ident ($Machine:ty);)*] $method:ident() -> $Result:ty) => {
        fn $method(params: &Params) -> $Result {
            match params.chosen {
                $(Name::$Name => {
                    <$Machine as $crate::protocol::NamedProtocol>::$method(&params.$key)
                })*
            }
        }
    };
    (@wrap (via $Tag:ident) $message:ident) => { BuiltinMessage::$Tag($message) };
    (@wrap (boxed $Tag:ident) $message:ident) => { BuiltinMessage::$Tag(Box::new($message)) };
    (@wrap (silent) $message:ident) => { match $message {} };
    (@unwrap (via $Tag:ident) $message:ident) => {
        if let BuiltinMessage::$Tag(message) = $message { Some(message) } else { None }
    };
    (@unwrap (boxed $Tag:ident) $message:ident) => {
        if let BuiltinMessage::$Tag(message) = $message { Some(*message) } else { None }
    };
    (@unwrap (silent) $message:ident) => {{
        let _ = $message;
        None
    }};
    (
        @line {($Input:ty) ($Output:ty) $default:ident $expecting:literal}
        [$({$Wire:ident ($Message:ty)})*]
        [$({[$($doc:tt)*] $key:ident $Name:ident ($Machine:ty) $route:tt})*]
    ) => {
        /// The machine of any built-in protocol of this role.
        #[derive(Clone, Debug)]
        #[allow(clippy::large_enum_variant, reason = "a box would cost every message a step")]
        pub enum Builtin {
            $($($doc)* $Name($Machine),)*
        }

        /// A message of any of them.
        #[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
        pub enum BuiltinMessage {
            $(
                #[doc = concat!("Of `", stringify!($Wire), "` and those that share its messages.")]
                $Wire($Message),
            )*
        }

        /// A timer of any of them.
        #[derive(Clone, Debug)]
        pub enum BuiltinTimer {
            $(
                #[doc = concat!("Of `", stringify!($Name), "`.")]
                $Name(<$Machine as $crate::protocol::Protocol>::Timer),
            )*
        }

        impl $crate::protocol::WireMessage for BuiltinMessage {
            #[inline]
            fn size(&self) -> usize {
                1 + match self {
                    $(Self::$Wire(message) => message.size(),)*
                }
            }

            #[inline]
            fn items(&self) -> $crate::protocol::Items<'_> {
                match self {
                    $(Self::$Wire(message) => message.items(),)*
                }
            }

            fn for_each_name(&self, visit: &mut dyn FnMut($crate::protocol::Items<'_>)) {
                match self {
                    $(Self::$Wire(message) => message.for_each_name(visit),)*
                }
            }

            fn describe(&self, tick: $crate::time::NanoDuration) -> String {
                match self {
                    $(Self::$Wire(message) => message.describe(tick),)*
                }
            }
        }

        /// The names of the built-in protocols of this role.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[derive(serde::Deserialize, serde::Serialize, schemars::JsonSchema)]
        #[serde(rename_all = "kebab-case")]
        pub enum Name {
            $($($doc)* $Name,)*
        }

        impl Default for Name {
            fn default() -> Self {
                Self::$default
            }
        }

        /// The table of a scenario file: which protocol to use, and the settings of each.
        #[derive(Clone, Debug, Default, serde::Deserialize, schemars::JsonSchema)]
        #[serde(default, deny_unknown_fields, rename_all = "kebab-case", expecting = $expecting)]
        pub struct Params {
            /// The protocol of this scenario.
            #[serde(rename = "use")]
            pub chosen: Name,
            $(
                #[doc = concat!("Settings of `", stringify!($Name), "`.")]
                pub $key: <$Machine as $crate::protocol::NamedProtocol>::Params,
            )*
        }

        impl $crate::protocol::Protocol for Builtin {
            type Message = BuiltinMessage;
            type Timer = BuiltinTimer;
            type Input = $Input;
            type Output = $Output;

            #[inline(always)]
            fn handle(
                &mut self,
                input: $crate::protocol::Input<Self>,
                out: &mut $crate::protocol::Out<'_, Self>,
            ) {
                // A run has one protocol: no message or timer of another can come.
                match self {
                    $(Self::$Name(machine) => {
                        let input = input.map::<$Machine>(
                            |wire| $crate::protocol::registry::protocols!(@unwrap $route wire),
                            |timer| {
                                if let BuiltinTimer::$Name(timer) = timer {
                                    Some(timer)
                                } else {
                                    None
                                }
                            },
                        );
                        let Some(input) = input else { return };
                        machine.handle_within(
                            input,
                            out,
                            |sent| $crate::protocol::registry::protocols!(@wrap $route sent),
                            BuiltinTimer::$Name,
                        );
                    })*
                }
            }

            fn recover(&mut self, lost: Self) {
                match (self, lost) {
                    $((Self::$Name(machine), Self::$Name(lost)) => machine.recover(lost),)*
                    _ => {}
                }
            }
        }

        impl $crate::protocol::ProtocolSet for Builtin {
            type Params = Params;

            fn entries() -> &'static [$crate::protocol::ProtocolInfo] {
                const ENTRIES: &[$crate::protocol::ProtocolInfo] =
                    &[$(<$Machine as $crate::protocol::NamedProtocol>::INFO,)*];
                ENTRIES
            }

            fn chosen(params: &Params) -> &'static str {
                match params.chosen {
                    $(Name::$Name => <$Machine as $crate::protocol::NamedProtocol>::INFO.name,)*
                }
            }

            fn schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                let mut schema = generator.subschema_for::<Params>();
                $crate::protocol::describe_params(&mut schema, Self::entries());
                schema
            }

            fn build(
                params: &Params,
                view: &$crate::protocol::NodeView,
                resolution: $crate::time::NanoDuration,
            ) -> Self {
                match params.chosen {
                    $(Name::$Name => Self::$Name(
                        <$Machine as $crate::protocol::NamedProtocol>::new(
                            &params.$key, view, resolution,
                        ),
                    ),)*
                }
            }

            $crate::protocol::registry::protocols! {
                @forward [$($key $Name ($Machine);)*]
                check(view: &$crate::protocol::NodeView) -> Result<(), $crate::protocol::ConfigError>;
                delivery_bound(bounds: &$crate::protocol::StableBounds)
                    -> Option<$crate::time::SimDuration>;
                send_bound(resolution: $crate::time::NanoDuration)
                    -> Option<$crate::protocol::SendBound>;
                routing() -> $crate::protocol::Routing;
                has_total_order() -> bool;
                safety() -> $crate::protocol::Safety;
                warnings(bounds: &$crate::protocol::RunBounds) -> Vec<String>;
            }

            fn overlay(
                params: &mut Params,
            ) -> Option<(&'static str, &mut $crate::protocol::overlay::Topology)> {
                match params.chosen {
                    $(Name::$Name => {
                        <$Machine as $crate::protocol::NamedProtocol>::overlay(&mut params.$key)
                    })*
                }
            }
        }
    };
}
pub(crate) use protocols;
